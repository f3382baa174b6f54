/* SPDX-License-Identifier: Apache-2.0
 *
 * levels.h - in words, how well a call is protected: RPC_C_AUTHN_LEVEL
 */
#ifndef HF_REMOTE_LEVELS_H
#define HF_REMOTE_LEVELS_H

#include <rpc.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define REMOTE_LEVELS (RPC_C_AUTHN_LEVEL_PKT_PRIVACY + 1)

/* "" for what has no word: nobody asks for the protection of first fragments alone. */
static inline const char *remote_level_word(uint32_t level)
{
    static const char *const words[REMOTE_LEVELS] = {
        [RPC_C_AUTHN_LEVEL_NONE] = "none",
        [RPC_C_AUTHN_LEVEL_CONNECT] = "connect",
        [RPC_C_AUTHN_LEVEL_PKT] = "packet",
        [RPC_C_AUTHN_LEVEL_PKT_INTEGRITY] = "integrity",
        [RPC_C_AUTHN_LEVEL_PKT_PRIVACY] = "privacy",
    };

    return level < REMOTE_LEVELS && words[level] ? words[level] : "";
}

/* False when it is no such word. */
static inline bool remote_level_of(const char *word, uint32_t *ret_level)
{
    for (uint32_t level = 0; level < REMOTE_LEVELS && *word; level++)
        if (!strcmp(remote_level_word(level), word)) {
            *ret_level = level;
            return true;
        }
    return false;
}

#endif

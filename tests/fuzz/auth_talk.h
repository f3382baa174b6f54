/* SPDX-License-Identifier: Apache-2.0
 *
 * auth_talk.h - for the fuzz target auth_token: both ends of a mechanism, and who bends what they say
 */
#ifndef TESTS_FUZZ_AUTH_TALK_H
#define TESTS_FUZZ_AUTH_TALK_H

#include <stddef.h>
#include <stdint.h>

void auth_talk(const uint8_t *data, size_t size);

#endif

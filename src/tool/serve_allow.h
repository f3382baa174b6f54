/* SPDX-License-Identifier: Apache-2.0
 *
 * serve_allow.h - the list of who may what, as a configuration file has it
 */
#ifndef HF_TOOL_SERVE_ALLOW_H
#define HF_TOOL_SERVE_ALLOW_H

#include "tool/serve_config.h"

/* Adds "PRINCIPAL read|write|manage DATABASE..."; "" adds nothing. NULL, or what is wrong. */
const char *serve_allow_add(struct serve_settings *settings, const char *text);
void serve_allow_print(const struct serve_settings *settings, FILE *to);
void serve_allow_swap(struct serve_settings *a, struct serve_settings *b);
void serve_allow_free(struct serve_settings *settings);

#endif

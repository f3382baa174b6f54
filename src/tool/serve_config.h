/* SPDX-License-Identifier: Apache-2.0
 *
 * serve_config.h - the configuration file of `holdfast serve`
 */
#ifndef HF_TOOL_SERVE_CONFIG_H
#define HF_TOOL_SERVE_CONFIG_H

#include "remote/serve.h"

#include <stdbool.h>
#include <stdio.h>

struct serve_settings {
    struct serve_config config;
    char listen[128]; /* ADDRESS:PORT; "" for none */
};

void serve_settings_default(struct serve_settings *settings);

/* Reads lines `name = value`; false with a reason that names file, line and what to do. */
bool serve_settings_read(struct serve_settings *settings, const char *path, char *ret_reason,
                         size_t reason_size);

/* All settings with their values, as a file has them. */
void serve_settings_print(const struct serve_settings *settings, FILE *to);

#endif

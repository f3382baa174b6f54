/* SPDX-License-Identifier: Apache-2.0
 *
 * serve_config.h - the configuration file of `holdfast serve`
 */
#ifndef HF_TOOL_SERVE_CONFIG_H
#define HF_TOOL_SERVE_CONFIG_H

#include "remote/serve.h"
#include "tool/serve_listen.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

struct serve_settings {
    struct serve_config config; /* its list is `allow` */
    struct serve_listens listens;
    char ntlm_accounts[PATH_MAX]; /* file; "": NTLM is off */
    char keytab[PATH_MAX];        /* file; "": Kerberos is off */
    char principal[256];          /* the server's own; "": any of the key table */
    struct serve_allow *allow;    /* owned, with its strings */
};

void serve_settings_default(struct serve_settings *settings);
void serve_settings_free(struct serve_settings *settings);

/* Sets one; NULL, or what is wrong. */
const char *serve_settings_set(struct serve_settings *settings, const char *name,
                               const char *value);

/* Reads lines `name = value`; false with a reason that names file, line and what to do. */
bool serve_settings_read(struct serve_settings *settings, const char *path, char *ret_reason,
                         size_t reason_size);

/* All settings with their values, as a file has them. */
void serve_settings_print(const struct serve_settings *settings, FILE *to);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * serve_auth.h - by what callers of `holdfast serve` can show who they are
 */
#ifndef HF_TOOL_SERVE_AUTH_H
#define HF_TOOL_SERVE_AUTH_H

#include "tool/serve_config.h"

/* Makes the mechanisms ready that the settings name. False with a reason that names the file and what
 * to do. */
bool serve_auth_start(const struct serve_settings *settings, char *ret_reason, size_t reason_size);

/* True if there is one. */
bool serve_auth_any(const struct serve_settings *settings);

/* A file that holds secrets, opened for reading: a regular file of this user or root, without any of
 * the bits of `closed_to` in its mode. -1 with a reason; *ret_missing: there is none. */
int serve_auth_open(const char *path, unsigned closed_to, bool *ret_missing, char *ret_reason,
                    size_t reason_size);

/* holdfast serve account */
int serve_account_command(int argc, char **argv);

#endif

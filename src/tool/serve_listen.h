/* SPDX-License-Identifier: Apache-2.0
 *
 * serve_listen.h - where `holdfast serve` listens, and what it asks of those who come there
 */
#ifndef HF_TOOL_SERVE_LISTEN_H
#define HF_TOOL_SERVE_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct serve_listen {
    char endpoint[280]; /* ADDRESS:PORT, or the path of a unix socket */
    bool local;         /* a unix socket; the kernel says who comes */
    mode_t mode;        /* of a unix socket's file */
    unsigned level;     /* RPC_C_AUTHN_LEVEL that callers must have */
};

#define SERVE_LISTENS 16

struct serve_listens {
    size_t count;
    struct serve_listen at[SERVE_LISTENS];
};

/* "ADDRESS:PORT [none|connect|packet|integrity|privacy]" or "/PATH [user|group|all]"; "" adds
 * nothing. NULL, or what is wrong with it. */
const char *serve_listen_add(struct serve_listens *listens, const char *text);

/* The same text again. */
void serve_listen_text(const struct serve_listen *l, char *to, size_t size);

/* NULL, or why nobody may be let in there: beyond this machine callers must show who they are, and
 * `can_authenticate` says whether they can. */
const char *serve_listen_refused(const struct serve_listen *l, bool can_authenticate);

/* Opens the endpoint and says what callers must have shown. 0, or the exit status, having said why. */
int serve_listen_open(const struct serve_listen *l);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * ask.h - what a tool asks of `holdfast serve` beside the JET API
 *
 * Each function opens a connection of its own to `address` (a string binding) and closes it.
 */
#ifndef HF_REMOTE_ASK_H
#define HF_REMOTE_ASK_H

#include <esent.h>
#include <rpc.h>
#include <stdbool.h>
#include <stdint.h>

/* A failure below JET is in `status`, otherwise `err` is the server's word. */
struct ask_failure {
    RPC_STATUS status;
    JET_ERR err;
};

/* The same as one error, as JetInit gives it at an address. */
JET_ERR ask_error(const struct ask_failure *f);

/* N2: 0 unknown, 1 committed, 2 not committed. */
bool ask_commit_status(const char *address, uint64_t instance, uint64_t number,
                       unsigned *ret_outcome, struct ask_failure *reterr_failure);

struct ask_session {
    uint64_t serial, octets;
    const char *client, *last_call;
    unsigned level, tables, age_s, idle_s, transaction_s;
    const uint32_t *threads; /* of the server, that took it up */
    unsigned thread_count;
    bool inside;
};

/* Calls `each` for every session of the server, in the order of their beginning. */
bool ask_sessions(const char *address, void (*each)(void *ctx, const struct ask_session *session),
                  void *ctx, struct ask_failure *reterr_failure);

/* What the server and its store count, one after the other. */
bool ask_counters(const char *address, void (*each)(void *ctx, const char *name, int64_t value),
                  void *ctx, struct ask_failure *reterr_failure);

/* The names of the server's databases, in their order. */
bool ask_databases(const char *address, void (*each)(void *ctx, const char *name), void *ctx,
                   struct ask_failure *reterr_failure);

/* ---- bulk loading (N9) ---- */

struct ask_loader;

struct ask_value {
    JET_COLUMNID column;
    unsigned itag;
    const void *data; /* NULL: null */
    uint32_t size;
    bool empty; /* of no octets, but not null */
};

/* A table of a database, opened for rows that are inserted where it lies. */
bool ask_loader_open(const char *address, const char *database, const char *table,
                     struct ask_loader **ret_loader, struct ask_failure *reterr_failure);
void ask_loader_close(struct ask_loader *take_loader);

bool ask_loader_begin(struct ask_loader *loader, struct ask_failure *reterr_failure);
bool ask_loader_commit(struct ask_loader *loader, JET_GRBIT grbit,
                       struct ask_failure *reterr_failure);

#define ASK_LOADER_ROWS   4096u       /* of one call at most */
#define ASK_LOADER_VALUES 65536u      /* of one row at most */
#define ASK_LOADER_OCTETS (64u << 20) /* of all values of a call, each reckoned with ... */
#define ASK_LOADER_VALUE  64u         /* ... octets of its own */
#define ASK_LOADER_ROW    (~0u)

struct ask_loaded {
    JET_ERR err;
    unsigned value; /* which of the row's was refused; ASK_LOADER_ROW: the row as a whole */
};

/* In the transaction begun: `count` rows; row i has counts[i] values, which follow one another, and
 * those of one column have itag 1, then 0. Rows that cannot go in are left out and say why in
 * ret_loaded. `prep` is that of JetPrepareUpdate. False: nobody knows, the transaction is to be given
 * up. */
bool ask_loader_load(struct ask_loader *loader, unsigned prep, unsigned count,
                     const unsigned *counts, const struct ask_value *values,
                     struct ask_loaded *ret_loaded, struct ask_failure *reterr_failure);

#endif

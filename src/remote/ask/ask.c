/* SPDX-License-Identifier: Apache-2.0
 *
 * ask.c - questions of a tool to a server, and rows by the thousand
 */
#include "remote/ask/ask.h"

#include "jet.h"

#include "base/mem.h"

#include <string.h>

/* Runs a stub; its failure below JET lands in `failure`. */
#define ASK(failure, call)                          \
    do {                                            \
        (failure)->status = RPC_S_OK;               \
        RpcTryExcept                                \
        {                                           \
            (failure)->err = (call);                \
        }                                           \
        RpcExcept(1)                                \
        {                                           \
            (failure)->status = RpcExceptionCode(); \
        }                                           \
        RpcEndExcept                                \
    } while (0)

static bool is_good(const struct ask_failure *f)
{
    return f->status == RPC_S_OK && f->err >= JET_errSuccess;
}

static bool bind_to(const char *address, RPC_BINDING_HANDLE *ret_binding, struct ask_failure *f)
{
    f->err = JET_errSuccess;
    f->status = RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t)address, ret_binding);
    if (f->status == RPC_S_OK)
        f->status = RpcBindingSetOption(*ret_binding, RPC_C_OPT_UNIQUE_BINDING, 1);
    return f->status == RPC_S_OK;
}

static bool open_instance(const char *address, JET_RPC_INSTANCE *ret_instance,
                          struct ask_failure *f)
{
    RPC_BINDING_HANDLE binding = NULL;
    JET_RPC_OPENED opened;

    if (bind_to(address, &binding, f))
        ASK(f, c_JetRpcOpen(binding, JET_WIRE_VERSION, "holdfast", &opened, ret_instance));
    if (binding)
        (void)RpcBindingFree(&binding);
    return is_good(f);
}

static void close_instance(JET_RPC_INSTANCE *instance)
{
    struct ask_failure ignored;

    if (!*instance)
        return;
    ASK(&ignored, c_JetRpcClose(instance));
    if (*instance)
        (void)RpcSmDestroyClientContext(instance);
}

bool ask_commit_status(const char *address, uint64_t instance, uint64_t number,
                       unsigned *ret_outcome, struct ask_failure *reterr_failure)
{
    const JET_RPC_COMMIT_ID id = {(int64_t)instance, (int64_t)number};
    struct ask_failure f;
    JET_RPC_INSTANCE handle = NULL;
    uint32_t outcome = 0;

    if (open_instance(address, &handle, &f))
        ASK(&f, c_JetRpcCommitStatus(handle, &id, &outcome));
    close_instance(&handle);
    if (!is_good(&f)) {
        *reterr_failure = f;
        return false;
    }
    *ret_outcome = outcome;
    return true;
}

/* ---- sessions ---- */

static unsigned count_threads(const JET_RPC_SEEN *s)
{
    unsigned n = 0;

    while (n < JET_WIRE_THREADS && s->threads[n] != 0)
        n++;
    return n;
}

static void tell(const JET_RPC_SEEN *s, void (*each)(void *, const struct ask_session *), void *ctx)
{
    const struct ask_session told = {.serial = (uint64_t)s->serial,
                                     .octets = (uint64_t)s->octets,
                                     .client = s->client ? s->client : "",
                                     .last_call = s->last_call ? s->last_call : "",
                                     .level = s->level,
                                     .tables = s->tables,
                                     .age_s = s->age_s,
                                     .idle_s = s->idle_s,
                                     .transaction_s = s->transaction_s,
                                     .threads = s->threads,
                                     .thread_count = count_threads(s),
                                     .inside = s->inside};

    each(ctx, &told);
}

bool ask_sessions(const char *address, void (*each)(void *ctx, const struct ask_session *session),
                  void *ctx, struct ask_failure *reterr_failure)
{
    RPC_BINDING_HANDLE binding = NULL;
    struct ask_failure f;
    int64_t after = 0;
    bool more = bind_to(address, &binding, &f);

    while (more) {
        JET_RPC_SIGHT sight = {0};

        ASK(&f, c_JetRpcLook(binding, after, &sight));
        more = is_good(&f) && sight.count > 0 && sight.sessions;
        for (uint32_t i = 0; i < sight.count && sight.sessions; i++) {
            if (more) {
                more = sight.sessions[i].serial > after; /* a server that turns in a circle */
                after = sight.sessions[i].serial;
                tell(&sight.sessions[i], each, ctx);
            }
            midl_user_free(sight.sessions[i].client);
            midl_user_free(sight.sessions[i].last_call);
        }
        midl_user_free(sight.sessions);
    }
    if (binding)
        (void)RpcBindingFree(&binding);
    if (!is_good(&f))
        *reterr_failure = f;
    return is_good(&f);
}

/* ---- bulk loading ---- */

struct ask_loader {
    JET_RPC_INSTANCE instance;
    JET_RPC_SESSION session;
    JET_RPC_TABLE table;
};

void ask_loader_close(struct ask_loader *take_loader)
{
    struct ask_loader *l = take_loader;
    struct ask_failure ignored;

    if (!l)
        return;
    if (l->session)
        ASK(&ignored, c_JetRpcEndSession(&l->session));
    if (l->table)
        (void)RpcSmDestroyClientContext(&l->table);
    if (l->session)
        (void)RpcSmDestroyClientContext(&l->session);
    close_instance(&l->instance);
    mem_free(l);
}

bool ask_loader_open(const char *address, const char *database, const char *table,
                     struct ask_loader **ret_loader, struct ask_failure *reterr_failure)
{
    struct ask_loader *l = mem_alloc(sizeof *l);
    struct ask_failure f = {.err = JET_errOutOfMemory};
    uint32_t dbid = 0;

    if (l && open_instance(address, &l->instance, &f))
        ASK(&f, c_JetRpcBeginSession(l->instance, &l->session));
    if (l && is_good(&f))
        ASK(&f, c_JetRpcAttachDatabase(l->session, database, 0, 0));
    if (l && is_good(&f))
        ASK(&f, c_JetRpcOpenDatabase(l->session, database, 0, &dbid));
    if (l && is_good(&f))
        ASK(&f, c_JetRpcOpenTable(l->session, dbid, table, 0, &l->table));
    if (!l || !is_good(&f)) {
        ask_loader_close(l);
        *reterr_failure = f;
        return false;
    }
    *ret_loader = l;
    return true;
}

static void put_row(JET_RPC_SET *sets, unsigned count, const struct ask_value *values)
{
    for (unsigned i = 0; i < count; i++)
        sets[i] = (JET_RPC_SET){.columnid = values[i].column,
                                .itag = values[i].itag,
                                .grbit = values[i].empty ? JET_bitSetZeroLength : 0,
                                .size = values[i].size,
                                .data = {values[i].data ? values[i].size : 0,
                                         (unsigned char *)(uintptr_t)values[i].data}};
}

static void send_rows(struct ask_loader *l, unsigned count, const JET_RPC_SETS *rows, JET_ERR *errs,
                      struct ask_failure *f)
{
    const JET_RPC_COMMIT_ID nobody_asks = {0, 0};

    ASK(f, c_JetRpcBegin(l->session, 0, 0));
    if (is_good(f))
        ASK(f, c_JetRpcLoad(l->session, l->table, count, rows, errs));
    if (is_good(f))
        ASK(f, c_JetRpcCommit(l->session, 0, 0, &nobody_asks));
}

bool ask_loader_load(struct ask_loader *loader, unsigned count, const unsigned *counts,
                     const struct ask_value *values, JET_ERR *errs,
                     struct ask_failure *reterr_failure)
{
    struct ask_failure f = {.err = JET_errOutOfMemory};
    JET_RPC_SETS *rows = mem_alloc((count + 1u) * sizeof *rows);
    JET_RPC_SET *sets = NULL;
    size_t all = 0, at = 0;

    for (unsigned i = 0; i < count; i++)
        all += counts[i];
    sets = mem_alloc((all + 1) * sizeof *sets);
    if (rows && sets && count <= JET_WIRE_ROWS) {
        for (unsigned i = 0; i < count; i++) {
            put_row(sets + at, counts[i], values + at);
            rows[i] = (JET_RPC_SETS){counts[i], sets + at};
            at += counts[i];
        }
        send_rows(loader, count, rows, errs, &f);
    }
    mem_free(rows);
    mem_free(sets);
    if (!is_good(&f))
        *reterr_failure = f;
    return is_good(&f);
}

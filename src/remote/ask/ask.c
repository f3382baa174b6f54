/* SPDX-License-Identifier: Apache-2.0
 *
 * ask.c - questions of a tool to a server
 */
#include "remote/ask/ask_internal.h"

#include "remote/credentials.h"

#include "base/mem.h"

#include <string.h>

JET_ERR ask_error(const struct ask_failure *f)
{
    if (f->status == RPC_S_OK)
        return f->err;
    return remote_is_refusal(f->status, "-") ? JET_errAccessDenied : JET_errInstanceUnavailable;
}

bool ask_is_good(const struct ask_failure *f)
{
    return f->status == RPC_S_OK && f->err >= JET_errSuccess;
}

static bool bind_to(const char *address, RPC_BINDING_HANDLE *ret_binding, struct ask_failure *f)
{
    f->err = JET_errSuccess;
    f->status = RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t)address, ret_binding);
    if (f->status == RPC_S_OK)
        f->status = RpcBindingSetOption(*ret_binding, RPC_C_OPT_UNIQUE_BINDING, 1);
    if (f->status == RPC_S_OK)
        f->status = remote_credentials(*ret_binding, address);
    return f->status == RPC_S_OK;
}

bool ask_open_instance(const char *address, JET_RPC_INSTANCE *ret_instance, struct ask_failure *f)
{
    RPC_BINDING_HANDLE binding = NULL;
    JET_RPC_OPENED opened;

    if (bind_to(address, &binding, f))
        ASK(f, c_JetRpcOpen(binding, JET_WIRE_VERSION, "holdfast", &opened, ret_instance));
    if (binding)
        (void)RpcBindingFree(&binding);
    return ask_is_good(f);
}

void ask_close_instance(JET_RPC_INSTANCE *instance)
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

    if (ask_open_instance(address, &handle, &f))
        ASK(&f, c_JetRpcCommitStatus(handle, &id, &outcome));
    ask_close_instance(&handle);
    if (!ask_is_good(&f)) {
        *reterr_failure = f;
        return false;
    }
    *ret_outcome = outcome;
    return true;
}

static void free_names(JET_RPC_NAMES *names)
{
    for (uint32_t i = 0; i < names->count && names->names; i++)
        midl_user_free(names->names[i]);
    midl_user_free(names->names);
}

bool ask_databases(const char *address, void (*each)(void *ctx, const char *name), void *ctx,
                   struct ask_failure *reterr_failure)
{
    struct ask_failure f;
    JET_RPC_INSTANCE handle = NULL;
    JET_RPC_NAMES names = {0};

    if (ask_open_instance(address, &handle, &f))
        ASK(&f, c_JetRpcListDatabases(handle, &names));
    for (uint32_t i = 0; i < names.count && names.names && ask_is_good(&f); i++)
        if (names.names[i])
            each(ctx, names.names[i]);
    free_names(&names);
    ask_close_instance(&handle);
    if (!ask_is_good(&f))
        *reterr_failure = f;
    return ask_is_good(&f);
}

/* ---- sessions and counters ---- */

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
        more = ask_is_good(&f) && sight.count > 0 && sight.sessions;
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
    if (!ask_is_good(&f))
        *reterr_failure = f;
    return ask_is_good(&f);
}

bool ask_counters(const char *address, void (*each)(void *ctx, const char *name, int64_t value),
                  void *ctx, struct ask_failure *reterr_failure)
{
    RPC_BINDING_HANDLE binding = NULL;
    struct ask_failure f;
    JET_RPC_COUNTERS all = {0};

    if (bind_to(address, &binding, &f))
        ASK(&f, c_JetRpcCounters(binding, &all));
    for (uint32_t i = 0; i < all.count && all.counters; i++) {
        if (ask_is_good(&f) && all.counters[i].name)
            each(ctx, all.counters[i].name, all.counters[i].value);
        midl_user_free(all.counters[i].name);
    }
    midl_user_free(all.counters);
    if (binding)
        (void)RpcBindingFree(&binding);
    if (!ask_is_good(&f))
        *reterr_failure = f;
    return ask_is_good(&f);
}

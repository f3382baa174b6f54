/* SPDX-License-Identifier: Apache-2.0
 *
 * ask_load.c - rows by the thousand into a table of a server (N9)
 *
 * The loader has an instance and a session of its own, beside those of the program.
 */
#include "remote/ask/ask_internal.h"

#include "base/mem.h"

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
    ask_close_instance(&l->instance);
    mem_free(l);
}

bool ask_loader_open(const char *address, const char *database, const char *table,
                     struct ask_loader **ret_loader, struct ask_failure *reterr_failure)
{
    struct ask_loader *l = mem_alloc(sizeof *l);
    struct ask_failure f = {.err = JET_errOutOfMemory};
    uint32_t dbid = 0;
    boolean writable = 0;

    if (l && ask_open_instance(address, &l->instance, &f))
        ASK(&f, c_JetRpcBeginSession(l->instance, &l->session));
    if (l && ask_is_good(&f))
        ASK(&f, c_JetRpcAttachDatabase(l->session, database, 0, 0));
    if (l && ask_is_good(&f))
        ASK(&f, c_JetRpcOpenDatabase(l->session, database, 0, &dbid));
    if (l && ask_is_good(&f))
        ASK(&f, c_JetRpcOpenTable(l->session, dbid, table, 0, &writable, &l->table));
    if (!l || !ask_is_good(&f)) {
        ask_loader_close(l);
        *reterr_failure = f;
        return false;
    }
    *ret_loader = l;
    return true;
}

bool ask_loader_begin(struct ask_loader *loader, struct ask_failure *reterr_failure)
{
    struct ask_failure f = {0};

    ASK(&f, c_JetRpcBegin(loader->session, 0, 0));
    if (!ask_is_good(&f))
        *reterr_failure = f;
    return ask_is_good(&f);
}

bool ask_loader_commit(struct ask_loader *loader, JET_GRBIT grbit,
                       struct ask_failure *reterr_failure)
{
    const JET_RPC_COMMIT_ID nobody_asks = {0, 0};
    struct ask_failure f = {0};

    ASK(&f, c_JetRpcCommit(loader->session, grbit, 0, &nobody_asks));
    if (!ask_is_good(&f))
        *reterr_failure = f;
    return ask_is_good(&f);
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

static JET_ERR make_room(unsigned count, size_t values, JET_RPC_SETS **ret_rows,
                         JET_RPC_SET **ret_sets, JET_RPC_LOADED **ret_loaded)
{
    *ret_rows = mem_alloc((count + 1u) * sizeof **ret_rows);
    *ret_sets = mem_alloc((values + 1) * sizeof **ret_sets);
    *ret_loaded = mem_alloc((count + 1u) * sizeof **ret_loaded);
    return *ret_rows && *ret_sets && *ret_loaded ? JET_errSuccess : JET_errOutOfMemory;
}

bool ask_loader_load(struct ask_loader *loader, unsigned prep, unsigned count,
                     const unsigned *counts, const struct ask_value *values,
                     struct ask_loaded *ret_loaded, struct ask_failure *reterr_failure)
{
    struct ask_failure f = {0};
    JET_RPC_SETS *rows = NULL;
    JET_RPC_SET *sets = NULL;
    JET_RPC_LOADED *loaded = NULL;
    size_t all = 0, at = 0;

    for (unsigned i = 0; i < count; i++)
        all += counts[i];
    f.err = count <= JET_WIRE_ROWS ? make_room(count, all, &rows, &sets, &loaded)
                                   : JET_errInvalidParameter;
    if (ask_is_good(&f)) {
        for (unsigned i = 0; i < count; i++) {
            put_row(sets + at, counts[i], values + at);
            rows[i] = (JET_RPC_SETS){counts[i], sets + at};
            at += counts[i];
        }
        ASK(&f, c_JetRpcLoad(loader->session, loader->table, prep, count, rows, loaded));
    }
    for (unsigned i = 0; i < count && ask_is_good(&f); i++)
        ret_loaded[i] = (struct ask_loaded){loaded[i].err, loaded[i].set};
    mem_free(rows);
    mem_free(sets);
    mem_free(loaded);
    if (!ask_is_good(&f))
        *reterr_failure = f;
    return ask_is_good(&f);
}

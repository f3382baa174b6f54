/* SPDX-License-Identifier: Apache-2.0
 *
 * server_preread.c - what a client will ask for is read ahead of it
 */
#include "remote/server.h"

#include "base/utf16.h"

#define TABLES 10 /* as many as JetPrereadTables takes */

int32_t JetRpcPrereadKeys(JET_RPC_SESSION session, JET_RPC_TABLE table, uint32_t count,
                          const JET_RPC_KEY keys[], uint32_t grbit, uint32_t *done)
{
    const void **data = mem_alloc((count + 1) * sizeof *data);
    unsigned long *sizes = mem_alloc((count + 1) * sizeof *sizes);
    struct serve_call call;
    long read = 0;
    JET_ERR err = serve_enter_table(&call, SERVE_PrereadKeys, session, table, 0);

    if (!err && (!data || !sizes))
        err = JET_errOutOfMemory;
    for (uint32_t i = 0; i < count && !err; i++) {
        data[i] = keys[i].data;
        sizes[i] = keys[i].size;
    }
    if (!err)
        err = JetPrereadKeys(call.sesid, call.tableid, data, sizes, (long)count, &read, grbit);
    *done = (uint32_t)read;
    mem_free(data);
    mem_free(sizes);
    return serve_leave(&call, err);
}

/* ---- ranges ---- */

static JET_ERR take_columns(struct arena *arena, const JET_RPC_CONDITIONS *from,
                            JET_INDEX_COLUMN **ret_columns, unsigned long *ret_count)
{
    JET_INDEX_COLUMN *columns = arena_alloc(arena, (from->count + 1) * sizeof *columns);

    if (!columns)
        return JET_errOutOfMemory;
    for (uint32_t i = 0; i < from->count; i++)
        columns[i] = serve_index_column(&from->conditions[i]);
    *ret_columns = columns;
    *ret_count = from->count;
    return JET_errSuccess;
}

static JET_ERR take_ranges(struct arena *arena, const JET_RPC_RANGE *from, uint32_t count,
                           JET_INDEX_RANGE **ret_ranges)
{
    JET_INDEX_RANGE *ranges = arena_alloc(arena, (count + 1) * sizeof *ranges);
    JET_ERR err = ranges ? JET_errSuccess : JET_errOutOfMemory;

    for (uint32_t i = 0; i < count && !err; i++) {
        err = take_columns(arena, &from[i].start, &ranges[i].rgStartColumns,
                           &ranges[i].cStartColumns);
        if (!err)
            err =
                take_columns(arena, &from[i].end, &ranges[i].rgEndColumns, &ranges[i].cEndColumns);
    }
    *ret_ranges = ranges;
    return err;
}

int32_t JetRpcPrereadRanges(JET_RPC_SESSION session, JET_RPC_TABLE table, uint32_t count,
                            const JET_RPC_RANGE ranges[], uint32_t id_count, const uint32_t ids[],
                            uint32_t grbit, boolean counted, uint32_t *done)
{
    JET_INDEX_RANGE *taken = NULL;
    unsigned long read = 0;
    struct serve_call call;
    struct arena arena;
    JET_ERR err = serve_enter_table(&call, SERVE_PrereadRanges, session, table, 0);

    arena_init(&arena, NULL, 0);
    if (!err)
        err = take_ranges(&arena, ranges, count, &taken);
    if (!err)
        err = JetPrereadIndexRanges(call.sesid, call.tableid, taken, count, counted ? &read : NULL,
                                    ids, id_count, grbit);
    *done = (uint32_t)read;
    arena_fini(&arena);
    return serve_leave(&call, err);
}

/* ---- tables ---- */

static JET_ERR preread_tables(const struct serve_call *call, JET_DBID dbid,
                              const JET_RPC_NAMES *names)
{
    WCHAR *wide[TABLES] = {NULL};
    JET_PCWSTR given[TABLES];
    JET_ERR err = names->count <= TABLES ? JET_errSuccess : JET_errInvalidParameter;

    for (uint32_t i = 0; i < names->count && !err; i++) {
        if (!names->names[i])
            err = JET_errInvalidParameter;
        else if (!(wide[i] = utf16_from_utf8(names->names[i])))
            err = JET_errOutOfMemory;
        given[i] = wide[i];
    }
    if (!err)
        err = JetPrereadTablesW(call->sesid, dbid, given, (long)names->count, 0);
    for (uint32_t i = 0; i < TABLES; i++)
        mem_free(wide[i]);
    return err;
}

int32_t JetRpcPrereadTables(JET_RPC_SESSION session, uint32_t dbid, const JET_RPC_NAMES *names)
{
    struct serve_call call;
    JET_ERR err = serve_enter(&call, SERVE_PrereadTables, session);

    if (!err)
        err = serve_check_database(&call, dbid, 0);
    if (!err)
        err = preread_tables(&call, dbid, names);
    return serve_leave(&call, err);
}

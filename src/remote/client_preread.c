/* SPDX-License-Identifier: Apache-2.0
 *
 * client_preread.c - hints of what will be asked for: one call, for which the server reads ahead
 *
 * What does not fit into one call is not asked for: the count that the program is given says so.
 */
#include "remote/client.h"

#define OCTETS (JET_WIRE_REQUEST / 2) /* of the keys of one call */

JET_ERR remote_preread(struct ese_session *session, struct ese_cursor *cursor, const void **keys,
                       const unsigned long *sizes, unsigned count, JET_GRBIT grbit,
                       unsigned *ret_count)
{
    uint32_t most = count < JET_WIRE_PREREADS ? count : JET_WIRE_PREREADS, done = 0;
    JET_RPC_KEY *wire = mem_alloc(most * sizeof *wire);
    JET_ERR err = JET_errSuccess;

    if (!wire)
        return JET_errOutOfMemory;
    for (uint32_t i = 0; i < most; i++) /* the front has looked at the sizes */
        wire[i] = (JET_RPC_KEY){(uint32_t)sizes[i], (unsigned char *)(uintptr_t)keys[i]};
    REMOTE(session, err,
           JetRpcPrereadKeys(session->handle, cursor->handle, most, wire, grbit, &done));
    mem_free(wire);
    if (!err)
        *ret_count = done < most ? done : most;
    return err;
}

/* ---- ranges ---- */

/* JET_errInvalidParameter for what no key can have. */
static JET_ERR put_columns(struct arena *arena, const JET_INDEX_COLUMN *columns,
                           unsigned long count, JET_RPC_CONDITIONS *to, uint64_t *octets)
{
    if (count > JET_WIRE_SEGMENTS)
        return JET_errInvalidParameter;
    to->conditions = arena_alloc(arena, (count + 1) * sizeof *to->conditions);
    if (!to->conditions)
        return JET_errOutOfMemory;
    to->count = (uint32_t)count;
    for (unsigned long i = 0; i < count; i++) {
        JET_ERR err = remote_put_condition(&columns[i], &to->conditions[i]);

        if (err)
            return err;
        *octets += sizeof to->conditions[i] + columns[i].cb;
    }
    return JET_errSuccess;
}

/* As many of them as a call holds. */
static JET_ERR put_ranges(struct arena *arena, const JET_INDEX_RANGE *ranges, uint32_t count,
                          JET_RPC_RANGE **ret_wire, uint32_t *ret_count)
{
    uint32_t most = count < JET_WIRE_PREREADS ? count : JET_WIRE_PREREADS, i = 0;
    JET_RPC_RANGE *wire = arena_alloc(arena, (most + 1u) * sizeof *wire);
    uint64_t octets = 0;
    JET_ERR err = wire ? JET_errSuccess : JET_errOutOfMemory;

    for (; i < most && octets < OCTETS && !err; i++) {
        const JET_INDEX_RANGE *r = &ranges[i];

        err = put_columns(arena, r->rgStartColumns, r->cStartColumns, &wire[i].start, &octets);
        if (!err)
            err = put_columns(arena, r->rgEndColumns, r->cEndColumns, &wire[i].end, &octets);
    }
    *ret_wire = wire;
    *ret_count = i;
    return err;
}

JET_ERR remote_preread_ranges(struct ese_session *session, struct ese_cursor *cursor,
                              const JET_INDEX_RANGE *ranges, uint32_t count,
                              const JET_COLUMNID *ids, uint32_t id_count, JET_GRBIT grbit,
                              uint32_t *ret_count)
{
    const JET_COLUMNID none = 0; /* an array is never NULL on the wire */
    JET_RPC_RANGE *wire = NULL;
    uint32_t most = 0, done = 0;
    struct arena arena;
    JET_ERR err;

    arena_init(&arena, NULL, 0);
    err = id_count <= JET_WIRE_COLUMNS ? put_ranges(&arena, ranges, count, &wire, &most)
                                       : JET_errInvalidParameter;
    if (!err)
        REMOTE(session, err,
               JetRpcPrereadRanges(session->handle, cursor->handle, most, wire, id_count,
                                   id_count > 0 ? ids : &none, grbit, ret_count != NULL, &done));
    arena_fini(&arena);
    if (!err && ret_count)
        *ret_count = done < most ? done : most;
    return err;
}

/* ---- tables ---- */

JET_ERR remote_preread_tables(struct ese_session *session, JET_DBID dbid, const char *const *names,
                              unsigned count)
{
    JET_RPC_NAMES wire = {.count = count, .names = mem_alloc((count + 1) * sizeof *wire.names)};
    JET_ERR err = JET_errSuccess;

    if (!wire.names)
        return JET_errOutOfMemory;
    for (unsigned i = 0; i < count; i++)
        wire.names[i] = remote_text(names[i]);
    REMOTE(session, err, JetRpcPrereadTables(session->handle, dbid, &wire));
    mem_free(wire.names);
    return err;
}

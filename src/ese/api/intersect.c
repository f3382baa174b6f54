/* SPDX-License-Identifier: Apache-2.0
 *
 * intersect.c - JetIntersectIndexes: the rows that several ranges have in common
 *
 * From its current entry on each cursor is walked to the end of its range, as JetMove walks it, so
 * that every provider has this. The bookmarks of the first range are kept in order; each further
 * range leaves those that it has, too. Only those, and one range's beside, are held in memory.
 */
#include "ese/api/lifecycle.h"
#include "ese/api/lists.h"
#include "ese/api/tableinfo.h"

#include "base/mem.h"
#include "base/octets.h"

#include <stdlib.h>
#include <string.h>

#define RANGES_MAX 64 /* as ESE's */

struct bookmark {
    const uint8_t *data;
    uint32_t size;
};

/* Bookmarks in order, each once; their octets are the arena's. */
struct bookmarks {
    struct bookmark *list;
    size_t count, room;
    uint32_t longest;
    struct arena arena;
};

static void bookmarks_free(struct bookmarks *b)
{
    mem_free(b->list);
    arena_fini(&b->arena);
    *b = (struct bookmarks){0};
}

static int compare(const void *a, const void *b)
{
    const struct bookmark *x = a, *y = b;

    return octets_compare(x->data, x->size, y->data, y->size);
}

static JET_ERR add(struct bookmarks *b, const void *data, uint32_t size)
{
    uint8_t *copy = arena_alloc(&b->arena, size ? size : 1);

    if (b->count == b->room) {
        size_t room = b->room * 2 + 64;
        struct bookmark *grown = mem_grow(b->list, room * sizeof *grown);

        if (!grown)
            return JET_errOutOfMemory;
        b->list = grown;
        b->room = room;
    }
    if (!copy)
        return JET_errOutOfMemory;
    memcpy(copy, data, size);
    b->list[b->count++] = (struct bookmark){copy, size};
    if (b->longest < size)
        b->longest = size;
    return JET_errSuccess;
}

/* A row with several values may lie in one range several times. */
static void put_in_order(struct bookmarks *b)
{
    size_t kept = 0;

    if (b->count == 0)
        return;
    qsort(b->list, b->count, sizeof *b->list, compare);
    for (size_t i = 1; i < b->count; i++)
        if (compare(&b->list[kept], &b->list[i]) != 0)
            b->list[++kept] = b->list[i];
    b->count = kept + 1;
}

static JET_ERR read_range(const struct jet_call *call, const struct jet_cursor *c,
                          struct bookmarks *b)
{
    const struct ese_provider *p = call->provider;
    struct ese_session *s = call->session->engine;
    uint8_t data[JET_cbBookmarkMostMost];
    uint32_t size = 0;
    JET_ERR err = JET_errSuccess;

    arena_init(&b->arena, NULL, 0);
    while (!err) {
        err = p->get_bookmark(s, c->engine, data, sizeof data, &size);
        if (!err)
            err = add(b, data, size);
        if (!err && b->count % 1024 == 0 &&
            atomic_load(&call->instance->marks) & (MARK_STOPPED | MARK_TERMINATING))
            err = JET_errClientRequestToStopJetService;
        if (!err)
            err = p->move(s, c->engine, 1, 0);
    }
    put_in_order(b);
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

/* What is in both stays. */
static void keep_common(struct bookmarks *b, const struct bookmarks *other)
{
    size_t kept = 0;

    for (size_t i = 0, j = 0; i < b->count && j < other->count;) {
        int order = compare(&b->list[i], &other->list[j]);

        if (order == 0)
            b->list[kept++] = b->list[i];
        i += order <= 0;
        j += order >= 0;
    }
    b->count = kept;
}

static JET_ERR intersect(const struct jet_call *call, struct jet_cursor *const *cursors,
                         unsigned count, struct bookmarks *b)
{
    JET_ERR err = read_range(call, cursors[0], b);

    for (unsigned i = 1; i < count && !err; i++) {
        struct bookmarks other = {0};

        err = read_range(call, cursors[i], &other);
        keep_common(b, &other);
        bookmarks_free(&other);
    }
    return err;
}

/* ---- the program's side ---- */

/* Is the cursor's current index a secondary one? */
static JET_ERR check_index(const struct jet_call *call, const struct jet_cursor *c)
{
    const struct ese_index_info *index = NULL;
    struct arena arena;
    JET_ERR err = JET_errSuccess;

    arena_init(&arena, NULL, 0);
    err = jet_current_index(call, c, &arena, &index);
    if (!err && (!index || (index->def.grbit & JET_bitIndexPrimary)))
        err = JET_errInvalidParameter;
    arena_fini(&arena);
    return err;
}

/* One table, different secondary indexes. */
static JET_ERR check_range(const struct jet_call *call, const JET_INDEXRANGE *range,
                           struct jet_cursor **cursors, unsigned at)
{
    const struct ese_provider *p = call->provider;
    JET_ERR err = range->cbStruct == sizeof *range
                      ? jet_cursor_of(call, range->tableid, &cursors[at])
                      : JET_errInvalidParameter;

    if (!err && range->grbit != JET_bitRecordInIndex)
        err = JET_errInvalidGrbit;
    if (!err)
        err = check_index(call, cursors[at]);
    for (unsigned i = 0; i < at && !err; i++)
        if (cursors[i]->table != cursors[at]->table ||
            !strcmp(p->current_index(cursors[i]->engine), p->current_index(cursors[at]->engine)))
            err = JET_errInvalidParameter;
    return err;
}

static JET_ERR give(struct jet_call *call, const struct bookmarks *b, JET_RECORDLIST *list)
{
    const JET_COLUMNDEF column = {.cbStruct = sizeof column,
                                  .coltyp = b->longest <= JET_cbColumnMost ? JET_coltypBinary
                                                                           : JET_coltypLongBinary,
                                  .grbit = JET_bitColumnTTKey};
    struct jet_list out;
    JET_ERR err = jet_list_open(&out, call, false, &column, 1);

    for (size_t i = 0; i < b->count && !err; i++) {
        jet_list_octets(&out, 0, b->list[i].data, b->list[i].size);
        err = jet_list_row(&out);
    }
    list->columnidBookmark = out.ids[0];
    err = jet_list_close(&out, err, &list->tableid);
    if (!err)
        list->cRecord = b->count;
    return err;
}

static JET_ERR intersect_indexes(struct jet_call *call, const JET_INDEXRANGE *ranges,
                                 unsigned long count, JET_RECORDLIST *list)
{
    struct jet_cursor *cursors[RANGES_MAX] = {NULL};
    struct bookmarks b = {0};
    JET_ERR err = JET_errSuccess;

    if (!ranges || count == 0 || count > RANGES_MAX || !list || list->cbStruct != sizeof *list)
        return JET_errInvalidParameter;
    for (unsigned i = 0; i < count && !err; i++)
        err = check_range(call, &ranges[i], cursors, i);
    if (err)
        return err;
    *list = (JET_RECORDLIST){.cbStruct = sizeof *list, .tableid = JET_tableidNil};
    err = intersect(call, cursors, (unsigned)count, &b);
    if (!err)
        err = give(call, &b, list);
    bookmarks_free(&b);
    return err;
}

JET_ERR JET_API JetIntersectIndexes(JET_SESID sesid, JET_INDEXRANGE *ranges, unsigned long count,
                                    JET_RECORDLIST *list, JET_GRBIT grbit)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_INTERSECT, sesid);

    if (err)
        return err;
    err = jet_allowed(&call, grbit);
    return jet_leave(&call, err ? err : intersect_indexes(&call, ranges, count, list));
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * preread_ranges.c - JetPrereadIndexRanges and JetPrereadTables: rows are read before they are asked for
 *
 * A cursor of the call's own walks the ranges, in the calling thread, ENG_PREREAD_MOST rows and
 * VALUES_MOST octets of long values at most. The program's cursor stays as it is, its search key too.
 */
#include "ese/engine/cursor.h"

#include "base/octets.h"

#include <stdlib.h>
#include <string.h>

#define PIECE       ((uint32_t)65536)
#define VALUES_MOST ((uint64_t)16 << 20)

struct key {
    const uint8_t *data;
    size_t size;
};

/* From `start` to `end` in the direction of reading. */
struct key_range {
    struct key start, end;
};

struct prereading {
    struct ese_session *session;
    struct ese_cursor *cursor; /* our own */
    bool forward, first_page;
    const JET_COLUMNID *ids;
    uint32_t id_count;
    unsigned rows;   /* read, */
    uint64_t octets; /* and of their long values */
    uint8_t *piece;
};

static int compare(struct key a, struct key b)
{
    return octets_compare(a.data, a.size, b.data, b.size);
}

/* ---- keys ---- */

static JET_ERR make_segment(struct prereading *p, const JET_INDEX_COLUMN *column, bool first,
                            bool last, bool low)
{
    bool prefix = column->relop == JET_relopPrefixEquals;
    JET_GRBIT grbit = first ? JET_bitNewKey : 0;

    if (column->relop != JET_relopEquals && !(prefix && last))
        return JET_errInvalidParameter;
    if (column->grbit & ~(JET_GRBIT)JET_bitZeroLength ||
        (column->grbit == JET_bitZeroLength && column->cb != 0))
        return JET_errInvalidParameter;
    if (column->grbit == JET_bitZeroLength)
        grbit |= JET_bitKeyDataZeroLength;
    if (last && prefix)
        grbit |= low ? JET_bitPartialColumnStartLimit : JET_bitPartialColumnEndLimit;
    else if (last)
        grbit |= low ? JET_bitFullColumnStartLimit : JET_bitFullColumnEndLimit;
    return eng_make_key(p->session, p->cursor, column->pv, (uint32_t)column->cb, grbit);
}

static JET_ERR make_key(struct prereading *p, struct arena *arena, const JET_INDEX_COLUMN *columns,
                        unsigned long count, JET_GRBIT grbit, bool low, struct key *ret_key)
{
    JET_ERR err = JET_errSuccess;
    uint8_t *copy;

    if (count == 0 || (grbit & JET_bitPrereadNormalizedKey && count != 1))
        return JET_errInvalidParameter;
    if (grbit & JET_bitPrereadNormalizedKey)
        err = eng_make_key(p->session, p->cursor, columns[0].pv, (uint32_t)columns[0].cb,
                           JET_bitNewKey | JET_bitNormalizedKey);
    else
        for (unsigned long i = 0; i < count && !err; i++)
            err = make_segment(p, &columns[i], i == 0, i + 1 == count, low);
    if (err < 0)
        return err;
    copy = arena_alloc(arena, p->cursor->search_size);
    if (copy == NULL)
        return JET_errOutOfMemory;
    memcpy(copy, p->cursor->search, p->cursor->search_size);
    *ret_key = (struct key){copy, p->cursor->search_size};
    return JET_errSuccess;
}

/* Without columns of its end a range is all that begins as its start does. */
static JET_ERR make_range(struct prereading *p, struct arena *arena, const JET_INDEX_RANGE *range,
                          JET_GRBIT grbit, struct key_range *ret)
{
    bool ends = range->cEndColumns > 0;
    JET_ERR err = make_key(p, arena, range->rgStartColumns, range->cStartColumns, grbit, p->forward,
                           &ret->start);

    if (!err)
        err = make_key(p, arena, ends ? range->rgEndColumns : range->rgStartColumns,
                       ends ? range->cEndColumns : range->cStartColumns, grbit, !p->forward,
                       &ret->end);
    return err;
}

static int by_start(const void *a, const void *b)
{
    return compare(((const struct key_range *)a)->start, ((const struct key_range *)b)->start);
}

static int by_start_down(const void *a, const void *b)
{
    return by_start(b, a);
}

/* Each in its direction, and behind the one before; a program that is not told how many are read may
 * give them in any order. */
static JET_ERR order_ranges(struct key_range *ranges, size_t count, bool forward, bool sort)
{
    int sign = forward ? 1 : -1;

    if (sort)
        qsort(ranges, count, sizeof *ranges, forward ? by_start : by_start_down);
    for (size_t i = 0; i < count; i++)
        if (compare(ranges[i].start, ranges[i].end) * sign > 0 ||
            (i > 0 && compare(ranges[i - 1].end, ranges[i].start) * sign > 0))
            return JET_errInvalidParameter;
    return JET_errSuccess;
}

/* ---- rows ---- */

static JET_ERR read_row(struct ese_cursor *cursor)
{
    struct store_slice record;
    struct eng_step step;
    JET_ERR err = eng_cursor_step(cursor, ENG_READ, &step);

    if (err)
        return err;
    err = eng_step_end(&step, eng_cursor_row(cursor, &step, &record));
    return err == JET_errRecordDeleted ? JET_errSuccess : err;
}

/* One value of a column, to its end; *ret_there: there may be a next one. */
static JET_ERR read_value(struct prereading *p, JET_COLUMNID id, uint32_t itag, bool *ret_there)
{
    JET_RETRIEVECOLUMN c = {.columnid = id,
                            .pvData = p->piece,
                            .cbData = PIECE,
                            .grbit = JET_bitRetrieveIgnoreDefault,
                            .itagSequence = itag};
    JET_ERR err;

    do {
        err = eng_retrieve_columns(p->session, p->cursor, &c, 1);
        if (err >= 0)
            p->octets += c.cbActual < PIECE ? c.cbActual : PIECE;
        c.ibLongValue += PIECE;
    } while (err == JET_wrnBufferTruncated && !p->first_page && p->octets < VALUES_MOST);
    *ret_there = err >= 0 && err != JET_wrnColumnNull;
    return err < 0 ? err : JET_errSuccess;
}

static JET_ERR read_values(struct prereading *p)
{
    JET_ERR err = JET_errSuccess;

    for (uint32_t i = 0; i < p->id_count && !err; i++) {
        bool there = true;

        for (uint32_t itag = 1; there && !err && p->octets < VALUES_MOST; itag++)
            err = read_value(p, p->ids[i], itag, &there);
    }
    return err;
}

static bool is_enough(const struct prereading *p)
{
    const struct ese_host *host = p->session->instance->host;

    return p->rows >= ENG_PREREAD_MOST || p->octets >= VALUES_MOST || host->stopping(host);
}

static JET_ERR enter_range(struct prereading *p, const struct key_range *range)
{
    const JET_GRBIT whole = JET_bitNewKey | JET_bitNormalizedKey;
    JET_ERR err =
        eng_make_key(p->session, p->cursor, range->start.data, (uint32_t)range->start.size, whole);

    if (!err)
        err = eng_seek(p->session, p->cursor, p->forward ? JET_bitSeekGE : JET_bitSeekLE);
    if (err >= 0)
        err =
            eng_make_key(p->session, p->cursor, range->end.data, (uint32_t)range->end.size, whole);
    if (!err)
        err = eng_set_range(p->session, p->cursor,
                            JET_bitRangeInclusive | (p->forward ? JET_bitRangeUpperLimit : 0));
    return err;
}

static JET_ERR read_range(struct prereading *p, const struct key_range *range)
{
    JET_ERR err = enter_range(p, range);

    while (!err && !is_enough(p)) {
        p->rows++;
        err = read_row(p->cursor);
        if (!err)
            err = read_values(p);
        if (!err)
            err = eng_move(p->session, p->cursor, p->forward ? 1 : -1, 0);
    }
    return err == JET_errNoCurrentRecord || err == JET_errRecordNotFound ? JET_errSuccess : err;
}

/* ---- JetPrereadIndexRanges ---- */

/* Only what can lie apart from its row is read by columns, and only by way of rows. */
static JET_ERR check_columns(const struct ese_cursor *program, struct prereading *p)
{
    if (p->id_count > 0 && program->index != NULL)
        return JET_errInvalidPreread;
    for (uint32_t i = 0; i < p->id_count; i++) {
        JET_COLTYP type = eng_column_type(p->cursor, p->ids[i]);

        if (type == JET_coltypNil)
            return JET_errColumnNotFound;
        if (type != JET_coltypLongText && type != JET_coltypLongBinary)
            return JET_errMustBeSeparateLongValue;
    }
    return JET_errSuccess;
}

static JET_ERR read_ranges(struct prereading *p, const JET_INDEX_RANGE *ranges, uint32_t count,
                           JET_GRBIT grbit, uint32_t *ret_count)
{
    struct arena arena;
    struct key_range *keys;
    uint32_t done = 0;
    JET_ERR err = JET_errSuccess;

    arena_init(&arena, NULL, 0);
    keys = arena_alloc(&arena, (count + 1u) * sizeof *keys);
    if (keys == NULL)
        err = JET_errOutOfMemory;
    for (uint32_t i = 0; i < count && !err; i++)
        err = make_range(p, &arena, &ranges[i], grbit, &keys[i]);
    if (!err)
        err = order_ranges(keys, count, p->forward, ret_count == NULL);
    while (!err && done < count && !is_enough(p))
        err = read_range(p, &keys[done++]);
    if (!err && ret_count != NULL)
        *ret_count = done;
    arena_fini(&arena);
    return err;
}

JET_ERR eng_preread_ranges(struct ese_session *session, struct ese_cursor *cursor,
                           const JET_INDEX_RANGE *ranges, uint32_t count, const JET_COLUMNID *ids,
                           uint32_t id_count, JET_GRBIT grbit, uint32_t *ret_count)
{
    struct prereading p = {.session = session,
                           .forward = grbit & JET_bitPrereadForward,
                           .first_page = grbit & JET_bitPrereadFirstPage,
                           .ids = ids,
                           .id_count = id_count};
    JET_ERR err = eng_dup_cursor(session, cursor, &p.cursor);

    if (err)
        return err;
    p.piece = mem_alloc(PIECE);
    err = p.piece == NULL ? JET_errOutOfMemory : check_columns(cursor, &p);
    if (!err && cursor->index != NULL)
        err = eng_set_index(session, p.cursor, eng_current_index(cursor), 0, 1);
    if (!err)
        err = read_ranges(&p, ranges, count < ENG_PREREAD_MOST ? count : ENG_PREREAD_MOST, grbit,
                          ret_count);
    eng_close_cursor(session, p.cursor);
    mem_free(p.piece);
    return err;
}

/* ---- JetPrereadTables ---- */

/* What it looks like, and its first row. One that is not there is no matter for a hint. */
static JET_ERR read_table(struct ese_session *session, JET_DBID dbid, const char *name)
{
    struct ese_cursor *cursor = NULL;
    JET_ERR err = eng_open_table(session, dbid, name, JET_bitTableReadOnly, &cursor);

    if (err)
        return err;
    err = eng_move(session, cursor, JET_MoveFirst, 0);
    if (!err)
        err = read_row(cursor);
    eng_close_cursor(session, cursor);
    return err;
}

JET_ERR eng_preread_tables(struct ese_session *session, JET_DBID dbid, const char *const *names,
                           unsigned count)
{
    JET_ERR err = JET_errSuccess;

    for (unsigned i = 0; i < count && err != JET_errOutOfMemory; i++)
        err = read_table(session, dbid, names[i]);
    return err == JET_errOutOfMemory ? err : JET_errSuccess;
}

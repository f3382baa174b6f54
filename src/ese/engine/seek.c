/* SPDX-License-Identifier: Apache-2.0
 *
 * seek.c - search keys, seeking by them, ranges
 *
 * An entry of a non-unique index is its key and its bookmark, so a key stands for all entries that
 * begin with it. Keys are prefix-free: no whole key begins with another.
 */
#include "ese/engine/cursor.h"

#include <string.h>

/* ---- JetMakeKey ---- */

static enum ese_key_limit limit_of(JET_GRBIT grbit)
{
    static const struct {
        JET_GRBIT grbit;
        enum ese_key_limit limit;
    } limits[] = {
        {JET_bitStrLimit, ESE_KEY_STRING},
        {JET_bitSubStrLimit, ESE_KEY_SUBSTRING},
        {JET_bitFullColumnStartLimit, ESE_KEY_FULL_START},
        {JET_bitFullColumnEndLimit, ESE_KEY_FULL_END},
        {JET_bitPartialColumnStartLimit, ESE_KEY_PARTIAL_START},
        {JET_bitPartialColumnEndLimit, ESE_KEY_PARTIAL_END},
    };

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (grbit & limits[i].grbit)
            return limits[i].limit;
    return ESE_KEY_EXACT;
}

static JET_ERR normalized_key(struct ese_cursor *c, const void *data, uint32_t size)
{
    const struct eng_index *x = eng_cursor_index(c);

    if (size == 0 || size > (x == NULL ? 4u : x->x.key_most + 1u))
        return JET_errInvalidParameter;
    memcpy(c->search, data, size);
    c->search_size = size;
    c->key_begun = c->key_made = true;
    c->key_used = false;
    c->key.limited = true; /* takes no further segment */
    return JET_errSuccess;
}

/* A search key segment of a fixed type has the type's size; shorter data of a fixed text or binary
 * column are padded as the record pads them. */
static JET_ERR check_segment(const struct eng_column *column, struct ese_bytes *value,
                             uint8_t padded[ESE_SHORT_VALUE_MAX])
{
    size_t size = ese_coltyp_size(column->c.coltyp);

    if (size != 0)
        return value->size == size ? JET_errSuccess : JET_errInvalidBufferSize;
    if (!ese_column_is_fixed(column->c.id) || value->size >= column->c.size_max)
        return JET_errSuccess;
    memset(padded, ese_coltyp_is_text(column->c.coltyp) ? ' ' : 0, column->c.size_max);
    memcpy(padded, value->data, value->size);
    *value = (struct ese_bytes){padded, column->c.size_max};
    return JET_errSuccess;
}

static JET_ERR add_segment(struct ese_cursor *c, const struct eng_index *x, const void *data,
                           uint32_t size, JET_GRBIT grbit)
{
    const struct eng_column *column = x->columns[c->key.segment_count];
    struct ese_bytes value = {data, size};
    bool null = size == 0 && !(grbit & JET_bitKeyDataZeroLength);
    uint8_t padded[ESE_SHORT_VALUE_MAX];
    enum ese_format_status f;
    JET_ERR err = null || size == 0 ? JET_errSuccess : check_segment(column, &value, padded);

    if (err)
        return err;
    f = ese_key_add_search(&c->key, &column->c, null ? NULL : &value, limit_of(grbit));
    if (f == ESE_FORMAT_BAD_VALUE)
        return JET_errInvalidGrbit;
    if (f == ESE_FORMAT_UNSUPPORTED) /* F3 */
        return JET_errUnicodeNormalizationNotSupported;
    if (f)
        return eng_format_error(f);
    c->search_size = c->key.size;
    c->key_made = true;
    return JET_errSuccess;
}

JET_ERR eng_make_key(struct ese_session *session, struct ese_cursor *cursor, const void *data,
                     uint32_t size, JET_GRBIT grbit)
{
    const struct eng_index *x;
    JET_ERR err = eng_cursor_refresh(cursor);

    (void)session;
    if (err)
        return err;
    if (grbit & JET_bitNormalizedKey)
        return normalized_key(cursor, data, size);
    x = eng_cursor_index(cursor);
    if (x == NULL)
        return JET_errNoCurrentIndex;
    if (grbit & JET_bitNewKey) {
        ese_key_start(&cursor->key, &x->x, x->collation != NULL ? &x->collator : NULL,
                      cursor->search);
        cursor->key_begun = true;
        cursor->key_made = cursor->key_used = false;
    } else if (!cursor->key_begun || cursor->key_used) {
        return JET_errKeyNotMade;
    }
    if (cursor->key.limited || cursor->key.segment_count >= x->x.segment_count)
        return JET_errKeyIsMade;
    if (x->tuples && cursor->key.segment_count == 0 &&
        size / eng_tuple_unit(x) < x->tuple_min) /* no entry could be so short */
        return JET_errIndexTuplesKeyTooSmall;
    return add_segment(cursor, x, data, size, grbit);
}

JET_ERR eng_retrieve_key(struct ese_session *session, struct ese_cursor *cursor, void *buffer,
                         uint32_t capacity, uint32_t *ret_size, JET_GRBIT grbit)
{
    struct eng_step step;
    JET_ERR err = eng_cursor_step(cursor, ENG_READ, &step);

    (void)session;
    if (err)
        return err;
    if (grbit & JET_bitRetrieveCopy)
        err = cursor->key_made ? eng_give(cursor->search, cursor->search_size, buffer, capacity,
                                          ret_size, JET_wrnBufferTruncated)
                               : JET_errKeyNotMade;
    else {
        err = eng_cursor_on_entry(cursor, &step);
        if (!err)
            err = eng_give(cursor->entry, cursor->key_size, buffer, capacity, ret_size,
                           JET_wrnBufferTruncated);
    }
    return eng_step_end(&step, err);
}

/* ---- JetSeek ---- */

static bool at_key(const struct ese_cursor *c)
{
    return c->place == ENG_ON_ENTRY && c->key_size == c->search_size &&
           memcmp(c->entry, c->search, c->key_size) == 0;
}

/* One seek of the scan; the cursor is on what it found. */
static JET_ERR seek_store(struct ese_cursor *c, struct eng_step *step, enum store_seek how,
                          const void *key, size_t size)
{
    struct store_cursor *scan = NULL;
    JET_ERR err = eng_cursor_scan(c, step, &scan);
    enum store_status s;

    if (err)
        return err;
    s = store_cursor_seek(scan, step->txn, how, eng_slice(key, size));
    if (s == STORE_NOT_FOUND)
        return JET_errRecordNotFound;
    return eng_cursor_take(c, step, s);
}

/* Beyond all entries that begin with the search key. */
static JET_ERR seek_after_key(struct ese_cursor *c, struct eng_step *step)
{
    uint8_t next[ESE_KEY_BUFFER];
    size_t size = c->search_size;

    memcpy(next, c->search, size);
    while (size > 0 && next[size - 1] == 0xff)
        size--;
    if (size == 0)
        return JET_errRecordNotFound;
    next[size - 1]++;
    return seek_store(c, step, STORE_GE, next, size);
}

static JET_ERR seek_forward(struct ese_cursor *c, struct eng_step *step, JET_GRBIT how)
{
    JET_ERR err = seek_store(c, step, STORE_GE, c->search, c->search_size);

    if (err || !at_key(c))
        return err ? err : how == JET_bitSeekGE ? JET_wrnSeekNotEqual : JET_errSuccess;
    return how == JET_bitSeekGE ? JET_errSuccess : seek_after_key(c, step);
}

static JET_ERR seek_backward(struct ese_cursor *c, struct eng_step *step, JET_GRBIT how)
{
    JET_ERR err;

    if (how == JET_bitSeekLE) {
        err = seek_store(c, step, STORE_GE, c->search, c->search_size);
        if (err ? err != JET_errRecordNotFound : at_key(c))
            return err;
    }
    err = seek_store(c, step, STORE_LT, c->search, c->search_size);
    return err ? err : how == JET_bitSeekLE ? JET_wrnSeekNotEqual : JET_errSuccess;
}

/* Where a seek that found nothing leaves the cursor: beside the key. */
static void stand_beside(struct ese_cursor *c)
{
    eng_cursor_set_place(c, ENG_BESIDE);
    memcpy(c->entry, c->search, c->search_size);
    c->entry_size = c->key_size = c->search_size;
    c->bookmark_size = 0;
}

/* JET_bitCheckUniqueness: is the current entry the only one with its key? */
static JET_ERR check_unique(struct ese_cursor *c, struct eng_step *step)
{
    struct store_cursor *scan = NULL;
    enum store_status s = store_cursor_open(step->store, c->scan_tree, &scan);
    bool another = false;

    if (s == STORE_OK)
        s = store_cursor_seek(scan, step->txn, STORE_GT, eng_slice(c->entry, c->entry_size));
    if (s == STORE_OK) {
        struct store_slice next = store_cursor_key(scan);

        another = next.size >= c->key_size && memcmp(next.data, c->entry, c->key_size) == 0;
    }
    store_cursor_close(scan);
    if (s != STORE_OK && s != STORE_NOT_FOUND)
        return eng_error(s);
    return another ? JET_errSuccess : JET_wrnUniqueKey;
}

/* The row that the search key names in an index of unique keys: one look-up, no scan. */
static JET_ERR get_equal(struct ese_cursor *c, struct eng_step *step)
{
    struct store_slice key = eng_slice(c->search, c->search_size);
    uint64_t tree = c->index != NULL ? c->index->tree : c->table->tree;
    struct store_value v = {0};
    enum store_status s = store_get(step->txn, tree, key, &v);
    struct store_slice bookmark = c->index != NULL ? eng_slice(v.data, v.size) : key;

    if (s)
        return s == STORE_NOT_FOUND ? JET_errRecordNotFound : eng_error(s);
    if (bookmark.size > sizeof c->bookmark) {
        store_value_release(&v);
        return JET_errReadVerifyFailure;
    }
    eng_cursor_set_place(c, ENG_ON_ENTRY);
    memcpy(c->entry, c->search, c->search_size);
    c->entry_size = c->key_size = c->search_size;
    memcpy(c->bookmark, bookmark.data, bookmark.size);
    c->bookmark_size = bookmark.size;
    if (c->index != NULL) {
        store_value_release(&v);
        return JET_errSuccess;
    }
    c->row = v;
    c->row_known = true;
    c->row_view = step->view;
    c->row_writes = c->session->writes;
    return JET_errSuccess;
}

static bool has_unique_keys(const struct ese_cursor *c)
{
    if (c->index != NULL)
        return c->index->unique;
    return c->schema->primary == NULL || !c->schema->primary->rows_numbered;
}

static JET_ERR seek_equal(struct ese_cursor *c, struct eng_step *step, JET_GRBIT grbit)
{
    bool unique = has_unique_keys(c);
    JET_ERR err =
        unique ? get_equal(c, step) : seek_store(c, step, STORE_GE, c->search, c->search_size);

    if (err)
        return err;
    if (!at_key(c))
        return JET_errRecordNotFound;
    if (grbit & JET_bitSetIndexRange) {
        c->range = (struct eng_range){
            .active = true, .upper = true, .inclusive = true, .size = c->search_size};
        memcpy(c->range.limit, c->search, c->search_size);
    }
    if (!(grbit & JET_bitCheckUniqueness))
        return JET_errSuccess;
    return unique ? JET_wrnUniqueKey : check_unique(c, step);
}

/* A seek that need not be exact goes on to a row that meets the filter. */
static JET_ERR seek_filtered(struct ese_cursor *c, struct eng_step *step, JET_GRBIT how)
{
    bool forward = how == JET_bitSeekGE || how == JET_bitSeekGT;
    JET_ERR err = forward ? seek_forward(c, step, how) : seek_backward(c, step, how), passed;

    if (err < 0 || c->filter == NULL || c->index != NULL)
        return err;
    passed = eng_cursor_pass(c, step, forward);
    if (passed)
        return passed == JET_errNoCurrentRecord ? JET_errRecordNotFound : passed;
    return err == JET_errSuccess && !at_key(c) && (how == JET_bitSeekGE || how == JET_bitSeekLE)
               ? JET_wrnSeekNotEqual
               : err;
}

static JET_ERR seek(struct ese_cursor *c, struct eng_step *step, JET_GRBIT grbit)
{
    const JET_GRBIT hows =
        JET_bitSeekEQ | JET_bitSeekLT | JET_bitSeekLE | JET_bitSeekGE | JET_bitSeekGT;
    JET_GRBIT how = grbit & hows;
    const struct eng_index *x = eng_cursor_index(c);
    JET_ERR err;

    if (!c->key_made)
        return JET_errKeyNotMade;
    if (x != NULL && x->stale)
        return x->primary ? JET_errPrimaryIndexCorrupted : JET_errSecondaryIndexCorrupted;
    c->range.active = false;
    c->key_used = true;
    if (how == JET_bitSeekEQ)
        err = seek_equal(c, step, grbit);
    else
        err = seek_filtered(c, step, how);
    if (err == JET_errRecordNotFound)
        stand_beside(c);
    return err;
}

JET_ERR eng_seek(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit)
{
    struct eng_step step;
    JET_ERR err;

    (void)session;
    if (!cursor->key_made)
        return JET_errKeyNotMade;
    eng_copy_cancel(cursor);
    err = eng_cursor_step(cursor, ENG_READ, &step);
    if (err)
        return err;
    return eng_step_end(&step, seek(cursor, &step, grbit));
}

/* ---- JetSetIndexRange ---- */

static JET_ERR set_range(struct ese_cursor *c, struct eng_step *step, JET_GRBIT grbit)
{
    JET_ERR err;

    if (grbit & JET_bitRangeRemove) {
        err = c->range.active ? JET_errSuccess : JET_errInvalidOperation;
        c->range.active = false;
        return err;
    }
    if (!c->key_made)
        return JET_errKeyNotMade;
    c->key_used = true;
    err = eng_cursor_on_entry(c, step);
    if (err)
        return err;
    c->range = (struct eng_range){
        .active = true,
        .upper = (grbit & JET_bitRangeUpperLimit) != 0,
        .inclusive = (grbit & JET_bitRangeInclusive) != 0,
        .size = c->search_size,
    };
    memcpy(c->range.limit, c->search, c->search_size);
    err = eng_cursor_check_range(c);
    if (!err && (grbit & JET_bitRangeInstantDuration))
        c->range.active = false;
    return err;
}

JET_ERR eng_set_range(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit)
{
    struct eng_step step;
    JET_ERR err = eng_cursor_step(cursor, ENG_READ, &step);

    (void)session;
    if (err)
        return err;
    return eng_step_end(&step, set_range(cursor, &step, grbit));
}

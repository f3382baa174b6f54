/* SPDX-License-Identifier: Apache-2.0
 *
 * navigate.c - moving: from entry to entry, to the ends, to a bookmark, to another index
 */
#include "ese/engine/cursor.h"

#include <string.h>

/* ---- the scan ---- */

static uint64_t current_tree(const struct ese_cursor *c)
{
    return c->index != NULL ? c->index->tree : c->table->tree;
}

JET_ERR eng_cursor_scan(struct ese_cursor *cursor, struct eng_step *step,
                        struct store_cursor **ret_scan)
{
    uint64_t tree = current_tree(cursor);
    enum store_status s;

    if (cursor->scan != NULL && cursor->scan_tree != tree)
        eng_cursor_forget_scan(cursor);
    if (cursor->scan == NULL) {
        s = store_cursor_open(step->store, tree, &cursor->scan);
        if (s)
            return eng_error(s);
        cursor->scan_tree = tree;
    }
    *ret_scan = cursor->scan;
    return JET_errSuccess;
}

/* Does a number end each key of the current index? */
static bool rows_are_numbered(const struct ese_cursor *c)
{
    return c->index == NULL && c->schema->primary != NULL && c->schema->primary->rows_numbered;
}

static void keep_row_of_scan(struct ese_cursor *c, const struct eng_step *step)
{
    c->row_known = c->row_in_scan = true;
    c->row_view = step->view;
    c->row_writes = c->session->writes;
}

JET_ERR eng_cursor_take(struct ese_cursor *cursor, struct eng_step *step, enum store_status found)
{
    struct store_slice entry, bookmark;
    const struct eng_index *x = cursor->index;
    size_t key_size;
    JET_ERR err;

    if (cursor->row_in_scan)
        eng_cursor_forget_row(cursor);
    cursor->scan_here = false;
    if (found)
        return eng_error(found);
    entry = bookmark = store_cursor_key(cursor->scan);
    key_size = entry.size;
    if (x != NULL) {
        err = eng_entry_split(x, entry, store_cursor_value(cursor->scan), &key_size, &bookmark);
        if (err)
            return err;
    } else if (rows_are_numbered(cursor)) {
        key_size -= 8;
    }
    if (entry.size == 0 || entry.size > sizeof cursor->entry || bookmark.size == 0 ||
        bookmark.size > sizeof cursor->bookmark)
        return JET_errReadVerifyFailure;
    eng_cursor_set_place(cursor, ENG_ON_ENTRY);
    memcpy(cursor->entry, entry.data, entry.size);
    memcpy(cursor->bookmark, bookmark.data, bookmark.size);
    cursor->entry_size = entry.size;
    cursor->key_size = key_size;
    cursor->bookmark_size = bookmark.size;
    cursor->scan_here = true;
    if (x == NULL)
        keep_row_of_scan(cursor, step);
    return JET_errSuccess;
}

/* ---- ranges ---- */

static int compare(const void *a, size_t a_size, const void *b, size_t b_size)
{
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

JET_ERR eng_cursor_check_range(struct ese_cursor *cursor)
{
    struct eng_range *r = &cursor->range;
    int order;

    if (!r->active)
        return JET_errSuccess;
    order = compare(cursor->entry, cursor->key_size, r->limit, r->size);
    if (!r->upper)
        order = -order;
    if (order < 0 || (order == 0 && r->inclusive))
        return JET_errSuccess;
    r->active = false; /* C2 */
    eng_cursor_set_place(cursor, r->upper ? ENG_AFTER_LAST : ENG_BEFORE_FIRST);
    return JET_errNoCurrentRecord;
}

/* ---- steps ---- */

/* What a seek or step of the scan came to. */
static JET_ERR arrive(struct ese_cursor *c, struct eng_step *step, enum store_status s,
                      enum eng_place otherwise)
{
    if (s == STORE_NOT_FOUND) {
        eng_cursor_set_place(c, otherwise);
        return JET_errNoCurrentRecord;
    }
    return eng_cursor_take(c, step, s);
}

static JET_ERR seek_end(struct ese_cursor *c, struct eng_step *step, bool last)
{
    struct store_cursor *scan = NULL;
    JET_ERR err = eng_cursor_scan(c, step, &scan);

    if (err)
        return err;
    return arrive(
        c, step,
        store_cursor_seek(scan, step->txn, last ? STORE_LAST : STORE_FIRST, eng_slice(NULL, 0)),
        last ? ENG_AFTER_LAST : ENG_BEFORE_FIRST);
}

JET_ERR eng_cursor_first(struct ese_cursor *cursor, struct eng_step *step)
{
    return seek_end(cursor, step, false);
}

/* To the neighbour of `key`, which need not be there. */
static JET_ERR seek_beside(struct ese_cursor *c, struct eng_step *step, bool next, const void *key,
                           size_t size)
{
    struct store_cursor *scan = NULL;
    JET_ERR err = eng_cursor_scan(c, step, &scan);

    if (err)
        return err;
    return arrive(
        c, step,
        store_cursor_seek(scan, step->txn, next ? STORE_GT : STORE_LT, eng_slice(key, size)),
        next ? ENG_AFTER_LAST : ENG_BEFORE_FIRST);
}

static JET_ERR step_entry(struct ese_cursor *c, struct eng_step *step, bool next)
{
    struct store_cursor *scan = NULL;
    JET_ERR err;

    if (!c->scan_here)
        return seek_beside(c, step, next, c->entry, c->entry_size);
    err = eng_cursor_scan(c, step, &scan);
    if (err)
        return err;
    return arrive(c, step, store_cursor_step(scan, step->txn, next ? STORE_NEXT : STORE_PREVIOUS),
                  next ? ENG_AFTER_LAST : ENG_BEFORE_FIRST);
}

/* To the next entry with another key: keys are prefix-free, so what begins with a key is its. */
static JET_ERR step_key(struct ese_cursor *c, struct eng_step *step, bool next)
{
    uint8_t key[ENG_ENTRY_MAX];
    size_t size = c->key_size;
    struct store_cursor *scan = NULL;
    JET_ERR err;

    memcpy(key, c->entry, size);
    if (!next)
        return seek_beside(c, step, false, key, size);
    while (size > 0 && key[size - 1] == 0xff)
        size--;
    if (size == 0) {
        eng_cursor_set_place(c, ENG_AFTER_LAST);
        return JET_errNoCurrentRecord;
    }
    key[size - 1]++;
    err = eng_cursor_scan(c, step, &scan);
    if (err)
        return err;
    return arrive(c, step, store_cursor_seek(scan, step->txn, STORE_GE, eng_slice(key, size)),
                  ENG_AFTER_LAST);
}

static JET_ERR step_once(struct ese_cursor *c, struct eng_step *step, bool next, bool other_key)
{
    JET_ERR err;

    if (c->place == ENG_FIRST_LATER) {
        err = eng_cursor_first(c, step);
        if (err && err != JET_errNoCurrentRecord)
            return err;
    }
    if (c->place == (next ? ENG_AFTER_LAST : ENG_BEFORE_FIRST))
        return JET_errNoCurrentRecord;
    if (c->place == ENG_BEFORE_FIRST || c->place == ENG_AFTER_LAST)
        err = seek_end(c, step, !next);
    else if (other_key && c->place == ENG_ON_ENTRY)
        err = step_key(c, step, next);
    else
        err = step_entry(c, step, next);
    return err ? err : eng_cursor_check_range(c);
}

JET_ERR eng_cursor_pass(struct ese_cursor *cursor, struct eng_step *step, bool next)
{
    const struct ese_host *host = cursor->session->instance->host;
    bool holds = cursor->filter == NULL;
    JET_ERR err = JET_errSuccess;

    for (unsigned n = 1; !holds && !err; n++) {
        err = eng_filter_holds(cursor, step, &holds);
        if (!err && !holds)
            err = step_once(cursor, step, next, false);
        if (n % 1024 == 0 && host->stopping(host))
            return JET_errClientRequestToStopJetService;
    }
    return err;
}

/* ---- JetMove ---- */

static JET_ERR revalidate(struct ese_cursor *c, struct eng_step *step)
{
    struct store_slice record;

    return eng_cursor_row(c, step, &record);
}

static JET_ERR move(struct ese_cursor *c, struct eng_step *step, int32_t rows, JET_GRBIT grbit)
{
    bool other_key = (grbit & JET_bitMoveKeyNE) != 0;
    const struct ese_host *host = c->session->instance->host;
    JET_ERR err = JET_errSuccess;

    if (c->filter != NULL && c->index != NULL && rows != 0)
        return JET_errFilteredMoveNotSupported;
    if (rows == INT32_MIN || rows == INT32_MAX) {
        c->range.active = false;
        err = seek_end(c, step, rows == INT32_MAX);
        return err ? err : eng_cursor_pass(c, step, rows == INT32_MIN);
    }
    if (rows == 0)
        return revalidate(c, step);
    for (uint32_t n = rows > 0 ? (uint32_t)rows : (uint32_t)-rows; n > 0 && !err; n--) {
        err = step_once(c, step, rows > 0, other_key);
        if (!err)
            err = eng_cursor_pass(c, step, rows > 0);
        if (n % 1024 == 0 && host->stopping(host))
            return JET_errClientRequestToStopJetService;
    }
    return err;
}

JET_ERR eng_move(struct ese_session *session, struct ese_cursor *cursor, int32_t rows,
                 JET_GRBIT grbit)
{
    struct eng_step step;
    JET_ERR err;

    (void)session;
    eng_copy_cancel(cursor); /* C3 */
    err = eng_cursor_step(cursor, ENG_READ, &step);
    if (err)
        return err;
    return eng_step_end(&step, move(cursor, &step, rows, grbit));
}

/* ---- going to a row ---- */

/* Finds the row's first entry by looking through the index: its keys cannot be made here (F3). */
static JET_ERR entry_by_scan(struct ese_cursor *c, struct eng_step *step, const struct eng_index *x,
                             const void *bookmark, size_t size)
{
    const struct ese_host *host = c->session->instance->host;
    struct store_cursor *scan = NULL;
    enum store_status s = store_cursor_open(step->store, x->tree, &scan);
    bool found = false;
    JET_ERR err = JET_errSuccess;

    if (s == STORE_OK)
        s = store_cursor_seek(scan, step->txn, STORE_FIRST, eng_slice(NULL, 0));
    for (unsigned n = 1; s == STORE_OK && !err && !found; n++) {
        struct store_slice entry = store_cursor_key(scan), its = {0};
        size_t key_size = 0;

        err = eng_entry_split(x, entry, store_cursor_value(scan), &key_size, &its);
        found = !err && its.size == size && memcmp(its.data, bookmark, size) == 0 &&
                entry.size <= sizeof c->entry;
        if (found) {
            eng_cursor_set_place(c, ENG_ON_ENTRY);
            memcpy(c->entry, entry.data, entry.size);
            c->entry_size = entry.size;
            c->key_size = key_size;
            memmove(c->bookmark, bookmark, size);
            c->bookmark_size = size;
        } else if (n % 1024 == 0 && host->stopping(host)) {
            err = JET_errClientRequestToStopJetService;
        } else if (!err) {
            s = store_cursor_step(scan, step->txn, STORE_NEXT);
        }
    }
    store_cursor_close(scan);
    if (err || found)
        return err;
    return s == STORE_NOT_FOUND ? JET_errNoCurrentRecord : eng_error(s);
}

/* Finds the entry of the row among those of its keys: the one of value `itag`, or the first. */
static JET_ERR entry_of_row(struct ese_cursor *c, struct eng_step *step, const struct eng_index *x,
                            struct store_slice record, const void *bookmark, size_t size,
                            uint32_t itag)
{
    struct eng_keys keys = {0};
    struct eng_view view;
    struct arena arena;
    size_t at = 0;
    JET_ERR err;

    if (x->foreign && x->unicode)
        return itag > 1 ? JET_errFeatureNotAvailable : entry_by_scan(c, step, x, bookmark, size);
    arena_init(&arena, NULL, 0);
    keys.arena = &arena;
    err = eng_view_open(&view, c->schema, c->table->form, record);
    if (!err)
        err = eng_row_keys(step, c->table, x, &view, &keys);
    while (!err && itag > 1 && at < keys.count && keys.keys[at].itag != itag)
        at++;
    if (!err && at >= keys.count)
        err = itag > 1 ? JET_errBadItagSequence : JET_errNoCurrentRecord;
    if (!err) {
        eng_cursor_set_place(c, ENG_ON_ENTRY);
        c->entry_size =
            eng_entry_make(x, keys.keys[at].data, keys.keys[at].size, bookmark, size, c->entry);
        c->key_size = keys.keys[at].size;
        c->itag = keys.keys[at].itag;
        memmove(c->bookmark, bookmark, size);
        c->bookmark_size = size;
    }
    arena_fini(&arena);
    return err;
}

static void place_on_primary(struct ese_cursor *c, const void *bookmark, size_t size)
{
    bool numbered = rows_are_numbered(c);

    eng_cursor_set_place(c, ENG_ON_ENTRY);
    memmove(c->bookmark, bookmark, size);
    memcpy(c->entry, c->bookmark, size);
    c->bookmark_size = c->entry_size = size;
    c->key_size = numbered && size > 8 ? size - 8 : size;
}

JET_ERR eng_cursor_goto(struct ese_cursor *cursor, struct eng_step *step, const void *bookmark,
                        size_t size)
{
    struct store_value v = {0};
    enum store_status s = store_get(step->txn, cursor->table->tree, eng_slice(bookmark, size), &v);
    JET_ERR err = s == STORE_NOT_FOUND ? JET_errRecordDeleted : eng_error(s);

    if (!err && cursor->index != NULL)
        err =
            entry_of_row(cursor, step, cursor->index, eng_slice(v.data, v.size), bookmark, size, 1);
    else if (!err)
        place_on_primary(cursor, bookmark, size);
    store_value_release(&v);
    return err;
}

JET_ERR eng_goto_bookmark(struct ese_session *session, struct ese_cursor *cursor, const void *data,
                          uint32_t size)
{
    struct eng_step step;
    JET_ERR err;

    (void)session;
    if (size == 0 || size > ENG_BOOKMARK_MAX)
        return JET_errInvalidBookmark;
    eng_copy_cancel(cursor);
    err = eng_cursor_step(cursor, ENG_READ, &step);
    if (err)
        return err;
    err = eng_cursor_goto(cursor, &step, data, size);
    if (!err)
        cursor->range.active = false;
    return eng_step_end(&step, err);
}

JET_ERR eng_get_bookmark(struct ese_session *session, struct ese_cursor *cursor, void *buffer,
                         uint32_t capacity, uint32_t *ret_size)
{
    struct eng_step step;
    JET_ERR err = eng_cursor_step(cursor, ENG_READ, &step);

    (void)session;
    if (err)
        return err;
    err = eng_cursor_on_entry(cursor, &step);
    if (!err)
        err = eng_give(cursor->bookmark, cursor->bookmark_size, buffer, capacity, ret_size,
                       JET_errBufferTooSmall);
    return eng_step_end(&step, err);
}

JET_ERR eng_get_secondary_bookmark(struct ese_session *session, struct ese_cursor *cursor,
                                   void *key, uint32_t key_capacity, uint32_t *ret_key_size,
                                   void *bookmark, uint32_t bookmark_capacity,
                                   uint32_t *ret_bookmark_size)
{
    struct eng_step step;
    JET_ERR err, err2;

    (void)session;
    err = eng_cursor_step(cursor, ENG_READ, &step);
    if (err)
        return err;
    err = cursor->index == NULL ? JET_errNoCurrentIndex : eng_cursor_on_entry(cursor, &step);
    if (!err) {
        err = eng_give(cursor->entry, cursor->key_size, key, key_capacity, ret_key_size,
                       JET_errBufferTooSmall);
        err2 = eng_give(cursor->bookmark, cursor->bookmark_size, bookmark, bookmark_capacity,
                        ret_bookmark_size, JET_errBufferTooSmall);
        err = err ? err : err2;
    }
    return eng_step_end(&step, err);
}

static JET_ERR goto_entry(struct ese_cursor *c, struct eng_step *step, const void *key,
                          size_t key_size, const void *bookmark, size_t bookmark_size,
                          bool permit_virtual)
{
    uint8_t entry[ENG_ENTRY_MAX];
    size_t size = eng_entry_make(c->index, key, key_size, bookmark, bookmark_size, entry);
    struct store_value v = {0};
    enum store_status s = store_get(step->txn, c->index->tree, eng_slice(entry, size), &v);
    bool same =
        s == STORE_OK &&
        (!c->index->unique || (v.size == bookmark_size && memcmp(v.data, bookmark, v.size) == 0));

    store_value_release(&v);
    if (s != STORE_OK && s != STORE_NOT_FOUND)
        return eng_error(s);
    if (!same && !permit_virtual)
        return JET_errRecordDeleted;
    eng_cursor_set_place(c, same ? ENG_ON_ENTRY : ENG_BESIDE);
    memcpy(c->entry, entry, size);
    memmove(c->bookmark, bookmark, bookmark_size);
    c->entry_size = size;
    c->key_size = key_size;
    c->bookmark_size = bookmark_size;
    return same ? JET_errSuccess : JET_errRecordDeleted;
}

JET_ERR eng_goto_secondary_bookmark(struct ese_session *session, struct ese_cursor *cursor,
                                    const void *key, uint32_t key_size, const void *bookmark,
                                    uint32_t bookmark_size, JET_GRBIT grbit)
{
    struct eng_step step;
    JET_ERR err;

    (void)session;
    if (key_size == 0 || key_size > ESE_KEY_MOST_MAX || bookmark_size == 0 ||
        bookmark_size > ENG_BOOKMARK_MAX)
        return JET_errInvalidBookmark;
    eng_copy_cancel(cursor);
    err = eng_cursor_step(cursor, ENG_READ, &step);
    if (err)
        return err;
    if (cursor->index == NULL)
        err = JET_errNoCurrentIndex;
    else
        err = goto_entry(cursor, &step, key, key_size, bookmark, bookmark_size,
                         (grbit & JET_bitBookmarkPermitVirtualCurrency) != 0);
    if (!err)
        cursor->range.active = false;
    return eng_step_end(&step, err);
}

/* ---- JetSetCurrentIndex ---- */

static void choose(struct ese_cursor *c, struct eng_index *x)
{
    eng_cursor_set_index(c, x);
    c->index_level = c->session->level;
    c->range.active = false;
    c->key_begun = c->key_made = false;
}

/* JET_bitNoMove: the same row in another order. On an error nothing has changed. */
static JET_ERR choose_in_place(struct ese_cursor *c, struct eng_step *step, struct eng_index *x,
                               uint32_t itag)
{
    uint8_t bookmark[ENG_BOOKMARK_MAX];
    struct store_slice record;
    size_t size;
    JET_ERR err = eng_cursor_row(c, step, &record);

    if (err)
        return err;
    size = c->bookmark_size;
    memcpy(bookmark, c->bookmark, size);
    if (x != NULL) {
        err = entry_of_row(c, step, x, record, bookmark, size, itag);
        if (err)
            return err;
        choose(c, x);
        return JET_errSuccess;
    }
    choose(c, NULL);
    place_on_primary(c, bookmark, size);
    return JET_errSuccess;
}

static JET_ERR set_index(struct ese_cursor *c, struct eng_step *step, const char *name,
                         JET_GRBIT grbit, uint32_t itag)
{
    struct eng_index *x = NULL;

    if (name != NULL && name[0] != '\0') {
        x = eng_index_by_name(c->schema, name);
        if (x == NULL)
            return JET_errIndexNotFound;
    }
    if ((x != NULL && x->stale) ||
        (x == NULL && c->schema->primary != NULL && c->schema->primary->stale))
        return x == NULL || x->primary ? JET_errPrimaryIndexCorrupted
                                       : JET_errSecondaryIndexCorrupted;
    if (x != NULL && x->primary)
        x = NULL;
    if (grbit & JET_bitNoMove)
        return choose_in_place(c, step, x, itag);
    choose(c, x);
    eng_cursor_set_place(c, ENG_FIRST_LATER);
    return JET_errSuccess;
}

JET_ERR eng_set_index(struct ese_session *session, struct ese_cursor *cursor, const char *name,
                      JET_GRBIT grbit, uint32_t itag)
{
    struct eng_step step;
    JET_ERR err;

    (void)session;
    eng_copy_cancel(cursor);
    err = eng_cursor_step(cursor, ENG_READ, &step);
    if (err)
        return err;
    return eng_step_end(&step, set_index(cursor, &step, name, grbit, itag));
}

/* ---- counting ---- */

/* Counts on a scan of its own: the cursor stays. A lower range is counted backwards. */
static JET_ERR count_entries(struct ese_cursor *c, struct eng_step *step, uint64_t max,
                             uint64_t *ret_count)
{
    const struct ese_host *host = c->session->instance->host;
    const struct eng_range *r = &c->range;
    enum store_step where = r->active && !r->upper ? STORE_PREVIOUS : STORE_NEXT;
    struct store_cursor *scan = NULL;
    enum store_status s = store_cursor_open(step->store, current_tree(c), &scan);
    size_t numbered = rows_are_numbered(c) ? 8 : 0;
    uint64_t count = 0;
    JET_ERR err = JET_errSuccess;

    if (s == STORE_OK)
        s = store_cursor_seek(scan, step->txn, where == STORE_NEXT ? STORE_GE : STORE_LE,
                              eng_slice(c->entry, c->entry_size));
    while (s == STORE_OK && !err && count < max) {
        struct store_slice entry = store_cursor_key(scan), bookmark;
        size_t key_size = entry.size - numbered;
        int order = 0;

        if (r->active && c->index != NULL)
            err = eng_entry_split(c->index, entry, store_cursor_value(scan), &key_size, &bookmark);
        if (r->active && !err)
            order = compare(entry.data, key_size, r->limit, r->size) * (r->upper ? 1 : -1);
        if (err || (r->active && (order > 0 || (order == 0 && !r->inclusive))))
            break;
        count++;
        if (count % 4096 == 0 && host->stopping(host))
            err = JET_errClientRequestToStopJetService;
        else
            s = store_cursor_step(scan, step->txn, where);
    }
    store_cursor_close(scan);
    *ret_count = count;
    return err ? err : s == STORE_NOT_FOUND ? JET_errSuccess : eng_error(s);
}

JET_ERR eng_count(struct ese_session *session, struct ese_cursor *cursor, uint64_t max,
                  uint64_t *ret_count)
{
    struct eng_step step;
    JET_ERR err = eng_cursor_step(cursor, ENG_READ, &step);

    (void)session;
    if (err)
        return err;
    err = eng_cursor_on_entry(cursor, &step);
    if (!err)
        err = count_entries(cursor, &step, max == 0 ? UINT64_MAX : max, ret_count);
    return eng_step_end(&step, err);
}

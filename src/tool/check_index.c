/* SPDX-License-Identifier: Apache-2.0
 *
 * check_index.c - secondary indexes against the rows they lead to, through the API
 *
 * A row's keys are made again from its columns by JetMakeKey and compared with what is stored.
 *     C1  entries ascend by (key, bookmark); in a unique index by key
 *     C2  an entry's row is there
 *     C3  an entry's key is one of those that its row gives
 *     C4  there are as many entries as rows give keys
 * C1 to C3 say that the entries are among the keys of the rows and stand there once; with C4 they
 * are all of them. Only when C4 fails are the entries of each row looked for.
 */
#include "tool/check.h"

#include "base/mem.h"

#include <string.h>

#define VALUE_MOST 16384 /* octets of a value that can matter to a key */
#define KEYS_MOST  65536 /* that one row may give */

struct key {
    unsigned char data[JET_cbKeyMostMost + 1];
    size_t size;
};

/* The distinct keys that one row gives. */
struct keys {
    struct key *list;
    size_t count, room;
};

struct walk {
    struct check *c;
    const struct tool_table *t;
    const struct tool_index *index;
    JET_SESID session;
    JET_TABLEID maker; /* on the index; only makes keys */
    struct keys keys;
    char *value;
};

const char *check_key_text(const unsigned char *key, size_t size, char text[CHECK_KEY_TEXT])
{
    size_t n = size < (CHECK_KEY_TEXT - 8) / 2 ? size : (CHECK_KEY_TEXT - 8) / 2;

    text[0] = '\0';
    for (size_t i = 0; i < n; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", key[i]);
    if (n < size)
        (void)strcat(text, "...");
    return text;
}

/* ---- the keys of a row ---- */

static bool keys_have(const struct keys *k, const struct key *key)
{
    for (size_t i = 0; i < k->count; i++)
        if (k->list[i].size == key->size && memcmp(k->list[i].data, key->data, key->size) == 0)
            return true;
    return false;
}

static bool keys_add(struct keys *k, const struct key *key, struct tool_failure *f)
{
    struct key *grown = NULL;

    if (keys_have(k, key))
        return true;
    if (k->count == k->room) {
        size_t room = k->room > 0 ? 2 * k->room : 8;

        grown = room <= KEYS_MOST ? mem_grow(k->list, room * sizeof *grown) : NULL;
        if (grown == NULL)
            return tool_fail(f, "a row gives too many keys, or there is no memory for them");
        k->list = grown;
        k->room = room;
    }
    k->list[k->count++] = *key;
    return true;
}

/* Value `number` of the column of the cursor's row into the search key. */
static JET_ERR add_segment(struct walk *w, JET_TABLEID row, unsigned segment, unsigned number,
                           bool *ret_null)
{
    const struct tool_column *c = &w->t->columns[w->index->segments[segment].column];
    JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = number};
    JET_GRBIT grbit = segment == 0 ? JET_bitNewKey : 0;
    unsigned long size = 0;
    JET_ERR err = JetRetrieveColumn(w->session, row, c->id, w->value, VALUE_MOST, &size, 0, &info);

    *ret_null = err == JET_wrnColumnNull;
    if (err < JET_errSuccess)
        return err;
    if (size > VALUE_MOST)
        size = VALUE_MOST;
    if (*ret_null)
        return JetMakeKey(w->session, w->maker, NULL, 0, grbit);
    return JetMakeKey(w->session, w->maker, w->value, size,
                      grbit | (size == 0 ? JET_bitKeyDataZeroLength : 0));
}

static bool is_left_out(const struct walk *w, unsigned nulls, bool first_null)
{
    JET_GRBIT grbit = w->index->grbit;

    return (grbit & JET_bitIndexIgnoreNull && nulls == w->index->segment_count) ||
           (grbit & JET_bitIndexIgnoreAnyNull && nulls > 0) ||
           (grbit & JET_bitIndexIgnoreFirstNull && first_null);
}

/* The key of these values of the columns. *ret_size 0: the index leaves it out. */
static JET_ERR make_key(struct walk *w, JET_TABLEID row, const unsigned *numbers, struct key *ret)
{
    unsigned nulls = 0;
    bool first_null = false, null = false;
    unsigned long size = 0;
    JET_ERR err = JET_errSuccess;

    for (unsigned i = 0; i < w->index->segment_count; i++) {
        err = add_segment(w, row, i, numbers[i], &null);
        if (err < JET_errSuccess)
            return err;
        nulls += null;
        first_null = first_null || (null && i == 0);
    }
    ret->size = 0;
    if (is_left_out(w, nulls, first_null))
        return JET_errSuccess;
    err = JetRetrieveKey(w->session, w->maker, ret->data, sizeof ret->data, &size,
                         JET_bitRetrieveCopy);
    ret->size = size < sizeof ret->data ? size : sizeof ret->data;
    return err;
}

/* How many values the column of the row has, at least 1 for its NULL. */
static JET_ERR count_values(struct walk *w, JET_TABLEID row, const struct tool_column *c,
                            unsigned *ret_count)
{
    unsigned n = 1;

    for (;; n++) {
        JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = n + 1};
        unsigned long size = 0;
        JET_ERR err = JetRetrieveColumn(w->session, row, c->id, NULL, 0, &size, 0, &info);

        if (err < JET_errSuccess || err == JET_wrnColumnNull) {
            *ret_count = n;
            return err < JET_errSuccess ? err : JET_errSuccess;
        }
    }
}

/* Which segments run over several values: the first column that has several, or each (cross
 * product, nested table). */
static JET_ERR count_all(struct walk *w, JET_TABLEID row, unsigned counts[TOOL_SEGMENTS_MAX])
{
    bool each = w->index->grbit & (JET_bitIndexCrossProduct | JET_bitIndexNestedTable),
         seen = false;
    JET_ERR err = JET_errSuccess;

    for (unsigned i = 0; i < w->index->segment_count && err >= JET_errSuccess; i++) {
        const struct tool_column *c = &w->t->columns[w->index->segments[i].column];

        counts[i] = 1;
        if (c->grbit & JET_bitColumnMultiValued && (each || !seen)) {
            seen = true;
            err = count_values(w, row, c, &counts[i]);
        }
    }
    return err;
}

/* The next choice of values; false after the last. */
static bool next_choice(const struct walk *w, const unsigned *counts, unsigned *numbers)
{
    bool more = false;

    if (w->index->grbit & JET_bitIndexNestedTable) {
        for (unsigned i = 0; i < w->index->segment_count; i++)
            if (w->t->columns[w->index->segments[i].column].grbit & JET_bitColumnMultiValued)
                more = numbers[i]++ < counts[i] || more;
        return more;
    }
    for (unsigned i = w->index->segment_count; i-- > 0;) {
        if (numbers[i] < counts[i]) {
            numbers[i]++;
            return true;
        }
        numbers[i] = 1;
    }
    return false;
}

static JET_ERR meets_conditions(struct walk *w, JET_TABLEID row, bool *ret_meets)
{
    *ret_meets = true;
    for (unsigned i = 0; i < w->index->condition_count; i++) {
        const struct tool_column *c = &w->t->columns[w->index->conditions[i].column];
        unsigned long size = 0;
        JET_ERR err = JetRetrieveColumn(w->session, row, c->id, NULL, 0, &size, 0, NULL);

        if (err < JET_errSuccess)
            return err;
        if ((err == JET_wrnColumnNull) != w->index->conditions[i].must_be_null)
            *ret_meets = false;
    }
    return JET_errSuccess;
}

/* In w->keys. Entries of a nested table end where no column has a further value. */
static bool keys_of_row(struct walk *w, JET_TABLEID row, JET_ERR *ret_err, struct tool_failure *f)
{
    unsigned counts[TOOL_SEGMENTS_MAX], numbers[TOOL_SEGMENTS_MAX];
    struct key key = {.size = 0};
    bool meets = false;

    w->keys.count = 0;
    *ret_err = meets_conditions(w, row, &meets);
    if (*ret_err < JET_errSuccess || !meets)
        return true;
    *ret_err = count_all(w, row, counts);
    for (unsigned i = 0; i < TOOL_SEGMENTS_MAX; i++)
        numbers[i] = 1;
    do {
        bool past = w->index->grbit & JET_bitIndexNestedTable && numbers[0] > 1;

        for (unsigned i = 0; past && i < w->index->segment_count; i++)
            past = numbers[i] > counts[i] ||
                   !(w->t->columns[w->index->segments[i].column].grbit & JET_bitColumnMultiValued);
        if (past)
            break;
        if (*ret_err >= JET_errSuccess)
            *ret_err = make_key(w, row, numbers, &key);
        if (*ret_err < JET_errSuccess)
            return true;
        if (key.size > 0 && !keys_add(&w->keys, &key, f))
            return false;
    } while (next_choice(w, counts, numbers));
    return true;
}

/* ---- the walks ---- */

static JET_ERR read_entry(struct walk *w, JET_TABLEID cursor, struct key *key, struct key *bookmark)
{
    unsigned long size = 0;
    JET_ERR err = JetRetrieveKey(w->session, cursor, key->data, sizeof key->data, &size, 0);

    key->size = size < sizeof key->data ? size : sizeof key->data;
    if (err < JET_errSuccess)
        return err;
    err = JetGetBookmark(w->session, cursor, bookmark->data, sizeof bookmark->data, &size);
    bookmark->size = size < sizeof bookmark->data ? size : sizeof bookmark->data;
    return err;
}

static int compare(const struct key *a, const struct key *b)
{
    size_t n = a->size < b->size ? a->size : b->size;
    int order = memcmp(a->data, b->data, n);

    return order != 0 ? order : a->size < b->size ? -1 : a->size > b->size;
}

/* What one entry shows, in faults. False: too many. */
static bool check_entry(struct walk *w, JET_TABLEID cursor, const struct key *key,
                        const struct key *before, const struct key *bookmark,
                        const struct key *bookmark_before, struct tool_failure *f)
{
    int order = before->size > 0 ? compare(before, key) : -1;
    bool unique = w->index->grbit & JET_bitIndexUnique;
    char text[CHECK_KEY_TEXT];
    JET_ERR err = JET_errSuccess;

    if (order > 0 || (order == 0 && (unique || compare(bookmark_before, bookmark) >= 0)))
        if (!check_fault(w->c, w->t,
                         "index %s: the entry %s stands behind one that is not below it",
                         w->index->name, check_key_text(key->data, key->size, text)))
            return tool_fail(f, "too many faults");
    if (!keys_of_row(w, cursor, &err, f))
        return false;
    if (err < JET_errSuccess) {
        (void)tool_jet_fail(f, err, "index %s: the entry %s leads to no row that can be read",
                            w->index->name, check_key_text(key->data, key->size, text));
        return check_fault(w->c, w->t, "%s", f->text) || tool_fail(f, "too many faults");
    }
    if (keys_have(&w->keys, key))
        return true;
    return check_fault(w->c, w->t,
                       "index %s: the entry %s is not a key of the row that it leads to",
                       w->index->name, check_key_text(key->data, key->size, text)) ||
           tool_fail(f, "too many faults");
}

/* C1 to C3. */
static bool walk_entries(struct walk *w, JET_TABLEID cursor, unsigned long *ret_count,
                         struct tool_failure *f)
{
    struct key key = {.size = 0}, bookmark = {.size = 0}, before, bookmark_before;
    unsigned long n = 0;
    JET_ERR err = JetMove(w->session, cursor, JET_MoveFirst, 0);

    for (; err >= JET_errSuccess; n++) {
        before = key;
        bookmark_before = bookmark;
        err = read_entry(w, cursor, &key, &bookmark);
        if (err < JET_errSuccess)
            break;
        if (!check_entry(w, cursor, &key, &before, &bookmark, &bookmark_before, f))
            return false;
        err = JetMove(w->session, cursor, JET_MoveNext, 0);
    }
    *ret_count = n;
    w->c->entries += n;
    return err == JET_errNoCurrentRecord ||
           tool_jet_fail(f, err, "walking the index %s of %s after %lu entries", w->index->name,
                         w->t->name, n);
}

/* C4 failed: tells the keys of the cursor's row that have no entry. */
static bool look_for_entries(struct walk *w, JET_TABLEID row, JET_TABLEID entries,
                             struct tool_failure *f)
{
    struct key bookmark;
    unsigned long size = 0;
    char text[CHECK_KEY_TEXT];
    JET_ERR err = JetGetBookmark(w->session, row, bookmark.data, sizeof bookmark.data, &size);

    if (err < JET_errSuccess)
        return tool_jet_fail(f, err, "reading a bookmark of %s", w->t->name);
    for (size_t i = 0; i < w->keys.count; i++) {
        struct key *key = &w->keys.list[i];

        err = JetGotoSecondaryIndexBookmark(w->session, entries, key->data, key->size,
                                            bookmark.data, size, 0);
        if (err >= JET_errSuccess)
            continue;
        if (!check_fault(w->c, w->t, "index %s: the row %s has no entry %s", w->index->name,
                         check_key_text(bookmark.data, size, text),
                         check_key_text(key->data, key->size, (char[CHECK_KEY_TEXT]){""})))
            return tool_fail(f, "too many faults");
    }
    return true;
}

/* Counts the keys that all rows give; with `entries`, looks each up there. */
static bool walk_rows(struct walk *w, JET_TABLEID row, JET_TABLEID entries, unsigned long *ret_keys,
                      struct tool_failure *f)
{
    unsigned long n = 0;
    JET_ERR err = JetMove(w->session, row, JET_MoveFirst, 0), made = JET_errSuccess;

    while (err >= JET_errSuccess) {
        if (!keys_of_row(w, row, &made, f))
            return false;
        if (made < JET_errSuccess)
            return tool_jet_fail(f, made, "making the keys of a row for the index %s of %s",
                                 w->index->name, w->t->name);
        n += w->keys.count;
        if (entries != JET_tableidNil && !look_for_entries(w, row, entries, f))
            return false;
        err = JetMove(w->session, row, JET_MoveNext, 0);
    }
    *ret_keys = n;
    return err == JET_errNoCurrentRecord ||
           tool_jet_fail(f, err, "walking the rows of %s", w->t->name);
}

static bool compare_all(struct walk *w, JET_TABLEID entries, JET_TABLEID row,
                        struct tool_failure *f)
{
    unsigned long entry_count = 0, key_count = 0;

    if (!walk_entries(w, entries, &entry_count, f) ||
        !walk_rows(w, row, JET_tableidNil, &key_count, f))
        return false;
    if (entry_count == key_count)
        return true;
    if (!check_fault(w->c, w->t, "index %s: %lu entries, but the rows give %lu keys",
                     w->index->name, entry_count, key_count))
        return tool_fail(f, "too many faults");
    return walk_rows(w, row, entries, &key_count, f);
}

/* A cursor on the index, or on the rows with NULL. */
static JET_ERR open_cursor(struct walk *w, const char *index, JET_TABLEID *ret_cursor)
{
    JET_TABLEID cursor = JET_tableidNil;
    JET_ERR err =
        JetOpenTableA(w->session, w->c->dbid, w->t->name, NULL, 0, JET_bitTableReadOnly, &cursor);

    if (err >= JET_errSuccess && index != NULL) {
        err = JetSetCurrentIndexA(w->session, cursor, index);
        if (err < JET_errSuccess)
            (void)JetCloseTable(w->session, cursor);
    }
    if (err >= JET_errSuccess)
        *ret_cursor = cursor;
    return err;
}

/* Keys of tuple indexes are parts of values, which are not made again. */
static bool count_entries_only(struct walk *w, JET_TABLEID entries, struct tool_failure *f)
{
    JET_ERR err = JetMove(w->session, entries, JET_MoveFirst, 0);

    for (; err >= JET_errSuccess; w->c->entries++)
        err = JetMove(w->session, entries, JET_MoveNext, 0);
    w->c->not_compared++;
    return err == JET_errNoCurrentRecord ||
           tool_jet_fail(f, err, "walking the index %s of %s", w->index->name, w->t->name);
}

bool check_index(struct check *c, const struct tool_table *t, const struct tool_index *index,
                 struct tool_failure *f)
{
    struct walk w = {.c = c, .t = t, .index = index, .session = c->store.session};
    JET_TABLEID entries = JET_tableidNil, row = JET_tableidNil;
    JET_ERR err = JET_errSuccess;
    bool ok = false;

    w.maker = JET_tableidNil;
    w.value = mem_alloc(VALUE_MOST);
    if (w.value == NULL)
        return tool_fail(f, "out of memory");
    err = open_cursor(&w, index->name, &entries);
    if (err >= JET_errSuccess)
        err = open_cursor(&w, index->name, &w.maker);
    if (err >= JET_errSuccess)
        err = open_cursor(&w, NULL, &row);
    if (err < JET_errSuccess)
        (void)tool_jet_fail(f, err, "opening the index %s of %s", index->name, t->name);
    else if (index->grbit & JET_bitIndexTuples)
        ok = count_entries_only(&w, entries, f);
    else
        ok = compare_all(&w, entries, row, f);
    if (row != JET_tableidNil)
        (void)JetCloseTable(w.session, row);
    if (w.maker != JET_tableidNil)
        (void)JetCloseTable(w.session, w.maker);
    if (entries != JET_tableidNil)
        (void)JetCloseTable(w.session, entries);
    mem_free(w.keys.list);
    mem_free(w.value);
    c->indexes += ok;
    return ok;
}

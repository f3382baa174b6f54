/* SPDX-License-Identifier: Apache-2.0
 *
 * index_keys.c - index entries made from rows, against those that Windows stored
 */
#include "index_keys.h"

#include "ese/edb/edb_internal.h"
#include "ese/format/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct entry {
    size_t key_size, bookmark_size;
    uint8_t *key, *bookmark;
};

struct entries {
    struct entry *at;
    size_t count, room;
};

static uint8_t *copy_of(const uint8_t *data, size_t size)
{
    uint8_t *p = malloc(size + 1);

    assert_non_null(p);
    memcpy(p, data, size);
    return p;
}

static void add_entry(struct entries *e, const uint8_t *key, size_t key_size,
                      struct ese_bytes bookmark)
{
    if (e->count == e->room) {
        e->room = e->room ? 2 * e->room : 64;
        e->at = realloc(e->at, e->room * sizeof *e->at);
        assert_non_null(e->at);
    }
    e->at[e->count++] = (struct entry){key_size, bookmark.size, copy_of(key, key_size),
                                       copy_of(bookmark.data, bookmark.size)};
}

static void free_entries(struct entries *e)
{
    for (size_t i = 0; i < e->count; i++) {
        free(e->at[i].key);
        free(e->at[i].bookmark);
    }
    free(e->at);
}

static int compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static int by_key_then_bookmark(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = compare(x->key, x->key_size, y->key, y->key_size);

    return order != 0 ? order
                      : compare(x->bookmark, x->bookmark_size, y->bookmark, y->bookmark_size);
}

static bool needs_collation(const struct edb_table *t, const struct ese_index *d)
{
    for (uint8_t i = 0; i < d->segment_count; i++) {
        const struct ese_column *c =
            edb_column_find(t, d->segments[i].column_id, d->segments[i].derived);

        assert_non_null(c);
        if (ese_coltyp_is_text(c->coltyp) && c->code_page == ESE_CODE_PAGE_UNICODE)
            return true;
    }
    return false;
}

static bool conditions_hold(struct edb_scan *s, const struct edb_table *t,
                            const struct ese_index *d)
{
    for (uint8_t i = 0; i < d->condition_count; i++) {
        const struct ese_index_segment *g = &d->conditions[i];
        const struct ese_column *c = edb_column_find(t, g->column_id, g->derived);
        struct ese_field f;

        assert_non_null(c);
        assert_int_equal(edb_scan_field(s, c, &f), EDB_OK);
        if ((f.presence == ESE_NULL) != g->must_be_null)
            return false;
    }
    return true;
}

/* Value `which` of the first multi-valued column, value 0 of the others. False when the first has
 * none of that number. */
static bool make_key(struct edb_scan *s, const struct edb_table *t, const struct ese_index *d,
                     uint32_t which, struct ese_key *k, uint8_t *bytes)
{
    bool multi = false;

    ese_key_start(k, d, NULL, bytes);
    for (uint8_t i = 0; i < d->segment_count; i++) {
        const struct ese_index_segment *g = &d->segments[i];
        const struct ese_column *c = edb_column_find(t, g->column_id, g->derived);
        struct ese_bytes value;
        struct ese_field f;
        uint32_t n = 0;

        assert_int_equal(edb_scan_field(s, c, &f), EDB_OK);
        if ((c->flags & ESE_FIELD_MULTI_VALUED) && !multi) {
            multi = true;
            n = which;
        }
        if (n > 0 && n >= f.count)
            return false;
        if (f.count > 0)
            assert_int_equal(edb_scan_value(s, c, &f, n, &value), EDB_OK);
        assert_int_equal(ese_key_add(k, c, f.count > 0 ? &value : NULL), ESE_FORMAT_OK);
    }
    return multi || which == 0;
}

static void make_entries(struct edb_file *f, const struct edb_table *t, const struct ese_index *d,
                         struct entries *out)
{
    struct edb_scan *s = NULL;
    enum edb_status status;

    assert_int_equal(edb_scan_open(f, t, &s), EDB_OK);
    while ((status = edb_scan_next(s)) == EDB_OK) {
        uint8_t bytes[ESE_KEY_BUFFER];
        struct ese_key k;
        bool indexed = false;

        if (!conditions_hold(s, t, d))
            continue;
        for (uint32_t which = 0; make_key(s, t, d, which, &k, bytes); which++) {
            assert_int_equal(ese_key_finish(&k, &indexed), ESE_FORMAT_OK);
            if (indexed)
                add_entry(out, bytes, k.size, edb_scan_key(s));
        }
    }
    assert_int_equal(status, EDB_END);
    edb_scan_close(s);
}

static void compare_entries(struct edb_file *f, const struct edb_table *t,
                            const struct edb_index *x, const struct entries *made)
{
    bool primary = (x->def.flags & ESE_INDEX_PRIMARY) != 0;
    struct edb_cursor c;
    size_t n = 0;
    enum edb_status s;

    assert_int_equal(edb_cursor_init(&c, f, x->root, x->def.objid, x->def.name), EDB_OK);
    while ((s = edb_cursor_next(&c)) == EDB_OK) {
        const struct entry *e = &made->at[n++];

        if (n > made->count)
            fail_msg("%s.%s: an entry too few", t->name, x->def.name);
        if (compare(e->key, e->key_size, c.key, c.key_size) != 0)
            fail_msg("%s.%s: key %zu differs", t->name, x->def.name, n);
        if (!primary &&
            compare(e->bookmark, e->bookmark_size, c.node.data.data, c.node.data.size) != 0)
            fail_msg("%s.%s: bookmark %zu differs", t->name, x->def.name, n);
    }
    assert_int_equal(s, EDB_END);
    if (n != made->count)
        fail_msg("%s.%s: made %zu entries, stored are %zu", t->name, x->def.name, made->count, n);
    edb_cursor_fini(&c);
}

void index_keys_compare(struct edb_file *f, const struct edb_table *t, const struct edb_index *x,
                        struct index_key_counts *n)
{
    struct entries made = {0};

    if (needs_collation(t, &x->def)) {
        n->unicode++;
        return;
    }
    if (x->def.tuple_limits.size > 0) {
        n->tuples++;
        return;
    }
    make_entries(f, t, &x->def, &made);
    if (made.count > 0)
        qsort(made.at, made.count, sizeof *made.at, by_key_then_bookmark);
    compare_entries(f, t, x, &made);
    n->indexes++;
    n->entries += made.count;
    free_entries(&made);
}

/* --- the golden file: objects with "db", "index" and "entries": [["key in hexadecimal", ... --- */

static const char *after(const char *at, const char *what)
{
    const char *found = at != NULL ? strstr(at, what) : NULL;

    return found != NULL ? found + strlen(what) : NULL;
}

/* Copies up to the closing quote. */
static void copy_quoted(char *out, size_t room, const char *from)
{
    size_t n = strcspn(from, "\"");

    assert_true(n < room);
    memcpy(out, from, n);
    out[n] = 0;
}

/* The next object of this database behind `at`. */
static const char *next_golden(const char *at, const char *db, char *ret_index, size_t room,
                               char *ret_key, size_t key_room)
{
    char what[200];
    const char *p;

    (void)snprintf(what, sizeof what, "\"db\": \"%s\"", db);
    p = after(at, what);
    p = after(p, "\"index\": \"");
    if (p == NULL)
        return NULL;
    copy_quoted(ret_index, room, p);
    p = after(p, "\"entries\": [");
    p = after(p, "\"");
    if (p == NULL)
        fail_msg("an entry without a key");
    copy_quoted(ret_key, key_room, p);
    return p;
}

static void to_hex(char *out, const uint8_t *p, size_t size)
{
    for (size_t i = 0; i < size; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", p[i]);
}

static const struct ese_index *index_named(struct edb_file *f, const char *name,
                                           const struct edb_table **ret_table)
{
    size_t tables;
    const struct edb_table *t = edb_tables(f, &tables);

    for (size_t i = 0; i < tables; i++)
        for (size_t k = 0; k < t[i].index_count; k++)
            if (strcmp(t[i].indexes[k].def.name, name) == 0) {
                *ret_table = &t[i];
                return &t[i].indexes[k].def;
            }
    return NULL;
}

void index_keys_compare_golden(struct edb_file *f, const char *name, const char *golden,
                               size_t *made, size_t *unicode)
{
    char index[80], want[2 * ESE_KEY_BUFFER], got[2 * ESE_KEY_BUFFER + 1];
    const char *at = golden;

    while ((at = next_golden(at, name, index, sizeof index, want, sizeof want)) != NULL) {
        const struct edb_table *t = NULL;
        const struct ese_index *d = index_named(f, index, &t);
        struct entries e = {0};

        assert_non_null(d);
        if (needs_collation(t, d)) {
            print_message("# golden key of %s is a Unicode sort key\n", index);
            ++*unicode;
            continue;
        }
        make_entries(f, t, d, &e);
        assert_int_equal(e.count, 1);
        to_hex(got, e.at[0].key, e.at[0].key_size);
        assert_string_equal(got, want);
        free_entries(&e);
        ++*made;
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * corpus_test.c - real Windows databases: checksums, trees, records and keys made again by our own
 * writers and compared with what Windows stored
 */
#include "corpus.h"

#include "ese/edb/checksum.h"
#include "ese/edb/edb_internal.h"
#include "ese/format/bytes.h"
#include "index_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define VALUES_MAX 40000

static struct corpus corpus;

/* --- every page's checksum, verified and made again --- */

/* Marks the pages of one tree; the walk verifies their checksums, too. */
static void mark_tree(struct edb_file *f, uint32_t root, uint32_t objid, bool *used)
{
    struct edb_cursor c;
    enum edb_status s;

    assert_int_equal(edb_cursor_init(&c, f, root, objid, "a tree"), EDB_OK);
    used[root] = true;
    while ((s = edb_cursor_next(&c)) == EDB_OK)
        for (unsigned i = 0; i < c.depth; i++)
            used[c.levels[i].page.number] = true;
    assert_int_equal(s, EDB_END);
    edb_cursor_fini(&c);
}

static void mark_all_trees(struct edb_file *f, bool *used)
{
    size_t tables;
    const struct edb_table *t = edb_tables(f, &tables);

    for (size_t i = 0; i < tables; i++) {
        mark_tree(f, t[i].root, t[i].objid, used);
        if (t[i].lv_root != 0)
            mark_tree(f, t[i].lv_root, t[i].lv_objid, used);
        for (size_t k = 0; k < t[i].index_count; k++)
            mark_tree(f, t[i].indexes[k].root, t[i].indexes[k].def.objid, used);
    }
}

/* A page of no tree may hold what the file's place on the disk held before. */
static void checksums_of_all_pages(void **state)
{
    struct corpus_file *c = *state;
    struct edb_file *f = corpus_open(&corpus, c);
    uint32_t size = edb_file_header(f)->page_size, bit = 0, sealed = 0, blank = 0, foreign = 0;
    uint8_t *page = malloc(size);
    bool *used = calloc(edb_file_page_count(f) + 1, sizeof *used);

    assert_non_null(page);
    assert_non_null(used);
    mark_all_trees(f, used);
    for (uint32_t n = 1; n <= edb_file_page_count(f); n++) {
        const uint8_t *stored = c->data + ((size_t)n + 1) * size;
        enum edb_page_health health;

        memcpy(page, stored, size);
        health = edb_checksum_verify(page, size, n, &bit);
        blank += health == EDB_PAGE_UNINITIALISED;
        foreign += health == EDB_PAGE_BAD;
        if (used[n] || n <= 3)
            assert_int_equal(health, EDB_PAGE_GOOD);
        assert_int_not_equal(health, EDB_PAGE_MENDED);
        if (health != EDB_PAGE_GOOD)
            continue;
        page[0] ^= 0xff;
        page[4] ^= 0xff;
        edb_checksum_seal(page, size, n);
        assert_memory_equal(page, stored, size);
        sealed++;
    }
    assert_true(sealed >= 15);
    print_message("# %s: %u pages sealed as stored, %u blank, %u foreign\n", c->name, sealed, blank,
                  foreign);
    free(used);
    free(page);
    corpus_close(c);
}

/* Every single bit of one page of each format is flipped and found again; two bits are not. */
static void flipped_bits_are_mended(void **state)
{
    struct corpus_file *c = *state;
    struct edb_file *f = corpus_open(&corpus, c);
    uint32_t size = edb_file_header(f)->page_size, found = 0;
    const uint8_t *stored = c->data + (size_t)(EDB_CATALOG_ROOT + 1) * size;
    uint32_t step = size > 8192 ? 61 : 7; /* coprime to the word: all kinds of places */
    uint8_t *page = malloc(size);

    assert_non_null(page);
    memcpy(page, stored, size);
    for (uint32_t bit = 64; bit < size * 8; bit += step) {
        enum edb_page_health health;

        page[bit / 8] ^= (uint8_t)(1u << bit % 8);
        health = edb_checksum_verify(page, size, EDB_CATALOG_ROOT, &found);
        assert_int_equal(health, EDB_PAGE_MENDED);
        assert_int_equal(found, bit);
        assert_memory_equal(page, stored, size);
    }
    page[100] ^= 1;
    page[1000] ^= 2;
    assert_int_equal(edb_checksum_verify(page, size, EDB_CATALOG_ROOT, &found), EDB_PAGE_BAD);
    memcpy(page, stored, size);
    assert_int_equal(edb_checksum_verify(page, size, EDB_CATALOG_ROOT + 1, &found), EDB_PAGE_BAD);
    free(page);
    corpus_close(c);
}

/* --- every key of every tree is found by a seek --- */

static size_t seek_all(struct edb_file *f, uint32_t root, uint32_t objid, const char *what)
{
    struct edb_cursor walk, seek;
    enum edb_status s;
    size_t n = 0;

    assert_int_equal(edb_cursor_init(&walk, f, root, objid, what), EDB_OK);
    assert_int_equal(edb_cursor_init(&seek, f, root, objid, what), EDB_OK);
    while ((s = edb_cursor_next(&walk)) == EDB_OK) {
        assert_int_equal(edb_cursor_seek(&seek, walk.key, walk.key_size), EDB_OK);
        assert_int_equal(edb_cursor_next(&seek), EDB_OK);
        assert_int_equal(seek.key_size, walk.key_size);
        assert_memory_equal(seek.key, walk.key, walk.key_size);
        n++;
    }
    if (s != EDB_END)
        fail_msg("%s", edb_file_error(f)->text);
    memset(walk.key, 0xff, walk.key_size + 1);
    assert_int_equal(edb_cursor_seek(&seek, walk.key, walk.key_size + 1), EDB_OK);
    assert_int_equal(edb_cursor_next(&seek), EDB_END);
    edb_cursor_fini(&walk);
    edb_cursor_fini(&seek);
    return n;
}

static void seeks_find_every_key(void **state)
{
    struct corpus_file *c = *state;
    struct edb_file *f = corpus_open(&corpus, c);
    const struct edb_table *t;
    size_t tables, nodes = 0;

    t = edb_tables(f, &tables);
    for (size_t i = 0; i < tables; i++) {
        nodes += seek_all(f, t[i].root, t[i].objid, t[i].name);
        if (t[i].lv_root != 0)
            nodes += seek_all(f, t[i].lv_root, t[i].lv_objid, t[i].name);
        for (size_t k = 0; k < t[i].index_count; k++)
            nodes += seek_all(f, t[i].indexes[k].root, t[i].indexes[k].def.objid, t[i].name);
    }
    assert_true(nodes > 100);
    print_message("# %s: %zu nodes found\n", c->name, nodes);
    corpus_close(c);
}

/* --- every record, taken apart and put together again --- */

struct rebuild {
    struct ese_field_input *fields;
    struct ese_value *values;
    size_t field_count, value_count;
    uint8_t out[EDB_PAGE_SIZE_MAX];
};

static void add_values(struct rebuild *b, struct ese_field_input *in, const struct ese_field *f)
{
    in->value_count = f->count;
    in->values = b->values + b->value_count;
    in->encrypted = (f->flags & ESE_TAGGED_ENCRYPTED) != 0;
    for (uint32_t i = 0; i < f->count; i++) {
        assert_true(b->value_count < VALUES_MAX);
        assert_int_equal(ese_field_value(f, i, &b->values[b->value_count++]), ESE_FORMAT_OK);
    }
    b->field_count++;
}

static void add_fixed_and_variable(struct rebuild *b, const struct edb_table *t,
                                   const struct ese_record *r)
{
    for (size_t i = 0; i < t->column_count && t->columns[i].id <= ESE_COLUMN_VARIABLE_MAX; i++) {
        const struct ese_column *c = &t->columns[i];
        struct ese_field f;

        assert_int_equal(ese_record_field(r, c, &f), ESE_FORMAT_OK);
        if (f.presence == ESE_ABSENT)
            continue;
        b->fields[b->field_count] =
            (struct ese_field_input){.id = c->id, .record_offset = c->record_offset};
        add_values(b, &b->fields[b->field_count], &f);
    }
}

static void add_tagged(struct rebuild *b, const struct edb_table *t, const struct ese_record *r)
{
    for (uint16_t i = 0; i < r->tagged_count; i++) {
        struct ese_field_input *in = &b->fields[b->field_count];
        const struct ese_column *c;
        struct ese_field f;
        uint16_t id = 0;
        bool derived = false;

        assert_int_equal(ese_record_tagged_at(r, i, &id, &derived, &f), ESE_FORMAT_OK);
        c = edb_column_find(t, id, derived);
        assert_non_null(c);
        *in = (struct ese_field_input){
            .id = id, .derived = derived, .is_long = ese_coltyp_is_long(c->coltyp)};
        add_values(b, in, &f);
    }
}

static void records_are_written_as_stored(void **state)
{
    struct corpus_file *c = *state;
    struct edb_file *f = corpus_open(&corpus, c);
    struct rebuild *b = calloc(1, sizeof *b);
    size_t tables, same = 0;
    const struct edb_table *t = edb_tables(f, &tables);

    assert_non_null(b);
    b->fields = calloc(VALUES_MAX, sizeof *b->fields);
    b->values = calloc(VALUES_MAX, sizeof *b->values);
    assert_non_null(b->fields);
    assert_non_null(b->values);
    for (size_t i = 0; i < tables; i++) {
        struct edb_scan *s = NULL;

        assert_int_equal(edb_scan_open(f, &t[i], &s), EDB_OK);
        while (edb_scan_next(s) == EDB_OK) {
            const struct ese_record *r = edb_scan_record(s);
            struct ese_record_input in = {.form = r->form,
                                          .last_fixed = r->last_fixed,
                                          .last_variable = r->last_variable,
                                          .fixed_end = (uint16_t)r->bitmap};
            size_t size = 0;

            b->field_count = b->value_count = 0;
            add_fixed_and_variable(b, &t[i], r);
            add_tagged(b, &t[i], r);
            in.fields = b->fields;
            in.field_count = b->field_count;
            assert_int_equal(ese_record_encode(&in, b->out, sizeof b->out, &size), ESE_FORMAT_OK);
            assert_int_equal(size, r->size);
            assert_memory_equal(b->out, r->data, size);
            same++;
            assert_int_equal(ese_record_encode(&in, b->out, size - 1, &size), ESE_FORMAT_NO_ROOM);
        }
        edb_scan_close(s);
    }
    print_message("# %s: %zu records written as stored\n", c->name, same);
    assert_true(same > 0);
    free(b->fields);
    free(b->values);
    free(b);
    corpus_close(c);
}

/* --- every index entry, made again from the rows --- */

static void index_keys_are_made_as_stored(void **state)
{
    struct corpus_file *c = *state;
    struct edb_file *f = corpus_open(&corpus, c);
    struct index_key_counts n = {0};
    size_t tables;
    const struct edb_table *t = edb_tables(f, &tables);

    for (size_t i = 0; i < tables; i++)
        for (size_t k = 0; k < t[i].index_count; k++)
            index_keys_compare(f, &t[i], &t[i].indexes[k], &n);
    print_message("# %s: %zu indexes, %zu entries made as stored; %zu indexes of Unicode text and "
                  "%zu of tuples are not made\n",
                  c->name, n.indexes, n.entries, n.unicode, n.tuples);
    assert_true(n.indexes > 0);
    corpus_close(c);
}

static void golden_keys(void **state)
{
    char *text = corpus_text(&corpus, "index-keys.golden.json");
    size_t made = 0, unicode = 0;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < corpus.count; i++) {
        struct edb_file *f;

        if (strstr(text, corpus.files[i].name) == NULL)
            continue;
        f = corpus_open(&corpus, &corpus.files[i]);
        index_keys_compare_golden(f, corpus.files[i].name, text, &made, &unicode);
        corpus_close(&corpus.files[i]);
    }
    print_message("# %zu golden keys made; %zu sort keys of Unicode text are not made\n", made,
                  unicode);
    assert_int_equal(made, 18);
    assert_int_equal(unicode, 2);
    free(text);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        CMUnitTestFunction run;
    } aspects[] = {
        {"checksums_of_all_pages", checksums_of_all_pages},
        {"flipped_bits_are_mended", flipped_bits_are_mended},
        {"seeks_find_every_key", seeks_find_every_key},
        {"records_are_written_as_stored", records_are_written_as_stored},
        {"index_keys_are_made_as_stored", index_keys_are_made_as_stored},
    };
    enum { ASPECTS = sizeof aspects / sizeof *aspects };
    static struct CMUnitTest tests[CORPUS_FILES_MAX * ASPECTS + 1];
    static char names[CORPUS_FILES_MAX * ASPECTS][200];
    size_t n = 0;

    corpus_find(&corpus, argc, argv);
    if (corpus.count == 0) {
        (void)printf("1..0 # SKIP no database corpus in %s\n", corpus.folder);
        return 0;
    }
    for (size_t i = 0; i < corpus.count; i++) {
        for (size_t k = 0; k < ASPECTS; k++, n++) {
            (void)snprintf(names[n], sizeof names[n], "%s: %s", corpus.files[i].name,
                           aspects[k].name);
            tests[n] = (struct CMUnitTest){
                .name = names[n], .test_func = aspects[k].run, .initial_state = &corpus.files[i]};
        }
    }
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(golden_keys);
    return _cmocka_run_group_tests("edb-corpus", tests, n, NULL, NULL);
}

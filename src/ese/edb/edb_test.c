/* SPDX-License-Identifier: Apache-2.0
 *
 * edb_test.c - the reader on databases made in memory: sound, damaged, hostile, without memory
 */
#include "ese/edb/edb.h"

#include "base/mem.h"
#include "ese/edb/edb_build.h"
#include "ese/edb/edb_internal.h"
#include "ese/format/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const uint32_t page_sizes[] = {4096, 8192, 16384, 32768};

/* Reads all that a database holds; the number of rows of its last table, or what went wrong. */
static enum edb_status read_all(struct edb_file *f, size_t *ret_rows)
{
    size_t tables;
    const struct edb_table *t = edb_tables(f, &tables);
    enum edb_status s = EDB_OK;

    for (size_t i = 0; i < tables && s == EDB_OK; i++) {
        struct edb_scan *scan = NULL;

        *ret_rows = 0;
        s = edb_scan_open(f, &t[i], &scan);
        while (s == EDB_OK && (s = edb_scan_next(scan)) == EDB_OK) {
            for (size_t c = 0; c < t[i].column_count && s == EDB_OK; c++) {
                struct ese_field field;
                struct ese_bytes b;

                s = edb_scan_field(scan, &t[i].columns[c], &field);
                for (uint32_t k = 0; s == EDB_OK && k < field.count; k++)
                    s = edb_scan_value(scan, &t[i].columns[c], &field, k, &b);
            }
            ++*ret_rows;
        }
        edb_scan_close(scan);
        s = s == EDB_END ? EDB_OK : s;
    }
    return s;
}

static void expect(struct edb_scan *s, const struct edb_table *t, uint16_t id, bool derived,
                   uint32_t i, const char *want, size_t size)
{
    const struct ese_column *c = edb_column_find(t, id, derived);
    struct ese_field f;
    struct ese_bytes b;

    assert_non_null(c);
    assert_int_equal(edb_scan_field(s, c, &f), EDB_OK);
    if (want == NULL) {
        assert_int_equal(f.presence, ESE_NULL);
        return;
    }
    assert_int_equal(f.presence, ESE_PRESENT);
    assert_int_equal(edb_scan_value(s, c, &f, i, &b), EDB_OK);
    assert_int_equal(b.size, size);
    assert_memory_equal(b.data, want, size);
}

static void expect_note(struct edb_scan *s, const struct edb_table *t)
{
    char want[SAMPLE_NOTE_SIZE];

    for (size_t i = 0; i < sizeof want; i++)
        want[i] = (char)(i % 26 + 'a');
    expect(s, t, 256, false, 0, want, sizeof want);
}

static void a_sample_is_read_at_every_page_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof page_sizes / sizeof *page_sizes; i++) {
        struct edb_file *f = NULL;
        struct edb_scan *s = NULL;
        const struct edb_table *t;
        struct edb_error e;
        struct edb_build b;

        edb_build_sample(&b, page_sizes[i]);
        edb_build_seal(&b);
        if (edb_open_memory(b.data, b.size, "sample", 0, &f, &e) != EDB_OK)
            fail_msg("%s", e.text);
        t = edb_table_find(f, "PEOPLE");
        assert_non_null(t);
        assert_int_equal(t->column_count, 7);
        assert_int_equal(edb_scan_open(f, t, &s), EDB_OK);
        assert_int_equal(edb_scan_next(s), EDB_OK);
        assert_memory_equal(edb_scan_key(s).data, "\x7f\x80\0\0\1", 5);
        expect(s, t, 1, false, 0, "\1\0\0\0", 4);
        expect(s, t, 2, false, 0, "\x24\0", 2);
        expect(s, t, 128, false, 0, "Ada", 3);
        expect(s, t, 129, false, 0, "none", 4);
        expect(s, t, 256, true, 0, "t", 1);
        expect_note(s, t);
        expect_note(s, t);
        assert_int_equal(edb_scan_next(s), EDB_OK);
        expect(s, t, 2, false, 0, NULL, 0);
        expect(s, t, 128, false, 0, NULL, 0);
        expect(s, t, 256, true, 0, NULL, 0);
        expect(s, t, 257, false, 0, "seven bits", 10);
        expect(s, t, 257, false, 1, "plain", 5);
        assert_int_equal(edb_scan_next(s), EDB_OK);
        assert_memory_equal(edb_scan_key(s).data, "\x7f\x80\0\0\3", 5);
        expect(s, t, 128, false, 0, "", 0);
        assert_int_equal(edb_scan_next(s), EDB_OK); /* past the deleted row */
        expect(s, t, 128, false, 0, "Eve", 3);
        assert_int_equal(edb_scan_next(s), EDB_END);
        assert_int_equal(edb_scan_next(s), EDB_END);
        edb_scan_close(s);
        edb_close(f);
        edb_build_fini(&b);
    }
}

static void headers_are_refused_for_what_they_say(void **state)
{
    static const struct {
        uint32_t offset, value;
        unsigned allow;
        enum edb_status status;
        const char *text;
    } cases[] = {
        {52, 2, EDB_ALLOW_DIRTY, EDB_DIRTY, "not shut down cleanly (dirty shutdown)"},
        {52, 77, EDB_ALLOW_DIRTY, EDB_DIRTY, "unknown"},
        {232, 291, EDB_ALLOW_NEWER, EDB_UNSUPPORTED, "update 291 is newer"},
        {8, 0x623, 0, EDB_UNSUPPORTED, "version 0x623"},
        {12, 1, 0, EDB_UNSUPPORTED, "streaming"},
        {667, 3, 0, EDB_UNSUPPORTED, "file type 3"},
        {4, 0, 0, EDB_NOT_A_DATABASE, "no signature"},
        {236, 2048, 0, EDB_UNSUPPORTED, "page size 2048"},
        {236, 12288, 0, EDB_UNSUPPORTED, "page size 12288"},
        {236, 8192, 0, EDB_CORRUPT, "checksum of the header"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct edb_file *f = NULL;
        struct edb_error e = {0};
        struct edb_build b;

        edb_build_sample(&b, 4096);
        ese_put_u32(b.data + cases[i].offset, cases[i].value);
        edb_build_seal(&b);
        assert_int_equal(edb_open_memory(b.data, b.size, "sample", 0, &f, &e), cases[i].status);
        assert_int_equal(e.status, cases[i].status);
        if (strstr(e.text, cases[i].text) == NULL || strncmp(e.text, "sample: ", 8) != 0)
            fail_msg("\"%s\" does not say \"%s\"", e.text, cases[i].text);
        if (cases[i].allow != 0) {
            size_t tables = 1;

            assert_int_equal(edb_open_memory(b.data, b.size, "x", EDB_HEADER_ONLY, &f, &e), EDB_OK);
            (void)edb_tables(f, &tables);
            assert_int_equal(tables, 0);
            edb_close(f);
            assert_int_equal(edb_open_memory(b.data, b.size, "x", cases[i].allow, &f, &e), EDB_OK);
            edb_close(f);
        }
        edb_build_fini(&b);
    }
}

static void page_size_zero_means_4096(void **state)
{
    struct edb_file *f = NULL;
    struct edb_error e;
    struct edb_build b;

    (void)state;
    edb_build_sample(&b, 4096);
    ese_put_u32(b.data + 236, 0);
    edb_build_seal(&b);
    assert_int_equal(edb_open_memory(b.data, b.size, "sample", 0, &f, &e), EDB_OK);
    assert_int_equal(edb_file_header(f)->page_size, 4096);
    edb_close(f);
    edb_build_fini(&b);
}

static void shadows_stand_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof page_sizes / sizeof *page_sizes; i++) {
        struct edb_file *f = NULL;
        struct edb_error e;
        struct edb_build b;
        size_t rows = 0;

        edb_build_sample(&b, page_sizes[i]);
        edb_build_seal(&b);
        memset(b.data, 0x55, 4096);
        edb_build_at(&b, SAMPLE_CATALOG)[200] ^= 0x3c;
        assert_int_equal(edb_open_memory(b.data, b.size, "sample", 0, &f, &e), EDB_OK);
        assert_true(edb_file_header(f)->from_shadow);
        assert_non_null(strstr(edb_file_shadow_reason(f), "page 4: wrong checksum"));
        assert_non_null(edb_table_find(f, "people"));
        /* MSysObjects itself is not readable, the rest is. */
        assert_int_equal(read_all(f, &rows), EDB_CORRUPT);
        edb_close(f);
        edb_build_at(&b, SAMPLE_SHADOW)[200] ^= 0x3c;
        assert_int_equal(edb_open_memory(b.data, b.size, "sample", 0, &f, &e), EDB_CORRUPT);
        assert_non_null(strstr(e.text, "page 4: "));
        edb_build_fini(&b);
    }
}

static void a_flipped_bit_is_mended_and_counted(void **state)
{
    struct edb_file *f = NULL;
    struct edb_error e;
    struct edb_build b;
    size_t rows = 0;

    (void)state;
    edb_build_sample(&b, 16384);
    edb_build_seal(&b);
    edb_build_at(&b, SAMPLE_LEAF_1)[90] ^= 4;    /* block 0, which holds the others' sums */
    edb_build_at(&b, SAMPLE_LEAF_2)[16380] ^= 1; /* block 3 */
    assert_int_equal(edb_open_memory(b.data, b.size, "sample", 0, &f, &e), EDB_OK);
    assert_int_equal(edb_file_mended_reads(f), 0);
    assert_int_equal(read_all(f, &rows), EDB_OK);
    assert_int_equal(rows, 4);
    assert_int_equal(edb_file_mended_reads(f), 2);
    edb_close(f);
    edb_build_fini(&b);
}

static void old_checksums_are_verified(void **state)
{
    struct edb_file *f = NULL;
    struct edb_error e;
    struct edb_build b;
    size_t rows = 0;

    (void)state;
    edb_build_sample(&b, 4096);
    ese_put_u32(edb_build_at(&b, SAMPLE_LEAF_1) + 36, EDB_PAGE_LEAF | EDB_PAGE_NEW_RECORD_FORMAT);
    edb_build_seal(&b);
    assert_int_equal(edb_open_memory(b.data, b.size, "sample", 0, &f, &e), EDB_OK);
    assert_int_equal(read_all(f, &rows), EDB_OK);
    edb_build_at(&b, SAMPLE_LEAF_1)[90] ^= 4;
    assert_int_equal(read_all(f, &rows), EDB_CORRUPT);
    assert_non_null(strstr(edb_file_error(f)->text, "page 28: wrong checksum"));
    edb_close(f);
    edb_build_fini(&b);
}

/* --- what is broken in one place --- */

#define AT_LV edb_build_node_at(b, SAMPLE_LONG_VALUES, 2)

static void poke(uint8_t *p, uint32_t offset, uint32_t v)
{
    ese_put_u32(p + offset, v);
}

static void break_unwritten(struct edb_build *b)
{
    memset(edb_build_at(b, SAMPLE_LEAF_1), 0, b->page_size);
}

static void break_owner(struct edb_build *b)
{
    poke(edb_build_at(b, SAMPLE_LEAF_1), 24, 10);
}

static void break_second_root(struct edb_build *b)
{
    edb_build_at(b, SAMPLE_LEAF_1)[36] |= EDB_PAGE_ROOT;
}

static void break_space_tree(struct edb_build *b)
{
    edb_build_at(b, SAMPLE_LEAF_1)[36] |= EDB_PAGE_SPACE_TREE;
}

static void break_record_format(struct edb_build *b)
{
    poke(edb_build_at(b, SAMPLE_LEAF_1), 36, EDB_PAGE_LEAF | EDB_PAGE_NEW_CHECKSUM);
}

static void set_child(struct edb_build *b, uint32_t child)
{
    poke(edb_build_node_at(b, SAMPLE_PEOPLE, 0), 7, child);
}

static void break_child_zero(struct edb_build *b)
{
    set_child(b, 0);
}

static void break_child_far(struct edb_build *b)
{
    set_child(b, 0xfffffff0);
}

static void break_child_twice(struct edb_build *b)
{
    set_child(b, SAMPLE_LEAF_2);
}

static void break_child_short(struct edb_build *b)
{
    edb_build_page(b, SAMPLE_PEOPLE, 12, EDB_PAGE_ROOT, NULL, 0);
    edb_build_node(b, SAMPLE_PEOPLE, 0, "", 0, "abc", 3);
}

/* A branch that leads to itself. */
static void break_endless(struct edb_build *b)
{
    static const uint8_t child[] = {SAMPLE_LEAF_1, 0, 0, 0};

    edb_build_page(b, SAMPLE_LEAF_1, 12, 0, NULL, 0);
    edb_build_node(b, SAMPLE_LEAF_1, 0, "", 0, child, 4);
}

/* An empty leaf that a branch names over and over. */
static void break_revisits(struct edb_build *b)
{
    static const uint8_t child[] = {SAMPLE_LEAF_1, 0, 0, 0};

    edb_build_page(b, SAMPLE_PEOPLE, 12, EDB_PAGE_ROOT, NULL, 0);
    edb_build_page(b, SAMPLE_LEAF_1, 12, EDB_PAGE_LEAF, NULL, 0);
    for (int i = 0; i < 50; i++)
        edb_build_node(b, SAMPLE_PEOPLE, 0, "", 0, child, 4);
}

static void break_tag_count(struct edb_build *b)
{
    ese_put_u16(edb_build_at(b, SAMPLE_LEAF_1) + 34, 0xfff);
}

static void break_no_tags(struct edb_build *b)
{
    ese_put_u16(edb_build_at(b, SAMPLE_LEAF_1) + 34, 0);
}

static void break_reserved_tags(struct edb_build *b)
{
    ese_put_u16(edb_build_at(b, SAMPLE_LEAF_1) + 34, 0x7003);
}

static void break_tag_size(struct edb_build *b)
{
    ese_put_u16(edb_build_at(b, SAMPLE_LEAF_1) + b->page_size - 8, 0x1fff);
}

static void break_key_size(struct edb_build *b)
{
    ese_put_u16(edb_build_node_at(b, SAMPLE_LEAF_1, 0), 0x1fff);
}

static void break_prefix_size(struct edb_build *b)
{
    ese_put_u16(edb_build_node_at(b, SAMPLE_LEAF_2, 0), 5);
}

static void break_key_order(struct edb_build *b)
{
    edb_build_node_at(b, SAMPLE_LEAF_1, 0)[6] = 9;
}

static void break_row(struct edb_build *b)
{
    edb_build_node_at(b, SAMPLE_LEAF_1, 0)[7] = 0xff;
}

static void break_lv_id(struct edb_build *b)
{
    edb_build_node_at(b, SAMPLE_LONG_VALUES, 0)[5] = 0;
}

static void break_lv_size(struct edb_build *b)
{
    poke(edb_build_node_at(b, SAMPLE_LONG_VALUES, 0), 2 + 4 + 4, SAMPLE_NOTE_SIZE - 1);
}

static void break_lv_size_huge(struct edb_build *b)
{
    poke(edb_build_node_at(b, SAMPLE_LONG_VALUES, 0), 2 + 4 + 4, 0x80000000);
}

static void break_lv_encrypted(struct edb_build *b)
{
    edb_build_page(b, SAMPLE_LONG_VALUES, 13, EDB_PAGE_ROOT | EDB_PAGE_LEAF, NULL, 0);
    edb_build_node(b, SAMPLE_LONG_VALUES, 0, "\0\0\0\1", 4, "\1\0\0\0\1\0\0\0\1", 9);
}

static void break_lv_offset(struct edb_build *b)
{
    ese_put_be32(AT_LV + 6, 4013);
}

static void break_lv_beyond(struct edb_build *b)
{
    ese_put_be32(AT_LV + 6, SAMPLE_NOTE_SIZE);
}

static void break_lv_scheme(struct edb_build *b)
{
    edb_build_node_at(b, SAMPLE_LONG_VALUES, 1)[2 + 8] = 5 << 3;
}

static void break_lv_packed(struct edb_build *b)
{
    memset(edb_build_node_at(b, SAMPLE_LONG_VALUES, 1) + 2 + 8 + 3, 0xff, 8);
}

static void break_lv_chunks(struct edb_build *b)
{
    edb_build_page(b, SAMPLE_LONG_VALUES, 13, EDB_PAGE_ROOT | EDB_PAGE_LEAF, NULL, 0);
    edb_build_node(b, SAMPLE_LONG_VALUES, 0, "\0\0\0\1", 4, "\1\0\0\0\1\0\0\0", 8);
}

static void what_is_broken_is_named(void **state)
{
    static const struct {
        void (*apply)(struct edb_build *b);
        enum edb_status status;
        const char *text;
    } cases[] = {
        {break_unwritten, EDB_CORRUPT, "page 28: in use, but was never written"},
        {break_owner, EDB_CORRUPT, "page 28: belongs to object 10, not to table people (12)"},
        {break_second_root, EDB_CORRUPT, "page 28: not the kind of page"},
        {break_space_tree, EDB_CORRUPT, "page 28: not the kind of page"},
        {break_record_format, EDB_UNSUPPORTED, "page 28: has the record format of Windows 2000"},
        {break_child_zero, EDB_CORRUPT, "outside the file"},
        {break_child_far, EDB_CORRUPT, "page 4294967280: outside the file"},
        {break_child_twice, EDB_CORRUPT, "page 29: a key of table people is out of order"},
        {break_child_short, EDB_CORRUPT, "page 27: a branch without a page"},
        {break_endless, EDB_CORRUPT, "page 28: table people is deeper than 16 levels"},
        {break_revisits, EDB_CORRUPT, "page 28: table people meets the same pages again"},
        {break_tag_count, EDB_CORRUPT, "page 28: 4095 tags do not fit"},
        {break_no_tags, EDB_CORRUPT, "page 28: 0 tags, but 1 are reserved"},
        {break_reserved_tags, EDB_CORRUPT, "page 28: 3 tags, but 7 are reserved"},
        {break_tag_size, EDB_CORRUPT, "page 28: tag 1 leads out"},
        {break_key_size, EDB_CORRUPT, "page 28: node 0 is shorter than its key"},
        {break_prefix_size, EDB_CORRUPT, "page 29: node 0 shares more"},
        {break_key_order, EDB_CORRUPT, "page 28: a key of table people is out of order"},
        {break_row, EDB_CORRUPT, "page 28: a row of table people is not a record"},
        {break_lv_id, EDB_CORRUPT, "page 30: a long value: a row's id is not in the tree"},
        {break_lv_size, EDB_CORRUPT, "a chunk has not the size"},
        {break_lv_size_huge, EDB_CORRUPT, "its root is not one"},
        {break_lv_encrypted, EDB_UNSUPPORTED, "encrypted"},
        {break_lv_offset, EDB_CORRUPT, "a chunk has not the size"},
        {break_lv_beyond, EDB_CORRUPT, "a chunk out of place"},
        {break_lv_scheme, EDB_UNSUPPORTED, "compressed in a way"},
        {break_lv_packed, EDB_CORRUPT, "cannot be decompressed"},
        {break_lv_chunks, EDB_CORRUPT, "its chunks are missing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct edb_file *f = NULL;
        struct edb_error e;
        struct edb_build b;
        size_t rows = 0;

        edb_build_sample(&b, 4096);
        cases[i].apply(&b);
        edb_build_seal(&b);
        assert_int_equal(edb_open_memory(b.data, b.size, "sample", 0, &f, &e), EDB_OK);
        if (read_all(f, &rows) != cases[i].status ||
            strstr(edb_file_error(f)->text, cases[i].text) == NULL)
            fail_msg("case %zu: \"%s\" does not say \"%s\"", i, edb_file_error(f)->text,
                     cases[i].text);
        edb_close(f);
        edb_build_fini(&b);
    }
}

/* --- files --- */

static void files_are_read_and_may_end_anywhere(void **state)
{
    char path[] = "/tmp/edb-test-XXXXXX";
    struct edb_file *f = NULL;
    struct edb_error e;
    struct edb_build b;
    int fd = mkstemp(path);
    size_t rows = 0;

    (void)state;
    assert_true(fd >= 0);
    edb_build_sample(&b, 4096);
    edb_build_seal(&b);
    assert_int_equal(write(fd, b.data, b.size), (ssize_t)b.size);
    assert_int_equal(edb_open(path, 0, &f, &e), EDB_OK);
    assert_int_equal(edb_file_page_count(f), EDB_BUILD_PAGES);
    assert_int_equal(read_all(f, &rows), EDB_OK);
    assert_int_equal(rows, 4);
    assert_int_equal(ftruncate(fd, 29 * 4096 + 100), 0); /* the file shrinks while it is open */
    assert_int_equal(read_all(f, &rows), EDB_IO);
    assert_non_null(strstr(edb_file_error(f)->text, "became shorter"));
    edb_close(f);
    assert_int_equal(edb_open(path, 0, &f, &e), EDB_OK);
    assert_int_equal(read_all(f, &rows), EDB_CORRUPT);
    edb_close(f);
    for (off_t size = 0; size < 27 * 4096; size += 3000) {
        assert_int_equal(ftruncate(fd, size), 0);
        assert_int_not_equal(edb_open(path, 0, &f, &e), EDB_OK);
    }
    (void)close(fd);
    (void)unlink(path);
    assert_int_equal(edb_open(path, 0, &f, &e), EDB_IO);
    assert_non_null(strstr(e.text, "cannot open"));
    assert_int_equal(edb_open("/tmp", 0, &f, &e), EDB_NOT_A_DATABASE);
    edb_build_fini(&b);
}

/* Whatever allocation fails, the call says so and nothing is lost or used twice. */
static void every_allocation_may_fail(void **state)
{
    enum edb_status s = EDB_NO_MEMORY;
    struct edb_build b;
    uint64_t n = 0;

    (void)state;
    edb_build_sample(&b, 4096);
    edb_build_seal(&b);
    while (s == EDB_NO_MEMORY) {
        struct edb_file *f = NULL;
        struct edb_error e;
        size_t rows = 0;

        assert_true(++n < 1000);
        (void)mem_fail_at(n, 0);
        s = edb_open_memory(b.data, b.size, "sample", 0, &f, &e);
        if (s == EDB_OK)
            s = read_all(f, &rows);
        (void)mem_fail_at(0, 0);
        edb_close(f);
    }
    assert_int_equal(s, EDB_OK);
    assert_true(n > 20);
    edb_build_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sample_is_read_at_every_page_size),
        cmocka_unit_test(headers_are_refused_for_what_they_say),
        cmocka_unit_test(page_size_zero_means_4096),
        cmocka_unit_test(shadows_stand_in),
        cmocka_unit_test(a_flipped_bit_is_mended_and_counted),
        cmocka_unit_test(old_checksums_are_verified),
        cmocka_unit_test(what_is_broken_is_named),
        cmocka_unit_test(files_are_read_and_may_end_anywhere),
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests_name("edb", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * engine_test.c - what only the inside can test: damage that check.h must find, a collation of
 * another version, memory that is to be bounded, and that runs out anywhere
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ese/engine/check.h"
#include "ese/engine/cursor.h"
#include "ese/engine/database.h"
#include "ese/format/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK(call)          gives(0, call, #call, __LINE__)
#define GIVES(want, call) gives(want, call, #call, __LINE__)

static void gives(JET_ERR want, JET_ERR got, const char *call, int line)
{
    if (want != got)
        fail_msg("line %d: %s gave %d, not %d", line, call, got, want);
}

struct fixture {
    struct ese_host host;
    char folder[64], path[96];
    struct ese_instance *instance;
    struct ese_session *session;
    JET_DBID db;
    char last_fault[256];
};

static uint64_t number_of(const struct ese_host *host, unsigned long id)
{
    (void)host;
    return id == JET_paramDatabasePageSize ? 4096 : id == JET_paramCommitDefault ? 1 : 0;
}

static const char *text_of(const struct ese_host *host, unsigned long id)
{
    (void)host;
    (void)id;
    return NULL;
}

static bool stopping(const struct ese_host *host)
{
    (void)host;
    return false;
}

static void unavailable(struct ese_host *host, JET_ERR err)
{
    (void)host;
    fail_msg("unavailable: %d", err);
}

static int up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    snprintf(f->folder, sizeof f->folder, "%s/hf-engine-XXXXXX",
             getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(f->folder));
    f->host = (struct ese_host){.name = "test",
                                .address = f->folder,
                                .number = number_of,
                                .text = text_of,
                                .stopping = stopping,
                                .unavailable = unavailable};
    snprintf(f->path, sizeof f->path, "%s/test.edb", f->folder);
    OK(eng_init(&f->host, 0, &f->instance));
    OK(eng_begin_session(f->instance, &f->session));
    OK(eng_create_database(f->session, f->path, 0, 0, &f->db));
    *state = f;
    return 0;
}

static int down(void **state)
{
    struct fixture *f = *state;
    char command[100];

    OK(eng_term(f->instance, false));
    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

/* Long key (1), Long value (2), LongText text (256), LongBinary data (257). */
static JET_ERR make_table(struct fixture *f, struct ese_cursor **ret_cursor)
{
    struct ese_column_def columns[] = {
        {.name = "key", .coltyp = JET_coltypLong},
        {.name = "value", .coltyp = JET_coltypLong},
        {.name = "text", .coltyp = JET_coltypLongText, .codepage = 1200},
        {.name = "data", .coltyp = JET_coltypLongBinary},
    };
    const struct ese_key_segment key = {.column = "key"}, value = {.column = "value"};
    const struct ese_key_segment text = {.column = "text"};
    struct ese_index_def indexes[] = {
        {.name = "p", .segments = &key, .segment_count = 1, .grbit = JET_bitIndexPrimary},
        {.name = "value", .segments = &value, .segment_count = 1},
        {.name = "text", .segments = &text, .segment_count = 1},
    };
    struct ese_table_def def = {
        .name = "t",
        .columns = columns,
        .column_count = 4,
        .indexes = indexes,
        .index_count = 3,
    };

    return eng_create_table(f->session, f->db, &def, ret_cursor);
}

static JET_ERR set(struct fixture *f, struct ese_cursor *c, JET_COLUMNID id, const void *data,
                   unsigned long size, JET_GRBIT grbit)
{
    JET_SETCOLUMN in = {
        .columnid = id, .pvData = data, .cbData = size, .grbit = grbit, .itagSequence = 1};

    return eng_set_columns(f->session, c, &in, 1);
}

static JET_ERR insert(struct fixture *f, struct ese_cursor *c, int32_t key)
{
    static const uint8_t data[5000] = {1, 2, 3};
    uint32_t size = 0;
    JET_ERR err = eng_prepare(f->session, c, JET_prepInsert);

    if (!err)
        err = set(f, c, 1, &key, 4, 0);
    if (!err)
        err = set(f, c, 2, &key, 4, 0);
    if (!err)
        err = set(f, c, 256, "a\0b\0", 4, 0);
    if (!err)
        err = set(f, c, 257, data, sizeof data, 0);
    if (!err)
        err = set(f, c, 257, "more", 4, JET_bitSetAppendLV);
    return err ? err : eng_update(f->session, c, NULL, 0, &size, 0);
}

static void take_fault(void *ctx, const char *text)
{
    struct fixture *f = ctx;

    snprintf(f->last_fault, sizeof f->last_fault, "%s", text);
}

static uint64_t faults(struct fixture *f)
{
    HOLDFAST_ESE_CHECK check = {.fault = take_fault, .context = f};

    f->last_fault[0] = '\0';
    OK(eng_check_database(f->session, f->db, &check));
    return check.faults;
}

/* ---- damage ---- */

/* Removes the first key of a tree, or adds one to it. */
static void damage(struct fixture *f, uint64_t tree, bool erase, const void *key, size_t size)
{
    struct store_cursor *scan = NULL;
    struct store_txn *txn = NULL;

    assert_int_equal(store_begin(f->instance->store, 0, &txn), STORE_OK);
    if (erase && key == NULL) {
        struct store_slice k;
        uint8_t copy[300];

        assert_int_equal(store_cursor_open(f->instance->store, tree, &scan), STORE_OK);
        assert_int_equal(store_cursor_seek(scan, txn, STORE_LAST, eng_slice(NULL, 0)), STORE_OK);
        k = store_cursor_key(scan);
        memcpy(copy, k.data, k.size);
        assert_int_equal(store_erase(txn, tree, eng_slice(copy, k.size), STORE_ERASE_PRESENT),
                         STORE_OK);
        store_cursor_close(scan);
    } else {
        assert_int_equal(
            store_put(txn, tree, eng_slice(key, size), eng_slice("\5", 2), STORE_UPSERT), STORE_OK);
    }
    assert_int_equal(store_commit(txn, STORE_LAZY, NULL), STORE_OK);
}

static void damage_is_found(void **state)
{
    struct fixture *f = *state;
    struct ese_cursor *c = NULL;
    uint64_t table, index;

    OK(make_table(f, &c));
    for (int32_t i = 0; i < 10; i++)
        OK(insert(f, c, i));
    assert_int_equal(faults(f), 0);
    table = c->table->tree;
    index = eng_index_by_name(c->schema, "value")->tree;
    damage(f, index, true, NULL, 0);
    assert_true(faults(f) >= 1);
    assert_non_null(strstr(f->last_fault, "index=value"));
    damage(f, index, false, "\x7f\x80\0\0\x77\x7f\x80\0\0\x77", 10);
    assert_int_equal(faults(f), 2); /* as many entries as keys, but one is of no row */
    assert_non_null(strstr(f->last_fault, "leads to no row"));
    damage(f, table + 1, true, NULL, 0); /* a chunk */
    assert_int_equal(faults(f), 3);
    damage(f, table + 2, false, "\x7f\x80\0\0\x77..........", 15); /* a delta of 2 octets */
    assert_int_equal(faults(f), 4);
    damage(f, table, true, NULL, 0); /* a row, and what hangs on it stays */
    assert_true(faults(f) > 4);
    eng_close_cursor(f->session, c);
}

/* What the store says of a number; gives what it said. */
static uint64_t set_number(struct fixture *f, const struct eng_number *n, uint64_t next)
{
    struct store_txn *txn = NULL;
    uint8_t key[9] = {(uint8_t)n->kind}, bytes[8];
    uint64_t before = 0;

    ese_put_be32(key + 1, n->database);
    ese_put_be32(key + 5, n->objid);
    ese_put_u64(bytes, next);
    assert_int_equal(store_begin(f->instance->store, 0, &txn), STORE_OK);
    assert_int_equal(eng_number_stored(txn, n, &before), STORE_OK);
    assert_int_equal(store_put(txn, ENG_TREE_NUMBERS, eng_slice(key, sizeof key),
                               eng_slice(bytes, sizeof bytes), STORE_UPSERT),
                     STORE_OK);
    assert_int_equal(store_commit(txn, STORE_LAZY, NULL), STORE_OK);
    return before;
}

static void fault_of_number(struct fixture *f, const struct eng_number *n, uint64_t used,
                            const char *what)
{
    uint64_t before = set_number(f, n, used);

    assert_true(before > used);
    assert_int_equal(faults(f), 1);
    assert_non_null(strstr(f->last_fault, what));
    (void)set_number(f, n, used + 1);
    assert_int_equal(faults(f), 0);
    (void)set_number(f, n, before);
}

/* A number that would be given again. */
static void numbers_in_use_are_found(void **state)
{
    struct fixture *f = *state;
    struct ese_column_def column = {
        .name = "n", .coltyp = JET_coltypLong, .grbit = JET_bitColumnAutoincrement};
    struct ese_table_def def = {.name = "rows", .columns = &column, .column_count = 1};
    struct ese_cursor *c = NULL, *rows = NULL;
    const struct eng_database *db = NULL;
    uint32_t size = 0;

    OK(make_table(f, &c));
    OK(insert(f, c, 1));
    OK(eng_create_table(f->session, f->db, &def, &rows));
    for (int i = 0; i < 3; i++) {
        OK(eng_prepare(f->session, rows, JET_prepInsert));
        OK(eng_update(f->session, rows, NULL, 0, &size, 0));
    }
    assert_int_equal(faults(f), 0);
    db = rows->table->database;
    fault_of_number(f, &rows->table->autoincrement, 3, "autoincrement=3");
    fault_of_number(f, &rows->table->rows, 3, "row=3");
    fault_of_number(f, &c->table->long_values, 1, "long_value=1");
    fault_of_number(f, &f->instance->database_number, db->number, "database=");
    (void)set_number(f, &db->objids, rows->table->objid);
    assert_int_equal(faults(f), 1);
    assert_non_null(strstr(f->last_fault, "object="));
    (void)set_number(f, &db->objids, 1000);
    eng_close_cursor(f->session, rows);
    eng_close_cursor(f->session, c);
}

/* Entries of parts of a text. */
static void damage_of_tuples_is_found(void **state)
{
    struct fixture *f = *state;
    const struct ese_key_segment segment = {.column = "text"};
    struct ese_index_def def = {.name = "parts",
                                .segments = &segment,
                                .segment_count = 1,
                                .grbit = JET_bitIndexTuples,
                                .tuple = {2, 10, 100, 1, 0}};
    struct ese_cursor *c = NULL;

    OK(make_table(f, &c));
    OK(eng_create_indexes(f->session, c, &def, 1));
    OK(insert(f, c, 1));
    OK(eng_move(f->session, c, INT32_MIN, 0));
    OK(eng_prepare(f->session, c, JET_prepReplace));
    OK(set(f, c, 256, "a\0b\0c\0d\0e\0", 10, 0));
    OK(eng_update(f->session, c, NULL, 0, &(uint32_t){0}, 0));
    assert_int_equal(faults(f), 0);
    damage(f, eng_index_by_name(c->schema, "parts")->tree, true, NULL, 0);
    assert_int_equal(faults(f), 1);
    assert_non_null(strstr(f->last_fault, "index=parts"));
    assert_non_null(strstr(f->last_fault, "has no entry"));
    eng_close_cursor(f->session, c);
}

/* ---- another collation ---- */

static void another_collation_is_refused(void **state)
{
    struct fixture *f = *state;
    struct ese_cursor *c = NULL;
    struct eng_catalog_row row;
    struct store_txn *txn = NULL;
    struct arena arena;
    struct eng_database *db = eng_database_of(f->instance, f->db);
    const struct ese_key_segment segment = {.column = "text"};
    struct ese_index_def again = {.name = "text", .segments = &segment, .segment_count = 1};
    uint32_t objid, index;

    OK(make_table(f, &c));
    OK(insert(f, c, 1));
    objid = c->table->objid;
    index = eng_index_by_name(c->schema, "text")->x.objid;
    eng_close_cursor(f->session, c);
    arena_init(&arena, NULL, 0);
    assert_int_equal(store_begin(f->instance->store, 0, &txn), STORE_OK);
    OK(eng_catalog_get(txn, db, objid, ENG_CATALOG_INDEX, index, &arena, &row));
    assert_int_equal(row.sort_id.size, ENG_SORT_ID);
    row.sort_id.data =
        memcpy(arena_alloc(&arena, ENG_SORT_ID), "ICU-\1\1\1\1........", ENG_SORT_ID);
    OK(eng_catalog_put(txn, db, &row, STORE_REPLACE));
    assert_int_equal(store_commit(txn, STORE_LAZY, NULL), STORE_OK);
    arena_fini(&arena);
    eng_close_database(f->session, f->db);
    OK(eng_detach_database(f->session, f->path)); /* what was known of the table is forgotten */
    OK(eng_attach_database(f->session, f->path, 0, 0));
    OK(eng_open_database(f->session, f->path, 0, &f->db));
    OK(eng_open_table(f->session, f->db, "t", 0, &c));
    GIVES(JET_errSecondaryIndexCorrupted, eng_set_index(f->session, c, "text", 0, 1));
    OK(eng_set_index(f->session, c, "value", 0, 1));
    OK(eng_move(f->session, c, INT32_MIN, 0));
    GIVES(JET_errSecondaryIndexCorrupted, eng_delete_row(f->session, c));
    GIVES(JET_errSecondaryIndexCorrupted, eng_prepare(f->session, c, JET_prepInsert));
    eng_close_cursor(f->session, c);
    eng_close_database(f->session, f->db);
    OK(eng_detach_database(f->session, f->path));
    GIVES(JET_wrnCorruptIndexDeleted,
          eng_attach_database(f->session, f->path, 0, JET_bitDbDeleteCorruptIndexes));
    OK(eng_open_database(f->session, f->path, 0, &f->db));
    OK(eng_open_table(f->session, f->db, "t", 0, &c));
    GIVES(JET_errIndexNotFound, eng_set_index(f->session, c, "text", 0, 1));
    OK(eng_set_index(f->session, c, "value", 0, 1));
    OK(insert(f, c, 2));
    OK(eng_create_indexes(f->session, c, &again, 1)); /* in this version's order */
    OK(eng_set_index(f->session, c, "text", 0, 1));
    OK(eng_move(f->session, c, INT32_MIN, 0));
    assert_int_equal(faults(f), 0);
    eng_close_cursor(f->session, c);
    eng_close_database(f->session, f->db);
    OK(eng_detach_database(f->session, f->path));
    OK(eng_attach_database(f->session, f->path, 0, JET_bitDbDeleteCorruptIndexes)); /* none is */
    OK(eng_detach_database(f->session, f->path));
    GIVES(JET_wrnCorruptIndexDeleted,
          eng_attach_database(f->session, f->path, 0, JET_bitDbDeleteUnicodeIndexes));
    OK(eng_open_database(f->session, f->path, 0, &f->db));
    OK(eng_open_table(f->session, f->db, "t", 0, &c));
    GIVES(JET_errIndexNotFound, eng_set_index(f->session, c, "text", 0, 1));
    OK(eng_set_index(f->session, c, "value", 0, 1));
    eng_close_cursor(f->session, c);
}

/* ---- no memory ---- */

static void *grow(void *ctx, void *old, unsigned long size)
{
    (void)ctx;
    return realloc(old, size);
}

static JET_ERR use_rows(struct fixture *f, struct ese_cursor *c)
{
    uint8_t have[6000];
    JET_RETRIEVECOLUMN out = {
        .columnid = 257, .pvData = have, .cbData = sizeof have, .itagSequence = 1};
    JET_ENUMCOLUMN *columns = NULL;
    unsigned long count = 0;
    uint32_t size = 0;
    JET_ERR err = eng_set_index(f->session, c, "text", 0, 1);

    if (!err)
        err = eng_make_key(f->session, c, "a\0b\0", 4, JET_bitNewKey);
    if (!err)
        err = eng_seek(f->session, c, JET_bitSeekEQ);
    if (!err)
        err = eng_retrieve_columns(f->session, c, &out, 1);
    if (!err)
        err = eng_enumerate(f->session, c, NULL, 0, &count, &columns, grow, NULL, 10,
                            JET_bitEnumeratePresenceOnly);
    for (unsigned long i = 0; i < count; i++)
        free(columns[i].rgEnumColumnValue);
    free(columns);
    if (err >= 0)
        err = eng_prepare(f->session, c, JET_prepReplace);
    if (!err)
        err = set(f, c, 256, "c\0", 2, 0);
    if (!err)
        err = eng_update(f->session, c, NULL, 0, &size, 0);
    return err ? err : eng_delete_row(f->session, c);
}

static JET_ERR scenario(struct fixture *f)
{
    struct ese_column_def extra = {.name = "extra", .coltyp = JET_coltypLong};
    struct ese_cursor *c = NULL;
    JET_ERR err = make_table(f, &c);

    for (int32_t i = 0; i < 3 && !err; i++)
        err = insert(f, c, i);
    if (!err)
        err = use_rows(f, c);
    if (!err)
        err = eng_add_column(f->session, c, &extra);
    if (c != NULL)
        eng_close_cursor(f->session, c);
    return err                                             ? err
           : eng_open_table(f->session, f->db, "t", 0, &c) ? JET_errOutOfMemory
                                                           : (eng_close_cursor(f->session, c), 0);
}

/* Fails the n-th allocation of the whole scenario, for every n, until none is left to fail. */
static void memory_may_run_out_anywhere(void **state)
{
    struct fixture *f = *state;
    uint64_t seen = UINT64_MAX;
    unsigned failed = 0;
    JET_ERR err;

    for (uint64_t n = 1; seen >= n - 1; n++) {
        OK(eng_begin(f->session, 0, 0));
        mem_fail_at(n, 0);
        err = scenario(f);
        seen = mem_fail_at(0, 0);
        if (err != JET_errSuccess && err != JET_errOutOfMemory)
            fail_msg("allocation %u: %d", (unsigned)n, err);
        OK(eng_rollback(f->session, 1));
        failed += err != JET_errSuccess;
        if (n % 50 == 0)
            assert_int_equal(faults(f), 0);
    }
    print_message("# %u allocations that matter, each failed once\n", failed);
    assert_true(failed > 50);
    assert_int_equal(faults(f), 0);
    OK(scenario(f));
    assert_int_equal(faults(f), 0);
}

static uint64_t cache_pages;

static uint64_t cache_number(const struct ese_host *host, unsigned long id)
{
    return id == JET_paramCacheSizeMax ? cache_pages : number_of(host, id);
}

static void the_cache_is_as_large_as_asked_for(void **state)
{
    static const struct {
        uint64_t pages; /* of 4 KiB */
        size_t half;
    } rows[] = {
        {2000000000, 0}, /* the parameter's default: the store's own choice */
        {1, (size_t)1 << 20},      {512, (size_t)1 << 20},
        {32768, (size_t)64 << 20}, {UINT64_MAX, (size_t)1 << 45},
    };
    struct fixture *f = *state;
    struct ese_host host = f->host;

    host.number = cache_number;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ese_instance *instance = NULL;

        cache_pages = rows[i].pages;
        OK(eng_instance_prepare(&host, &instance));
        assert_int_equal(instance->options.cache_size, rows[i].half);
        eng_instance_discard(instance);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(damage_is_found),
        CASE(numbers_in_use_are_found),
        CASE(damage_of_tuples_is_found),
        CASE(another_collation_is_refused),
        CASE(memory_may_run_out_anywhere),
        CASE(the_cache_is_as_large_as_asked_for),
    };

    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * bulk_test.c - N9: rows by the thousand in one call, one status a row
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "remote/ask/ask.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH    1000
#define BATCHES  20
#define OK(call) assert_int_equal(call, JET_errSuccess)

static const char *address;
static JET_INSTANCE instance;
static JET_SESID session;
static JET_DBID db;
static JET_TABLEID table;
static JET_COLUMNID id, text;

static int set_up(void **unused)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};

    (void)unused;
    instance = JET_instanceNil;
    OK(JetCreateInstanceA(&instance, "bulk"));
    OK(JetInit(&instance));
    OK(JetBeginSessionA(instance, &session, NULL, NULL));
    OK(JetCreateDatabaseA(session, "bulk", NULL, &db, JET_bitDbOverwriteExisting));
    OK(JetCreateTableA(session, db, "rows", 0, 100, &table));
    OK(JetAddColumnA(session, table, "id", &def, NULL, 0, &id));
    def.coltyp = JET_coltypText;
    OK(JetAddColumnA(session, table, "text", &def, NULL, 0, &text));
    OK(JetCreateIndexA(session, table, "primary", JET_bitIndexPrimary, "+id\0", 5, 100));
    OK(JetCloseTable(session, table));
    return 0;
}

static int tear_down(void **unused)
{
    (void)unused;
    OK(JetTerm(instance));
    return 0;
}

static unsigned long rows(void)
{
    unsigned long count = 0;

    OK(JetOpenTableA(session, db, "rows", NULL, 0, 0, &table));
    if (JetMove(session, table, JET_MoveFirst, 0) == JET_errSuccess)
        OK(JetIndexRecordCount(session, table, &count, 0));
    OK(JetCloseTable(session, table));
    return count;
}

static struct ask_loader *open_loader(void)
{
    struct ask_failure failure = {0};
    struct ask_loader *loader = NULL;

    assert_true(ask_loader_open(address, "bulk", "rows", &loader, &failure));
    return loader;
}

/* Row i of a batch has key first + i, and a text; a transaction. */
static void load(struct ask_loader *loader, int32_t first, unsigned count,
                 struct ask_loaded *loaded)
{
    struct ask_failure failure = {0};
    int32_t *keys = calloc(count, sizeof *keys);
    struct ask_value *values = calloc(count * 2, sizeof *values);
    unsigned *counts = calloc(count, sizeof *counts);

    for (unsigned i = 0; i < count; i++) {
        keys[i] = first + (int32_t)i;
        values[i * 2] = (struct ask_value){id, 1, &keys[i], sizeof keys[i], false};
        values[i * 2 + 1] = (struct ask_value){text, 1, "some text", 9, false};
        counts[i] = 2;
    }
    assert_true(ask_loader_begin(loader, &failure));
    assert_true(ask_loader_load(loader, JET_prepInsert, count, counts, values, loaded, &failure));
    assert_true(ask_loader_commit(loader, 0, &failure));
    free(counts);
    free(values);
    free(keys);
}

static void N9_rows_go_in_by_the_thousand(void **unused)
{
    struct ask_loaded loaded[BATCH];
    struct ask_loader *loader = open_loader();
    uint64_t start = clock_now_ns();

    (void)unused;
    for (int32_t b = 0; b < BATCHES; b++) {
        load(loader, b * BATCH, BATCH, loaded);
        for (int i = 0; i < BATCH; i++)
            OK(loaded[i].err);
    }
    print_message("# %.0f rows/s\n", BATCH * BATCHES * 1e9 / (double)(clock_now_ns() - start));
    ask_loader_close(loader);
    assert_int_equal(rows(), BATCH * BATCHES);
}

static void N9_each_row_has_its_own_status(void **unused)
{
    struct ask_loaded loaded[10];
    struct ask_loader *loader = open_loader();

    (void)unused;
    load(loader, 5, 3, loaded);
    load(loader, 0, 10, loaded);
    for (int i = 0; i < 10; i++)
        assert_int_equal(loaded[i].err, i >= 5 && i < 8 ? JET_errKeyDuplicate : JET_errSuccess);
    ask_loader_close(loader);
    assert_int_equal(rows(), 10);
}

static void N9_a_refused_value_is_named(void **unused)
{
    const int32_t key = 1;
    const struct ask_value values[] = {{id, 1, &key, sizeof key, false},
                                       {text, 1, "some text", 9, false},
                                       {id, 1, "of a wrong size", 15, false}};
    const unsigned counts[] = {2, 1};
    struct ask_failure failure = {0};
    struct ask_loaded loaded[2];
    struct ask_loader *loader = open_loader();

    (void)unused;
    assert_true(ask_loader_begin(loader, &failure));
    assert_true(ask_loader_load(loader, JET_prepInsert, 2, counts, values, loaded, &failure));
    OK(loaded[0].err);
    assert_int_equal(loaded[1].err, JET_errInvalidBufferSize);
    assert_int_equal(loaded[1].value, 0);
    assert_false(ask_loader_load(loader, JET_prepReplace, 2, counts, values, loaded, &failure));
    assert_int_equal(failure.err, JET_errInvalidParameter);
    ask_loader_close(loader); /* what is not committed is nowhere */
    assert_int_equal(rows(), 0);
}

static void N9_what_is_not_there_cannot_be_loaded(void **unused)
{
    struct ask_failure failure = {0};
    struct ask_loader *loader = NULL;

    (void)unused;
    assert_false(ask_loader_open(address, "bulk", "nosuch", &loader, &failure));
    assert_int_equal(failure.err, JET_errObjectNotFound);
    assert_false(ask_loader_open("ncacn_ip_tcp:127.0.0.1[1]", "bulk", "rows", &loader, &failure));
    assert_int_not_equal(failure.status, RPC_S_OK);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(N9_rows_go_in_by_the_thousand),
        CASE(N9_each_row_has_its_own_status),
        CASE(N9_a_refused_value_is_named),
        CASE(N9_what_is_not_there_cannot_be_loaded),
    };

    address = getenv("HOLDFAST_ADDRESS");
    return address ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

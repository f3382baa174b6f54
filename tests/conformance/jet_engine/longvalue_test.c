/* SPDX-License-Identifier: Apache-2.0
 *
 * longvalue_test.c - long values: small and large, in parts, streamed, edited, rolled back
 *
 * Each case keeps a plain copy of what the value must be and compares all of it.
 */
#include "fixture.h"

#include <stdlib.h>

struct lv {
    JET_SESID session;
    JET_TABLEID table;
    JET_COLUMNID id, key;
    unsigned char *model;
    unsigned long size, room;
};

static void lv_up(const struct fixture *f, struct lv *v)
{
    *v = (struct lv){.session = f->session};
    OK(JetCreateTableA(f->session, f->db, "long", 0, 100, &v->table));
    v->key = add(f->session, v->table, "key", JET_coltypLong, 0, NULL, 0);
    v->id = add(f->session, v->table, "value", JET_coltypLongBinary, 0, NULL, 0);
    index_make(f->session, v->table, "p", "+key\0", 6, JET_bitIndexPrimary);
    v->room = 40u << 20;
    v->model = calloc(1, v->room);
    assert_non_null(v->model);
}

static void lv_down(struct lv *v)
{
    free(v->model);
}

static void pattern(unsigned char *to, unsigned long size, unsigned seed)
{
    for (unsigned long i = 0; i < size; i++) {
        seed = seed * 1103515245u + 12345u;
        to[i] = (unsigned char)(seed >> 16);
    }
}

static void begin_row(struct lv *v, int32_t key)
{
    OK(JetPrepareUpdate(v->session, v->table, JET_prepInsert));
    OK(JetSetColumn(v->session, v->table, v->key, &key, 4, 0, NULL));
}

static void end_row(struct lv *v)
{
    unsigned char b[JET_cbBookmarkMost];
    unsigned long size = 0;

    OK(JetUpdate(v->session, v->table, b, sizeof b, &size));
    OK(JetGotoBookmark(v->session, v->table, b, size));
}

/* One call of JetSetColumn, done to the model, too. */
static void write_part(struct lv *v, JET_GRBIT grbit, unsigned long at, unsigned long size,
                       unsigned seed)
{
    JET_SETINFO info = {.cbStruct = sizeof info, .ibLongValue = at, .itagSequence = 1};
    unsigned char *data = malloc(size + 1);

    assert_non_null(data);
    pattern(data, size, seed);
    OK(JetSetColumn(v->session, v->table, v->id, data, size, grbit, &info));
    if (!(grbit & (JET_bitSetAppendLV | JET_bitSetOverwriteLV)))
        v->size = at = 0;
    if (grbit & JET_bitSetAppendLV)
        at = v->size;
    assert_true(at + size <= v->room);
    memcpy(v->model + at, data, size);
    if (at + size > v->size || (grbit & JET_bitSetSizeLV))
        v->size = at + size;
    free(data);
}

static void resize(struct lv *v, unsigned long size)
{
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = 1};

    OK(JetSetColumn(v->session, v->table, v->id, NULL, size, JET_bitSetSizeLV, &info));
    if (size > v->size)
        memset(v->model + v->size, 0, size - v->size);
    v->size = size;
}

static void is_model(struct lv *v, JET_GRBIT grbit)
{
    unsigned char *have = malloc(v->size + 1);
    unsigned long size = 0;
    JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = 1};

    assert_non_null(have);
    OK(JetRetrieveColumn(v->session, v->table, v->id, have, v->size, &size, grbit, NULL));
    assert_int_equal(size, v->size);
    assert_memory_equal(have, v->model, v->size);
    for (unsigned long at = 0; at < v->size; at += v->size / 7 + 1) {
        JET_ERR err;

        info.ibLongValue = at;
        err = JetRetrieveColumn(v->session, v->table, v->id, have, 5, &size, grbit, &info);
        GIVES(v->size - at > 5 ? JET_wrnBufferTruncated : JET_errSuccess, err);
        assert_int_equal(size, v->size - at);
        assert_memory_equal(have, v->model + at, v->size - at < 5 ? v->size - at : 5);
    }
    free(have);
}

static void whole_values_of_every_size(void **state)
{
    static const unsigned long sizes[] = {1,      1022,     1023,           1024,   3000,
                                          4013,   4014,     4015,           8028,   65536,
                                          100000, 1u << 20, (1u << 20) + 1, 5000001};
    struct lv v;

    lv_up(*state, &v);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        begin_row(&v, (int32_t)i);
        write_part(&v, 0, 0, sizes[i], (unsigned)i);
        is_model(&v, JET_bitRetrieveCopy);
        end_row(&v);
        is_model(&v, 0);
    }
    lv_down(&v);
}

static void parts_are_written(void **state)
{
    static const unsigned long starts[] = {100, 5000, 2000000};
    struct lv v;

    lv_up(*state, &v);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        begin_row(&v, (int32_t)i);
        write_part(&v, 0, 0, starts[i], 1);
        end_row(&v);
        for (unsigned round = 0; round < 3; round++) {
            OK(JetPrepareUpdate(v.session, v.table, JET_prepReplace));
            write_part(&v, JET_bitSetAppendLV, 0, 777, 2 + round);
            write_part(&v, JET_bitSetOverwriteLV, starts[i] / 2, 999, 3 + round);
            write_part(&v, JET_bitSetOverwriteLV, v.size, 10, 4);
            is_model(&v, JET_bitRetrieveCopy);
            end_row(&v);
            is_model(&v, 0);
        }
        OK(JetPrepareUpdate(v.session, v.table, JET_prepReplace));
        GIVES(JET_errColumnNoChunk,
              JetSetColumn(v.session, v.table, v.id, "x", 1, JET_bitSetOverwriteLV,
                           &(JET_SETINFO){.cbStruct = sizeof(JET_SETINFO),
                                          .ibLongValue = v.size + 1,
                                          .itagSequence = 1}));
        resize(&v, v.size - 50);
        is_model(&v, JET_bitRetrieveCopy);
        resize(&v, v.size + 9000); /* what was cut off does not come back */
        is_model(&v, JET_bitRetrieveCopy);
        write_part(&v, JET_bitSetOverwriteLV | JET_bitSetSizeLV, 10, 60, 9);
        end_row(&v);
        is_model(&v, 0);
    }
    lv_down(&v);
}

static void large_values_are_streamed(void **state)
{
    struct fixture *f = *state;
    struct lv v;

    lv_up(f, &v);
    begin_row(&v, 1);
    for (unsigned i = 0; i < 300; i++)
        write_part(&v, JET_bitSetAppendLV, 0, 100003, i);
    write_part(&v, JET_bitSetOverwriteLV, 3000000, 50000, 5);
    is_model(&v, JET_bitRetrieveCopy);
    end_row(&v);
    is_model(&v, 0);
    OK(JetPrepareUpdate(v.session, v.table, JET_prepReplace)); /* in the same transaction */
    write_part(&v, JET_bitSetOverwriteLV, 4000000, 50000, 6);
    write_part(&v, JET_bitSetAppendLV, 0, 1234, 7);
    end_row(&v);
    is_model(&v, 0);
    OK(JetCommitTransaction(f->session, 0));
    is_model(&v, 0);
    OK(JetBeginTransaction(f->session));
    OK(JetPrepareUpdate(v.session, v.table, JET_prepReplace)); /* and in another, in place */
    write_part(&v, JET_bitSetOverwriteLV, 5000000, 50000, 8);
    write_part(&v, JET_bitSetAppendLV, 0, 12345, 9);
    end_row(&v);
    is_model(&v, 0);
    OK(JetRollback(f->session, 0));
    GIVES(JET_errNoCurrentRecord, JetMove(v.session, v.table, 0, 0));
    OK(JetMove(v.session, v.table, JET_MoveFirst, 0));
    pattern(v.model, 0, 0);
    {
        unsigned char *have = malloc(v.size);
        unsigned long size = 0;

        assert_non_null(have);
        OK(JetRetrieveColumn(v.session, v.table, v.id, have, v.size, &size, 0, NULL));
        assert_int_equal(size, v.size - 12345);
        assert_memory_not_equal(have + 5000000, v.model + 5000000, 50000);
        assert_memory_equal(have + 6000000, v.model + 6000000, 1000000);
        free(have);
    }
    lv_down(&v);
}

/* Whatever is cut and grown, in the order of its chunks or not: what nobody wrote is zero, and each
 * chunk is there (fixture_down looks). */
static void cut_and_grown_values_are_whole(void **state)
{
    struct fixture *f = *state;
    struct lv v;

    lv_up(f, &v);
    begin_row(&v, 1);
    write_part(&v, 0, 0, 3000001, 1);
    end_row(&v);
    for (unsigned i = 0; i < 2; i++) { /* streamed by this transaction, and by an earlier one */
        static const unsigned long sizes[] = {2000003, 2000003 + 5, 3999999, 1500000,
                                              1500001, 5000000,     1200000, 36000000};

        for (unsigned k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            OK(JetPrepareUpdate(v.session, v.table, JET_prepReplace));
            resize(&v, sizes[k]);
            if (k % 2 == 0)
                write_part(&v, JET_bitSetOverwriteLV, sizes[k] / 2, 7777, k + i);
            is_model(&v, JET_bitRetrieveCopy);
            end_row(&v);
            is_model(&v, 0);
            if (i == 1) {
                OK(JetCommitTransaction(v.session, 0));
                OK(JetBeginTransaction(v.session));
            }
        }
        OK(JetPrepareUpdate(v.session, v.table, JET_prepReplace));
        write_part(&v, 0, 0, 3000001, 2);
        end_row(&v);
        OK(JetCommitTransaction(v.session, 0));
        OK(JetBeginTransaction(v.session));
    }
    lv_down(&v);
}

static void a_cancelled_stream_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct lv v;

    lv_up(f, &v);
    begin_row(&v, 1);
    for (unsigned i = 0; i < 30; i++)
        write_part(&v, JET_bitSetAppendLV, 0, 100003, i);
    OK(JetPrepareUpdate(v.session, v.table, JET_prepCancel));
    begin_row(&v, 2);
    v.size = 0;
    for (unsigned i = 0; i < 30; i++)
        write_part(&v, JET_bitSetAppendLV, 0, 100003, i);
    OK(JetBeginTransaction(f->session)); /* a level inside it */
    OK(JetCommitTransaction(f->session, 0));
    write_part(&v, JET_bitSetAppendLV, 0, 5, 1);
    end_row(&v);
    is_model(&v, 0);
    OK(JetDelete(v.session, v.table));
    OK(JetCommitTransaction(f->session, 0));
    GIVES(JET_errNoCurrentRecord, JetMove(v.session, v.table, JET_MoveFirst, 0));
    lv_down(&v);
}

/* Set anew, or to NULL, before the update. */
static void a_stream_given_up_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct lv v;

    lv_up(f, &v);
    for (int32_t key = 1; key <= 3; key++) {
        begin_row(&v, key);
        v.size = 0;
        for (unsigned i = 0; i < 30; i++)
            write_part(&v, JET_bitSetAppendLV, 0, 100003, i);
        if (key < 3)
            write_part(&v, 0, 0, key == 1 ? 10 : 2000000, 77);
        else
            OK(JetSetColumn(v.session, v.table, v.id, NULL, 0, 0, NULL));
        end_row(&v);
        if (key < 3)
            is_model(&v, 0);
    }
    OK(JetCommitTransaction(f->session, 0));
    lv_down(&v);
}

static void copies_have_values_of_their_own(void **state)
{
    static const unsigned long sizes[] = {500, 5000, 3000000};
    int32_t key = 100;
    struct lv v;

    lv_up(*state, &v);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        begin_row(&v, (int32_t)i);
        write_part(&v, 0, 0, sizes[i], 1);
        end_row(&v);
        OK(JetPrepareUpdate(v.session, v.table, JET_prepInsertCopy));
        key++;
        OK(JetSetColumn(v.session, v.table, v.key, &key, 4, 0, NULL));
        OK(JetUpdate(v.session, v.table, NULL, 0, NULL));
        OK(JetDelete(v.session, v.table)); /* the original */
        OK(JetMakeKey(v.session, v.table, &key, 4, JET_bitNewKey));
        OK(JetSeek(v.session, v.table, JET_bitSeekEQ));
        is_model(&v, 0);
    }
    lv_down(&v);
}

#define WIDE 40 /* columns of 1000 octets */

static void records_overflow_into_long_values(void **state)
{
    struct fixture *f = *state;
    JET_COLUMNID ids[WIDE];
    JET_TABLEID table = 0;
    unsigned char value[1000], have[1000];
    char name[8];

    OK(JetCreateTableA(f->session, f->db, "wide", 0, 100, &table));
    for (unsigned i = 0; i < WIDE; i++) {
        snprintf(name, sizeof name, "c%u", i);
        ids[i] = add(f->session, table, name, JET_coltypLongBinary, 0, NULL, 0);
    }
    OK(JetPrepareUpdate(f->session, table, JET_prepInsert));
    for (unsigned i = 0; i < WIDE;
         i++) { /* more than any page, each value small enough for itself */
        pattern(value, sizeof value, i);
        OK(JetSetColumn(f->session, table, ids[i], value, sizeof value, 0, NULL));
    }
    OK(JetUpdate(f->session, table, NULL, 0, NULL));
    for (unsigned i = 0; i < WIDE; i++) {
        pattern(value, sizeof value, i);
        OK(JetRetrieveColumn(f->session, table, ids[i], have, sizeof have, NULL, 0, NULL));
        assert_memory_equal(have, value, sizeof value);
    }
    OK(JetPrepareUpdate(f->session, table, JET_prepInsert));
    for (unsigned i = 0; i < WIDE; i++)
        OK(JetSetColumn(f->session, table, ids[i], value, sizeof value, JET_bitSetIntrinsicLV,
                        NULL));
    GIVES(JET_errRecordTooBig, JetUpdate(f->session, table, NULL, 0, NULL));
}

static void compressed_columns_come_back(void **state)
{
    struct fixture *f = *state;
    JET_TABLEID table = 0;
    JET_COLUMNID id;
    JET_RECSIZE2 size = {0};
    unsigned char value[1000], have[1000];

    OK(JetCreateTableA(f->session, f->db, "packed", 0, 100, &table));
    id = add(f->session, table, "c", JET_coltypLongBinary, JET_bitColumnCompressed, NULL, 0);
    memset(value, 'a', sizeof value);
    OK(JetPrepareUpdate(f->session, table, JET_prepInsert));
    OK(JetSetColumn(f->session, table, id, value, sizeof value, 0, NULL));
    OK(JetUpdate(f->session, table, NULL, 0, NULL));
    OK(JetRetrieveColumn(f->session, table, id, have, sizeof have, NULL, 0, NULL));
    assert_memory_equal(have, value, sizeof value);
    OK(JetGetRecordSize2(f->session, table, &size, 0));
    assert_int_equal(size.cCompressedColumns, 1);
    assert_true(size.cbDataCompressed < 900);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(whole_values_of_every_size),        CASE(parts_are_written),
        CASE(cut_and_grown_values_are_whole),    CASE(large_values_are_streamed),
        CASE(a_cancelled_stream_leaves_nothing), CASE(a_stream_given_up_leaves_nothing),
        CASE(copies_have_values_of_their_own),   CASE(records_overflow_into_long_values),
        CASE(compressed_columns_come_back),
    };

    return cmocka_run_group_tests_name("jet_longvalue", tests, NULL, NULL);
}

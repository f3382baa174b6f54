/* SPDX-License-Identifier: Apache-2.0
 *
 * txn_test.c - transactions (ese-api 7, ese-sessions 11): snapshots, conflicts, levels, rollback
 */
#include "fixture.h"

/* What one session does to row 1 (insert: to row 5, which is not there). */
struct actor {
    JET_SESID session;
    JET_TABLEID table;
    JET_COLUMNID key, value, total;
};

static void table_make(const struct fixture *f)
{
    JET_TABLEID table = 0;

    OK(JetCreateTableA(f->session, f->db, "rows", 0, 100, &table));
    add(f->session, table, "key", JET_coltypLong, 0, NULL, 0);
    add(f->session, table, "value", JET_coltypLong, 0, NULL, 0);
    add(f->session, table, "total", JET_coltypLong, JET_bitColumnEscrowUpdate, "\0\0\0\0", 4);
    index_make(f->session, table, "p", "+key\0", 6, JET_bitIndexPrimary);
    OK(JetCloseTable(f->session, table));
}

static void actor_open(const struct fixture *f, JET_SESID session, JET_DBID db, struct actor *a)
{
    struct fixture s = {.session = session};

    (void)f;
    a->session = session;
    OK(JetOpenTableA(session, db, "rows", NULL, 0, 0, &a->table));
    a->key = column(&s, a->table, "key");
    a->value = column(&s, a->table, "value");
    a->total = column(&s, a->table, "total");
}

static JET_ERR insert(const struct actor *a, int32_t key)
{
    JET_ERR err;

    OK(JetPrepareUpdate(a->session, a->table, JET_prepInsert));
    OK(JetSetColumn(a->session, a->table, a->key, &key, 4, 0, NULL));
    err = JetUpdate(a->session, a->table, NULL, 0, NULL);
    if (err)
        OK(JetPrepareUpdate(a->session, a->table, JET_prepCancel));
    return err;
}

static JET_ERR go(const struct actor *a, int32_t key)
{
    key_long(a->session, a->table, key, JET_bitNewKey);
    return JetSeek(a->session, a->table, JET_bitSeekEQ);
}

static JET_ERR replace(const struct actor *a, int32_t value)
{
    JET_ERR err = JetPrepareUpdate(a->session, a->table, JET_prepReplace);

    if (err)
        return err;
    OK(JetSetColumn(a->session, a->table, a->value, &value, 4, 0, NULL));
    err = JetUpdate(a->session, a->table, NULL, 0, NULL);
    if (err)
        OK(JetPrepareUpdate(a->session, a->table, JET_prepCancel));
    return err;
}

static JET_ERR escrow(const struct actor *a, int32_t delta, int32_t *ret_old)
{
    return JetEscrowUpdate(a->session, a->table, a->total, &delta, 4, ret_old,
                           ret_old != NULL ? 4 : 0, NULL, 0);
}

static int32_t total_of(const struct actor *a)
{
    int32_t v = 0;

    OK(JetRetrieveColumn(a->session, a->table, a->total, &v, 4, NULL, 0, NULL));
    return v;
}

static void escrow_updates_commute(void **state)
{
    struct fixture *f = *state;
    struct actor a, b;
    struct other o;
    int32_t old = -1;

    table_make(f);
    OK(JetCommitTransaction(f->session, 0));
    other_up(f, &o);
    actor_open(f, f->session, f->db, &a);
    actor_open(f, o.session, o.db, &b);
    OK(insert(&a, 1));
    OK(JetBeginTransaction(a.session));
    OK(JetBeginTransaction(b.session));
    OK(go(&a, 1));
    OK(go(&b, 1));
    OK(escrow(&a, 5, &old));
    assert_int_equal(old, 0);
    OK(escrow(&b, 7, &old));
    assert_int_equal(old, 0); /* its own snapshot */
    OK(escrow(&a, 1, &old));
    assert_int_equal(old, 5);
    assert_int_equal(total_of(&a), 6);
    assert_int_equal(total_of(&b), 7);
    OK(JetCommitTransaction(a.session, 0));
    OK(JetCommitTransaction(b.session, 0));
    assert_int_equal(total_of(&a), 13);
    OK(JetBeginTransaction(a.session));
    OK(escrow(&a, 100, NULL));
    OK(JetRollback(a.session, 0));
    OK(go(&a, 1));
    assert_int_equal(total_of(&a), 13);
    OK(replace(&a, 1)); /* folds */
    OK(go(&a, 1));
    assert_int_equal(total_of(&a), 13);
    OK(JetBeginTransaction(a.session));
    OK(escrow(&a, -13, NULL));
    OK(replace(&a, 2));
    OK(escrow(&a, 4, &old));
    assert_int_equal(old, 0);
    OK(replace(&a, 3));
    assert_int_equal(total_of(&a), 4);
    OK(JetCommitTransaction(a.session, 0));
    assert_int_equal(total_of(&b), 4);
    OK(JetDelete(a.session, a.table));
    OK(insert(&a, 1));
    OK(go(&a, 1));
    assert_int_equal(total_of(&a), 0);
    GIVES(JET_errNotInTransaction, escrow(&a, 1, NULL));
    OK(JetBeginTransaction(a.session));
    GIVES(JET_errInvalidOperation,
          JetEscrowUpdate(a.session, a.table, a.value, &old, 4, NULL, 0, NULL, 0));
    other_down(&o);
}

static void snapshots_do_not_move(void **state)
{
    struct fixture *f = *state;
    struct numbers n, m;
    struct other o;
    unsigned long count = 0;

    numbers_make(f, &n);
    for (int32_t i = 0; i < 10; i++)
        numbers_insert(&n, i, i, i);
    numbers_share(f, &n, &o, &m);
    OK(JetBeginTransaction(o.session));
    OK(numbers_seek(&n, 3, JET_bitSeekEQ));
    OK(JetDelete(n.session, n.table));
    OK(numbers_seek(&n, 4, JET_bitSeekEQ));
    numbers_replace(&n, 444, 444);
    numbers_insert(&n, 100, 100, 100);
    OK(MOVE(&m, JET_MoveFirst));
    OK(JetIndexRecordCount(m.session, m.table, &count, 0));
    assert_int_equal(count, 10);
    OK(numbers_seek(&m, 3, JET_bitSeekEQ));
    numbers_are(&m, 3, 3, 3);
    OK(numbers_seek(&m, 4, JET_bitSeekEQ));
    numbers_are(&m, 4, 4, 4);
    OK(JetSetCurrentIndexA(m.session, m.table, "plain"));
    GIVES(JET_errRecordNotFound, numbers_seek_plain(&m, 444, 444, JET_bitSeekEQ));
    OK(JetCommitTransaction(o.session, 0));
    OK(numbers_seek_plain(&m, 444, 444, JET_bitSeekEQ));
    OK(JetSetCurrentIndexA(m.session, m.table, NULL));
    GIVES(JET_errRecordNotFound, numbers_seek(&m, 3, JET_bitSeekEQ));
    other_down(&o);
}

static void levels_nest(void **state)
{
    struct fixture *f = *state;
    struct numbers n;

    numbers_make(f, &n);
    for (int32_t level = 2; level <= 7; level++) {
        OK(JetBeginTransaction(f->session));
        numbers_insert(&n, level, level, level);
    }
    GIVES(JET_errTransTooDeep, JetBeginTransaction(f->session));
    OK(JetRollback(f->session, 0));
    GIVES(JET_errRecordNotFound, numbers_seek(&n, 7, JET_bitSeekEQ));
    OK(numbers_seek(&n, 6, JET_bitSeekEQ));
    OK(JetCommitTransaction(f->session, 0));
    OK(numbers_seek(&n, 6, JET_bitSeekEQ)); /* level 5 has it now */
    OK(JetRollback(f->session, 0));
    GIVES(JET_errRecordNotFound, numbers_seek(&n, 6, JET_bitSeekEQ));
    GIVES(JET_errRecordNotFound, numbers_seek(&n, 5, JET_bitSeekEQ));
    OK(numbers_seek(&n, 4, JET_bitSeekEQ));
}

static void rollback_sends_cursors_back(void **state)
{
    struct fixture *f = *state;
    char name[JET_cbNameMost];
    struct numbers n;
    int32_t v = 5;

    numbers_make(f, &n);
    numbers_insert(&n, 1, 10, 100);
    numbers_insert(&n, 2, 20, 200);
    OK(MOVE(&n, JET_MoveLast));
    OK(JetBeginTransaction(f->session));
    OK(JetRollback(f->session, 0));
    numbers_are(&n, 2, 20, 200); /* not moved in that level */
    OK(JetBeginTransaction(f->session));
    OK(MOVE(&n, JET_MoveLast));
    OK(JetRollback(f->session, 0));
    numbers_err(&n, JET_errNoCurrentRecord);
    OK(MOVE(&n, JET_MoveNext));
    numbers_are(&n, 1, 10, 100);
    OK(JetBeginTransaction(f->session));
    OK(JetSetCurrentIndexA(f->session, n.table, "plain"));
    OK(MOVE(&n, JET_MoveLast));
    OK(JetPrepareUpdate(f->session, n.table, JET_prepReplace));
    OK(JetRollback(f->session, 0));
    OK(JetGetCurrentIndexA(f->session, n.table, name, sizeof name));
    assert_string_equal(name, "clustered");
    GIVES(JET_errUpdateNotPrepared, JetSetColumn(f->session, n.table, n.data1, &v, 4, 0, NULL));
    OK(JetBeginTransaction(f->session));
    OK(numbers_seek(&n, 1, JET_bitSeekEQ));
    OK(JetPrepareUpdate(f->session, n.table, JET_prepReplace));
    OK(JetCommitTransaction(f->session, 0)); /* goes down with its level */
    OK(JetSetColumn(f->session, n.table, n.data1, &v, 4, 0, NULL));
    OK(JetUpdate(f->session, n.table, NULL, 0, NULL));
    numbers_are(&n, 1, 5, 100);
}

static void level_zero_is_optimistic(void **state)
{
    struct fixture *f = *state;
    struct numbers n, m;
    struct other o;
    int32_t v = 9;

    numbers_make(f, &n);
    numbers_insert(&n, 1, 10, 100);
    numbers_share(f, &n, &o, &m);
    OK(JetPrepareUpdate(n.session, n.table, JET_prepReplace));
    OK(JetSetColumn(n.session, n.table, n.data1, &v, 4, 0, NULL));
    OK(MOVE(&m, JET_MoveFirst));
    numbers_replace(&m, 50, 500);
    GIVES(JET_errWriteConflict, JetUpdate(n.session, n.table, NULL, 0, NULL));
    OK(JetPrepareUpdate(n.session, n.table, JET_prepCancel));
    numbers_are(&n, 1, 50, 500);
    numbers_replace(&n, 60, 600);
    numbers_are(&m, 1, 60, 600);
    GIVES(JET_errNotInTransaction, JetGetLock(n.session, n.table, JET_bitReadLock));
    other_down(&o);
}

/* ReplaceNoLock locks at the update, so that the first to update wins. */
static void no_lock_meets_at_the_update(void **state)
{
    struct fixture *f = *state;
    struct numbers n, m;
    struct other o;
    int32_t v = 300;

    numbers_make(f, &n);
    numbers_insert(&n, 10, 100, 1000);
    numbers_share(f, &n, &o, &m);
    OK(JetBeginTransaction(n.session));
    OK(JetBeginTransaction(m.session));
    OK(MOVE(&n, JET_MoveFirst));
    OK(MOVE(&m, JET_MoveFirst));
    OK(JetPrepareUpdate(n.session, n.table, JET_prepReplaceNoLock));
    OK(JetPrepareUpdate(m.session, m.table, JET_prepReplaceNoLock));
    OK(JetSetColumn(m.session, m.table, m.data1, &v, 4, 0, NULL));
    OK(JetSetColumn(n.session, n.table, n.data1, &v, 4, 0, NULL));
    OK(JetUpdate(m.session, m.table, NULL, 0, NULL));
    GIVES(JET_errWriteConflict, JetUpdate(n.session, n.table, NULL, 0, NULL));
    GIVES(JET_errWriteConflict, JetGetCursorInfo(n.session, n.table, NULL, 0, 0));
    OK(JetCommitTransaction(n.session, 0));
    OK(JetCommitTransaction(m.session, 0));
    numbers_are(&n, 10, 300, 1000);
    other_down(&o);
}

static void read_only_transactions_write_nothing(void **state)
{
    struct fixture *f = *state;
    struct numbers n;

    numbers_make(f, &n);
    numbers_insert(&n, 1, 10, 100);
    OK(JetCommitTransaction(f->session, 0));
    OK(JetBeginTransaction2(f->session, JET_bitTransactionReadOnly));
    OK(MOVE(&n, JET_MoveFirst));
    numbers_are(&n, 1, 10, 100);
    GIVES(JET_errTransReadOnly, JetDelete(n.session, n.table));
    OK(JetCommitTransaction(f->session, 0));
}

static void a_failed_update_stays_prepared(void **state)
{
    struct fixture *f = *state;
    struct numbers n;
    int32_t v = 1;

    numbers_make(f, &n);
    index_make(f->session, n.table, "unique", "+data2\0", 8, JET_bitIndexUnique);
    numbers_insert(&n, 1, 10, 100);
    GIVES(JET_errKeyDuplicate, numbers_try_insert(&n, 2, 20, 100)); /* of the secondary index */
    OK(JetSetCurrentIndexA(n.session, n.table, "plain"));
    OK(MOVE(&n, JET_MoveFirst));
    GIVES(JET_errNoCurrentRecord, MOVE(&n, JET_MoveNext)); /* nothing of it is left */
    OK(JetSetCurrentIndexA(n.session, n.table, NULL));
    OK(JetPrepareUpdate(n.session, n.table, JET_prepInsert));
    OK(JetSetColumn(n.session, n.table, n.key, &v, 4, 0, NULL));
    GIVES(JET_errKeyDuplicate, JetUpdate(n.session, n.table, NULL, 0, NULL));
    v = 2;
    OK(JetSetColumn(n.session, n.table, n.key, &v, 4, 0, NULL));
    OK(JetUpdate(n.session, n.table, NULL, 0, NULL));
    OK(numbers_seek(&n, 2, JET_bitSeekEQ));
}

/* What the engine adds to a row by itself it adds once, however often the update is tried. */
static void a_replace_may_be_tried_again(void **state)
{
    struct fixture *f = *state;
    JET_TABLEID t = 0;
    JET_COLUMNID key, version, total, unique;
    int32_t v = 0, one = 1, two = 2;

    OK(JetCreateTableA(f->session, f->db, "own", 0, 100, &t));
    key = add(f->session, t, "key", JET_coltypLong, 0, NULL, 0);
    version = add(f->session, t, "version", JET_coltypLong, JET_bitColumnVersion, NULL, 0);
    total = add(f->session, t, "total", JET_coltypLong, JET_bitColumnEscrowUpdate, "\5\0\0\0", 4);
    unique = add(f->session, t, "unique", JET_coltypLong, 0, NULL, 0);
    index_make(f->session, t, "p", "+key\0", 6, JET_bitIndexPrimary);
    index_make(f->session, t, "u", "+unique\0", 9, JET_bitIndexUnique);
    for (int32_t i = 1; i <= 2; i++) {
        OK(JetPrepareUpdate(f->session, t, JET_prepInsert));
        OK(JetSetColumn(f->session, t, key, &i, 4, 0, NULL));
        OK(JetSetColumn(f->session, t, unique, &i, 4, 0, NULL));
        OK(JetUpdate(f->session, t, NULL, 0, NULL));
    }
    OK(JetMove(f->session, t, JET_MoveFirst, 0));
    OK(JetEscrowUpdate(f->session, t, total, &one, 4, NULL, 0, NULL, 0));
    OK(JetPrepareUpdate(f->session, t, JET_prepReplace));
    OK(JetSetColumn(f->session, t, unique, &two, 4, 0, NULL));
    for (unsigned i = 0; i < 3; i++)
        GIVES(JET_errKeyDuplicate, JetUpdate(f->session, t, NULL, 0, NULL));
    OK(JetSetColumn(f->session, t, unique, &one, 4, 0, NULL));
    OK(JetUpdate(f->session, t, NULL, 0, NULL));
    OK(JetRetrieveColumn(f->session, t, version, &v, 4, NULL, 0, NULL));
    assert_int_equal(v, 1);
    OK(JetRetrieveColumn(f->session, t, total, &v, 4, NULL, 0, NULL));
    assert_int_equal(v, 6);
}

static void what_is_durable_survives(void **state)
{
    struct fixture *f = *state;
    struct numbers n;

    numbers_make(f, &n);
    numbers_insert(&n, 1, 10, 100);
    OK(JetCommitTransaction(f->session, 0));
    OK(JetBeginTransaction(f->session));
    numbers_insert(&n, 2, 20, 200);
    OK(JetCommitTransaction(f->session, JET_bitCommitLazyFlush));
    OK(JetCommitTransaction(f->session, JET_bitWaitLastLevel0Commit));
    OK(JetBeginTransaction(f->session));
    numbers_insert(&n, 3, 30, 300);
    fixture_stop(f, JET_bitTermDirty);
    fixture_start(f, false);
    numbers_open(f->session, f->db, &n);
    OK(MOVE(&n, JET_MoveLast));
    numbers_are(&n, 2, 20, 200);
    numbers_insert(&n, 3, 30, 300);
    fixture_stop(f, JET_bitTermComplete);
    fixture_start(f, false);
    numbers_open(f->session, f->db, &n);
    OK(MOVE(&n, JET_MoveLast));
    numbers_are(&n, 3, 30, 300);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(escrow_updates_commute),
        CASE(snapshots_do_not_move),
        CASE(levels_nest),
        CASE(rollback_sends_cursors_back),
        CASE(level_zero_is_optimistic),
        CASE(no_lock_meets_at_the_update),
        CASE(read_only_transactions_write_nothing),
        CASE(a_failed_update_stays_prepared),
        CASE(a_replace_may_be_tried_again),
        CASE(what_is_durable_survives),
    };

    return cmocka_run_group_tests_name("jet_txn", tests, NULL, NULL);
}

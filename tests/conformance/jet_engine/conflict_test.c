/* SPDX-License-Identifier: Apache-2.0
 *
 * conflict_test.c - who conflicts with whom (ese-api 7): one table of what one session does, what
 * another does then to the same row or table, and what it hears
 *
 * Each cell is tried twice: while the first transaction is open, and when it has committed after the
 * second one's snapshot. Afterwards the database agrees with itself (fixture_down), and what the
 * second one was told to have done is there.
 */
#include "fixture.h"

#include <stdlib.h>

enum deed {
    INSERT,  /* a row with the key 2 */
    REPLACE, /* row 1 */
    DELETE,  /* row 1 */
    READ_LOCK,
    WRITE_LOCK,
    ESCROW,
    ADD_COLUMN,
    ADD_INDEX,
    DEEDS
};

static const char *const names[DEEDS] = {"insert",     "replace", "delete",     "read lock",
                                         "write lock", "escrow",  "add column", "add index"};

#define C JET_errWriteConflict
#define D JET_errKeyDuplicate

/* Rows: what is done first. Columns: what another session does then. */
static const JET_ERR while_open[DEEDS][DEEDS] = {
    /*              ins rep del rlk wlk esc col idx */
    [INSERT] = {C, 0, 0, 0, 0, 0, 0, C},     [REPLACE] = {0, C, C, C, C, C, 0, C},
    [DELETE] = {0, C, C, C, C, C, 0, C},     [READ_LOCK] = {0, C, C, 0, C, C, 0, 0},
    [WRITE_LOCK] = {0, C, C, C, C, C, 0, 0}, [ESCROW] = {0, C, C, C, C, 0, 0, C},
    [ADD_COLUMN] = {0, 0, 0, 0, 0, 0, C, C}, [ADD_INDEX] = {C, C, C, 0, 0, C, C, C},
};

static const JET_ERR committed_since[DEEDS][DEEDS] = {
    /*              ins rep del rlk wlk esc col idx */
    [INSERT] = {D, 0, 0, 0, 0, 0, 0, C},     [REPLACE] = {0, C, C, C, C, C, 0, C},
    [DELETE] = {0, C, C, C, C, C, 0, C},     [READ_LOCK] = {0, 0, 0, 0, 0, 0, 0, 0},
    [WRITE_LOCK] = {0, 0, 0, 0, 0, 0, 0, 0}, [ESCROW] = {0, C, C, C, C, 0, 0, C},
    [ADD_COLUMN] = {0, 0, 0, 0, 0, 0, C, C}, [ADD_INDEX] = {C, C, C, 0, 0, C, C, C},
};

struct actor {
    JET_SESID session;
    JET_TABLEID table;
    JET_COLUMNID key, value, count;
};

static void actor_open(const struct fixture *f, JET_SESID session, JET_DBID db, struct actor *a)
{
    (void)f;
    a->session = session;
    OK(JetOpenTableA(session, db, "t", NULL, 0, 0, &a->table));
}

static void make_table(const struct fixture *f, struct actor *a)
{
    int32_t zero = 0, one = 1;
    JET_TABLEID table;

    OK(JetCreateTableA(f->session, f->db, "t", 0, 100, &table));
    a->key = add(f->session, table, "key", JET_coltypLong, 0, NULL, 0);
    a->value = add(f->session, table, "value", JET_coltypLong, 0, NULL, 0);
    a->count = add(f->session, table, "count", JET_coltypLong, JET_bitColumnEscrowUpdate, &zero, 4);
    index_make(f->session, table, "p", "+key\0", 6, JET_bitIndexPrimary);
    OK(JetPrepareUpdate(f->session, table, JET_prepInsert));
    OK(JetSetColumn(f->session, table, a->key, &one, 4, 0, NULL));
    OK(JetUpdate(f->session, table, NULL, 0, NULL));
    OK(JetCloseTable(f->session, table));
}

static JET_ERR put(const struct actor *a, unsigned long prep, int32_t key)
{
    int32_t value = 7;
    JET_ERR err = JetPrepareUpdate(a->session, a->table, prep);

    if (err == JET_errSuccess && prep == JET_prepInsert)
        err = JetSetColumn(a->session, a->table, a->key, &key, 4, 0, NULL);
    if (err == JET_errSuccess)
        err = JetSetColumn(a->session, a->table, a->value, &value, 4, 0, NULL);
    if (err == JET_errSuccess)
        err = JetUpdate(a->session, a->table, NULL, 0, NULL);
    if (err != JET_errSuccess)
        (void)JetPrepareUpdate(a->session, a->table, JET_prepCancel);
    return err;
}

static JET_ERR act(const struct actor *a, enum deed deed)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    int32_t one = 1;
    JET_COLUMNID id;

    switch (deed) {
    case INSERT: return put(a, JET_prepInsert, 2);
    case REPLACE: return put(a, JET_prepReplace, 1);
    case DELETE: return JetDelete(a->session, a->table);
    case READ_LOCK: return JetGetLock(a->session, a->table, JET_bitReadLock);
    case WRITE_LOCK: return JetGetLock(a->session, a->table, JET_bitWriteLock);
    case ESCROW: return JetEscrowUpdate(a->session, a->table, a->count, &one, 4, NULL, 0, NULL, 0);
    case ADD_COLUMN: return JetAddColumnA(a->session, a->table, "new", &def, NULL, 0, &id);
    case ADD_INDEX: return JetCreateIndexA(a->session, a->table, "by_value", 0, "+value\0", 8, 100);
    case DEEDS: break;
    }
    return JET_errInvalidParameter;
}

/* What the second one did is there once it has committed. */
static void is_done(const struct actor *a, enum deed deed)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def};
    unsigned long rows = 0;
    int32_t key = 2;

    if (deed == INSERT) {
        OK(JetMakeKey(a->session, a->table, &key, 4, JET_bitNewKey));
        OK(JetSeek(a->session, a->table, JET_bitSeekEQ));
    }
    if (deed == ADD_COLUMN)
        OK(JetGetTableColumnInfoA(a->session, a->table, "new", &def, sizeof def, JET_ColInfo));
    if (deed == ADD_INDEX) {
        OK(JetSetCurrentIndexA(a->session, a->table, "by_value"));
        OK(JetMove(a->session, a->table, JET_MoveFirst, 0));
        OK(JetIndexRecordCount(a->session, a->table, &rows, 0));
        assert_true(rows > 0);
    }
}

static bool cell(const struct fixture *f, enum deed first, enum deed then, bool committed)
{
    JET_ERR want = committed ? committed_since[first][then] : while_open[first][then], got;
    struct actor a = {.key = 0}, b;
    struct other o;

    OK(JetBeginTransaction(f->session));
    make_table(f, &a);
    OK(JetCommitTransaction(f->session, 0));
    other_up(f, &o);
    b = a;
    actor_open(f, f->session, f->db, &a);
    actor_open(f, o.session, o.db, &b);
    OK(JetBeginTransaction(a.session));
    OK(JetBeginTransaction(b.session));
    OK(JetMove(a.session, a.table, JET_MoveFirst, 0));
    OK(JetMove(b.session, b.table, JET_MoveFirst, 0)); /* its snapshot is taken */
    OK(act(&a, first));
    if (committed)
        OK(JetCommitTransaction(a.session, 0));
    got = act(&b, then);
    if (got != want)
        print_error("%s%s, then %s: %d, not %d\n", names[first], committed ? ", committed" : "",
                    names[then], got, want);
    if (got != JET_errSuccess && first != ADD_INDEX) /* alive all the same */
        OK(put(&b, JET_prepInsert, 60));
    if (!committed)
        OK(JetCommitTransaction(a.session, 0));
    OK(got == JET_errSuccess ? JetCommitTransaction(b.session, 0) : JetRollback(b.session, 0));
    if (got == JET_errSuccess && !(first == DELETE && then == ADD_INDEX))
        is_done(&b, then);
    OK(JetCloseTable(a.session, a.table));
    other_down(&o);
    fixture_check(f);
    OK(JetDeleteTableA(f->session, f->db, "t"));
    return got == want;
}

static void table_of_conflicts(void **state, bool committed)
{
    struct fixture *f = *state;
    unsigned wrong = 0;

    OK(JetCommitTransaction(f->session, 0));
    for (int first = 0; first < DEEDS; first++)
        for (int then = 0; then < DEEDS; then++)
            wrong += !cell(f, (enum deed)first, (enum deed)then, committed);
    assert_int_equal(wrong, 0);
}

static void conflicts_while_open(void **state)
{
    table_of_conflicts(state, false);
}

static void conflicts_committed_since(void **state)
{
    table_of_conflicts(state, true);
}

/* What a session does itself is in nobody's way: a lock and escrow updates of one transaction. */
static void one_session_does_not_conflict(void **state)
{
    struct fixture *f = *state;
    struct actor a = {.key = 0};

    make_table(f, &a);
    actor_open(f, f->session, f->db, &a);
    OK(JetMove(a.session, a.table, JET_MoveFirst, 0));
    for (int first = READ_LOCK; first <= ESCROW; first++)
        for (int then = READ_LOCK; then <= ESCROW; then++) {
            OK(act(&a, (enum deed)first));
            OK(act(&a, (enum deed)then));
            OK(JetCommitTransaction(a.session, 0));
            OK(JetBeginTransaction(a.session));
        }
    OK(JetBeginTransaction(a.session)); /* rows of an inner level that is undone */
    OK(act(&a, INSERT));
    OK(JetRollback(a.session, 0));
    OK(act(&a, REPLACE));
    OK(act(&a, ADD_INDEX));
    OK(JetCloseTable(a.session, a.table));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(conflicts_while_open),
        CASE(conflicts_committed_since),
        CASE(one_session_does_not_conflict),
    };

    return cmocka_run_group_tests_name("jet_conflict", tests, NULL, NULL);
}

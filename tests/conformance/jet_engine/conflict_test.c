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
    DELETE_COLUMN, /* one that no index has */
    DELETE_INDEX,
    SET_DEFAULT,
    RENAME_COLUMN, /* never in a transaction */
    DEEDS
};

static const char *const names[DEEDS] = {
    "insert",     "replace",   "delete",        "read lock",    "write lock",  "escrow",
    "add column", "add index", "delete column", "delete index", "set default", "rename column"};

#define C JET_errWriteConflict
#define D JET_errKeyDuplicate
#define T JET_errInTransaction

/* Rows: what is done first. Columns: what another session does then. */
static const JET_ERR while_open[DEEDS][DEEDS] = {
    /*                 ins rep del rlk wlk esc +c +x -c -x def ren */
    [INSERT] = {C, 0, 0, 0, 0, 0, 0, C, 0, C, 0, T},
    [REPLACE] = {0, C, C, C, C, C, 0, C, 0, C, 0, T},
    [DELETE] = {0, C, C, C, C, C, 0, C, 0, C, 0, T},
    [READ_LOCK] = {0, C, C, 0, C, C, 0, 0, 0, 0, 0, T},
    [WRITE_LOCK] = {0, C, C, C, C, C, 0, 0, 0, 0, 0, T},
    [ESCROW] = {0, C, C, C, C, 0, 0, C, 0, C, 0, T},
    [ADD_COLUMN] = {0, 0, 0, 0, 0, 0, C, C, C, C, C, T},
    [ADD_INDEX] = {C, C, C, 0, 0, C, C, C, C, C, C, T},
    [DELETE_COLUMN] = {0, 0, 0, 0, 0, 0, C, C, C, C, C, T},
    [DELETE_INDEX] = {C, C, C, 0, 0, C, C, C, C, C, C, T},
    [SET_DEFAULT] = {0, 0, 0, 0, 0, 0, C, C, C, C, C, T},
};

static const JET_ERR committed_since[DEEDS][DEEDS] = {
    /*                 ins rep del rlk wlk esc +c +x -c -x def ren */
    [INSERT] = {D, 0, 0, 0, 0, 0, 0, C, 0, 0, 0, T},
    [REPLACE] = {0, C, C, C, C, C, 0, C, 0, 0, 0, T},
    [DELETE] = {0, C, C, C, C, C, 0, C, 0, 0, 0, T},
    [READ_LOCK] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, T},
    [WRITE_LOCK] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, T},
    [ESCROW] = {0, C, C, C, C, 0, 0, C, 0, 0, 0, T},
    [ADD_COLUMN] = {0, 0, 0, 0, 0, 0, C, C, C, C, C, T},
    [ADD_INDEX] = {C, C, C, 0, 0, C, C, C, C, C, C, T},
    [DELETE_COLUMN] = {0, 0, 0, 0, 0, 0, C, C, C, C, C, T},
    [DELETE_INDEX] = {C, C, C, 0, 0, C, C, C, C, C, C, T},
    [SET_DEFAULT] = {0, 0, 0, 0, 0, 0, C, C, C, C, C, T},
    [RENAME_COLUMN] = {0, 0, 0, 0, 0, 0, C, C, C, C, C, T},
};

struct actor {
    JET_SESID session;
    JET_DBID db;
    JET_TABLEID table;
    JET_COLUMNID key, value, count;
};

static void actor_open(const struct fixture *f, JET_SESID session, JET_DBID db, struct actor *a)
{
    (void)f;
    a->session = session;
    a->db = db;
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
    add(f->session, table, "spare", JET_coltypLong, 0, NULL, 0);
    add(f->session, table, "other", JET_coltypLong, 0, NULL, 0);
    index_make(f->session, table, "p", "+key\0", 6, JET_bitIndexPrimary);
    index_make(f->session, table, "down", "-key\0", 6, 0);
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
    case DELETE_COLUMN: return JetDeleteColumnA(a->session, a->table, "spare");
    case DELETE_INDEX: return JetDeleteIndexA(a->session, a->table, "down");
    case SET_DEFAULT: return JetSetColumnDefaultValueA(a->session, a->db, "t", "other", &one, 4, 0);
    case RENAME_COLUMN: return JetRenameColumnA(a->session, a->table, "other", "another", 0);
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
    if (deed == DELETE_COLUMN)
        GIVES(JET_errColumnNotFound,
              JetGetTableColumnInfoA(a->session, a->table, "spare", &def, sizeof def, JET_ColInfo));
    if (deed == DELETE_INDEX)
        GIVES(JET_errIndexNotFound, JetSetCurrentIndexA(a->session, a->table, "down"));
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
    if (first != RENAME_COLUMN)
        OK(JetBeginTransaction(a.session));
    OK(JetBeginTransaction(b.session));
    OK(JetMove(a.session, a.table, JET_MoveFirst, 0));
    OK(JetMove(b.session, b.table, JET_MoveFirst, 0)); /* its snapshot is taken */
    OK(act(&a, first));
    if (committed && first != RENAME_COLUMN)
        OK(JetCommitTransaction(a.session, 0));
    got = act(&b, then);
    if (got != want)
        print_error("%s%s, then %s: %d, not %d\n", names[first], committed ? ", committed" : "",
                    names[then], got, want);
    if (got != JET_errSuccess && first != ADD_INDEX &&
        first != DELETE_INDEX) /* alive all the same */
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
    for (int first = 0; first < (committed ? DEEDS : RENAME_COLUMN); first++)
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

/* ---- tables as a whole ---- */

enum table_deed { OPEN, DROP, RENAME, CREATE, CREATE_NEW, TABLE_DEEDS };

static const char *const table_names[TABLE_DEEDS] = {"open", "delete", "rename",
                                                     "create the old name", "create the new name"};

#define L JET_errTableLocked
#define A JET_errTableDuplicate

/* Another session's transaction deletes t, or renames it to u; this one has its snapshot, and nobody
 * a cursor. */
static const struct {
    enum table_deed first;
    bool committed;
    JET_ERR want[TABLE_DEEDS];
} whole_tables[] = {
    /*                 open delete rename t u */
    {DROP, false, {L, L, L, C, 0}},
    {DROP, true, {0, C, C, C, 0}}, /* its snapshot has the table */
    {RENAME, false, {0, C, C, C, C}},
    {RENAME, true, {0, C, C, C, A}},
};

static JET_ERR act_on_table(JET_SESID session, JET_DBID db, enum table_deed deed)
{
    JET_TABLEID table = JET_tableidNil;
    JET_ERR err = JET_errInvalidParameter;

    switch (deed) {
    case OPEN: err = JetOpenTableA(session, db, "t", NULL, 0, 0, &table); break;
    case DROP: err = JetDeleteTableA(session, db, "t"); break;
    case RENAME: err = JetRenameTableA(session, db, "t", "u"); break;
    case CREATE: err = JetCreateTableA(session, db, "t", 0, 80, &table); break;
    case CREATE_NEW: err = JetCreateTableA(session, db, "u", 0, 80, &table); break;
    case TABLE_DEEDS: break;
    }
    if (err == JET_errSuccess && deed == OPEN)
        OK(JetMove(session, table, JET_MoveFirst, 0)); /* with its row */
    if (err == JET_errSuccess && table != JET_tableidNil)
        OK(JetCloseTable(session, table));
    return err;
}

static bool table_cell(const struct fixture *f, size_t row, enum table_deed then)
{
    JET_ERR want = whole_tables[row].want[then], got;
    struct actor a = {.key = 0};
    JET_TABLEID beside = 0;
    struct other o;

    OK(JetBeginTransaction(f->session));
    make_table(f, &a);
    OK(JetCreateTableA(f->session, f->db, "beside", 0, 80, &beside));
    OK(JetCloseTable(f->session, beside));
    OK(JetCommitTransaction(f->session, 0));
    other_up(f, &o);
    OK(JetBeginTransaction(o.session));
    OK(JetOpenTableA(o.session, o.db, "beside", NULL, 0, 0, &beside)); /* its snapshot */
    OK(JetBeginTransaction(f->session));
    OK(act_on_table(f->session, f->db, whole_tables[row].first));
    if (whole_tables[row].committed)
        OK(JetCommitTransaction(f->session, 0));
    got = act_on_table(o.session, o.db, then);
    if (got != want)
        print_error("%s%s, then %s: %d, not %d\n", table_names[whole_tables[row].first],
                    whole_tables[row].committed ? ", committed" : "", table_names[then], got, want);
    OK(JetRollback(o.session, 0));
    other_down(&o);
    if (!whole_tables[row].committed)
        OK(JetRollback(f->session, 0));
    fixture_check(f);
    OK(JetDeleteTableA(f->session, f->db, "beside"));
    if (whole_tables[row].first == RENAME || !whole_tables[row].committed)
        OK(JetDeleteTableA(f->session, f->db, whole_tables[row].committed ? "u" : "t"));
    return got == want;
}

static void tables_conflict_as_a_whole(void **state)
{
    struct fixture *f = *state;
    unsigned wrong = 0;

    OK(JetCommitTransaction(f->session, 0));
    for (size_t row = 0; row < sizeof whole_tables / sizeof *whole_tables; row++)
        for (int then = 0; then < TABLE_DEEDS; then++)
            wrong += !table_cell(f, row, (enum table_deed)then);
    assert_int_equal(wrong, 0);
}

/* And the other way round: whoever has the table open keeps it as it is. */
static void open_tables_stay(void **state)
{
    struct fixture *f = *state;
    struct actor a = {.key = 0};
    struct other o;

    make_table(f, &a);
    OK(JetCommitTransaction(f->session, 0));
    other_up(f, &o);
    for (int deed = INSERT; deed < RENAME_COLUMN; deed++) {
        OK(JetBeginTransaction(f->session));
        actor_open(f, f->session, f->db, &a);
        OK(JetMove(a.session, a.table, JET_MoveFirst, 0));
        OK(act(&a, (enum deed)deed));
        GIVES(JET_errTableInUse, JetDeleteTableA(o.session, o.db, "t"));
        GIVES(JET_errTableInUse, JetRenameTableA(o.session, o.db, "t", "u"));
        OK(JetRollback(f->session, 0));
    }
    /* without a cursor what is written is in the way all the same */
    OK(JetBeginTransaction(f->session));
    actor_open(f, f->session, f->db, &a);
    OK(act(&a, ADD_COLUMN));
    OK(JetCloseTable(f->session, a.table));
    GIVES(JET_errWriteConflict, JetDeleteTableA(o.session, o.db, "t"));
    GIVES(JET_errWriteConflict, JetRenameTableA(o.session, o.db, "t", "u"));
    OK(JetCommitTransaction(f->session, 0));
    OK(JetRenameTableA(o.session, o.db, "t", "u"));
    OK(JetDeleteTableA(o.session, o.db, "u"));
    other_down(&o);
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
        CASE(conflicts_while_open),          CASE(conflicts_committed_since),
        CASE(tables_conflict_as_a_whole),    CASE(open_tables_stay),
        CASE(one_session_does_not_conflict),
    };

    return cmocka_run_group_tests_name("jet_conflict", tests, NULL, NULL);
}

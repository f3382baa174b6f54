/* SPDX-License-Identifier: Apache-2.0
 *
 * sharing.c - who has a table, an index or a database for itself, and what the others get
 */
#include "kit.h"

/* A table "key", "data", with indexes "p" and "by_data", that nobody has open. */
static void table_make(void)
{
    JET_TABLEID table = table_new();

    (void)column_new(table, "key", JET_coltypLong, 0);
    (void)column_new(table, "data", JET_coltypLong, 0);
    INDEX_NEW(table, "p", "+key", JET_bitIndexPrimary);
    INDEX_NEW(table, "by_data", "+data", 0);
    OK(JetCloseTable(kit.session, table));
}

static JET_ERR open_table(const struct other *who, JET_GRBIT grbit, JET_TABLEID *table)
{
    return JetOpenTableA(who->session, who->db, kit.table, NULL, 0, grbit, table);
}

static JET_TABLEID opened(const struct other *who, JET_GRBIT grbit)
{
    JET_TABLEID table = 0;

    OK(open_table(who, grbit, &table));
    return table;
}

static struct other ourselves(void)
{
    return (struct other){.session = kit.session, .db = kit.db};
}

/* ---- tables ---- */

enum { PLAIN, READS, DENIES_WRITE, READS_DENIES_WRITE, DENIES_READ, WAYS };

static const JET_GRBIT ways[WAYS] = {
    [READS] = JET_bitTableReadOnly,
    [DENIES_WRITE] = JET_bitTableDenyWrite,
    [READS_DENIES_WRITE] = JET_bitTableReadOnly | JET_bitTableDenyWrite,
    [DENIES_READ] = JET_bitTableDenyRead,
};

#define LOCKED JET_errTableLocked
#define IN_USE JET_errTableInUse

/* What an open in the way of the column gets while a cursor is open in the way of the row. */
static const JET_ERR of_another_session[WAYS][WAYS] = {
    [PLAIN] = {0, 0, IN_USE, IN_USE, IN_USE},
    [READS] = {0, 0, 0, 0, IN_USE},
    [DENIES_WRITE] = {LOCKED, 0, LOCKED, IN_USE, LOCKED},
    [READS_DENIES_WRITE] = {LOCKED, 0, LOCKED, IN_USE, LOCKED},
    [DENIES_READ] = {LOCKED, LOCKED, LOCKED, LOCKED, LOCKED},
};
static const JET_ERR of_the_same_session[WAYS][WAYS] = {
    [DENIES_WRITE] = {0, 0, IN_USE, IN_USE, 0},
    [READS_DENIES_WRITE] = {0, 0, IN_USE, IN_USE, 0},
};

static void opens_are(const struct other *holder, const JET_ERR want[WAYS][WAYS])
{
    const struct other us = ourselves();

    for (int held = 0; held < WAYS; held++)
        for (int asked = 0; asked < WAYS; asked++) {
            JET_TABLEID has = opened(holder, ways[held]), table = 0;
            JET_ERR err = open_table(&us, ways[asked], &table);

            if (err != want[held][asked])
                fail_msg("way %d beside %d gave %d, not %d", asked, held, err, want[held][asked]);
            if (!err)
                OK(JetCloseTable(us.session, table));
            OK(JetCloseTable(holder->session, has));
        }
}

static void beside_another_session(const void *arg)
{
    struct other other;

    (void)arg;
    table_make();
    other_begin(&other);
    opens_are(&other, of_another_session);
}

static void beside_oneself(const void *arg)
{
    const struct other us = ourselves();

    (void)arg;
    table_make();
    opens_are(&us, of_the_same_session);
}

static void whoever_denies_writing_may_write(const void *arg)
{
    const struct other us = ourselves();
    JET_TABLEID table;

    (void)arg;
    table_make();
    table = opened(&us, JET_bitTableDenyWrite);
    begin();
    prepare(table, JET_prepInsert);
    set_long(table, column_id(table, "key"), 1);
    update(table);
    commit();
}

/* Deleting, and as deleting renaming, wants the table for itself. */
static void deletes_give(JET_ERR want)
{
    GIVES(want, JetDeleteTableA(kit.session, kit.db, kit.table));
    GIVES(want, JetRenameTableA(kit.session, kit.db, kit.table, "another"));
}

static void tables_in_use_stay(const void *arg)
{
    const struct other us = ourselves();
    struct other other;
    JET_TABLEID table;

    (void)arg;
    table_make();
    other_begin(&other);
    table = opened(&us, 0);
    deletes_give(JET_errTableInUse);
    OK(JetCloseTable(us.session, table));
    table = opened(&other, JET_bitTableReadOnly);
    deletes_give(JET_errTableInUse);
    OK(JetCloseTable(other.session, table));
    table = opened(&other, JET_bitTableDenyRead);
    deletes_give(JET_errTableLocked);
    OK(JetCloseTable(other.session, table));
    OK(JetDeleteTableA(kit.session, kit.db, kit.table));
}

static void a_table_being_deleted_is_locked(const void *arg)
{
    const struct other us = ourselves();
    struct other other;
    JET_TABLEID table;

    (void)arg;
    table_make();
    other_begin(&other);
    OK(JetBeginTransaction(other.session));
    OK(JetDeleteTableA(other.session, other.db, kit.table));
    GIVES(JET_errTableLocked, open_table(&us, JET_bitTableReadOnly, &table));
    deletes_give(JET_errTableLocked);
    OK(JetRollback(other.session, 0));
    OK(JetCloseTable(us.session, opened(&us, 0)));
}

static void flags_that_exclude_each_other(const void *arg)
{
    const struct other us = ourselves();
    JET_TABLEID table;

    (void)arg;
    table_make();
    GIVES(JET_errInvalidGrbit,
          open_table(&us, JET_bitTableReadOnly | JET_bitTableUpdatable, &table));
    GIVES(JET_errInvalidGrbit, open_table(&us, JET_bitTablePermitDDL, &table));
    OK(JetCloseTable(us.session, opened(&us, JET_bitTablePermitDDL | JET_bitTableDenyRead)));
}

/* ---- indexes ---- */

static void an_index_in_use_stays(const struct other *who)
{
    const struct other us = ourselves();
    JET_TABLEID table = opened(&us, 0), theirs = opened(who, 0);

    OK(JetSetCurrentIndexA(who->session, theirs, "by_data"));
    GIVES(JET_errIndexInUse, JetDeleteIndexA(us.session, table, "by_data"));
    begin();
    GIVES(JET_errIndexInUse, JetDeleteIndexA(us.session, table, "by_data"));
    commit();
    OK(JetSetCurrentIndexA(who->session, theirs, NULL));
    OK(JetDeleteIndexA(us.session, table, "by_data"));
    INDEX_NEW(table, "by_data", "+data", 0);
    OK(JetSetCurrentIndexA(who->session, theirs, "by_data"));
    OK(JetCloseTable(who->session, theirs));
    OK(JetDeleteIndexA(us.session, table, "by_data"));
    INDEX_NEW(table, "by_data", "+data", 0);
    OK(JetCloseTable(us.session, table));
}

static void indexes_in_use_stay(const void *arg)
{
    const struct other us = ourselves();
    struct other other;

    (void)arg;
    table_make();
    an_index_in_use_stays(&us);
    other_begin(&other);
    an_index_in_use_stays(&other);
}

/* The rollback of the level in which it was chosen puts the cursor on the primary one again. */
static void an_index_chosen_and_taken_back(const void *arg)
{
    const struct other us = ourselves();
    struct other other;
    JET_TABLEID table, theirs;

    (void)arg;
    table_make();
    other_begin(&other);
    table = opened(&us, 0);
    theirs = opened(&other, 0);
    OK(JetBeginTransaction(other.session));
    OK(JetSetCurrentIndexA(other.session, theirs, "by_data"));
    GIVES(JET_errIndexInUse, JetDeleteIndexA(us.session, table, "by_data"));
    OK(JetRollback(other.session, 0));
    OK(JetDeleteIndexA(us.session, table, "by_data"));
}

/* ---- databases ---- */

/* A database beside the kit's, that nobody has open. */
static const char *database_make(void)
{
    static char name[128];
    JET_DBID db = 0;

    snprintf(name, sizeof name, "%s.alone", kit.database);
    OK(JetCreateDatabaseA(kit.session, name, NULL, &db, JET_bitDbOverwriteExisting));
    OK(JetCloseDatabase(kit.session, db, 0));
    return name;
}

static void a_database_for_itself(const void *arg)
{
    const char *name = database_make();
    struct other other;
    JET_DBID db = 0, theirs = 0;

    (void)arg;
    other_begin(&other);
    OK(JetOpenDatabaseA(other.session, name, NULL, &theirs, JET_bitDbExclusive));
    GIVES(JET_errDatabaseLocked, JetOpenDatabaseA(kit.session, name, NULL, &db, 0));
    GIVES(JET_errDatabaseLocked,
          JetOpenDatabaseA(kit.session, name, NULL, &db, JET_bitDbExclusive));
    GIVES(JET_errDatabaseInUse,
          JetOpenDatabaseA(other.session, name, NULL, &theirs, JET_bitDbExclusive));
    OK(JetOpenDatabaseA(other.session, name, NULL, &theirs, 0)); /* it may again */
    GIVES(JET_errDatabaseInUse, JetDetachDatabaseA(kit.session, name));
    OK(JetCloseDatabase(other.session, theirs, 0)); /* with its first close it has it like others */
    OK(JetOpenDatabaseA(kit.session, name, NULL, &db, 0));
    GIVES(JET_errDatabaseInUse, JetOpenDatabaseA(kit.session, name, NULL, &db, JET_bitDbExclusive));
    OK(JetCloseDatabase(kit.session, db, 0));
    GIVES(JET_errDatabaseInUse, JetOpenDatabaseA(kit.session, name, NULL, &db, JET_bitDbExclusive));
    OK(JetCloseDatabase(other.session, theirs, 0));
    OK(JetOpenDatabaseA(kit.session, name, NULL, &db, JET_bitDbExclusive));
    OK(JetCloseDatabase(kit.session, db, 0));
    OK(JetDetachDatabaseA(kit.session, name));
}

static const struct a_case cases[] = {
    {"tables beside another session", "who shuts others out, and who would: -1302 and -1304",
     beside_another_session},
    {"tables beside oneself", "of one's own cursors only one may keep writers out", beside_oneself},
    {"whoever keeps writers out", "may write", whoever_denies_writing_may_write},
    {"tables in use", "are neither deleted nor renamed", tables_in_use_stay},
    {"a table that is being deleted", "is another session's", a_table_being_deleted_is_locked},
    {"flags of opening", "those that exclude each other are refused",
     flags_that_exclude_each_other},
    {"indexes in use", "an index that a cursor of any session has chosen stays",
     indexes_in_use_stay},
    {"an index chosen in a level", "is left with its rollback", an_index_chosen_and_taken_back},
    {"a database for itself", "JET_bitDbExclusive wants it unopened, and shuts others out",
     a_database_for_itself},
};

void add_sharing(void)
{
    kit_add_all("exclusive use", cases, COUNT(cases));
}

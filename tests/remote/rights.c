/* SPDX-License-Identifier: Apache-2.0
 *
 * rights.c - every routine of jet.idl, called once by whoever the environment names
 *
 *     rights ADDRESS               each routine on the database `a.edb`, whose table `t` has a column
 *                                  `id` and a row, one line each: `ROUTINE ERROR`, `ROUTINE fault STATUS`
 *     rights ADDRESS stolen USER   opens an instance as HOLDFAST_USER and uses its handle as USER, with
 *                                  the same password: `stolen STATUS`; with "-" as the user that has
 *                                  opened it, at a lower level
 *
 * What a routine says of its arguments does not matter here, but whether it was let in: a routine that
 * is refused gives JET_errAccessDenied (-1907).
 */
#include "jet.h"

#include "remote/credentials.h"

#include <esent.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRY(routine, ...)                                                  \
    do {                                                                   \
        RpcTryExcept                                                       \
        {                                                                  \
            printf(#routine " %d\n", (int)c_JetRpc##routine(__VA_ARGS__)); \
        }                                                                  \
        RpcExcept(1)                                                       \
        {                                                                  \
            printf(#routine " fault %d\n", (int)RpcExceptionCode());       \
        }                                                                  \
        RpcEndExcept(void)                                                 \
        fflush(stdout);                                                    \
    } while (0)

static RPC_BINDING_HANDLE binding;
static JET_RPC_INSTANCE instance;
static JET_RPC_SESSION session;
static JET_RPC_TABLE table;
static uint32_t database;

static RPC_BINDING_HANDLE bind_to(const char *address)
{
    RPC_BINDING_HANDLE b = NULL;

    if (RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t)address, &b) != RPC_S_OK ||
        remote_credentials(b, address) != RPC_S_OK)
        exit(2);
    return b;
}

/* ---- the routines, by what they work on ---- */

static void databases(void)
{
    JET_RPC_DATABASE_INFO info = {0};
    JET_RPC_NAMES names = {0};
    uint32_t made = 0;

    TRY(ListDatabases, instance, &names);
    TRY(CreateDatabase, session, "made.edb", 0, 0, &made);
    TRY(AttachDatabase, session, "a.edb", 0, 0);
    TRY(OpenDatabase, session, "a.edb", 0, &database);
    TRY(DatabaseInfo, session, database, &info);
}

static void tables(void)
{
    JET_RPC_COLUMN id = {.name = (char *)(uintptr_t) "id", .coltyp = JET_coltypLong};
    JET_RPC_TABLE_DEF def = {.name = (char *)(uintptr_t) "new",
                             .pages = 1,
                             .density = 80,
                             .column_count = 1,
                             .columns = &id};
    JET_RPC_TABLE_DEF told = {0}, told_too = {0};
    JET_RPC_MADE made = {0};
    JET_RPC_NAMES names = {0};
    JET_RPC_BYTES none = {0};
    JET_RPC_TABLE created = NULL;
    boolean writable = 0;

    TRY(CreateTable, session, database, &def, &made, &writable, &created);
    TRY(DeleteTable, session, database, "nosuch");
    TRY(RenameTable, session, database, "nosuch", "new");
    TRY(SetDefault, session, database, "nosuch", "id", &none);
    TRY(ListTables, session, database, &names);
    TRY(DescribeTable, session, database, "t", &told);
    TRY(OpenTable, session, database, "t", 0, &writable, &table);
    if (table)
        TRY(DescribeCursor, session, table, &told_too);
}

static void schema(void)
{
    JET_RPC_COLUMN column = {.name = (char *)(uintptr_t) "more", .coltyp = JET_coltypLong};
    JET_RPC_INDEXES indexes = {0};
    JET_RPC_MADE made = {0};
    uint32_t id = 0;

    TRY(AddColumn, session, table, &column, &id);
    TRY(DeleteColumn, session, table, "nosuch", 0);
    TRY(RenameColumn, session, table, "nosuch", "new");
    TRY(CreateIndexes, session, table, &indexes, &made);
    TRY(DeleteIndex, session, table, "nosuch");
}

static void moves(void)
{
    JET_RPC_WANT want = {0};
    JET_RPC_ROWS rows = {0}, found = {0}, gone_to = {0};
    JET_RPC_SEARCH key = {0};
    JET_RPC_CONDITION no_condition = {0};
    JET_RPC_KEY a = {0}, b = {0}, c = {0};
    JET_RPC_TABLE copy = NULL;
    boolean writable = 0;
    int64_t before = 0, total = 0, count = 0;
    JET_RPC_RANGE no_range = {0};
    JET_RPC_NAMES no_names = {0};
    uint32_t read = 0;

    TRY(DupCursor, session, table, &writable, &copy);
    TRY(Move, session, table, 0, JET_MoveFirst, 0, &want, &rows);
    TRY(SetIndex, session, table, 0, NULL, 0, 0);
    TRY(MakeKey, session, table, &key);
    TRY(Seek, session, table, &key, JET_bitSeekEQ, &want, &found);
    TRY(SetRange, session, table, 0, &key, JET_bitRangeRemove);
    TRY(GetBookmark, session, table, 0, &a, &b, 0);
    TRY(Goto, session, table, &a, &b, 0, 0, &want, &gone_to);
    TRY(RetrieveKey, session, table, 0, &key, 0, &c);
    TRY(GetPosition, session, table, 0, &before, &total);
    TRY(GotoPosition, session, table, before, total);
    TRY(Count, session, table, 0, 0, &count);
    TRY(CheckRow, session, table, 0);
    TRY(SetFilter, session, table, 0, 0, &no_condition);
    TRY(PrereadKeys, session, table, 0, &c, JET_bitPrereadForward, &read);
    TRY(PrereadRanges, session, table, 0, &no_range, 0, &read, JET_bitPrereadForward, 0, &read);
    TRY(PrereadTables, session, database, &no_names);
}

static void rows(void)
{
    JET_RPC_SETS none = {0};
    JET_RPC_SET no_set = {0};
    JET_RPC_ENUM_ASK no_column = {0};
    JET_RPC_KEY delta = {0}, old = {0}, bookmark = {0};
    JET_RPC_ASK ask = {.columnid = 1, .max = 4};
    JET_RPC_GOT got = {0};
    JET_RPC_ENUM found = {0};
    JET_RPC_LOADED loaded = {0};
    boolean prepared = 0;
    uint32_t whole = 0;
    int64_t sizes[11];
    int32_t errs = 0;

    TRY(Prepare, session, table, 0, JET_prepInsert);
    TRY(Prepare, session, table, 0, JET_prepCancel);
    TRY(SetColumns, session, table, 0, JET_prepInsert, 0, &no_set, &errs, &prepared);
    TRY(Update, session, table, 0, JET_RPC_PREPARED, &none, 0, 0, &prepared, &bookmark, &whole);
    TRY(Escrow, session, table, 0, 1, &delta, 0, 0, &old, &whole);
    TRY(Lock, session, table, 0, JET_bitReadLock);
    TRY(Delete, session, table, 0);
    TRY(Load, session, table, JET_prepInsert, 1, &none, &loaded);
    TRY(Retrieve, session, table, 0, 1, &ask, &got);
    TRY(Enumerate, session, table, 0, 0, &no_column, 100, 0, &found);
    TRY(RecordSize, session, table, 0, 0, sizes);
}

static void own(void)
{
    JET_RPC_COLUMN column = {.coltyp = JET_coltypLong};
    JET_RPC_INDEX collation = {0};
    JET_RPC_TABLE temporary = NULL;
    JET_RPC_COMMIT_ID id = {0};
    uint32_t columnid = 0, outcome = 0;

    TRY(OpenTempTable, session, 1, &column, &collation, 0, &columnid, &temporary);
    if (temporary)
        TRY(CloseTable, session, &temporary);
    TRY(CommitStatus, instance, &id, &outcome);
    TRY(Rollback, session, 1);
    TRY(Begin, session, 0, 0);
    TRY(Commit, session, 0, 0, &id);
    TRY(Harden, session, JET_bitWaitLastLevel0Commit);
    TRY(CloseDatabase, session, database);
    TRY(DetachDatabase, session, "a.edb");
}

static void backups(void)
{
    JET_RPC_BACKUP backup = NULL;
    JET_RPC_NAMES names = {0};
    JET_RPC_PIECE piece = {0};
    uint32_t first = 0, count = 0;
    int64_t size = 0;

    TRY(BackupStop, instance);
    TRY(BackupBegin, instance, 0, &backup);
    if (!backup)
        return;
    TRY(BackupDatabases, backup, &names);
    TRY(BackupOpenDatabase, backup, "nosuch", &size);
    TRY(BackupLogs, backup, &first, &count);
    TRY(BackupOpenLog, backup, first, &size);
    TRY(BackupRead, backup, &piece);
    TRY(BackupCloseFile, backup);
    TRY(BackupEnd, &backup, JET_RPC_BACKUP_ABANDONED);
}

static void looks(void)
{
    JET_RPC_SIGHT sight = {0};
    JET_RPC_COUNTERS counters = {0};

    TRY(Look, binding, 0, &sight);
    TRY(Counters, binding, &counters);
}

static void all(void)
{
    JET_RPC_OPENED opened = {0};

    looks();
    TRY(Open, binding, JET_WIRE_VERSION, "rights", &opened, &instance);
    if (!instance)
        exit(0);
    TRY(BeginSession, instance, &session);
    databases();
    TRY(Begin, session, 0, 0);
    tables();
    if (table) {
        schema();
        moves();
        rows();
    }
    own();
    backups();
    TRY(EndSession, &session);
    TRY(Close, &instance);
}

/* ---- somebody else's handle ---- */

static void stolen(const char *address, const char *user)
{
    JET_RPC_OPENED opened = {0};
    JET_RPC_COMMIT_ID id = {0};
    RPC_STATUS status = RPC_S_OK;
    uint32_t outcome = 0;

    TRY(Open, binding, JET_WIRE_VERSION, "rights", &opened, &instance);
    if (strcmp(user, "-") != 0)
        (void)setenv("HOLDFAST_USER", user, 1);
    else
        (void)setenv("HOLDFAST_AUTH_LEVEL", "integrity", 1);
    status = RpcSsGetContextBinding(instance, &binding);
    if (status == RPC_S_OK)
        status = remote_credentials(binding, address);
    printf("changed %d\n", (int)status);
    TRY(CommitStatus, instance, &id, &outcome);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    binding = bind_to(argv[1]);
    if (argc == 4 && !strcmp(argv[2], "stolen"))
        stolen(argv[1], argv[3]);
    else
        all();
    (void)fflush(stdout);
    _exit(0); /* what the stubs have made goes with the process */
}

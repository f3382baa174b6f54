/* SPDX-License-Identifier: Apache-2.0
 *
 * preread.c - what was read ahead of its being asked for is answered when no file can be read any more
 *
 *     preread FOLDER SWITCH setup    makes a database with the tables `t` and `other`
 *     preread FOLDER SWITCH WAY      reads ahead by keys, back (a secondary index), ranges, down (ranges
 *                                    backward), values (long ones), tables; makes the file SWITCH, while
 *                                    which is there reads of the store's files fail; asks
 *
 * In the folder, or at HOLDFAST_ADDRESS.
 *
 * At the very moment the store may put files together, which are in no cache then: so all of it is tried
 * anew, TRIES times at most. Nothing but reading ahead reads in between.
 */
#include <esent.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS  400 /* of PAD octets, some to a block */
#define AHEAD 10  /* that are read ahead */
#define PAD   1000
#define LARGE 20000 /* octets of a value that lies apart */
#define TRIES 10

#define OK(call) must((call), #call, __LINE__)

static JET_INSTANCE instance = JET_instanceNil;
static JET_SESID session;
static JET_DBID db;
static JET_TABLEID table;
static JET_COLUMNID key, pad, large;
static const char *switch_path;

static void no_reads(bool on)
{
    FILE *f = on ? fopen(switch_path, "w") : NULL;

    if (on ? !f || fclose(f) != 0 : unlink(switch_path) != 0)
        exit(2);
}

static _Noreturn void fail(const char *what, long got, int line)
{
    (void)unlink(switch_path);
    printf("line %d: %s gave %ld\n", line, what, got);
    exit(1);
}

static void must(JET_ERR err, const char *what, int line)
{
    if (err != JET_errSuccess)
        fail(what, err, line);
}

static JET_COLUMNID column(const char *name)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def};

    OK(JetGetTableColumnInfoA(session, table, name, &def, sizeof def, JET_ColInfo));
    return def.columnid;
}

/* ---- the tables ---- */

static void start(const char *folder, bool create)
{
    char path[4096], name[4096];

    (void)snprintf(path, sizeof path, "%s/", folder);
    (void)snprintf(name, sizeof name, "%s%sahead.db", getenv("HOLDFAST_ADDRESS") ? "" : folder,
                   getenv("HOLDFAST_ADDRESS") ? "" : "/");
    OK(JetCreateInstanceA(&instance, "preread"));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramSystemPath, 0, path));
    OK(JetInit(&instance));
    OK(JetBeginSessionA(instance, &session, NULL, NULL));
    if (create) {
        OK(JetCreateDatabaseA(session, name, NULL, &db, 0));
        return;
    }
    OK(JetAttachDatabaseA(session, name, 0));
    OK(JetOpenDatabaseA(session, name, NULL, &db, 0));
}

static void make(const char *name)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    static char octets[LARGE];

    OK(JetCreateTableA(session, db, name, 0, 100, &table));
    OK(JetAddColumnA(session, table, "key", &def, NULL, 0, &key));
    def.coltyp = JET_coltypLongBinary;
    OK(JetAddColumnA(session, table, "pad", &def, NULL, 0, &pad));
    OK(JetAddColumnA(session, table, "large", &def, NULL, 0, &large));
    OK(JetCreateIndexA(session, table, "p", JET_bitIndexPrimary, "+key\0", 6, 100));
    OK(JetCreateIndexA(session, table, "back", 0, "-key\0", 6, 100));
    OK(JetBeginTransaction(session));
    for (int32_t n = 0; n < ROWS; n++) {
        for (size_t i = 0; i < sizeof octets; i++) /* nothing that compresses well */
            octets[i] = (char)((i * 2654435761u + (size_t)n * 40503u) >> 13);
        OK(JetPrepareUpdate(session, table, JET_prepInsert));
        OK(JetSetColumn(session, table, key, &n, sizeof n, 0, NULL));
        OK(JetSetColumn(session, table, pad, octets, PAD, JET_bitSetIntrinsicLV, NULL));
        OK(JetSetColumn(session, table, large, octets, LARGE, JET_bitSetSeparateLV, NULL));
        OK(JetUpdate(session, table, NULL, 0, NULL));
    }
    OK(JetCommitTransaction(session, 0));
    OK(JetCloseTable(session, table));
}

static void open_table(void)
{
    OK(JetOpenTableA(session, db, "t", NULL, 0, 0, &table));
    key = column("key");
    pad = column("pad");
    large = column("large");
}

/* ---- asking ---- */

static JET_ERR look_up(int32_t n, JET_COLUMNID what)
{
    static char octets[LARGE];
    unsigned long size = 0;
    JET_ERR err;

    OK(JetMakeKey(session, table, &n, sizeof n, JET_bitNewKey));
    err = JetSeek(session, table, JET_bitSeekEQ);
    return err ? err
               : JetRetrieveColumn(session, table, what, octets, sizeof octets, &size, 0, NULL);
}

/* Of AHEAD rows, how many are there. */
static unsigned count_answers(int32_t first, JET_COLUMNID what)
{
    unsigned answers = 0;

    no_reads(true);
    for (int32_t n = first; n < first + AHEAD; n++) {
        JET_ERR err = look_up(n, what);

        if (err != JET_errDiskIO)
            OK(err);
        answers += err == JET_errSuccess;
    }
    no_reads(false);
    return answers;
}

static void preread_keys(const char *index, int32_t first)
{
    static unsigned char room[AHEAD][JET_cbKeyMost];
    const void *keys[AHEAD];
    unsigned long sizes[AHEAD];
    long done = 0;

    OK(JetSetCurrentIndexA(session, table, index));
    for (int32_t i = 0; i < AHEAD; i++) {
        int32_t n = first + (index ? AHEAD - 1 - i : i); /* as the index ascends */

        OK(JetMakeKey(session, table, &n, sizeof n, JET_bitNewKey));
        OK(JetRetrieveKey(session, table, room[i], sizeof room[i], &sizes[i], JET_bitRetrieveCopy));
        keys[i] = room[i];
    }
    OK(JetPrereadKeys(session, table, keys, sizes, AHEAD, &done, JET_bitPrereadForward));
    if (done != AHEAD)
        fail("keys read", done, __LINE__);
    OK(JetSetCurrentIndexA(session, table, index));
}

static void preread_ranges(int32_t first, JET_GRBIT grbit, const JET_COLUMNID *ids,
                           unsigned long id_count)
{
    int32_t low = first, middle = first + AHEAD / 2, next = middle + 1, high = first + AHEAD - 1;
    JET_INDEX_COLUMN columns[] = {{.columnid = key, .pv = &low, .cb = 4},
                                  {.columnid = key, .pv = &middle, .cb = 4},
                                  {.columnid = key, .pv = &next, .cb = 4},
                                  {.columnid = key, .pv = &high, .cb = 4}};
    JET_INDEX_RANGE up[] = {{&columns[0], 1, &columns[1], 1}, {&columns[2], 1, &columns[3], 1}};
    JET_INDEX_RANGE down[] = {{&columns[3], 1, &columns[2], 1}, {&columns[1], 1, &columns[0], 1}};
    unsigned long done = 0;

    OK(JetPrereadIndexRanges(session, table, grbit & JET_bitPrereadForward ? up : down, 2, &done,
                             ids, id_count, grbit));
    if (done != 2)
        fail("ranges read", (long)done, __LINE__);
}

/* Opened, and on its first row. */
static bool opens(const char *name, bool to_its_end)
{
    JET_TABLEID opened = 0;
    JET_ERR err;

    no_reads(true);
    err = JetOpenTableA(session, db, name, NULL, 0, 0, &opened);
    if (!err)
        err = JetMove(session, opened, JET_MoveFirst, 0);
    if (!err && to_its_end)
        err = JetMove(session, opened, JET_MoveLast, 0);
    no_reads(false);
    if (opened)
        OK(JetCloseTable(session, opened));
    if (err != JET_errDiskIO)
        OK(err);
    return !err;
}

static bool preread_tables(void)
{
    static WCHAR t[] = {'t', 0}, none[] = {'n', 'o', 'n', 'e', 0};
    JET_PCWSTR names[] = {none, t};

    OK(JetPrereadTablesW(session, db, names, 2, 0));
    return opens("t", false);
}

static void preread_rows(const char *way)
{
    if (!strcmp(way, "keys"))
        preread_keys(NULL, 0);
    else if (!strcmp(way, "back"))
        preread_keys("back", 0);
    else if (!strcmp(way, "ranges"))
        preread_ranges(0, JET_bitPrereadForward, NULL, 0);
    else if (!strcmp(way, "down"))
        preread_ranges(0, JET_bitPrereadBackward, NULL, 0);
    else
        preread_ranges(0, JET_bitPrereadForward, &large, 1);
}

static void try_tables(void)
{
    bool answered = false;

    for (unsigned i = 0; i < TRIES && !answered; i++)
        answered = preread_tables();
    if (!answered)
        fail("a table that was read ahead", 0, __LINE__);
    if (opens("other", true))
        fail("a table that was not read ahead", 0, __LINE__);
}

static void try_rows(const char *way)
{
    JET_COLUMNID what;
    unsigned answers = 0;

    open_table();
    what = strcmp(way, "values") ? pad : large;
    (void)look_up(ROWS - 1, pad); /* what the store reads of itself */
    for (unsigned i = 0; i < TRIES && answers < AHEAD; i++) {
        preread_rows(way);
        answers = count_answers(0, what);
    }
    if (answers < AHEAD)
        fail("reading what was read ahead", answers, __LINE__);
    if (count_answers(ROWS / 2, what) == AHEAD)
        fail("reading what was not read ahead", AHEAD, __LINE__);
}

int main(int argc, char **argv)
{
    bool set_up = argc == 4 && !strcmp(argv[3], "setup");

    if (argc != 4)
        return 2;
    switch_path = argv[2];
    start(argv[1], set_up);
    if (set_up) {
        make("t");
        make("other");
    } else if (!strcmp(argv[3], "tables"))
        try_tables();
    else
        try_rows(argv[3]);
    OK(JetTerm(instance));
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * twin_test.c - one random program on a folder and at a server's address: every answer is the same
 *
 * N7, N8 and N11 at once: whatever is read ahead, kept back or sent later must not show. Two sessions
 * with two cursors each do one step after the other on both sides; results, values, bookmarks, keys and
 * counts are compared. The seed is printed; TWIN_SEED repeats one run, TWIN_ROUNDS makes more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <esent.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STEPS    4000
#define SESSIONS 2
#define CURSORS  2
#define KEYS     40
#define ANSWER   4096

struct cursor {
    JET_TABLEID table;
    bool open;
};

struct side {
    const char *name;
    JET_INSTANCE instance;
    JET_SESID sessions[SESSIONS];
    JET_DBID dbs[SESSIONS];
    struct cursor cursors[SESSIONS][CURSORS];
    JET_COLUMNID id, group, text, big;
    uint8_t bookmark[256];
    unsigned long bookmark_size;
    char answer[ANSWER]; /* of the step: everything that came out */
};

static uint64_t state;

static uint32_t draw(uint32_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

/* ---- what a step says ---- */

static void say(struct side *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct side *s, const char *format, ...)
{
    size_t have = strlen(s->answer);
    va_list args;

    va_start(args, format);
    (void)vsnprintf(s->answer + have, sizeof s->answer - have, format, args);
    va_end(args);
}

static void say_octets(struct side *s, const void *data, unsigned long size)
{
    for (unsigned long i = 0; i < size && i < 64; i++)
        say(s, "%02x", ((const uint8_t *)data)[i]);
    say(s, "/%lu ", size);
}

/* ---- setting up ---- */

static void must(JET_ERR err, const char *what)
{
    if (err < 0)
        fail_msg("%s gave %d", what, err);
}

static JET_COLUMNID add(JET_SESID session, JET_TABLEID t, const char *name, JET_COLTYP type,
                        JET_GRBIT grbit)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = type, .cp = 1252, .grbit = grbit};
    JET_COLUMNID id = 0;

    if (type != JET_coltypLongText)
        def.cp = 0;
    must(JetAddColumnA(session, t, name, &def, NULL, 0, &id), "JetAddColumn");
    return id;
}

static void set_up(struct side *s, const char *address, const char *database)
{
    JET_TABLEID t = 0;

    s->instance = JET_instanceNil;
    must(JetCreateInstanceA(&s->instance, s->name), "JetCreateInstance");
    must(JetSetSystemParameterA(&s->instance, 0, JET_paramSystemPath, 0, address), "path");
    must(JetSetSystemParameterA(&s->instance, 0, JET_paramLogFilePath, 0, address), "path");
    must(JetInit(&s->instance), "JetInit");
    for (int i = 0; i < SESSIONS; i++)
        must(JetBeginSessionA(s->instance, &s->sessions[i], NULL, NULL), "session");
    must(JetCreateDatabaseA(s->sessions[0], database, NULL, &s->dbs[0], 0), "database");
    for (int i = 1; i < SESSIONS; i++)
        must(JetOpenDatabaseA(s->sessions[i], database, NULL, &s->dbs[i], 0), "database");
    must(JetCreateTableA(s->sessions[0], s->dbs[0], "twin", 0, 100, &t), "table");
    s->id = add(s->sessions[0], t, "id", JET_coltypLong, JET_bitColumnNotNULL);
    s->group = add(s->sessions[0], t, "group", JET_coltypShort, 0);
    s->text = add(s->sessions[0], t, "text", JET_coltypLongText, JET_bitColumnTagged);
    s->big = add(s->sessions[0], t, "big", JET_coltypLongBinary,
                 JET_bitColumnTagged | JET_bitColumnMultiValued);
    must(JetCreateIndexA(s->sessions[0], t, "primary", JET_bitIndexPrimary, "+id\0", 5, 100), "i");
    must(JetCreateIndexA(s->sessions[0], t, "bygroup", 0, "+group\0", 8, 100), "i");
    must(JetCreateIndexA(s->sessions[0], t, "bytext", 0, "-text\0+id\0", 11, 100), "i");
    must(JetCloseTable(s->sessions[0], t), "close");
}

static void tear_down(struct side *s)
{
    for (int i = 0; i < SESSIONS; i++) {
        (void)JetRollback(s->sessions[i], JET_bitRollbackAll);
        must(JetEndSession(s->sessions[i], 0), "JetEndSession");
    }
    must(JetTerm(s->instance), "JetTerm");
}

/* ---- steps: `a` to `d` are the same numbers on both sides ---- */

struct step {
    unsigned session, cursor;
    uint32_t a, b, c, d;
};

typedef void act(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table);

static void look(struct side *s, JET_SESID session, JET_TABLEID table, JET_COLUMNID id,
                 JET_GRBIT grbit, unsigned long max)
{
    uint8_t buffer[512] = {0};
    unsigned long size = 0;
    JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = 1};
    JET_ERR err = JetRetrieveColumn(session, table, id, buffer, max, &size, grbit, &info);

    say(s, "%d:", err);
    if (err >= 0) {
        say_octets(s, buffer, size < max ? size : max);
        say(s, "of %lu, %u ", size, info.columnidNextTagged);
    }
}

static void read_row(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    look(s, session, table, s->id, 0, 4);
    if (p->a % 2)
        look(s, session, table, s->group, 0, 2);
    if (p->a % 3)
        look(s, session, table, s->text, 0, p->b % 64);
    if (p->a % 5 == 0)
        look(s, session, table, s->big, 0, p->b % 512);
}

static void read_copy(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    look(s, session, table, p->a % 2 ? s->id : s->text, JET_bitRetrieveCopy, 64);
}

static void move_on(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    unsigned times = 1 + p->a % 12;
    long by = p->b % 8 ? 1 : -1;

    if (p->c % 4 == 0)
        by = -by;
    for (unsigned i = 0; i < times; i++) {
        JET_ERR err = JetMove(session, table, by, 0);

        say(s, "%d ", err);
        if (!err && p->d % 3)
            look(s, session, table, s->id, 0, 4);
    }
}

static void move_far(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    static const long by[] = {(long)JET_MoveFirst, JET_MoveLast, 0, 2, -2, 7, -7};

    say(s, "%d ", JetMove(session, table, by[p->a % 7], p->b % 9 ? 0 : JET_bitMoveKeyNE));
}

static void make_key(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    char name[65] = "";
    int32_t id = (int32_t)(p->a % KEYS);
    int16_t group = (int16_t)(p->a % 5);
    char text[2] = {(char)('a' + p->a % 6), 0};

    say(s, "%d ", JetGetCurrentIndexA(session, table, name, sizeof name));
    say(s, "%s ", name);
    if (!strcmp(name, "bygroup"))
        say(s, "%d ", JetMakeKey(session, table, &group, p->d % 11 ? 2 : 3, JET_bitNewKey));
    else if (!strcmp(name, "bytext"))
        say(s, "%d ",
            JetMakeKey(session, table, text, 1,
                       JET_bitNewKey | (p->d % 5 ? 0 : JET_bitFullColumnStartLimit)));
    else
        say(s, "%d ", JetMakeKey(session, table, &id, 4, p->d % 17 ? JET_bitNewKey : 0));
    if (p->d % 2 && !strcmp(name, "bytext"))
        say(s, "%d ", JetMakeKey(session, table, &id, 4, 0));
}

static void seek(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    static const JET_GRBIT how[] = {JET_bitSeekEQ, JET_bitSeekGE,
                                    JET_bitSeekGT, JET_bitSeekLE,
                                    JET_bitSeekLT, JET_bitSeekEQ | JET_bitSetIndexRange};

    if (p->c % 13)
        make_key(s, p, session, table);
    say(s, "%d ", JetSeek(session, table, how[p->b % 6]));
    look(s, session, table, s->id, 0, 4);
}

static void range(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    JET_GRBIT grbit =
        (p->b % 2 ? JET_bitRangeUpperLimit : 0) | (p->b % 3 ? JET_bitRangeInclusive : 0);

    if (p->c % 9 == 0)
        grbit = JET_bitRangeRemove;
    else
        make_key(s, p, session, table);
    say(s, "%d ", JetSetIndexRange(session, table, grbit));
}

static void choose(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    static const char *const names[] = {"bygroup", "bytext", "primary", NULL, "nosuch"};

    say(s, "%d ",
        JetSetCurrentIndex2A(session, table, names[p->a % (p->c % 7 ? 4 : 5)],
                             p->b % 3 ? JET_bitMoveFirst : JET_bitNoMove));
}

static void places(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    uint8_t buffer[512];
    unsigned long size = 0, count = 0;
    JET_ERR err = JetRetrieveKey(session, table, buffer, sizeof buffer, &size,
                                 p->a % 4 ? 0 : JET_bitRetrieveCopy);

    say(s, "key %d:", err);
    if (err >= 0)
        say_octets(s, buffer, size);
    err = JetIndexRecordCount(session, table, &count, p->b % 30);
    say(s, "count %d:%lu ", err, err ? 0 : count);
    size = 0;
    err = JetGetBookmark(session, table, buffer, p->c % 5 ? sizeof buffer : 2, &size);
    say(s, "bookmark %d:", err);
    if (err == 0) {
        say_octets(s, buffer, size);
        memcpy(s->bookmark, buffer, size);
        s->bookmark_size = size;
    }
}

static void go(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    (void)p;
    if (s->bookmark_size > 0)
        say(s, "%d ", JetGotoBookmark(session, table, s->bookmark, s->bookmark_size));
    look(s, session, table, s->id, 0, 4);
}

static void set_values(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    int16_t group = (int16_t)(p->b % 5);
    char text[64], big[3000];

    memset(text, 'a' + (int)(p->c % 6), sizeof text);
    memset(big, (int)p->d, sizeof big);
    say(s, "%d ", JetSetColumn(session, table, s->group, &group, p->a % 19 ? 2 : 1, 0, NULL));
    say(s, "%d ", JetSetColumn(session, table, s->text, text, p->c % sizeof text, 0, NULL));
    if (p->d % 4 == 0)
        say(s, "%d ", JetSetColumn(session, table, s->big, big, p->d % sizeof big, 0, NULL));
    if (p->d % 9 == 0)
        say(s, "%d ",
            JetSetColumn(session, table, s->big, big, p->a % 100, JET_bitSetAppendLV, NULL));
}

static void update(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    uint8_t buffer[256];
    unsigned long size = 0;
    JET_ERR err = JetUpdate(session, table, buffer, p->d % 13 ? sizeof buffer : 1, &size);

    say(s, "update %d:", err);
    if (err >= 0)
        say_octets(s, buffer, size);
    else if (p->a % 3)
        say(s, "%d ", JetPrepareUpdate(session, table, JET_prepCancel));
}

static void insert(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    int32_t id = (int32_t)(p->a % KEYS);
    JET_ERR err = JetPrepareUpdate(session, table, JET_prepInsert);

    say(s, "%d ", err);
    if (p->b % 23)
        say(s, "%d ", JetSetColumn(session, table, s->id, &id, sizeof id, 0, NULL));
    set_values(s, p, session, table);
    if (p->c % 7 == 0)
        read_copy(s, p, session, table);
    if (p->c % 11)
        update(s, p, session, table);
}

static void replace(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    static const unsigned long preps[] = {JET_prepReplace, JET_prepReplaceNoLock,
                                          JET_prepInsertCopy, JET_prepCancel};

    say(s, "%d ", JetPrepareUpdate(session, table, preps[p->a % (p->b % 5 ? 2 : 4)]));
    set_values(s, p, session, table);
    if (p->c % 11)
        update(s, p, session, table);
}

static void erase(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    (void)p;
    say(s, "%d ", JetDelete(session, table));
}

static void lock(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    say(s, "%d ", JetGetLock(session, table, p->a % 2 ? JET_bitReadLock : JET_bitWriteLock));
}

static void filter(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    int16_t group = (int16_t)(p->b % 5);
    JET_INDEX_COLUMN condition = {.columnid = s->group,
                                  .relop = p->c % 2 ? JET_relopEquals : JET_relopGreaterThan,
                                  .pv = &group,
                                  .cb = sizeof group};

    say(s, "%d ",
        JetSetCursorFilter(session, table, p->a % 3 ? NULL : &condition, p->a % 3 ? 0 : 1, 0));
}

static void begin(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    (void)p;
    (void)table;
    say(s, "%d ", JetBeginTransaction(session));
}

static void commit(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    (void)p;
    (void)table;
    say(s, "%d ", JetCommitTransaction(session, JET_bitCommitLazyFlush));
}

static void rollback(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    struct cursor *cursors = s->cursors[p->session];

    (void)table;
    say(s, "%d ", JetRollback(session, p->a % 3 ? 0 : JET_bitRollbackAll));
    for (int i = 0; i < CURSORS; i++) /* those opened in the level are gone */
        if (cursors[i].open && JetMove(session, cursors[i].table, 0, 0) == JET_errInvalidTableId)
            cursors[i].open = false;
}

static void reopen(struct side *s, const struct step *p, JET_SESID session, JET_TABLEID table)
{
    struct cursor *c = &s->cursors[p->session][p->cursor];

    say(s, "%d ", JetCloseTable(session, table));
    c->open = false;
}

static const struct {
    act *act;
    const char *name;
    unsigned weight;
} acts[] = {
    {read_row, "read", 20}, {read_copy, "copy", 2},    {move_on, "move", 30},
    {move_far, "far", 8},   {seek, "seek", 14},        {range, "range", 6},
    {choose, "index", 5},   {places, "places", 8},     {go, "goto", 4},
    {insert, "insert", 14}, {replace, "replace", 10},  {erase, "delete", 5},
    {lock, "lock", 2},      {filter, "filter", 4},     {begin, "begin", 9},
    {commit, "commit", 7},  {rollback, "rollback", 4}, {reopen, "reopen", 1},
};
#define ACTS (sizeof acts / sizeof acts[0])

static unsigned choose_act(void)
{
    unsigned all = 0, at = 0;

    for (unsigned i = 0; i < ACTS; i++)
        all += acts[i].weight;
    at = draw(all);
    for (unsigned i = 0; i < ACTS; i++) {
        if (at < acts[i].weight)
            return i;
        at -= acts[i].weight;
    }
    return 0;
}

static void do_step(struct side *s, const struct step *p, unsigned which)
{
    struct cursor *c = &s->cursors[p->session][p->cursor];
    JET_SESID session = s->sessions[p->session];

    s->answer[0] = '\0';
    if (!c->open) {
        JET_ERR err = JetOpenTableA(session, s->dbs[p->session], "twin", NULL, 0, 0, &c->table);

        say(s, "open %d ", err);
        c->open = err >= 0;
        if (!c->open)
            return;
    }
    acts[which].act(s, p, session, c->table);
}

/* ---- the test ---- */

static char folder[64];
static unsigned round_number;

static void run(uint64_t seed)
{
    struct side twins[2] = {{.name = "twin-embedded"}, {.name = "twin-remote"}};
    char path[128], name[32];

    print_message("# seed %llu\n", (unsigned long long)seed);
    state = seed;
    snprintf(path, sizeof path, "%s/%u.edb", folder, round_number);
    snprintf(name, sizeof name, "twin%u.edb", round_number++);
    set_up(&twins[0], folder, path);
    set_up(&twins[1], getenv("TWIN_ADDRESS"), name);
    for (unsigned n = 0; n < STEPS; n++) {
        unsigned which = choose_act();
        struct step p = {draw(SESSIONS), draw(CURSORS),  draw(1u << 30),
                         draw(1u << 30), draw(1u << 30), draw(1u << 30)};

        do_step(&twins[0], &p, which);
        do_step(&twins[1], &p, which);
        if (getenv("TWIN_TRACE"))
            print_message("# %u: session %u cursor %u %s: %s\n", n, p.session, p.cursor,
                          acts[which].name, twins[0].answer);
        if (strcmp(twins[0].answer, twins[1].answer) != 0)
            fail_msg("seed %llu, step %u, session %u, cursor %u: %s\nembedded %s\nremote   %s",
                     (unsigned long long)seed, n, p.session, p.cursor, acts[which].name,
                     twins[0].answer, twins[1].answer);
    }
    tear_down(&twins[0]);
    tear_down(&twins[1]);
}

static void twins_answer_alike(void **unused)
{
    const char *seed = getenv("TWIN_SEED"), *rounds = getenv("TWIN_ROUNDS");
    unsigned count = rounds ? (unsigned)strtoul(rounds, NULL, 10) : 4;

    (void)unused;
    if (seed) {
        run(strtoull(seed, NULL, 10));
        return;
    }
    for (unsigned i = 0; i < count; i++)
        run(1000 + i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(twins_answer_alike)};
    char command[96];
    int failed = 0;

    /* one side is embedded: the address is this test's to give */
    setenv("TWIN_ADDRESS", getenv("HOLDFAST_ADDRESS") ? getenv("HOLDFAST_ADDRESS") : "", 1);
    unsetenv("HOLDFAST_ADDRESS");
    snprintf(folder, sizeof folder, "%s/hf-twin-XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    if (!mkdtemp(folder))
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) || failed;
}

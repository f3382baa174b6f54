/* SPDX-License-Identifier: Apache-2.0
 *
 * outcomes.c - what became of the commits that clients have named (jet-remote N2)
 *
 * Places. One counter orders instances as they open and commits as they are noted. A start of the server
 * begins a run of RUN places, further than any it has given out before; a row of `runs` says where and
 * has bits drawn for it. The mark of an instance is those bits and its place, so that a mark tells of
 * itself whether it is one of ours and what has been noted since.
 *
 * Rows of `commits`, by place: the mark and the number of the commit, the time, and the highest number
 * noted for its instance so far.
 *
 * Invariants
 *     O1  A commit's row is added in its own transaction, to the session's own cursor.
 *     O2  Rows are dropped in the order of their places, none at or behind a commit under way; `pruned`
 *         of the newest run, written with that, is no less than any place that was dropped.
 *     O3  What was dropped of an instance lies before its first row that is left, so its number is no
 *         higher than `highest` there.
 *
 * A number without a row was not committed if its instance is gone and none, or by O3 none so high, of
 * its rows has been dropped.
 *
 * Locks: `asking` is for the house's session here and its cursors; `lock`, inside it, for counter, commits
 * under way and instances that live. Neither is held while a client's transaction is worked in.
 */
#include "remote/outcomes.h"

#include "base/log.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define PLACE_BITS  48
#define PLACE_MASK  ((1ull << PLACE_BITS) - 1)
#define RUN         (1ull << 32)
#define PRUNE_BATCH 1024

/* A column of eight octets. */
struct column {
    const char *name;
    JET_COLUMNID id;
};

enum { PLACE, MARK, NUMBER, TIME, HIGHEST, COMMIT_COLUMNS };
enum { BASE, BITS, PRUNED, RUN_COLUMNS };

static struct column commit_columns[COMMIT_COLUMNS] = {
    {"place", 0}, {"mark", 0}, {"number", 0}, {"time", 0}, {"highest", 0}};
static struct column run_columns[RUN_COLUMNS] = {{"base", 0}, {"bits", 0}, {"pruned", 0}};

static pthread_mutex_t asking = PTHREAD_MUTEX_INITIALIZER;
static JET_SESID sesid;
static JET_DBID dbid;
static JET_TABLEID commits, runs;
static uint64_t pruned;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t bits, next, limit; /* of the run */
static struct list under_way = {&under_way, &under_way};
static struct list live = {&live, &live};
static atomic_uint_fast64_t kept; /* rows */

/* ---- rows of numbers ---- */

static JET_ERR get(JET_TABLEID table, const struct column *c, uint64_t *ret_value)
{
    return JetRetrieveColumn(sesid, table, c->id, ret_value, sizeof *ret_value, NULL, 0, NULL);
}

/* Adds a row in the session's transaction; `noted`, which may be NULL, gets its bookmark. */
static JET_ERR add(JET_SESID session, JET_TABLEID table, const struct column *columns,
                   unsigned count, const uint64_t *values, struct serve_noted *noted)
{
    JET_SETCOLUMN sets[COMMIT_COLUMNS];
    JET_ERR err = JetPrepareUpdate(session, table, JET_prepInsert);

    for (unsigned i = 0; i < count; i++)
        sets[i] = (JET_SETCOLUMN){.columnid = columns[i].id,
                                  .pvData = &values[i],
                                  .cbData = sizeof values[i],
                                  .itagSequence = 1};
    if (err >= 0)
        err = JetSetColumns(session, table, sets, count);
    if (err >= 0)
        err = noted ? JetUpdate(session, table, noted->bookmark, sizeof noted->bookmark,
                                &noted->bookmark_size)
                    : JetUpdate(session, table, NULL, 0, NULL);
    return err;
}

/* ---- the database ---- */

static JET_ERR make_table(const char *name, const struct column *columns, unsigned count)
{
    JET_COLUMNDEF def = {
        .cbStruct = sizeof def, .coltyp = JET_coltypLongLong, .grbit = JET_bitColumnNotNULL};
    char key[16] = "+";
    size_t size = strlen(columns[0].name) + 1;
    JET_TABLEID table = JET_tableidNil;
    JET_ERR err = JetCreateTableA(sesid, dbid, name, 1, 100, &table);

    memcpy(key + 1, columns[0].name, size);
    for (unsigned i = 0; i < count && err >= 0; i++) {
        JET_COLUMNID id = 0;

        err = JetAddColumnA(sesid, table, columns[i].name, &def, NULL, 0, &id);
    }
    if (err >= 0)
        err = JetCreateIndexA(sesid, table, "primary", JET_bitIndexPrimary, key, size + 2, 100);
    if (table != JET_tableidNil)
        (void)JetCloseTable(sesid, table);
    return err;
}

static JET_ERR make_tables(void)
{
    JET_ERR err = JetBeginTransaction(sesid);

    if (err < 0)
        return err;
    err = make_table("commits", commit_columns, COMMIT_COLUMNS);
    if (err >= 0)
        err = make_table("runs", run_columns, RUN_COLUMNS);
    if (err >= 0)
        return JetCommitTransaction(sesid, 0);
    (void)JetRollback(sesid, 0);
    return err;
}

static JET_ERR open_table(const char *name, struct column *columns, unsigned count,
                          JET_TABLEID *ret_table)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def};
    JET_ERR err = JetOpenTableA(sesid, dbid, name, NULL, 0, 0, ret_table);

    for (unsigned i = 0; i < count && err >= 0; i++) {
        err = JetGetTableColumnInfoA(sesid, *ret_table, columns[i].name, &def, sizeof def,
                                     JET_ColInfo);
        columns[i].id = def.columnid;
    }
    return err;
}

static JET_ERR open_database(const char *path)
{
    JET_ERR err = JetAttachDatabase2A(sesid, path, 0, 0);

    /* of another store: what that one knew is nothing here */
    if (err == JET_errFileNotFound || err == JET_errAttachedDatabaseMismatch)
        err = JetCreateDatabase2A(sesid, path, 0, &dbid, JET_bitDbOverwriteExisting);
    else if (err >= 0)
        err = JetOpenDatabaseA(sesid, path, NULL, &dbid, 0);
    if (err < 0)
        return err;
    err = open_table("commits", commit_columns, COMMIT_COLUMNS, &commits);
    if (err == JET_errObjectNotFound) { /* also of a start that was cut short */
        err = make_tables();
        if (err >= 0)
            err = open_table("commits", commit_columns, COMMIT_COLUMNS, &commits);
    }
    return err < 0 ? err : open_table("runs", run_columns, RUN_COLUMNS, &runs);
}

/* ---- runs ---- */

static JET_ERR read_last_run(uint64_t *ret_base)
{
    JET_ERR err = JetMove(sesid, runs, JET_MoveLast, 0);

    *ret_base = 0;
    pruned = 0;
    if (err == JET_errNoCurrentRecord)
        return JET_errSuccess;
    if (err >= 0)
        err = get(runs, &run_columns[BASE], ret_base);
    return err < 0 ? err : get(runs, &run_columns[PRUNED], &pruned);
}

/* With no more than a bit left of the places, it begins anew: all that was is unknown then. */
static JET_ERR forget_all(void)
{
    JET_ERR err = JetDeleteTableA(sesid, dbid, "commits");

    return err < 0 ? err : JetDeleteTableA(sesid, dbid, "runs");
}

static uint64_t draw_bits(void)
{
    UUID u;

    return UuidCreate(&u) == RPC_S_OK ? (u.Data1 & 0x7fff) | 1u : 1;
}

/* A new run, durable before any place of it is given out. `asking` is held, or nobody else is there. */
static JET_ERR begin_run(void)
{
    uint64_t base = 0, drawn = draw_bits();
    JET_ERR err = read_last_run(&base);

    base += RUN;
    if (err >= 0) {
        const uint64_t values[RUN_COLUMNS] = {base, drawn, pruned};

        err = add(sesid, runs, run_columns, RUN_COLUMNS, values, NULL);
    }
    if (err < 0)
        return err;
    pthread_mutex_lock(&lock);
    bits = drawn;
    next = base;
    limit = base + RUN;
    pthread_mutex_unlock(&lock);
    return JET_errSuccess;
}

static JET_ERR count_rows(void)
{
    unsigned long count = 0;
    JET_ERR err = JetMove(sesid, commits, JET_MoveFirst, 0);

    if (err >= 0)
        err = JetIndexRecordCount(sesid, commits, &count, 0);
    atomic_store(&kept, count);
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

JET_ERR serve_outcomes_start(void)
{
    size_t size = strlen(serve.folder) + 1 + sizeof OUTCOMES_DATABASE;
    char *path = mem_alloc(size);
    uint64_t base = 0;
    JET_ERR err = path ? JET_errSuccess : JET_errOutOfMemory;

    if (!err)
        (void)snprintf(path, size, "%s/%s", serve.folder, OUTCOMES_DATABASE);
    if (!err)
        err = JetBeginSessionA(serve.instance, &sesid, NULL, NULL);
    if (err >= 0)
        err = open_database(path);
    if (err >= 0)
        err = read_last_run(&base);
    if (err >= 0 && base + 2 * RUN > PLACE_MASK) {
        (void)JetCloseTable(sesid, commits);
        (void)JetCloseTable(sesid, runs);
        err = forget_all();
        if (err >= 0)
            err = open_database(path);
    }
    if (err >= 0)
        err = begin_run();
    if (err >= 0)
        err = count_rows();
    if (err < 0)
        log_line(LOG_LEVEL_ERROR, "the outcomes of commits cannot be kept database=%s error=%d",
                 OUTCOMES_DATABASE, err);
    mem_free(path);
    return err < 0 ? err : JET_errSuccess;
}

void serve_outcomes_stop(void)
{
    pthread_mutex_lock(&asking);
    (void)JetEndSession(sesid, 0);
    sesid = JET_sesidNil;
    pthread_mutex_unlock(&asking);
}

/* ---- instances ---- */

static bool run_is_over(void)
{
    bool over = false;

    pthread_mutex_lock(&lock);
    over = next + RUN / 2 > limit; /* there is time */
    pthread_mutex_unlock(&lock);
    return over;
}

JET_ERR serve_outcomes_open(struct serve_instance *instance)
{
    JET_ERR err = JET_errSuccess;

    if (run_is_over()) {
        pthread_mutex_lock(&asking);
        if (run_is_over())
            err = begin_run();
        pthread_mutex_unlock(&asking);
    }
    if (err < 0)
        return err;
    pthread_mutex_lock(&lock);
    instance->mark = bits << PLACE_BITS | next++;
    list_append(&live, &instance->live_link);
    pthread_mutex_unlock(&lock);
    return JET_errSuccess;
}

void serve_outcomes_close(struct serve_instance *instance)
{
    pthread_mutex_lock(&lock);
    list_remove(&instance->live_link);
    pthread_mutex_unlock(&lock);
}

/* ---- commits ---- */

/* The session's cursor; it stays open after a commit. */
static JET_ERR open_cursor(struct serve_call *call)
{
    struct serve_session *s = call->session;
    JET_DBID same = JET_dbidNil;
    JET_ERR err = JET_errSuccess;
    char path[PATH_MAX];

    if (s->outcomes != JET_tableidNil)
        return JET_errSuccess;
    if (!s->outcomes_open) {
        if ((size_t)snprintf(path, sizeof path, "%s/%s", serve.folder, OUTCOMES_DATABASE) >=
            sizeof path)
            return JET_errInvalidPath;
        err = JetOpenDatabaseA(call->sesid, path, NULL, &same, 0);
        s->outcomes_open = err >= 0;
    }
    return err < 0 ? err : JetOpenTableA(call->sesid, dbid, "commits", NULL, 0, 0, &s->outcomes);
}

static void leave_cursor(struct serve_call *call)
{
    if (call->session->outcomes == JET_tableidNil)
        return;
    (void)JetCloseTable(call->sesid, call->session->outcomes);
    call->session->outcomes = JET_tableidNil; /* a rollback would have closed it */
}

JET_ERR serve_outcomes_note(struct serve_call *call, int64_t number, struct serve_noted *noted)
{
    struct serve_instance *i = call->session->instance;
    uint64_t values[COMMIT_COLUMNS] = {
        [MARK] = i->mark, [NUMBER] = (uint64_t)number, [TIME] = (uint64_t)time(NULL)};
    JET_ERR err = open_cursor(call);

    if (err < 0)
        return err;
    pthread_mutex_lock(&lock);
    i->highest = number > i->highest ? number : i->highest;
    values[HIGHEST] = (uint64_t)i->highest;
    noted->place = values[PLACE] = next++;
    list_append(&under_way, &noted->link);
    pthread_mutex_unlock(&lock);
    err = add(call->sesid, call->session->outcomes, commit_columns, COMMIT_COLUMNS, values, noted);
    if (err < 0)
        serve_outcomes_settle(call, noted, false);
    return err < 0 ? err : JET_errSuccess;
}

void serve_outcomes_settle(struct serve_call *call, struct serve_noted *noted, bool committed)
{
    pthread_mutex_lock(&lock);
    list_remove(&noted->link);
    pthread_mutex_unlock(&lock);
    if (committed) {
        atomic_fetch_add(&kept, 1);
        return;
    }
    /* the transaction may go on, and be committed under another number */
    (void)JetPrepareUpdate(call->sesid, call->session->outcomes, JET_prepCancel);
    if (noted->bookmark_size > 0 && JetGotoBookmark(call->sesid, call->session->outcomes,
                                                    noted->bookmark, noted->bookmark_size) >= 0)
        (void)JetDelete(call->sesid, call->session->outcomes);
    leave_cursor(call);
}

/* ---- asking ---- */

/* A mark that this server has given out. */
static JET_ERR is_ours(uint64_t mark, bool *ret_is)
{
    uint64_t place = mark & PLACE_MASK, base = 0, of_run = 0;
    bool given = false;
    JET_ERR err = JetMakeKey(sesid, runs, &place, sizeof place, JET_bitNewKey);

    *ret_is = false;
    if (err >= 0)
        err = JetSeek(sesid, runs, JET_bitSeekLE);
    if (err == JET_errRecordNotFound)
        return JET_errSuccess;
    if (err >= 0)
        err = get(runs, &run_columns[BASE], &base);
    if (err >= 0)
        err = get(runs, &run_columns[BITS], &of_run);
    pthread_mutex_lock(&lock);
    given = place < next;
    pthread_mutex_unlock(&lock);
    *ret_is = err >= 0 && given && of_run == mark >> PLACE_BITS && place - base < RUN;
    return err;
}

static bool is_live(uint64_t mark)
{
    bool found = false;

    pthread_mutex_lock(&lock);
    LIST_FOR_EACH (it, &live)
        found |= LIST_ENTRY(it, struct serve_instance, live_link)->mark == mark;
    pthread_mutex_unlock(&lock);
    return found;
}

/* Looks through the rows since the instance opened, backwards. `ret_highest` is that of its first row
 * left, 0 when there is none. */
static JET_ERR search(uint64_t mark, int64_t number, bool *ret_found, int64_t *ret_highest)
{
    JET_ERR err = JetMove(sesid, commits, JET_MoveLast, 0);

    *ret_found = false;
    *ret_highest = 0;
    for (; err >= 0; err = JetMove(sesid, commits, JET_MovePrevious, 0)) {
        uint64_t values[COMMIT_COLUMNS];

        for (unsigned i = 0; i < COMMIT_COLUMNS && err >= 0; i++)
            err = get(commits, &commit_columns[i], &values[i]);
        if (err < 0 || values[PLACE] < (mark & PLACE_MASK))
            break;
        if (values[MARK] != mark)
            continue;
        *ret_highest = (int64_t)values[HIGHEST];
        *ret_found = (int64_t)values[NUMBER] == number;
        if (*ret_found)
            break;
    }
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

static enum serve_outcome decide(uint64_t mark, int64_t number, bool lives)
{
    bool ours = false, found = false, dropped = (mark & PLACE_MASK) <= pruned;
    int64_t highest = 0;

    if (is_ours(mark, &ours) < 0 || !ours || search(mark, number, &found, &highest) < 0)
        return OUTCOME_UNKNOWN;
    if (found)
        return OUTCOME_COMMITTED;
    if (lives || (dropped && (highest == 0 || number <= highest))) /* O3 */
        return OUTCOME_UNKNOWN;
    return OUTCOME_NOT_COMMITTED;
}

enum serve_outcome serve_outcomes_ask(uint64_t mark, int64_t number)
{
    enum serve_outcome outcome = OUTCOME_UNKNOWN;
    bool lives = is_live(mark); /* before the snapshot: who is gone has all its rows in it */

    pthread_mutex_lock(&asking);
    if (number > 0 && sesid != JET_sesidNil &&
        JetBeginTransaction2(sesid, JET_bitTransactionReadOnly) >= 0) {
        outcome = decide(mark, number, lives);
        (void)JetCommitTransaction(sesid, 0);
    }
    pthread_mutex_unlock(&asking);
    return outcome;
}

/* ---- forgetting ---- */

/* The first place that must stay (O2). */
static uint64_t first_under_way(void)
{
    uint64_t place = 0;

    pthread_mutex_lock(&lock);
    place = list_is_empty(&under_way) ? next
                                      : LIST_ENTRY(under_way.next, struct serve_noted, link)->place;
    pthread_mutex_unlock(&lock);
    return place;
}

static JET_ERR note_pruned(uint64_t place)
{
    JET_ERR err = JetMove(sesid, runs, JET_MoveLast, 0);

    if (err >= 0)
        err = JetPrepareUpdate(sesid, runs, JET_prepReplace);
    if (err >= 0)
        err = JetSetColumn(sesid, runs, run_columns[PRUNED].id, &place, sizeof place, 0, NULL);
    return err < 0 ? err : JetUpdate(sesid, runs, NULL, 0, NULL);
}

/* One transaction; gives how many rows went. */
static JET_ERR prune_some(uint64_t end, uint64_t oldest_s, unsigned *ret_count)
{
    uint64_t place = 0, when = 0, last = 0;
    unsigned n = 0;
    JET_ERR err = JetMove(sesid, commits, JET_MoveFirst, 0);

    for (; err >= 0 && n < PRUNE_BATCH; err = JetMove(sesid, commits, JET_MoveNext, 0)) {
        err = get(commits, &commit_columns[PLACE], &place);
        if (err >= 0)
            err = get(commits, &commit_columns[TIME], &when);
        if (err < 0 || place >= end ||
            (atomic_load(&kept) - n <= serve.config.outcomes_max && when >= oldest_s))
            break;
        err = JetDelete(sesid, commits);
        if (err < 0)
            break;
        last = place;
        n++;
    }
    if (err == JET_errNoCurrentRecord)
        err = JET_errSuccess;
    if (err >= 0 && n > 0)
        err = note_pruned(last);
    *ret_count = n;
    if (err >= 0 && n > 0)
        pruned = last;
    return err;
}

void serve_outcomes_prune(void)
{
    uint64_t oldest_s = (uint64_t)time(NULL) - serve.config.outcomes_s, end = first_under_way();
    unsigned count = PRUNE_BATCH;
    JET_ERR err = JET_errSuccess;

    while (err >= 0 && count == PRUNE_BATCH) {
        pthread_mutex_lock(&asking);
        err = sesid == JET_sesidNil ? JET_errInvalidSesid : JetBeginTransaction(sesid);
        if (err >= 0) {
            err = prune_some(end, oldest_s, &count);
            if (err >= 0)
                err = JetCommitTransaction(sesid, JET_bitCommitLazyFlush);
            if (err < 0)
                (void)JetRollback(sesid, JET_bitRollbackAll);
            else
                atomic_fetch_sub(&kept, count);
        }
        pthread_mutex_unlock(&asking);
    }
}

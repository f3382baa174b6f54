/* SPDX-License-Identifier: Apache-2.0
 *
 * fake.c - a provider for tests: one table in memory, and every way to fail on demand
 *
 * Every table is the same one: column 1 "id" (Long, primary key), column 256 "text" (LongText). A
 * transaction is a copy of all rows, a level a copy more; a commit puts its copy in place of all.
 * Enough to see whether a change is there, was undone, or never came about.
 */
#include "fake.h"

#include "base/mem.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Parameters are there for their types alone. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

#define ROWS_MAX  64
#define TEXT_MAX  16
#define COL_ID    1
#define COL_TEXT  256
#define LEVEL_MAX 8

struct row {
    int32_t id;
    char text[TEXT_MAX];
    uint32_t size;
};

struct rows {
    unsigned count;
    struct row row[ROWS_MAX];
};

struct ese_instance {
    struct ese_host *host;
    atomic_int stop_backup;
};

struct ese_session {
    struct ese_instance *instance;
    unsigned level;
    struct rows levels[LEVEL_MAX]; /* [n]: as of level n's begin; the top is level's working copy */
    struct rows now;
    atomic_int inside; /* calls at this moment: provider.h P5 */
};

struct ese_cursor {
    struct ese_session *session;
    bool temp;
    struct rows own; /* of a temporary table */
    int32_t at;      /* the current id */
    bool on_row;
    int prep; /* -1: nothing is prepared */
    struct row copy;
    bool id_set;
};

struct fake_plan fake_plan;
struct fake_counts fake_counts;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rows committed;
static struct ese_instance *running;
static atomic_int inside; /* calls in any session at this moment */

void fake_reset(void)
{
    memset(&fake_plan, 0, sizeof fake_plan);
    memset(&fake_counts, 0, sizeof fake_counts);
    memset(&committed, 0, sizeof committed);
}

void fake_break(JET_ERR err)
{
    running->host->unavailable(running->host, err);
}

/* P5: nobody else is in the session. Callbacks of the same thread nest, which is fine. */
static void enter(struct ese_session *s)
{
    atomic_fetch_add(&inside, 1);
    if (atomic_fetch_add(&s->inside, 1) > 1)
        atomic_fetch_add(&fake_counts.overlaps, 1);
}

static JET_ERR leave(struct ese_session *s, JET_ERR err)
{
    atomic_fetch_sub(&s->inside, 1);
    atomic_fetch_sub(&inside, 1);
    return err;
}

/* ---- rows ---- */

static struct rows *rows_of(struct ese_session *s, struct ese_cursor *c)
{
    if (c && c->temp)
        return &c->own;
    if (s->level == 0) {
        pthread_mutex_lock(&lock);
        s->now = committed;
        pthread_mutex_unlock(&lock);
    }
    return &s->now;
}

/* At level 0 a change is a transaction of its own. */
static void publish(struct ese_session *s, const struct ese_cursor *c)
{
    if (c->temp || s->level > 0)
        return;
    pthread_mutex_lock(&lock);
    committed = s->now;
    pthread_mutex_unlock(&lock);
}

static int find(const struct rows *r, int32_t id)
{
    for (unsigned i = 0; i < r->count; i++)
        if (r->row[i].id == id)
            return (int)i;
    return -1;
}

static void put(struct rows *r, const struct row *row)
{
    unsigned at = 0;
    int known = find(r, row->id);

    if (known >= 0) {
        r->row[known] = *row;
        return;
    }
    assert(r->count < ROWS_MAX);
    while (at < r->count && r->row[at].id < row->id)
        at++;
    memmove(&r->row[at + 1], &r->row[at], (r->count - at) * sizeof *row);
    r->row[at] = *row;
    r->count++;
}

/* ---- instances, sessions, transactions ---- */

static JET_ERR take(_Atomic JET_ERR *planned)
{
    return atomic_exchange(planned, 0);
}

static JET_ERR fake_init(struct ese_host *host, JET_GRBIT grbit, struct ese_instance **ret)
{
    JET_ERR err = take(&fake_plan.init);

    if (err < 0)
        return err;
    *ret = mem_alloc(sizeof **ret);
    if (!*ret)
        return JET_errOutOfMemory;
    (*ret)->host = host;
    running = *ret;
    return err;
}

static JET_ERR fake_term(struct ese_instance *instance, bool dirty)
{
    atomic_fetch_add(&fake_counts.terms, 1);
    if (atomic_load(&inside) > 0) /* P6 */
        atomic_fetch_add(&fake_counts.overlaps, 1);
    if (dirty)
        atomic_fetch_add(&fake_counts.dirty_terms, 1);
    mem_free(instance);
    return take(&fake_plan.term);
}

/* Sessions and cursors that term leaves behind are freed by nobody but this list. */
static struct garbage {
    void *p;
    struct garbage *next;
} * garbage;

static void *remember(size_t size)
{
    struct garbage *g = calloc(1, sizeof *g);

    assert(g);
    g->p = calloc(1, size);
    assert(g->p);
    pthread_mutex_lock(&lock);
    g->next = garbage;
    garbage = g;
    pthread_mutex_unlock(&lock);
    return g->p;
}

static JET_ERR fake_begin_session(struct ese_instance *instance, struct ese_session **ret)
{
    JET_ERR err = take(&fake_plan.begin_session);

    if (err < 0)
        return err;
    *ret = remember(sizeof **ret);
    (*ret)->instance = instance;
    atomic_fetch_add(&fake_counts.sessions, 1);
    return err;
}

static void fake_end_session(struct ese_session *s)
{
    atomic_fetch_sub(&fake_counts.levels, (int)s->level); /* after a failed rollback */
    atomic_fetch_sub(&fake_counts.sessions, 1);
}

static JET_ERR fake_begin(struct ese_session *s, JET_GRBIT grbit, int64_t trxid)
{
    JET_ERR err = take(&fake_plan.begin);

    if (err < 0)
        return err;
    enter(s);
    (void)rows_of(s, NULL);
    s->levels[s->level++] = s->now;
    atomic_fetch_add(&fake_counts.levels, 1);
    return leave(s, err);
}

static JET_ERR fake_commit(struct ese_session *s, JET_GRBIT grbit, uint32_t ms, JET_COMMIT_ID *id)
{
    JET_ERR err = take(&fake_plan.commit);

    if (id)
        memset(id, 0, sizeof *id);
    if (err < 0)
        return err;
    enter(s);
    if (--s->level == 0) {
        pthread_mutex_lock(&lock);
        committed = s->now;
        pthread_mutex_unlock(&lock);
    }
    atomic_fetch_sub(&fake_counts.levels, 1);
    return leave(s, err);
}

static JET_ERR fake_rollback(struct ese_session *s, unsigned levels)
{
    JET_ERR err = take(&fake_plan.rollback);

    if (err < 0)
        return err;
    enter(s);
    assert(levels >= 1 && levels <= s->level);
    s->level -= levels;
    s->now = s->levels[s->level];
    atomic_fetch_sub(&fake_counts.levels, (int)levels);
    return leave(s, err);
}

static JET_ERR fake_harden(struct ese_session *s, JET_GRBIT grbit)
{
    return 0;
}

/* ---- databases and schema: there is always the same ---- */

static JET_ERR fake_create_database(struct ese_session *s, const char *path, uint32_t max,
                                    JET_GRBIT grbit, JET_DBID *ret)
{
    *ret = 1;
    return 0;
}

static JET_ERR fake_attach(struct ese_session *s, const char *path, uint32_t max, JET_GRBIT grbit)
{
    return JET_wrnDatabaseAttached;
}

static JET_ERR fake_detach(struct ese_session *s, const char *path)
{
    return path ? JET_errDatabaseNotFound : 0;
}

static JET_ERR fake_open_database(struct ese_session *s, const char *path, JET_GRBIT grbit,
                                  JET_DBID *ret)
{
    return fake_create_database(s, path, 0, grbit, ret);
}

static void fake_close_database(struct ese_session *s, JET_DBID dbid)
{
}

static JET_ERR fake_database_info(struct ese_session *s, JET_DBID dbid, struct arena *arena,
                                  struct ese_database_info *ret)
{
    *ret = (struct ese_database_info){
        .path = "data/fake.edb", .version = 0x620, .page_size = 4096, .pages = 100, .lcid = 1033};
    return 0;
}

static JET_ERR new_cursor(struct ese_session *s, bool temp, struct ese_cursor **ret)
{
    struct ese_cursor *c = remember(sizeof *c);

    c->session = s;
    c->temp = temp;
    c->prep = -1;
    *ret = c;
    atomic_fetch_add(&fake_counts.cursors, 1);
    return 0;
}

static JET_ERR fake_create_table(struct ese_session *s, JET_DBID dbid, struct ese_table_def *def,
                                 struct ese_cursor **ret)
{
    if (!strcmp(def->name, "taken"))
        return JET_errTableDuplicate;
    for (unsigned i = 0; i < def->column_count; i++)
        def->columns[i].id = def->columns[i].coltyp == JET_coltypLong ? COL_ID : COL_TEXT;
    def->created = 1 + def->column_count + def->index_count;
    return new_cursor(s, false, ret);
}

static JET_ERR fake_table_by_name(struct ese_session *s, JET_DBID dbid, const char *name)
{
    return strcmp(name, "missing") ? 0 : JET_errObjectNotFound;
}

static JET_ERR fake_rename_table(struct ese_session *s, JET_DBID dbid, const char *name,
                                 const char *new_name)
{
    return fake_table_by_name(s, dbid, name);
}

static JET_ERR fake_add_column(struct ese_session *s, struct ese_cursor *c,
                               struct ese_column_def *def)
{
    def->id = COL_TEXT + 1;
    return 0;
}

static JET_ERR fake_delete_column(struct ese_session *s, struct ese_cursor *c, const char *name,
                                  JET_GRBIT grbit)
{
    return 0;
}

static JET_ERR fake_rename_column(struct ese_session *s, struct ese_cursor *c, const char *name,
                                  const char *new_name)
{
    return fake_delete_column(s, c, name, 0);
}

static JET_ERR fake_set_default(struct ese_session *s, JET_DBID dbid, const char *table,
                                const char *column, const void *data, uint32_t size)
{
    return fake_table_by_name(s, dbid, table);
}

static JET_ERR fake_create_indexes(struct ese_session *s, struct ese_cursor *c,
                                   struct ese_index_def *defs, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        defs[i].err = 0;
    return 0;
}

static JET_ERR fake_delete_index(struct ese_session *s, struct ese_cursor *c, const char *name)
{
    return fake_delete_column(s, c, name, 0);
}

static JET_ERR fake_list_tables(struct ese_session *s, JET_DBID dbid, bool system,
                                struct arena *arena, const char *const **ret, size_t *ret_count)
{
    static const char *const names[] = {"fake", "other"};

    *ret = names;
    *ret_count = 2;
    return 0;
}

static JET_ERR describe(struct ese_table_info *ret)
{
    static struct ese_column_info columns[] = {
        {.def = {.name = "id", .coltyp = JET_coltypLong, .max_size = 4, .id = COL_ID}, .order = 1},
        {.def = {.name = "text", .coltyp = JET_coltypLongText, .codepage = 1200, .id = COL_TEXT},
         .order = 2},
    };
    static const struct ese_column_info *const segments[] = {&columns[0]};
    static const struct ese_key_segment key[] = {{"id", false}};
    static struct ese_index_info indexes[] = {
        {.def = {.name = "primary",
                 .segments = key,
                 .segment_count = 1,
                 .grbit = JET_bitIndexPrimary | JET_bitIndexUnique,
                 .key_most = 255,
                 .var_seg_mac = 255,
                 .collation = {.locale = "en-US", .lcid = 1033, .map_flags = 0x30001}},
         .id = 7,
         .columns = segments},
    };

    *ret = (struct ese_table_info){.name = "fake",
                                   .columns = columns,
                                   .column_count = 2,
                                   .indexes = indexes,
                                   .index_count = 1};
    return 0;
}

static JET_ERR fake_describe_table(struct ese_session *s, JET_DBID dbid, const char *name,
                                   struct arena *arena, struct ese_table_info *ret)
{
    JET_ERR err = fake_table_by_name(s, dbid, name);

    return err ? err : describe(ret);
}

static JET_ERR fake_describe_cursor(struct ese_session *s, struct ese_cursor *c,
                                    struct arena *arena, struct ese_table_info *ret)
{
    return describe(ret);
}

/* ---- cursors ---- */

static JET_ERR fake_open_table(struct ese_session *s, JET_DBID dbid, const char *name,
                               JET_GRBIT grbit, struct ese_cursor **ret)
{
    JET_ERR err = fake_table_by_name(s, dbid, name);

    return err ? err : new_cursor(s, false, ret);
}

static JET_ERR fake_dup_cursor(struct ese_session *s, struct ese_cursor *c, struct ese_cursor **ret)
{
    return new_cursor(s, c->temp, ret);
}

static void fake_close_cursor(struct ese_session *s, struct ese_cursor *c)
{
    atomic_fetch_sub(&fake_counts.cursors, 1);
}

static JET_COLTYP fake_column_type(struct ese_cursor *c, JET_COLUMNID id)
{
    return id == COL_ID ? JET_coltypLong : id == COL_TEXT ? JET_coltypLongText : 0;
}

static JET_ERR fake_move(struct ese_session *s, struct ese_cursor *c, int32_t rows, JET_GRBIT grbit)
{
    const struct rows *r = NULL;
    int64_t at = 0;

    enter(s);
    r = rows_of(s, c);
    c->prep = -1;
    if (rows == INT32_MIN)
        at = 0;
    else if (rows == INT32_MAX)
        at = (int64_t)r->count - 1;
    else
        at = (c->on_row ? find(r, c->at) : -1) + (int64_t)rows;
    c->on_row = at >= 0 && at < r->count;
    if (c->on_row)
        c->at = r->row[at].id;
    return leave(s, c->on_row ? 0 : JET_errNoCurrentRecord);
}

static JET_ERR fake_set_index(struct ese_session *s, struct ese_cursor *c, const char *name,
                              JET_GRBIT grbit, uint32_t itag)
{
    if (name && strcmp(name, "primary"))
        return JET_errIndexNotFound;
    return fake_move(s, c, INT32_MIN, 0);
}

static const char *fake_current_index(struct ese_cursor *c)
{
    return "primary";
}

static JET_ERR fake_make_key(struct ese_session *s, struct ese_cursor *c, const void *data,
                             uint32_t size, JET_GRBIT grbit)
{
    if (size == sizeof c->copy.id)
        memcpy(&c->copy.id, data, size);
    return 0;
}

static JET_ERR fake_seek(struct ese_session *s, struct ese_cursor *c, JET_GRBIT grbit)
{
    JET_ERR err = JET_errRecordNotFound;

    enter(s);
    c->on_row = find(rows_of(s, c), c->copy.id) >= 0;
    if (c->on_row) {
        c->at = c->copy.id;
        err = 0;
    }
    return leave(s, err);
}

static JET_ERR fake_set_range(struct ese_session *s, struct ese_cursor *c, JET_GRBIT grbit)
{
    return 0;
}

static JET_ERR give(const void *data, uint32_t size, void *buffer, uint32_t capacity,
                    uint32_t *ret_size, JET_ERR truncated)
{
    uint32_t n = size < capacity ? size : capacity;

    *ret_size = size;
    if (n > 0)
        memcpy(buffer, data, n);
    return size > capacity ? truncated : 0;
}

static JET_ERR fake_get_bookmark(struct ese_session *s, struct ese_cursor *c, void *buffer,
                                 uint32_t capacity, uint32_t *ret_size)
{
    if (!c->on_row)
        return JET_errNoCurrentRecord;
    return give(&c->at, sizeof c->at, buffer, capacity, ret_size, JET_errBufferTooSmall);
}

static JET_ERR fake_goto_bookmark(struct ese_session *s, struct ese_cursor *c, const void *data,
                                  uint32_t size)
{
    if (size != sizeof c->at)
        return JET_errInvalidBookmark;
    memcpy(&c->copy.id, data, size);
    return fake_seek(s, c, 0) ? JET_errRecordDeleted : 0;
}

static JET_ERR fake_get_secondary(struct ese_session *s, struct ese_cursor *c, void *key,
                                  uint32_t key_capacity, uint32_t *ret_key_size, void *bookmark,
                                  uint32_t bookmark_capacity, uint32_t *ret_bookmark_size)
{
    return JET_errNoCurrentIndex;
}

static JET_ERR fake_goto_secondary(struct ese_session *s, struct ese_cursor *c, const void *key,
                                   uint32_t key_size, const void *bookmark, uint32_t bookmark_size,
                                   JET_GRBIT grbit)
{
    return JET_errNoCurrentIndex;
}

static JET_ERR fake_retrieve_key(struct ese_session *s, struct ese_cursor *c, void *buffer,
                                 uint32_t capacity, uint32_t *ret_size, JET_GRBIT grbit)
{
    return give(&c->at, sizeof c->at, buffer, capacity, ret_size, JET_wrnBufferTruncated);
}

static JET_ERR fake_count(struct ese_session *s, struct ese_cursor *c, uint64_t max, uint64_t *ret)
{
    const struct rows *r = NULL;

    enter(s);
    r = rows_of(s, c);
    *ret = c->on_row ? r->count - (unsigned)find(r, c->at) : 0;
    if (*ret > max)
        *ret = max;
    return leave(s, 0);
}

static JET_ERR fake_check_row(struct ese_session *s, struct ese_cursor *c)
{
    return c->on_row ? 0 : JET_errNoCurrentRecord;
}

/* ---- rows of a cursor ---- */

static JET_ERR fake_prepare(struct ese_session *s, struct ese_cursor *c, unsigned prep)
{
    const struct rows *r = NULL;
    int at = -1;

    if (prep == JET_prepCancel) {
        if (c->prep < 0)
            return JET_errUpdateNotPrepared;
        c->prep = -1;
        return 0;
    }
    if (c->prep >= 0)
        return JET_errAlreadyPrepared;
    enter(s);
    r = rows_of(s, c);
    at = c->on_row ? find(r, c->at) : -1;
    memset(&c->copy, 0, sizeof c->copy);
    if (prep == JET_prepInsert) {
        c->prep = (int)prep;
        return leave(s, 0);
    }
    if (at < 0)
        return leave(s, JET_errNoCurrentRecord);
    c->copy = r->row[at];
    c->prep = (int)prep;
    return leave(s, 0);
}

static JET_ERR fake_set_columns(struct ese_session *s, struct ese_cursor *c, JET_SETCOLUMN *columns,
                                unsigned count)
{
    if (c->prep < 0)
        return JET_errUpdateNotPrepared;
    if (c->temp)
        return 0;
    for (unsigned i = 0; i < count; i++) {
        JET_SETCOLUMN *v = &columns[i];

        v->err = 0;
        if (v->columnid == COL_ID && v->cbData == sizeof c->copy.id)
            memcpy(&c->copy.id, v->pvData, v->cbData);
        else if (v->columnid == COL_TEXT && v->cbData <= TEXT_MAX) {
            if (v->cbData)
                memcpy(c->copy.text, v->pvData, v->cbData);
            c->copy.size = (uint32_t)v->cbData;
        } else
            return v->err = JET_errInvalidBufferSize;
    }
    return 0;
}

static JET_ERR fake_update(struct ese_session *s, struct ese_cursor *c, void *buffer,
                           uint32_t capacity, uint32_t *ret_size, JET_GRBIT grbit)
{
    JET_ERR err = take(&fake_plan.update);
    struct rows *r = NULL;

    if (err < 0)
        return err;
    if (c->prep < 0)
        return JET_errUpdateNotPrepared;
    enter(s);
    r = rows_of(s, c);
    if (c->temp) { /* the rows of a listing: counted only */
        c->copy.id = (int32_t)r->count;
    } else if (c->prep == JET_prepInsert && find(r, c->copy.id) >= 0) {
        return leave(s, JET_errKeyDuplicate);
    }
    put(r, &c->copy);
    publish(s, c);
    c->prep = -1;
    (void)give(&c->copy.id, sizeof c->copy.id, buffer, capacity, ret_size, 0);
    return leave(s, err);
}

static JET_ERR fake_delete_row(struct ese_session *s, struct ese_cursor *c)
{
    struct rows *r = NULL;
    int at = -1;

    enter(s);
    r = rows_of(s, c);
    at = c->on_row ? find(r, c->at) : -1;
    if (at < 0)
        return leave(s, JET_errNoCurrentRecord);
    r->count--;
    memmove(&r->row[at], &r->row[at + 1], (r->count - (unsigned)at) * sizeof *r->row);
    publish(s, c);
    return leave(s, 0);
}

static JET_ERR fake_escrow(struct ese_session *s, struct ese_cursor *c, JET_COLUMNID id,
                           const void *delta, uint32_t size, void *buffer, uint32_t capacity,
                           uint32_t *ret_size, JET_GRBIT grbit)
{
    *ret_size = 0;
    return 0;
}

static JET_ERR fake_lock(struct ese_session *s, struct ese_cursor *c, JET_GRBIT grbit)
{
    return fake_check_row(s, c);
}

static JET_ERR fake_retrieve(struct ese_session *s, struct ese_cursor *c,
                             JET_RETRIEVECOLUMN *columns, unsigned count)
{
    const struct rows *r = NULL;
    const struct row *row = NULL;
    JET_ERR result = 0;
    int at = -1;

    enter(s);
    r = rows_of(s, c);
    at = c->on_row ? find(r, c->at) : -1;
    if (at < 0)
        return leave(s, JET_errNoCurrentRecord);
    row = &r->row[at];
    for (unsigned i = 0; i < count; i++) {
        JET_RETRIEVECOLUMN *v = &columns[i];
        uint32_t size = 0;

        if (v->columnid == COL_ID)
            v->err = give(&row->id, sizeof row->id, v->pvData, (uint32_t)v->cbData, &size,
                          JET_wrnBufferTruncated);
        else if (v->columnid == COL_TEXT && row->size == 0)
            v->err = JET_wrnColumnNull;
        else if (v->columnid == COL_TEXT)
            v->err = give(row->text, row->size, v->pvData, (uint32_t)v->cbData, &size,
                          JET_wrnBufferTruncated);
        else
            v->err = JET_errColumnNotFound;
        v->cbActual = size;
        if (v->err < 0 || result == 0)
            result = v->err;
    }
    return leave(s, result);
}

/* Gives no columns; what matters is that it calls the program while it is inside. */
static JET_ERR fake_enumerate(struct ese_session *s, struct ese_cursor *c,
                              const JET_ENUMCOLUMNID *wanted, unsigned count,
                              unsigned long *ret_count, JET_ENUMCOLUMN **ret_columns,
                              JET_PFNREALLOC grow, void *ctx, uint32_t value_max, JET_GRBIT grbit)
{
    void *p = NULL;

    enter(s);
    p = grow(ctx, NULL, 64);
    if (!p)
        return leave(s, JET_errOutOfMemory);
    (void)grow(ctx, p, 0);
    *ret_count = 0;
    *ret_columns = NULL;
    return leave(s, 0);
}

static JET_ERR fake_record_size(struct ese_session *s, struct ese_cursor *c, JET_GRBIT grbit,
                                JET_RECSIZE2 *size)
{
    size->cbData += 4;
    return fake_check_row(s, c);
}

static JET_ERR fake_open_temp(struct ese_session *s, const JET_COLUMNDEF *columns, unsigned count,
                              const struct ese_collation *collation, JET_GRBIT grbit,
                              uint32_t key_most, uint32_t var_seg_mac, struct ese_cursor **ret,
                              JET_COLUMNID *ret_ids)
{
    for (unsigned i = 0; i < count; i++)
        ret_ids[i] = i + 1;
    return new_cursor(s, true, ret);
}

/* ---- backup ---- */

static JET_ERR fake_backup(struct ese_instance *instance, const char *folder, JET_GRBIT grbit,
                           const struct ese_progress *progress)
{
    JET_ERR err = take(&fake_plan.backup);

    atomic_store(&instance->stop_backup, 0);
    if (!err)
        err = progress->report(progress->ctx, JET_snpBackup, JET_sntBegin, 0, 2);
    if (!err && atomic_load(&instance->stop_backup))
        err = JET_errBackupAbortByServer;
    return err;
}

static void fake_stop_backup(struct ese_instance *instance)
{
    atomic_store(&instance->stop_backup, 1);
}

static JET_ERR fake_restore(struct ese_host *host, const char *source, const char *dest,
                            const struct ese_progress *progress)
{
    JET_ERR err = take(&fake_plan.restore);

    return err ? err : progress->report(progress->ctx, JET_snpRestore, JET_sntBegin, 0, 1);
}

const struct ese_provider fake_provider = {
    .version = ESE_PROVIDER_VERSION,
    .name = "fake",
    .init = fake_init,
    .term = fake_term,
    .begin_session = fake_begin_session,
    .end_session = fake_end_session,
    .begin = fake_begin,
    .commit = fake_commit,
    .rollback = fake_rollback,
    .harden = fake_harden,
    .create_database = fake_create_database,
    .attach_database = fake_attach,
    .detach_database = fake_detach,
    .open_database = fake_open_database,
    .close_database = fake_close_database,
    .database_info = fake_database_info,
    .create_table = fake_create_table,
    .delete_table = fake_table_by_name,
    .rename_table = fake_rename_table,
    .add_column = fake_add_column,
    .delete_column = fake_delete_column,
    .rename_column = fake_rename_column,
    .set_default = fake_set_default,
    .create_indexes = fake_create_indexes,
    .delete_index = fake_delete_index,
    .list_tables = fake_list_tables,
    .describe_table = fake_describe_table,
    .describe_cursor = fake_describe_cursor,
    .open_table = fake_open_table,
    .dup_cursor = fake_dup_cursor,
    .close_cursor = fake_close_cursor,
    .column_type = fake_column_type,
    .move = fake_move,
    .set_index = fake_set_index,
    .current_index = fake_current_index,
    .make_key = fake_make_key,
    .seek = fake_seek,
    .set_range = fake_set_range,
    .get_bookmark = fake_get_bookmark,
    .goto_bookmark = fake_goto_bookmark,
    .get_secondary_bookmark = fake_get_secondary,
    .goto_secondary_bookmark = fake_goto_secondary,
    .retrieve_key = fake_retrieve_key,
    .count = fake_count,
    .check_row = fake_check_row,
    .prepare = fake_prepare,
    .set_columns = fake_set_columns,
    .update = fake_update,
    .delete_row = fake_delete_row,
    .escrow = fake_escrow,
    .lock = fake_lock,
    .retrieve_columns = fake_retrieve,
    .enumerate = fake_enumerate,
    .record_size = fake_record_size,
    .open_temp_table = fake_open_temp,
    .backup = fake_backup,
    .stop_backup = fake_stop_backup,
    .restore = fake_restore,
};

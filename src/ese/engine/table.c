/* SPDX-License-Identifier: Apache-2.0
 *
 * table.c - table objects: what sessions share of a table, versions and gates
 *
 * Owns:     struct eng_table; on the list of its database (or the instance's of temporary ones).
 * Lifetime: found or made by eng_table_ref; cursors, noted changes and gates hold references. One
 *           without references stays in memory, schemas and all, until its database is detached;
 *           one that was deleted, or is temporary, goes with its last reference.
 * Lock:     instance.lock.
 *
 * Rows of the control tree, by object id (u32 big endian) and a letter:
 *     'V' -> u32 version of the definition      'G' -> u32, the gate
 */
#include "ese/engine/foreign.h"

#include "base/log.h"
#include "ese/format/bytes.h"

#include <string.h>
#include <time.h>

#define CONTROL_KEY       5
#define SCHEMAS_KEPT      4
#define CONTROL_VERSION   'V'
#define CONTROL_GATE      'G'
#define GATE_WAIT_SECONDS 5

struct eng_cached {
    struct list link;
    struct eng_schema *schema;
};

/* ---- objects ---- */

static struct eng_table *table_new(struct ese_instance *instance, struct eng_database *db,
                                   uint32_t objid)
{
    struct eng_table *t = mem_alloc(sizeof *t);
    uint32_t number = db == NULL ? 0 : db->number;
    bool temp = db == NULL;

    if (t == NULL)
        return NULL;
    t->instance = instance;
    t->database = db;
    t->objid = objid;
    t->refs = 1;
    t->store = temp ? instance->temp : db->foreign != NULL ? db->foreign->store : instance->store;
    t->tree = eng_tree(number, objid);
    t->page_size = temp ? 32768 : db->page_size;
    t->form = ese_record_form_of(t->page_size);
    list_init(&t->link);
    list_init(&t->cursors);
    list_init(&t->schemas);
    eng_number_init(&t->autoincrement, ENG_NUMBER_AUTOINCREMENT, number, objid, temp);
    eng_number_init(&t->long_values, ENG_NUMBER_LONG_VALUE, number, objid, temp);
    eng_number_init(&t->rows, ENG_NUMBER_ROW, number, objid, temp);
    eng_number_init(&t->escrow, ENG_NUMBER_ESCROW, number, objid, temp);
    return t;
}

static void table_free(struct eng_table *t)
{
    LIST_FOR_EACH_SAFE (it, &t->schemas) {
        struct eng_cached *c = LIST_ENTRY(it, struct eng_cached, link);

        eng_schema_unref(c->schema);
        mem_free(c);
    }
    eng_number_fini(t->instance, &t->autoincrement, t->deleted);
    eng_number_fini(t->instance, &t->long_values, t->deleted);
    eng_number_fini(t->instance, &t->rows, t->deleted);
    eng_number_fini(t->instance, &t->escrow, t->deleted);
    mem_free(t);
}

JET_ERR eng_table_ref(struct eng_database *db, uint32_t objid, struct eng_table **ret_table)
{
    struct ese_instance *instance = db->instance;
    struct eng_table *found = NULL;

    pthread_mutex_lock(&instance->lock);
    LIST_FOR_EACH (it, &db->tables) {
        struct eng_table *t = LIST_ENTRY(it, struct eng_table, link);

        if (t->objid == objid) {
            found = t;
            t->refs++;
            break;
        }
    }
    if (found == NULL) {
        found = table_new(instance, db, objid);
        if (found != NULL)
            list_prepend(&db->tables, &found->link);
    }
    pthread_mutex_unlock(&instance->lock);
    *ret_table = found;
    return found != NULL ? JET_errSuccess : JET_errOutOfMemory;
}

JET_ERR eng_table_new_temp(struct ese_instance *instance, struct eng_table **ret_table)
{
    uint32_t objid = (uint32_t)atomic_fetch_add(&instance->temp_objid, 3) + ENG_OBJID_FIRST;
    struct eng_table *t = table_new(instance, NULL, objid);

    if (t == NULL)
        return JET_errOutOfMemory;
    t->tree = atomic_fetch_add(&instance->temp_objid, 3) + ENG_OBJID_FIRST;
    pthread_mutex_lock(&instance->lock);
    list_append(&instance->temp_tables, &t->link);
    pthread_mutex_unlock(&instance->lock);
    *ret_table = t;
    return JET_errSuccess;
}

void eng_table_hold(struct eng_table *table)
{
    pthread_mutex_lock(&table->instance->lock);
    table->refs++;
    pthread_mutex_unlock(&table->instance->lock);
}

/* The rows of a temporary table go with it, and its long values if it had any. */
static void drop_temp(struct eng_table *t)
{
    struct store_txn *txn = NULL;
    enum store_status s;

    if (!t->written)
        return;
    s = store_begin(t->store, 0, &txn);
    if (s)
        return;
    s = store_drop(txn, t->tree, eng_slice(NULL, 0));
    if (s == STORE_OK && t->long_values.loaded)
        s = store_drop(txn, t->tree + 1, eng_slice(NULL, 0));
    if (s == STORE_OK)
        s = store_commit(txn, STORE_LAZY, NULL);
    else
        store_abort(txn);
    if (s)
        log_line(LOG_LEVEL_WARNING, "rows of a temporary table stay until the end status=%s",
                 store_status_name(s));
}

void eng_table_unref(struct eng_table *take_table)
{
    struct eng_table *t = take_table;
    struct ese_instance *instance = t->instance;
    bool last;

    pthread_mutex_lock(&instance->lock);
    last = --t->refs == 0 && (t->deleted || eng_table_is_temp(t));
    if (last)
        list_remove(&t->link);
    pthread_mutex_unlock(&instance->lock);
    if (!last)
        return;
    if (eng_table_is_temp(t))
        drop_temp(t);
    table_free(t);
}

void eng_database_forget_tables(struct eng_database *db)
{
    LIST_FOR_EACH_SAFE (it, &db->tables) {
        list_remove(it);
        table_free(LIST_ENTRY(it, struct eng_table, link));
    }
}

/* ---- versions ---- */

static void control_key(const struct eng_table *t, char letter, uint8_t out[CONTROL_KEY])
{
    ese_put_be32(out, t->objid);
    out[4] = (uint8_t)letter;
}

static uint64_t control_tree(const struct eng_table *t)
{
    return eng_tree(t->database->number, ENG_OBJID_CONTROL);
}

JET_ERR eng_version_read(struct store_txn *txn, const struct eng_table *table,
                         uint32_t *ret_version)
{
    struct store_value v = {0};
    uint8_t key[CONTROL_KEY];
    enum store_status s;
    JET_ERR err;

    if (eng_table_is_foreign(table)) {
        *ret_version = 1;
        return JET_errSuccess;
    }
    control_key(table, CONTROL_VERSION, key);
    s = store_get(txn, control_tree(table), eng_slice(key, sizeof key), &v);
    err = s == STORE_NOT_FOUND ? JET_errObjectNotFound : eng_error(s);
    if (!err && v.size != 4)
        err = JET_errCatalogCorrupted;
    if (!err)
        *ret_version = ese_get_u32(v.data);
    store_value_release(&v);
    return err;
}

static struct eng_schema *cached_schema(struct eng_table *t, uint32_t version)
{
    struct eng_schema *found = NULL;

    pthread_mutex_lock(&t->instance->lock);
    LIST_FOR_EACH (it, &t->schemas) {
        struct eng_cached *c = LIST_ENTRY(it, struct eng_cached, link);

        if (c->schema->version == version) {
            found = eng_schema_ref(c->schema);
            break;
        }
    }
    pthread_mutex_unlock(&t->instance->lock);
    return found;
}

/* Keeps the newest few; of those in use the cursors hold references. */
static void cache_schema(struct eng_table *t, struct eng_schema *schema)
{
    struct eng_cached *c = mem_alloc(sizeof *c), *old = NULL;
    unsigned count = 0;

    if (c == NULL)
        return; /* it is only a cache */
    c->schema = eng_schema_ref(schema);
    pthread_mutex_lock(&t->instance->lock);
    list_prepend(&t->schemas, &c->link);
    LIST_FOR_EACH (it, &t->schemas)
        count++;
    if (count > SCHEMAS_KEPT) {
        old = LIST_ENTRY(t->schemas.prev, struct eng_cached, link);
        list_remove(&old->link);
    }
    pthread_mutex_unlock(&t->instance->lock);
    if (old != NULL) {
        eng_schema_unref(old->schema);
        mem_free(old);
    }
}

JET_ERR eng_table_schema(struct eng_step *step, struct eng_table *table, uint32_t version,
                         struct eng_schema **ret_schema)
{
    JET_ERR err;

    *ret_schema = cached_schema(table, version);
    if (*ret_schema != NULL)
        return JET_errSuccess;
    err = eng_schema_load(step->txn, table, version, ret_schema);
    if (!err)
        cache_schema(table, *ret_schema);
    return err;
}

JET_ERR eng_schema_seen(struct eng_step *step, struct eng_table *table,
                        struct eng_schema **ret_schema)
{
    uint32_t version = 0;
    JET_ERR err = eng_version_read(step->txn, table, &version);

    return err ? err : eng_table_schema(step, table, version, ret_schema);
}

JET_ERR eng_table_seen(struct eng_step *step, struct eng_database *db, const char *name,
                       struct eng_table **ret_table, struct eng_schema **ret_schema)
{
    uint32_t objid = 0;
    JET_ERR err = eng_name_find(step->txn, db, name, &objid);

    if (!err)
        err = eng_table_ref(db, objid, ret_table);
    return err ? err : eng_schema_seen(step, *ret_table, ret_schema);
}

/* ---- changes of the definition ---- */

static JET_ERR note_change(struct ese_session *session, struct eng_table *table, bool deletes)
{
    struct eng_change *change = mem_alloc(sizeof *change);

    if (change == NULL)
        return JET_errOutOfMemory;
    change->table = table;
    change->level = session->level + 1;
    change->deletes = deletes;
    eng_table_hold(table);
    atomic_fetch_add(&table->pending, 1);
    list_append(&session->changed, &change->link);
    session->changes++;
    return JET_errSuccess;
}

JET_ERR eng_table_change(struct eng_step *step, struct eng_table *table, enum eng_change_kind kind)
{
    uint8_t key[CONTROL_KEY] = {0}, bytes[4];
    struct eng_number *objids = &table->database->objids;
    struct store_slice k = eng_slice(key, sizeof key);
    uint64_t version = 0;
    enum store_status s;
    JET_ERR err = note_change(step->session, table, kind == ENG_CHANGE_DELETE);

    if (err)
        return err;
    control_key(table, CONTROL_VERSION, key);
    if (kind == ENG_CHANGE_DELETE) {
        s = store_erase(step->txn, control_tree(table), k, STORE_ERASE_PRESENT);
        control_key(table, CONTROL_GATE, key);
        if (s == STORE_OK)
            s = store_erase(step->txn, control_tree(table), k, STORE_ERASE_ANY);
        return s == STORE_NOT_FOUND ? JET_errObjectNotFound : eng_error(s);
    }
    err = eng_number_draw(table->instance, objids, ENG_OBJID_FIRST, 1, &version);
    if (err)
        return err;
    ese_put_u32(bytes, (uint32_t)version);
    s = store_put(step->txn, control_tree(table), k, eng_slice(bytes, sizeof bytes),
                  kind == ENG_CHANGE_CREATE ? STORE_INSERT : STORE_REPLACE);
    return s == STORE_NOT_FOUND ? JET_errObjectNotFound : eng_error(s);
}

void eng_changes_end(struct ese_session *session, unsigned level, bool committed)
{
    struct ese_instance *instance = session->instance;

    LIST_FOR_EACH_SAFE (it, &session->changed) {
        struct eng_change *c = LIST_ENTRY(it, struct eng_change, link);

        if (c->level <= level)
            continue;
        if (c->deletes) {
            pthread_mutex_lock(&instance->lock);
            c->table->delete_by = NULL;
            c->table->deleted |= committed;
            pthread_mutex_unlock(&instance->lock);
        }
        atomic_store(&c->table->changed, atomic_fetch_add(&instance->epoch, 1) + 1); /* S2 */
        atomic_fetch_sub(&c->table->pending, 1);
        eng_table_unref(c->table);
        list_remove(it);
        mem_free(c);
    }
}

void eng_changes_release(struct ese_session *session, unsigned level)
{
    LIST_FOR_EACH (it, &session->changed) {
        struct eng_change *c = LIST_ENTRY(it, struct eng_change, link);

        if (c->level > level)
            c->level = level;
    }
}

/* ---- gates ---- */

static void tell_holders(const struct eng_table *table)
{
    struct ese_instance *instance = table->instance;

    if (atomic_load(&table->holders) == 0)
        return;
    pthread_mutex_lock(&instance->lock);
    pthread_cond_broadcast(&instance->gate_left);
    pthread_mutex_unlock(&instance->lock);
}

JET_ERR eng_gate_enter(struct eng_step *step, struct eng_table *table)
{
    struct ese_session *session = step->session;
    uint8_t key[CONTROL_KEY];
    enum store_status s;

    if (eng_table_is_temp(table)) { /* one session's, and so without a gate */
        table->written = true;
        return JET_errSuccess;
    }
    for (size_t i = 0; i < session->gate_count; i++)
        if (session->gates[i].table == table)
            return JET_errSuccess;
    if (session->gate_count == session->gate_room) {
        size_t room = session->gate_room * 2 + 8;
        struct eng_gate *grown = mem_grow(session->gates, room * sizeof *grown);

        if (grown == NULL)
            return JET_errOutOfMemory;
        session->gates = grown;
        session->gate_room = room;
    }
    control_key(table, CONTROL_GATE, key);
    atomic_fetch_add(&table->entering, 1); /* before looking whether anybody holds it */
    if (atomic_load(&table->holders) > 0)
        s = STORE_CONFLICT;
    else
        s = store_lock(step->txn, control_tree(table), eng_slice(key, sizeof key), STORE_SHARED,
                       NULL);
    if (s == STORE_OK || s == STORE_NOT_FOUND) {
        eng_table_hold(table);
        atomic_fetch_add(&table->writers, 1);
        session->gates[session->gate_count++] =
            (struct eng_gate){.table = table, .level = session->level + 1};
    }
    atomic_fetch_sub(&table->entering, 1);
    tell_holders(table);
    return s == STORE_NOT_FOUND ? JET_errSuccess : eng_error(s);
}

void eng_gate_leave(struct ese_session *session, struct eng_table *take_table, bool kept)
{
    if (kept) /* before it is no longer counted */
        atomic_store(&take_table->gate_left, atomic_fetch_add(&session->instance->epoch, 1) + 1);
    atomic_fetch_sub(&take_table->writers, 1);
    tell_holders(take_table);
    eng_table_unref(take_table);
}

void eng_gate_hold(struct eng_table *table)
{
    struct ese_instance *instance = table->instance;
    struct timespec until;
    int waited = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += GATE_WAIT_SECONDS;
    atomic_fetch_add(&table->holders, 1);
    pthread_mutex_lock(&instance->lock);
    while (atomic_load(&table->entering) + atomic_load(&table->writers) > 0 && waited == 0)
        waited = pthread_cond_timedwait(&instance->gate_left, &instance->lock, &until);
    pthread_mutex_unlock(&instance->lock);
}

void eng_gate_let_go(struct eng_table *table)
{
    atomic_fetch_sub(&table->holders, 1);
}

/* With the gate locked nobody else writes: who has written is either still counted, or has told. */
static bool others_have_written(const struct ese_session *session, const struct eng_table *table)
{
    unsigned own = 0;

    for (size_t i = 0; i < session->gate_count; i++)
        own += session->gates[i].table == table;
    return atomic_load(&table->writers) > own || atomic_load(&table->gate_left) > session->epoch;
}

JET_ERR eng_gate_close(struct eng_step *step, struct eng_table *table, bool all_rows)
{
    uint8_t key[CONTROL_KEY], bytes[4] = {0};
    enum store_status s;

    control_key(table, CONTROL_GATE, key);
    s = store_put(step->txn, control_tree(table), eng_slice(key, sizeof key),
                  eng_slice(bytes, sizeof bytes), STORE_UPSERT);
    if (s)
        return eng_error(s);
    return all_rows && others_have_written(step->session, table) ? JET_errWriteConflict
                                                                 : JET_errSuccess;
}

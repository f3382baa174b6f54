/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - does a database agree with itself?
 *
 * Entries are looked up from their rows and then counted: if every key of every row has its entry
 * and there are no more entries than keys, each entry has its row. Long values likewise.
 */
#include "ese/engine/check.h"

#include "ese/engine/cursor.h"
#include "ese/format/bytes.h"
#include "ese/format/longvalue.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FAULT_SIZE 256

/* A table being checked. */
struct checking {
    struct eng_check *check;
    struct eng_step *step;
    struct eng_table *table;
    struct eng_schema *schema;
    uint64_t *expected; /* entries, by index */
    uint64_t values;    /* long values that records refer to */
};

static void fault(struct checking *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void fault(struct checking *c, const char *format, ...)
{
    char text[FAULT_SIZE];
    int n = snprintf(text, sizeof text, "table=%s ", c->schema != NULL ? c->schema->name : "?");
    va_list args;

    va_start(args, format);
    if (n > 0 && (size_t)n < sizeof text)
        vsnprintf(text + n, sizeof text - (size_t)n, format, args);
    va_end(args);
    c->check->faults++;
    if (c->check->fault != NULL)
        c->check->fault(c->check->ctx, text);
}

/* Calls `each` for all keys of a tree. */
static JET_ERR each_key(struct checking *c, uint64_t tree,
                        JET_ERR (*each)(struct checking *c, void *ctx, struct store_slice key,
                                        struct store_slice value),
                        void *ctx)
{
    struct store_cursor *scan = NULL;
    enum store_status s = store_cursor_open(c->step->store, tree, &scan);
    JET_ERR err = JET_errSuccess;

    if (s == STORE_OK)
        s = store_cursor_seek(scan, c->step->txn, STORE_FIRST, eng_slice(NULL, 0));
    while (s == STORE_OK && !err) {
        err = each(c, ctx, store_cursor_key(scan), store_cursor_value(scan));
        if (!err)
            s = store_cursor_step(scan, c->step->txn, STORE_NEXT);
    }
    store_cursor_close(scan);
    return err ? err : s == STORE_NOT_FOUND ? JET_errSuccess : eng_error(s);
}

/* ---- rows ---- */

static JET_ERR check_entries(struct checking *c, const struct eng_index *x,
                             const struct eng_view *row, struct store_slice bookmark,
                             uint64_t *expected)
{
    uint8_t entry[ENG_ENTRY_MAX];
    struct arena arena;
    struct eng_keys keys = {.arena = &arena};
    JET_ERR err;

    arena_init(&arena, NULL, 0);
    err = eng_row_keys(c->step, c->table, x, row, &keys);
    for (size_t i = 0; i < keys.count && !err; i++) {
        struct store_value v = {0};
        size_t size = eng_entry_make(x, keys.keys[i].data, keys.keys[i].size, bookmark.data,
                                     bookmark.size, entry);
        enum store_status s = store_get(c->step->txn, x->tree, eng_slice(entry, size), &v);

        if (s == STORE_NOT_FOUND)
            fault(c, "index=%s a row has no entry", x->x.name);
        else if (s != STORE_OK)
            err = eng_error(s);
        else if (x->unique &&
                 (v.size != bookmark.size || memcmp(v.data, bookmark.data, v.size) != 0))
            fault(c, "index=%s an entry names another row", x->x.name);
        store_value_release(&v);
        (*expected)++;
    }
    arena_fini(&arena);
    return err;
}

static JET_ERR check_value(struct checking *c, const struct ese_value *v)
{
    uint32_t chunk = atomic_load(&c->table->lv_chunk), size = 0;
    struct eng_lid lid;
    struct ese_lv_key key;
    JET_ERR err = eng_lid_take(v->data, v->size, &lid);

    c->values++;
    if (!err)
        err = eng_lv_size(c->step, c->table, &lid, &size);
    if (err == JET_errLVCorrupted) {
        fault(c, "a long value is missing");
        return JET_errSuccess;
    }
    for (uint64_t at = 0; at < size && !err; at += chunk) {
        struct store_value part = {0};
        enum store_status s = STORE_NOT_FOUND;

        if (ese_lv_key_of_id(lid.bytes, lid.size, &key) == ESE_FORMAT_OK) {
            ese_lv_key_set_offset(&key, (uint32_t)at);
            s = store_get(c->step->txn, c->table->tree + 1, eng_slice(key.bytes, key.id_size + 4u),
                          &part);
        }
        if (s == STORE_NOT_FOUND)
            fault(c, "a chunk of a long value is missing offset=%u", (unsigned)at);
        else
            err = eng_error(s);
        store_value_release(&part);
    }
    return err;
}

static JET_ERR check_values(struct checking *c, const struct ese_record *r)
{
    JET_ERR err = JET_errSuccess;

    for (uint16_t i = 0; i < r->tagged_count && !err; i++) {
        struct ese_field f;
        uint16_t id;
        bool derived;

        if (ese_record_tagged_at(r, i, &id, &derived, &f) != ESE_FORMAT_OK)
            continue;
        for (uint32_t n = 0; n < f.count && !err; n++) {
            struct ese_value v;

            if (ese_field_value(&f, n, &v) == ESE_FORMAT_OK && v.separated)
                err = check_value(c, &v);
        }
    }
    return err;
}

static JET_ERR check_row(struct checking *c, void *ctx, struct store_slice bookmark,
                         struct store_slice record)
{
    uint8_t key[ESE_KEY_BUFFER];
    struct eng_view row;
    size_t size = 0;
    JET_ERR err = JET_errSuccess;

    (void)ctx;
    c->check->rows++;
    if (eng_view_open(&row, c->schema, c->table->form, record)) {
        fault(c, "a record does not decode");
        return JET_errSuccess;
    }
    if (c->schema->primary != NULL && !c->schema->primary->stale) {
        err = eng_primary_key(c->step, c->table, &row, key, &size);
        if (!err && (size != bookmark.size || memcmp(key, bookmark.data, size) != 0))
            fault(c, "a record lies under another key");
    }
    for (unsigned i = 0; i < c->schema->index_count && !err; i++)
        if (!c->schema->indexes[i].primary && !c->schema->indexes[i].stale)
            err = check_entries(c, &c->schema->indexes[i], &row, bookmark, &c->expected[i]);
    return err ? err : check_values(c, &row.record);
}

/* ---- what hangs on rows ---- */

static JET_ERR count_key(struct checking *c, void *ctx, struct store_slice key,
                         struct store_slice value)
{
    (void)c;
    (void)key;
    (void)value;
    ++*(uint64_t *)ctx;
    return JET_errSuccess;
}

static JET_ERR count_root(struct checking *c, void *ctx, struct store_slice key,
                          struct store_slice value)
{
    const uint8_t *k = key.data;
    bool wide = key.size >= 8 && (k[0] & 0x80) != 0;

    (void)c;
    (void)value;
    *(uint64_t *)ctx += key.size == (wide ? 8u : 4u);
    return JET_errSuccess;
}

static JET_ERR check_delta(struct checking *c, void *ctx, struct store_slice key,
                           struct store_slice value)
{
    struct store_value v = {0};
    enum store_status s;

    (void)ctx;
    c->check->deltas++;
    if (key.size <= 10 || value.size != 8) {
        fault(c, "an escrow delta does not decode");
        return JET_errSuccess;
    }
    s = store_get(c->step->txn, c->table->tree, eng_slice(key.data, key.size - 10), &v);
    store_value_release(&v);
    if (s == STORE_NOT_FOUND)
        fault(c, "an escrow delta has no row");
    return s == STORE_NOT_FOUND ? JET_errSuccess : eng_error(s);
}

static JET_ERR check_counts(struct checking *c)
{
    uint64_t roots = 0;
    JET_ERR err = JET_errSuccess;

    for (unsigned i = 0; i < c->schema->index_count && !err; i++) {
        const struct eng_index *x = &c->schema->indexes[i];
        uint64_t found = 0;

        if (x->primary || x->stale)
            continue;
        err = each_key(c, x->tree, count_key, &found);
        c->check->entries += found;
        if (!err && found != c->expected[i])
            fault(c, "index=%s entries=%llu rows_ask_for=%llu", x->x.name,
                  (unsigned long long)found, (unsigned long long)c->expected[i]);
    }
    if (!err)
        err = each_key(c, c->table->tree + 1, count_root, &roots);
    c->check->long_values += roots;
    if (!err && roots != c->values)
        fault(c, "long_values=%llu records_refer_to=%llu", (unsigned long long)roots,
              (unsigned long long)c->values);
    return err ? err : each_key(c, c->table->tree + 2, check_delta, NULL);
}

/* ---- tables ---- */

static JET_ERR check_table(struct checking *c, void *ctx, struct store_slice name,
                           struct store_slice value)
{
    struct eng_database *db = ctx;
    uint32_t version = 0;
    JET_ERR err;

    (void)name;
    c->check->tables++;
    c->values = 0;
    if (value.size != 4) {
        fault(c, "a name does not decode");
        return JET_errSuccess;
    }
    err = eng_table_ref(db, ese_get_u32(value.data), &c->table);
    if (!err)
        err = eng_version_read(c->step->txn, c->table, &version);
    if (!err)
        err = eng_table_schema(c->step, c->table, version, &c->schema);
    if (err == JET_errCatalogCorrupted || err == JET_errObjectNotFound) {
        fault(c, "the catalog does not decode");
        err = JET_errSuccess;
    } else if (!err) {
        c->expected = mem_alloc((c->schema->index_count + 1) * sizeof *c->expected);
        err =
            c->expected == NULL ? JET_errOutOfMemory : each_key(c, c->table->tree, check_row, NULL);
        if (!err)
            err = check_counts(c);
        mem_free(c->expected);
    }
    eng_schema_unref(c->schema);
    c->schema = NULL;
    if (c->table != NULL)
        eng_table_unref(c->table);
    c->table = NULL;
    return err;
}

JET_ERR eng_check_database(struct ese_session *session, JET_DBID dbid, struct eng_check *check)
{
    struct eng_database *db = eng_database_of(session->instance, dbid);
    struct checking c = {.check = check};
    struct eng_step step;
    JET_ERR err = db == NULL ? JET_errInvalidDatabaseId
                  : db->foreign != NULL
                      ? JET_errFeatureNotAvailable /* holdfast edb verifies those */
                      : eng_step_begin(session, db, ENG_READ, &step);

    if (err)
        return err;
    c.step = &step;
    check->tables = check->rows = check->entries = check->long_values = 0;
    check->deltas = check->faults = 0;
    err = each_key(&c, eng_tree(db->number, ENG_OBJID_NAMES), check_table, db);
    return eng_step_end(&step, err);
}

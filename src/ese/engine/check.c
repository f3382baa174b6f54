/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - does a database agree with itself? Rows, their entries, their deltas
 *
 * Each key of each row is looked up in its index, and the entries are counted: if every key has its
 * entry and there are no more entries than keys, each entry has its row. Only an index where that
 * fails is walked to say which entries are wrong.
 */
#include "ese/engine/check.h"

#include "ese/format/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FAULT_SIZE 600
#define DELTA_TAIL 10 /* of a delta's key, behind the bookmark (escrow.c) */

void eng_check_fault(struct eng_checking *c, const char *format, ...)
{
    char text[FAULT_SIZE];
    int n = c->schema != NULL ? snprintf(text, sizeof text, "table=%s ", c->schema->name)
                              : snprintf(text, sizeof text, "catalog ");
    va_list args;

    va_start(args, format);
    if (n > 0 && (size_t)n < sizeof text)
        vsnprintf(text + n, sizeof text - (size_t)n, format, args);
    va_end(args);
    c->check->faults++;
    if (c->check->fault != NULL)
        c->check->fault(c->check->context, text);
}

const char *eng_check_text(const void *data, size_t size, char text[ENG_CHECK_TEXT])
{
    size_t most = (ENG_CHECK_TEXT - 4) / 2, n = size < most ? size : most;

    text[0] = '\0';
    for (size_t i = 0; i < n; i++)
        snprintf(text + 2 * i, 3, "%02x", ((const uint8_t *)data)[i]);
    if (n < size)
        strcat(text, "...");
    return text;
}

JET_ERR eng_check_tree(struct eng_checking *c, uint64_t tree, eng_check_each each, void *ctx)
{
    const struct ese_host *host = c->step->session->instance->host;
    struct store_cursor *scan = NULL;
    enum store_status s = store_cursor_open(c->step->store, tree, &scan);
    JET_ERR err = JET_errSuccess;

    if (s == STORE_OK)
        s = store_cursor_seek(scan, c->step->txn, STORE_FIRST, eng_slice(NULL, 0));
    for (unsigned n = 1; s == STORE_OK && !err; n++) {
        err = each(c, ctx, store_cursor_key(scan), store_cursor_value(scan));
        if (!err && n % 1024 == 0 && host->stopping(host))
            err = JET_errClientRequestToStopJetService;
        if (!err)
            s = store_cursor_step(scan, c->step->txn, STORE_NEXT);
    }
    store_cursor_close(scan);
    return err ? err : s == STORE_NOT_FOUND ? JET_errSuccess : eng_error(s);
}

static bool same(struct store_slice a, const void *data, size_t size)
{
    return a.size == size && memcmp(a.data, data, size) == 0;
}

/* ---- from rows to entries ---- */

static JET_ERR check_entry(struct eng_checking *c, const struct eng_index *x,
                           struct eng_check_index *counts, const struct eng_key *key,
                           struct store_slice bookmark)
{
    char row_text[ENG_CHECK_TEXT], key_text[ENG_CHECK_TEXT];
    uint8_t entry[ENG_ENTRY_MAX];
    size_t size = eng_entry_make(x, key->data, key->size, bookmark.data, bookmark.size, entry);
    struct store_value v = {0};
    enum store_status s = store_get(c->step->txn, x->tree, eng_slice(entry, size), &v);
    bool ours = s == STORE_OK && (x->unique ? same(bookmark, v.data, v.size)
                                            : v.size == 2 && ese_get_u16(v.data) == key->size);

    store_value_release(&v);
    if (s != STORE_OK && s != STORE_NOT_FOUND)
        return eng_error(s);
    counts->expected++;
    if (ours)
        return JET_errSuccess;
    counts->missing++;
    eng_check_fault(c, "index=%s row=%s key=%s %s", x->x.name,
                    eng_check_text(bookmark.data, bookmark.size, row_text),
                    eng_check_text(key->data, key->size, key_text),
                    s == STORE_NOT_FOUND ? "has no entry" : "has an entry that is not its own");
    return JET_errSuccess;
}

static JET_ERR check_entries(struct eng_checking *c, unsigned index, const struct eng_view *row,
                             struct store_slice bookmark)
{
    const struct eng_index *x = &c->schema->indexes[index];
    struct arena arena;
    struct eng_keys keys = {.arena = &arena};
    char text[ENG_CHECK_TEXT];
    JET_ERR err;

    arena_init(&arena, NULL, 0);
    err = eng_row_keys(c->step, c->table, x, row, &keys);
    if (err && err != JET_errOutOfMemory) {
        eng_check_fault(c, "index=%s row=%s its keys cannot be made: error %d", x->x.name,
                        eng_check_text(bookmark.data, bookmark.size, text), err);
        err = JET_errSuccess;
    }
    for (size_t i = 0; i < keys.count && !err; i++)
        err = check_entry(c, x, &c->indexes[index], &keys.keys[i], bookmark);
    arena_fini(&arena);
    return err;
}

/* ---- rows ---- */

static void check_column(struct eng_checking *c, const struct eng_view *row,
                         const struct eng_column *column, const char *row_text)
{
    size_t size = ese_coltyp_size(column->c.coltyp);
    struct eng_value v;
    struct eng_cell cell;

    if (eng_view_cell(row, column, true, &cell)) {
        eng_check_fault(c, "row=%s column=%s cannot be taken out of the record", row_text,
                        column->c.name);
        return;
    }
    if (cell.presence != ESE_PRESENT) {
        if (column->c.flags & ESE_FIELD_NOT_NULL)
            eng_check_fault(c, "row=%s column=%s is NULL and may not be", row_text, column->c.name);
        return;
    }
    for (uint32_t i = 0; i < cell.count; i++)
        if (eng_cell_value(&cell, i, &v) || (size != 0 && v.size != size))
            eng_check_fault(c, "row=%s column=%s value %u has not the size of its type", row_text,
                            column->c.name, i + 1);
}

static JET_ERR check_own_key(struct eng_checking *c, const struct eng_view *row,
                             struct store_slice bookmark, const char *row_text)
{
    uint8_t key[ESE_KEY_BUFFER];
    char text[ENG_CHECK_TEXT];
    size_t size = 0;
    JET_ERR err;

    if (c->schema->primary == NULL || c->schema->primary->stale)
        return JET_errSuccess;
    err = eng_primary_key(c->step, c->table, row, key, &size);
    if (err == JET_errOutOfMemory)
        return err;
    if (err)
        eng_check_fault(c, "row=%s its primary key cannot be made: error %d", row_text, err);
    else if (!same(bookmark, key, size))
        eng_check_fault(c, "row=%s has the primary key %s", row_text,
                        eng_check_text(key, size, text));
    return JET_errSuccess;
}

static bool is_checked(const struct eng_index *x)
{
    return !x->primary && !x->stale;
}

static JET_ERR check_row(struct eng_checking *c, void *ctx, struct store_slice bookmark,
                         struct store_slice record)
{
    char text[ENG_CHECK_TEXT];
    struct eng_view row;
    JET_ERR err;

    (void)ctx;
    c->check->rows++;
    eng_check_text(bookmark.data, bookmark.size, text);
    if (eng_view_open(&row, c->schema, c->table->form, record)) {
        eng_check_fault(c, "row=%s is not a record", text);
        return JET_errSuccess;
    }
    for (unsigned i = 0; i < c->schema->live_count; i++)
        check_column(c, &row, c->schema->by_name[i], text);
    eng_check_row_numbers(c, &row, bookmark);
    err = check_own_key(c, &row, bookmark, text);
    for (unsigned i = 0; i < c->schema->index_count && !err; i++)
        if (is_checked(&c->schema->indexes[i]))
            err = check_entries(c, i, &row, bookmark);
    return err ? err : eng_check_row_values(c, &row, bookmark);
}

/* ---- from entries to rows ---- */

static JET_ERR count_entry(struct eng_checking *c, void *ctx, struct store_slice key,
                           struct store_slice value)
{
    (void)c;
    (void)key;
    (void)value;
    ++*(uint64_t *)ctx;
    return JET_errSuccess;
}

/* Does the row ask for an entry with that key? */
static JET_ERR row_asks(struct eng_checking *c, const struct eng_index *x,
                        struct store_slice record, const void *key, size_t key_size, bool *ret_asks)
{
    struct arena arena;
    struct eng_keys keys = {.arena = &arena};
    struct eng_view row;
    JET_ERR err;

    *ret_asks = false;
    if (eng_view_open(&row, c->schema, c->table->form, record))
        return JET_errSuccess; /* told of with the rows */
    arena_init(&arena, NULL, 0);
    err = eng_row_keys(c->step, c->table, x, &row, &keys);
    for (size_t i = 0; i < keys.count && !*ret_asks; i++)
        *ret_asks = keys.keys[i].size == key_size && memcmp(keys.keys[i].data, key, key_size) == 0;
    arena_fini(&arena);
    return err == JET_errOutOfMemory ? err : JET_errSuccess;
}

static JET_ERR explain_entry(struct eng_checking *c, void *ctx, struct store_slice entry,
                             struct store_slice value)
{
    const struct eng_index *x = ctx;
    char key_text[ENG_CHECK_TEXT], row_text[ENG_CHECK_TEXT];
    struct store_slice bookmark = {0};
    struct store_value row = {0};
    size_t key_size = 0;
    bool asks = false;
    enum store_status s;
    JET_ERR err;

    if (eng_entry_split(x, entry, value, &key_size, &bookmark) || bookmark.size == 0) {
        eng_check_fault(c, "index=%s entry=%s is not an entry", x->x.name,
                        eng_check_text(entry.data, entry.size, key_text));
        return JET_errSuccess;
    }
    eng_check_text(entry.data, key_size, key_text);
    eng_check_text(bookmark.data, bookmark.size, row_text);
    s = store_get(c->step->txn, c->table->tree, bookmark, &row);
    if (s == STORE_NOT_FOUND) {
        eng_check_fault(c, "index=%s entry=%s row=%s leads to no row", x->x.name, key_text,
                        row_text);
        return JET_errSuccess;
    }
    err = s ? eng_error(s)
            : row_asks(c, x, eng_slice(row.data, row.size), entry.data, key_size, &asks);
    store_value_release(&row);
    if (!err && !asks)
        eng_check_fault(c, "index=%s entry=%s row=%s is not a key of that row", x->x.name, key_text,
                        row_text);
    return err;
}

static JET_ERR check_index(struct eng_checking *c, unsigned index)
{
    const struct eng_check_index *counts = &c->indexes[index];
    struct eng_index *x = &c->schema->indexes[index];
    uint64_t found = 0;
    JET_ERR err = eng_check_tree(c, x->tree, count_entry, &found);

    c->check->entries += found;
    if (err || found == counts->expected - counts->missing)
        return err;
    return eng_check_tree(c, x->tree, explain_entry, x);
}

/* ---- escrow deltas ---- */

static uint64_t delta_number(struct store_slice key)
{
    const uint8_t *tail = (const uint8_t *)key.data + key.size - 8;

    return (uint64_t)ese_get_be32(tail) << 32 | ese_get_be32(tail + 4);
}

static JET_ERR check_delta(struct eng_checking *c, void *ctx, struct store_slice key,
                           struct store_slice value)
{
    char text[ENG_CHECK_TEXT];
    struct store_value v = {0};
    enum store_status s;

    (void)ctx;
    c->check->deltas++;
    if (key.size <= DELTA_TAIL || value.size != 8) {
        eng_check_fault(c, "delta=%s is not an escrow delta",
                        eng_check_text(key.data, key.size, text));
        return JET_errSuccess;
    }
    eng_check_met(c, ENG_MOST_DELTA, delta_number(key));
    s = store_get(c->step->txn, c->table->tree, eng_slice(key.data, key.size - DELTA_TAIL), &v);
    store_value_release(&v);
    if (s == STORE_NOT_FOUND)
        eng_check_fault(c, "row=%s has an escrow delta, but is not there",
                        eng_check_text(key.data, key.size - DELTA_TAIL, text));
    return s == STORE_NOT_FOUND ? JET_errSuccess : eng_error(s);
}

/* ---- tables ---- */

static JET_ERR check_parts(struct eng_checking *c)
{
    JET_ERR err = eng_check_tree(c, c->table->tree, check_row, NULL);

    for (unsigned i = 0; i < c->schema->index_count && !err; i++)
        if (is_checked(&c->schema->indexes[i]))
            err = check_index(c, i);
    if (!err)
        err = eng_check_value_tree(c);
    if (!err)
        err = eng_check_tree(c, c->table->tree + 2, check_delta, NULL);
    return err ? err : eng_check_numbers(c);
}

static JET_ERR check_table(struct eng_checking *catalog, void *ctx, struct store_slice name,
                           struct store_slice value)
{
    struct eng_checking c = {
        .check = catalog->check, .step = catalog->step, .database = catalog->database};
    JET_ERR err;

    (void)ctx;
    (void)name;
    c.check->tables++;
    if (value.size != 4)
        return JET_errSuccess; /* told of with the catalog */
    err = eng_table_ref(c.database, ese_get_u32(value.data), &c.table);
    if (!err)
        err = eng_schema_seen(c.step, c.table, &c.schema);
    if (err == JET_errCatalogCorrupted || err == JET_errObjectNotFound) {
        eng_check_fault(&c, "object=%u its definition cannot be taken up: error %d",
                        ese_get_u32(value.data), err);
        err = JET_errSuccess;
    } else if (!err) {
        c.indexes = mem_alloc((c.schema->index_count + 1) * sizeof *c.indexes);
        err = c.indexes == NULL ? JET_errOutOfMemory : check_parts(&c);
        mem_free(c.indexes);
        mem_free(c.values);
    }
    eng_schema_unref(c.schema);
    if (c.table != NULL)
        eng_table_unref(c.table);
    return err;
}

JET_ERR eng_check_database(struct ese_session *session, JET_DBID dbid, HOLDFAST_ESE_CHECK *check)
{
    struct eng_checking c = {.check = check, .database = eng_database_of(session->instance, dbid)};
    struct eng_step step;
    JET_ERR err;

    check->tables = check->rows = check->entries = check->long_values = 0;
    check->deltas = check->faults = 0;
    if (c.database == NULL)
        return JET_errInvalidDatabaseId;
    if (c.database->foreign != NULL) /* `holdfast edb` verifies those */
        return JET_errFeatureNotAvailable;
    err = eng_step_begin(session, c.database, ENG_READ, &step);
    if (err)
        return err;
    c.step = &step;
    err = eng_check_catalog(&c);
    if (!err)
        err = eng_check_tree(&c, eng_tree(c.database->number, ENG_OBJID_NAMES), check_table, NULL);
    if (!err)
        err = eng_check_numbers(&c);
    return eng_step_end(&step, err);
}

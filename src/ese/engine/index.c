/* SPDX-License-Identifier: Apache-2.0
 *
 * index.c - entries of secondary indexes: their form, their upkeep, building all of them
 *
 *     unique index      key             -> bookmark
 *     other index       key, bookmark   -> u16 length of the key
 * The second form orders entries by key and then by bookmark, as ESE's non-unique trees do, because
 * no whole key begins with another.
 */
#include "ese/engine/cursor.h"

#include "base/octets.h"
#include "ese/format/bytes.h"

#include <string.h>

size_t eng_entry_make(const struct eng_index *index, const void *key, size_t key_size,
                      const void *bookmark, size_t bookmark_size, uint8_t out[ENG_ENTRY_MAX])
{
    memcpy(out, key, key_size);
    if (index->unique)
        return key_size;
    memcpy(out + key_size, bookmark, bookmark_size);
    return key_size + bookmark_size;
}

JET_ERR eng_entry_split(const struct eng_index *index, struct store_slice entry,
                        struct store_slice value, size_t *ret_key_size,
                        struct store_slice *ret_bookmark)
{
    if (index->unique) {
        *ret_key_size = entry.size;
        *ret_bookmark = value;
    } else {
        size_t size = value.size == 2 ? ese_get_u16(value.data) : entry.size;

        if (size >= entry.size)
            return JET_errSecondaryIndexCorrupted;
        *ret_key_size = size;
        *ret_bookmark = eng_slice((const uint8_t *)entry.data + size, entry.size - size);
    }
    return JET_errSuccess;
}

/* ---- upkeep ---- */

struct upkeep {
    struct eng_step *step;
    const struct eng_index *index;
    const void *bookmark;
    size_t bookmark_size;
    struct store_bulk *bulk; /* NULL: through the transaction */
    bool guarded;            /* which has locked the row; all writers of its entries do */
};

static JET_ERR insert_entry(const struct upkeep *u, const struct eng_key *key)
{
    uint8_t entry[ENG_ENTRY_MAX], length[2];
    size_t size =
        eng_entry_make(u->index, key->data, key->size, u->bookmark, u->bookmark_size, entry);
    struct store_slice k = eng_slice(entry, size);

    if (u->index->unique)
        return eng_error(store_put(u->step->txn, u->index->tree, k,
                                   eng_slice(u->bookmark, u->bookmark_size), STORE_INSERT));
    ese_put_u16(length, (uint16_t)key->size);
    if (u->bulk != NULL)
        return eng_error(store_bulk_put(u->bulk, k, eng_slice(length, sizeof length)));
    return eng_error(store_put(u->step->txn, u->index->tree, k, eng_slice(length, sizeof length),
                               u->guarded ? STORE_GUARDED : STORE_UPSERT));
}

static JET_ERR erase_entry(const struct upkeep *u, const struct eng_key *key)
{
    uint8_t entry[ENG_ENTRY_MAX];
    size_t size =
        eng_entry_make(u->index, key->data, key->size, u->bookmark, u->bookmark_size, entry);

    return eng_error(
        store_erase(u->step->txn, u->index->tree, eng_slice(entry, size),
                    u->guarded && !u->index->unique ? STORE_ERASE_GUARDED : STORE_ERASE_ANY));
}

static int compare_keys(const struct eng_key *a, const struct eng_key *b)
{
    return octets_compare(a->data, a->size, b->data, b->size);
}

/* Both lists are in order: what only one of them has is what changes. Erasing comes first. */
static JET_ERR apply(const struct upkeep *u, const struct eng_keys *before,
                     const struct eng_keys *after, bool inserting)
{
    size_t i = 0, j = 0;
    JET_ERR err = JET_errSuccess;

    while ((i < before->count || j < after->count) && !err) {
        int order = i == before->count  ? 1
                    : j == after->count ? -1
                                        : compare_keys(&before->keys[i], &after->keys[j]);

        if (order < 0 && !inserting)
            err = erase_entry(u, &before->keys[i]);
        if (order > 0 && inserting)
            err = insert_entry(u, &after->keys[j]);
        i += order <= 0;
        j += order >= 0;
    }
    return err;
}

JET_ERR eng_index_update(struct eng_step *step, const struct eng_table *table,
                         const struct eng_index *index, const struct eng_view *before,
                         const struct eng_view *after, const void *bookmark, size_t size)
{
    struct upkeep u = {
        .step = step, .index = index, .bookmark = bookmark, .bookmark_size = size, .guarded = true};
    uint8_t lent[2048];
    struct arena arena;
    struct eng_keys old = {.arena = &arena}, new = {.arena = &arena};
    JET_ERR err = JET_errSuccess;

    arena_init(&arena, lent, sizeof lent);
    if (before != NULL)
        err = eng_row_keys(step, table, index, before, &old);
    if (!err && after != NULL)
        err = eng_row_keys(step, table, index, after, &new);
    if (!err)
        err = apply(&u, &old, &new, false);
    if (!err)
        err = apply(&u, &old, &new, true);
    arena_fini(&arena);
    return err;
}

/* ---- building ---- */

static JET_ERR build_row(struct upkeep *u, struct eng_table *table, const struct eng_schema *schema,
                         struct store_slice bookmark, struct store_slice record)
{
    uint8_t lent[2048];
    struct arena arena;
    struct eng_keys keys = {.arena = &arena};
    struct eng_view row;
    JET_ERR err = eng_view_open(&row, schema, table->form, record);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    u->bookmark = bookmark.data;
    u->bookmark_size = bookmark.size;
    err = eng_row_keys(u->step, table, u->index, &row, &keys);
    for (size_t i = 0; i < keys.count && !err; i++)
        err = insert_entry(u, &keys.keys[i]);
    arena_fini(&arena);
    return err;
}

/* What a scan lends ends with the next write, so a row is copied before its entries are made. */
static JET_ERR build_rows(struct upkeep *u, struct eng_table *table,
                          const struct eng_schema *schema, struct store_cursor *scan)
{
    const struct ese_host *host = table->instance->host;
    enum store_status s = store_cursor_seek(scan, u->step->txn, STORE_FIRST, eng_slice(NULL, 0));
    uint8_t *copy = NULL;
    size_t room = 0;
    JET_ERR err = JET_errSuccess;

    for (unsigned n = 1; s == STORE_OK && !err; n++) {
        struct store_slice k = store_cursor_key(scan), v = store_cursor_value(scan);

        if (k.size + v.size > room) {
            uint8_t *grown = mem_grow(copy, 2 * (k.size + v.size));

            if (grown == NULL) {
                err = JET_errOutOfMemory;
                break;
            }
            copy = grown;
            room = 2 * (k.size + v.size);
        }
        memcpy(copy, k.data, k.size);
        memcpy(copy + k.size, v.data, v.size);
        err =
            build_row(u, table, schema, eng_slice(copy, k.size), eng_slice(copy + k.size, v.size));
        if (n % 1024 == 0 && host->stopping(host))
            err = JET_errClientRequestToStopJetService;
        if (!err)
            s = store_cursor_step(scan, u->step->txn, STORE_NEXT);
    }
    mem_free(copy);
    return err ? err : s == STORE_NOT_FOUND ? JET_errSuccess : eng_error(s);
}

JET_ERR eng_index_build(struct eng_step *step, struct eng_table *table,
                        const struct eng_schema *schema, const struct eng_index *index)
{
    struct upkeep u = {.step = step, .index = index};
    struct store_cursor *scan = NULL;
    enum store_status s;
    JET_ERR err = JET_errSuccess;

    /* Entries written beside the transaction show with its commit only, and only the transaction
     * can tell a key that is there twice. */
    if (step->own && !index->unique)
        err = eng_error(store_bulk_open(step->txn, index->tree, eng_slice(NULL, 0), &u.bulk));
    if (!err)
        err = eng_error(store_cursor_open(step->store, table->tree, &scan));
    if (!err)
        err = build_rows(&u, table, schema, scan);
    store_cursor_close(scan);
    if (u.bulk != NULL) {
        s = store_bulk_close(u.bulk);
        err = err ? err : eng_error(s);
    }
    return err;
}

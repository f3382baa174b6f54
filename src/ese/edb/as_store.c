/* SPDX-License-Identifier: Apache-2.0
 *
 * as_store.c - a Windows .edb file as a store that cannot be written
 *
 * Owns:  the file, and for each tree a cursor for single look-ups.
 * Lock:  `lock`, around every use of the file; what a cursor lends lies in the cursor.
 */
#include "ese/edb/as_store.h"

#include "base/log.h"
#include "ese/edb/edb_internal.h"
#include "ese/format/bytes.h"
#include "ese/store/store_engine.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MAX (3 * (size_t)EDB_PAGE_SIZE_MAX) /* prefix, suffix and data of a node */

struct tree {
    uint32_t objid, root;
    bool repeats; /* keys are not unique: the data ends them */
    struct edb_cursor getter;
    bool getter_ready;
};

struct edb_store {
    struct store base;
    struct edb_file *file;
    pthread_mutex_t lock;
    struct tree *trees; /* by objid */
    size_t count;
};

struct cursor {
    struct store_cursor base;
    const struct tree *tree; /* NULL: empty */
    struct edb_cursor walk;
    bool walk_ready;
    bool here; /* the walk stands on our key */
    size_t key_size;
    uint8_t *key;
    size_t key_room;
    uint8_t length[2];
};

/* ---- trees ---- */

static int by_objid(const void *a, const void *b)
{
    const struct tree *x = a, *y = b;

    return (x->objid > y->objid) - (x->objid < y->objid);
}

static bool list_trees(struct edb_store *s)
{
    size_t tables, room = 0;
    const struct edb_table *t = edb_tables(s->file, &tables);

    for (size_t i = 0; i < tables; i++)
        room += 2 + t[i].index_count;
    s->trees = mem_alloc((room + 1) * sizeof *s->trees);
    if (s->trees == NULL)
        return false;
    for (size_t i = 0; i < tables; i++) {
        s->trees[s->count++] = (struct tree){.objid = t[i].objid, .root = t[i].root};
        if (t[i].lv_root != 0)
            s->trees[s->count++] = (struct tree){.objid = t[i].lv_objid, .root = t[i].lv_root};
        for (size_t k = 0; k < t[i].index_count; k++) {
            const struct edb_index *x = &t[i].indexes[k];

            if (!(x->def.flags & ESE_INDEX_PRIMARY))
                s->trees[s->count++] = (struct tree){.objid = x->def.objid,
                                                     .root = x->root,
                                                     .repeats = !(x->def.flags & ESE_INDEX_UNIQUE)};
        }
    }
    qsort(s->trees, s->count, sizeof *s->trees, by_objid);
    return true;
}

static struct tree *find_tree(struct edb_store *s, uint64_t tree)
{
    const struct tree key = {.objid = (uint32_t)tree};

    if (tree > UINT32_MAX || s->count == 0)
        return NULL;
    return bsearch(&key, s->trees, s->count, sizeof *s->trees, by_objid);
}

static enum store_status status_of(struct edb_store *s, enum edb_status status)
{
    switch (status) {
    case EDB_OK: return STORE_OK;
    case EDB_END:
    case EDB_NOT_FOUND: return STORE_NOT_FOUND;
    case EDB_NO_MEMORY: return STORE_NO_MEMORY;
    default: break;
    }
    log_line(LOG_LEVEL_ERROR, "%s", edb_file_error(s->file)->text);
    return status == EDB_IO            ? STORE_IO
           : status == EDB_UNSUPPORTED ? STORE_UNSUPPORTED
                                       : STORE_CORRUPT;
}

static enum edb_status ready(struct edb_store *s, const struct tree *t, struct edb_cursor *walk,
                             bool *is_ready)
{
    enum edb_status status;

    if (*is_ready)
        return EDB_OK;
    status = edb_cursor_init(walk, s->file, t->root, t->objid, "a tree");
    walk->data_in_order = t->repeats;
    *is_ready = status == EDB_OK;
    return status;
}

/* ---- opening and closing ---- */

static enum store_status close_store(struct store *take_store)
{
    struct edb_store *s = (struct edb_store *)take_store;

    for (size_t i = 0; i < s->count; i++)
        if (s->trees[i].getter_ready)
            edb_cursor_fini(&s->trees[i].getter);
    mem_free(s->trees);
    edb_close(s->file);
    pthread_mutex_destroy(&s->lock);
    mem_free(s);
    return STORE_OK;
}

/* ---- transactions ---- */

static enum store_status begin(struct store *store, unsigned flags, struct store_txn **ret_txn)
{
    (void)store;
    (void)flags;
    *ret_txn = mem_alloc(sizeof **ret_txn);
    return *ret_txn == NULL ? STORE_NO_MEMORY : STORE_OK;
}

static void level(struct store_txn *txn)
{
    (void)txn;
}

static enum store_status level_roll_back(struct store_txn *txn)
{
    (void)txn;
    return STORE_OK;
}

static enum store_status commit(struct store_txn *take_txn, enum store_durability how,
                                uint64_t *ret_mark)
{
    (void)how;
    *ret_mark = 0;
    mem_free(take_txn);
    return STORE_OK;
}

static enum store_status harden(struct store *store, uint64_t mark)
{
    (void)store;
    (void)mark;
    return STORE_OK;
}

static void abort_txn(struct store_txn *take_txn)
{
    mem_free(take_txn);
}

static enum store_status drain(struct store *store)
{
    (void)store;
    return STORE_OK;
}

/* ---- single look-ups ---- */

static int compare(const void *a, size_t a_size, const void *b, size_t b_size)
{
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/* Does the key end with the data that the node has? */
static bool is_entry(const struct edb_cursor *c, bool repeats, struct store_slice key)
{
    const struct ese_bytes *data = &c->node.data;

    if (!repeats)
        return compare(c->key, c->key_size, key.data, key.size) == 0;
    return key.size == c->key_size + data->size && memcmp(key.data, c->key, c->key_size) == 0 &&
           memcmp((const uint8_t *)key.data + c->key_size, data->data, data->size) == 0;
}

static enum store_status copy_out(const void *data, size_t size, struct store_value *ret_value)
{
    void *copy = mem_alloc(size + 1);

    if (copy == NULL)
        return STORE_NO_MEMORY;
    memcpy(copy, data, size);
    *ret_value = (struct store_value){.data = copy, .size = size, .pin = copy, .unpin = mem_free};
    return STORE_OK;
}

static enum store_status get(struct store_txn *txn, uint64_t tree, struct store_slice key,
                             struct store_value *ret_value)
{
    struct edb_store *s = (struct edb_store *)txn->store;
    struct tree *t = find_tree(s, tree);
    struct edb_cursor *c;
    enum edb_status status;
    enum store_status result;
    uint8_t length[2];

    if (t == NULL)
        return STORE_NOT_FOUND;
    c = &t->getter;
    pthread_mutex_lock(&s->lock);
    status = ready(s, t, c, &t->getter_ready);
    if (status == EDB_OK)
        status = edb_cursor_seek(c, key.data, key.size);
    if (status == EDB_OK)
        status = edb_cursor_next(c);
    result = status_of(s, status);
    if (result == STORE_OK && !is_entry(c, t->repeats, key))
        result = STORE_NOT_FOUND;
    if (result == STORE_OK && t->repeats) {
        ese_put_u16(length, (uint16_t)c->key_size);
        result = copy_out(length, sizeof length, ret_value);
    } else if (result == STORE_OK) {
        result = copy_out(c->node.data.data, c->node.data.size, ret_value);
    }
    pthread_mutex_unlock(&s->lock);
    return result;
}

/* ---- cursors ---- */

static enum store_status cursor_open(struct store *store, uint64_t tree,
                                     struct store_cursor **ret_cursor)
{
    struct cursor *c = mem_alloc(sizeof *c);

    if (c == NULL)
        return STORE_NO_MEMORY;
    c->tree = find_tree((struct edb_store *)store, tree);
    *ret_cursor = &c->base;
    return STORE_OK;
}

static void cursor_close(struct store_cursor *take_cursor)
{
    struct cursor *c = (struct cursor *)take_cursor;

    if (c->walk_ready)
        edb_cursor_fini(&c->walk);
    mem_free(c->key);
    mem_free(c);
}

static bool keep_key(struct cursor *c, struct store_slice first, struct store_slice second)
{
    size_t size = first.size + second.size;

    if (size > c->key_room) {
        uint8_t *grown = mem_grow(c->key, 2 * size);

        if (grown == NULL)
            return false;
        c->key = grown;
        c->key_room = 2 * size;
    }
    if (first.size > 0)
        memcpy(c->key, first.data, first.size);
    if (second.size > 0)
        memcpy(c->key + first.size, second.data, second.size);
    c->key_size = size;
    return true;
}

/* Takes what a step of the walk came to. */
static enum store_status arrive(struct cursor *c, enum edb_status status,
                                enum store_place otherwise)
{
    struct edb_store *s = (struct edb_store *)c->base.store;
    const struct edb_node *n = &c->walk.node;
    bool kept;

    c->here = false;
    c->base.place = status == EDB_END ? otherwise : STORE_UNSET;
    if (status != EDB_OK)
        return status_of(s, status);
    kept = keep_key(c, (struct store_slice){c->walk.key, c->walk.key_size},
                    c->tree->repeats ? (struct store_slice){n->data.data, n->data.size}
                                     : (struct store_slice){NULL, 0});
    if (!kept)
        return STORE_NO_MEMORY;
    ese_put_u16(c->length, (uint16_t)c->walk.key_size);
    c->here = true;
    c->base.place = STORE_AT_KEY;
    return STORE_OK;
}

static enum edb_status seek_forward(struct cursor *c, struct store_slice key, bool beyond)
{
    enum edb_status status = edb_cursor_seek(&c->walk, key.data, key.size);

    if (status == EDB_OK)
        status = edb_cursor_next(&c->walk);
    while (beyond && status == EDB_OK && is_entry(&c->walk, c->tree->repeats, key))
        status = edb_cursor_next(&c->walk);
    return status;
}

static enum edb_status seek_backward(struct cursor *c, struct store_slice key, bool or_equal)
{
    enum edb_status status;

    if (or_equal) {
        status = seek_forward(c, key, false);
        if (status != EDB_OK ? status != EDB_END : is_entry(&c->walk, c->tree->repeats, key))
            return status;
    }
    status = edb_cursor_seek(&c->walk, key.data, key.size);
    return status == EDB_OK ? edb_cursor_previous(&c->walk) : status;
}

static enum edb_status seek_end(struct cursor *c, bool last)
{
    edb_cursor_seek_end(&c->walk, last);
    return last ? edb_cursor_previous(&c->walk) : edb_cursor_next(&c->walk);
}

static enum store_status seek(struct cursor *c, enum store_seek how, struct store_slice key)
{
    switch (how) {
    case STORE_FIRST: return arrive(c, seek_end(c, false), STORE_BEFORE_ALL);
    case STORE_LAST: return arrive(c, seek_end(c, true), STORE_AFTER_ALL);
    case STORE_GE: return arrive(c, seek_forward(c, key, false), STORE_AFTER_ALL);
    case STORE_GT: return arrive(c, seek_forward(c, key, true), STORE_AFTER_ALL);
    case STORE_LE: return arrive(c, seek_backward(c, key, true), STORE_BEFORE_ALL);
    case STORE_LT: return arrive(c, seek_backward(c, key, false), STORE_BEFORE_ALL);
    case STORE_EQ: break;
    }
    return STORE_UNSUPPORTED;
}

/* Equal or not at all, the cursor remembers the key it was sent to. */
static enum store_status seek_equal(struct cursor *c, struct store_slice key)
{
    enum store_status s = arrive(c, seek_forward(c, key, false), STORE_AFTER_ALL);

    if (s != STORE_OK && s != STORE_NOT_FOUND)
        return s;
    if (s == STORE_OK && compare(c->key, c->key_size, key.data, key.size) == 0)
        return STORE_OK;
    c->here = false;
    c->base.place = STORE_UNSET;
    if (!keep_key(c, key, (struct store_slice){NULL, 0}))
        return STORE_NO_MEMORY;
    c->base.place = STORE_AT_KEY;
    return STORE_NOT_FOUND;
}

static enum store_status cursor_seek(struct store_cursor *cursor, struct store_txn *txn,
                                     enum store_seek how, struct store_slice key)
{
    struct edb_store *s = (struct edb_store *)txn->store;
    struct cursor *c = (struct cursor *)cursor;
    enum store_status status;

    if (c->tree == NULL) {
        bool back = how == STORE_LE || how == STORE_LT || how == STORE_FIRST;

        cursor->place = back ? STORE_BEFORE_ALL : STORE_AFTER_ALL;
        return STORE_NOT_FOUND;
    }
    pthread_mutex_lock(&s->lock);
    status = status_of(s, ready(s, c->tree, &c->walk, &c->walk_ready));
    if (status == STORE_OK)
        status = how == STORE_EQ ? seek_equal(c, key) : seek(c, how, key);
    pthread_mutex_unlock(&s->lock);
    return status;
}

static enum store_status step(struct cursor *c, enum store_step where)
{
    bool next = where == STORE_NEXT;

    if (c->base.place == (next ? STORE_AFTER_ALL : STORE_BEFORE_ALL))
        return STORE_NOT_FOUND;
    if (c->base.place != STORE_AT_KEY)
        return seek(c, next ? STORE_FIRST : STORE_LAST, (struct store_slice){NULL, 0});
    if (!c->here) {
        enum edb_status status = edb_cursor_seek(&c->walk, c->key, c->key_size);

        if (status != EDB_OK)
            return arrive(c, status, STORE_UNSET);
    }
    return arrive(c, next ? edb_cursor_next(&c->walk) : edb_cursor_previous(&c->walk),
                  next ? STORE_AFTER_ALL : STORE_BEFORE_ALL);
}

static enum store_status cursor_step(struct store_cursor *cursor, struct store_txn *txn,
                                     enum store_step where)
{
    struct edb_store *s = (struct edb_store *)txn->store;
    struct cursor *c = (struct cursor *)cursor;
    enum store_status status;

    if (c->tree == NULL) {
        cursor->place = where == STORE_NEXT ? STORE_AFTER_ALL : STORE_BEFORE_ALL;
        return STORE_NOT_FOUND;
    }
    pthread_mutex_lock(&s->lock);
    status = step(c, where);
    pthread_mutex_unlock(&s->lock);
    return status;
}

static struct store_slice cursor_key(const struct store_cursor *cursor)
{
    const struct cursor *c = (const struct cursor *)cursor;

    return (struct store_slice){c->key, c->key_size};
}

static struct store_slice cursor_value(const struct store_cursor *cursor)
{
    const struct cursor *c = (const struct cursor *)cursor;

    if (!c->here)
        return (struct store_slice){NULL, 0};
    if (c->tree->repeats)
        return (struct store_slice){c->length, sizeof c->length};
    return (struct store_slice){c->walk.node.data.data, c->walk.node.data.size};
}

/* ---- what a file cannot: store.c refuses writes before they come here ---- */

static enum store_status no_lock(struct store_txn *txn, uint64_t tree, struct store_slice key,
                                 enum store_lock mode, struct store_value *ret_value)
{
    (void)txn, (void)tree, (void)key, (void)mode, (void)ret_value;
    return STORE_READ_ONLY;
}

static enum store_status no_put(struct store_txn *txn, uint64_t tree, struct store_slice key,
                                struct store_slice value, enum store_put_mode mode)
{
    (void)txn, (void)tree, (void)key, (void)value, (void)mode;
    return STORE_READ_ONLY;
}

static enum store_status no_erase(struct store_txn *txn, uint64_t tree, struct store_slice key,
                                  enum store_erase_mode mode)
{
    (void)txn, (void)tree, (void)key, (void)mode;
    return STORE_READ_ONLY;
}

static enum store_status no_drop(struct store_txn *txn, uint64_t tree, struct store_slice prefix)
{
    (void)txn, (void)tree, (void)prefix;
    return STORE_READ_ONLY;
}

static enum store_status no_bulk(struct store_txn *txn, uint64_t tree, struct store_slice prefix,
                                 struct store_bulk **ret_bulk)
{
    (void)txn, (void)tree, (void)prefix, (void)ret_bulk;
    return STORE_READ_ONLY;
}

static enum store_status no_backup(struct store *store, struct store_backup **ret_backup)
{
    (void)store, (void)ret_backup;
    return STORE_UNSUPPORTED;
}

static const struct store_ops ops = {
    .name = "edb",
    .close = close_store,
    .begin = begin,
    .level = level,
    .level_release = level,
    .level_roll_back = level_roll_back,
    .commit = commit,
    .harden = harden,
    .abort = abort_txn,
    .get = get,
    .lock = no_lock,
    .put = no_put,
    .erase = no_erase,
    .drop = no_drop,
    .drain = drain,
    .cursor_open = cursor_open,
    .cursor_close = cursor_close,
    .cursor_seek = cursor_seek,
    .cursor_step = cursor_step,
    .cursor_key = cursor_key,
    .cursor_value = cursor_value,
    .bulk_open = no_bulk,
    .backup_open = no_backup,
};

enum store_status edb_store_new(struct edb_file *take_file, struct store **ret_store)
{
    struct edb_store *s = mem_alloc(sizeof *s);

    if (s == NULL) {
        edb_close(take_file);
        return STORE_NO_MEMORY;
    }
    s->base.ops = &ops;
    s->base.limits =
        (struct store_limits){.key_max = KEY_MAX, .value_max = EDB_PAGE_SIZE_MAX, .txn_max = 1};
    s->file = take_file;
    pthread_mutex_init(&s->lock, NULL);
    if (!list_trees(s)) {
        (void)close_store(&s->base);
        return STORE_NO_MEMORY;
    }
    *ret_store = &s->base;
    return STORE_OK;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * check_value.c - are the long values whole, and each one row's?
 *
 * Every id that a row stores leads to a root and to chunks without gap or excess. The ids are kept,
 * 8 octets each, and put in order; then the tree is walked beside them for what no row refers to.
 */
#include "ese/engine/check.h"

#include "ese/format/bytes.h"
#include "ese/format/longvalue.h"

#include <stdlib.h>
#include <string.h>

#define WIDE_BIT 0x80 /* in the first octet of a key: the id has 8 */

/* One value of a row, for faults. */
struct place {
    const char *row, *column;
    uint64_t id;
};

#define PLACE_FORMAT  "row=%s column=%s long_value=%llu "
#define PLACE_ARGS(p) (p)->row, (p)->column, (unsigned long long)(p)->id

/* The id at the beginning of a key of the tree; false when there is none. */
static bool id_of_key(struct store_slice key, uint64_t *ret_id, size_t *ret_size)
{
    const uint8_t *k = key.data;
    size_t size = key.size > 0 && (k[0] & WIDE_BIT) ? 8 : 4;
    uint64_t id = 0;

    if (key.size != size && key.size != size + 4)
        return false;
    for (size_t i = 0; i < size; i++)
        id = id << 8 | k[i];
    *ret_id = id;
    *ret_size = size;
    return true;
}

static bool note_id(struct eng_checking *c, uint64_t id)
{
    if (c->value_count == c->value_room) {
        size_t room = 2 * c->value_room + 64;
        uint64_t *grown = mem_grow(c->values, room * sizeof *grown);

        if (grown == NULL)
            return false;
        c->values = grown;
        c->value_room = room;
    }
    c->values[c->value_count++] = id;
    return true;
}

/* ---- one value ---- */

/* The chunk that the scan stands on, which should begin at `at`; *ret_next is where it ends. */
static void check_chunk(struct eng_checking *c, const struct place *p, uint32_t size, uint64_t at,
                        uint32_t offset, size_t length)
{
    uint32_t chunk = atomic_load(&c->table->lv_chunk);
    uint64_t left = offset < size ? size - offset : 0, want = left < chunk ? left : chunk;

    for (; at < offset && at < size; at += chunk)
        eng_check_fault(c, PLACE_FORMAT "offset=%llu its chunk is missing", PLACE_ARGS(p),
                        (unsigned long long)at);
    if (offset % chunk != 0)
        eng_check_fault(c, PLACE_FORMAT "offset=%u no chunk begins there", PLACE_ARGS(p), offset);
    else if (offset >= size)
        eng_check_fault(c, PLACE_FORMAT "offset=%u lies behind its end at %u", PLACE_ARGS(p),
                        offset, size);
    else if (length != want)
        eng_check_fault(c, PLACE_FORMAT "offset=%u its chunk has %zu octets instead of %llu",
                        PLACE_ARGS(p), offset, length, (unsigned long long)want);
}

/* The chunks behind the root. */
static JET_ERR check_chunks(struct eng_checking *c, const struct place *p,
                            const struct ese_lv_key *root, uint32_t size)
{
    uint32_t chunk = atomic_load(&c->table->lv_chunk), offset = 0;
    struct store_cursor *scan = NULL;
    enum store_status s = store_cursor_open(c->step->store, c->table->tree + 1, &scan);
    bool is_chunk = false;
    uint64_t at = 0;

    if (s == STORE_OK)
        s = store_cursor_seek(scan, c->step->txn, STORE_GT, eng_slice(root->bytes, root->id_size));
    while (s == STORE_OK) {
        struct store_slice k = store_cursor_key(scan);

        if (!ese_lv_key_belongs(root, k.data, k.size, &is_chunk, &offset))
            break;
        check_chunk(c, p, size, at, offset, store_cursor_value(scan).size);
        at = (uint64_t)offset + chunk;
        s = store_cursor_step(scan, c->step->txn, STORE_NEXT);
    }
    store_cursor_close(scan);
    if (s != STORE_OK && s != STORE_NOT_FOUND)
        return eng_error(s);
    for (; at < size; at += chunk)
        eng_check_fault(c, PLACE_FORMAT "offset=%llu its chunk is missing", PLACE_ARGS(p),
                        (unsigned long long)at);
    return JET_errSuccess;
}

static JET_ERR check_value(struct eng_checking *c, struct place *p, const struct ese_value *id)
{
    struct store_value v = {0};
    struct ese_lv_root root = {0};
    struct ese_lv_key key;
    size_t id_size = 0;
    enum store_status s;
    JET_ERR err = JET_errSuccess;

    if (ese_lv_key_of_id(id->data, id->size, &key) != ESE_FORMAT_OK ||
        !id_of_key(eng_slice(key.bytes, key.id_size), &p->id, &id_size)) {
        eng_check_fault(c, "row=%s column=%s holds an id that no long value has", p->row,
                        p->column);
        return JET_errSuccess;
    }
    eng_check_met(c, ENG_MOST_VALUE, p->id & ~((uint64_t)WIDE_BIT << 56));
    if (!note_id(c, p->id))
        return JET_errOutOfMemory;
    s = store_get(c->step->txn, c->table->tree + 1, eng_slice(key.bytes, key.id_size), &v);
    if (s == STORE_NOT_FOUND)
        eng_check_fault(c, PLACE_FORMAT "is not there", PLACE_ARGS(p));
    else if (s != STORE_OK)
        err = eng_error(s);
    else if (ese_lv_root_decode(v.data, v.size, &root) != ESE_FORMAT_OK)
        eng_check_fault(c, PLACE_FORMAT "its root is none", PLACE_ARGS(p));
    else {
        if (root.references != 1)
            eng_check_fault(c, PLACE_FORMAT "counts %u references", PLACE_ARGS(p), root.references);
        err = check_chunks(c, p, &key, root.size);
    }
    store_value_release(&v);
    return err;
}

JET_ERR eng_check_row_values(struct eng_checking *c, const struct eng_view *row,
                             struct store_slice bookmark)
{
    const struct ese_record *r = &row->record;
    char text[ENG_CHECK_TEXT];
    struct place p = {.row = eng_check_text(bookmark.data, bookmark.size, text)};
    JET_ERR err = JET_errSuccess;

    for (uint16_t i = 0; i < r->tagged_count && !err; i++) {
        const struct eng_column *column;
        struct ese_field f;
        uint16_t id = 0;
        bool derived;

        if (ese_record_tagged_at(r, i, &id, &derived, &f) != ESE_FORMAT_OK)
            continue;
        column = eng_column_by_id(c->schema, id);
        p.column = column != NULL ? column->c.name : "(deleted)";
        for (uint32_t n = 0; n < f.count && !err; n++) {
            struct ese_value v;

            if (ese_field_value(&f, n, &v) == ESE_FORMAT_OK && v.separated)
                err = check_value(c, &p, &v);
        }
    }
    return err;
}

/* ---- the tree ---- */

static int by_id(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* A value whose row went just before our snapshot may be removed just after it: only what is there
 * when all removals are done is nobody's. */
static JET_ERR stays(struct eng_checking *c, struct store_slice key, bool *ret_stays)
{
    struct store_txn *latest = NULL;
    struct store_value v = {0};
    enum store_status s = store_drain(c->step->store);

    if (s == STORE_OK)
        s = store_begin(c->step->store, STORE_TXN_READ_ONLY, &latest);
    if (s == STORE_OK)
        s = store_get(latest, c->table->tree + 1, key, &v);
    *ret_stays = s == STORE_OK;
    store_value_release(&v);
    store_abort(latest);
    return s == STORE_NOT_FOUND ? JET_errSuccess : eng_error(s);
}

/* Beside the ids in order; ctx is the place in them, which follows the tree's order. */
static JET_ERR check_node(struct eng_checking *c, void *ctx, struct store_slice key,
                          struct store_slice value)
{
    size_t *at = ctx, size = 0;
    char text[ENG_CHECK_TEXT];
    uint64_t id = 0;
    bool nobodys = false;
    JET_ERR err;

    (void)value;
    if (!id_of_key(key, &id, &size)) {
        eng_check_fault(c, "key=%s in the tree of long values is none of theirs",
                        eng_check_text(key.data, key.size, text));
        return JET_errSuccess;
    }
    c->check->long_values += key.size == size;
    while (*at < c->value_count && c->values[*at] < id)
        ++*at;
    if (*at < c->value_count && c->values[*at] == id)
        return JET_errSuccess;
    err = stays(c, key, &nobodys);
    if (err || !nobodys)
        return err;
    if (key.size == size)
        eng_check_fault(c, "long_value=%llu no row refers to it", (unsigned long long)id);
    else
        eng_check_fault(c, "long_value=%llu offset=%u a chunk of no row's value",
                        (unsigned long long)id, ese_get_be32((const uint8_t *)key.data + size));
    return JET_errSuccess;
}

JET_ERR eng_check_value_tree(struct eng_checking *c)
{
    size_t at = 0;

    if (c->value_count > 1)
        qsort(c->values, c->value_count, sizeof *c->values, by_id);
    for (size_t i = 1; i < c->value_count; i++)
        if (c->values[i] == c->values[i - 1])
            eng_check_fault(c, "long_value=%llu more than one value of a row refers to it",
                            (unsigned long long)c->values[i]);
    return eng_check_tree(c, c->table->tree + 1, check_node, &at);
}

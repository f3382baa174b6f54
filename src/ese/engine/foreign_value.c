/* SPDX-License-Identifier: Apache-2.0
 *
 * foreign_value.c - long values of Windows databases (F2, ese-formats 6)
 *
 * A chunk's key says where it begins in plain octets; where it ends, the next chunk's key says, or
 * the value's size. Stored in as many octets as that it is plain, in fewer it is compressed on its
 * own. Chunks follow one another without gaps, or the value is corrupt.
 */
#include "ese/engine/foreign.h"

#include "ese/format/compress.h"
#include "ese/format/longvalue.h"

#include <string.h>

/* A value being read, chunk by chunk. */
struct reading {
    struct eng_step *step;
    uint64_t tree;
    struct ese_lv_key key;
    uint32_t size;
    struct store_cursor *scan;
    uint8_t *stored, *plain; /* of the current chunk */
    size_t stored_room, plain_room;
    size_t stored_size;
    uint32_t at; /* where it begins */
};

static JET_ERR read_root(struct reading *r, const struct eng_table *table,
                         const struct eng_lid *lid)
{
    struct store_value v = {0};
    struct ese_lv_root root = {0};
    enum store_status s;
    JET_ERR err;

    r->tree = eng_foreign_lv_tree(table);
    if (r->tree == 0 || ese_lv_key_of_id(lid->bytes, lid->size, &r->key) != ESE_FORMAT_OK)
        return JET_errLVCorrupted;
    s = store_get(r->step->txn, r->tree, eng_slice(r->key.bytes, r->key.id_size), &v);
    err = s == STORE_NOT_FOUND ? JET_errLVCorrupted : eng_error(s);
    if (!err && ese_lv_root_decode(v.data, v.size, &root) != ESE_FORMAT_OK)
        err = JET_errLVCorrupted;
    if (!err && root.encrypted)
        err = JET_errColumnNoEncryptionKey;
    r->size = root.size;
    store_value_release(&v);
    return err;
}

static bool make_room(uint8_t **data, size_t *room, size_t size)
{
    uint8_t *grown;

    if (size <= *room)
        return true;
    grown = mem_grow(*data, size);
    if (grown == NULL)
        return false;
    *data = grown;
    *room = size;
    return true;
}

/* Keeps the chunk that the scan stands on; *ret_is_chunk is false behind the last. */
static JET_ERR take_chunk(struct reading *r, bool *ret_is_chunk)
{
    struct store_slice key = store_cursor_key(r->scan), data = store_cursor_value(r->scan);
    bool is_chunk = false;

    *ret_is_chunk = ese_lv_key_belongs(&r->key, key.data, key.size, &is_chunk, &r->at) && is_chunk;
    if (!*ret_is_chunk)
        return JET_errSuccess;
    if (!make_room(&r->stored, &r->stored_room, data.size + 1))
        return JET_errOutOfMemory;
    memcpy(r->stored, data.data, data.size);
    r->stored_size = data.size;
    return JET_errSuccess;
}

/* The plain octets of the kept chunk, which ends at `end`. */
static JET_ERR open_chunk(struct reading *r, uint32_t end, const uint8_t **ret_plain)
{
    size_t want = end - r->at, got = 0;
    enum ese_format_status s;

    *ret_plain = r->stored;
    if (r->stored_size == want)
        return JET_errSuccess;
    if (r->stored_size > want)
        return JET_errLVCorrupted;
    s = ese_decompressed_size(r->stored, r->stored_size, &got);
    if (s == ESE_FORMAT_UNSUPPORTED)
        return JET_errFeatureNotAvailable;
    if (s != ESE_FORMAT_OK || got != want)
        return JET_errLVCorrupted;
    if (!make_room(&r->plain, &r->plain_room, want + 1))
        return JET_errOutOfMemory;
    s = ese_decompress(r->stored, r->stored_size, r->plain, want, &got);
    *ret_plain = r->plain;
    return s == ESE_FORMAT_OK && got == want ? JET_errSuccess : JET_errDecompressionFailed;
}

/* To the chunk that `offset` lies in. */
static JET_ERR find_chunk(struct reading *r, uint32_t offset)
{
    struct ese_lv_key key = r->key;
    bool is_chunk = false;
    enum store_status s = store_cursor_open(r->step->store, r->tree, &r->scan);
    JET_ERR err;

    ese_lv_key_set_offset(&key, offset);
    if (s == STORE_OK)
        s = store_cursor_seek(r->scan, r->step->txn, STORE_LE,
                              eng_slice(key.bytes, key.id_size + 4u));
    if (s)
        return s == STORE_NOT_FOUND ? JET_errLVCorrupted : eng_error(s);
    err = take_chunk(r, &is_chunk);
    return err || is_chunk ? err : JET_errLVCorrupted;
}

/* Gives what the kept chunk has from `offset` on, and keeps the next one. */
static JET_ERR give_chunk(struct reading *r, uint32_t offset, uint8_t *out, size_t room,
                          size_t *ret_given)
{
    struct store_slice key = {0};
    uint32_t end = r->size, next = 0;
    const uint8_t *plain = NULL;
    bool is_chunk = false;
    enum store_status s = store_cursor_step(r->scan, r->step->txn, STORE_NEXT);
    JET_ERR err;

    if (s != STORE_OK && s != STORE_NOT_FOUND)
        return eng_error(s);
    if (s == STORE_OK) {
        key = store_cursor_key(r->scan);
        if (ese_lv_key_belongs(&r->key, key.data, key.size, &is_chunk, &next) && is_chunk)
            end = next;
    }
    if (end <= r->at || end > r->size || offset < r->at || offset >= end)
        return JET_errLVCorrupted;
    err = open_chunk(r, end, &plain);
    if (err)
        return err;
    *ret_given = end - offset < room ? end - offset : room;
    memcpy(out, plain + (offset - r->at), *ret_given);
    return end < r->size ? take_chunk(r, &is_chunk) : JET_errSuccess;
}

JET_ERR eng_foreign_lv_size(struct eng_step *step, const struct eng_table *table,
                            const struct eng_lid *lid, uint32_t *ret_size)
{
    struct reading r = {.step = step};
    JET_ERR err = read_root(&r, table, lid);

    if (!err)
        *ret_size = r.size;
    return err;
}

JET_ERR eng_foreign_lv_read(struct eng_step *step, const struct eng_table *table,
                            const struct eng_lid *lid, uint32_t offset, void *out, size_t room,
                            size_t *ret_size)
{
    struct reading r = {.step = step};
    uint8_t *to = out;
    size_t left, given = 0;
    JET_ERR err = read_root(&r, table, lid);

    if (err)
        return err;
    *ret_size = offset < r.size ? r.size - offset : 0;
    left = *ret_size < room ? *ret_size : room;
    if (left > 0)
        err = find_chunk(&r, offset);
    while (left > 0 && !err) {
        err = give_chunk(&r, offset, to, left, &given);
        if (err)
            break;
        to += given;
        left -= given;
        offset += (uint32_t)given;
    }
    store_cursor_close(r.scan);
    mem_free(r.stored);
    mem_free(r.plain);
    return err;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * longvalue.c - values kept apart from their record, in chunks (ese-formats 6)
 *
 * A value belongs to one record: what is copied with a row is copied. Its chunks lie at multiples
 * of the table's chunk size, one at each, and are full but for the last, which ends where the value
 * ends. A chunk that is missing or short is corruption (-1526), never zeros.
 */
#include "ese/engine/foreign.h"

#include "base/log.h"
#include "ese/format/bytes.h"
#include "ese/format/longvalue.h"

#include <string.h>

#define LID_WIDE      0x80000000u /* ids from here on take 8 octets */
#define LID_WIDE_FLAG 0x8000000000000000u
#define ROOT_SIZE     8
#define DROP_CHUNKS   64 /* a value of more chunks is dropped, not erased chunk by chunk */

static uint64_t lv_tree(const struct eng_table *table)
{
    return table->tree + 1;
}

JET_ERR eng_lid_take(const void *data, size_t size, struct eng_lid *ret_lid)
{
    if (size != 4 && size != 8)
        return JET_errLVCorrupted;
    memcpy(ret_lid->bytes, data, size);
    ret_lid->size = (uint8_t)size;
    return JET_errSuccess;
}

JET_ERR eng_lv_new(struct eng_table *table, struct eng_lid *ret_lid)
{
    uint64_t number = 0;
    JET_ERR err = eng_number_draw(table->instance, &table->long_values, 1, 1, &number);

    if (err)
        return err;
    if (number < LID_WIDE) {
        ese_put_u32(ret_lid->bytes, (uint32_t)number);
        ret_lid->size = 4;
    } else {
        ese_put_u64(ret_lid->bytes, number | LID_WIDE_FLAG);
        ret_lid->size = 8;
    }
    return JET_errSuccess;
}

static struct store_slice key_of(const struct eng_lid *lid, struct ese_lv_key *key)
{
    if (ese_lv_key_of_id(lid->bytes, lid->size, key) != ESE_FORMAT_OK)
        *key = (struct ese_lv_key){.id_size = lid->size};
    return eng_slice(key->bytes, key->id_size);
}

static struct store_slice chunk_key_of(const struct eng_lid *lid, uint32_t offset,
                                       struct ese_lv_key *key)
{
    (void)key_of(lid, key);
    ese_lv_key_set_offset(key, offset);
    return eng_slice(key->bytes, key->id_size + 4u);
}

JET_ERR eng_lv_size(struct eng_step *step, const struct eng_table *table, const struct eng_lid *lid,
                    uint32_t *ret_size)
{
    struct store_value v = {0};
    struct ese_lv_root root;
    struct ese_lv_key key;
    enum store_status s;
    JET_ERR err;

    if (eng_table_is_foreign(table))
        return eng_foreign_lv_size(step, table, lid, ret_size);
    s = store_get(step->txn, lv_tree(table), key_of(lid, &key), &v);
    err = s == STORE_NOT_FOUND ? JET_errLVCorrupted : eng_error(s);
    if (!err && ese_lv_root_decode(v.data, v.size, &root) != ESE_FORMAT_OK)
        err = JET_errLVCorrupted;
    if (!err)
        *ret_size = root.size;
    store_value_release(&v);
    return err;
}

/* The whole value is given up for one such chunk: what is left of it may be of another time. */
static JET_ERR chunk_corrupted(const struct eng_table *table, const struct eng_lid *lid,
                               uint32_t offset)
{
    uint64_t id = 0;

    for (unsigned i = lid->size; i > 0; i--)
        id = id << 8 | lid->bytes[i - 1];
    log_line(LOG_LEVEL_ERROR,
             "a chunk of a long value is missing or short object=%u long_value=%llu offset=%u",
             (unsigned)table->objid, (unsigned long long)id, (unsigned)offset);
    return JET_errLVCorrupted;
}

JET_ERR eng_lv_read_chunk(struct eng_step *step, const struct eng_table *table,
                          const struct eng_lid *lid, uint32_t offset, uint32_t from, uint8_t *out,
                          size_t size)
{
    struct store_value v = {0};
    struct ese_lv_key key;
    enum store_status s;
    size_t have = 0;
    JET_ERR err = JET_errSuccess;

    if (eng_table_is_foreign(table))
        return eng_foreign_lv_read(step, table, lid, offset + from, out, size, &have);
    s = store_get(step->txn, lv_tree(table), chunk_key_of(lid, offset, &key), &v);
    if (s != STORE_OK && s != STORE_NOT_FOUND)
        return eng_error(s);
    if (s == STORE_NOT_FOUND || v.size < from + size)
        err = chunk_corrupted(table, lid, offset);
    else
        memcpy(out, (const uint8_t *)v.data + from, size);
    store_value_release(&v);
    return err;
}

JET_ERR eng_lv_read(struct eng_step *step, const struct eng_table *table, const struct eng_lid *lid,
                    uint32_t offset, void *out, size_t room, size_t *ret_size)
{
    uint32_t chunk = atomic_load(&table->lv_chunk), size = 0;
    uint8_t *to = out;
    size_t left;
    JET_ERR err;

    if (eng_table_is_foreign(table))
        return eng_foreign_lv_read(step, table, lid, offset, out, room, ret_size);
    err = eng_lv_size(step, table, lid, &size);
    if (err)
        return err;
    *ret_size = offset < size ? size - offset : 0;
    left = *ret_size < room ? *ret_size : room;
    while (left > 0 && !err) {
        uint32_t from = offset % chunk;
        size_t n = chunk - from < left ? chunk - from : left;

        err = eng_lv_read_chunk(step, table, lid, offset - from, from, to, n);
        to += n;
        left -= n;
        offset += (uint32_t)n;
    }
    return err;
}

/* ---- writing ---- */

JET_ERR eng_lv_put_root(struct eng_step *step, const struct eng_table *table,
                        const struct eng_lid *lid, uint32_t size)
{
    struct ese_lv_root root = {.references = 1, .size = size};
    struct ese_lv_key key;
    uint8_t bytes[ROOT_SIZE];

    ese_lv_root_encode(&root, bytes);
    return eng_error(store_put(step->txn, lv_tree(table), key_of(lid, &key),
                               eng_slice(bytes, sizeof bytes), STORE_UPSERT));
}

JET_ERR eng_lv_put_chunk(struct eng_step *step, const struct eng_table *table,
                         const struct eng_lid *lid, uint32_t offset, const uint8_t *data,
                         uint32_t size)
{
    struct ese_lv_key key;

    if (step->temp)
        step->session->temp_octets += size;
    return eng_error(store_put(step->txn, lv_tree(table), chunk_key_of(lid, offset, &key),
                               eng_slice(data, size), STORE_UPSERT));
}

JET_ERR eng_lv_write(struct eng_step *step, const struct eng_table *table,
                     const struct eng_lid *lid, const uint8_t *data, uint32_t size)
{
    uint32_t chunk = atomic_load(&table->lv_chunk);
    JET_ERR err = eng_lv_put_root(step, table, lid, size);

    for (uint32_t offset = 0; offset < size && !err; offset += chunk)
        err = eng_lv_put_chunk(step, table, lid, offset, data + offset,
                               size - offset < chunk ? size - offset : chunk);
    return err;
}

JET_ERR eng_lv_cut(struct eng_step *step, const struct eng_table *table, const struct eng_lid *lid,
                   uint32_t old_size, uint32_t size)
{
    uint32_t chunk = atomic_load(&table->lv_chunk);
    struct ese_lv_key key;
    JET_ERR err = JET_errSuccess;

    for (uint64_t offset = ((uint64_t)size + chunk - 1) / chunk * chunk; offset < old_size && !err;
         offset += chunk)
        err = eng_error(store_erase(step->txn, lv_tree(table),
                                    chunk_key_of(lid, (uint32_t)offset, &key), STORE_ERASE_ANY));
    return err;
}

JET_ERR eng_lv_delete(struct eng_step *step, const struct eng_table *table,
                      const struct eng_lid *lid)
{
    uint32_t size = 0;
    struct ese_lv_key key;
    JET_ERR err = eng_lv_size(step, table, lid, &size);

    if (err)
        return err;
    if (size / atomic_load(&table->lv_chunk) > DROP_CHUNKS)
        return eng_error(store_drop(step->txn, lv_tree(table), key_of(lid, &key)));
    err = eng_lv_cut(step, table, lid, size, 0);
    if (!err)
        err = eng_error(
            store_erase(step->txn, lv_tree(table), key_of(lid, &key), STORE_ERASE_PRESENT));
    return err;
}

/* ---- streaming ---- */

JET_ERR eng_lv_stream_open(struct eng_step *step, const struct eng_table *table,
                           const struct eng_lid *lid, struct store_bulk **ret_bulk)
{
    struct ese_lv_key key;

    return eng_error(store_bulk_open(step->txn, lv_tree(table), key_of(lid, &key), ret_bulk));
}

JET_ERR eng_lv_stream_put(struct store_bulk *bulk, const struct eng_lid *lid, uint32_t offset,
                          const uint8_t *data, uint32_t size)
{
    struct ese_lv_key key;

    return eng_error(store_bulk_put(bulk, chunk_key_of(lid, offset, &key), eng_slice(data, size)));
}

JET_ERR eng_lv_stream_root(struct store_bulk *bulk, const struct eng_lid *lid, uint32_t size)
{
    struct ese_lv_root root = {.references = 1, .size = size};
    struct ese_lv_key key;
    uint8_t bytes[ROOT_SIZE];

    ese_lv_root_encode(&root, bytes);
    return eng_error(store_bulk_put(bulk, key_of(lid, &key), eng_slice(bytes, sizeof bytes)));
}

JET_ERR eng_lv_stream_drop(struct store_txn *txn, const struct eng_table *table,
                           const struct eng_lid *lid)
{
    struct ese_lv_key key;

    return eng_error(store_drop(txn, lv_tree(table), key_of(lid, &key)));
}

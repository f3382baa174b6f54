/* SPDX-License-Identifier: Apache-2.0
 *
 * draft.c - one value in the copy buffer: in memory, stored, stored and edited, or streamed
 *
 * States
 *     BYTES   in memory                       -> STREAM [a write beyond ENG_DRAFT_MEMORY]
 *     STORED  the long value of the row       -> BYTES [a write, when it is small]
 *                                             -> EDITED [a write, when it is not]
 *     EDITED  the same with changed chunks in memory; written over it by the update
 *                                             -> STREAM [it grows by more than ENG_EDIT_MEMORY,
 *                                                or loses more than ENG_CUT_MOST]
 *     STREAM  a new long value, written beside the transaction as it comes; of a temporary table
 *             into its own, which ends whenever much is in it (eng_temp_spill)
 *
 * Invariants
 *     D1  Storing a draft for an update that then fails leaves the draft good for another try.
 *     D2  STREAM: whole chunks are in the store, the last unfinished one in `data`.
 *     D3  EDITED: octets of the stored value at base_size and beyond count as zero.
 */
#include "ese/engine/cursor.h"

#include "base/log.h"

#include <string.h>

static void forget_edits(struct eng_draft *d)
{
    for (size_t i = 0; i < d->edit_count; i++)
        mem_free(d->edits[i].data);
    mem_free(d->edits);
    d->edits = NULL;
    d->edit_count = d->edit_room = 0;
}

void eng_draft_close(struct eng_draft *d)
{
    if (d->bulk != NULL && store_bulk_close(d->bulk) != STORE_OK)
        log_line(LOG_LEVEL_WARNING, "long value not written out; its update will not succeed");
    d->bulk = NULL;
}

void eng_draft_clear(struct eng_draft *d)
{
    eng_draft_close(d);
    forget_edits(d);
    mem_free(d->data);
    *d = (struct eng_draft){.kind = DRAFT_BYTES};
}

static JET_ERR make_room(struct eng_draft *d, size_t size)
{
    size_t room = size < 64 ? 64 : size + size / 4;
    uint8_t *grown;

    if (size <= d->room)
        return JET_errSuccess;
    grown = mem_grow(d->data, room);
    if (grown == NULL)
        return JET_errOutOfMemory;
    d->data = grown;
    d->room = (uint32_t)room;
    return JET_errSuccess;
}

JET_ERR eng_draft_assign(struct eng_draft *d, const void *data, size_t size)
{
    JET_ERR err;

    if (d->kind != DRAFT_BYTES)
        eng_draft_clear(d);
    err = make_room(d, size > 0 ? size : 1);
    if (err)
        return err;
    if (size > 0)
        memcpy(d->data, data, size);
    d->size = (uint32_t)size;
    return JET_errSuccess;
}

/* ---- streams ---- */

static uint32_t chunk_of(const struct eng_table *table)
{
    return atomic_load(&table->lv_chunk);
}

/* A stream whose level has closed goes on only where it lives now. */
static JET_ERR stream_open(struct eng_draft *d, struct eng_step *step, struct eng_table *table)
{
    JET_ERR err;

    if (d->bulk != NULL || step->temp)
        return JET_errSuccess;
    if (step->session->level == 0)
        return JET_errNotInTransaction;
    if (d->bulk_level != 0 && d->bulk_level != step->session->level)
        return JET_errIllegalOperation;
    err = eng_lv_stream_open(step, table, &d->lid, &d->bulk);
    if (!err)
        d->bulk_level = step->session->level;
    return err;
}

static JET_ERR stream_put(struct eng_draft *d, struct eng_step *step, struct eng_table *table,
                          uint32_t offset, const uint8_t *data, uint32_t size)
{
    JET_ERR err;

    if (!step->temp)
        return eng_lv_stream_put(d->bulk, &d->lid, offset, data, size);
    err = eng_lv_put_chunk(step, table, &d->lid, offset, data, size);
    return err ? err : eng_temp_spill(step);
}

/* NULL: zeros. */
static JET_ERR stream_append(struct eng_draft *d, struct eng_step *step, struct eng_table *table,
                             const uint8_t *data, uint32_t size)
{
    uint32_t chunk = chunk_of(table);
    JET_ERR err = JET_errSuccess;

    while (size > 0 && !err) {
        uint32_t have = d->size % chunk;
        uint32_t n = chunk - have < size ? chunk - have : size;

        if (data != NULL)
            memcpy(d->data + have, data, n);
        else
            memset(d->data + have, 0, n);
        if (have + n == chunk)
            err = stream_put(d, step, table, d->size - have, d->data, chunk);
        d->size += n;
        size -= n;
        if (data != NULL)
            data += n;
    }
    return err;
}

/* Within what is there already. */
static JET_ERR stream_overwrite(struct eng_draft *d, struct eng_step *step, struct eng_table *table,
                                uint32_t offset, const uint8_t *data, uint32_t size)
{
    uint32_t chunk = chunk_of(table), tail = d->size - d->size % chunk;
    uint8_t *bytes = mem_alloc(chunk);
    JET_ERR err = bytes == NULL ? JET_errOutOfMemory : JET_errSuccess;

    while (size > 0 && !err) {
        uint32_t from = offset % chunk;
        uint32_t n = chunk - from < size ? chunk - from : size;

        if (offset >= tail) {
            memcpy(d->data + from, data, n);
        } else {
            err = eng_lv_read_chunk(step, table, &d->lid, offset - from, 0, bytes, chunk);
            memcpy(bytes + from, data, n);
            if (!err)
                err = stream_put(d, step, table, offset - from, bytes, chunk);
        }
        offset += n;
        data += n;
        size -= n;
    }
    mem_free(bytes);
    return err;
}

static JET_ERR stream_write(struct eng_draft *d, struct eng_step *step, struct eng_table *table,
                            uint32_t offset, const uint8_t *data, uint32_t size)
{
    JET_ERR err = stream_open(d, step, table);

    if (!err && offset > d->size)
        err = stream_append(d, step, table, NULL, offset - d->size);
    if (!err && offset < d->size) {
        uint32_t n = d->size - offset < size ? d->size - offset : size;

        err = stream_overwrite(d, step, table, offset, data, n);
        data += n;
        size -= n;
    }
    return err ? err : stream_append(d, step, table, data, size);
}

/* A new stream with the first `size` octets of `from`, which may be the draft itself. */
static JET_ERR stream_copy(struct eng_draft *d, struct eng_step *step, struct eng_table *table,
                           const struct eng_draft *from, uint32_t size)
{
    struct eng_draft s = {.kind = DRAFT_STREAM};
    uint32_t chunk = chunk_of(table);
    uint8_t *bytes = mem_alloc(chunk);
    size_t left = 0;
    JET_ERR err;

    s.data = mem_alloc(chunk);
    s.room = chunk;
    err = bytes == NULL || s.data == NULL ? JET_errOutOfMemory : eng_lv_new(table, &s.lid);
    if (!err)
        err = stream_open(&s, step, table);
    for (uint32_t at = 0; at < size && !err; at += chunk) {
        uint32_t n = size - at < chunk ? size - at : chunk;

        err = eng_draft_read(from, step, table, at, bytes, n, &left);
        if (!err)
            err = stream_append(&s, step, table, bytes, n);
    }
    mem_free(bytes);
    if (err) {
        bool opened = s.bulk != NULL || (step->temp && step->txn != NULL && s.lid.size > 0);

        eng_draft_close(&s);
        if (opened)
            (void)eng_lv_stream_drop(step->txn, table, &s.lid);
        eng_draft_clear(&s);
        return err;
    }
    s.separate = d->separate;
    s.intrinsic = d->intrinsic;
    if (d->kind == DRAFT_STREAM) {
        eng_draft_close(d);
        err = eng_lv_stream_drop(step->txn, table, &d->lid);
    }
    eng_draft_clear(d);
    *d = s;
    return err;
}

void eng_draft_settle(struct eng_draft *d, unsigned level)
{
    if (d->kind != DRAFT_STREAM || d->bulk_level != level)
        return;
    eng_draft_close(d);
    d->bulk_level = level - 1;
}

/* ---- edits ---- */

static size_t find_edit(const struct eng_draft *d, uint32_t offset)
{
    size_t low = 0, high = d->edit_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (d->edits[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The chunk at `offset` in memory, as it reads now. */
static JET_ERR edit_chunk(struct eng_draft *d, struct eng_step *step, struct eng_table *table,
                          uint32_t offset, uint8_t **ret_data)
{
    uint32_t chunk = chunk_of(table);
    size_t at = find_edit(d, offset), left = 0;
    uint8_t *data;
    JET_ERR err;

    if (at < d->edit_count && d->edits[at].offset == offset) {
        *ret_data = d->edits[at].data;
        return JET_errSuccess;
    }
    if ((d->edit_count + 1) * chunk > ENG_EDIT_MEMORY)
        return JET_errVersionStoreOutOfMemory;
    if (d->edit_count == d->edit_room) {
        size_t room = d->edit_room * 2 + 8;
        struct eng_edit *grown = mem_grow(d->edits, room * sizeof *grown);

        if (grown == NULL)
            return JET_errOutOfMemory;
        d->edits = grown;
        d->edit_room = room;
    }
    data = mem_alloc(chunk);
    if (data == NULL)
        return JET_errOutOfMemory;
    err = eng_draft_read(d, step, table, offset, data, chunk, &left);
    if (err) {
        mem_free(data);
        return err;
    }
    memmove(d->edits + at + 1, d->edits + at, (d->edit_count - at) * sizeof *d->edits);
    d->edits[at] = (struct eng_edit){.offset = offset, .data = data};
    d->edit_count++;
    *ret_data = data;
    return JET_errSuccess;
}

static JET_ERR edit_write(struct eng_draft *d, struct eng_step *step, struct eng_table *table,
                          uint32_t offset, const uint8_t *data, uint32_t size)
{
    uint32_t chunk = chunk_of(table);
    JET_ERR err = JET_errSuccess;

    while (size > 0 && !err) {
        uint32_t from = offset % chunk;
        uint32_t n = chunk - from < size ? chunk - from : size;
        uint8_t *bytes = NULL;

        err = edit_chunk(d, step, table, offset - from, &bytes);
        if (err)
            break;
        memcpy(bytes + from, data, n);
        offset += n;
        data += n;
        size -= n;
        if (offset > d->size)
            d->size = offset;
    }
    return err;
}

static JET_ERR edit_resize(struct eng_draft *d, struct eng_table *table, uint32_t size)
{
    uint32_t chunk = chunk_of(table);

    if (size < d->size) {
        size_t kept = find_edit(d, size); /* chunks from `size` on */

        while (d->edit_count > kept)
            mem_free(d->edits[--d->edit_count].data);
        if (kept > 0 && d->edits[kept - 1].offset + chunk > size)
            memset(d->edits[kept - 1].data + size % chunk, 0, chunk - size % chunk);
        if (d->base_size > size)
            d->base_size = size; /* D3 */
    }
    d->size = size;
    return JET_errSuccess;
}

/* ---- reading ---- */

static JET_ERR read_edited(const struct eng_draft *d, struct eng_step *step,
                           const struct eng_table *table, uint32_t offset, uint8_t *out, size_t n)
{
    uint32_t chunk = chunk_of(table), from = offset % chunk;
    size_t at = find_edit(d, offset - from);

    if (at < d->edit_count && d->edits[at].offset == offset - from) {
        memcpy(out, d->edits[at].data + from, n);
        return JET_errSuccess;
    }
    if (offset >= d->base_size) {
        memset(out, 0, n);
        return JET_errSuccess;
    }
    if (d->base_size - offset < n) {
        memset(out, 0, n);
        n = d->base_size - offset;
    }
    return eng_lv_read_chunk(step, table, &d->lid, offset - from, from, out, n);
}

static JET_ERR read_stream(const struct eng_draft *d, struct eng_step *step,
                           const struct eng_table *table, uint32_t offset, uint8_t *out, size_t n)
{
    uint32_t chunk = chunk_of(table), from = offset % chunk;

    if (offset - from == d->size - d->size % chunk) {
        memcpy(out, d->data + from, n);
        return JET_errSuccess;
    }
    return eng_lv_read_chunk(step, table, &d->lid, offset - from, from, out, n);
}

JET_ERR eng_draft_read(const struct eng_draft *d, struct eng_step *step,
                       const struct eng_table *table, uint32_t offset, void *out, size_t room,
                       size_t *ret_size)
{
    size_t all = offset < d->size ? d->size - offset : 0;
    size_t left = all < room ? all : room;
    uint32_t chunk = chunk_of(table);
    uint8_t *to = out;
    JET_ERR err = JET_errSuccess;

    *ret_size = all;
    if (d->kind == DRAFT_BYTES && left > 0)
        memcpy(out, d->data + offset, left);
    if (d->kind == DRAFT_BYTES)
        return JET_errSuccess;
    while (left > 0 && !err) {
        size_t n = chunk - offset % chunk < left ? chunk - offset % chunk : left;

        err = d->kind == DRAFT_STREAM ? read_stream(d, step, table, offset, to, n)
              : d->kind == DRAFT_EDITED
                  ? read_edited(d, step, table, offset, to, n)
                  : eng_lv_read_chunk(step, table, &d->lid, offset - offset % chunk, offset % chunk,
                                      to, n);
        to += n;
        left -= n;
        offset += (uint32_t)n;
    }
    return err;
}

/* ---- changing ---- */

/* Out of the store into memory. */
static JET_ERR load_stored(struct eng_draft *d, struct eng_step *step, struct eng_table *table)
{
    struct eng_draft loaded = {
        .kind = DRAFT_BYTES, .separate = d->separate, .intrinsic = d->intrinsic};
    size_t left = 0;
    JET_ERR err = make_room(&loaded, d->size > 0 ? d->size : 1);

    if (!err)
        err = eng_draft_read(d, step, table, 0, loaded.data, d->size, &left);
    if (err) {
        mem_free(loaded.data);
        return err;
    }
    loaded.size = d->size;
    eng_draft_clear(d);
    *d = loaded;
    return JET_errSuccess;
}

/* Brings the draft into a state in which it can become `size` octets long. */
static JET_ERR ready(struct eng_draft *d, struct eng_step *step, struct eng_table *table,
                     uint32_t size)
{
    bool small = size <= ENG_DRAFT_MEMORY;

    if (d->kind == DRAFT_STORED && small && d->size <= ENG_DRAFT_MEMORY)
        return load_stored(d, step, table);
    if (d->kind == DRAFT_STORED) {
        d->kind = DRAFT_EDITED;
        d->base_size = d->size;
    }
    if (d->kind == DRAFT_BYTES ? !small
                               : d->kind == DRAFT_EDITED && size > d->base_size &&
                                     size - d->base_size > ENG_EDIT_MEMORY)
        return stream_copy(d, step, table, d, d->size);
    return JET_errSuccess;
}

JET_ERR eng_draft_write(struct eng_draft *d, struct eng_step *step, struct eng_table *table,
                        uint32_t offset, const void *data, uint32_t size)
{
    uint32_t end;
    JET_ERR err;

    if (__builtin_add_overflow(offset, size, &end) || end > ESE_LONG_VALUE_MAX)
        return JET_errColumnTooBig;
    err = ready(d, step, table, end > d->size ? end : d->size);
    if (err)
        return err;
    if (d->kind == DRAFT_STREAM)
        return stream_write(d, step, table, offset, data, size);
    if (d->kind == DRAFT_EDITED)
        return edit_write(d, step, table, offset, data, size);
    err = make_room(d, end > 0 ? end : 1);
    if (err)
        return err;
    if (offset > d->size)
        memset(d->data + d->size, 0, offset - d->size);
    if (size > 0)
        memcpy(d->data + offset, data, size);
    if (end > d->size)
        d->size = end;
    return JET_errSuccess;
}

JET_ERR eng_draft_resize(struct eng_draft *d, struct eng_step *step, struct eng_table *table,
                         uint32_t size)
{
    JET_ERR err;

    if (size > ESE_LONG_VALUE_MAX)
        return JET_errColumnTooBig;
    err = ready(d, step, table, size > d->size ? size : d->size);
    if (err)
        return err;
    if (d->kind == DRAFT_EDITED && size < d->size && d->size - size > ENG_CUT_MOST)
        return stream_copy(d, step, table, d, size);
    if (d->kind == DRAFT_EDITED)
        return edit_resize(d, table, size);
    if (d->kind == DRAFT_STREAM) {
        if (size < d->size)
            return stream_copy(d, step, table, d, size);
        err = stream_open(d, step, table);
        return err ? err : stream_append(d, step, table, NULL, size - d->size);
    }
    err = make_room(d, size > 0 ? size : 1);
    if (!err && size > d->size)
        memset(d->data + d->size, 0, size - d->size);
    if (!err)
        d->size = size;
    return err;
}

JET_ERR eng_draft_own(struct eng_draft *d, struct eng_step *step, struct eng_table *table)
{
    if (d->kind != DRAFT_STORED)
        return JET_errSuccess;
    if (d->size <= ENG_DRAFT_MEMORY)
        return load_stored(d, step, table);
    return stream_copy(d, step, table, d, d->size);
}

/* ---- storing: D1 ---- */

/* A chunk that nobody has edited, but that ends elsewhere now: what is stored of it before
 * base_size, then zeros (D3). */
static JET_ERR store_filled(const struct eng_draft *d, struct eng_step *step,
                            struct eng_table *table, uint32_t at, uint8_t *bytes)
{
    uint32_t size = d->size - at < chunk_of(table) ? d->size - at : chunk_of(table);
    uint32_t kept = d->base_size <= at ? 0 : d->base_size - at < size ? d->base_size - at : size;
    JET_ERR err = JET_errSuccess;

    memset(bytes, 0, size);
    if (kept > 0)
        err = eng_lv_read_chunk(step, table, &d->lid, at, 0, bytes, kept);
    return err ? err : eng_lv_put_chunk(step, table, &d->lid, at, bytes, size);
}

/* Where the value is cut or grows, all chunks from that place on are written. */
static JET_ERR store_filled_all(const struct eng_draft *d, struct eng_step *step,
                                struct eng_table *table, uint32_t stored)
{
    uint32_t chunk = chunk_of(table);
    uint64_t at = d->base_size - d->base_size % chunk;
    uint8_t *bytes;
    JET_ERR err = JET_errSuccess;

    if (d->base_size == stored && d->size == stored)
        return JET_errSuccess;
    bytes = mem_alloc(chunk);
    if (bytes == NULL)
        return JET_errOutOfMemory;
    for (; at < d->size && !err; at += chunk) {
        size_t i = find_edit(d, (uint32_t)at);

        if (i == d->edit_count || d->edits[i].offset != at)
            err = store_filled(d, step, table, (uint32_t)at, bytes);
    }
    mem_free(bytes);
    return err;
}

static JET_ERR store_edits(const struct eng_draft *d, struct eng_step *step,
                           struct eng_table *table)
{
    uint32_t chunk = chunk_of(table), stored = 0;
    JET_ERR err = eng_lv_size(step, table, &d->lid, &stored);

    if (!err)
        err = store_filled_all(d, step, table, stored);
    if (!err)
        err = eng_lv_cut(step, table, &d->lid, stored, d->size);
    for (size_t i = 0; i < d->edit_count && !err; i++) {
        uint32_t at = d->edits[i].offset;

        err = eng_lv_put_chunk(step, table, &d->lid, at, d->edits[i].data,
                               d->size - at < chunk ? d->size - at : chunk);
    }
    return err ? err : eng_lv_put_root(step, table, &d->lid, d->size);
}

/* The last chunk and the root; then the value is whole, though it may yet be written on. */
static JET_ERR finish_stream(struct eng_draft *d, struct eng_step *step, struct eng_table *table)
{
    uint32_t chunk = chunk_of(table);
    enum store_status s;
    JET_ERR err = stream_open(d, step, table);

    if (err)
        return err;
    if (d->size % chunk != 0)
        err = stream_put(d, step, table, d->size - d->size % chunk, d->data, d->size % chunk);
    if (!err)
        err = step->temp ? eng_lv_put_root(step, table, &d->lid, d->size)
                         : eng_lv_stream_root(d->bulk, &d->lid, d->size);
    if (d->bulk == NULL)
        return err;
    s = store_bulk_close(d->bulk);
    d->bulk = NULL;
    return err ? err : eng_error(s);
}

JET_ERR eng_draft_finish(struct eng_draft *d, struct eng_step *step, struct eng_table *table)
{
    uint32_t stored = 0;
    JET_ERR err = JET_errSuccess;

    if (step->session->level > 0 && d->kind == DRAFT_EDITED) {
        err = eng_lv_size(step, table, &d->lid, &stored);
        if (!err)
            err = eng_lv_put_root(step, table, &d->lid, stored);
        if (err == JET_errWriteConflict) /* streamed by this very transaction: not to be changed */
            err = stream_copy(d, step, table, d, d->size);
    }
    return !err && d->kind == DRAFT_STREAM ? finish_stream(d, step, table) : err;
}

JET_ERR eng_draft_store(const struct eng_draft *d, struct eng_step *step, struct eng_table *table,
                        struct eng_lid *ret_lid)
{
    JET_ERR err = JET_errSuccess;

    if (d->kind == DRAFT_BYTES) {
        err = eng_lv_new(table, ret_lid);
        return err ? err : eng_lv_write(step, table, ret_lid, d->data, d->size);
    }
    if (d->kind == DRAFT_EDITED)
        err = store_edits(d, step, table);
    *ret_lid = d->lid;
    return err;
}

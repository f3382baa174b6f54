/* SPDX-License-Identifier: Apache-2.0
 *
 * longvalue.c - assembling values from a table's long value tree
 *
 * A chunk's key names its offset in plain bytes, so how many plain bytes it stands for is known only
 * from the next chunk's key, or from the value's size for the last one. A chunk stored in as many
 * bytes is plain; one stored in fewer is compressed on its own. Therefore each chunk waits, copied,
 * until the next key has been seen.
 */
#include "ese/edb/edb_internal.h"

#include "ese/format/compress.h"
#include "ese/format/longvalue.h"

#include <string.h>

uint8_t *edb_buffer_reserve(struct edb_buffer *b, size_t more)
{
    size_t need = b->size + more, room = b->room < 256 ? 256 : b->room;
    uint8_t *p;

    if (need < more)
        return NULL;
    if (need > b->room || b->data == NULL) {
        while (room < need)
            room = room > SIZE_MAX / 2 ? need : 2 * room;
        p = mem_grow(b->data, room);
        if (p == NULL)
            return NULL;
        b->data = p;
        b->room = room;
    }
    return b->data + b->size;
}

void edb_lv_reader_fini(struct edb_lv_reader *r)
{
    edb_cursor_fini(&r->cursor);
    mem_free(r->chunk.data);
    *r = (struct edb_lv_reader){0};
}

static enum edb_status fail(struct edb_lv_reader *r, enum edb_status status, const char *what)
{
    struct edb_cursor *c = &r->cursor;
    uint32_t page = c->depth > 0 ? c->levels[c->depth - 1].page.number : c->root;

    return edb_fail(r->cursor.file, status, page, "a long value: %s", what);
}

/* Appends the waiting chunk, which stands for `want` plain bytes. */
static enum edb_status append_chunk(struct edb_lv_reader *r, uint32_t want, struct edb_buffer *out)
{
    const struct edb_buffer *chunk = &r->chunk;
    enum ese_format_status status = ESE_FORMAT_OK;
    size_t plain = chunk->size;
    uint8_t *to;

    if (chunk->size > want)
        status = ESE_FORMAT_CORRUPT;
    else if (chunk->size < want)
        status = ese_decompressed_size(chunk->data, chunk->size, &plain);
    if (status == ESE_FORMAT_UNSUPPORTED)
        return fail(r, EDB_UNSUPPORTED, "compressed in a way that is not read here");
    if (status != ESE_FORMAT_OK || plain != want)
        return fail(r, EDB_CORRUPT, "a chunk has not the size that its neighbour asks for");
    to = edb_buffer_reserve(out, plain);
    if (to == NULL)
        return edb_fail_memory(r->cursor.file);
    if (chunk->size == want)
        memcpy(to, chunk->data, want);
    else if (ese_decompress(chunk->data, chunk->size, to, plain, &plain) != ESE_FORMAT_OK)
        return fail(r, EDB_CORRUPT, "a chunk that cannot be decompressed");
    out->size += plain;
    return EDB_OK;
}

static enum edb_status keep_chunk(struct edb_lv_reader *r)
{
    const struct ese_bytes *b = &r->cursor.node.data;
    uint8_t *to;

    r->chunk.size = 0;
    to = edb_buffer_reserve(&r->chunk, b->size);
    if (to == NULL)
        return edb_fail_memory(r->cursor.file);
    memcpy(to, b->data, b->size);
    r->chunk.size = b->size;
    return EDB_OK;
}

/* The chunks behind the root, which the cursor stands on. */
static enum edb_status read_chunks(struct edb_lv_reader *r, const struct ese_lv_key *key,
                                   uint32_t size, struct edb_buffer *out)
{
    struct edb_cursor *c = &r->cursor;
    uint32_t waiting_at = 0, offset = 0;
    bool waiting = false, is_chunk = false;
    enum edb_status s;

    while ((s = edb_cursor_next(c)) == EDB_OK &&
           ese_lv_key_belongs(key, c->key, c->key_size, &is_chunk, &offset)) {
        if (offset >= size || (waiting ? offset <= waiting_at : offset != 0))
            return fail(r, EDB_CORRUPT, "a chunk out of place");
        s = waiting ? append_chunk(r, offset - waiting_at, out) : EDB_OK;
        if (s == EDB_OK)
            s = keep_chunk(r);
        if (s != EDB_OK)
            return s;
        waiting = true;
        waiting_at = offset;
    }
    if (s != EDB_OK && s != EDB_END)
        return s;
    if (waiting)
        return append_chunk(r, size - waiting_at, out);
    return size == 0 ? EDB_OK : fail(r, EDB_CORRUPT, "its chunks are missing");
}

static enum edb_status prepare(struct edb_lv_reader *r, struct edb_file *f,
                               const struct edb_table *t)
{
    enum edb_status s;

    if (r->ready)
        return EDB_OK;
    if (t->lv_root == 0)
        return edb_fail(f, EDB_CORRUPT, 0, "a row of table %s needs long values, but it has none",
                        t->name);
    s = edb_cursor_init(&r->cursor, f, t->lv_root, t->lv_objid, "a long value tree");
    r->ready = s == EDB_OK;
    return s;
}

enum edb_status edb_lv_read(struct edb_lv_reader *r, struct edb_file *f, const struct edb_table *t,
                            const struct ese_value *id, struct edb_buffer *out)
{
    struct edb_cursor *c = &r->cursor;
    struct ese_lv_key key;
    struct ese_lv_root root;
    bool is_chunk = false;
    uint32_t offset = 0;
    enum edb_status s = prepare(r, f, t);

    if (s != EDB_OK)
        return s;
    if (ese_lv_key_of_id(id->data, id->size, &key) != ESE_FORMAT_OK)
        return fail(r, EDB_CORRUPT, "a row holds an id that is none");
    s = edb_cursor_seek(c, key.bytes, key.id_size);
    if (s == EDB_OK)
        s = edb_cursor_next(c);
    if (s != EDB_OK && s != EDB_END)
        return s;
    if (s == EDB_END || !ese_lv_key_belongs(&key, c->key, c->key_size, &is_chunk, &offset) ||
        is_chunk)
        return fail(r, EDB_CORRUPT, "a row's id is not in the tree");
    if (ese_lv_root_decode(c->node.data.data, c->node.data.size, &root) != ESE_FORMAT_OK)
        return fail(r, EDB_CORRUPT, "its root is not one");
    if (root.encrypted)
        return fail(r, EDB_UNSUPPORTED, "encrypted; its key is not part of the file");
    return read_chunks(r, &key, root.size, out);
}

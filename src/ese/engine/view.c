/* SPDX-License-Identifier: Apache-2.0
 *
 * view.c - the columns of a record, or of a copy buffer, in one way
 */
#include "ese/engine/cursor.h"

#include "ese/format/compress.h"

#include <string.h>

JET_ERR eng_view_open(struct eng_view *v, const struct eng_schema *schema,
                      enum ese_record_form form, struct store_slice record)
{
    *v = (struct eng_view){.schema = schema};
    return eng_format_error(ese_record_open(&v->record, record.data, record.size, form));
}

void eng_view_copy(struct eng_view *v, const struct eng_schema *schema, const struct eng_copy *c)
{
    *v = (struct eng_view){.schema = schema, .copy = c};
}

static void default_cell(const struct eng_column *column, struct eng_cell *cell)
{
    const struct ese_bytes *b = &column->c.value_default;

    cell->presence = ESE_PRESENT;
    cell->count = 1;
    cell->is_default = true;
    cell->only =
        (struct eng_value){.kind = ENG_VALUE_PLAIN, .data = b->data, .size = (uint32_t)b->size};
}

JET_ERR eng_view_cell(const struct eng_view *v, const struct eng_column *column, bool defaults,
                      struct eng_cell *ret_cell)
{
    struct eng_cell cell = {.presence = ESE_ABSENT};

    if (v->copy != NULL) {
        cell.drafted = eng_copy_find(v->copy, column->c.id);
        if (cell.drafted != NULL) {
            cell.count = cell.drafted->count;
            cell.presence = cell.count > 0 ? ESE_PRESENT : ESE_NULL;
        }
    } else {
        enum ese_format_status s = ese_record_field(&v->record, &column->c, &cell.field);

        if (s)
            return eng_format_error(s);
        if (cell.field.flags & ESE_TAGGED_ENCRYPTED)
            return JET_errColumnNoEncryptionKey;
        cell.presence = cell.field.presence;
        cell.count = cell.field.count;
    }
    if (cell.presence == ESE_ABSENT && defaults && column->c.has_default)
        default_cell(column, &cell);
    *ret_cell = cell;
    return JET_errSuccess;
}

JET_ERR eng_cell_value(const struct eng_cell *cell, uint32_t i, struct eng_value *ret_value)
{
    struct ese_value v = {0};
    enum ese_format_status s;

    if (cell->is_default) {
        *ret_value = cell->only;
        return JET_errSuccess;
    }
    if (cell->drafted != NULL) {
        struct eng_draft *d = &cell->drafted->values[i];

        *ret_value = (struct eng_value){
            .kind = d->kind == DRAFT_BYTES ? ENG_VALUE_PLAIN : ENG_VALUE_DRAFT,
            .data = d->data,
            .size = d->size,
            .draft = d,
        };
        return JET_errSuccess;
    }
    s = ese_field_value(&cell->field, i, &v);
    if (s)
        return eng_format_error(s);
    *ret_value = (struct eng_value){
        .kind = v.separated    ? ENG_VALUE_SEPARATED
                : v.compressed ? ENG_VALUE_COMPRESSED
                               : ENG_VALUE_PLAIN,
        .data = v.data,
        .size = v.size,
    };
    return JET_errSuccess;
}

static size_t copy_part(const void *data, size_t size, size_t offset, void *out, size_t room)
{
    size_t left = offset < size ? size - offset : 0;
    size_t n = left < room ? left : room;

    if (n > 0)
        memcpy(out, (const uint8_t *)data + offset, n);
    return left;
}

static JET_ERR read_compressed(const struct eng_value *v, size_t offset, void *out, size_t room,
                               size_t *ret_size)
{
    size_t size = 0, got = 0;
    uint8_t *plain;
    enum ese_format_status s = ese_decompressed_size(v->data, v->size, &size);

    if (s)
        return eng_format_error(s);
    plain = mem_alloc(size + 1);
    if (plain == NULL)
        return JET_errOutOfMemory;
    s = ese_decompress(v->data, v->size, plain, size, &got);
    if (s == ESE_FORMAT_OK)
        *ret_size = copy_part(plain, got, offset, out, room);
    mem_free(plain);
    return s ? JET_errDecompressionFailed : JET_errSuccess;
}

JET_ERR eng_value_read(struct eng_step *step, const struct eng_table *table,
                       const struct eng_value *value, uint32_t offset, void *out, size_t room,
                       size_t *ret_size)
{
    struct eng_lid lid;
    JET_ERR err;

    switch (value->kind) {
    case ENG_VALUE_PLAIN:
        *ret_size = copy_part(value->data, value->size, offset, out, room);
        return JET_errSuccess;
    case ENG_VALUE_COMPRESSED: return read_compressed(value, offset, out, room, ret_size);
    case ENG_VALUE_SEPARATED:
        err = eng_lid_take(value->data, value->size, &lid);
        return err ? err : eng_lv_read(step, table, &lid, offset, out, room, ret_size);
    case ENG_VALUE_DRAFT:
        return eng_draft_read(value->draft, step, table, offset, out, room, ret_size);
    }
    return JET_errInternalError;
}

JET_ERR eng_value_bytes(struct eng_step *step, const struct eng_table *table,
                        const struct eng_value *value, size_t most, struct arena *arena,
                        struct ese_bytes *ret_bytes)
{
    size_t size = 0, room;
    uint8_t *data;
    JET_ERR err;

    if (value->kind == ENG_VALUE_PLAIN) {
        *ret_bytes = (struct ese_bytes){value->data, value->size < most ? value->size : most};
        return JET_errSuccess;
    }
    err = eng_value_read(step, table, value, 0, NULL, 0, &size);
    if (err)
        return err;
    room = size < most ? size : most;
    data = arena_alloc(arena, room + 1);
    if (data == NULL)
        return JET_errOutOfMemory;
    err = eng_value_read(step, table, value, 0, data, room, &size);
    *ret_bytes = (struct ese_bytes){data, room};
    return err;
}

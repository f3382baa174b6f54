/* SPDX-License-Identifier: Apache-2.0
 *
 * catalog.c - rows of the catalog, encoded as ESE encodes those of MSysObjects (ese-formats 8)
 *
 * A table's rows lie together: the table, its columns, its indexes, its long values, each kind by
 * id. The columns of the catalog itself are hard-wired. Where ESE keeps the page of a tree's root
 * stands the object id, which is the tree's number here.
 */
#include "ese/engine/foreign.h"

#include "ese/format/bytes.h"

#include <string.h>

enum {
    COL_OBJID_TABLE = 1,
    COL_TYPE,
    COL_ID,
    COL_COLTYP_OR_ROOT,
    COL_SPACE,
    COL_FLAGS,
    COL_PAGES_OR_LOCALE,
    COL_ROOT_FLAG,
    COL_RECORD_OFFSET,
    COL_LCMAP_FLAGS,
    COL_KEY_MOST,
    COL_LV_CHUNK,
    COL_NAME = 128,
    COL_TEMPLATE = 130,
    COL_DEFAULT,
    COL_KEY_IDS,
    COL_VAR_SEG_MAC,
    COL_CONDITIONS,
    COL_TUPLE_LIMITS,
    COL_VERSION,
    COL_SORT_ID,
    COL_SEPARATE_LV = 258,
    COL_LOCALE = 261,
};

#define LAST_FIXED   COL_LV_CHUNK
#define FIXED_END    43
#define ROW_MAX      4096
#define FIELDS_MAX   32
#define PREFIX_VALUE 0x7f
#define SIGN         0x80000000u

/* Fixed columns only; the others need no place. */
static const struct {
    uint8_t offset, size;
} fixed_places[LAST_FIXED + 1] = {
    [COL_OBJID_TABLE] = {4, 4},      [COL_TYPE] = {8, 2},       [COL_ID] = {10, 4},
    [COL_COLTYP_OR_ROOT] = {14, 4},  [COL_SPACE] = {18, 4},     [COL_FLAGS] = {22, 4},
    [COL_PAGES_OR_LOCALE] = {26, 4}, [COL_ROOT_FLAG] = {30, 1}, [COL_RECORD_OFFSET] = {31, 2},
    [COL_LCMAP_FLAGS] = {33, 4},     [COL_KEY_MOST] = {37, 2},  [COL_LV_CHUNK] = {39, 4},
};

/* ---- keys ---- */

static void put_prefix(uint32_t objid, uint8_t out[ENG_CATALOG_PREFIX])
{
    out[0] = PREFIX_VALUE;
    ese_put_be32(out + 1, objid ^ SIGN);
}

void eng_catalog_key(uint32_t objid, uint16_t type, uint32_t id, uint8_t out[ENG_CATALOG_KEY])
{
    put_prefix(objid, out);
    out[5] = PREFIX_VALUE;
    out[6] = (uint8_t)(0x80 | type >> 8);
    out[7] = (uint8_t)type;
    out[8] = PREFIX_VALUE;
    ese_put_be32(out + 9, id ^ SIGN);
}

size_t eng_name_key(const char *name, uint8_t *out)
{
    size_t n = 0;

    out[n++] = PREFIX_VALUE;
    for (; *name != '\0' && n <= ESE_NAME_MAX; name++)
        out[n++] = *name >= 'a' && *name <= 'z' ? (uint8_t)(*name - 'a' + 'A') : (uint8_t)*name;
    out[n++] = 0;
    return n;
}

JET_ERR eng_name_find(struct store_txn *txn, const struct eng_database *db, const char *name,
                      uint32_t *ret_objid)
{
    uint8_t key[ESE_NAME_MAX + 2];
    size_t size = eng_name_key(name, key);
    struct store_value v = {0};
    enum store_status s;
    JET_ERR err;

    if (db->foreign != NULL)
        return eng_foreign_find(db->foreign, name, ret_objid);
    s = store_get(txn, eng_tree(db->number, ENG_OBJID_NAMES), eng_slice(key, size), &v);
    err = s == STORE_NOT_FOUND ? JET_errObjectNotFound : eng_error(s);
    if (!err && v.size != 4)
        err = JET_errCatalogCorrupted;
    if (!err)
        *ret_objid = ese_get_u32(v.data);
    store_value_release(&v);
    return err;
}

/* ---- writing ---- */

struct row_writer {
    struct ese_field_input fields[FIELDS_MAX];
    struct ese_value values[FIELDS_MAX];
    uint8_t numbers[FIELDS_MAX][4];
    size_t count;
};

static void add_number(struct row_writer *w, uint16_t id, uint32_t value)
{
    size_t i = w->count++;

    ese_put_u32(w->numbers[i], value);
    w->values[i] = (struct ese_value){.data = w->numbers[i], .size = fixed_places[id].size};
    w->fields[i] = (struct ese_field_input){.id = id,
                                            .record_offset = fixed_places[id].offset,
                                            .value_count = 1,
                                            .values = &w->values[i]};
}

static void add_bytes(struct row_writer *w, uint16_t id, const void *data, size_t size)
{
    size_t i = w->count;

    if (data == NULL)
        return;
    w->count++;
    w->values[i] = (struct ese_value){.data = data, .size = (uint32_t)size};
    w->fields[i] = (struct ese_field_input){.id = id,
                                            .is_long = id >= ESE_COLUMN_TAGGED_MIN,
                                            .value_count = 1,
                                            .values = &w->values[i]};
}

static void collect(struct row_writer *w, const struct eng_catalog_row *row)
{
    add_number(w, COL_OBJID_TABLE, row->objid);
    add_number(w, COL_TYPE, row->type);
    add_number(w, COL_ID, row->id);
    add_number(w, COL_COLTYP_OR_ROOT, row->coltyp_or_root);
    add_number(w, COL_SPACE, row->space);
    add_number(w, COL_FLAGS, row->flags);
    add_number(w, COL_PAGES_OR_LOCALE, row->pages_or_locale);
    if (row->root)
        add_number(w, COL_ROOT_FLAG, 0xff);
    if (row->record_offset != 0)
        add_number(w, COL_RECORD_OFFSET, row->record_offset);
    if (row->type == ENG_CATALOG_INDEX) {
        add_number(w, COL_LCMAP_FLAGS, row->lcmap_flags);
        add_number(w, COL_KEY_MOST, row->key_most);
    }
    if (row->lv_chunk != 0)
        add_number(w, COL_LV_CHUNK, row->lv_chunk);
    add_bytes(w, COL_NAME, row->name, strlen(row->name));
    if (row->template_table != NULL)
        add_bytes(w, COL_TEMPLATE, row->template_table, strlen(row->template_table));
    add_bytes(w, COL_DEFAULT, row->default_value.data, row->default_value.size);
    add_bytes(w, COL_KEY_IDS, row->key_ids.data, row->key_ids.size);
    add_bytes(w, COL_VAR_SEG_MAC, row->var_seg_mac.data, row->var_seg_mac.size);
    add_bytes(w, COL_CONDITIONS, row->conditions.data, row->conditions.size);
    add_bytes(w, COL_TUPLE_LIMITS, row->tuple_limits.data, row->tuple_limits.size);
    add_bytes(w, COL_VERSION, row->version.data, row->version.size);
    add_bytes(w, COL_SORT_ID, row->sort_id.data, row->sort_id.size);
    add_bytes(w, COL_SEPARATE_LV, row->separate_lv.data, row->separate_lv.size);
    add_bytes(w, COL_LOCALE, row->locale.data, row->locale.size);
}

JET_ERR eng_catalog_put(struct store_txn *txn, const struct eng_database *db,
                        const struct eng_catalog_row *row, enum store_put_mode mode)
{
    uint8_t key[ENG_CATALOG_KEY], record[ROW_MAX];
    struct row_writer w = {.count = 0};
    struct ese_record_input in = {.form = db->form,
                                  .last_fixed = LAST_FIXED,
                                  .last_variable = COL_SORT_ID,
                                  .fixed_end = FIXED_END,
                                  .fields = w.fields};
    enum ese_format_status f;
    size_t size = 0;

    collect(&w, row);
    in.field_count = w.count;
    f = ese_record_encode(&in, record, sizeof record, &size);
    if (f)
        return eng_format_error(f);
    eng_catalog_key(row->objid, row->type, row->id, key);
    return eng_error(store_put(txn, eng_tree(db->number, ENG_OBJID_CATALOG),
                               eng_slice(key, sizeof key), eng_slice(record, size), mode));
}

JET_ERR eng_catalog_erase(struct store_txn *txn, const struct eng_database *db, uint32_t objid,
                          uint16_t type, uint32_t id)
{
    uint8_t key[ENG_CATALOG_KEY];

    eng_catalog_key(objid, type, id, key);
    return eng_error(store_erase(txn, eng_tree(db->number, ENG_OBJID_CATALOG),
                                 eng_slice(key, sizeof key), STORE_ERASE_PRESENT));
}

/* ---- reading ---- */

static enum ese_format_status get_field(const struct ese_record *r, uint16_t id,
                                        struct ese_value *ret_value, bool *ret_present)
{
    const struct ese_column column = {
        .id = id,
        .record_offset = id <= LAST_FIXED ? fixed_places[id].offset : 0,
        .size_max = id <= LAST_FIXED ? fixed_places[id].size : 0,
    };
    struct ese_field f;
    enum ese_format_status s = ese_record_field(r, &column, &f);

    *ret_present = s == ESE_FORMAT_OK && f.presence == ESE_PRESENT;
    return *ret_present ? ese_field_value(&f, 0, ret_value) : s;
}

static uint32_t get_number(const struct ese_record *r, uint16_t id, JET_ERR *err)
{
    struct ese_value v = {0};
    bool present = false;

    if (get_field(r, id, &v, &present) != ESE_FORMAT_OK) {
        *err = JET_errCatalogCorrupted;
        return 0;
    }
    if (!present)
        return 0;
    return v.size == 4 ? ese_get_u32(v.data) : v.size == 2 ? ese_get_u16(v.data) : v.data[0];
}

/* A copy in the arena, with a NUL behind it; absent: no data. */
static struct ese_bytes get_bytes(const struct ese_record *r, uint16_t id, struct arena *arena,
                                  JET_ERR *err)
{
    struct ese_value v = {0};
    bool present = false;
    uint8_t *copy;

    if (get_field(r, id, &v, &present) != ESE_FORMAT_OK) {
        *err = JET_errCatalogCorrupted;
        return (struct ese_bytes){0};
    }
    if (!present)
        return (struct ese_bytes){0};
    copy = arena_alloc(arena, v.size + 1);
    if (copy == NULL) {
        *err = JET_errOutOfMemory;
        return (struct ese_bytes){0};
    }
    memcpy(copy, v.data, v.size);
    return (struct ese_bytes){copy, v.size};
}

JET_ERR eng_catalog_decode(const struct eng_database *db, struct store_slice record,
                           struct arena *arena, struct eng_catalog_row *ret_row)
{
    struct eng_catalog_row row = {0};
    struct ese_record r;
    JET_ERR err = JET_errSuccess;

    if (ese_record_open(&r, record.data, record.size, db->form) != ESE_FORMAT_OK)
        return JET_errCatalogCorrupted;
    row.objid = get_number(&r, COL_OBJID_TABLE, &err);
    row.type = (uint16_t)get_number(&r, COL_TYPE, &err);
    row.id = get_number(&r, COL_ID, &err);
    row.coltyp_or_root = get_number(&r, COL_COLTYP_OR_ROOT, &err);
    row.space = get_number(&r, COL_SPACE, &err);
    row.flags = get_number(&r, COL_FLAGS, &err);
    row.pages_or_locale = get_number(&r, COL_PAGES_OR_LOCALE, &err);
    row.root = get_number(&r, COL_ROOT_FLAG, &err) != 0;
    row.record_offset = (uint16_t)get_number(&r, COL_RECORD_OFFSET, &err);
    row.lcmap_flags = get_number(&r, COL_LCMAP_FLAGS, &err);
    row.key_most = (uint16_t)get_number(&r, COL_KEY_MOST, &err);
    row.lv_chunk = get_number(&r, COL_LV_CHUNK, &err);
    row.name = (const char *)get_bytes(&r, COL_NAME, arena, &err).data;
    row.template_table = (const char *)get_bytes(&r, COL_TEMPLATE, arena, &err).data;
    row.default_value = get_bytes(&r, COL_DEFAULT, arena, &err);
    row.key_ids = get_bytes(&r, COL_KEY_IDS, arena, &err);
    row.var_seg_mac = get_bytes(&r, COL_VAR_SEG_MAC, arena, &err);
    row.conditions = get_bytes(&r, COL_CONDITIONS, arena, &err);
    row.tuple_limits = get_bytes(&r, COL_TUPLE_LIMITS, arena, &err);
    row.version = get_bytes(&r, COL_VERSION, arena, &err);
    row.sort_id = get_bytes(&r, COL_SORT_ID, arena, &err);
    row.separate_lv = get_bytes(&r, COL_SEPARATE_LV, arena, &err);
    row.locale = get_bytes(&r, COL_LOCALE, arena, &err);
    if (err || row.name == NULL)
        return err ? err : JET_errCatalogCorrupted;
    *ret_row = row;
    return JET_errSuccess;
}

JET_ERR eng_catalog_get(struct store_txn *txn, const struct eng_database *db, uint32_t objid,
                        uint16_t type, uint32_t id, struct arena *arena,
                        struct eng_catalog_row *ret_row)
{
    uint8_t key[ENG_CATALOG_KEY];
    struct store_value v = {0};
    enum store_status s;
    JET_ERR err;

    eng_catalog_key(objid, type, id, key);
    s = store_get(txn, eng_tree(db->number, ENG_OBJID_CATALOG), eng_slice(key, sizeof key), &v);
    err = s == STORE_NOT_FOUND ? JET_errObjectNotFound : eng_error(s);
    if (!err)
        err = eng_catalog_decode(db, eng_slice(v.data, v.size), arena, ret_row);
    store_value_release(&v);
    return err;
}

JET_ERR eng_catalog_each(struct store_txn *txn, const struct eng_database *db, uint32_t objid,
                         struct arena *arena,
                         JET_ERR (*each)(void *ctx, const struct eng_catalog_row *row), void *ctx)
{
    uint64_t tree = eng_tree(db->number, ENG_OBJID_CATALOG);
    struct store_cursor *cursor = NULL;
    uint8_t prefix[ENG_CATALOG_PREFIX];
    JET_ERR err = eng_error(store_cursor_open(db->instance->store, tree, &cursor));
    enum store_status s;

    if (err)
        return err;
    put_prefix(objid, prefix);
    s = store_cursor_seek(cursor, txn, STORE_GE, eng_slice(prefix, sizeof prefix));
    while (s == STORE_OK && !err) {
        struct store_slice key = store_cursor_key(cursor);
        struct eng_catalog_row row;

        if (key.size < sizeof prefix || memcmp(key.data, prefix, sizeof prefix) != 0)
            break;
        err = eng_catalog_decode(db, store_cursor_value(cursor), arena, &row);
        if (!err)
            err = each(ctx, &row);
        if (!err)
            s = store_cursor_step(cursor, txn, STORE_NEXT);
    }
    store_cursor_close(cursor);
    if (!err && s != STORE_OK && s != STORE_NOT_FOUND)
        err = eng_error(s);
    return err;
}

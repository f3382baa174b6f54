/* SPDX-License-Identifier: Apache-2.0
 *
 * edb_build.c - small databases made in memory, for tests of their reader
 */
#include "ese/edb/edb_build.h"

#include "ese/edb/checksum.h"
#include "ese/edb/edb_internal.h"
#include "ese/format/bytes.h"
#include "ese/format/compress.h"
#include "ese/format/key.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_FLAGS  (EDB_PAGE_NEW_RECORD_FORMAT | EDB_PAGE_NEW_CHECKSUM)
#define ROOT_LEAF   (EDB_PAGE_ROOT | EDB_PAGE_LEAF)
#define ROW_COLUMNS 13

static size_t header_size(const struct edb_build *b)
{
    return b->page_size > 8192 ? 80 : 40;
}

uint8_t *edb_build_at(struct edb_build *b, uint32_t page)
{
    return b->data + ((size_t)page + 1) * b->page_size;
}

static uint8_t *tag_at(struct edb_build *b, uint32_t page, uint32_t i)
{
    return edb_build_at(b, page) + b->page_size - 4 * (i + 1);
}

void edb_build_init(struct edb_build *b, uint32_t page_size)
{
    uint8_t *h;

    b->page_size = page_size;
    b->size = (size_t)(EDB_BUILD_PAGES + 2) * page_size;
    b->data = calloc(1, b->size);
    if (b->data == NULL)
        abort();
    h = b->data;
    ese_put_u32(h + 4, 0x89abcdef);
    ese_put_u32(h + 8, 0x620);
    ese_put_u32(h + 16, 100);
    ese_put_u32(h + 52, EDB_STATE_CLEAN);
    ese_put_u32(h + 212, 13);
    ese_put_u32(h + 232, 20);
    ese_put_u32(h + 236, page_size);
    ese_put_u32(h + 667, 1);
}

void edb_build_fini(struct edb_build *b)
{
    free(b->data);
    b->data = NULL;
}

/* Appends a tag's bytes, which the caller then fills. */
static uint8_t *add_tag(struct edb_build *b, uint32_t page, size_t size)
{
    uint8_t *p = edb_build_at(b, page), *tag;
    uint16_t used = ese_get_u16(p + 32), count = ese_get_u16(p + 34);

    tag = tag_at(b, page, count);
    ese_put_u16(tag, (uint16_t)size);
    ese_put_u16(tag + 2, used);
    ese_put_u16(p + 32, (uint16_t)(used + size));
    ese_put_u16(p + 34, (uint16_t)(count + 1));
    return p + header_size(b) + used;
}

void edb_build_page(struct edb_build *b, uint32_t page, uint32_t objid, uint32_t flags,
                    const void *prefix, size_t prefix_size)
{
    uint8_t *p = edb_build_at(b, page);
    bool root = (flags & EDB_PAGE_ROOT) != 0;
    uint8_t *first;

    memset(p, 0, b->page_size);
    ese_put_u32(p + 24, objid);
    ese_put_u32(p + 36, flags | PAGE_FLAGS);
    first = add_tag(b, page, root ? 16 : prefix_size);
    if (!root && prefix_size > 0)
        memcpy(first, prefix, prefix_size);
}

void edb_build_node(struct edb_build *b, uint32_t page, uint8_t flags, const void *key,
                    size_t key_size, const void *data, size_t data_size)
{
    const uint8_t *tag = tag_at(b, page, 0);
    bool root = (ese_get_u32(edb_build_at(b, page) + 36) & EDB_PAGE_ROOT) != 0;
    const uint8_t *prefix = edb_build_at(b, page) + header_size(b) + ese_get_u16(tag + 2);
    size_t prefix_size = root ? 0 : ese_get_u16(tag), at = 0;
    uint32_t i = ese_get_u16(edb_build_at(b, page) + 34);
    uint8_t *p;

    if (prefix_size > key_size || prefix_size == 0 || memcmp(prefix, key, prefix_size) != 0)
        prefix_size = 0;
    if (prefix_size > 0)
        flags |= EDB_NODE_COMPRESSED;
    p = add_tag(b, page, (prefix_size > 0 ? 4 : 2) + key_size - prefix_size + data_size);
    if (prefix_size > 0) {
        ese_put_u16(p, (uint16_t)prefix_size);
        at = 2;
    }
    ese_put_u16(p + at, (uint16_t)(key_size - prefix_size));
    if (b->page_size > 8192)
        p[1] |= (uint8_t)(flags << 5);
    else
        tag_at(b, page, i)[3] |= (uint8_t)(flags << 5);
    memcpy(p + at + 2, (const uint8_t *)key + prefix_size, key_size - prefix_size);
    memcpy(p + at + 2 + key_size - prefix_size, data, data_size);
}

uint8_t *edb_build_node_at(struct edb_build *b, uint32_t page, uint16_t i)
{
    uint16_t offset = ese_get_u16(tag_at(b, page, i + 1u) + 2);

    return edb_build_at(b, page) + header_size(b) +
           (offset & (b->page_size > 8192 ? 0x7fff : 0x1fff));
}

void edb_build_seal(struct edb_build *b)
{
    ese_put_u32(b->data, edb_checksum_old(b->data, b->page_size));
    memcpy(b->data + b->page_size, b->data, b->page_size);
    for (uint32_t n = 1; n <= EDB_BUILD_PAGES; n++) {
        uint8_t *p = edb_build_at(b, n);

        if (ese_get_u16(p + 34) != 0 || ese_get_u32(p + 36) != 0)
            edb_checksum_seal(p, b->page_size, n);
    }
}

/* --- the sample --- */

struct row {
    uint32_t table;
    uint16_t type;
    uint32_t id, coltyp_or_page, size, flags, code_page;
    uint16_t record_offset;
    const char *name, *template_table, *value_default;
};

static size_t key_of_long(uint8_t *out, uint32_t v)
{
    out[0] = 0x7f;
    ese_put_be32(out + 1, v ^ 0x80000000);
    return 5;
}

static size_t key_of_row(uint8_t *out, const struct row *r)
{
    size_t n = key_of_long(out, r->table);

    out[n] = 0x7f;
    out[n + 1] = (uint8_t)(r->type >> 8 ^ 0x80);
    out[n + 2] = (uint8_t)r->type;
    return n + 3 + key_of_long(out + n + 3, r->id);
}

static size_t encode_row(const struct row *r, uint8_t *out, size_t room)
{
    static const uint16_t offsets[] = {4, 8, 10, 14, 18, 22, 26, 30, 31};
    static const uint8_t sizes[] = {4, 2, 4, 4, 4, 4, 4, 1, 2};
    const uint32_t numbers[] = {r->table, r->type,      r->id, r->coltyp_or_page, r->size,
                                r->flags, r->code_page, 0,     r->record_offset};
    const char *const texts[] = {r->name, NULL, r->template_table, r->value_default};
    struct ese_field_input in[ROW_COLUMNS];
    struct ese_value values[ROW_COLUMNS];
    uint8_t bytes[ROW_COLUMNS][4];
    struct ese_record_input record = {.form = ESE_RECORD_SMALL,
                                      .last_fixed = 9,
                                      .last_variable = 131,
                                      .fixed_end = 33,
                                      .fields = in,
                                      .field_count = ROW_COLUMNS};
    size_t size = 0;

    for (size_t i = 0; i < ROW_COLUMNS; i++) {
        bool fixed = i < 9;
        const char *text = fixed ? NULL : texts[i - 9];

        in[i] = (struct ese_field_input){.id = (uint16_t)(fixed ? i + 1 : 128 + i - 9),
                                         .record_offset = fixed ? offsets[i] : 0,
                                         .value_count = fixed || text != NULL,
                                         .values = &values[i]};
        if (fixed) {
            ese_put_u32(bytes[i], numbers[i]);
            values[i] = (struct ese_value){.data = bytes[i], .size = sizes[i]};
        } else if (text != NULL) {
            values[i] =
                (struct ese_value){.data = (const uint8_t *)text, .size = (uint32_t)strlen(text)};
        }
    }
    if (ese_record_encode(&record, out, room, &size) != ESE_FORMAT_OK)
        abort();
    return size;
}

static void build_catalog(struct edb_build *b)
{
    static const struct row rows[] = {
        {2, 1, 2, 4, 80, ESE_TABLE_SYSTEM, 20, 0, "MSysObjects", NULL, NULL},
        {10, 1, 10, SAMPLE_BASE, 80, ESE_TABLE_TEMPLATE, 1, 0, "base", NULL, NULL},
        {10, 2, 1, ESE_COLTYP_LONG, 4, ESE_FIELD_NOT_NULL, 0, 4, "Id", NULL, NULL},
        {10, 2, 128, ESE_COLTYP_TEXT, 50, 0, 1252, 0, "Name", NULL, NULL},
        {10, 2, 256, ESE_COLTYP_LONG_TEXT, 0, 0, 1252, 0, "Tag", NULL, NULL},
        {12, 1, 12, SAMPLE_PEOPLE, 80, ESE_TABLE_DERIVED, 1, 0, "people", "base", NULL},
        {12, 2, 2, ESE_COLTYP_SHORT, 2, 0, 0, 8, "Age", NULL, NULL},
        {12, 2, 129, ESE_COLTYP_TEXT, 50, ESE_FIELD_DEFAULT, 1252, 0, "Nick", NULL, "none"},
        {12, 2, 256, ESE_COLTYP_LONG_BINARY, 0, 0, 0, 0, "Note", NULL, NULL},
        {12, 2, 257, ESE_COLTYP_LONG_TEXT, 0, ESE_FIELD_MULTI_VALUED, 1252, 0, "Words", NULL, NULL},
        {12, 4, 13, SAMPLE_LONG_VALUES, 80, 0, 1, 0, "LV", NULL, NULL},
    };
    static const uint32_t copies[][2] = {{SAMPLE_CATALOG, 2}, {SAMPLE_SHADOW, 3}};

    for (size_t c = 0; c < 2; c++) {
        edb_build_page(b, copies[c][0], copies[c][1], ROOT_LEAF, NULL, 0);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            uint8_t key[16], data[400];
            size_t key_size = key_of_row(key, &rows[i]);
            size_t size = encode_row(&rows[i], data, sizeof data);

            edb_build_node(b, copies[c][0], 0, key, key_size, data, size);
        }
    }
}

struct person {
    uint32_t id;
    int age; /* -1: NULL */
    const char *name, *tag;
    bool note;
    const char *words[2]; /* the first one compressed */
};

static size_t encode_person(const struct person *p, enum ese_record_form form, uint8_t *out,
                            size_t room)
{
    static const uint8_t lid[] = {1, 0, 0, 0};
    uint8_t id[4], age[2], packed[40];
    size_t packed_size = 0, size = 0;
    struct ese_value id_value = {.data = id, .size = 4}, age_value = {.data = age, .size = 2};
    struct ese_value name = {.data = (const uint8_t *)p->name},
                     tag = {.data = (const uint8_t *)p->tag};
    struct ese_value note = {.data = lid, .size = sizeof lid, .separated = true}, words[2];
    struct ese_field_input in[6];
    struct ese_record_input record = {
        .form = form, .last_fixed = 2, .last_variable = 128, .fixed_end = 10, .fields = in};
    size_t n = 0;

    ese_put_u32(id, p->id);
    ese_put_u16(age, (uint16_t)p->age);
    in[n++] = (struct ese_field_input){
        .id = 1, .record_offset = 4, .value_count = 1, .values = &id_value};
    in[n++] = (struct ese_field_input){
        .id = 2, .record_offset = 8, .value_count = p->age >= 0, .values = &age_value};
    if (p->name != NULL)
        name.size = (uint32_t)strlen(p->name);
    in[n++] = (struct ese_field_input){.id = 128, .value_count = p->name != NULL, .values = &name};
    if (p->tag != NULL) {
        tag.size = (uint32_t)strlen(p->tag);
        in[n++] = (struct ese_field_input){
            .id = 256, .derived = true, .is_long = true, .value_count = 1, .values = &tag};
    }
    if (p->note)
        in[n++] =
            (struct ese_field_input){.id = 256, .is_long = true, .value_count = 1, .values = &note};
    if (p->words[0] != NULL) {
        if (ese_compress(ESE_COMPRESS_7BIT_ASCII, p->words[0], strlen(p->words[0]), packed,
                         sizeof packed, &packed_size) != ESE_FORMAT_OK)
            abort();
        words[0] =
            (struct ese_value){.data = packed, .size = (uint32_t)packed_size, .compressed = true};
        words[1] = (struct ese_value){.data = (const uint8_t *)p->words[1],
                                      .size = (uint32_t)strlen(p->words[1])};
        in[n++] =
            (struct ese_field_input){.id = 257, .is_long = true, .value_count = 2, .values = words};
    }
    record.field_count = n;
    if (ese_record_encode(&record, out, room, &size) != ESE_FORMAT_OK)
        abort();
    return size;
}

static void build_people(struct edb_build *b)
{
    static const struct person people[] = {
        {1, 36, "Ada", "t", true, {NULL, NULL}},
        {2, -1, NULL, NULL, false, {"seven bits", "plain"}},
        {3, 0, "", NULL, false, {NULL, NULL}},
        {4, 99, "Ghost", NULL, false, {NULL, NULL}},
        {5, 7, "Eve", NULL, false, {NULL, NULL}},
    };
    static const uint8_t prefix[] = {0x7f, 0x80, 0, 0}, separator[] = {0x7f, 0x80, 0, 0, 3};
    uint8_t child[4];

    edb_build_page(b, SAMPLE_BASE, 10, ROOT_LEAF, NULL, 0);
    edb_build_page(b, SAMPLE_PEOPLE, 12, EDB_PAGE_ROOT | EDB_PAGE_PARENT_OF_LEAF, NULL, 0);
    ese_put_u32(child, SAMPLE_LEAF_1);
    edb_build_node(b, SAMPLE_PEOPLE, 0, separator, sizeof separator, child, 4);
    ese_put_u32(child, SAMPLE_LEAF_2);
    edb_build_node(b, SAMPLE_PEOPLE, 0, "", 0, child, 4);
    edb_build_page(b, SAMPLE_LEAF_1, 12, EDB_PAGE_LEAF, NULL, 0);
    edb_build_page(b, SAMPLE_LEAF_2, 12, EDB_PAGE_LEAF, prefix, sizeof prefix);
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        const struct person *p = &people[i];
        uint8_t key[5], data[400];
        size_t key_size = key_of_long(key, p->id);
        size_t size = encode_person(p, ese_record_form_of(b->page_size), data, sizeof data);

        edb_build_node(b, p->id < 3 ? SAMPLE_LEAF_1 : SAMPLE_LEAF_2,
                       p->id == 4 ? EDB_NODE_DELETED : 0, key, key_size, data, size);
    }
}

/* A value of two chunks: the first one XPRESS, the second plain. */
static void build_long_values(struct edb_build *b)
{
    uint8_t plain[SAMPLE_NOTE_SIZE], packed[2000], root[8], key[8] = {0, 0, 0, 1};
    size_t packed_size = 0;

    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)(i % 26 + 'a');
    if (ese_compress(ESE_COMPRESS_XPRESS, plain, 4014, packed, sizeof packed, &packed_size) !=
        ESE_FORMAT_OK)
        abort();
    edb_build_page(b, SAMPLE_LONG_VALUES, 13, ROOT_LEAF | EDB_PAGE_LONG_VALUE, NULL, 0);
    ese_put_u32(root, 1);
    ese_put_u32(root + 4, SAMPLE_NOTE_SIZE);
    edb_build_node(b, SAMPLE_LONG_VALUES, 0, key, 4, root, sizeof root);
    edb_build_node(b, SAMPLE_LONG_VALUES, 0, key, 8, packed, packed_size);
    ese_put_be32(key + 4, 4014);
    edb_build_node(b, SAMPLE_LONG_VALUES, 0, key, 8, plain + 4014, sizeof plain - 4014);
}

void edb_build_sample(struct edb_build *b, uint32_t page_size)
{
    edb_build_init(b, page_size);
    build_catalog(b);
    build_people(b);
    build_long_values(b);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * format.h - what a database is made of: column types, columns, indexes, and their stored flags
 *
 * This room knows how ESE writes records, keys and values as bytes, and nothing else. It is pure:
 * memory in, memory out; it neither allocates nor logs nor reads a file. Whatever it reads is
 * hostile: every length and offset is checked before it is used, and a broken input is a status,
 * never a crash. Whatever it writes goes into the caller's buffer, whose size it never exceeds.
 *
 * The stored forms are those of database version 0x620.
 */
#ifndef HF_ESE_FORMAT_FORMAT_H
#define HF_ESE_FORMAT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ese_format_status {
    ESE_FORMAT_OK = 0,
    ESE_FORMAT_CORRUPT,     /* the input contradicts itself or runs past its end */
    ESE_FORMAT_NO_ROOM,     /* the output buffer is too small */
    ESE_FORMAT_UNSUPPORTED, /* a form that this room does not read, such as another compression */
    ESE_FORMAT_BAD_VALUE,   /* a value that does not suit its column or index */
    ESE_FORMAT_TRUNCATED,   /* the key does not fit and the index disallows truncation */
    ESE_FORMAT_NULL_IN_KEY, /* a NULL segment in an index that disallows it */
};

#define ESE_FORMAT_CHECK __attribute__((warn_unused_result))

enum ese_coltyp {
    ESE_COLTYP_NIL = 0, /* a deleted column */
    ESE_COLTYP_BIT = 1,
    ESE_COLTYP_UNSIGNED_BYTE = 2,
    ESE_COLTYP_SHORT = 3,
    ESE_COLTYP_LONG = 4,
    ESE_COLTYP_CURRENCY = 5,
    ESE_COLTYP_IEEE_SINGLE = 6,
    ESE_COLTYP_IEEE_DOUBLE = 7,
    ESE_COLTYP_DATE_TIME = 8,
    ESE_COLTYP_BINARY = 9,
    ESE_COLTYP_TEXT = 10,
    ESE_COLTYP_LONG_BINARY = 11,
    ESE_COLTYP_LONG_TEXT = 12,
    ESE_COLTYP_SLV = 13, /* obsolete */
    ESE_COLTYP_UNSIGNED_LONG = 14,
    ESE_COLTYP_LONG_LONG = 15,
    ESE_COLTYP_GUID = 16,
    ESE_COLTYP_UNSIGNED_SHORT = 17,
    ESE_COLTYP_UNSIGNED_LONG_LONG = 18,
    ESE_COLTYP_COUNT
};

#define ESE_CODE_PAGE_ASCII   1252
#define ESE_CODE_PAGE_UNICODE 1200

/* A column's number says where it is stored. */
#define ESE_COLUMN_FIXED_MIN    1
#define ESE_COLUMN_FIXED_MAX    127
#define ESE_COLUMN_VARIABLE_MIN 128
#define ESE_COLUMN_VARIABLE_MAX 255
#define ESE_COLUMN_TAGGED_MIN   256
#define ESE_COLUMN_TAGGED_MAX   65263

#define ESE_SHORT_VALUE_MAX 255 /* of Text and Binary */
#define ESE_LONG_VALUE_MAX  0x7fffffffu
#define ESE_NAME_MAX        64

/* Field flags of the catalog. */
enum ese_field_flags {
    ESE_FIELD_NOT_NULL = 0x1,
    ESE_FIELD_VERSION = 0x2,
    ESE_FIELD_AUTOINCREMENT = 0x4,
    ESE_FIELD_MULTI_VALUED = 0x8,
    ESE_FIELD_DEFAULT = 0x10,
    ESE_FIELD_ESCROW_UPDATE = 0x20,
    ESE_FIELD_FINALIZE = 0x40,
    ESE_FIELD_USER_DEFINED_DEFAULT = 0x80,
    ESE_FIELD_TEMPLATE = 0x100, /* a column of a template table, stored with the derived bit */
    ESE_FIELD_DELETE_ON_ZERO = 0x200,
    ESE_FIELD_PRIMARY_PLACEHOLDER = 0x800,
    ESE_FIELD_COMPRESSED = 0x1000,
    ESE_FIELD_ENCRYPTED = 0x2000,
};

/* Index flags of the catalog. */
enum ese_index_flags {
    ESE_INDEX_UNIQUE = 0x1,
    ESE_INDEX_ALLOW_ALL_NULLS = 0x2,
    ESE_INDEX_ALLOW_FIRST_NULL = 0x4,
    ESE_INDEX_ALLOW_SOME_NULLS = 0x8,
    ESE_INDEX_NO_NULL_SEGMENT = 0x10,
    ESE_INDEX_PRIMARY = 0x20,
    ESE_INDEX_LOCALE_SET = 0x40,
    ESE_INDEX_MULTI_VALUED = 0x80,
    ESE_INDEX_TEMPLATE = 0x100,
    ESE_INDEX_DERIVED = 0x200,
    ESE_INDEX_LOCALIZED_TEXT = 0x400,
    ESE_INDEX_SORT_NULLS_HIGH = 0x800,
    ESE_INDEX_UNICODE_FIXUP = 0x1000,
    ESE_INDEX_CROSS_PRODUCT = 0x2000,
    ESE_INDEX_DISALLOW_TRUNCATION = 0x4000,
    ESE_INDEX_NESTED_TABLE = 0x8000,
    ESE_INDEX_EXTENDED_COLUMNS = 0x10000,
    ESE_INDEX_DOTNET_GUID = 0x20000,
    ESE_INDEX_DEFERRED_POPULATE = 0x40000,
    ESE_INDEX_OPTIONALLY_UNIQUE = 0x80000,
};

/* Table flags of the catalog. */
enum ese_table_flags {
    ESE_TABLE_NO_FIXED_VAR_IN_DERIVED = 0x04000000,
    ESE_TABLE_SYSTEM_DYNAMIC = 0x08000000,
    ESE_TABLE_DERIVED = 0x10000000,
    ESE_TABLE_TEMPLATE = 0x20000000,
    ESE_TABLE_FIXED_DDL = 0x40000000,
    ESE_TABLE_SYSTEM = (int)0x80000000,
};

/* Bytes of somebody else. */
struct ese_bytes {
    const uint8_t *data;
    size_t size;
};

struct ese_column {
    const char *name; /* as stored; printable only after escaping */
    uint16_t id;
    uint8_t coltyp;         /* enum ese_coltyp; hostile values are kept */
    bool derived;           /* stored with the derived bit: inherited from the template table */
    uint16_t code_page;     /* of text: 1252 or 1200 */
    uint16_t record_offset; /* of a fixed column, from the start of the record */
    uint32_t size_max;      /* of a fixed column: its size */
    uint32_t flags;         /* enum ese_field_flags */
    bool has_default;
    struct ese_bytes value_default; /* plain bytes of one value */
};

#define ESE_INDEX_SEGMENTS_MAX 16
#define ESE_KEY_MOST_DEFAULT   255
#define ESE_KEY_MOST_MAX       2000

struct ese_index_segment {
    uint16_t column_id;
    bool derived; /* the column is the template table's */
    bool descending;
    bool must_be_null; /* of a condition: NULL rather than not NULL */
};

struct ese_index {
    const char *name;
    uint32_t objid;
    uint32_t flags;           /* enum ese_index_flags */
    uint16_t key_most;        /* largest key in bytes */
    uint16_t var_segment_max; /* largest text or binary segment; 0: as the key */
    uint32_t lcid;
    uint32_t lcmap_flags;
    struct ese_bytes locale_name;  /* UTF-16LE, no terminator */
    struct ese_bytes sort_version; /* u32 NLS version, u32 defined version, or empty */
    struct ese_bytes sort_id;      /* 16 bytes, or empty */
    struct ese_bytes tuple_limits; /* 3 or 5 u32: min, max, to index, increment, start */
    uint8_t segment_count, condition_count;
    struct ese_index_segment segments[ESE_INDEX_SEGMENTS_MAX];
    struct ese_index_segment conditions[ESE_INDEX_SEGMENTS_MAX];
};

const char *ese_format_status_text(enum ese_format_status s);

const char *ese_coltyp_name(uint8_t coltyp); /* "Long", or "unknown" */

/* The size of every value of this type; 0 for text and binary. */
size_t ese_coltyp_size(uint8_t coltyp);

static inline bool ese_coltyp_is_text(uint8_t coltyp)
{
    return coltyp == ESE_COLTYP_TEXT || coltyp == ESE_COLTYP_LONG_TEXT;
}

static inline bool ese_coltyp_is_binary(uint8_t coltyp)
{
    return coltyp == ESE_COLTYP_BINARY || coltyp == ESE_COLTYP_LONG_BINARY;
}

static inline bool ese_coltyp_is_long(uint8_t coltyp)
{
    return coltyp == ESE_COLTYP_LONG_BINARY || coltyp == ESE_COLTYP_LONG_TEXT;
}

static inline bool ese_column_is_fixed(uint16_t id)
{
    return id >= ESE_COLUMN_FIXED_MIN && id <= ESE_COLUMN_FIXED_MAX;
}

static inline bool ese_column_is_variable(uint16_t id)
{
    return id >= ESE_COLUMN_VARIABLE_MIN && id <= ESE_COLUMN_VARIABLE_MAX;
}

/* The KeyFldIDs form of the catalog (spec 8) to segments and back. Reading fills at most
 * ESE_INDEX_SEGMENTS_MAX; writing always gives the extended form, 4 bytes a segment. */
ESE_FORMAT_CHECK enum ese_format_status ese_index_segments_decode(
    const struct ese_bytes *stored, bool extended, struct ese_index_segment *ret_segments,
    uint8_t *ret_count);
void ese_index_segments_encode(const struct ese_index_segment *segments, uint8_t count,
                               uint8_t out[4 * ESE_INDEX_SEGMENTS_MAX]);

#endif

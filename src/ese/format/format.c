/* SPDX-License-Identifier: Apache-2.0
 *
 * format.c - names and sizes of column types, and the stored form of index segments
 */
#include "ese/format/format.h"

#include "ese/format/bytes.h"

enum segment_flags {
    SEGMENT_TEMPLATE = 0x80,
    SEGMENT_DESCENDING = 0x40,
    SEGMENT_MUST_BE_NULL = 0x20,
};

static const struct {
    const char *name;
    uint8_t size;
} coltyps[ESE_COLTYP_COUNT] = {
    [ESE_COLTYP_NIL] = {"deleted", 0},
    [ESE_COLTYP_BIT] = {"Bit", 1},
    [ESE_COLTYP_UNSIGNED_BYTE] = {"UnsignedByte", 1},
    [ESE_COLTYP_SHORT] = {"Short", 2},
    [ESE_COLTYP_LONG] = {"Long", 4},
    [ESE_COLTYP_CURRENCY] = {"Currency", 8},
    [ESE_COLTYP_IEEE_SINGLE] = {"IEEESingle", 4},
    [ESE_COLTYP_IEEE_DOUBLE] = {"IEEEDouble", 8},
    [ESE_COLTYP_DATE_TIME] = {"DateTime", 8},
    [ESE_COLTYP_BINARY] = {"Binary", 0},
    [ESE_COLTYP_TEXT] = {"Text", 0},
    [ESE_COLTYP_LONG_BINARY] = {"LongBinary", 0},
    [ESE_COLTYP_LONG_TEXT] = {"LongText", 0},
    [ESE_COLTYP_SLV] = {"SLV", 0},
    [ESE_COLTYP_UNSIGNED_LONG] = {"UnsignedLong", 4},
    [ESE_COLTYP_LONG_LONG] = {"LongLong", 8},
    [ESE_COLTYP_GUID] = {"GUID", 16},
    [ESE_COLTYP_UNSIGNED_SHORT] = {"UnsignedShort", 2},
    [ESE_COLTYP_UNSIGNED_LONG_LONG] = {"UnsignedLongLong", 8},
};

const char *ese_coltyp_name(uint8_t coltyp)
{
    return coltyp < ESE_COLTYP_COUNT ? coltyps[coltyp].name : "unknown";
}

size_t ese_coltyp_size(uint8_t coltyp)
{
    return coltyp < ESE_COLTYP_COUNT ? coltyps[coltyp].size : 0;
}

const char *ese_format_status_text(enum ese_format_status s)
{
    static const char *const texts[] = {
        [ESE_FORMAT_OK] = "ok",
        [ESE_FORMAT_CORRUPT] = "contradicts itself or runs past its end",
        [ESE_FORMAT_NO_ROOM] = "larger than its limit",
        [ESE_FORMAT_UNSUPPORTED] = "a form that is not supported",
        [ESE_FORMAT_BAD_VALUE] = "does not suit its column",
        [ESE_FORMAT_TRUNCATED] = "does not fit into the key",
        [ESE_FORMAT_NULL_IN_KEY] = "is NULL where the index allows none",
    };

    return (size_t)s < sizeof texts / sizeof *texts ? texts[s] : "unknown";
}

enum ese_format_status ese_index_segments_decode(const struct ese_bytes *stored, bool extended,
                                                 struct ese_index_segment *ret_segments,
                                                 uint8_t *ret_count)
{
    size_t width = extended ? 4 : 2;
    size_t count = stored->size / width;

    if (stored->size % width != 0 || count > ESE_INDEX_SEGMENTS_MAX)
        return ESE_FORMAT_CORRUPT;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *p = stored->data + i * width;
        struct ese_index_segment s = {0};

        if (extended) {
            s.derived = (p[0] & SEGMENT_TEMPLATE) != 0;
            s.descending = (p[0] & SEGMENT_DESCENDING) != 0;
            s.must_be_null = (p[0] & SEGMENT_MUST_BE_NULL) != 0;
            s.column_id = ese_get_u16(p + 2);
        } else {
            int16_t id = (int16_t)ese_get_u16(p);

            s.descending = id < 0;
            s.must_be_null = id < 0; /* the sign's meaning in a list of conditions */
            s.column_id = (uint16_t)(id < 0 ? -id : id);
        }
        ret_segments[i] = s;
    }
    *ret_count = (uint8_t)count;
    return ESE_FORMAT_OK;
}

void ese_index_segments_encode(const struct ese_index_segment *segments, uint8_t count,
                               uint8_t out[4 * ESE_INDEX_SEGMENTS_MAX])
{
    for (uint8_t i = 0; i < count; i++) {
        const struct ese_index_segment *s = &segments[i];

        out[4 * i] = (uint8_t)((s->derived ? SEGMENT_TEMPLATE : 0) |
                               (s->descending ? SEGMENT_DESCENDING : 0) |
                               (s->must_be_null ? SEGMENT_MUST_BE_NULL : 0));
        out[4 * i + 1] = 0;
        ese_put_u16(out + 4 * i + 2, s->column_id);
    }
}

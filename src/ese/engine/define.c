/* SPDX-License-Identifier: Apache-2.0
 *
 * define.c - what a program asks of a column or an index, checked and put as catalog rows
 *
 * The rules of ese-api 2 (columns) and 3 (indexes) stand here and nowhere else; flags of the API
 * and flags of the catalog meet in two tables.
 */
#include "ese/engine/schema.h"

#include "ese/format/bytes.h"

#include <string.h>
#include <strings.h>

#define LCID_DEFAULT      1033
#define MAP_FLAGS_DEFAULT 0x00030001u
#define MAP_FLAGS_SORTKEY 0x00000400u
#define FIXED_COUNT_MAX   127
#define VARIABLE_MAX      128
#define TAGGED_MAX        (JET_ccolMost - 0xff)

/* ---- flags ---- */

static const struct {
    JET_GRBIT grbit;
    uint32_t flag;
} column_flags[] = {
    {JET_bitColumnNotNULL, ESE_FIELD_NOT_NULL},
    {JET_bitColumnVersion, ESE_FIELD_VERSION},
    {JET_bitColumnAutoincrement, ESE_FIELD_AUTOINCREMENT},
    {JET_bitColumnMultiValued, ESE_FIELD_MULTI_VALUED},
    {JET_bitColumnEscrowUpdate, ESE_FIELD_ESCROW_UPDATE},
    {JET_bitColumnFinalize, ESE_FIELD_FINALIZE},
    {JET_bitColumnDeleteOnZero, ESE_FIELD_DELETE_ON_ZERO},
    {JET_bitColumnCompressed, ESE_FIELD_COMPRESSED},
};

static const struct {
    JET_GRBIT grbit;
    uint32_t flag;
} index_flags[] = {
    {JET_bitIndexUnique, ESE_INDEX_UNIQUE},
    {JET_bitIndexPrimary, ESE_INDEX_PRIMARY | ESE_INDEX_UNIQUE},
    {JET_bitIndexDisallowNull, ESE_INDEX_NO_NULL_SEGMENT},
    {JET_bitIndexSortNullsHigh, ESE_INDEX_SORT_NULLS_HIGH},
    {JET_bitIndexCrossProduct, ESE_INDEX_CROSS_PRODUCT},
    {JET_bitIndexDisallowTruncation, ESE_INDEX_DISALLOW_TRUNCATION},
    {JET_bitIndexNestedTable, ESE_INDEX_NESTED_TABLE},
    {JET_bitIndexDotNetGuid, ESE_INDEX_DOTNET_GUID},
};

JET_GRBIT eng_column_grbit(const struct ese_column *c)
{
    const uint32_t own = ESE_FIELD_VERSION | ESE_FIELD_AUTOINCREMENT;
    JET_GRBIT grbit = ese_column_is_fixed(c->id)       ? JET_bitColumnFixed
                      : c->id >= ESE_COLUMN_TAGGED_MIN ? JET_bitColumnTagged
                                                       : 0;

    for (size_t i = 0; i < sizeof column_flags / sizeof *column_flags; i++)
        if (c->flags & column_flags[i].flag)
            grbit |= column_flags[i].grbit;
    return c->flags & own ? grbit : grbit | JET_bitColumnUpdatable;
}

JET_GRBIT eng_index_grbit(const struct eng_index *x)
{
    uint32_t flags = x->x.flags;
    JET_GRBIT grbit = x->tuples ? JET_bitIndexTuples : 0;

    for (size_t i = 0; i < sizeof index_flags / sizeof *index_flags; i++)
        if ((flags & index_flags[i].flag) == index_flags[i].flag)
            grbit |= index_flags[i].grbit;
    if (flags & ESE_INDEX_NO_NULL_SEGMENT)
        return grbit;
    if (!(flags & ESE_INDEX_ALLOW_SOME_NULLS))
        return grbit | JET_bitIndexIgnoreAnyNull;
    if (!(flags & ESE_INDEX_ALLOW_FIRST_NULL))
        grbit |= JET_bitIndexIgnoreFirstNull;
    else if (!(flags & ESE_INDEX_ALLOW_ALL_NULLS))
        grbit |= JET_bitIndexIgnoreNull;
    return grbit;
}

/* ---- columns ---- */

void eng_layout_of(const struct eng_schema *s, struct eng_layout *ret_layout)
{
    *ret_layout = (struct eng_layout){
        .fixed = s->fixed_count,
        .variable = s->variable_count,
        .tagged = s->tagged_count,
        .fixed_end = eng_fixed_end(s, s->fixed_count),
        .autoincrement = s->autoincrement != NULL,
        .version = s->version_column != NULL,
    };
}

static bool counts(JET_COLTYP t)
{
    return t == JET_coltypLong || t == JET_coltypCurrency || t == JET_coltypUnsignedLong ||
           t == JET_coltypLongLong || t == JET_coltypUnsignedLongLong;
}

static bool is_known_type(JET_COLTYP t)
{
    return t > JET_coltypNil && t < JET_coltypMax && t != JET_coltypSLV;
}

/* Combinations of type and grbit. */
static JET_ERR check_column(const struct eng_layout *layout, const struct ese_column_def *def)
{
    const JET_GRBIT own =
        JET_bitColumnVersion | JET_bitColumnAutoincrement | JET_bitColumnEscrowUpdate;
    bool is_long = is_known_type(def->coltyp) && ese_coltyp_is_long((uint8_t)def->coltyp);
    bool tagged = (def->grbit & JET_bitColumnTagged) || is_long;
    JET_GRBIT g = def->grbit;

    if (!is_known_type(def->coltyp))
        return JET_errInvalidColumnType;
    if (g & JET_bitColumnUserDefinedDefault)
        return JET_errFeatureNotAvailable;
    if (g & JET_bitColumnEncrypted)
        return JET_errColumnCannotBeEncrypted;
    if ((g & JET_bitColumnFixed) && tagged)
        return JET_errInvalidGrbit;
    if ((g & (JET_bitColumnFinalize | JET_bitColumnDeleteOnZero)) &&
        (!(g & JET_bitColumnEscrowUpdate) ||
         ((g & JET_bitColumnFinalize) && (g & JET_bitColumnDeleteOnZero))))
        return JET_errInvalidGrbit;
    if ((g & JET_bitColumnMultiValued) && !tagged)
        return JET_errMultiValuedColumnMustBeTagged;
    if (tagged && (g & JET_bitColumnNotNULL))
        return JET_errTaggedNotNULL;
    if (tagged && (g & own))
        return JET_errCannotBeTagged;
    if ((g & JET_bitColumnCompressed) && !is_long)
        return JET_errColumnCannotBeCompressed;
    if (((g & JET_bitColumnAutoincrement) && !counts(def->coltyp)) ||
        ((g & JET_bitColumnVersion) && def->coltyp != JET_coltypLong))
        return JET_errInvalidColumnType;
    if (((g & JET_bitColumnAutoincrement) && layout->autoincrement) ||
        ((g & JET_bitColumnVersion) && layout->version))
        return JET_errColumnRedundant;
    if ((g & JET_bitColumnAutoincrement) &&
        (g & (JET_bitColumnVersion | JET_bitColumnEscrowUpdate)))
        return JET_errInvalidGrbit;
    if (g & JET_bitColumnEscrowUpdate) {
        if (!counts(def->coltyp))
            return JET_errInvalidColumnType;
        if (def->default_size == 0 || (g & JET_bitColumnVersion))
            return def->default_size == 0 ? JET_errInvalidParameter : JET_errInvalidGrbit;
    }
    return JET_errSuccess;
}

static JET_ERR code_page_of(const struct ese_column_def *def, uint16_t *ret_page)
{
    if (!ese_coltyp_is_text((uint8_t)def->coltyp)) {
        *ret_page = 0;
        return JET_errSuccess;
    }
    *ret_page = def->codepage == 0 ? ESE_CODE_PAGE_ASCII : def->codepage;
    return *ret_page == ESE_CODE_PAGE_ASCII || *ret_page == ESE_CODE_PAGE_UNICODE
               ? JET_errSuccess
               : JET_errInvalidCodePage;
}

static uint32_t size_of(const struct ese_column_def *def)
{
    uint8_t t = (uint8_t)def->coltyp;

    if (ese_coltyp_size(t) != 0)
        return (uint32_t)ese_coltyp_size(t);
    if (ese_coltyp_is_long(t))
        return def->max_size > ESE_LONG_VALUE_MAX ? ESE_LONG_VALUE_MAX : def->max_size;
    return def->max_size == 0 || def->max_size > ESE_SHORT_VALUE_MAX ? ESE_SHORT_VALUE_MAX
                                                                     : def->max_size;
}

static JET_ERR check_default(const struct ese_column_def *def, uint32_t size_max)
{
    size_t fixed = ese_coltyp_size((uint8_t)def->coltyp);

    if (def->default_size == 0)
        return JET_errSuccess;
    if (fixed != 0)
        return def->default_size == fixed ? JET_errSuccess : JET_errInvalidBufferSize;
    if (def->default_size > JET_cbLVDefaultValueMost ||
        (size_max != 0 && def->default_size > size_max))
        return JET_errDefaultValueTooBig;
    return JET_errSuccess;
}

enum kind { KIND_FIXED, KIND_VARIABLE, KIND_TAGGED, KIND_NONE };

/* Where values of the column lie; what does not find room among the fixed becomes tagged. */
static enum kind kind_of(const struct eng_layout *layout, const struct ese_column_def *def)
{
    uint8_t t = (uint8_t)def->coltyp;
    bool wants_fixed = ese_coltyp_size(t) != 0 || (def->grbit & JET_bitColumnFixed);
    bool must = (def->grbit & (JET_bitColumnFixed | JET_bitColumnNotNULL | JET_bitColumnVersion |
                               JET_bitColumnAutoincrement | JET_bitColumnEscrowUpdate)) != 0;
    bool tagged = (def->grbit & JET_bitColumnTagged) || ese_coltyp_is_long(t);

    if (!tagged && wants_fixed && layout->fixed < FIXED_COUNT_MAX)
        return KIND_FIXED;
    if (!tagged && !wants_fixed && layout->variable < VARIABLE_MAX)
        return KIND_VARIABLE;
    if (!tagged && must)
        return KIND_NONE;
    return layout->tagged < TAGGED_MAX ? KIND_TAGGED : KIND_NONE;
}

JET_ERR eng_define_column(struct eng_layout *layout, const struct ese_column_def *def,
                          struct eng_catalog_row *ret_row)
{
    struct eng_catalog_row row = {.type = ENG_CATALOG_COLUMN, .name = def->name};
    uint16_t code_page = 0;
    enum kind kind;
    JET_ERR err = check_column(layout, def);

    if (!err)
        err = code_page_of(def, &code_page);
    row.coltyp_or_root = def->coltyp;
    row.space = size_of(def);
    if (!err)
        err = check_default(def, row.space);
    if (err)
        return err;
    row.pages_or_locale = code_page;
    for (size_t i = 0; i < sizeof column_flags / sizeof *column_flags; i++)
        if (def->grbit & column_flags[i].grbit)
            row.flags |= column_flags[i].flag;
    if (def->default_size > 0) {
        row.default_value = (struct ese_bytes){def->default_data, def->default_size};
        row.flags |= ESE_FIELD_DEFAULT;
    }
    kind = kind_of(layout, def);
    switch (kind) {
    case KIND_NONE: return JET_errTooManyColumns;
    case KIND_FIXED:
        row.id = ESE_COLUMN_FIXED_MIN + layout->fixed++;
        row.record_offset = (uint16_t)layout->fixed_end;
        layout->fixed_end += row.space;
        break;
    case KIND_VARIABLE: row.id = ESE_COLUMN_VARIABLE_MIN + layout->variable++; break;
    case KIND_TAGGED: row.id = ESE_COLUMN_TAGGED_MIN + layout->tagged++; break;
    }
    layout->autoincrement |= (def->grbit & JET_bitColumnAutoincrement) != 0;
    layout->version |= (def->grbit & JET_bitColumnVersion) != 0;
    *ret_row = row;
    return JET_errSuccess;
}

/* ---- indexes ---- */

static uint32_t key_most_limit(uint32_t page_size)
{
    return page_size <= 2048 ? 500 : page_size <= 4096 ? 1000 : ESE_KEY_MOST_MAX;
}

static JET_ERR index_grbit(const struct ese_index_def *def, uint32_t *ret_flags)
{
    const JET_GRBIT ignore =
        JET_bitIndexIgnoreNull | JET_bitIndexIgnoreAnyNull | JET_bitIndexIgnoreFirstNull;
    uint32_t flags = ESE_INDEX_ALLOW_ALL_NULLS | ESE_INDEX_ALLOW_FIRST_NULL |
                     ESE_INDEX_ALLOW_SOME_NULLS | ESE_INDEX_EXTENDED_COLUMNS | ESE_INDEX_LOCALE_SET;
    JET_GRBIT g = def->grbit;

    if ((g & JET_bitIndexDisallowNull) && (g & ignore))
        return JET_errInvalidGrbit;
    if ((g & JET_bitIndexPrimary) &&
        (g & (ignore | JET_bitIndexCrossProduct | JET_bitIndexNestedTable)))
        return JET_errIndexInvalidDef;
    for (size_t i = 0; i < sizeof index_flags / sizeof *index_flags; i++)
        if (g & index_flags[i].grbit)
            flags |= index_flags[i].flag;
    if (g & JET_bitIndexIgnoreNull)
        flags &= ~(uint32_t)ESE_INDEX_ALLOW_ALL_NULLS;
    if (g & JET_bitIndexIgnoreFirstNull)
        flags &= ~(uint32_t)(ESE_INDEX_ALLOW_ALL_NULLS | ESE_INDEX_ALLOW_FIRST_NULL);
    if (g & (JET_bitIndexIgnoreAnyNull | JET_bitIndexDisallowNull))
        flags &= ~(uint32_t)(ESE_INDEX_ALLOW_ALL_NULLS | ESE_INDEX_ALLOW_FIRST_NULL |
                             ESE_INDEX_ALLOW_SOME_NULLS);
    *ret_flags = flags;
    return JET_errSuccess;
}

/* Columns by name, as the catalog has them. */
static JET_ERR index_columns(const struct eng_schema *s, const struct ese_index_def *def,
                             struct arena *arena, struct eng_catalog_row *row)
{
    struct ese_index_segment segments[ESE_INDEX_SEGMENTS_MAX] = {0};
    struct ese_index_segment conditions[ESE_INDEX_SEGMENTS_MAX] = {0};
    uint8_t *ids = arena_alloc(arena, 8 * ESE_INDEX_SEGMENTS_MAX);

    if (ids == NULL)
        return JET_errOutOfMemory;
    if (def->segment_count == 0 || def->segment_count > ESE_INDEX_SEGMENTS_MAX ||
        def->condition_count > ESE_INDEX_SEGMENTS_MAX)
        return JET_errIndexInvalidDef;
    for (unsigned i = 0; i < def->segment_count; i++) {
        const struct eng_column *c = eng_column_by_name(s, def->segments[i].column);

        if (c == NULL)
            return JET_errColumnNotFound;
        if (c->c.flags & ESE_FIELD_ESCROW_UPDATE)
            return JET_errCannotIndex;
        segments[i].column_id = c->c.id;
        segments[i].descending = def->segments[i].descending;
        if (c->c.flags & ESE_FIELD_MULTI_VALUED)
            row->flags |= ESE_INDEX_MULTI_VALUED;
        if (ese_coltyp_is_text(c->c.coltyp) && c->c.code_page == ESE_CODE_PAGE_UNICODE)
            row->flags |= ESE_INDEX_LOCALIZED_TEXT;
    }
    if ((row->flags & ESE_INDEX_PRIMARY) && (row->flags & ESE_INDEX_MULTI_VALUED))
        return JET_errIndexInvalidDef;
    for (unsigned i = 0; i < def->condition_count; i++) {
        const struct eng_column *c = eng_column_by_name(s, def->conditions[i].column);

        if (c == NULL)
            return JET_errColumnNotFound;
        conditions[i].column_id = c->c.id;
        conditions[i].must_be_null = def->conditions[i].grbit & JET_bitIndexColumnMustBeNull;
    }
    ese_index_segments_encode(segments, (uint8_t)def->segment_count, ids);
    row->key_ids = (struct ese_bytes){ids, 4u * def->segment_count};
    ids += 4 * ESE_INDEX_SEGMENTS_MAX;
    ese_index_segments_encode(conditions, (uint8_t)def->condition_count, ids);
    if (def->condition_count > 0)
        row->conditions = (struct ese_bytes){ids, 4u * def->condition_count};
    return JET_errSuccess;
}

static JET_ERR index_limits(const struct ese_index_def *def, uint32_t page_size,
                            struct arena *arena, struct eng_catalog_row *row)
{
    bool asked = (def->grbit & JET_bitIndexKeyMost) && def->key_most != 0;
    uint8_t *mac;

    if (asked && (def->key_most < JET_cbKeyMostMin || def->key_most > key_most_limit(page_size)))
        return JET_errInvalidParameter;
    row->key_most = asked ? (uint16_t)def->key_most : ESE_KEY_MOST_DEFAULT;
    if (def->var_seg_mac == 0)
        return JET_errSuccess;
    if (def->grbit & JET_bitIndexTuples)
        return JET_errIndexTuplesVarSegMacNotAllowed;
    if (def->var_seg_mac > row->key_most)
        return JET_errIndexInvalidDef;
    mac = arena_alloc(arena, 2);
    if (mac == NULL)
        return JET_errOutOfMemory;
    ese_put_u16(mac, (uint16_t)def->var_seg_mac);
    row->var_seg_mac = (struct ese_bytes){mac, 2};
    return JET_errSuccess;
}

static uint32_t or_parameter(uint32_t value, const struct ese_host *host, unsigned long id)
{
    return value != 0 ? value : (uint32_t)host->number(host, id);
}

static JET_ERR index_tuples(const struct eng_schema *s, const struct ese_host *host,
                            const struct ese_index_def *def, struct arena *arena,
                            struct eng_catalog_row *row)
{
    const struct eng_column *c = eng_column_by_name(s, def->segments[0].column);
    uint32_t numbers[5] = {
        or_parameter(def->tuple.length_min, host, JET_paramIndexTuplesLengthMin),
        or_parameter(def->tuple.length_max, host, JET_paramIndexTuplesLengthMax),
        or_parameter(def->tuple.to_index_max, host, JET_paramIndexTuplesToIndexMax),
        or_parameter(def->tuple.increment, host, JET_paramIndexTupleIncrement),
        or_parameter(def->tuple.start, host, JET_paramIndexTupleStart),
    };
    uint8_t *bytes;

    if (!(def->grbit & JET_bitIndexTuples))
        return JET_errSuccess;
    if (row->flags & ESE_INDEX_PRIMARY)
        return JET_errIndexTuplesSecondaryIndexOnly;
    if (row->flags & ESE_INDEX_UNIQUE)
        return JET_errIndexTuplesNonUniqueOnly;
    if (def->segment_count != 1)
        return JET_errIndexTuplesTooManyColumns;
    if (!ese_coltyp_is_text(c->c.coltyp) && !ese_coltyp_is_binary(c->c.coltyp))
        return JET_errIndexTuplesTextBinaryColumnsOnly;
    if (numbers[0] < 2 || numbers[1] > 255 || numbers[0] > numbers[1] || numbers[2] > 32767 ||
        numbers[3] == 0)
        return JET_errIndexTuplesInvalidLimits;
    bytes = arena_alloc(arena, sizeof numbers);
    if (bytes == NULL)
        return JET_errOutOfMemory;
    for (unsigned i = 0; i < 5; i++)
        ese_put_u32(bytes + 4 * i, numbers[i]);
    row->tuple_limits = (struct ese_bytes){bytes, sizeof numbers};
    return JET_errSuccess;
}

/* The collation is tried, so that a bad locale is an error now. */
static JET_ERR index_collation(const struct ese_index_def *def, struct arena *arena,
                               struct eng_catalog_row *row)
{
    struct eng_collation *collation = NULL;
    struct ese_index x = {0};
    uint8_t *id;
    JET_ERR err;

    row->lcmap_flags =
        (def->collation.map_flags != 0 ? def->collation.map_flags : MAP_FLAGS_DEFAULT) &
        ~MAP_FLAGS_SORTKEY;
    if (def->collation.locale != NULL && def->collation.locale[0] != '\0') {
        size_t n = strlen(def->collation.locale);
        uint8_t *wide = arena_alloc(arena, 2 * n);

        if (wide == NULL)
            return JET_errOutOfMemory;
        for (size_t i = 0; i < n; i++)
            ese_put_u16(wide + 2 * i, (uint8_t)def->collation.locale[i]);
        row->locale = (struct ese_bytes){wide, 2 * n};
    } else {
        row->pages_or_locale = def->collation.lcid != 0 ? def->collation.lcid : LCID_DEFAULT;
    }
    if (!(row->flags & ESE_INDEX_LOCALIZED_TEXT))
        return JET_errSuccess;
    x.lcid = row->pages_or_locale;
    x.lcmap_flags = row->lcmap_flags;
    x.locale_name = row->locale;
    err = eng_collation_open(&x, &collation);
    id = err ? NULL : arena_alloc(arena, ENG_SORT_ID);
    if (id != NULL) {
        eng_collation_id(collation, id);
        row->sort_id = (struct ese_bytes){id, ENG_SORT_ID};
    }
    eng_collation_close(collation);
    return err ? err : id == NULL ? JET_errOutOfMemory : JET_errSuccess;
}

JET_ERR eng_define_index(const struct eng_schema *s, const struct ese_host *host,
                         uint32_t page_size, const struct ese_index_def *def, uint32_t id,
                         struct arena *arena, struct eng_catalog_row *ret_row)
{
    struct eng_catalog_row row = {
        .type = ENG_CATALOG_INDEX, .id = id, .name = def->name, .coltyp_or_root = id};
    JET_ERR err = index_grbit(def, &row.flags);

    row.space = def->density;
    if (!err)
        err = index_columns(s, def, arena, &row);
    if (!err)
        err = index_limits(def, page_size, arena, &row);
    if (!err)
        err = index_tuples(s, host, def, arena, &row);
    if (!err)
        err = index_collation(def, arena, &row);
    if (!err)
        *ret_row = row;
    return err;
}

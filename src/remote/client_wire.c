/* SPDX-License-Identifier: Apache-2.0
 *
 * client_wire.c - definitions of tables between the provider's structures and the wire's
 */
#include "remote/client.h"

#include <string.h>
#include <strings.h>

/* ---- to the wire: lent ---- */

void remote_put_column(const struct ese_column_def *def, JET_RPC_COLUMN *to)
{
    *to = (JET_RPC_COLUMN){
        .name = remote_text(def->name),
        .coltyp = def->coltyp,
        .max_size = def->max_size,
        .grbit = def->grbit,
        .codepage = def->codepage,
        .default_value = {def->default_size, (unsigned char *)(uintptr_t)def->default_data}};
}

/* Limits that the program has not given are its own instance's parameters, not the server's. */
static void put_tuple(const struct ese_host *host, const struct ese_index_def *def,
                      JET_RPC_INDEX *to)
{
    const struct ese_tuple_limits *t = &def->tuple;
    const struct {
        uint32_t given;
        unsigned long parameter;
    } limits[5] = {{t->length_min, JET_paramIndexTuplesLengthMin},
                   {t->length_max, JET_paramIndexTuplesLengthMax},
                   {t->to_index_max, JET_paramIndexTuplesToIndexMax},
                   {t->increment, JET_paramIndexTupleIncrement},
                   {t->start, JET_paramIndexTupleStart}};

    if (!(def->grbit & JET_bitIndexTuples))
        return;
    if (!(def->grbit & JET_bitIndexTupleLimits) && def->var_seg_mac > 0)
        return;
    to->grbit |= JET_bitIndexTupleLimits;
    for (int i = 0; i < 5; i++)
        to->tuple[i] =
            limits[i].given ? limits[i].given : (uint32_t)host->number(host, limits[i].parameter);
}

JET_ERR remote_put_index(struct arena *arena, const struct ese_host *host,
                         const struct ese_index_def *def, JET_RPC_INDEX *to)
{
    *to = (JET_RPC_INDEX){.name = remote_text(def->name),
                          .segment_count = def->segment_count,
                          .condition_count = def->condition_count,
                          .grbit = def->grbit,
                          .density = def->density,
                          .key_most = def->key_most,
                          .var_seg_mac = def->var_seg_mac,
                          .locale = remote_text(def->collation.locale),
                          .lcid = def->collation.lcid,
                          .map_flags = def->collation.map_flags};
    if (def->segment_count > JET_WIRE_SEGMENTS || def->condition_count > JET_WIRE_SEGMENTS)
        return JET_errIndexInvalidDef;
    to->segments = arena_alloc(arena, JET_WIRE_SEGMENTS * sizeof *to->segments);
    to->conditions = arena_alloc(arena, JET_WIRE_SEGMENTS * sizeof *to->conditions);
    if (!to->segments || !to->conditions)
        return JET_errOutOfMemory;
    for (unsigned i = 0; i < def->segment_count; i++)
        to->segments[i] = (JET_RPC_INDEX_SEGMENT){remote_text(def->segments[i].column),
                                                  def->segments[i].descending};
    for (unsigned i = 0; i < def->condition_count; i++)
        to->conditions[i] = (JET_RPC_INDEX_SEGMENT){remote_text(def->conditions[i].column),
                                                    def->conditions[i].grbit};
    put_tuple(host, def, to);
    return JET_errSuccess;
}

/* ---- from the wire: copied to an arena ---- */

static const char *copy_text(struct arena *arena, const char *s, bool *bad)
{
    size_t size = s ? strlen(s) + 1 : 0;
    char *copy = s ? arena_alloc(arena, size) : NULL;

    if (s && !copy)
        *bad = true;
    return copy ? memcpy(copy, s, size) : NULL;
}

static const void *copy_bytes(struct arena *arena, const JET_RPC_BYTES *b, bool *bad)
{
    void *copy = b->size > 0 && b->data ? arena_alloc(arena, b->size) : NULL;

    if (b->size > 0 && !copy)
        *bad = true;
    return copy ? memcpy(copy, b->data, b->size) : NULL;
}

static void get_column(struct arena *arena, const JET_RPC_COLUMN *from, struct ese_column_info *to,
                       bool *bad)
{
    to->def = (struct ese_column_def){.name = copy_text(arena, from->name, bad),
                                      .coltyp = from->coltyp,
                                      .max_size = from->max_size,
                                      .grbit = from->grbit,
                                      .codepage = (uint16_t)from->codepage,
                                      .default_data = copy_bytes(arena, &from->default_value, bad),
                                      .default_size = from->default_value.size,
                                      .id = from->id};
    to->order = from->order;
    to->derived = from->derived;
    *bad |= !to->def.name;
}

static const struct ese_column_info *find_column(const struct ese_table_info *t, const char *name)
{
    for (unsigned i = 0; i < t->column_count && name; i++)
        if (!strcasecmp(t->columns[i].def.name, name))
            return &t->columns[i];
    return NULL;
}

static void get_segments(struct arena *arena, const JET_RPC_INDEX *from,
                         const struct ese_table_info *table, struct ese_index_info *to, bool *bad)
{
    struct ese_key_segment *segments = arena_alloc(arena, JET_WIRE_SEGMENTS * sizeof *segments);
    const struct ese_column_info **columns =
        arena_alloc(arena, JET_WIRE_SEGMENTS * sizeof *columns);

    if (!segments || !columns || (from->segment_count > 0 && !from->segments)) {
        *bad = true;
        return;
    }
    for (unsigned i = 0; i < from->segment_count; i++) {
        columns[i] = find_column(table, from->segments[i].column);
        if (!columns[i]) {
            *bad = true;
            return;
        }
        segments[i].column = columns[i]->def.name;
        segments[i].descending = from->segments[i].grbit & 1;
    }
    to->def.segments = segments;
    to->def.segment_count = from->segment_count;
    to->columns = columns;
}

static void get_conditions(struct arena *arena, const JET_RPC_INDEX *from,
                           const struct ese_table_info *table, struct ese_index_info *to, bool *bad)
{
    struct ese_condition *conditions = arena_alloc(arena, JET_WIRE_SEGMENTS * sizeof *conditions);

    if (!conditions || (from->condition_count > 0 && !from->conditions)) {
        *bad = true;
        return;
    }
    for (unsigned i = 0; i < from->condition_count; i++) {
        const struct ese_column_info *column = find_column(table, from->conditions[i].column);

        if (!column) {
            *bad = true;
            return;
        }
        conditions[i] = (struct ese_condition){column->def.name, from->conditions[i].grbit};
    }
    to->def.conditions = conditions;
    to->def.condition_count = from->condition_count;
}

static void get_index(struct arena *arena, const JET_RPC_INDEX *from,
                      const struct ese_table_info *table, struct ese_index_info *to, bool *bad)
{
    to->def = (struct ese_index_def){
        .name = copy_text(arena, from->name, bad),
        .grbit = from->grbit,
        .density = from->density,
        .key_most = from->key_most,
        .var_seg_mac = from->var_seg_mac,
        .collation = {copy_text(arena, from->locale, bad), from->lcid, from->map_flags}};
    to->id = (uint64_t)from->id;
    to->entries = from->entries;
    to->keys = from->keys;
    to->pages = from->pages;
    *bad |= !to->def.name;
    to->def.tuple = (struct ese_tuple_limits){from->tuple[0], from->tuple[1], from->tuple[2],
                                              from->tuple[3], from->tuple[4]};
    get_segments(arena, from, table, to, bad);
    get_conditions(arena, from, table, to, bad);
}

JET_ERR remote_get_table(struct arena *arena, const JET_RPC_TABLE_DEF *def,
                         struct ese_table_info *to)
{
    struct ese_table_info t = {.grbit = def->grbit,
                               .records = def->records,
                               .pages = def->pages,
                               .density = def->density,
                               .owned_pages = (uint64_t)def->owned_pages,
                               .available_pages = (uint64_t)def->available_pages,
                               .column_count = def->column_count,
                               .index_count = def->indexes.count};
    bool bad = false;

    t.name = copy_text(arena, def->name, &bad);
    t.template_table = copy_text(arena, def->template_table, &bad);
    t.columns = arena_alloc(arena, (t.column_count + 1u) * sizeof *t.columns);
    t.indexes = arena_alloc(arena, (t.index_count + 1u) * sizeof *t.indexes);
    bad |= !t.name || !t.columns || !t.indexes || (t.column_count > 0 && !def->columns) ||
           (t.index_count > 0 && !def->indexes.indexes);
    for (unsigned i = 0; i < t.column_count && !bad; i++)
        get_column(arena, &def->columns[i], &t.columns[i], &bad);
    for (unsigned i = 0; i < t.index_count && !bad; i++)
        get_index(arena, &def->indexes.indexes[i], &t, &t.indexes[i], &bad);
    if (bad)
        return JET_errOutOfMemory;
    *to = t;
    return JET_errSuccess;
}

/* ---- what stubs have allocated ---- */

static void free_segments(JET_RPC_INDEX_SEGMENT *segments, uint32_t count)
{
    for (uint32_t i = 0; i < count && segments; i++)
        midl_user_free(segments[i].column);
    midl_user_free(segments);
}

void remote_table_def_free(JET_RPC_TABLE_DEF *def)
{
    for (uint32_t i = 0; i < def->column_count && def->columns; i++) {
        midl_user_free(def->columns[i].name);
        midl_user_free(def->columns[i].default_value.data);
    }
    for (uint32_t i = 0; i < def->indexes.count && def->indexes.indexes; i++) {
        JET_RPC_INDEX *x = &def->indexes.indexes[i];

        free_segments(x->segments, x->segment_count);
        free_segments(x->conditions, x->condition_count);
        midl_user_free(x->name);
        midl_user_free(x->locale);
    }
    midl_user_free(def->columns);
    midl_user_free(def->indexes.indexes);
    midl_user_free(def->name);
    midl_user_free(def->template_table);
}

void remote_made_free(JET_RPC_MADE *made)
{
    midl_user_free(made->ids);
    midl_user_free(made->column_errs);
    midl_user_free(made->index_errs);
}

JET_ERR remote_put_condition(const JET_INDEX_COLUMN *column, JET_RPC_CONDITION *to)
{
    if (column->cb > JET_WIRE_KEY)
        return JET_errInvalidParameter;
    *to = (JET_RPC_CONDITION){.columnid = column->columnid,
                              .relop = (uint32_t)column->relop,
                              .grbit = column->grbit,
                              .data = {(uint32_t)column->cb, column->pv}};
    return JET_errSuccess;
}

JET_ERR remote_get_names(struct arena *arena, JET_ERR err, JET_RPC_NAMES *take_names,
                         const char *const **ret_names, size_t *ret_count)
{
    JET_RPC_NAMES *names = take_names;
    const char **copy = NULL;

    if (err >= 0) {
        copy = arena_alloc(arena, (names->count + 1u) * sizeof *copy);
        err = copy && (names->count == 0 || names->names) ? err : JET_errOutOfMemory;
    }
    for (uint32_t i = 0; i < names->count && names->names; i++) {
        size_t size = names->names[i] ? strlen(names->names[i]) + 1 : 0;
        char *name = err >= 0 && size > 0 ? arena_alloc(arena, size) : NULL;

        if (name)
            copy[i] = memcpy(name, names->names[i], size);
        else if (err >= 0)
            err = JET_errOutOfMemory;
        midl_user_free(names->names[i]);
    }
    midl_user_free(names->names);
    if (err >= 0) {
        *ret_names = copy;
        *ret_count = names->count;
    }
    return err;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * describe.c - what tables there are and what they look like, in memory of the caller's
 */
#include "ese/engine/foreign.h"

#include "ese/format/bytes.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* An arena that remembers that it ran out. */
struct giving {
    struct arena *arena;
    bool failed;
};

static void *give(struct giving *g, const void *data, size_t size)
{
    void *out = arena_alloc(g->arena, size + 1);

    if (out == NULL)
        g->failed = true;
    else if (size > 0)
        memcpy(out, data, size);
    return out;
}

static const char *give_text(struct giving *g, const char *s)
{
    return give(g, s, strlen(s));
}

static void describe_column(struct giving *g, const struct eng_column *c,
                            struct ese_column_info *out)
{
    out->def = (struct ese_column_def){
        .name = give_text(g, c->c.name),
        .coltyp = c->c.coltyp,
        .max_size = c->c.size_max,
        .grbit = eng_column_grbit(&c->c),
        .codepage = c->c.code_page,
        .default_size = (uint32_t)c->c.value_default.size,
        .id = c->c.id,
    };
    if (c->c.has_default)
        out->def.default_data = give(g, c->c.value_default.data, c->c.value_default.size);
    out->order = c->order;
    out->derived = c->inherited;
}

static const struct ese_column_info *column_info(const struct ese_table_info *t, uint16_t id)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (t->columns[i].def.id == id)
            return &t->columns[i];
    return NULL;
}

static const char *give_locale(struct giving *g, const struct ese_bytes *wide)
{
    char *out = arena_alloc(g->arena, wide->size / 2 + 1);

    if (out == NULL) {
        g->failed = true;
        return NULL;
    }
    for (size_t i = 0; i < wide->size / 2; i++)
        out[i] = (char)wide->data[2 * i];
    return out;
}

static void describe_segments(struct giving *g, const struct ese_table_info *t,
                              const struct eng_index *x, struct ese_index_info *out)
{
    struct ese_key_segment *segments = arena_alloc(g->arena, x->x.segment_count * sizeof *segments);
    struct ese_condition *conditions =
        arena_alloc(g->arena, (x->x.condition_count + 1u) * sizeof *conditions);
    const struct ese_column_info **columns =
        arena_alloc(g->arena, x->x.segment_count * sizeof(struct ese_column_info *));

    if (segments == NULL || conditions == NULL || columns == NULL) {
        g->failed = true;
        return;
    }
    for (unsigned i = 0; i < x->x.segment_count; i++) {
        columns[i] = column_info(t, x->x.segments[i].column_id);
        segments[i].column = columns[i] != NULL ? columns[i]->def.name : "";
        segments[i].descending = x->x.segments[i].descending;
    }
    for (unsigned i = 0; i < x->x.condition_count; i++) {
        const struct ese_column_info *c = column_info(t, x->x.conditions[i].column_id);

        conditions[i].column = c != NULL ? c->def.name : "";
        conditions[i].grbit = x->x.conditions[i].must_be_null ? JET_bitIndexColumnMustBeNull
                                                              : JET_bitIndexColumnMustBeNonNull;
    }
    out->def.segments = segments;
    out->def.segment_count = x->x.segment_count;
    out->def.conditions = conditions;
    out->def.condition_count = x->x.condition_count;
    out->columns = columns;
}

static void describe_index(struct giving *g, const struct ese_table_info *t,
                           const struct eng_index *x, struct ese_index_info *out)
{
    out->def = (struct ese_index_def){
        .name = give_text(g, x->x.name),
        .grbit = eng_index_grbit(x),
        .density = x->density,
        .key_most = x->x.key_most,
        .var_seg_mac = x->x.var_segment_max != 0 ? x->x.var_segment_max : x->x.key_most,
        .collation = {.lcid = x->x.lcid, .map_flags = x->x.lcmap_flags},
    };
    if (x->x.locale_name.size > 0)
        out->def.collation.locale = give_locale(g, &x->x.locale_name);
    if (x->tuples)
        out->def.tuple = (struct ese_tuple_limits){
            .length_min = x->tuple_min,
            .length_max = x->tuple_max,
            .to_index_max = x->tuple_to,
            .increment = x->tuple_increment,
            .start = x->tuple_start,
        };
    out->id = x->x.objid;
    describe_segments(g, t, x, out);
}

static JET_ERR describe(const struct eng_schema *s, struct arena *arena,
                        struct ese_table_info *ret_info)
{
    struct giving g = {.arena = arena};
    struct ese_table_info t = {
        .name = give_text(&g, s->name),
        .template_table = s->template_table != NULL ? give_text(&g, s->template_table) : NULL,
        .grbit = s->flags,
        .pages = s->pages,
        .density = s->density,
        .columns = arena_alloc(arena, (s->live_count + 1) * sizeof *t.columns),
        .indexes = arena_alloc(arena, (s->index_count + 1) * sizeof *t.indexes),
    };

    if (t.columns == NULL || t.indexes == NULL)
        return JET_errOutOfMemory;
    for (unsigned i = 0; i < s->column_count; i++)
        if (s->columns[i].c.coltyp != ESE_COLTYP_NIL)
            describe_column(&g, &s->columns[i], &t.columns[t.column_count++]);
    for (unsigned pass = 0; pass < 2; pass++) /* the primary one first */
        for (unsigned i = 0; i < s->index_count; i++)
            if (s->indexes[i].primary == (pass == 0))
                describe_index(&g, &t, &s->indexes[i], &t.indexes[t.index_count++]);
    if (g.failed)
        return JET_errOutOfMemory;
    *ret_info = t;
    return JET_errSuccess;
}

JET_ERR eng_describe_cursor(struct ese_session *session, struct ese_cursor *cursor,
                            struct arena *arena, struct ese_table_info *ret_info)
{
    JET_ERR err = eng_cursor_refresh(cursor);

    (void)session;
    return err ? err : describe(cursor->schema, arena, ret_info);
}

JET_ERR eng_describe_table(struct ese_session *session, JET_DBID dbid, const char *name,
                           struct arena *arena, struct ese_table_info *ret_info)
{
    struct eng_database *db = eng_database_of(session->instance, dbid);
    struct eng_schema *schema = NULL;
    struct eng_table *table = NULL;
    struct eng_step step;
    JET_ERR err =
        db == NULL ? JET_errInvalidDatabaseId : eng_step_begin(session, db, ENG_READ, &step);

    if (err)
        return err;
    err = eng_table_seen(&step, db, name, &table, &schema);
    if (!err)
        err = describe(schema, arena, ret_info);
    err = eng_step_end(&step, err);
    eng_schema_unref(schema);
    if (table != NULL)
        eng_table_unref(table);
    return err;
}

/* ---- the list of tables ---- */

struct names {
    struct giving giving;
    const char **names;
    size_t count, room;
};

static JET_ERR add_name(struct names *n, const char *name)
{
    if (n->count == n->room) {
        size_t room = n->room * 2 + 32;
        const char **grown = arena_alloc(n->giving.arena, room * sizeof(char *));

        if (grown == NULL)
            return JET_errOutOfMemory;
        if (n->count > 0)
            memcpy(grown, n->names, n->count * sizeof(char *));
        n->names = grown;
        n->room = room;
    }
    n->names[n->count++] = give_text(&n->giving, name);
    return n->giving.failed ? JET_errOutOfMemory : JET_errSuccess;
}

/* The tree of names has them in capitals; as they were given they are in the catalog. */
static JET_ERR collect_names(struct eng_step *step, struct eng_database *db, struct names *names)
{
    struct store_cursor *scan = NULL;
    enum store_status s =
        store_cursor_open(step->store, eng_tree(db->number, ENG_OBJID_NAMES), &scan);
    JET_ERR err = JET_errSuccess;

    if (s == STORE_OK)
        s = store_cursor_seek(scan, step->txn, STORE_FIRST, eng_slice(NULL, 0));
    while (s == STORE_OK && !err) {
        struct store_slice value = store_cursor_value(scan);
        struct eng_catalog_row row = {0};
        uint32_t objid = value.size == 4 ? ese_get_u32(value.data) : 0;

        err = eng_catalog_get(step->txn, db, objid, ENG_CATALOG_TABLE, objid, names->giving.arena,
                              &row);
        if (!err)
            err = add_name(names, row.name);
        if (!err)
            s = store_cursor_step(scan, step->txn, STORE_NEXT);
    }
    store_cursor_close(scan);
    return err ? err : s == STORE_NOT_FOUND ? JET_errSuccess : eng_error(s);
}

static int by_name(const void *a, const void *b)
{
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

static JET_ERR collect_foreign(const struct eng_foreign *foreign, bool system, struct names *names)
{
    bool is_system = false;
    const char *name;
    JET_ERR err = JET_errSuccess;

    for (size_t i = 0; !err && (name = eng_foreign_name(foreign, i, &is_system)) != NULL; i++)
        if (system || !is_system)
            err = add_name(names, name);
    if (!err && names->count > 1)
        qsort(names->names, names->count, sizeof *names->names, by_name);
    return err;
}

JET_ERR eng_list_tables(struct ese_session *session, JET_DBID dbid, bool system,
                        struct arena *arena, const char *const **ret_names, size_t *ret_count)
{
    struct eng_database *db = eng_database_of(session->instance, dbid);
    struct names names = {.giving = {.arena = arena}};
    struct eng_step step;
    JET_ERR err =
        db == NULL ? JET_errInvalidDatabaseId : eng_step_begin(session, db, ENG_READ, &step);

    if (err)
        return err;
    if (db->foreign != NULL)
        err = collect_foreign(db->foreign, system, &names);
    else /* the engine's own trees are no tables */
        err = collect_names(&step, db, &names);
    err = eng_step_end(&step, err);
    if (!err) {
        *ret_names = names.names;
        *ret_count = names.count;
    }
    return err;
}

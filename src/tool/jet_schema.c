/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_schema.c - what tables look like: asked of JET, and created by it
 */
#include "tool/jet.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- types ---- */

bool tool_type_is_text(JET_COLTYP type)
{
    return type == JET_coltypText || type == JET_coltypLongText;
}

bool tool_type_is_binary(JET_COLTYP type)
{
    return type == JET_coltypBinary || type == JET_coltypLongBinary;
}

bool tool_type_is_long(JET_COLTYP type)
{
    return type == JET_coltypLongBinary || type == JET_coltypLongText;
}

size_t tool_type_size(JET_COLTYP type)
{
    static const unsigned char sizes[JET_coltypMax] = {
        [JET_coltypBit] = 1,        [JET_coltypUnsignedByte] = 1,
        [JET_coltypShort] = 2,      [JET_coltypUnsignedShort] = 2,
        [JET_coltypLong] = 4,       [JET_coltypUnsignedLong] = 4,
        [JET_coltypIEEESingle] = 4, [JET_coltypIEEEDouble] = 8,
        [JET_coltypCurrency] = 8,   [JET_coltypDateTime] = 8,
        [JET_coltypLongLong] = 8,   [JET_coltypUnsignedLongLong] = 8,
        [JET_coltypGUID] = 16,
    };

    return type < JET_coltypMax ? sizes[type] : 0;
}

/* ---- struct tool_table ---- */

static void *add_element(void *array, unsigned count, size_t size)
{
    char *grown = mem_grow(array, (count + 1) * size);

    if (grown != NULL)
        memset(grown + count * size, 0, size);
    return grown;
}

struct tool_column *tool_table_add_column(struct tool_table *t)
{
    struct tool_column *grown = add_element(t->columns, t->column_count, sizeof *t->columns);

    if (grown == NULL)
        return NULL;
    t->columns = grown;
    return &t->columns[t->column_count++];
}

struct tool_index *tool_table_add_index(struct tool_table *t)
{
    struct tool_index *grown = add_element(t->indexes, t->index_count, sizeof *t->indexes);

    if (grown == NULL)
        return NULL;
    t->indexes = grown;
    return &t->indexes[t->index_count++];
}

void tool_table_fini(struct tool_table *t)
{
    for (unsigned i = 0; i < t->column_count; i++)
        tool_text_fini(&t->columns[i].value_default);
    mem_free(t->columns);
    mem_free(t->indexes);
    memset(t, 0, sizeof *t);
}

const struct tool_column *tool_column_find(const struct tool_table *t, const char *name)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (strcasecmp(t->columns[i].name, name) == 0)
            return &t->columns[i];
    return NULL;
}

const struct tool_index *tool_index_find(const struct tool_table *t, const char *name)
{
    for (unsigned i = 0; i < t->index_count; i++)
        if (strcasecmp(t->indexes[i].name, name) == 0)
            return &t->indexes[i];
    return NULL;
}

/* ---- listings: temporary tables with a row an object ---- */

/* Reads numbers and names of the current row; sticky. */
struct listing {
    JET_SESID session;
    JET_TABLEID cursor;
    JET_ERR err;
};

static uint32_t listed_number(struct listing *l, JET_COLUMNID id)
{
    uint32_t value = 0;
    JET_ERR err = l->err;

    if (err >= JET_errSuccess)
        l->err = JetRetrieveColumn(l->session, l->cursor, id, &value, sizeof value, NULL, 0, NULL);
    return value;
}

static void listed_name(struct listing *l, JET_COLUMNID id, char name[TOOL_NAME_MAX + 1])
{
    unsigned long size = 0;

    name[0] = '\0';
    if (l->err < JET_errSuccess)
        return;
    l->err = JetRetrieveColumn(l->session, l->cursor, id, name, TOOL_NAME_MAX, &size, 0, NULL);
    if (l->err >= JET_errSuccess)
        name[size < TOOL_NAME_MAX ? size : TOOL_NAME_MAX] = '\0';
}

static bool listing_first(struct listing *l)
{
    if (l->err >= JET_errSuccess)
        l->err = JetMove(l->session, l->cursor, JET_MoveFirst, 0);
    return l->err >= JET_errSuccess;
}

static bool listing_next(struct listing *l)
{
    if (l->err >= JET_errSuccess)
        l->err = JetMove(l->session, l->cursor, JET_MoveNext, 0);
    return l->err >= JET_errSuccess;
}

/* The end of the rows is the end of a listing, not a failure. */
static JET_ERR listing_close(struct listing *l)
{
    JET_ERR err = JetCloseTable(l->session, l->cursor);

    if (l->err != JET_errNoCurrentRecord && l->err < JET_errSuccess)
        return l->err;
    return err;
}

bool tool_table_names(JET_SESID session, JET_DBID dbid, char ***ret_names, size_t *ret_count,
                      struct tool_failure *f)
{
    JET_OBJECTLIST list = {.cbStruct = sizeof list};
    JET_ERR err = JetGetObjectInfoA(session, dbid, JET_objtypTable, NULL, NULL, &list, sizeof list,
                                    JET_ObjInfoListNoStats);
    struct listing l = {session, list.tableid, err};
    char **names = NULL, **grown = NULL, name[TOOL_NAME_MAX + 1];
    size_t count = 0;

    if (err < JET_errSuccess)
        return tool_jet_fail(f, err, "listing the tables");
    for (bool more = listing_first(&l); more; more = listing_next(&l)) {
        uint32_t flags = listed_number(&l, list.columnidflags);

        listed_name(&l, list.columnidobjectname, name);
        if (flags & JET_bitObjectSystem || l.err < JET_errSuccess)
            continue;
        grown = realloc(names, (count + 1) * sizeof *names);
        if (grown != NULL)
            names = grown;
        if (grown == NULL || (names[count] = strdup(name)) == NULL) {
            l.err = JET_errOutOfMemory;
            break;
        }
        count++;
    }
    err = listing_close(&l);
    if (err < JET_errSuccess) {
        tool_names_free(names, count);
        return tool_jet_fail(f, err, "listing the tables");
    }
    *ret_names = names;
    *ret_count = count;
    return true;
}

static void add_listed_column(struct listing *l, const JET_COLUMNLIST *list, struct tool_table *t)
{
    struct tool_column *c = tool_table_add_column(t);
    char bytes[JET_cbColumnMost];
    unsigned long size = 0;

    if (c == NULL) {
        l->err = JET_errOutOfMemory;
        return;
    }
    listed_name(l, list->columnidcolumnname, c->name);
    c->id = listed_number(l, list->columnidcolumnid);
    c->type = listed_number(l, list->columnidcoltyp);
    c->code_page = (unsigned short)listed_number(l, list->columnidCp);
    c->size_max = listed_number(l, list->columnidcbMax);
    c->grbit = listed_number(l, list->columnidgrbit);
    if (l->err < JET_errSuccess)
        return;
    l->err = JetRetrieveColumn(l->session, l->cursor, list->columnidDefault, bytes, sizeof bytes,
                               &size, 0, NULL);
    if (l->err == JET_errSuccess)
        tool_text_add(&c->value_default, bytes, size);
    if (c->value_default.failed)
        l->err = JET_errOutOfMemory;
}

static JET_ERR describe_columns(JET_SESID session, JET_TABLEID cursor, struct tool_table *t)
{
    JET_COLUMNLIST list = {.cbStruct = sizeof list};
    JET_ERR err = JetGetTableColumnInfoA(session, cursor, NULL, &list, sizeof list,
                                         JET_ColInfoListSortColumnid);
    struct listing l = {session, list.tableid, err};

    if (err < JET_errSuccess)
        return err;
    for (bool more = listing_first(&l); more; more = listing_next(&l))
        add_listed_column(&l, &list, t);
    return listing_close(&l);
}

static void add_listed_segment(struct listing *l, const JET_INDEXLIST *list, struct tool_table *t)
{
    char name[TOOL_NAME_MAX + 1], column[TOOL_NAME_MAX + 1];
    uint32_t segment = listed_number(l, list->columnidiColumn);
    uint32_t grbit = listed_number(l, list->columnidgrbitIndex);
    uint32_t order = listed_number(l, list->columnidgrbitColumn);
    const struct tool_column *c = NULL;
    struct tool_index *index = NULL;

    listed_name(l, list->columnidindexname, name);
    listed_name(l, list->columnidcolumnname, column);
    if (l->err < JET_errSuccess)
        return;
    if (segment == 0)
        index = tool_table_add_index(t);
    else if (t->index_count > 0)
        index = &t->indexes[t->index_count - 1];
    c = tool_column_find(t, column);
    if (index == NULL || c == NULL || segment >= TOOL_SEGMENTS_MAX) {
        l->err = segment == 0 && index == NULL ? JET_errOutOfMemory : JET_errCatalogCorrupted;
        return;
    }
    memcpy(index->name, name, sizeof name);
    index->grbit = grbit;
    index->segments[segment].column = (unsigned)(c - t->columns);
    index->segments[segment].descending = (order & JET_bitKeyDescending) != 0;
    index->segment_count = segment + 1;
}

/* Only the structure that would create the index tells its conditions. */
static JET_ERR describe_conditions(JET_SESID session, JET_TABLEID cursor, struct tool_table *t,
                                   struct tool_index *index)
{
    union {
        JET_INDEXCREATE3_A create;
        char room[16384];
    } u;
    JET_ERR err =
        JetGetTableIndexInfoA(session, cursor, index->name, &u, sizeof u, JET_IdxInfoCreateIndex3);

    for (unsigned i = 0; err >= JET_errSuccess && i < u.create.cConditionalColumn; i++) {
        const JET_CONDITIONALCOLUMN_A *condition = &u.create.rgconditionalcolumn[i];
        const struct tool_column *c = tool_column_find(t, condition->szColumnName);

        if (c == NULL || i == TOOL_SEGMENTS_MAX)
            return JET_errCatalogCorrupted;
        index->conditions[i].column = (unsigned)(c - t->columns);
        index->conditions[i].must_be_null = condition->grbit == JET_bitIndexColumnMustBeNull;
        index->condition_count = i + 1;
    }
    return err;
}

static JET_ERR describe_indexes(JET_SESID session, JET_TABLEID cursor, struct tool_table *t)
{
    JET_INDEXLIST list = {.cbStruct = sizeof list};
    JET_ERR err = JetGetTableIndexInfoA(session, cursor, NULL, &list, sizeof list, JET_IdxInfoList);
    struct listing l = {session, list.tableid, err};

    if (err < JET_errSuccess)
        return err;
    for (bool more = listing_first(&l); more; more = listing_next(&l))
        add_listed_segment(&l, &list, t);
    err = listing_close(&l);
    for (unsigned i = 0; i < t->index_count && err >= JET_errSuccess; i++) {
        unsigned short key_most = 0;

        err = JetGetTableIndexInfoA(session, cursor, t->indexes[i].name, &key_most, sizeof key_most,
                                    JET_IdxInfoKeyMost);
        t->indexes[i].key_most = key_most == JET_cbKeyMost ? 0 : key_most;
        if (err >= JET_errSuccess)
            err = describe_conditions(session, cursor, t, &t->indexes[i]);
    }
    return err;
}

bool tool_table_describe(JET_SESID session, JET_TABLEID cursor, const char *name,
                         struct tool_table *ret_table, struct tool_failure *f)
{
    struct tool_table t = {0};
    JET_ERR err = JET_errSuccess;

    (void)snprintf(t.name, sizeof t.name, "%s", name);
    err = describe_columns(session, cursor, &t);
    if (err >= JET_errSuccess)
        err = describe_indexes(session, cursor, &t);
    if (err < JET_errSuccess) {
        tool_table_fini(&t);
        return tool_jet_fail(f, err, "reading the schema of the table %s", name);
    }
    *ret_table = t;
    return true;
}

/* ---- creating ---- */

static void fill_column(JET_COLUMNCREATE_A *to, struct tool_column *from)
{
    *to = (JET_COLUMNCREATE_A){.cbStruct = sizeof *to,
                               .szColumnName = from->name,
                               .coltyp = from->type,
                               .cbMax = from->size_max,
                               .grbit = from->grbit,
                               .cp = tool_type_is_text(from->type) ? from->code_page : 0,
                               .pvDefault = from->value_default.data,
                               .cbDefault = from->value_default.size};
}

/* `conditions` has room for TOOL_SEGMENTS_MAX. */
static void fill_conditions(JET_INDEXCREATE_A *to, const struct tool_table *t,
                            const struct tool_index *from, JET_CONDITIONALCOLUMN_A *conditions)
{
    for (unsigned i = 0; i < from->condition_count; i++)
        conditions[i] = (JET_CONDITIONALCOLUMN_A){
            .cbStruct = sizeof *conditions,
            .szColumnName = (char *)(uintptr_t)t->columns[from->conditions[i].column].name,
            .grbit = from->conditions[i].must_be_null ? JET_bitIndexColumnMustBeNull
                                                      : JET_bitIndexColumnMustBeNonNull};
    to->rgconditionalcolumn = conditions;
    to->cConditionalColumn = from->condition_count;
}

/* "+one\0-two\0\0"; false when there is no memory. */
static bool make_key(const struct tool_table *t, const struct tool_index *index,
                     struct tool_text *ret_key)
{
    for (unsigned i = 0; i < index->segment_count; i++) {
        const char *name = t->columns[index->segments[i].column].name;

        tool_text_add(ret_key, index->segments[i].descending ? "-" : "+", 1);
        tool_text_add(ret_key, name, strlen(name) + 1);
    }
    tool_text_add(ret_key, "", 1);
    return !ret_key->failed;
}

static void fill_index(JET_INDEXCREATE_A *to, const struct tool_index *from, struct tool_text *key)
{
    *to = (JET_INDEXCREATE_A){.cbStruct = sizeof *to,
                              .szIndexName = (char *)(uintptr_t)from->name,
                              .szKey = key->data,
                              .cbKey = key->size,
                              .grbit = from->grbit,
                              .ulDensity = 80};
    if (from->key_most > 0) {
        to->grbit |= JET_bitIndexKeyMost;
        to->cbKeyMost = from->key_most;
    }
}

/* Which part JET refused. */
static bool create_failed(struct tool_failure *f, JET_ERR err, const struct tool_table *t,
                          const JET_TABLECREATE2_A *create)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (create->rgcolumncreate[i].err < JET_errSuccess)
            return tool_jet_fail(f, err, "creating the column %s of the table %s",
                                 t->columns[i].name, t->name);
    for (unsigned i = 0; i < t->index_count; i++)
        if (create->rgindexcreate[i].err < JET_errSuccess)
            return tool_jet_fail(f, err, "creating the index %s of the table %s",
                                 t->indexes[i].name, t->name);
    return tool_jet_fail(f, err, "creating the table %s", t->name);
}

bool tool_table_create(JET_SESID session, JET_DBID dbid, struct tool_table *t,
                       JET_TABLEID *ret_cursor, struct tool_failure *f)
{
    JET_COLUMNCREATE_A *columns = mem_alloc((t->column_count + 1) * sizeof *columns);
    JET_INDEXCREATE_A *indexes = mem_alloc((t->index_count + 1) * sizeof *indexes);
    struct tool_text *keys = mem_alloc((t->index_count + 1) * sizeof *keys);
    JET_CONDITIONALCOLUMN_A(*conditions)
    [TOOL_SEGMENTS_MAX] = mem_alloc((t->index_count + 1) * sizeof *conditions);
    JET_TABLECREATE2_A create = {.cbStruct = sizeof create,
                                 .szTableName = t->name,
                                 .ulPages = 1,
                                 .ulDensity = 80,
                                 .rgcolumncreate = columns,
                                 .cColumns = t->column_count,
                                 .rgindexcreate = indexes,
                                 .cIndexes = t->index_count};
    JET_ERR err = JET_errSuccess;
    bool ok = columns != NULL && indexes != NULL && keys != NULL && conditions != NULL;

    for (unsigned i = 0; ok && i < t->column_count; i++)
        fill_column(&columns[i], &t->columns[i]);
    for (unsigned i = 0; ok && i < t->index_count; i++) {
        ok = make_key(t, &t->indexes[i], &keys[i]);
        fill_index(&indexes[i], &t->indexes[i], &keys[i]);
        fill_conditions(&indexes[i], t, &t->indexes[i], conditions[i]);
    }
    if (!ok) {
        (void)tool_fail(f, "out of memory creating the table %s", t->name);
        goto out;
    }
    err = JetCreateTableColumnIndex2A(session, dbid, &create);
    ok = err >= JET_errSuccess || create_failed(f, err, t, &create);
    for (unsigned i = 0; ok && i < t->column_count; i++)
        t->columns[i].id = columns[i].columnid;
    if (ok)
        *ret_cursor = create.tableid;
out:
    for (unsigned i = 0; keys != NULL && i < t->index_count; i++)
        tool_text_fini(&keys[i]);
    mem_free(columns);
    mem_free(indexes);
    mem_free(keys);
    mem_free(conditions);
    return ok;
}

bool tool_index_create(JET_SESID session, JET_TABLEID cursor, const struct tool_table *t,
                       const struct tool_index *index, struct tool_failure *f)
{
    JET_INDEXCREATE_A create;
    JET_CONDITIONALCOLUMN_A conditions[TOOL_SEGMENTS_MAX];
    struct tool_text key = {0};
    JET_ERR err = JET_errOutOfMemory;

    if (make_key(t, index, &key)) {
        fill_index(&create, index, &key);
        fill_conditions(&create, t, index, conditions);
        err = JetCreateIndex2A(session, cursor, &create, 1);
    }
    tool_text_fini(&key);
    return err >= JET_errSuccess ||
           tool_jet_fail(f, err, "creating the index %s of the table %s", index->name, t->name);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * shell_schema.c - commands about databases, tables and indexes
 */
#include "tool/shell.h"

#include <string.h>
#include <strings.h>

/* ---- databases ---- */

static bool run_databases(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    char **names = NULL;
    size_t count = 0;

    (void)w;
    if (!tool_database_names(&s->store, &names, &count, f))
        return false;
    shell_print_names(s, "databases", names, count);
    tool_names_free(names, count);
    return true;
}

static void leave_database(struct shell *s)
{
    shell_close_cursor(s);
    if (s->dbid != JET_dbidNil)
        (void)JetCloseDatabase(s->store.session, s->dbid, 0);
    s->dbid = JET_dbidNil;
    s->database[0] = '\0';
}

bool shell_open_database(struct shell *s, const char *name, struct tool_failure *f)
{
    JET_DBID dbid = JET_dbidNil;

    if (!tool_database_open(&s->store, name, &dbid, f))
        return false;
    leave_database(s);
    s->dbid = dbid;
    (void)snprintf(s->database, sizeof s->database, "%s", name);
    return true;
}

static bool run_use(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    const struct tool_word *name = tool_word_take(w);

    return name->size > 0 ? shell_open_database(s, name->text, f)
                          : tool_fail(f, "use: name a database; `databases` lists them");
}

static bool create_database(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    const struct tool_word *name = tool_word_take(w);
    JET_DBID dbid = JET_dbidNil;
    char path[PATH_MAX];
    JET_ERR err = JET_errSuccess;

    if (name->size == 0)
        return tool_fail(f, "create database: give its name");
    if (!tool_database_path(&s->store, name->text, path, f))
        return false;
    err = JetCreateDatabaseA(s->store.session, path, NULL, &dbid, 0);
    if (err < JET_errSuccess)
        return tool_jet_fail(f, err, "creating the database %s", path);
    leave_database(s);
    s->dbid = dbid;
    (void)snprintf(s->database, sizeof s->database, "%s", name->text);
    return true;
}

/* ---- tables ---- */

static bool need_database(const struct shell *s, struct tool_failure *f)
{
    return s->dbid != JET_dbidNil ||
           tool_fail(f,
                     "no database is open: `use NAME` opens one, `create database NAME` makes one");
}

static bool run_tables(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    char **names = NULL;
    size_t count = 0;

    (void)w;
    if (!tool_table_names(s->store.session, s->dbid, &names, &count, f))
        return false;
    shell_print_names(s, "tables", names, count);
    tool_names_free(names, count);
    return true;
}

/* A cursor of its own on a table, with the table's description. */
static bool open_table(struct shell *s, const char *name, JET_TABLEID *ret_cursor,
                       struct tool_table *ret_table, struct tool_failure *f)
{
    JET_TABLEID cursor = JET_tableidNil;
    JET_ERR err = JetOpenTableA(s->store.session, s->dbid, name, NULL, 0, 0, &cursor);

    if (err < JET_errSuccess)
        return tool_jet_fail(f, err, "opening the table %s of %s", name, s->database);
    if (!tool_table_describe(s->store.session, cursor, name, ret_table, f)) {
        (void)JetCloseTable(s->store.session, cursor);
        return false;
    }
    *ret_cursor = cursor;
    return true;
}

void shell_close_cursor(struct shell *s)
{
    if (s->cursor != JET_tableidNil)
        (void)JetCloseTable(s->store.session, s->cursor);
    s->cursor = JET_tableidNil;
    s->index[0] = '\0';
    tool_table_fini(&s->table);
}

static bool run_open(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    JET_TABLEID cursor = JET_tableidNil;
    struct tool_table table = {0};
    char name[TOOL_NAME_MAX + 1];

    if (!tool_word_name(w, "a table's name", name, f) || !open_table(s, name, &cursor, &table, f))
        return false;
    shell_close_cursor(s);
    s->cursor = cursor;
    s->table = table;
    s->cursor_level = s->level;
    return true;
}

static bool run_close(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    (void)w;
    (void)f;
    shell_close_cursor(s);
    return true;
}

static bool run_schema(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    struct tool_table table = {0};
    JET_TABLEID cursor = JET_tableidNil;
    char name[TOOL_NAME_MAX + 1];

    if (tool_word_peek(w)->size == 0) {
        if (s->cursor == JET_tableidNil)
            return tool_fail(f, "schema: name a table, or open one");
        memcpy(name, s->table.name, sizeof name);
    } else if (!tool_word_name(w, "a table's name", name, f))
        return false;
    if (!open_table(s, name, &cursor, &table, f))
        return false;
    (void)JetCloseTable(s->store.session, cursor);
    (void)printf("create table %s (\n", name);
    tool_define_print(stdout, &table, "    ");
    (void)printf(")\n");
    tool_table_fini(&table);
    return true;
}

static bool create_table(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    struct tool_table table = {0};
    JET_TABLEID cursor = JET_tableidNil;
    bool ok = need_database(s, f) && tool_word_name(w, "a table's name", table.name, f) &&
              tool_word_expect(w, "(", f) && tool_define_table(w, &table, f) &&
              tool_word_expect(w, ")", f) &&
              tool_table_create(s->store.session, s->dbid, &table, &cursor, f);

    if (ok) /* it is not the current one until it is opened */
        (void)JetCloseTable(s->store.session, cursor);
    tool_table_fini(&table);
    return ok;
}

/* The table named after `on`, and the cursor on it that DDL needs. */
static bool create_index(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    struct tool_table table = {0};
    JET_TABLEID cursor = JET_tableidNil;
    char name[TOOL_NAME_MAX + 1];
    bool ok = false;

    /* create [primary] [unique] index NAME on TABLE (COLUMN ...): the language of tables has the
     * table's name elsewhere, so it is taken out of the words first. */
    for (size_t i = w->at; i + 1 < w->count && !ok; i++) {
        if (w->list[i].quoted || strcasecmp(w->list[i].text, "on") != 0)
            continue;
        ok = w->list[i + 1].size <= TOOL_NAME_MAX;
        (void)snprintf(name, sizeof name, "%.*s", TOOL_NAME_MAX, w->list[i + 1].text);
        memmove(&w->list[i], &w->list[i + 2], (w->count - i - 1) * sizeof *w->list);
        w->count -= 2;
    }
    if (!ok)
        return tool_fail(f,
                         "create index: say which table: create index NAME on TABLE (COLUMN ...)");
    if (!need_database(s, f) || !open_table(s, name, &cursor, &table, f))
        return false;
    ok = tool_define_index(w, &table, f) &&
         tool_index_create(s->store.session, cursor, &table, &table.indexes[table.index_count - 1],
                           f);
    (void)JetCloseTable(s->store.session, cursor);
    tool_table_fini(&table);
    return ok;
}

static bool run_create(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    if (tool_word_accept(w, "database"))
        return create_database(s, w, f);
    if (tool_word_accept(w, "table"))
        return create_table(s, w, f);
    if (tool_word_begins_index(w))
        return create_index(s, w, f);
    return tool_fail(f, "create: a database, a table or an index; `help create` shows how");
}

static bool run_drop(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    JET_TABLEID cursor = JET_tableidNil;
    char name[TOOL_NAME_MAX + 1], table[TOOL_NAME_MAX + 1];
    JET_ERR err = JET_errSuccess;

    if (tool_word_accept(w, "table")) {
        if (!tool_word_name(w, "a table's name", name, f))
            return false;
        if (s->cursor != JET_tableidNil && strcasecmp(s->table.name, name) == 0)
            shell_close_cursor(s);
        err = JetDeleteTableA(s->store.session, s->dbid, name);
        return err >= JET_errSuccess ||
               tool_jet_fail(f, err, "deleting the table %s of %s", name, s->database);
    }
    if (!tool_word_accept(w, "index"))
        return tool_fail(f, "drop: a table or an index; `help drop` shows how");
    if (!tool_word_name(w, "an index's name", name, f) || !tool_word_expect(w, "on", f) ||
        !tool_word_name(w, "a table's name", table, f))
        return false;
    err = JetOpenTableA(s->store.session, s->dbid, table, NULL, 0, 0, &cursor);
    if (err >= JET_errSuccess) {
        err = JetDeleteIndexA(s->store.session, cursor, name);
        (void)JetCloseTable(s->store.session, cursor);
    }
    return err >= JET_errSuccess ||
           tool_jet_fail(f, err, "deleting the index %s of the table %s", name, table);
}

const struct shell_command shell_schema_commands[] = {
    {"databases", run_databases, SHELL_NOTHING, "", "list the databases of the folder"},
    {"use", run_use, SHELL_NOTHING, "DATABASE", "open a database"},
    {"create", run_create, SHELL_NOTHING,
     "database NAME | table NAME (ELEMENT, ...) | [unique] index NAME on TABLE (COLUMN, -COLUMN)",
     "create a database, a table or an index"},
    {"drop", run_drop, SHELL_DATABASE, "table NAME | index NAME on TABLE",
     "delete a table or an index"},
    {"tables", run_tables, SHELL_DATABASE, "", "list the tables"},
    {"schema", run_schema, SHELL_DATABASE, "[TABLE]", "show a table as `create table` makes it"},
    {"open", run_open, SHELL_DATABASE, "TABLE", "open a cursor on a table"},
    {"close", run_close, SHELL_NOTHING, "", "close the cursor"},
    {NULL, NULL, SHELL_NOTHING, NULL, NULL},
};

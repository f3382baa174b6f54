/* SPDX-License-Identifier: Apache-2.0
 *
 * jet.h - what the commands that work on JET databases share: stores, schemas, rows
 *
 * Everything here goes through esent.h, so that a folder and the address of a server are the same
 * to every command. Functions give true, or false with the reason in a struct tool_failure: what
 * was tried, where, the JET error by name and text, and what to do about it.
 */
#ifndef HF_TOOL_JET_H
#define HF_TOOL_JET_H

#include <esent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TOOL_NAME_MAX      64
#define TOOL_SEGMENTS_MAX  16
#define TOOL_CODE_PAGE     1252
#define TOOL_CODE_PAGE_UTF 1200
#define TOOL_CHECK         __attribute__((warn_unused_result))

struct tool_failure {
    JET_ERR err; /* 0 when the reason is none of JET's */
    char text[1024];
};

/* Both give false, so that `return tool_fail(...)` is one line. */
bool tool_fail(struct tool_failure *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool tool_jet_fail(struct tool_failure *f, JET_ERR err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Octets that grow; `failed` when there was no memory, and then nothing more is added. */
struct tool_text {
    char *data;
    size_t size, room;
    bool failed;
};

void tool_text_add(struct tool_text *t, const void *data, size_t size);
void tool_text_fini(struct tool_text *t);

/* ---- stores and databases (jet_store.c) ---- */

struct tool_place {
    const char *address;    /* a folder, or the address of a server */
    const char *base_name;  /* NULL: that of the one store in the folder, or "edb" */
    const char *log_folder; /* NULL: in the store */
    bool may_create;        /* the store, when the folder holds none */
};

struct tool_store {
    JET_INSTANCE instance;
    JET_SESID session;
    const char *address;
    bool is_folder;
};

/* An instance that does not run, with the place's paths; JetTerm frees it. */
TOOL_CHECK bool tool_store_prepare(struct tool_store *s, const struct tool_place *place,
                                   struct tool_failure *f);
TOOL_CHECK bool tool_store_open(struct tool_store *s, const struct tool_place *place,
                                struct tool_failure *f);
/* Rolls back what is open. False: the data may not be safe; the reason is in `f`. */
bool tool_store_close(struct tool_store *s, struct tool_failure *f);

/* The databases of the folder, or of the server, by name; freed with tool_names_free. */
TOOL_CHECK bool tool_database_names(const struct tool_store *s, char ***ret_names,
                                    size_t *ret_count, struct tool_failure *f);
TOOL_CHECK bool tool_names_add(char ***names, size_t *count, const char *name);
void tool_names_free(char **names, size_t count);
/* Those of the server at an address (jet_server.c). */
TOOL_CHECK bool tool_server_names(const char *address, char ***ret_names, size_t *ret_count,
                                  struct tool_failure *f);

/* What JET is given for the database that a person calls `name`. */
TOOL_CHECK bool tool_database_path(const struct tool_store *s, const char *name,
                                   char ret_path[PATH_MAX], struct tool_failure *f);
/* Attaches and opens. */
TOOL_CHECK bool tool_database_open(const struct tool_store *s, const char *name, JET_DBID *ret_dbid,
                                   struct tool_failure *f);

/* ---- what tables look like (jet_schema.c) ---- */

struct tool_column {
    char name[TOOL_NAME_MAX + 1];
    JET_COLUMNID id;
    JET_COLTYP type;
    unsigned short code_page; /* of text */
    uint32_t size_max;        /* 0: the type's own */
    JET_GRBIT grbit;
    struct tool_text value_default; /* no data: none */
};

struct tool_index {
    char name[TOOL_NAME_MAX + 1];
    JET_GRBIT grbit;
    uint32_t key_most; /* 0: the default */
    unsigned segment_count;
    struct {
        unsigned column; /* place in tool_table.columns */
        bool descending;
    } segments[TOOL_SEGMENTS_MAX];
    unsigned condition_count; /* a row is in the index only if it meets all */
    struct {
        unsigned column;
        bool must_be_null; /* or else must not */
    } conditions[TOOL_SEGMENTS_MAX];
};

struct tool_table {
    char name[TOOL_NAME_MAX + 1];
    struct tool_column *columns; /* by id */
    unsigned column_count;
    struct tool_index *indexes;
    unsigned index_count;
};

TOOL_CHECK bool tool_table_names(JET_SESID session, JET_DBID dbid, char ***ret_names,
                                 size_t *ret_count, struct tool_failure *f);
TOOL_CHECK bool tool_table_describe(JET_SESID session, JET_TABLEID cursor, const char *name,
                                    struct tool_table *ret_table, struct tool_failure *f);
/* Creates what `t` says and leaves the new cursor open. */
TOOL_CHECK bool tool_table_create(JET_SESID session, JET_DBID dbid, struct tool_table *t,
                                  JET_TABLEID *ret_cursor, struct tool_failure *f);
TOOL_CHECK bool tool_index_create(JET_SESID session, JET_TABLEID cursor, const struct tool_table *t,
                                  const struct tool_index *index, struct tool_failure *f);
/* Room for one more, zeroed; NULL when there is no memory. */
struct tool_column *tool_table_add_column(struct tool_table *t);
struct tool_index *tool_table_add_index(struct tool_table *t);
void tool_table_fini(struct tool_table *t);

const struct tool_column *tool_column_find(const struct tool_table *t, const char *name);
const struct tool_index *tool_index_find(const struct tool_table *t, const char *name);

bool tool_type_is_text(JET_COLTYP type);
bool tool_type_is_binary(JET_COLTYP type);
bool tool_type_is_long(JET_COLTYP type);
size_t tool_type_size(JET_COLTYP type); /* 0: text and binary */

/* ---- rows (jet_row.c) ---- */

/* Puts one value of a column into the prepared row; its values are numbered from 1, each set after
 * the one before. No data is NULL. */
TOOL_CHECK bool tool_row_set(JET_SESID session, JET_TABLEID cursor, const struct tool_column *c,
                             const void *data, size_t size, unsigned value_number,
                             struct tool_failure *f);

/* Calls `piece` with the octets of one value, in order, at least once (size 0: empty); a value
 * that is not there is told by *ret_null. */
typedef void tool_piece(void *self, const void *data, size_t size, size_t total);
TOOL_CHECK bool tool_row_get(JET_SESID session, JET_TABLEID cursor, const struct tool_column *c,
                             unsigned value_number, tool_piece *piece, void *self, bool *ret_null,
                             struct tool_failure *f);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * kit.h - cases of the JET API's behaviour: one instance for all, a session and tables for each
 *
 * A case has an area, a name, and a sentence that must hold; all of them together are the catalogue
 * (docs/jet-cases.md). The program runs on a folder, or at a server's address (HOLDFAST_ADDRESS).
 *
 * Each area is a file with a function that adds its cases. A case runs in a session of its own, at
 * level 0; what it leaves open goes with the session.
 */
#ifndef HF_TESTS_JET_CASES_KIT_H
#define HF_TESTS_JET_CASES_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <esent.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define GIVES(want, call) gives(want, call, #call, __FILE__, __LINE__)
#define OK(call)          GIVES(JET_errSuccess, call)

void gives(JET_ERR want, JET_ERR got, const char *call, const char *file, int line);

struct kit {
    JET_INSTANCE instance;
    char folder[64], database[96]; /* a database's path, or its name at an address */
    JET_SESID session;             /* of the running case */
    JET_DBID db;
    char table[JET_cbNameMost + 1]; /* a name that no other case has */
};
extern struct kit kit;

bool kit_at_address(void);

/* ---- the catalogue ---- */

typedef void case_run(const void *arg);

/* `name` and `holds` are copied, `arg` is not. */
void kit_add(const char *area, const char *name, const char *holds, case_run *run, const void *arg);

struct a_case {
    const char *name, *holds;
    case_run *run;
};
void kit_add_all(const char *area, const struct a_case *cases, size_t count);

/* The areas. */
void add_moving(void), add_seeking(void), add_ranges(void), add_currency(void), add_places(void);
void add_filters(void), add_updates(void), add_levels(void), add_temporary(void), add_sorts(void);
void add_enumerating(void), add_escrow(void), add_conditions(void), add_values(void);
void add_orders(void), add_types(void), add_long_values(void), add_schema(void), add_infos(void);
void add_sessions(void), add_sharing(void);

/* Runs what was added: all, an area (`argv[1]`), or prints the catalogue ("--catalogue"). */
int kit_run(const char *group, int argc, char **argv);

/* ---- what cases share ---- */

/* A session beside the case's; it ends with the case. */
struct other {
    JET_SESID session;
    JET_DBID db;
};
void other_begin(struct other *o);

/* A table without columns, opened, and what goes into one. Text has code page 1200. */
JET_TABLEID table_new(void);
JET_COLUMNID column_new(JET_TABLEID table, const char *name, JET_COLTYP type, JET_GRBIT grbit);
void index_new(JET_TABLEID table, const char *name, const char *key, unsigned long size,
               JET_GRBIT grbit);
#define INDEX_NEW(table, name, key, grbit) index_new(table, name, key "\0", sizeof key "\0", grbit)

JET_COLUMNID column_id(JET_TABLEID table, const char *name);

void set(JET_TABLEID table, JET_COLUMNID id, const void *data, size_t size);
void set_long(JET_TABLEID table, JET_COLUMNID id, int32_t value);
void set_value(JET_TABLEID table, JET_COLUMNID id, unsigned itag, const void *data, size_t size);
int32_t get_long(JET_TABLEID table, JET_COLUMNID id);

void prepare(JET_TABLEID table, unsigned long prep);
void update(JET_TABLEID table);
void update_and_go(JET_TABLEID table);
void begin(void);
void commit(void);

/* The order of rows on an index (NULL: the primary one), by a Long column. */
void rows_are(JET_TABLEID table, const char *index, JET_COLUMNID id, const int32_t *want,
              size_t count);
#define ROWS_ARE(table, index, id, ...)                  \
    rows_are(table, index, id, (int32_t[]){__VA_ARGS__}, \
             sizeof((int32_t[]){__VA_ARGS__}) / sizeof(int32_t))
void no_rows(JET_TABLEID table, const char *index);

/* ---- scripts: a case in one line ---- */

/* The table: Long `key` (primary index "p"), Longs d1 and d2; indexes "d1" (+d1), "desc" (-d1),
 * "both" (+d1 +d2), "withkey" (+d1 -key). `rows` are keys, or KEY:D1:D2; what is not given is
 * ten times the one before. They are committed before, and the script is inside a transaction.
 *
 * A step is [CURSOR.]OPERATION[:ARGUMENTS][!RESULT][=KEY]: it gives the result (an error's or
 * warning's name; success unless it says so), and the cursor stands on the row KEY then, or has no
 * current row ("=none") or stands on a deleted one ("=gone"). Cursor 1 is the session's, 3 a second
 * one of the same session, 2 another session's. The operations are in play.c. */
struct script {
    const char *name, *holds, *rows, *steps;
    bool temporary; /* on a temporary table instead */
};
void kit_add_scripts(const char *area, const struct script *scripts, size_t count);
case_run play;

#endif

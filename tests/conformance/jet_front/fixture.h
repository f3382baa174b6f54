/* SPDX-License-Identifier: Apache-2.0
 *
 * fixture.h - an instance, a session and a table to try the JET rules on, and threads to try them from
 *
 * The tests use esent.h alone. What stands behind it is a `struct fx_engine`, chosen when a test is
 * linked: the fake provider, or a real one.
 *
 * The table has columns id (Long, primary key) and text (LongText).
 */
#ifndef HF_TESTS_FIXTURE_H
#define HF_TESTS_FIXTURE_H

#include <esent.h>

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fx_engine {
    void (*reset)(void);    /* before each test */
    void (*break_it)(void); /* makes the running instance unavailable */
    bool (*can_fill)(void);
    void (*fill_its_disk)(void); /* ... for want of room for its log */
    bool (*can_restore)(void);   /* JetBackupInstance and JetRestoreInstance work */
    void (*verify)(void);        /* after each test: nothing is left over */
};
extern const struct fx_engine fx_engine;

/* A test that needs more than every engine has says so; where it cannot run it is left out, and the
 * output says so. */
#define FX_TEST(function, what)                     \
    {                                               \
        what, function, fx_setup, fx_teardown, NULL \
    }
#define FX_TEST_NEEDS(function, what, needs)         \
    {                                                \
        what, function, fx_setup, fx_teardown, needs \
    }
extern char fx_filling[], fx_restoring[]; /* needs */

int fx_run(const char *name, const struct CMUnitTest *tests, size_t count);

struct fx {
    JET_INSTANCE instance;
    JET_SESID session;
    JET_DBID db;
    JET_TABLEID table;
    JET_COLUMNID id, text;
    char folder[64], database[96];
};

/* T1 is the test's own thread. */
extern struct fx fx; /* of the running test */
struct worker;
extern struct worker *T2, *T3;

int fx_setup(void **state);    /* opens fx */
int fx_teardown(void **state); /* ends whatever is left of it */

void fx_create(struct fx *x, const char *name);      /* created, configured, not started */
void fx_start(struct fx *x);                         /* JetInit, session, database, table */
void fx_second(const struct fx *from, struct fx *x); /* another session with a cursor */

#define assert_jet(call, wanted) assert_int_equal((call), (wanted))

/* ---- things to do, from any thread ---- */

typedef JET_ERR fx_op(const struct fx *x, uintptr_t arg);

fx_op do_begin, do_commit, do_rollback, do_set, do_reset, do_end, do_move, do_insert, do_delete;
fx_op do_set_long, do_set_short, do_replace, do_retrieve, do_term, do_escrow, do_create_table;
fx_op do_copy, do_open_close, do_hold, do_init, do_restore, do_backup;

JET_ERR on(struct worker *w, fx_op *op, const struct fx *x, uintptr_t arg);
void start(struct worker *w, fx_op *op, const struct fx *x, uintptr_t arg); /* does not wait */
JET_ERR finish(struct worker *w);

/* do_hold stays inside JetEnumerateColumns, do_restore and do_backup with arg 1 in their progress
 * function, until let_go; held waits until they are there. */
void held(void);
void let_go(void);

/* What JetEnumerateColumns gave with an allocator on top of realloc. */
void free_columns(JET_ENUMCOLUMN *columns, unsigned long count);

/* How many rows a fresh look finds in the table, and whether one of them is `id`. */
unsigned rows_seen(const struct fx *x);
bool has_row(const struct fx *x, int32_t id);
unsigned level_of(const struct fx *x);

/* Waits, with a cap, until `op` gives something else than `err`; gives that. */
JET_ERR until_not(fx_op *op, const struct fx *x, uintptr_t arg, JET_ERR err);

#endif

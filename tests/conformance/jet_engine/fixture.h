/* SPDX-License-Identifier: Apache-2.0
 *
 * fixture.h - an instance in a folder of its own, and the table that the currency rules are told on
 */
#ifndef HF_TESTS_JET_ENGINE_FIXTURE_H
#define HF_TESTS_JET_ENGINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <esent.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define GIVES(want, call) gives(want, call, #call, __FILE__, __LINE__)
#define OK(call)          GIVES(JET_errSuccess, call)

void gives(JET_ERR want, JET_ERR got, const char *call, const char *file, int line);

struct fixture {
    char folder[64];
    char database[96];
    JET_INSTANCE instance;
    JET_SESID session;
    JET_DBID db;
};

int fixture_up(void **state);         /* cmocka setup: a struct fixture, in a transaction */
int fixture_down(void **state);       /* cmocka teardown: the database agrees with itself */
unsigned long fixture_resident(void); /* octets of memory that this process has */
void fixture_check(const struct fixture *f);

/* A database's name stands for its path: the folders are a server's (HOLDFAST_ADDRESS). */
bool fixture_at_address(void);
/* Until it is called again with false, folders are folders, whatever the environment names. */
void fixture_go_local(bool local);
/* What follows the last slash; all of a server's names. */
const char *fixture_file_name(const char *path);
/* What a backup in `folder` has of the fixture's database, in a folder here that it shares with nothing:
 * for fixture_come_back. The backup may be a server's. */
void fixture_restored(const struct fixture *f, const char *folder, struct fixture *ret_here);
void fixture_come_back(struct fixture *here);
void fixture_start(struct fixture *f, bool create);
void fixture_stop(struct fixture *f, JET_GRBIT grbit);
void fixture_remove(struct fixture *f);

/* Another session on the same database. */
struct other {
    JET_SESID session;
    JET_DBID db;
};
void other_up(const struct fixture *f, struct other *o);
void other_down(struct other *o);

JET_COLUMNID column(const struct fixture *f, JET_TABLEID table, const char *name);
JET_COLUMNID add(JET_SESID session, JET_TABLEID table, const char *name, JET_COLTYP coltyp,
                 JET_GRBIT grbit, const void *default_data, unsigned long default_size);
void index_make(JET_SESID session, JET_TABLEID table, const char *name, const char *key,
                unsigned long key_size, JET_GRBIT grbit);

/* The table: Long `key` (primary "clustered"), Longs data1 and data2, an autoincrement; secondary
 * indexes "withprimary" (+data1 -key) and "plain" (+data1 +data2). */
struct numbers {
    JET_SESID session;
    JET_TABLEID table;
    JET_COLUMNID key, data1, data2, increment;
};
void numbers_make(const struct fixture *f, struct numbers *n);
void numbers_open(JET_SESID session, JET_DBID db, struct numbers *n);
/* Commits the table just made, and opens it in another session, `o`, too. */
void numbers_share(const struct fixture *f, struct numbers *n, struct other *o,
                   struct numbers *ret_others);
void numbers_insert(const struct numbers *n, int32_t key, int32_t data1, int32_t data2);
/* Rows with the keys from `from` up to `to`, which is not among them. */
void numbers_fill(const struct numbers *n, int32_t from, int32_t to);
/* So many rows are there, by the primary index and by another. */
void numbers_count_is(const struct numbers *n, unsigned long want);
JET_ERR numbers_try_insert(const struct numbers *n, int32_t key, int32_t data1, int32_t data2);
void numbers_replace(const struct numbers *n, int32_t data1, int32_t data2);
JET_ERR numbers_seek(const struct numbers *n, int32_t key, JET_GRBIT grbit);
JET_ERR numbers_seek_plain(const struct numbers *n, int32_t data1, int32_t data2, JET_GRBIT grbit);
void numbers_are(const struct numbers *n, int32_t key, int32_t data1, int32_t data2);
void numbers_err(const struct numbers *n, JET_ERR want);
void key_long(JET_SESID session, JET_TABLEID table, int32_t value, JET_GRBIT grbit);

#define MOVE(n, rows) JetMove((n)->session, (n)->table, rows, 0)

#endif

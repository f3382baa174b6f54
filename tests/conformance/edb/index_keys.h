/* SPDX-License-Identifier: Apache-2.0
 *
 * index_keys.h - index entries made from rows, against those that Windows stored
 */
#ifndef HF_TESTS_EDB_INDEX_KEYS_H
#define HF_TESTS_EDB_INDEX_KEYS_H

#include "ese/edb/edb.h"

struct index_key_counts {
    size_t indexes, entries; /* made and compared */
    size_t unicode, tuples;  /* indexes left out: no collation here, no tuples here */
};

/* Fails the test at the first entry that differs, is missing, or is one too many. */
void index_keys_compare(struct edb_file *f, const struct edb_table *t, const struct edb_index *x,
                        struct index_key_counts *n);

/* Makes the keys that the golden file lists for this database. */
void index_keys_compare_golden(struct edb_file *f, const char *name, const char *golden,
                               size_t *made, size_t *unicode);

#endif

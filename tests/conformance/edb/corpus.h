/* SPDX-License-Identifier: Apache-2.0
 *
 * corpus.h - the real databases of the corpus, unpacked into memory
 *
 * They lie outside the sources: in the folder that HOLDFAST_CORPUS names, or else in the one that
 * the build gives as the program's first argument.
 */
#ifndef HF_TESTS_EDB_CORPUS_H
#define HF_TESTS_EDB_CORPUS_H

#include "ese/edb/edb.h"

#include <stddef.h>
#include <stdint.h>

#define CORPUS_FILES_MAX 64

struct corpus_file {
    char name[128]; /* without .gz */
    uint8_t *data;  /* loaded by corpus_open */
    size_t size;
    struct edb_file *edb;
};

struct corpus {
    char folder[400];
    struct corpus_file files[CORPUS_FILES_MAX];
    size_t count;
};

/* Lists the corpus, by name; count 0 when there is none. */
void corpus_find(struct corpus *ret_corpus, int argc, char **argv);

/* Unpacks a file and opens it, dirty or not; fails the test when it cannot. */
struct edb_file *corpus_open(const struct corpus *c, struct corpus_file *f);
void corpus_close(struct corpus_file *f);

/* The whole text of FOLDER/NAME, to be freed; NULL when it cannot be read. */
char *corpus_text(const struct corpus *c, const char *name);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * corpus.c - the real databases of the corpus, unpacked into memory
 */
#include "corpus.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#define FILE_MAX ((size_t)64 << 20)

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct corpus_file *)a)->name, ((const struct corpus_file *)b)->name);
}

void corpus_find(struct corpus *ret_corpus, int argc, char **argv)
{
    const char *top = getenv("HOLDFAST_CORPUS");
    struct dirent *e;
    DIR *d;

    if (top == NULL || *top == 0)
        top = argc > 1 ? argv[1] : ".";
    memset(ret_corpus, 0, sizeof *ret_corpus);
    (void)snprintf(ret_corpus->folder, sizeof ret_corpus->folder, "%s/edb", top);
    d = opendir(ret_corpus->folder);
    while (d != NULL && (e = readdir(d)) != NULL && ret_corpus->count < CORPUS_FILES_MAX) {
        struct corpus_file *f = &ret_corpus->files[ret_corpus->count];
        size_t n = strlen(e->d_name);

        if (n < 4 || n - 3 >= sizeof f->name || strcmp(e->d_name + n - 3, ".gz") != 0)
            continue;
        memcpy(f->name, e->d_name, n - 3);
        ret_corpus->count++;
    }
    if (d != NULL)
        (void)closedir(d);
    qsort(ret_corpus->files, ret_corpus->count, sizeof *ret_corpus->files, by_name);
}

struct edb_file *corpus_open(const struct corpus *c, struct corpus_file *f)
{
    char path[600];
    struct edb_error error;
    gzFile z;
    int n;

    (void)snprintf(path, sizeof path, "%s/%s.gz", c->folder, f->name);
    z = gzopen(path, "rb");
    assert_non_null(z);
    f->data = malloc(FILE_MAX);
    assert_non_null(f->data);
    n = gzread(z, f->data, (unsigned)FILE_MAX);
    (void)gzclose(z);
    assert_true(n > 0 && (size_t)n < FILE_MAX);
    f->size = (size_t)n;
    if (edb_open_memory(f->data, f->size, f->name, EDB_ALLOW_DIRTY, &f->edb, &error) != EDB_OK)
        fail_msg("%s", error.text);
    return f->edb;
}

void corpus_close(struct corpus_file *f)
{
    edb_close(f->edb);
    free(f->data);
    f->edb = NULL;
    f->data = NULL;
}

char *corpus_text(const struct corpus *c, const char *name)
{
    char path[512];
    char *text = NULL;
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%.100s", c->folder, name);
    f = fopen(path, "rb");
    if (f == NULL)
        return NULL;
    text = calloc(1, (size_t)1 << 20);
    if (text != NULL && fread(text, 1, ((size_t)1 << 20) - 1, f) == 0) {
        free(text);
        text = NULL;
    }
    (void)fclose(f);
    return text;
}

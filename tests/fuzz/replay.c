/* SPDX-License-Identifier: Apache-2.0
 *
 * replay.c - runs a fuzz target over the files of a corpus, as a test that speaks TAP
 *
 *     fuzz-NAME FOLDER|FILE...
 *
 * Each file is one input, read into memory of exactly its size, so that a sanitizer sees an octet
 * read beyond it. A corpus without files is a failure.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned inputs, failures;

static void result(int good, const char *name)
{
    printf("%sok %u - %s\n", good ? "" : "not ", ++inputs, name);
    fflush(stdout);
    failures += !good;
}

static void replay_file(const char *path, size_t size)
{
    uint8_t *data = malloc(size);
    FILE *f = fopen(path, "rb");
    int good = f != NULL && (data != NULL || size == 0) && fread(data, 1, size, f) == size;

    if (good)
        (void)LLVMFuzzerTestOneInput(data, size);
    result(good, path);
    if (f != NULL)
        fclose(f);
    free(data);
}

static void replay(const char *path)
{
    struct dirent **entries = NULL;
    struct stat st;
    int n;

    if (stat(path, &st) != 0) {
        result(0, path);
        return;
    }
    if (!S_ISDIR(st.st_mode)) {
        replay_file(path, (size_t)st.st_size);
        return;
    }
    n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char child[4096];

        if (entries[i]->d_name[0] != '.' &&
            snprintf(child, sizeof child, "%s/%s", path, entries[i]->d_name) < (int)sizeof child)
            replay(child);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    if (inputs == 0)
        result(0, "no input");
    printf("1..%u\n", inputs);
    return failures != 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * replay.c - runs a fuzz target over the files of a corpus, as a test that speaks TAP
 *
 *     fuzz-NAME [-m COUNT] FOLDER|FILE...
 *
 * Each file is one input; with -m it is then changed at random COUNT times, each time afresh, the
 * same changes in every run; by the target's own mutator half of the time, if it has one. A file NAME.pack
 * has many inputs, each behind its length, four octets; they are changed COUNT / PACK_SHARE times. The target sees memory of exactly the input's size, so that a sanitizer
 * notices an octet read beyond it. A target that aborts leaves its input as crash-NAME in the
 * current folder. A corpus without files is a failure.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROWTH     512 /* octets that changes may add */
#define PACK_SHARE 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room,
                                                     unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);

static unsigned inputs, failures, mutants;
static uint32_t seed = 1;

/* What the target is looking at, for save_input. */
static uint8_t *current;
static size_t current_size;
static char crash_path[128] = "crash-input";

static void save_input(int sig)
{
    int fd = open(crash_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (fd >= 0) {
        if (write(fd, current, current_size) == (ssize_t)current_size &&
            write(2, "# input saved: ", 15) == 15 && write(2, crash_path, strlen(crash_path)) > 0)
            (void)!write(2, "\n", 1);
        close(fd);
    }
    signal(sig, SIG_DFL);
    raise(sig);
}

static void result(int good, const char *name)
{
    printf("%sok %u - %s\n", good ? "" : "not ", ++inputs, name);
    fflush(stdout);
    failures += !good;
}

static uint32_t below(uint32_t limit)
{
    seed = seed * 1664525 + 1013904223;
    return limit == 0 ? 0 : (uint32_t)((uint64_t)seed * limit >> 32);
}

/* Takes an input of at least one octet and changes octets, a length, or a place. */
static void change(uint8_t *data, size_t *size)
{
    static const uint8_t extremes[] = {0, 1, 0x7f, 0x80, 0xfe, 0xff};
    uint32_t n = (uint32_t)*size, from = below(n), to = below(n);

    switch (below(5)) {
    case 0: data[from] = (uint8_t)below(256); break;
    case 1: data[from] ^= (uint8_t)(1u << below(8)); break;
    case 2: data[from] = extremes[below(sizeof extremes)]; break;
    case 3: *size = 1 + from; break;
    default: memmove(data + to, data + from, below(n - (from > to ? from : to))); break;
    }
}

/* What a target's own mutator asks for; never more octets. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room)
{
    (void)room;
    if (size > 0)
        change(data, &size);
    return size;
}

/* Runs the target on a copy, changed `changes` times. */
static void run(const uint8_t *data, size_t size, unsigned changes)
{
    size_t room = size + GROWTH;
    uint8_t *scratch = malloc(room);

    if (scratch == NULL)
        return;
    memcpy(scratch, data, size);
    for (unsigned i = 0; i < changes && size > 0; i++) {
        if (LLVMFuzzerCustomMutator != NULL && below(2) == 0)
            size = LLVMFuzzerCustomMutator(scratch, size, room, below(UINT32_MAX));
        else
            change(scratch, &size);
    }
    current = malloc(size);
    current_size = size;
    if (current != NULL || size == 0) {
        if (size > 0)
            memcpy(current, scratch, size);
        (void)LLVMFuzzerTestOneInput(current, size);
    }
    free(current);
    free(scratch);
}

static void replay_input(const uint8_t *data, size_t size, unsigned times)
{
    run(data, size, 0);
    for (unsigned i = 0; i < times; i++)
        run(data, size, 1 + below(4));
}

/* False if its lengths do not add up. */
static int replay_pack(const uint8_t *data, size_t size)
{
    while (size >= 4) {
        size_t one = data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16 | (size_t)data[3] << 24;

        if (one > size - 4)
            return 0;
        replay_input(data + 4, one, mutants / PACK_SHARE);
        data += 4 + one;
        size -= 4 + one;
    }
    return size == 0;
}

static void replay_file(const char *path, size_t size)
{
    const char *suffix = strrchr(path, '.');
    uint8_t *data = malloc(size + 1);
    FILE *f = fopen(path, "rb");
    int good = f != NULL && data != NULL && fread(data, 1, size, f) == size;

    if (good && suffix != NULL && strcmp(suffix, ".pack") == 0)
        good = replay_pack(data, size);
    else if (good)
        replay_input(data, size, mutants);
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
    const char *name = strrchr(argv[0], '/');
    int first = 1;

    if (argc > 2 && strcmp(argv[1], "-m") == 0) {
        mutants = (unsigned)strtoul(argv[2], NULL, 10);
        first = 3;
    }
    snprintf(crash_path, sizeof crash_path, "crash-%s", name == NULL ? argv[0] : name + 1);
    signal(SIGABRT, save_input);
    run((const uint8_t *)"", 0, 0);
    for (int i = first; i < argc; i++)
        replay(argv[i]);
    if (inputs == 0)
        result(0, "no input");
    printf("1..%u\n", inputs);
    return failures != 0;
}

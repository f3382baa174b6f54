/* SPDX-License-Identifier: Apache-2.0
 *
 * base_test.c - arenas, the failure switch, UTF-16, files
 */
#include "base/files.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf16.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static void arena_uses_lent_memory_first(void **state)
{
    _Alignas(16) uint8_t lent[256];
    struct arena a;
    uint8_t *p, *q;

    (void)state;
    memset(lent, 0xff, sizeof lent);
    arena_init(&a, lent, sizeof lent);
    p = arena_alloc(&a, 10);
    assert_true(p >= lent && p < lent + sizeof lent);
    assert_int_equal(p[9], 0);
    q = arena_alloc(&a, 100000);
    assert_non_null(q);
    assert_int_equal((uintptr_t)q % 16, 0);
    assert_true(arena_alloc(&a, 1) < (void *)(lent + sizeof lent));
    assert_null(arena_alloc(&a, SIZE_MAX - 3));
    arena_fini(&a);
}

static void nth_allocation_fails(void **state)
{
    void *a, *b, *c;

    (void)state;
    (void)mem_fail_at(2, 0);
    a = mem_alloc(1);
    b = mem_alloc(1);
    c = mem_alloc(1);
    assert_non_null(a);
    assert_null(b);
    assert_non_null(c);
    assert_int_equal(mem_fail_at(1, 1), 2);
    assert_null(mem_alloc(1));
    assert_null(mem_strdup("x"));
    (void)mem_fail_at(0, 0);
    mem_free(a);
    mem_free(c);
}

static void limits_can_be_lowered_only(void **state)
{
    (void)state;
    assert_int_equal(setenv("HOLDFAST_LIMIT_WORKERS", "7", 1), 0);
    assert_int_equal(setenv("HOLDFAST_LIMIT_HANDLES", "4294967295", 1), 0);
    assert_int_equal(setenv("HOLDFAST_LIMIT_QUEUED_CALLS", "10x", 1), 0);
    assert_int_equal(setenv("HOLDFAST_LIMIT_CONNECTIONS", "0", 1), 0);
    assert_int_equal(limit_of(LIMIT_WORKERS), 7);
    assert_int_equal(limit_of(LIMIT_HANDLES), 4194304);
    assert_int_equal(limit_of(LIMIT_QUEUED_CALLS), 65536);
    assert_int_equal(limit_of(LIMIT_CONNECTIONS), 65536);
    assert_int_equal(limit_of(LIMIT_CALL_MEMORY), 256u << 20);
    assert_int_equal(setenv("HOLDFAST_LIMIT_WORKERS", "3", 1), 0);
    assert_int_equal(limit_of(LIMIT_WORKERS), 7); /* asked for once */
}

static void utf16_round_trips_and_refuses_garbage(void **state)
{
    static const char *const good[] = {"", "a", "\xc3\xa9", "\xe2\x82\xac",
                                       ("\xf0\x9d\x84\x9e"
                                        "x")};
    static const char *const bad[] = {"\x80", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                      "\xe2\x82"};
    static const uint16_t lone[][2] = {{0xd800, 0}, {0xdc00, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        uint16_t *w = utf16_from_utf8(good[i]);
        char *s = utf16_to_utf8(w);

        assert_non_null(w);
        assert_string_equal(s, good[i]);
        mem_free(w);
        mem_free(s);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(utf16_from_utf8(bad[i]));
    assert_null(utf16_to_utf8(lone[0]));
    assert_null(utf16_to_utf8(lone[1]));
}

static void a_tree_is_removed_and_what_links_lead_to_is_not(void **state)
{
    const char *tmp = getenv("TMPDIR");
    char folder[200], tree[220], inner[240], outside[220], link[260], inside[260];
    char octets[10];
    int fd;

    (void)state;
    (void)snprintf(folder, sizeof folder, "%s/hf-base-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(tree, sizeof tree, "%s/tree", folder);
    (void)snprintf(inner, sizeof inner, "%s/inner", tree);
    (void)snprintf(outside, sizeof outside, "%s/outside", folder);
    (void)snprintf(link, sizeof link, "%s/link", inner);
    (void)snprintf(inside, sizeof inside, "%s/inside", inner);
    assert_int_equal(mkdir(tree, 0700), 0);
    assert_int_equal(mkdir(inner, 0700), 0);
    fd = open(outside, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(files_write(fd, "octets", 6));
    assert_int_equal(close(fd), 0);
    assert_int_equal(symlink(outside, link), 0);
    assert_true(files_copy(outside, inside));
    assert_false(files_copy(outside, inside)); /* it is there */
    fd = open(inside, O_RDONLY);
    assert_int_equal(read(fd, octets, sizeof octets), 6);
    assert_int_equal(close(fd), 0);
    assert_memory_equal(octets, "octets", 6);
    assert_true(files_remove_tree(tree));
    assert_int_not_equal(access(tree, F_OK), 0);
    assert_int_equal(access(outside, F_OK), 0);
    assert_true(files_remove_tree(tree)); /* nothing is there */
    assert_false(files_write(-1, "octets", 6));
    assert_true(files_remove_tree(folder));
}

static enum files_secret secret_of(const char *path, unsigned closed_to)
{
    int fd = -1;
    enum files_secret found = files_open_secret(path, closed_to, &fd);

    assert_int_equal(fd >= 0, found == FILES_SECRET_GOOD);
    if (fd >= 0)
        assert_int_equal(close(fd), 0);
    return found;
}

static void a_secret_is_a_closed_file_of_ones_own(void **state)
{
    char folder[] = "/tmp/hf-base-XXXXXX", path[64];
    int fd = -1;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/secret", folder);
    assert_int_equal(secret_of(path, 077), FILES_SECRET_UNREADABLE);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(secret_of(folder, 077), FILES_SECRET_NO_FILE);
    assert_int_equal(mkfifo(path, 0600), 0); /* nobody writes there, and nobody waits for him */
    assert_int_equal(secret_of(path, 077), FILES_SECRET_NO_FILE);
    assert_int_equal(unlink(path), 0);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(secret_of(path, 077), FILES_SECRET_GOOD);
    assert_int_equal(fchmod(fd, 0640), 0);
    assert_int_equal(secret_of(path, 077), FILES_SECRET_OPEN);
    assert_int_equal(secret_of(path, 027), FILES_SECRET_GOOD);
    assert_int_equal(fchmod(fd, 0602), 0);
    assert_int_equal(secret_of(path, 027), FILES_SECRET_OPEN);
    assert_int_equal(fchmod(fd, 0600), 0);
    if (fchown(fd, 12345, (gid_t)-1) == 0) /* root's tests alone can give a file away */
        assert_int_equal(secret_of(path, 077), FILES_SECRET_FOREIGN);
    assert_int_equal(close(fd), 0);
    assert_true(files_remove_tree(folder));
}

static void hear_nothing(int level, const char *line)
{
    (void)level, (void)line;
}

/* Of a flood a bounded number a second is logged, and none is forgotten. */
static void log_is_rationed(void **state)
{
    static struct log_ration ration = LOG_RATION_INIT;
    uint64_t begun = clock_now_ns() / CLOCK_SECOND, asked = 0, logged = 0, told = 0, unlogged;
    bool may;

    (void)state;
    assert_false(log_may(&ration, &unlogged)); /* nobody listens */
    log_set_hook(hear_nothing);
    do {
        asked++;
        may = log_may(&ration, &unlogged);
        logged += may;
        told += may ? unlogged : 0;
        if (asked > 1000)
            (void)usleep(1000);
    } while (asked < 1000 || !may);
    log_set_hook(NULL);
    assert_true(told > 0);
    assert_int_equal(logged + told, asked);
    assert_true(logged <= LOG_A_SECOND * (1 + clock_now_ns() / CLOCK_SECOND - begun));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_uses_lent_memory_first),
        cmocka_unit_test(nth_allocation_fails),
        cmocka_unit_test(limits_can_be_lowered_only),
        cmocka_unit_test(utf16_round_trips_and_refuses_garbage),
        cmocka_unit_test(a_tree_is_removed_and_what_links_lead_to_is_not),
        cmocka_unit_test(a_secret_is_a_closed_file_of_ones_own),
        cmocka_unit_test(log_is_rationed),
    };

    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}

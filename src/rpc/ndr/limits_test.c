/* SPDX-License-Identifier: Apache-2.0
 *
 * limits_test.c - what hostile input, bad arguments and missing memory lead to
 */
#include "rpc/ndr/ndr_memory.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum {
    BAD_STUB_DATA = 1783,
    INVALID_BOUND = 1734,
    ENUM_OUT_OF_RANGE = 1781,
    NULL_REF = 1780,
    NO_MEMORY = 14,
};

/* One call's memory, and how many nodes of the program are alive. */
struct fixture {
    struct arena arena;
    struct ndr_memory memory;
    uint8_t data[64];
    struct ndr_in in;
    struct ndr_out out;
};

static int nodes_alive;

static void *user_allocate(size_t size)
{
    uint8_t *p = mem_alloc(size);

    if (p != NULL) {
        memset(p, 0xdd, size);
        nodes_alive++;
    }
    return p;
}

static void user_release(void *p)
{
    nodes_alive--;
    mem_free(p);
}

static void start(struct fixture *f)
{
    arena_init(&f->arena, NULL, 0);
    ndr_memory_init(&f->memory, &f->arena, user_allocate, user_release);
    ndr_out_init(&f->out, NULL, 0, 0, false, &f->memory);
}

/* Reads the octets of `hex` as little-endian. */
static void start_reading(struct fixture *f, const char *hex, bool ndr64)
{
    size_t n = testing_hex(hex, f->data, sizeof f->data);

    assert_true(n <= sizeof f->data);
    start(f);
    ndr_in_init(&f->in, f->data, n, false, ndr64, &f->memory);
}

static void stop(struct fixture *f)
{
    ndr_memory_discard_nodes(&f->memory);
    arena_fini(&f->arena);
    assert_int_equal(nodes_alive, 0);
}

static void failure_is_sticky(void **state)
{
    struct fixture f;
    struct ndr_full full;
    uint32_t offset = 7, kept = 0xabcdef;

    (void)state;
    start_reading(&f, "01020304 05060708 01020304 05060708", false);
    ndr_in_check(&f.in, true);
    assert_int_equal(f.in.status, 0);
    ndr_in_fail(&f.in, 42);
    ndr_in_check(&f.in, false);
    assert_int_equal(f.in.status, 42);
    assert_ptr_equal(f.in.pos, f.in.end);
    assert_int_equal(ndr_get_small(&f.in), 0);
    assert_int_equal(ndr_get_hyper(&f.in), 0);
    assert_int_equal(ndr_get_enum(&f.in), 0);
    assert_int_equal(ndr_get_count(&f.in), 0);
    assert_int_equal(ndr_get_slice(&f.in, 9, &offset), 0);
    assert_int_equal(offset, 0);
    assert_false(ndr_get_fits(&f.in, 0, 0));
    assert_false(ndr_get_unique(&f.in));
    assert_false(ndr_get_full(&f.in, &f, &full));
    ndr_full_bind(&f.in, 1, &f, &f, 1);
    assert_null(f.memory.full);
    assert_null(ndr_get_view(&f.in, 0, 1));
    ndr_get_array(&f.in, &kept, 1, 4);
    assert_int_equal(kept, 0xabcdef);
    assert_null(ndr_alloc(&f.in, 1, 1));
    assert_null(ndr_alloc_user(&f.in, 1, 1));
    assert_false(ndr_get_enter(&f.in));
    assert_int_equal(f.in.status, 42);
    stop(&f);
}

static void failed_writer_writes_nothing(void **state)
{
    struct fixture f;
    uint8_t room[64] = {0};
    uint32_t size;

    (void)state;
    start(&f);
    ndr_out_init(&f.out, room, sizeof room, 8, false, &f.memory);
    ndr_put_long(&f.out, 0x01020304);
    ndr_out_fail(&f.out, 42);
    size = ndr_out_size(&f.out);
    ndr_put_small(&f.out, 1);
    ndr_put_hyper(&f.out, 1);
    ndr_put_enum(&f.out, 1);
    ndr_put_enum(&f.out, -1);
    ndr_put_count(&f.out, 1);
    ndr_put_array(&f.out, room, 64, 1);
    ndr_put_slice(&f.out, 1, 2, 3);
    assert_false(ndr_put_unique(&f.out, room));
    assert_false(ndr_put_full(&f.out, room, room, 1));
    ndr_put_ref(&f.out, NULL);
    assert_int_equal(ndr_string_count(&f.out, "x", 1, 2), 0);
    assert_false(ndr_put_enter(&f.out));
    assert_int_equal(ndr_out_size(&f.out), size);
    assert_int_equal(ndr_out_finish(&f.out), 42);
    for (size_t i = 12; i < sizeof room; i++)
        assert_int_equal(room[i], 0);
    stop(&f);
}

static void counts_are_bounded(void **state)
{
    struct fixture f;
    uint32_t offset;

    (void)state;
    start_reading(&f, "00000080", false);
    assert_int_equal(ndr_get_count(&f.in), 0);
    assert_int_equal(f.in.status, BAD_STUB_DATA);
    stop(&f);
    start_reading(&f, "01000000 01000000", true);
    assert_int_equal(ndr_get_count(&f.in), 0);
    assert_int_equal(f.in.status, BAD_STUB_DATA);
    stop(&f);
    start_reading(&f, "02000000 05000000", false); /* one beyond the maximum */
    assert_int_equal(ndr_get_slice(&f.in, 6, &offset), 0);
    assert_int_equal(offset, 0);
    assert_int_equal(f.in.status, BAD_STUB_DATA);
    stop(&f);
    start_reading(&f, "ffffffffffffffff 0200000000000000", true); /* a sum that wraps */
    assert_int_equal(ndr_get_slice(&f.in, 6, &offset), 0);
    assert_int_equal(f.in.status, BAD_STUB_DATA);
    stop(&f);
    start_reading(&f, "00000000 00000000", false);
    assert_true(ndr_get_fits(&f.in, 2, 4));
    assert_true(ndr_get_fits(&f.in, 0x7fffffff, 0));
    assert_true(ndr_get_fits(&f.in, 8, 1));
    assert_false(ndr_get_fits(&f.in, 9, 1));
    assert_int_equal(f.in.status, BAD_STUB_DATA);
    stop(&f);
    start_reading(&f, "00000000 00000000", false);
    assert_false(ndr_get_fits(&f.in, 0x7fffffff, SIZE_MAX));
    stop(&f);
    start_reading(&f, "00000000 00000000", false);
    assert_false(ndr_get_fits(&f.in, 0x80000000, 0));
    stop(&f);
}

static void reading_refuses(void **state)
{
    static const uint16_t no_end[] = {'a', 'b'}, inner[] = {'a', 0, 'b', 0}, good[] = {'a', 0};
    struct fixture f;

    (void)state;
    start_reading(&f, "0080", false);
    assert_int_equal(ndr_get_enum(&f.in), 0);
    assert_int_equal(f.in.status, ENUM_OUT_OF_RANGE);
    stop(&f);
    start_reading(&f, "ffffffff", true);
    assert_int_equal(ndr_get_enum(&f.in), -1);
    assert_int_equal(f.in.status, 0);
    stop(&f);
    start_reading(&f, "00000000", false);
    ndr_get_ref(&f.in);
    assert_int_equal(f.in.status, BAD_STUB_DATA);
    stop(&f);
    start_reading(&f, "", false);
    ndr_check_string(&f.in, good, 2, 2);
    ndr_check_string(&f.in, "", 1, 1);
    assert_int_equal(f.in.status, 0);
    ndr_check_string(&f.in, no_end, 2, 2);
    assert_int_equal(f.in.status, BAD_STUB_DATA);
    stop(&f);
    start_reading(&f, "", false);
    ndr_check_string(&f.in, inner, 4, 2);
    assert_int_equal(f.in.status, BAD_STUB_DATA);
    stop(&f);
    start_reading(&f, "", false);
    ndr_check_string(&f.in, "a\0b", 4, 1);
    assert_int_equal(f.in.status, BAD_STUB_DATA);
    stop(&f);
    start_reading(&f, "", false);
    ndr_check_string(&f.in, "", 0, 1);
    assert_int_equal(f.in.status, BAD_STUB_DATA);
    stop(&f);
}

/* Each way to hand bad arguments to a writer, and the status it gives. */
static void bad_enum_low(struct ndr_out *out)
{
    ndr_put_enum(out, -1);
}
static void bad_enum_high(struct ndr_out *out)
{
    ndr_put_enum(out, 0x8000);
}
static void bad_count(struct ndr_out *out)
{
    ndr_put_count(out, UINT64_C(0x80000000));
}
static void bad_slice(struct ndr_out *out)
{
    ndr_put_slice(out, 5, 3, 3);
}
static void bad_slice_wrap(struct ndr_out *out)
{
    ndr_put_slice(out, 5, UINT64_MAX, 2);
}
static void bad_slice_count(struct ndr_out *out)
{
    ndr_put_slice(out, 5, 1, UINT64_MAX);
}
static void bad_ref(struct ndr_out *out)
{
    ndr_put_ref(out, NULL);
}
static void bad_top_ref(struct ndr_out *out)
{
    ndr_out_check_ref(out, NULL);
}
static void bad_array(struct ndr_out *out)
{
    ndr_put_array(out, NULL, 1, 1);
}
static void bad_string(struct ndr_out *out)
{
    assert_int_equal(ndr_string_count(out, "abc", 1, 3), 0);
}
static void bad_wide_string(struct ndr_out *out)
{
    static const uint16_t s[] = {1, 2, 3};

    assert_int_equal(ndr_string_count(out, s, 2, 3), 0);
}
static void bad_null_string(struct ndr_out *out)
{
    assert_int_equal(ndr_string_count(out, NULL, 1, 3), 0);
}
static void too_deep(struct ndr_out *out)
{
    for (int i = 0; i < NDR_LIMIT_DEPTH; i++)
        assert_true(ndr_put_enter(out));
    ndr_put_leave(out);
    assert_true(ndr_put_enter(out));
    assert_false(ndr_put_enter(out));
}

static void writing_refuses(void **state)
{
    static const struct {
        void (*put)(struct ndr_out *);
        int status;
    } bad[] = {
        {bad_enum_low, ENUM_OUT_OF_RANGE},
        {bad_enum_high, ENUM_OUT_OF_RANGE},
        {bad_count, INVALID_BOUND},
        {bad_slice, INVALID_BOUND},
        {bad_slice_wrap, INVALID_BOUND},
        {bad_slice_count, INVALID_BOUND},
        {bad_ref, NULL_REF},
        {bad_top_ref, NULL_REF},
        {bad_array, NULL_REF},
        {bad_string, INVALID_BOUND},
        {bad_wide_string, INVALID_BOUND},
        {bad_null_string, NULL_REF},
        {too_deep, NO_MEMORY},
    };
    struct fixture f;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        start(&f);
        bad[i].put(&f.out);
        if (ndr_out_finish(&f.out) != bad[i].status)
            fail_msg("row %zu: status %d", i, f.out.status);
        stop(&f);
    }
    start(&f);
    f.out.ndr64 = 1;
    ndr_put_enum(&f.out, -1);
    assert_int_equal(f.out.status, 0);
    assert_int_equal(ndr_string_count(&f.out, "abc", 1, 4), 4);
    assert_int_equal(ndr_string_count(&f.out, "", 1, UINT64_MAX), 1);
    stop(&f);
}

static void nesting_is_bounded(void **state)
{
    struct fixture f;

    (void)state;
    start_reading(&f, "00", false);
    for (int i = 0; i < NDR_LIMIT_DEPTH; i++)
        assert_true(ndr_get_enter(&f.in));
    ndr_get_leave(&f.in);
    assert_true(ndr_get_enter(&f.in));
    assert_false(ndr_get_enter(&f.in));
    assert_int_equal(f.in.status, BAD_STUB_DATA);
    assert_int_equal(f.in.depth, NDR_LIMIT_DEPTH);
    stop(&f);
}

static void memory_is_bounded(void **state)
{
    struct fixture f;
    unsigned n = 0;

    (void)state;
    start_reading(&f, "00", false);
    assert_null(ndr_alloc(&f.in, 0x7fffffff, SIZE_MAX));
    assert_int_equal(f.in.status, NO_MEMORY);
    stop(&f);
    start_reading(&f, "00", false);
    assert_null(ndr_alloc(&f.in, 1, limit_of(LIMIT_CALL_MEMORY)));
    assert_int_equal(f.in.status, NO_MEMORY);
    stop(&f);
    start_reading(&f, "00", false);
    f.memory.budget = 4096; /* empty objects are not free */
    while (ndr_alloc(&f.in, 0, 100) != NULL)
        n++;
    assert_true(n > 10 && n <= 4096 / 16);
    assert_int_equal(f.in.status, NO_MEMORY);
    stop(&f);
    start_reading(&f, "00", false);
    f.memory.budget = 4096;
    for (n = 0; ndr_alloc_user(&f.in, 0, 100) != NULL; n++)
        ;
    assert_true(n > 10 && n <= 4096 / 16);
    assert_int_equal(nodes_alive, (int)n);
    stop(&f);
    start_reading(&f, "00000001 00000002", false); /* so is a view that has to be a copy */
    f.in.swap = 1;
    f.memory.budget = 8;
    assert_null(ndr_get_view(&f.in, 2, 4));
    assert_int_equal(f.in.status, NO_MEMORY);
    stop(&f);
    start_reading(&f, "00", false);
    f.memory.allocate = NULL; /* an interface without midl_user_allocate */
    assert_null(ndr_alloc_user(&f.in, 1, 1));
    assert_int_equal(f.in.status, NO_MEMORY);
    stop(&f);
}

static void nodes_end_once(void **state)
{
    struct fixture f;
    uint8_t *p, *q;

    (void)state;
    start_reading(&f, "00", false);
    p = ndr_alloc_user(&f.in, 3, 5);
    q = ndr_alloc_user(&f.in, 1, 1);
    assert_true(p != NULL && q != NULL && nodes_alive == 2);
    for (int i = 0; i < 15; i++)
        assert_int_equal(p[i], 0);
    ndr_memory_forget_nodes(&f.memory);
    ndr_memory_discard_nodes(&f.memory);
    assert_int_equal(nodes_alive, 2);
    user_release(p);
    user_release(q);
    assert_non_null(ndr_alloc_user(&f.in, 1, 1));
    ndr_memory_discard_nodes(&f.memory);
    assert_int_equal(nodes_alive, 0);
    ndr_memory_discard_nodes(&f.memory);
    stop(&f);
}

static void views_lie_in_the_request_if_they_can(void **state)
{
    struct fixture f;
    const uint32_t *v;

    (void)state;
    start_reading(&f, "01000000 02000000", false);
    assert_ptr_equal(ndr_get_view(&f.in, 2, 4), f.data);
    stop(&f);
    start_reading(&f, "00000001 00000002", false);
    f.in.swap = 1;
    v = ndr_get_view(&f.in, 2, 4);
    assert_true((const void *)v != f.data && v[0] == 1 && v[1] == 2);
    stop(&f);
    start_reading(&f, "ff01000000 02000000", false); /* a request that lies askew */
    ndr_in_init(&f.in, f.data + 1, 8, false, false, &f.memory);
    v = ndr_get_view(&f.in, 2, 4);
    assert_int_equal((uintptr_t)v % 4, 0);
    assert_true(v[0] == 1 && v[1] == 2);
    stop(&f);
}

/* A scenario that allocates in every way; false if it failed, which must be for want of memory. */
static bool use_all_kinds_of_memory(struct fixture *f)
{
    static const uint8_t big[5000];
    static char type;
    bool good;

    start_reading(f, "00000001 00000002", false);
    f->in.swap = 1;
    (void)ndr_alloc(&f->in, 10, 1000);
    (void)ndr_alloc_user(&f->in, 10, 10);
    (void)ndr_get_view(&f->in, 2, 4);
    for (unsigned i = 1; i < 200; i++)
        ndr_full_bind(&f->in, i, &type, f->data, 1);
    ndr_put_small(&f->out, 1);
    for (size_t i = 0; i < sizeof f->data; i++)
        (void)ndr_put_full(&f->out, &type, &f->data[i], 1);
    ndr_put_array(&f->out, big, sizeof big, 1);
    for (int i = 0; i < 10000; i++)
        ndr_put_small(&f->out, 1);
    (void)ndr_out_finish(&f->out);
    good = f->in.status == 0 && f->out.status == 0;
    if (!good)
        assert_true(f->in.status == NO_MEMORY || f->out.status == NO_MEMORY);
    stop(f);
    return good;
}

static void every_allocation_may_fail(void **state)
{
    struct fixture f;

    (void)state;
    for (int forever = 0; forever < 2; forever++) {
        uint64_t n = 0;
        bool good;

        do {
            (void)mem_fail_at(++n, forever);
            good = use_all_kinds_of_memory(&f);
            (void)mem_fail_at(0, 0);
        } while (!good);
        assert_true(n > 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failure_is_sticky),
        cmocka_unit_test(failed_writer_writes_nothing),
        cmocka_unit_test(counts_are_bounded),
        cmocka_unit_test(reading_refuses),
        cmocka_unit_test(writing_refuses),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(nodes_end_once),
        cmocka_unit_test(views_lie_in_the_request_if_they_can),
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests_name("ndr/limits", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * golden_test.c - every primitive against octets written by hand
 *
 * A case puts some data and gets them back. Its octets are stated for NDR 2.0, for NDR64, and for a
 * big-endian sender of NDR 2.0. Each case is also read with every truncation, which has to fail.
 */
#include "rpc/ndr/ndr_memory.h"

#include "base/mem.h"
#include "base/testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

struct golden {
    const char *name;
    void (*put)(struct ndr_out *out);
    bool (*get)(struct ndr_in *in); /* whether the values are right */
    const char *ndr20, *ndr64, *big;
};

static char some_type;

static void put_scalars(struct ndr_out *out)
{
    ndr_put_small(out, 0x11);
    ndr_put_short(out, 0x2233);
    ndr_put_small(out, 0x44);
    ndr_put_long(out, 0x55667788);
    ndr_put_small(out, 0x99);
    ndr_put_hyper(out, UINT64_C(0x0102030405060708));
}

static bool get_scalars(struct ndr_in *in)
{
    bool good = ndr_get_small(in) == 0x11;

    good &= ndr_get_short(in) == 0x2233;
    good &= ndr_get_small(in) == 0x44;
    good &= ndr_get_long(in) == 0x55667788;
    good &= ndr_get_small(in) == 0x99;
    return good & (ndr_get_hyper(in) == UINT64_C(0x0102030405060708));
}

static void put_floats(struct ndr_out *out)
{
    ndr_put_float(out, -2.5f);
    ndr_put_double(out, 1.5);
}

static bool get_floats(struct ndr_in *in)
{
    bool good = ndr_get_float(in) == -2.5f;

    return good & (ndr_get_double(in) == 1.5);
}

static void put_int3264(struct ndr_out *out)
{
    ndr_put_small(out, 1);
    ndr_put_int3264(out, -2);
    ndr_put_int3264(out, 0xfffffff0);
}

static bool get_int3264(struct ndr_in *in)
{
    bool good = ndr_get_small(in) == 1;

    good &= ndr_get_int3264(in, true) == -2;
    return good & (ndr_get_int3264(in, false) == 0xfffffff0);
}

static void put_enums(struct ndr_out *out)
{
    ndr_put_small(out, 1);
    ndr_put_enum(out, 0x7ffe);
    ndr_put_enum32(out, -3);
}

static bool get_enums(struct ndr_in *in)
{
    bool good = ndr_get_small(in) == 1;

    good &= ndr_get_enum(in) == 0x7ffe;
    return good & (ndr_get_enum32(in) == -3);
}

static void put_counts(struct ndr_out *out)
{
    ndr_put_small(out, 1);
    ndr_put_count(out, 0x7fffffff);
    ndr_put_slice(out, 7, 2, 5);
}

static bool get_counts(struct ndr_in *in)
{
    bool good = ndr_get_small(in) == 1;
    uint32_t offset;

    good &= ndr_get_count(in) == 0x7fffffff;
    good &= ndr_get_slice(in, 7, &offset) == 5;
    return good & (offset == 2);
}

static void put_pointers(struct ndr_out *out)
{
    ndr_put_small(out, 1);
    (void)ndr_put_unique(out, NULL);
    if (ndr_put_unique(out, out))
        ndr_put_small(out, 2);
    ndr_put_ref(out, out);
}

static bool get_pointers(struct ndr_in *in)
{
    bool good = ndr_get_small(in) == 1;

    good &= !ndr_get_unique(in);
    good &= ndr_get_unique(in);
    good &= ndr_get_small(in) == 2;
    ndr_get_ref(in);
    return good;
}

static void put_full(struct ndr_out *out)
{
    static const uint32_t a = 0xaabbccdd, b = 0x10203040;

    if (ndr_put_full(out, &some_type, &a, 1))
        ndr_put_long(out, a);
    (void)ndr_put_full(out, &some_type, NULL, 1);
    if (ndr_put_full(out, &some_type, &a, 1))
        ndr_put_long(out, 0); /* a mistake that the octets would show */
    if (ndr_put_full(out, &some_type, &b, 1))
        ndr_put_long(out, b);
}

static bool get_full(struct ndr_in *in)
{
    static uint32_t object[2];
    struct ndr_full f;
    bool good = ndr_get_full(in, &some_type, &f) && f.follows && f.object == NULL;

    ndr_full_bind(in, f.id, &some_type, &object[0], 1);
    good &= ndr_get_long(in) == 0xaabbccdd;
    good &= !ndr_get_full(in, &some_type, &f);
    good &=
        ndr_get_full(in, &some_type, &f) && !f.follows && f.object == &object[0] && f.count == 1;
    good &= ndr_get_full(in, &some_type, &f) && f.follows && f.object == NULL;
    return good & (ndr_get_long(in) == 0x10203040);
}

static void put_aligned(struct ndr_out *out)
{
    ndr_put_small(out, 1);
    ndr_put_align(out, 2, 8);
    ndr_put_small(out, 2);
    ndr_put_tail(out, 8);
    ndr_put_small(out, 3);
}

static bool get_aligned(struct ndr_in *in)
{
    bool good = ndr_get_small(in) == 1;

    ndr_get_align(in, 2, 8);
    good &= ndr_get_small(in) == 2;
    ndr_get_tail(in, 8);
    return good & (ndr_get_small(in) == 3);
}

static const uint8_t octets[] = {0xa1, 0xa2, 0xa3};
static const uint16_t shorts[] = {0x0102, 0x0304, 0x0506, 0x0708, 0x090a};
static const uint32_t longs[] = {0x01020304, 0x05060708, 0x090a0b0c};
static const uint64_t hypers[] = {UINT64_C(0x0102030405060708)};

static void put_arrays(struct ndr_out *out)
{
    ndr_put_array(out, octets, 3, 1);
    ndr_put_array(out, shorts, 5, 2);
    ndr_put_array(out, longs, 3, 4);
    ndr_put_array(out, hypers, 1, 8);
    ndr_put_array(out, NULL, 0, 8);
    ndr_put_small(out, 0xee);
}

static bool get_arrays(struct ndr_in *in)
{
    uint16_t s[5] = {0};
    uint64_t h[1] = {0};
    const uint8_t *o = ndr_get_view(in, 3, 1);
    const uint32_t *l;
    bool good = o != NULL && memcmp(o, octets, sizeof octets) == 0;

    ndr_get_array(in, s, 5, 2);
    l = ndr_get_view(in, 3, 4);
    ndr_get_array(in, h, 1, 8);
    good &= memcmp(s, shorts, sizeof shorts) == 0;
    good &= l != NULL && memcmp(l, longs, sizeof longs) == 0;
    good &= memcmp(h, hypers, sizeof hypers) == 0;
    good &= ndr_get_view(in, 0, 8) != NULL;
    return good & (ndr_get_small(in) == 0xee);
}

/* With a count of 0 the padding of the array is there. */
static void put_empty_array(struct ndr_out *out)
{
    ndr_put_long(out, 0x11223344);
    ndr_put_array(out, NULL, 0, 8);
    ndr_put_small(out, 0x55);
}

static bool get_empty_array(struct ndr_in *in)
{
    bool good = ndr_get_long(in) == 0x11223344;

    ndr_get_array(in, NULL, 0, 8);
    return good & (ndr_get_small(in) == 0x55);
}

static void put_string(struct ndr_out *out)
{
    static const uint16_t s[] = {'H', 0x20ac, 0, 'x'};
    uint32_t n = ndr_string_count(out, s, 2, 4);

    ndr_put_count(out, n);
    ndr_put_slice(out, n, 0, n);
    ndr_put_array(out, s, n, 2);
}

static bool get_string(struct ndr_in *in)
{
    static const uint16_t s[] = {'H', 0x20ac, 0};
    uint32_t offset, max = ndr_get_count(in);
    uint32_t n = ndr_get_slice(in, max, &offset);
    const void *chars;

    if (!ndr_get_fits(in, n, 2))
        return false;
    chars = ndr_get_view(in, n, 2);
    ndr_check_string(in, chars, n, 2);
    return max == 3 && n == 3 && chars != NULL && memcmp(chars, s, sizeof s) == 0;
}

/* Padding is 0 when sent and, in the third column, arbitrary when received. */
/* clang-format off */
static const struct golden cases[] = {
    {"scalars", put_scalars, get_scalars,
     "11 00 3322 44 000000 88776655 99 000000 0807060504030201",
     "11 00 3322 44 000000 88776655 99 000000 0807060504030201",
     "11 ff 2233 44 ffffff 55667788 99 ffffff 0102030405060708"},
    {"floats", put_floats, get_floats,
     "000020c0 00000000 000000000000f83f",
     "000020c0 00000000 000000000000f83f",
     "c0200000 ffffffff 3ff8000000000000"},
    {"__int3264", put_int3264, get_int3264,
     "01 000000 feffffff f0ffffff",
     "01 00000000000000 feffffffffffffff f0ffffff00000000",
     "01 ffffff fffffffe fffffff0"},
    {"enums", put_enums, get_enums,
     "01 00 fe7f fdffffff",
     "01 000000 fe7f0000 fdffffff",
     "01 ff 7ffe fffffffd"},
    {"counts", put_counts, get_counts,
     "01 000000 ffffff7f 02000000 05000000",
     "01 00000000000000 ffffff7f00000000 0200000000000000 0500000000000000",
     "01 ffffff 7fffffff 00000002 00000005"},
    {"pointers", put_pointers, get_pointers,
     "01 000000 00000000 00000200 02 000000 04000200",
     "01 00000000000000 0000000000000000 0000020000000000 02 00000000000000 0400020000000000",
     "01 ffffff 00000000 00000007 02 ffffff 00000007"},
    {"full pointers", put_full, get_full,
     "00000200 ddccbbaa 00000000 00000200 04000200 40302010",
     "0000020000000000 ddccbbaa 00000000 0000000000000000 0000020000000000 0400020000000000"
     "40302010",
     "00000001 aabbccdd 00000000 00000001 80000000 10203040"},
    {"alignment", put_aligned, get_aligned,
     "01 00 02 03",
     "01 00000000000000 02 00000000000000 03",
     "01 ff 02 03"},
    {"arrays", put_arrays, get_arrays,
     "a1a2a3 00 0201 0403 0605 0807 0a09 0000 04030201 08070605 0c0b0a09 00000000"
     "0807060504030201 ee",
     "a1a2a3 00 0201 0403 0605 0807 0a09 0000 04030201 08070605 0c0b0a09 00000000"
     "0807060504030201 ee",
     "a1a2a3 ff 0102 0304 0506 0708 090a ffff 01020304 05060708 090a0b0c ffffffff"
     "0102030405060708 ee"},
    {"empty array", put_empty_array, get_empty_array,
     "44332211 00000000 55",
     "44332211 00000000 55",
     "11223344 ffffffff 55"},
    {"string", put_string, get_string,
     "03000000 00000000 03000000 4800 ac20 0000",
     "0300000000000000 0000000000000000 0300000000000000 4800 ac20 0000",
     "00000003 00000000 00000003 0048 20ac 0000"},
};
/* clang-format on */

enum { CASES = sizeof cases / sizeof *cases, ROOM = 256 };

static void put_gives_the_octets(const struct golden *g, bool ndr64)
{
    uint8_t expected[ROOM], got[ROOM];
    size_t n = testing_hex(ndr64 ? g->ndr64 : g->ndr20, expected, ROOM);
    struct ndr_memory memory;
    struct arena arena;
    struct ndr_out out;

    arena_init(&arena, NULL, 0);
    ndr_memory_init(&memory, &arena, NULL, NULL);
    memset(got, 0xcc, sizeof got);
    ndr_out_init(&out, got, sizeof got, 0, ndr64, &memory);
    g->put(&out);
    if (ndr_out_finish(&out) != 0 || ndr_out_size(&out) != n || memcmp(got, expected, n) != 0)
        fail_msg("%s: wrong octets in %s", g->name, ndr64 ? "NDR64" : "NDR 2.0");
    arena_fini(&arena);
}

/* Reads the first `n` octets, which lie at `shift` octets behind an aligned address. */
static void get_understands(const struct golden *g, const uint8_t *octets_of_case, size_t n,
                            bool whole, bool swap, bool ndr64, size_t shift)
{
    uint8_t *copy = malloc(shift + n);
    struct ndr_memory memory;
    struct arena arena;
    struct ndr_in in;
    bool good;

    assert_non_null(copy);
    memcpy(copy + shift, octets_of_case, n);
    arena_init(&arena, NULL, 0);
    ndr_memory_init(&memory, &arena, NULL, NULL);
    ndr_in_init(&in, copy + shift, n, swap, ndr64, &memory);
    good = g->get(&in);
    if (whole ? !good || in.status != 0 || in.pos != in.end : in.status != 1783)
        fail_msg("%s: %zu octets, swap %d, ndr64 %d, shift %zu: status %d", g->name, n, swap, ndr64,
                 shift, in.status);
    arena_fini(&arena);
    free(copy);
}

static void every_prefix_is_understood_or_refused(const struct golden *g, const char *hex,
                                                  bool swap, bool ndr64)
{
    uint8_t all[ROOM];
    size_t size = testing_hex(hex, all, sizeof all);

    for (size_t n = 0; n <= size; n++) {
        get_understands(g, all, n, n == size, swap, ndr64, 0);
        get_understands(g, all, n, n == size, swap, ndr64, 1);
    }
}

static void writing(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        put_gives_the_octets(&cases[i], false);
        put_gives_the_octets(&cases[i], true);
    }
}

static void reading(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        every_prefix_is_understood_or_refused(&cases[i], cases[i].ndr20, false, false);
        every_prefix_is_understood_or_refused(&cases[i], cases[i].ndr64, false, true);
        every_prefix_is_understood_or_refused(&cases[i], cases[i].big, true, false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writing),
        cmocka_unit_test(reading),
    };

    return cmocka_run_group_tests_name("ndr/golden", tests, NULL, NULL);
}

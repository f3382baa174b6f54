/* SPDX-License-Identifier: Apache-2.0
 *
 * compress_test.c - compressed values and keys of long values
 */
#include "ese/format/compress.h"
#include "ese/format/longvalue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BIG ((size_t)ESE_COMPRESS_XPRESS_MAX)

/* The two examples of MS-XCA 3.1, behind the header of a value. */
static void xpress_packs_as_the_specification_shows(void **state)
{
    static const uint8_t alphabet[] = "\x18\x1a\x00\x3f\x00\x00\x00"
                                      "abcdefghijklmnopqrstuvwxyz";
    static const uint8_t repeated[] = "\x18\x2c\x01\xff\xff\xff\x1f"
                                      "abc"
                                      "\x17\x00\x0f\xff\x26\x01";
    uint8_t plain[300], out[400], back[300];
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < 26; i++)
        plain[i] = (uint8_t)('a' + i);
    assert_int_equal(ese_compress(ESE_COMPRESS_XPRESS, plain, 26, out, sizeof out, &n), 0);
    assert_int_equal(n, sizeof alphabet - 1);
    assert_memory_equal(out, alphabet, n);
    for (size_t i = 0; i < 300; i++)
        plain[i] = (uint8_t)("abc"[i % 3]);
    assert_int_equal(ese_compress(ESE_COMPRESS_XPRESS, plain, 300, out, sizeof out, &n), 0);
    assert_int_equal(n, sizeof repeated - 1);
    assert_memory_equal(out, repeated, n);
    assert_int_equal(ese_decompress(repeated, sizeof repeated - 1, back, sizeof back, &n), 0);
    assert_int_equal(n, 300);
    assert_memory_equal(back, plain, n);
}

static void check_round_trip(enum ese_compress_scheme scheme, const uint8_t *plain, size_t size)
{
    size_t room = 2 * size + 64, packed = 0, again = 0, told = 0;
    uint8_t *out = malloc(room), *back = malloc(size + 1), *exact;

    assert_non_null(out);
    assert_non_null(back);
    assert_int_equal(ese_compress(scheme, plain, size, out, room, &packed), ESE_FORMAT_OK);
    exact = malloc(packed); /* so that a sanitizer sees a byte too many */
    assert_non_null(exact);
    memcpy(exact, out, packed);
    assert_int_equal(ese_decompressed_size(exact, packed, &told), ESE_FORMAT_OK);
    assert_int_equal(told, size);
    assert_int_equal(ese_decompress(exact, packed, back, size - 1, &again), ESE_FORMAT_NO_ROOM);
    assert_int_equal(ese_decompress(exact, packed, back, size, &again), ESE_FORMAT_OK);
    assert_int_equal(again, size);
    assert_memory_equal(back, plain, size);
    assert_int_equal(ese_compress(scheme, plain, size, exact, packed - 1, &again),
                     ESE_FORMAT_NO_ROOM);
    free(out);
    free(back);
    free(exact);
}

static void what_is_packed_is_unpacked(void **state)
{
    uint8_t *plain = malloc(BIG);
    uint32_t seed = 12345;

    (void)state;
    assert_non_null(plain);
    for (size_t i = 0; i < BIG; i++) { /* long runs, near and far matches, noise */
        seed = seed * 1664525 + 1013904223;
        if (i < 20000)
            plain[i] = 'a';
        else if (i < 40000)
            plain[i] = (uint8_t)("holdfast"[i % 8] ^ (i % 97 == 0));
        else
            plain[i] = (uint8_t)(seed >> 24);
    }
    for (size_t size = 1; size < 600; size++)
        check_round_trip(ESE_COMPRESS_XPRESS, plain + 39700, size);
    check_round_trip(ESE_COMPRESS_XPRESS, plain, BIG);
    for (size_t i = 0; i < 2000; i++)
        plain[i] = (uint8_t)(i * 7 & 0x7f);
    for (size_t size = 1; size < 100; size++)
        check_round_trip(ESE_COMPRESS_7BIT_ASCII, plain, size);
    for (size_t i = 1; i < 2000; i += 2)
        plain[i] = 0;
    for (size_t size = 2; size < 100; size += 2)
        check_round_trip(ESE_COMPRESS_7BIT_UTF16, plain, size);
    free(plain);
}

static void what_cannot_be_packed_is_refused(void **state)
{
    uint8_t out[64];
    size_t n;

    (void)state;
    assert_int_equal(ese_compress(ESE_COMPRESS_7BIT_ASCII, "\x80", 1, out, 64, &n),
                     ESE_FORMAT_BAD_VALUE);
    assert_int_equal(ese_compress(ESE_COMPRESS_7BIT_UTF16, "a\1", 2, out, 64, &n),
                     ESE_FORMAT_BAD_VALUE);
    assert_int_equal(ese_compress(ESE_COMPRESS_7BIT_UTF16, "a", 1, out, 64, &n),
                     ESE_FORMAT_BAD_VALUE);
    assert_int_equal(ese_compress(ESE_COMPRESS_XPRESS, "", 0, out, 64, &n), ESE_FORMAT_BAD_VALUE);
    assert_int_equal(ese_compress(ESE_COMPRESS_XPRESS9, "a", 1, out, 64, &n),
                     ESE_FORMAT_UNSUPPORTED);
}

static void broken_values_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        enum ese_format_status status;
    } broken[] = {
        {"", 0, ESE_FORMAT_CORRUPT},
        {"\x08", 1, ESE_FORMAT_CORRUPT},                       /* no character */
        {"\x18\x01", 2, ESE_FORMAT_CORRUPT},                   /* half a size */
        {"\x18\x01\x00", 3, ESE_FORMAT_CORRUPT},               /* no flags */
        {"\x18\x01\x00\0\0\0\0", 7, ESE_FORMAT_CORRUPT},       /* no literal */
        {"\x18\x04\x00\0\0\0\x80\0\0", 9, ESE_FORMAT_CORRUPT}, /* a match of nothing */
        {"\x18\x03\x00\0\0\0\x40"
         "a\1\0",
         10, ESE_FORMAT_CORRUPT}, /* longer than the rest */
        {"\x18\xff\xff\0\0\0\x40"
         "a\7\0\xf\xff\1\0",
         14, ESE_FORMAT_CORRUPT}, /* short as long */
        {"\x00zz", 3, ESE_FORMAT_UNSUPPORTED},
        {"\x28zz", 3, ESE_FORMAT_UNSUPPORTED},
        {"\x38zz", 3, ESE_FORMAT_UNSUPPORTED},
    };
    static uint8_t out[70000];
    size_t n;

    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_int_equal(ese_decompress(broken[i].bytes, broken[i].size, out, sizeof out, &n),
                         broken[i].status);
}

static void long_value_keys_tell_root_and_chunk(void **state)
{
    static const uint8_t narrow[] = {5, 0, 0, 0}, wide[] = {5, 0, 0, 0, 0, 0, 0, 0x80};
    struct ese_lv_root root = {.references = 2, .size = 70000}, again;
    struct ese_lv_key k;
    bool is_chunk = true;
    uint32_t offset = 1;
    uint8_t bytes[8];

    (void)state;
    assert_int_equal(ese_lv_key_of_id(narrow, 4, &k), ESE_FORMAT_OK);
    assert_true(ese_lv_key_belongs(&k, (const uint8_t *)"\0\0\0\5", 4, &is_chunk, &offset));
    assert_false(is_chunk);
    ese_lv_key_set_offset(&k, 4014);
    assert_memory_equal(k.bytes, "\0\0\0\5\0\0\x0f\xae", 8);
    assert_true(ese_lv_key_belongs(&k, k.bytes, 8, &is_chunk, &offset));
    assert_true(is_chunk && offset == 4014);
    assert_false(ese_lv_key_belongs(&k, (const uint8_t *)"\0\0\0\6", 4, &is_chunk, &offset));
    assert_int_equal(ese_lv_key_of_id(wide, 8, &k), ESE_FORMAT_OK);
    assert_memory_equal(k.bytes, "\x80\0\0\0\0\0\0\5", 8);
    assert_int_equal(ese_lv_key_of_id(wide, 7, &k), ESE_FORMAT_CORRUPT);
    assert_int_equal(ese_lv_key_of_id(wide + 4, 4, &k), ESE_FORMAT_CORRUPT);
    ese_lv_root_encode(&root, bytes);
    assert_int_equal(ese_lv_root_decode(bytes, 8, &again), ESE_FORMAT_OK);
    assert_true(again.references == 2 && again.size == 70000 && !again.encrypted);
    assert_int_equal(ese_lv_root_decode(bytes, 7, &again), ESE_FORMAT_CORRUPT);
    assert_int_equal(ese_lv_root_decode("\1\0\0\0\0\0\0\x80", 8, &again), ESE_FORMAT_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xpress_packs_as_the_specification_shows),
        cmocka_unit_test(what_is_packed_is_unpacked),
        cmocka_unit_test(what_cannot_be_packed_is_refused),
        cmocka_unit_test(broken_values_are_refused),
        cmocka_unit_test(long_value_keys_tell_root_and_chunk),
    };

    return cmocka_run_group_tests_name("compress", tests, NULL, NULL);
}

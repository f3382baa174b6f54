/* SPDX-License-Identifier: Apache-2.0
 *
 * key_test.c - normalised keys: bytes, order, NULL, truncation, limits of search keys
 */
#include "ese/format/key.h"

#include "ese/format/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct ese_column text = {.id = 128, .coltyp = ESE_COLTYP_TEXT, .code_page = 1252};
static const struct ese_column unicode = {
    .id = 129, .coltyp = ESE_COLTYP_TEXT, .code_page = ESE_CODE_PAGE_UNICODE};
static const struct ese_column binary = {.id = 130, .coltyp = ESE_COLTYP_BINARY};
static const struct ese_column fixed_binary = {.id = 9, .coltyp = ESE_COLTYP_BINARY, .size_max = 3};
static const struct ese_column number = {.id = 1, .coltyp = ESE_COLTYP_LONG, .size_max = 4};

#define ALLOW_NULLS \
    (ESE_INDEX_ALLOW_ALL_NULLS | ESE_INDEX_ALLOW_FIRST_NULL | ESE_INDEX_ALLOW_SOME_NULLS)

static struct ese_index index_of(uint8_t segments, uint16_t key_most, uint32_t flags)
{
    return (struct ese_index){
        .name = "x", .segment_count = segments, .key_most = key_most, .flags = flags};
}

/* A toy collation: two bytes of weight a character, then the levels that ESE's end with. */
static enum ese_format_status toy_sort_key(void *self, const struct ese_index *index,
                                           const uint8_t *s, size_t size, uint8_t *out, size_t room,
                                           size_t *ret_size, bool *ret_truncated)
{
    uint8_t full[1100];
    size_t n = 0;

    (void)index;
    *(size_t *)self = size;
    for (size_t i = 0; i + 1 < size && n < 1000; i += 2) {
        full[n++] = 0x0e;
        full[n++] = s[i];
    }
    memcpy(full + n, "\1\1\1\1\0", 5);
    n += 5;
    *ret_truncated = n > room;
    *ret_size = n < room ? n : room;
    memcpy(out, full, *ret_size);
    return ESE_FORMAT_OK;
}

static void expect_hex(const struct ese_key *k, const char *want)
{
    char got[2 * ESE_KEY_BUFFER + 1] = "";

    for (size_t i = 0; i < k->size; i++)
        (void)snprintf(got + 2 * i, 3, "%02x", k->bytes[i]);
    assert_string_equal(got, want);
}

static struct ese_bytes bytes_of(const char *s, size_t n)
{
    return (struct ese_bytes){(const uint8_t *)s, n};
}

static void every_type_has_its_form(void **state)
{
    static const struct {
        uint8_t coltyp;
        const char *value;
        size_t size;
        const char *key;
    } forms[] = {
        {ESE_COLTYP_BIT, "\x01", 1, "7fff"},
        {ESE_COLTYP_BIT, "\x00", 1, "7f00"},
        {ESE_COLTYP_UNSIGNED_BYTE, "\xd5", 1, "7fd5"},
        {ESE_COLTYP_SHORT, "\xc7\xfa", 2, "7f7ac7"},
        {ESE_COLTYP_LONG, "\x37\xf8\x33\xff", 4, "7f7f33f837"},
        {ESE_COLTYP_CURRENCY, "\1\0\0\0\0\0\0\0", 8, "7f8000000000000001"},
        {ESE_COLTYP_LONG_LONG, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "7f7fffffffffffffff"},
        {ESE_COLTYP_UNSIGNED_SHORT, "\x39\x05", 2, "7f0539"},
        {ESE_COLTYP_UNSIGNED_LONG, "\1\2\3\4", 4, "7f04030201"},
        {ESE_COLTYP_UNSIGNED_LONG_LONG, "\1\2\3\4\5\6\7\x88", 8, "7f8807060504030201"},
        {ESE_COLTYP_IEEE_SINGLE, "\0\0\x80\x3f", 4, "7fbf800000"},
        {ESE_COLTYP_IEEE_SINGLE, "\0\0\x80\xbf", 4, "7f407fffff"},
        {ESE_COLTYP_DATE_TIME, "\0\0\0\0\x80\xaf\xe1\x40", 8, "7fc0e1af8000000000"},
        {ESE_COLTYP_GUID, "\0\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf", 16,
         "7f0a0b0c0d0e0f08090607040500010203"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct ese_column c = {.id = 1, .coltyp = forms[i].coltyp};
        struct ese_index x = index_of(2, 255, 0);
        struct ese_bytes v = bytes_of(forms[i].value, forms[i].size);
        uint8_t out[ESE_KEY_BUFFER];
        struct ese_key k;

        ese_key_start(&k, &x, NULL, out);
        assert_int_equal(ese_key_add(&k, &c, &v), ESE_FORMAT_OK);
        expect_hex(&k, forms[i].key);
        v.size--;
        assert_int_equal(ese_key_add(&k, &c, &v), ESE_FORMAT_BAD_VALUE);
    }
}

static void guids_may_sort_as_dotnet_does(void **state)
{
    struct ese_column c = {.id = 1, .coltyp = ESE_COLTYP_GUID};
    struct ese_index x = index_of(1, 255, ESE_INDEX_DOTNET_GUID);
    struct ese_bytes v = bytes_of("\0\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf", 16);
    uint8_t out[ESE_KEY_BUFFER];
    struct ese_key k;

    (void)state;
    ese_key_start(&k, &x, NULL, out);
    assert_int_equal(ese_key_add(&k, &c, &v), ESE_FORMAT_OK);
    expect_hex(&k, "7f03020100050407060809"
                   "0a0b0c0d0e0f");
}

static void texts_and_binaries_have_their_forms(void **state)
{
    static const struct {
        const struct ese_column *column;
        const char *value;
        size_t size;
        const char *key;
    } forms[] = {
        {&text, "abZ1", 4, "7f41425a3100"},
        {&text, "ab\0cd", 5, "7f414200"},
        {&text, "\xe9", 1, "7fe900"},
        {&text, "", 0, "40"},
        {&binary, "", 0, "40"},
        {&binary, "abc", 3, "7f616263000000000003"},
        {&binary, "abcdefgh", 8, "7f616263646566676808"},
        {&binary, "abcdefghi", 9, "7f616263646566676809690000000000000001"},
        {&fixed_binary, "abc", 3, "7f616263"},
        {&unicode, "a\0b\0", 4, "7f0e610e620101010100"},
    };
    struct ese_index x = index_of(1, 255, 0);
    uint8_t out[ESE_KEY_BUFFER];
    struct ese_key k;
    size_t seen;
    struct ese_collator toy = {toy_sort_key, &seen};

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct ese_bytes v = bytes_of(forms[i].value, forms[i].size);

        ese_key_start(&k, &x, &toy, out);
        assert_int_equal(ese_key_add(&k, forms[i].column, &v), ESE_FORMAT_OK);
        expect_hex(&k, forms[i].key);
        ese_key_start(&k, &x, NULL, out);
        assert_int_equal(ese_key_add(&k, forms[i].column, &v),
                         forms[i].column == &unicode ? ESE_FORMAT_UNSUPPORTED : ESE_FORMAT_OK);
    }
}

static void descending_segments_are_inverted(void **state)
{
    struct ese_index x = index_of(3, 255, ALLOW_NULLS);
    struct ese_bytes v = bytes_of("\1\0\0\0", 4);
    uint8_t out[ESE_KEY_BUFFER];
    struct ese_key k;

    (void)state;
    x.segments[0].descending = x.segments[2].descending = true;
    ese_key_start(&k, &x, NULL, out);
    assert_int_equal(ese_key_add(&k, &number, &v), ESE_FORMAT_OK);
    assert_int_equal(ese_key_add(&k, &number, &v), ESE_FORMAT_OK);
    assert_int_equal(ese_key_add(&k, &number, NULL), ESE_FORMAT_OK);
    expect_hex(&k, "807ffffffe"
                   "7f80000001"
                   "ff");
    assert_int_equal(ese_key_add(&k, &number, NULL), ESE_FORMAT_BAD_VALUE);
}

static void nulls_decide_about_the_entry(void **state)
{
    static const struct {
        uint32_t flags;
        const char *nulls; /* N or V, a segment each */
        int outcome;       /* 1 indexed, 0 not, -1 refused */
    } cases[] = {
        {ALLOW_NULLS, "NN", 1},
        {ALLOW_NULLS, "NV", 1},
        {ALLOW_NULLS, "VN", 1},
        {0, "VV", 1},
        {0, "VN", 0},
        {0, "NV", 0},
        {0, "NN", 0},
        {ESE_INDEX_ALLOW_FIRST_NULL | ESE_INDEX_ALLOW_SOME_NULLS, "NN", 0},
        {ESE_INDEX_ALLOW_FIRST_NULL | ESE_INDEX_ALLOW_SOME_NULLS, "NV", 1},
        {ESE_INDEX_ALLOW_ALL_NULLS | ESE_INDEX_ALLOW_SOME_NULLS, "NV", 0},
        {ESE_INDEX_ALLOW_ALL_NULLS | ESE_INDEX_ALLOW_SOME_NULLS, "VN", 1},
        {ESE_INDEX_NO_NULL_SEGMENT, "VN", -1},
        {ESE_INDEX_NO_NULL_SEGMENT, "VV", 1},
    };
    struct ese_bytes v = bytes_of("\1\0\0\0", 4);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ese_index x = index_of(2, 255, cases[i].flags);
        uint8_t out[ESE_KEY_BUFFER];
        bool indexed = false;
        struct ese_key k;

        ese_key_start(&k, &x, NULL, out);
        for (size_t s = 0; s < 2; s++)
            assert_int_equal(ese_key_add(&k, &number, cases[i].nulls[s] == 'N' ? NULL : &v),
                             ESE_FORMAT_OK);
        assert_int_equal(ese_key_finish(&k, &indexed),
                         cases[i].outcome < 0 ? ESE_FORMAT_NULL_IN_KEY : ESE_FORMAT_OK);
        assert_int_equal(indexed, cases[i].outcome > 0);
    }
}

static void nulls_may_sort_high(void **state)
{
    struct ese_index x = index_of(1, 255, ALLOW_NULLS | ESE_INDEX_SORT_NULLS_HIGH);
    uint8_t out[ESE_KEY_BUFFER];
    struct ese_key k;

    (void)state;
    ese_key_start(&k, &x, NULL, out);
    assert_int_equal(ese_key_add(&k, &text, NULL), ESE_FORMAT_OK);
    expect_hex(&k, "c0");
}

/* What does not fit is cut; key sizes below 255 keep the expected bytes short. */
static void keys_are_cut_as_ever(void **state)
{
    static const struct {
        const struct ese_column *column;
        const char *value;
        size_t size;
        uint16_t key_most, var_segment_max;
        const char *key;
        bool truncated;
    } cases[] = {
        {&text, "abcdef", 6, 5, 0, "7f41424344", true}, /* 'd' - 0x20 */
        {&text, "abcd", 4, 5, 0, "7f41424344", true},   /* no room for the end */
        {&text, "abcD", 4, 5, 0, "7f41424324", true},   /* a capital, lowered all the same */
        {&text, "abc", 3, 5, 0, "7f41424300", false},
        {&text, "ab\0def", 6, 5, 0, "7f414200", false},
        {&text, "abcdef", 6, 9, 4, "7f414243", false}, /* by the segment's limit */
        {&binary, "abcdefghijk", 11, 14, 0,
         "7f6162636465666768096"
         "96a6b00",
         true},
        {&binary, "abcdefghijk", 11, 12, 0,
         "7f61626364656667680"
         "9696a",
         true},
        {&binary, "abcdefghijk", 11, 10, 0, "7f616263646566676809", true},
        {&binary, "abcdefgh", 8, 9, 0, "7f6162636465666768", true},
        {&binary, "abc", 3, 6, 0, "7f6162630000", true},
        {&binary, "abcdefghijk", 11, 99, 3, "7f6162", false},
        {&fixed_binary, "abc", 3, 3, 0, "7f6162", true},
        {&number, "\1\0\0\0", 4, 3, 0, "7f8000", true},
        {&unicode, "a\0b\0c\0", 6, 4, 0, "7f0e610e", true},
    };
    size_t seen;
    struct ese_collator toy = {toy_sort_key, &seen};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ese_bytes v = bytes_of(cases[i].value, cases[i].size);
        struct ese_index x = index_of(2, cases[i].key_most, ALLOW_NULLS);
        uint8_t out[ESE_KEY_BUFFER];
        bool indexed = false;
        struct ese_key k;

        x.var_segment_max = cases[i].var_segment_max;
        ese_key_start(&k, &x, &toy, out);
        assert_int_equal(ese_key_add(&k, cases[i].column, &v), ESE_FORMAT_OK);
        expect_hex(&k, cases[i].key);
        assert_int_equal(k.truncated, cases[i].truncated);
        if (cases[i].truncated) {
            size_t before = k.size;

            assert_int_equal(ese_key_add(&k, &number, NULL), ESE_FORMAT_OK);
            assert_int_equal(k.size, before);
            assert_true(k.some_null);
            x.flags = ESE_INDEX_DISALLOW_TRUNCATION;
            ese_key_start(&k, &x, &toy, out);
            assert_int_equal(ese_key_add(&k, cases[i].column, &v), ESE_FORMAT_TRUNCATED);
        }
        assert_int_equal(ese_key_finish(&k, &indexed), ESE_FORMAT_OK);
    }
}

/* With keys of 255 bytes the collation sees 127 characters, however long the text. */
static void old_keys_see_the_start_of_a_text_only(void **state)
{
    struct ese_index x = index_of(1, 255, 0);
    uint8_t out[ESE_KEY_BUFFER], long_text[2000] = {0};
    struct ese_bytes v = {long_text, sizeof long_text};
    size_t seen = 0;
    struct ese_collator toy = {toy_sort_key, &seen};
    struct ese_key k;

    (void)state;
    ese_key_start(&k, &x, &toy, out);
    assert_int_equal(ese_key_add(&k, &unicode, &v), ESE_FORMAT_OK);
    assert_int_equal(seen, 254);
    assert_int_equal(k.size, 255);
    x.key_most = 2000;
    ese_key_start(&k, &x, &toy, out);
    assert_int_equal(ese_key_add(&k, &unicode, &v), ESE_FORMAT_OK);
    assert_int_equal(seen, 2000);
}

static void limits_close_search_keys(void **state)
{
    static const struct {
        const struct ese_column *column;
        const char *value;
        size_t size;
        enum ese_key_limit limit;
        bool descending;
        const char *key; /* key_most is 12 */
    } cases[] = {
        {&text, "ab", 2, ESE_KEY_EXACT, false, "7f414200"},
        {&text, "ab", 2, ESE_KEY_STRING, false, "7f414200ffffffffffffffffff"},
        {&text, "ab", 2, ESE_KEY_SUBSTRING, false, "7f4142ffffffffffffffffffff"},
        {&text, "ab", 2, ESE_KEY_SUBSTRING, true, "80bebdffffffffffffffffffff"},
        {&text, "ab", 2, ESE_KEY_PARTIAL_START, false, "7f4142"},
        {&text, "ab", 2, ESE_KEY_PARTIAL_START, true, "80bebd"},
        {&text, "", 0, ESE_KEY_SUBSTRING, false, "40ffffffffffffffffffffffff"},
        {&unicode, "a\0", 2, ESE_KEY_PARTIAL_START, false, "7f0e61"},
        {&unicode, "a\0", 2, ESE_KEY_PARTIAL_END, true, "80f19effffffffffffffffffff"},
        {&binary, "ab", 2, ESE_KEY_STRING, false, "7f6162ffffffffffffffff"},
        {&binary, "ab", 2, ESE_KEY_PARTIAL_START, false, "7f6162"},
        {&binary, "ab", 2, ESE_KEY_SUBSTRING, false, "7f616200000000000002"},
        {&number, "\1\0\0\0", 4, ESE_KEY_FULL_START, false, "7f80000001"},
        {&number, "\1\0\0\0", 4, ESE_KEY_FULL_END, false, "7f80000001ffffffffffffffff"},
        {&number, "\1\0\0\0", 4, ESE_KEY_STRING, false, "7f80000001ffffffffffffffff"},
    };
    size_t seen;
    struct ese_collator toy = {toy_sort_key, &seen};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ese_bytes v = bytes_of(cases[i].value, cases[i].size);
        struct ese_index x = index_of(2, 12, 0);
        uint8_t out[ESE_KEY_BUFFER];
        struct ese_key k;

        x.segments[0].descending = cases[i].descending;
        ese_key_start(&k, &x, &toy, out);
        assert_int_equal(ese_key_add_search(&k, cases[i].column, &v, cases[i].limit),
                         ESE_FORMAT_OK);
        expect_hex(&k, cases[i].key);
        assert_int_equal(ese_key_add_search(&k, &number, NULL, ESE_KEY_EXACT),
                         k.limited ? ESE_FORMAT_BAD_VALUE : ESE_FORMAT_OK);
    }
}

static void partial_limits_need_a_delimiter(void **state)
{
    struct ese_index x = index_of(1, 255, 0);
    struct ese_bytes v = bytes_of("\1\0\0\0", 4);
    uint8_t out[ESE_KEY_BUFFER];
    struct ese_key k;

    (void)state;
    ese_key_start(&k, &x, NULL, out);
    assert_int_equal(ese_key_add_search(&k, &number, &v, ESE_KEY_PARTIAL_END),
                     ESE_FORMAT_BAD_VALUE);
    assert_int_equal(ese_key_add_search(&k, &fixed_binary, &v, ESE_KEY_PARTIAL_START),
                     ESE_FORMAT_BAD_VALUE);
}

static void keys_sort_as_values_do(void **state)
{
    static const double values[] = {-1e300, -2.5, -1e-300, 0.0, 1e-300, 0.5, 2.5, 1e300};
    struct ese_column c = {.id = 1, .coltyp = ESE_COLTYP_IEEE_DOUBLE};
    struct ese_index x = index_of(1, 255, 0);
    uint8_t keys[8][ESE_KEY_BUFFER], stored[8];
    struct ese_bytes v = {stored, 8};
    struct ese_key k;

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        uint64_t u;

        memcpy(&u, &values[i], 8);
        ese_put_u64(stored, u);
        ese_key_start(&k, &x, NULL, keys[i]);
        assert_int_equal(ese_key_add(&k, &c, &v), ESE_FORMAT_OK);
        if (i > 0)
            assert_true(memcmp(keys[i - 1], keys[i], 9) < 0);
    }
}

static void index_columns_are_read_and_written(void **state)
{
    static const uint8_t extended[] = {0, 0, 1, 0, 0xc0, 0, 0, 1, 0x20, 0, 130, 0};
    static const uint8_t old[] = {1, 0, 0x7e, 0xff};
    struct ese_bytes b = {extended, sizeof extended};
    struct ese_index_segment s[ESE_INDEX_SEGMENTS_MAX];
    uint8_t count = 0, out[4 * ESE_INDEX_SEGMENTS_MAX], too_many[4 * 17] = {0};

    (void)state;
    assert_int_equal(ese_index_segments_decode(&b, true, s, &count), ESE_FORMAT_OK);
    assert_int_equal(count, 3);
    assert_true(s[0].column_id == 1 && !s[0].descending && !s[0].derived);
    assert_true(s[1].column_id == 256 && s[1].descending && s[1].derived);
    assert_true(s[2].column_id == 130 && s[2].must_be_null);
    ese_index_segments_encode(s, count, out);
    assert_memory_equal(out, extended, sizeof extended);
    b.size--;
    assert_int_equal(ese_index_segments_decode(&b, true, s, &count), ESE_FORMAT_CORRUPT);
    b = (struct ese_bytes){old, sizeof old};
    assert_int_equal(ese_index_segments_decode(&b, false, s, &count), ESE_FORMAT_OK);
    assert_true(count == 2 && s[1].column_id == 130 && s[1].descending);
    b = (struct ese_bytes){too_many, sizeof too_many};
    assert_int_equal(ese_index_segments_decode(&b, true, s, &count), ESE_FORMAT_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_has_its_form),
        cmocka_unit_test(guids_may_sort_as_dotnet_does),
        cmocka_unit_test(texts_and_binaries_have_their_forms),
        cmocka_unit_test(descending_segments_are_inverted),
        cmocka_unit_test(nulls_decide_about_the_entry),
        cmocka_unit_test(nulls_may_sort_high),
        cmocka_unit_test(keys_are_cut_as_ever),
        cmocka_unit_test(old_keys_see_the_start_of_a_text_only),
        cmocka_unit_test(limits_close_search_keys),
        cmocka_unit_test(partial_limits_need_a_delimiter),
        cmocka_unit_test(keys_sort_as_values_do),
        cmocka_unit_test(index_columns_are_read_and_written),
    };

    return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_value_test.c - values as text and back, words, definitions; without a store
 */
#include "tool/jet_define.h"
#include "tool/jet_value.h"
#include "tool/load.h"

#include "base/mem.h"
#include "base/testing.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* ---- values ---- */

static char *printed(const struct tool_column *c, enum tool_style style, enum tool_binary binary,
                     const void *data, size_t size, size_t piece)
{
    char *text = NULL;
    size_t length = 0, at = 0;
    FILE *out = open_memstream(&text, &length);
    struct tool_writer w = {.out = out, .style = style, .binary = binary, .column = c};

    assert_non_null(out);
    do {
        size_t n = size - at < piece ? size - at : piece;

        tool_writer_piece(&w, (const char *)data + at, n, size);
        at += n;
    } while (at < size);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void prints(const struct tool_column *c, const void *data, size_t size, const char *json,
                   const char *csv)
{
    static const size_t pieces[] = {1, 2, 3, 7, 100000};

    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        char *text = NULL;

        if (tool_type_size(c->type) > 0 && pieces[i] < size)
            continue; /* never in pieces */
        text = printed(c, TOOL_STYLE_JSON, TOOL_HEX, data, size, pieces[i]);
        assert_string_equal(text, json);
        free(text);
        text = printed(c, TOOL_STYLE_CSV, TOOL_HEX, data, size, pieces[i]);
        assert_string_equal(text, csv);
        free(text);
    }
}

/* The text is a value of these octets. */
static void parses(const struct tool_column *c, const char *text, const void *data, size_t size)
{
    struct tool_text out = {0};
    struct tool_failure f = {0};

    if (!tool_value_parse(c, TOOL_HEX, text, strlen(text), &out, &f))
        fail_msg("%s: %s", text, f.text);
    assert_int_equal(out.size, size);
    if (size > 0)
        assert_memory_equal(out.data, data, size);
    tool_text_fini(&out);
}

static void refused(const struct tool_column *c, const char *text)
{
    struct tool_text out = {0};
    struct tool_failure f = {0};

    assert_false(tool_value_parse(c, TOOL_HEX, text, strlen(text), &out, &f));
    assert_non_null(strstr(f.text, "the column "));
    tool_text_fini(&out);
}

static void test_integers(void **state)
{
    static const struct {
        JET_COLTYP type;
        const char *least, *most, *below, *above;
    } t[] = {
        {JET_coltypUnsignedByte, "0", "255", "-1", "256"},
        {JET_coltypShort, "-32768", "32767", "-32769", "32768"},
        {JET_coltypUnsignedShort, "0", "65535", "-1", "65536"},
        {JET_coltypLong, "-2147483648", "2147483647", "-2147483649", "2147483648"},
        {JET_coltypUnsignedLong, "0", "4294967295", "-1", "4294967296"},
        {JET_coltypLongLong, "-9223372036854775808", "9223372036854775807", "-9223372036854775809",
         "9223372036854775808"},
        {JET_coltypCurrency, "-9223372036854775808", "9223372036854775807", "-9223372036854775809",
         "9223372036854775808"},
        {JET_coltypUnsignedLongLong, "0", "18446744073709551615", "-1", "18446744073709551616"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct tool_column c = {.name = "n", .type = t[i].type};
        const char *const good[] = {t[i].least, t[i].most};
        const char *const bad[] = {t[i].below, t[i].above, "",   "-",  "+",
                                   "x",        "1x",       "0x", "1 ", " 1"};

        for (size_t k = 0; k < 2; k++) {
            struct tool_text out = {0};
            struct tool_failure f = {0};

            assert_true(tool_value_parse(&c, TOOL_HEX, good[k], strlen(good[k]), &out, &f));
            assert_int_equal(out.size, tool_type_size(c.type));
            prints(&c, out.data, out.size, good[k], good[k]);
            tool_text_fini(&out);
        }
        for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
            refused(&c, bad[k]);
        parses(&c, "0x7f", "\x7f\0\0\0\0\0\0\0", tool_type_size(c.type));
    }
}

static void test_floats(void **state)
{
    struct tool_column d = {.name = "n", .type = JET_coltypIEEEDouble};
    struct tool_column s = {.name = "n", .type = JET_coltypIEEESingle};
    double values[] = {0.1, -0.0, 5e-324, 1.7976931348623157e308, 1.0 / 3};
    uint64_t nan_bits = 0xfff8000000000123;

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char *text = printed(&d, TOOL_STYLE_JSON, TOOL_HEX, &values[i], 8, 8);

        parses(&d, text, &values[i], 8);
        free(text);
    }
    prints(&d, &nan_bits, 8, "\"bits:230100000000f8ff\"", "bits:230100000000f8ff");
    parses(&d, "bits:230100000000f8ff", &nan_bits, 8);
    prints(&s, &(float){0.1f}, 4, "0.100000001", "0.100000001");
    refused(&d, "bits:2301");
    refused(&s, "bits:230100000000f8ff");
    refused(&d, "1.5x");
    refused(&d, "");
}

static void test_dates(void **state)
{
    static const struct {
        const char *text;
        double days;
    } known[] = {
        {"1899-12-30T00:00:00.000", 0},       {"1899-12-31T00:00:00.000", 1},
        {"1970-01-01T00:00:00.000", 25569},   {"2000-02-29T12:00:00.000", 36585.5},
        {"1899-12-29T06:00:00.000", -1.25},   {"9999-12-31T00:00:00.000", 2958465},
        {"0100-01-01T00:00:00.000", -657434},
    };
    struct tool_column c = {.name = "d", .type = JET_coltypDateTime};
    char text[TOOL_DATE_SIZE];
    int64_t filetime = 0x01d9a2b3c4d5e6f7;

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_true(tool_date_print(known[i].days, text));
        assert_string_equal(text, known[i].text);
        parses(&c, known[i].text, &known[i].days, 8);
    }
    parses(&c, "2000-02-29 12:00:00", &known[3].days, 8);
    parses(&c, "1970-01-01", &known[2].days, 8);
    assert_false(tool_date_print(41000.123456789, text)); /* would be rounded */
    assert_false(tool_date_print(NAN, text));
    assert_false(tool_date_print(1e9, text));
    for (int i = 0; i < 2; i++) { /* a FILETIME in disguise comes back */
        char *as = printed(&c, TOOL_STYLE_CSV, TOOL_HEX, &filetime, 8, 8);

        parses(&c, as, &filetime, 8);
        free(as);
        filetime = -filetime;
    }
    refused(&c, "2000-13-01");
    refused(&c, "2000-01-01T24:00:00");
    refused(&c, "2000-01-01T10:00:00.5");
    refused(&c, "2000-01-01x");
}

static void test_text(void **state)
{
    struct tool_column w = {.name = "t", .type = JET_coltypLongText, .code_page = 1200};
    struct tool_column a = {.name = "t", .type = JET_coltypText, .code_page = 1252};

    (void)state;
    prints(&w, "a\0\"\0\n\0\x3d\xd8\x00\xde\0\0", 12, "\"a\\\"\\n\xf0\x9f\x98\x80\\u0000\"",
           (const char[]){"\"a\"\"\n\xf0\x9f\x98\x80"});
    prints(&w,
           "\x3d\xd8"
           "a\0\x00\xde",
           6, "\"\\ud83da\\ude00\"",
           "\"\xed\xa0\xbd"
           "a\xed\xb8\x80\"");
    prints(&w, "\x3d\xd8", 2, "\"\\ud83d\"", "\"\xed\xa0\xbd\"");
    prints(&w, "a\0b", 3, "{\"hex\": \"610062\"}", "610062");
    prints(&w, "", 0, "\"\"", "\"\"");
    prints(&a, "\x80\x81\xff", 3, "\"\xe2\x82\xac\xc2\x81\xc3\xbf\"",
           "\"\xe2\x82\xac\xc2\x81\xc3\xbf\"");
    parses(&a, "\xe2\x82\xac\xc2\x81\xc3\xbf", "\x80\x81\xff", 3);
    parses(&w, "\xf0\x9f\x98\x80", "\x3d\xd8\x00\xde", 4);
    parses(&w, "\xed\xa0\xbd", "\x3d\xd8", 2);
    refused(&a, "\xe2\x82\xad");
    refused(&w, "\xff");
    refused(&w, "\xc0\x80");
    refused(&w, "\xf4\x90\x80\x80");
    refused(&w, "\xe2\x82");
}

static void test_others(void **state)
{
    static const unsigned char guid[16] = {0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66,
                                           0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    struct tool_column g = {.name = "g", .type = JET_coltypGUID};
    struct tool_column b = {.name = "b", .type = JET_coltypLongBinary};
    struct tool_column bit = {.name = "b", .type = JET_coltypBit};
    struct tool_text out = {0};

    (void)state;
    prints(&g, guid, 16, "\"00112233-4455-6677-8899-aabbccddeeff\"",
           "00112233-4455-6677-8899-aabbccddeeff");
    parses(&g, "00112233-4455-6677-8899-AABBCCDDEEFF", guid, 16);
    refused(&g, "00112233-4455-6677-8899-aabbccddeef");
    refused(&g, "00112233-4455-6677-8899-aabbccddeefg");
    refused(&g, "001122334-455-6677-8899-aabbccddeeff");
    prints(&b, "\0\xff", 2, "\"00ff\"", "00ff");
    prints(&b, "", 0, "\"\"", "\"\"");
    refused(&b, "0");
    refused(&b, "0g");
    prints(&bit, "\xff", 1, "true", "true");
    parses(&bit, "1", "\xff", 1);
    parses(&bit, "false", "\0", 1);
    refused(&bit, "yes");
    for (size_t n = 0; n < 7; n++) { /* base64 of every remainder, in pieces of any size */
        for (size_t piece = 1; piece < 5; piece++) {
            char *text = printed(&b, TOOL_STYLE_TABLE, TOOL_BASE64,
                                 "\xfb\xff"
                                 "abcde",
                                 n, piece);

            out.size = 0;
            assert_int_equal(strlen(text), (n + 2) / 3 * 4);
            assert_true(tool_base64_parse(text, strlen(text), &out));
            assert_int_equal(out.size, n);
            if (n > 0)
                assert_memory_equal(out.data,
                                    "\xfb\xff"
                                    "abcde",
                                    n);
            free(text);
        }
    }
    assert_false(tool_base64_parse("A", 1, &out));
    assert_false(tool_base64_parse("A*==", 4, &out));
    tool_text_fini(&out);
}

/* ---- words and definitions ---- */

static enum tool_words_result split(struct arena *a, const char *line, struct tool_words *w)
{
    struct tool_failure f = {0};

    return tool_words_split(a, line, w, &f);
}

static void test_words(void **state)
{
    struct tool_words w = {0};
    struct arena a;
    uint32_t n = 0;
    struct tool_failure f = {0};

    (void)state;
    arena_init(&a, NULL, 0);
    assert_int_equal(split(&a, " a=\"x \\\"\\x00\\u20ac\" ('b\\c',-12) # no", &w), TOOL_WORDS_OK);
    assert_int_equal(w.count, 8);
    assert_int_equal(w.list[2].size, 7);
    assert_memory_equal(w.list[2].text, "x \"\0\xe2\x82\xac", 8);
    assert_string_equal(w.list[4].text, "b\\c");
    assert_false(tool_word_accept(&w, "b"));
    assert_true(tool_word_accept(&w, "A"));
    assert_true(tool_word_expect(&w, "=", &f));
    assert_false(tool_word_accept(&w, "x")); /* quoted words are no keywords */
    w.at = 6;
    assert_false(tool_word_number(&w, "a number", &n, &f));
    assert_int_equal(split(&a, "a \"b", &w), TOOL_WORDS_INCOMPLETE);
    assert_int_equal(split(&a, "a (b", &w), TOOL_WORDS_INCOMPLETE);
    assert_int_equal(split(&a, "a \"b\\", &w), TOOL_WORDS_INCOMPLETE);
    assert_int_equal(split(&a, "\"\\q\"", &w), TOOL_WORDS_BAD);
    assert_int_equal(split(&a, "\"\\x4\"", &w), TOOL_WORDS_BAD);
    assert_int_equal(split(&a, "  # only", &w), TOOL_WORDS_OK);
    assert_int_equal(w.count, 0);
    assert_int_equal(tool_word_take(&w)->size, 0);
    assert_int_equal(tool_word_take(&w)->size, 0); /* the end stays the end */
    arena_fini(&a);
}

static void test_definitions(void **state)
{
    static const char text[] = "    id longlong not null autoincrement,\n"
                               "    name text(40) ascii default \"x\\\"y\",\n"
                               "    \"odd name\" longtext multi,\n"
                               "    \"index\" binary(8) fixed,\n"
                               "    primary index pk (id),\n"
                               "    unique index u (name, -\"odd name\") no null key 500,\n"
                               "    index i (-id) ignore any null nulls high cross\n";
    struct tool_table t = {.name = "t"};
    struct tool_failure f = {0};
    struct tool_words w = {0};
    struct arena a;
    char *again = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&again, &size);

    (void)state;
    arena_init(&a, NULL, 0);
    assert_int_equal(split(&a, text, &w), TOOL_WORDS_OK);
    if (!tool_define_table(&w, &t, &f))
        fail_msg("%s", f.text);
    assert_int_equal(w.at, w.count);
    assert_int_equal(t.column_count, 4);
    assert_int_equal(t.columns[0].grbit, JET_bitColumnNotNULL | JET_bitColumnAutoincrement);
    assert_int_equal(t.columns[2].grbit, JET_bitColumnMultiValued | JET_bitColumnTagged);
    assert_int_equal(t.index_count, 3);
    assert_true(t.indexes[1].segments[1].descending);
    assert_int_equal(t.indexes[1].key_most, 500);
    tool_define_print(out, &t, "    ");
    assert_int_equal(fclose(out), 0);
    assert_string_equal(again, text);
    free(again);
    tool_table_fini(&t);
    arena_fini(&a);
}

/* ---- files ---- */

static struct tool_column file_columns[] = {
    {.name = "a", .type = JET_coltypLong},
    {.name = "b", .type = JET_coltypText, .code_page = 1200},
};
static const struct tool_table file_table = {
    .name = "t", .columns = file_columns, .column_count = 2};

/* What a reader makes of a text, record by record: "a=1,b=x|!|" */
static void reads(const char *text, size_t size, bool json, const char *wanted)
{
    struct load_source s = {.in = fmemopen((void *)(uintptr_t)text, size, "r"),
                            .name = "x",
                            .line = 1,
                            .table = &file_table,
                            .separator = ','};
    struct load_record r = {0};
    struct tool_failure f = {0};
    char got[500] = "";
    enum load_result result = LOAD_ROW;

    assert_non_null(s.in);
    assert_true(json || load_csv_begin(&s, NULL, true, &f));
    while ((result = json ? load_json_read(&s, &r, &f) : load_csv_read(&s, &r, &f)) != LOAD_END) {
        assert_int_not_equal(result, LOAD_FAILED);
        for (size_t i = 0; result == LOAD_ROW && i < r.count; i++) {
            struct load_value *v = &r.values[i];
            size_t n = strlen(got);

            (void)snprintf(got + n, sizeof got - n, "%s%c%.*s", v->column->name,
                           v->kind == LOAD_NULL  ? '0'
                           : v->kind == LOAD_HEX ? 'x'
                                                 : '=',
                           (int)v->size, r.text.data != NULL ? r.text.data + v->at : "");
        }
        (void)strcat(got, result == LOAD_ROW ? "|" : "!");
    }
    assert_string_equal(got, wanted);
    load_record_fini(&r);
    mem_free(s.fields);
    tool_text_fini(&s.json);
    assert_int_equal(fclose(s.in), 0);
}

static void test_files(void **state)
{
#define CSV(text, wanted)  reads(text, sizeof text - 1, false, wanted)
#define JSON(text, wanted) reads(text, sizeof text - 1, true, wanted)

    (void)state;
    CSV("a,b\n1,x\n", "a=1b=x|");
    CSV("b,a\r\nx,1\r\n\r\n\"\",", "b=xa=1|b=a0|");
    CSV("a,b\n1,\"x\"\"\ny,\"\n2,z\n", "a=1b=x\"\ny,|a=2b=z|");
    CSV("a,b\n1\n1,2,3\n\"1\"x,2\n3,4\n5,\"open", "!!!a=3b=4|!");
    CSV("a,\n1,skipped", "a=1|");
    JSON("{\"a\": 1, \"b\": \"\\u0041\\ud83d\\ude00\\n\"}\n\n{}\n", "a=1b=A\xf0\x9f\x98\x80\n||");
    JSON("{\"a\":null,\"b\":[\"x\",{\"hex\":\"00\"}]}", "a0b=xbx00|");
    JSON("{\"a\":-1.5e3}\n{\"a\":true}\n", "a=-1.5e3|a=true|");
    JSON("{\"a\":1,}\n{\"a\" 1}\n{a:1}\n[]\n1\n{\"a\":tru}\n{\"a\":\"\\ud8\"}\n{\"a\":\"\\q\"}\n",
         "!!!!!!!!");
    JSON("{\"a\":{\"x\":1}}\n{\"a\":[[]]}\n{\"a\":1}{}\n{\"a\":\"\n{\"c\":1}\n{\"a\":1,\"a\":2}\n",
         "!!!!!!");
    JSON("{\"\\u0000\":1}\n{\"a\":\"\0\"}\n", "!!");
}

/* Any octets at all: told as bad, or read, never worse. */
static void test_any_octets(void **state)
{
    static const char alphabet[] = "{}[]\":,\\u0dab1-.en \t\r\n\"\"\0\xed\xa0\xf0";
    unsigned seed = 1;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        char text[60];
        size_t size = (size_t)rand_r(&seed) % sizeof text + 1;
        struct load_source s = {.name = "x", .line = 1, .table = &file_table, .separator = ','};
        struct load_record r = {0};
        struct tool_failure f = {0};
        struct tool_words w = {0};
        struct arena a;
        bool json = round % 2 == 0;

        for (size_t i = 0; i < size; i++)
            text[i] = alphabet[(size_t)rand_r(&seed) % (sizeof alphabet - 1)];
        s.in = fmemopen(text, size, "r");
        assert_non_null(s.in);
        if (json || load_csv_begin(&s, "a,b", false, &f))
            while ((json ? load_json_read(&s, &r, &f) : load_csv_read(&s, &r, &f)) < LOAD_END)
                continue;
        assert_int_equal(fclose(s.in), 0);
        load_record_fini(&r);
        mem_free(s.fields);
        tool_text_fini(&s.json);
        text[size - 1] = '\0';
        arena_init(&a, NULL, 0);
        (void)!tool_words_split(&a, text, &w, &f);
        arena_fini(&a);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),    cmocka_unit_test(test_floats),
        cmocka_unit_test(test_dates),       cmocka_unit_test(test_text),
        cmocka_unit_test(test_others),      cmocka_unit_test(test_words),
        cmocka_unit_test(test_definitions), cmocka_unit_test(test_files),
        cmocka_unit_test(test_any_octets),
    };

    return cmocka_run_group_tests_name("tool-jet", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * record_test.c - records of both forms, by hand-made bytes
 */
#include "ese/format/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct ese_column id = {.id = 1, .record_offset = 4, .size_max = 4};
static const struct ese_column flag = {.id = 2, .record_offset = 8, .size_max = 1};
static const struct ese_column added = {.id = 3, .record_offset = 9, .size_max = 2};
static const struct ese_column name = {.id = 128}, nick = {.id = 129}, late = {.id = 130};
static const struct ese_column note = {.id = 256}, inherited = {.id = 256, .derived = true};
static const struct ese_column pair = {.id = 257}, list = {.id = 258}, none = {.id = 259};

/* id = 7, flag NULL; name "ab", nick NULL; inherited "x"; note a compressed long value; pair "p",
 * ""; list "one", a separated value, "three"; none NULL. */
static const uint8_t
    small[] =
        {
            2, 129, 10,  0,    7,   0,   0,    0,    '*',  0xfe, /* fixed, bitmap */
            2, 0,   2,   0x80, 'a', 'b',                         /* variable */
            0, 1,   20,  0x80, 0,   1,   21,   0x40, 1,    1,    24,  0x40,
            2, 1,   27,  0x40, /* tagged */
            3, 1,   50,  0x20, 'x', 3,   0x08, 0x61, 0x18, 1,    'p', 0x08,
            6, 0,   9,   0x80, 13,  0,   'o',  'n',  'e',  5,    0,   0,
            0, 't', 'h', 'r',  'e', 'e', '.',  '.',  '.',  '.',
};

static struct ese_field get(const struct ese_record *r, const struct ese_column *c)
{
    struct ese_field f;

    assert_int_equal(ese_record_field(r, c, &f), ESE_FORMAT_OK);
    return f;
}

static void expect(const struct ese_field *f, uint32_t i, const char *bytes, bool separated,
                   bool compressed)
{
    struct ese_value v;

    assert_int_equal(f->presence, ESE_PRESENT);
    assert_int_equal(ese_field_value(f, i, &v), ESE_FORMAT_OK);
    assert_int_equal(v.size, strlen(bytes));
    assert_memory_equal(v.data, bytes, v.size);
    assert_int_equal(v.separated, separated);
    assert_int_equal(v.compressed, compressed);
}

static void every_kind_of_column_is_found(void **state)
{
    struct ese_record r;
    struct ese_field f;
    struct ese_value v;

    (void)state;
    assert_int_equal(ese_record_open(&r, small, sizeof small, ESE_RECORD_SMALL), ESE_FORMAT_OK);
    f = get(&r, &id);
    assert_int_equal(ese_field_value(&f, 0, &v), ESE_FORMAT_OK);
    assert_memory_equal(v.data, "\7\0\0\0", 4);
    assert_int_equal(get(&r, &flag).presence, ESE_NULL);
    assert_int_equal(get(&r, &added).presence, ESE_ABSENT);
    f = get(&r, &name);
    expect(&f, 0, "ab", false, false);
    assert_int_equal(get(&r, &nick).presence, ESE_NULL);
    assert_int_equal(get(&r, &late).presence, ESE_ABSENT);
    f = get(&r, &inherited);
    expect(&f, 0, "x", false, false);
    f = get(&r, &note);
    expect(&f, 0, "\x08\x61", false, true);
    f = get(&r, &pair);
    assert_int_equal(f.count, 2);
    expect(&f, 0, "p", false, false);
    expect(&f, 1, "", false, false);
    f = get(&r, &list);
    assert_int_equal(f.count, 3);
    expect(&f, 0, "one", false, false);
    assert_int_equal(ese_field_value(&f, 1, &v), ESE_FORMAT_OK);
    assert_true(v.separated && v.size == 4);
    expect(&f, 2, "three....", false, false);
    assert_int_equal(ese_field_value(&f, 3, &v), ESE_FORMAT_BAD_VALUE);
    assert_int_equal(get(&r, &none).presence, ESE_NULL);
}

static void tagged_columns_are_listed_in_order(void **state)
{
    static const struct ese_column *const want[] = {&inherited, &note, &pair, &list, &none};
    struct ese_record r;
    struct ese_field f;
    uint16_t number = 0;
    bool derived = false;

    (void)state;
    assert_int_equal(ese_record_open(&r, small, sizeof small, ESE_RECORD_SMALL), ESE_FORMAT_OK);
    assert_int_equal(r.tagged_count, 5);
    for (uint16_t i = 0; i < 5; i++) {
        memset(&f, 0xff, sizeof f);
        assert_int_equal(ese_record_tagged_at(&r, i, &number, &derived, &f), ESE_FORMAT_OK);
        assert_int_equal(number, want[i]->id);
        assert_int_equal(derived, want[i]->derived);
        assert_true(f.presence == (i == 4 ? ESE_NULL : ESE_PRESENT));
        assert_true(f.presence == ESE_PRESENT || (f.count == 0 && f.flags == 0));
    }
    assert_int_equal(ese_record_tagged_at(&r, 5, &number, &derived, &f), ESE_FORMAT_BAD_VALUE);
}

/* Takes a record apart by the schema above and writes it in the given form. */
static size_t rewrite(const struct ese_record *r, enum ese_record_form form, uint8_t *out,
                      size_t room, enum ese_format_status *ret_status)
{
    const struct ese_column *all[] = {&id,   &flag, &name, &nick, &inherited,
                                      &note, &pair, &list, &none};
    struct ese_field_input in[9];
    struct ese_value values[9][3];
    struct ese_record_input record = {.form = form,
                                      .last_fixed = 2,
                                      .last_variable = 129,
                                      .fixed_end = 9,
                                      .fields = in,
                                      .field_count = 9};
    size_t size = 0;

    for (size_t i = 0; i < 9; i++) {
        struct ese_field f = get(r, all[i]);

        in[i] = (struct ese_field_input){.id = all[i]->id,
                                         .derived = all[i]->derived,
                                         .is_long = (f.flags & ESE_TAGGED_LONG_VALUE) != 0,
                                         .record_offset = all[i]->record_offset,
                                         .value_count = f.count,
                                         .values = values[i]};
        for (uint32_t k = 0; k < f.count; k++)
            assert_int_equal(ese_field_value(&f, k, &values[i][k]), ESE_FORMAT_OK);
    }
    *ret_status = ese_record_encode(&record, out, room, &size);
    return size;
}

static void both_forms_hold_the_same(void **state)
{
    enum ese_format_status s;
    struct ese_record r, large;
    uint8_t out[200], back[200];
    size_t size;

    (void)state;
    assert_int_equal(ese_record_open(&r, small, sizeof small, ESE_RECORD_SMALL), ESE_FORMAT_OK);
    size = rewrite(&r, ESE_RECORD_SMALL, out, sizeof out, &s);
    assert_int_equal(s, ESE_FORMAT_OK);
    assert_int_equal(size, sizeof small);
    assert_memory_equal(out, small, size);
    size = rewrite(&r, ESE_RECORD_LARGE, out, sizeof out, &s);
    assert_int_equal(s, ESE_FORMAT_OK);
    assert_int_equal(size, sizeof small + 2); /* flag bytes of what had none: "x" and NULL */
    assert_int_equal(ese_record_open(&large, out, size, ESE_RECORD_LARGE), ESE_FORMAT_OK);
    size = rewrite(&large, ESE_RECORD_SMALL, back, sizeof back, &s);
    assert_int_equal(s, ESE_FORMAT_OK);
    assert_int_equal(size, sizeof small);
    assert_memory_equal(back, small, size);
    for (size_t room = 0; room < sizeof small; room++) {
        (void)rewrite(&r, ESE_RECORD_SMALL, out, room, &s);
        assert_int_equal(s, ESE_FORMAT_NO_ROOM);
    }
}

static void broken_frames_are_refused(void **state)
{
    static const struct {
        const char *what;
        size_t at;
        uint8_t value;
    } breaks[] = {
        {"fixed columns beyond 127", 0, 128},
        {"variable columns before 127", 1, 126},
        {"no room for the bitmap", 2, 4},
        {"bitmap beyond the end", 3, 0x10},
        {"variable columns beyond the end", 1, 255},
        {"variable ends that fall", 12, 1},
        {"variable bytes beyond the end", 12, 0xff},
        {"tagged array of odd size", 18, 19},
        {"tagged array beyond the end", 18, 80},
        {"tagged array of nothing", 18, 0},
        {"tagged offsets that fall", 22, 19},
        {"tagged columns out of order", 25, 0},
        {"a tagged column with the number of a variable one", 21, 0},
        {"the same tagged column twice", 24, 0},
        {"derived after own", 23, 0xc0},
        {"a tagged value beyond the end", 34, 60},
    };
    uint8_t copy[sizeof small];
    struct ese_record r;

    (void)state;
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        memcpy(copy, small, sizeof small);
        copy[breaks[i].at] = breaks[i].value;
        if (breaks[i].at == 23) /* the first one's own bit goes, too */
            copy[19] = 0;
        if (ese_record_open(&r, copy, sizeof copy, ESE_RECORD_SMALL) != ESE_FORMAT_CORRUPT)
            fail_msg("%s", breaks[i].what);
    }
    for (size_t size = 0; size < 36; size++)
        if (size != 16) /* where the tagged area begins: without it, a sound record */
            assert_int_equal(ese_record_open(&r, small, size, ESE_RECORD_SMALL),
                             ESE_FORMAT_CORRUPT);
}

static void broken_values_are_refused(void **state)
{
    static const struct {
        const struct ese_column *column;
        size_t at;
        uint8_t value;
    } breaks[] = {
        {&pair, 41, 2},  /* the first of two is longer than both */
        {&list, 44, 0},  /* no offsets */
        {&list, 44, 5},  /* half an offset */
        {&list, 44, 40}, /* more offsets than bytes */
        {&list, 46, 3},  /* offsets that fall */
    };
    static const struct ese_column beyond = {.id = 2, .record_offset = 8, .size_max = 100};
    static const struct ese_column before = {.id = 1, .record_offset = 3, .size_max = 4};
    static const struct ese_column zero = {.id = 0};
    uint8_t copy[sizeof small];
    struct ese_record r;
    struct ese_field f;

    (void)state;
    memcpy(copy, small, sizeof small);
    copy[9] = 0xfc; /* flag is no longer NULL */
    assert_int_equal(ese_record_open(&r, copy, sizeof copy, ESE_RECORD_SMALL), ESE_FORMAT_OK);
    assert_int_equal(ese_record_field(&r, &beyond, &f), ESE_FORMAT_CORRUPT);
    assert_int_equal(ese_record_field(&r, &before, &f), ESE_FORMAT_CORRUPT);
    assert_int_equal(ese_record_field(&r, &zero, &f), ESE_FORMAT_BAD_VALUE);
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        memcpy(copy, small, sizeof small);
        copy[breaks[i].at] = breaks[i].value;
        assert_int_equal(ese_record_open(&r, copy, sizeof copy, ESE_RECORD_SMALL), ESE_FORMAT_OK);
        assert_int_equal(ese_record_field(&r, breaks[i].column, &f), ESE_FORMAT_CORRUPT);
    }
}

static void fields_that_cannot_be_are_not_written(void **state)
{
    static const struct ese_value v[2] = {{.data = (const uint8_t *)"ab", .size = 2}};
    static const struct ese_field_input order[] = {{.id = 257}, {.id = 256}};
    static const struct ese_field_input twice[] = {{.id = 128}, {.id = 128}};
    static const struct ese_field_input beyond[] = {{.id = 130}};
    static const struct ese_field_input wide[] = {
        {.id = 1, .record_offset = 4, .value_count = 1, .values = v}};
    static const struct ese_field_input many[] = {{.id = 128, .value_count = 2, .values = v}};
    const struct {
        const struct ese_field_input *fields;
        size_t count;
    } wrong[] = {{order, 2}, {twice, 2}, {beyond, 1}, {wide, 1}, {many, 1}};
    uint8_t out[100];
    size_t size;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ese_record_input in = {.form = ESE_RECORD_SMALL,
                                      .last_fixed = 1,
                                      .last_variable = 129,
                                      .fixed_end = 5,
                                      .fields = wrong[i].fields,
                                      .field_count = wrong[i].count};

        assert_int_equal(ese_record_encode(&in, out, sizeof out, &size), ESE_FORMAT_BAD_VALUE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_column_is_found),
        cmocka_unit_test(tagged_columns_are_listed_in_order),
        cmocka_unit_test(both_forms_hold_the_same),
        cmocka_unit_test(broken_frames_are_refused),
        cmocka_unit_test(broken_values_are_refused),
        cmocka_unit_test(fields_that_cannot_be_are_not_written),
    };

    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}

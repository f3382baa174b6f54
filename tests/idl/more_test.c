/* SPDX-License-Identifier: Apache-2.0
 *
 * more_test.c - constructs that meet in less common ways
 *
 * Scenarios are calls of more.idl; scenario.h says what is done to them.
 */
#include "more.h"

#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>

static int here;
#define B        ((handle_t)&here)
#define CHECK(x) SCENARIO_CHECK(x)

static void u(void *p)
{
    midl_user_free(p);
}

static void free_item(item *i)
{
    if (i->kind == WORDS)
        u(i->u.words);
    if (i->kind == LINK)
        u(i->u.link);
}

static void items_scenario(void)
{
    char words[] = "hey";
    int32_t link = 4, r;
    item items[4] = {{NUMBER, {.number = 6}},
                     {WORDS, {.words = words}},
                     {LINK, {.link = &link}},
                     {(sort)9, {.number = 0}}};

    r = Items(B, 4, items);
    if (loop.status != 0) {
        assert_true(items[1].u.words == words && items[2].u.link == &link);
        return;
    }
    CHECK(r == 4 && items[0].u.number == 6 && strcmp(items[1].u.words, "hey") == 0);
    CHECK(*items[2].u.link == 4 && items[3].kind == (sort)9);
    for (size_t i = 0; i < 4; i++)
        free_item(&items[i]);
}

static void table_scenario(void)
{
    item items[2] = {{NUMBER, {.number = 6}}, {LINK, {.link = NULL}}};
    int32_t always = 11, r;
    table t = {2, items, &always};

    r = Table(B, &t);
    if (loop.status != 0) {
        assert_true(t.items == items && t.always == &always && t.count == 2 && always == 11);
        return;
    }
    CHECK(r == 11 && t.items[0].u.number == 6 && *t.always == 11);
    for (uint32_t i = 0; t.items != NULL && i < t.count; i++)
        free_item(&t.items[i]);
    u(t.items);
    if (t.always != &always)
        u(t.always);
}

static void named_scenario(void)
{
    struct {
        named n;
        holdfast_wchar room[8];
    } n;
    struct {
        wrapped w;
        holdfast_wchar room[8];
    } w;
    named *made = NULL;
    int32_t r;

    memset(&n, 0, sizeof n);
    memset(&w, 0, sizeof w);
    n.n.id = 1;
    n.n.name[0] = 'a';
    (&n.n.name[0])[1] = 'b';
    w.w.flag = 2;
    w.w.inner.id = 3;
    w.w.inner.name[0] = 'c';
    r = Named(B, &n.n, &w.w, &made);
    CHECK(r == 2 && n.n.name[0] == 'N' && made->id == 5 && made->name[0] == 'q');
    if (loop.status != 0)
        assert_null(made);
    u(made);
}

static void free_cells(cell *first, cell *second, cell *const *own)
{
    cell *stack[64], *seen[64];
    int16_t *data[64];
    size_t depth = 2, count = 0, data_count = 0;

    stack[0] = first;
    stack[1] = second;
    while (depth > 0) {
        cell *at = stack[--depth];
        bool known = at == NULL;

        for (size_t i = 0; i < count && !known; i++)
            known = seen[i] == at;
        if (known || count == 60)
            continue;
        seen[count++] = at;
        stack[depth++] = at->link;
        known = at->data == NULL;
        for (size_t i = 0; i < data_count && !known; i++)
            known = data[i] == at->data;
        if (!known)
            data[data_count++] = at->data;
    }
    for (size_t i = 0; i < data_count; i++)
        if ((void *)data[i] != (void *)own[3])
            u(data[i]);
    for (size_t i = 0; i < count; i++)
        if (seen[i] != own[0] && seen[i] != own[1] && seen[i] != own[2])
            u(seen[i]);
}

static void cells_scenario(void)
{
    int16_t shorts[3] = {1, 2, 3};
    cell third = {3, NULL, 0, NULL}, second = {2, &third, 2, shorts};
    cell first = {1, &second, 2, shorts}, *pc = &second;
    unsigned char bytes[2] = {7, 8};
    cell *own[4] = {&first, &second, &third, (cell *)(void *)shorts};
    int32_t n = 2, r;

    second.link = &first; /* a circle */
    r = Cells(B, &first, &pc, &n, bytes);
    if (loop.status != 0) {
        assert_true(first.link == &second && second.link == &first && pc == &second);
        assert_true(first.data == shorts && second.data == shorts && first.n == 2);
        return;
    }
    CHECK(r == 55 && first.link == &second && pc == &second && first.data == shorts);
    free_cells(&first, pc, own);
}

static void tagged_scenario(void)
{
    char words[] = "four";
    tagged t = {WORDS, {.s = words}}, copy, r;

    memset(&copy, 0, sizeof copy);
    r = Tagged(B, t, &copy);
    CHECK(r.kind == LINK && copy.kind == NUMBER && copy.tagged_union.n == 4);
    if (loop.status == 0) {
        if (r.kind == WORDS)
            u(r.tagged_union.s);
        if (copy.kind == WORDS)
            u(copy.tagged_union.s);
    } else {
        assert_true(copy.kind != WORDS || copy.tagged_union.s == NULL);
    }
}

static void matrix_scenario(void)
{
    struct {
        matrix m;
        int32_t room[6];
    } m, o;
    int32_t r;

    memset(&m, 0, sizeof m);
    memset(&o, 0, sizeof o);
    m.m.rows = 2;
    m.m.cells[0][1] = 5;
    (&m.m.cells[0])[1][2] = 6;
    o.m.rows = 1;
    o.m.cells[0][2] = 8;
    r = Matrix(B, &m.m, &o.m);
    CHECK(r == 2 && m.m.cells[0][1] == 5 && (&m.m.cells[0])[1][2] == 6 && o.m.cells[0][2] == 9);
}

static void optional_scenario(void)
{
    int32_t p[2] = {1, 2}, r;
    char s[] = "text";
    item i = {NUMBER, {.number = 3}};

    r = Optional(B, p, 2, s, &i);
    CHECK(r == 7 && p[0] == -2 && strcmp(s, "!ext") == 0 && i.u.number == 3);
    if (loop.status == 0)
        free_item(&i);
}

static void optional_null(void)
{
    int32_t r = Optional(B, NULL, 0, NULL, NULL);

    CHECK(r == 0);
}

static void uniform_scenario(void)
{
    char one[] = "1";
    union which w[2] = {{.s = one}, {.s = NULL}};
    int32_t r = Uniform(B, 2, w, 2);

    CHECK(r == 2);
}

/* rpc-wire 10: [ms_union] pads the tag to the largest of all arms, in each element. */
static void padded_scenario(void)
{
    union padded p[2] = {{.l = 7}, {.l = 9}};
    int32_t r = Padded(B, 2, p, NORTH);

    CHECK(r == 16);
}

extern unsigned where_bound, where_unbound; /* of the server's file, which fuzz targets have, too */

/* The leftmost binds; it is sent, too. */
static void where_scenario(void)
{
    int32_t r = Where(9, 4);

    CHECK(r == 5);
}

static void nameless_scenario(void)
{
    event e = {.kind = 3, .after = HIGH};
    int32_t r;

    e.x = 5;
    e.y = 6;
    r = Nameless(B, &e);
    CHECK(r == 11 && e.kind == 3 && e.x == 6 && e.y == 5 && e.after == EVERY);
}

static void out_structs(void)
{
    table t[2];
    int32_t got = 0, r;

    memset(t, 0, sizeof t);
    r = OutStructs(B, 2, t, &got);
    if (loop.status != 0) {
        assert_true(t[0].items == NULL && t[0].always == NULL && t[1].items == NULL);
        return;
    }
    CHECK(r == 2 && got == 1 && t[0].items[0].u.number == 3 && *t[0].always == 9);
    for (size_t k = 0; k < 2; k++) {
        for (uint32_t i = 0; t[k].items != NULL && i < t[k].count; i++)
            free_item(&t[k].items[i]);
        u(t[k].items);
        u(t[k].always);
    }
}

static void out_strings(void)
{
    char *s[3] = {NULL, NULL, NULL};
    STRING r = OutStrings(B, 3, s);

    CHECK(strcmp(r, "done") == 0 && strcmp(s[0], "zero") == 0 && s[1] == s[0] && s[2] == NULL);
    if (loop.status != 0)
        assert_true(r == NULL && s[0] == NULL && s[1] == NULL && s[2] == NULL);
    u(r);
    u(s[0]);
    if (s[1] != s[0])
        u(s[1]);
    if (s[2] != s[0] && s[2] != s[1])
        u(s[2]);
}

static void chain_scenario(void)
{
    int32_t one = 1, **deep = NULL;
    LINK_P p = &one, r = Chain(B, &p, &deep);

    CHECK(*r == 78 && **deep == 77 && p == &one && one == 0);
    if (loop.status != 0) {
        assert_true(r == NULL && deep == NULL && p == &one);
        return;
    }
    u(r);
    if (deep != NULL && *deep != &one && *deep != r)
        u(*deep);
    if (deep != NULL)
        u(deep);
    if (p != &one)
        u(p);
}

static void strings2(void)
{
    char names[3][8] = {"a", "", "seven.."}, x[8];
    holdfast_wchar same[4] = {'s', 'o', 0, 0};

    Strings2(B, names, x, same);
    CHECK(strcmp(x, "seven77") == 0 && same[0] == 'S' && same[1] == 'o');
}

#define NONE NULL, NULL, NULL, NULL, NULL
static const struct scenario scenarios[] = {
    {"items", items_scenario,
     "04000000 04000000 0100 0100 00000000 0600000000000000 | 0200 0200 00000200"
     "0700 0700 04000200 | 0900 0900 | 04000000 00000000 04000000 68657900 | 04000000",
     NULL, NULL, NULL, NULL},
    {"table", table_scenario,
     "0200 0000 00000200 04000200 | 02000000 0100 0100 00000000 0600000000000000"
     "0700 0700 00000000 | 0b000000",
     NULL, NULL, NULL, NULL},
    {"named", named_scenario,
     "03000000 01000000 00000000 03000000 6100 6200 0000 | 0000 00000200"
     "02000000 02 000000 03000000 00000000 02000000 6300 0000",
     NULL, NULL, NULL, NULL, 4},
    {"cells", cells_scenario, NONE},
    {"tagged", tagged_scenario, "0200 0000 00000200 | 05000000 00000000 05000000 666f757200",
     "0100 0000 04000000 | 0700", NULL, NULL, NULL},
    {"matrix", matrix_scenario,
     "02000000 02000000 00000000 05000000 00000000 00000000 00000000 06000000"
     "00000200 01000000 01000000 00000000 00000000 08000000",
     NULL, NULL, NULL, NULL},
    {"optional", optional_scenario,
     "00000200 02000000 01000000 02000000 | 02000000 | 04000200 05000000 00000000 05000000"
     "7465787400 000000 | 08000200 0100 0100 00000000 0300000000000000",
     NULL, NULL, NULL, NULL},
    {"optional, NULL", optional_null, "00000000 00000000 00000000 00000000",
     "00000000 00000000 00000000 00000000", NULL, NULL, NULL},
    {"uniform", uniform_scenario,
     "02000000 02000000 02 000000 00000200 02 000000 00000000 | 02000000 00000000 02000000 3100"
     "02",
     "02000000", NULL, NULL, NULL},
    {"padded", padded_scenario,
     "02000000 02000000 | 01 00000000000000 07000000 | 01 000000 09000000 | 01", "10000000", NULL,
     NULL, NULL},
    {"where", where_scenario, "0900 0400", "05000000", NULL, NULL, NULL},
    {"nameless", nameless_scenario, "0300 0300 05000000 06000000 00000080",
     "0300 0300 06000000 05000000 ffffffff | 0b000000", NULL, NULL, NULL},
    {"out structs", out_structs, "02000000",
     "02000000 00000000 01000000 | 0100 0000 00000200 04000200 | 01000000 00000000"
     "0100 0100 00000000 0300000000000000 | 09000000 | 01000000 02000000",
     NULL, NULL, NULL},
    {"out strings", out_strings, "03000000",
     "03000000 00000200 00000200 00000000 | 05000000 00000000 05000000 7a65726f00 000000"
     "04000200 05000000 00000000 05000000 646f6e6500",
     NULL, NULL, NULL},
    {"chain", chain_scenario, "00000200 01000000",
     "00000200 00000000 | 04000200 08000200 4d000000 | 0c000200 4e000000", NULL, NULL, NULL},
    {"strings", strings2,
     "00000000 02000000 6100 0000 | 00000000 01000000 00 000000 | 00000000 08000000"
     "736576656e2e2e00 | 03000000 00000000 03000000 7300 6f00 0000",
     "08000000 00000000 08000000 736576656e373700 | 03000000 00000000 03000000 5300 6f00 0000",
     NULL, NULL, NULL},
};

static int setup(void **state)
{
    static const struct scenario_set set = {scenarios, sizeof scenarios / sizeof scenarios[0],
                                            &more_v1_0_s_ifspec};

    *state = (void *)(uintptr_t)&set;
    return 0;
}

/* However the calls before have ended. */
static void what_is_bound_is_unbound(void **state)
{
    (void)state;
    assert_true(where_bound > 10);
    assert_int_equal(where_unbound, where_bound);
}

int main(void)
{
    const struct CMUnitTest tests[] = {SCENARIO_TESTS, cmocka_unit_test(what_is_bound_is_unbound)};

    setvbuf(stdout, NULL, _IOLBF, 0);
    return cmocka_run_group_tests(tests, setup, NULL);
}

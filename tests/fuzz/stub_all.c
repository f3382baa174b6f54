/* SPDX-License-Identifier: Apache-2.0
 *
 * stub_all.c - for the fuzz target stub_call: calls of all.idl
 */
#include "stub_call.h"

#include "all.h"
#include "loop.h"

static void list(handle_t b)
{
    node second = {2, NULL}, head = {1, &second};

    for (int i = 0; i < 2 && loop.status == 0; i++)
        (void)List(b, &head);
}

static void vecs(handle_t b)
{
    int32_t room[2][4] = {{2}, {1}};
    vec *a = (vec *)(void *)room[0], *v = (vec *)(void *)room[1], *made = NULL;

    (void)Vec(b, a, v, &made);
    if (loop.status == 0 && made != NULL)
        (void)Vec(b, made, v, &made);
}

static void texts(handle_t b)
{
    holdfast_wchar wide[2] = {0xe9, 0};
    char first[2] = "a", *lines[2] = {first, NULL};
    text t = {"hi", wide, 2, lines};

    for (int i = 0; i < 2 && loop.status == 0; i++)
        Text(b, &t);
}

static void strings(handle_t b)
{
    static const holdfast_wchar wide[] = {'x', 0};
    unsigned char label[10] = "tag";
    char buffer[6] = "wxyz", *made = NULL;

    (void)Strings(b, "one", wide, buffer, sizeof buffer, &made, label);
    if (loop.status == 0 && made != NULL)
        (void)Strings(b, made, wide, buffer, sizeof buffer, &made, label);
}

static void arrays(handle_t b)
{
    int32_t three[3] = {1, 2, 3}, used = 2;
    int16_t grid[2][3] = {{1, 2, 3}, {4, 5, 6}}, part[4] = {8, 9, 0, 0};
    int64_t inout[2] = {10, -11};
    unsigned char filled[3];

    for (int i = 0; i < 2 && loop.status == 0; i++)
        (void)Arrays(b, three, grid, 2, inout, &used, part, filled);
}

static void levels(handle_t b)
{
    int32_t row[2] = {3, 4}, *rows[2] = {row, row}, count = 0;
    int16_t *made = NULL;

    (void)Levels(b, rows, 2, 2, &count, &made);
}

static void unions(handle_t b)
{
    holdfast_wchar wide[2] = {'z', 0};
    tagged t = {.kind = 2, .u = {.s = wide}};
    node n = {5, NULL}, m = {6, NULL};
    choice c = {.n = &n}, pc = {.n = &m};
    holder h = {2, {.n = &n}, &pc};

    for (int i = 0; i < 2 && loop.status == 0; i++)
        (void)Unions(b, &t, &c, 3, &h);
}

static void trees(handle_t b)
{
    tree leaf = {0, NULL, NULL}, *refs[2] = {&leaf, NULL};
    tree kids[2] = {{0, NULL, NULL}, {0, NULL, NULL}};
    tree t = {2, kids, refs};

    for (int i = 0; i < 2 && loop.status == 0; i++)
        (void)Trees(b, &t);
}

static void graphs(handle_t b)
{
    graph second = {4, NULL, NULL}, shared = {2, &second, NULL}, g = {1, &shared, &shared};

    second.right = &shared; /* a cycle */
    for (int i = 0; i < 2 && loop.status == 0; i++)
        (void)Graph(b, &g, &second);
}

static void handles(handle_t b)
{
    FILE_H f;
    NODE_H n = NULL;
    ALIAS_H a = NULL;

    f = Open(b, 1, &n, &a);
    (void)Use(f, &n, &a);
    Close(&f);
}

stub_call *const stub_all_calls[STUB_ALL_CALLS] = {list,   vecs,   texts, strings, arrays,
                                                   levels, unions, trees, graphs,  handles};

/* SPDX-License-Identifier: Apache-2.0
 *
 * stub_more.c - for the fuzz target stub_call: calls of more.idl
 */
#include "stub_call.h"

#include <string.h>

#include "loop.h"
#include "more.h"

static void items(handle_t b)
{
    char words[] = "hey";
    int32_t link = 4;
    item all[4] = {{NUMBER, {.number = 6}},
                   {WORDS, {.words = words}},
                   {LINK, {.link = &link}},
                   {(sort)9, {.number = 0}}};

    for (int i = 0; i < 2 && loop.status == 0; i++)
        (void)Items(b, 4, all);
}

static void tables(handle_t b)
{
    item of[2] = {{NUMBER, {.number = 6}}, {LINK, {.link = NULL}}};
    int32_t always = 11;
    table t = {2, of, &always};

    for (int i = 0; i < 2 && loop.status == 0; i++)
        (void)Table(b, &t);
}

static void names(handle_t b)
{
    int32_t room[4] = {1, 'a' | 'b' << 16};
    named *n = (named *)(void *)room, *made = NULL;

    (void)Named(b, n, NULL, &made);
    if (loop.status == 0 && made != NULL)
        (void)Named(b, made, NULL, &made);
}

static void cells(handle_t b)
{
    int16_t shorts[3] = {1, 2, 3};
    cell third = {3, NULL, 0, NULL}, second = {2, &third, 2, shorts};
    cell first = {1, &second, 2, shorts}, *pc = &second;
    unsigned char bytes[2] = {7, 8};
    int32_t n = 2;

    second.link = &first; /* a circle */
    for (int i = 0; i < 2 && loop.status == 0; i++)
        (void)Cells(b, &first, &pc, &n, bytes);
}

static void tagged_unions(handle_t b)
{
    char words[] = "four";
    tagged t = {WORDS, {.s = words}}, copy, back;

    memset(&copy, 0, sizeof copy);
    back = Tagged(b, t, &copy);
    if (loop.status == 0)
        (void)Tagged(b, back, &copy);
}

static void optional(handle_t b)
{
    int32_t p[2] = {1, 2};
    char s[] = "text";
    item i = {NUMBER, {.number = 3}};

    for (int n = 0; n < 2 && loop.status == 0; n++)
        (void)Optional(b, p, 2, s, &i);
}

static void out_structs(handle_t b)
{
    table t[2];
    int32_t got = 0;

    memset(t, 0, sizeof t);
    (void)OutStructs(b, 2, t, &got);
    if (loop.status == 0 && t[0].always != NULL)
        (void)Table(b, &t[0]);
}

static void out_strings(handle_t b)
{
    char *s[3] = {NULL, NULL, NULL};

    (void)OutStrings(b, 3, s);
}

stub_call *const stub_more_calls[STUB_MORE_CALLS] = {
    items, tables, names, cells, tagged_unions, optional, out_structs, out_strings};

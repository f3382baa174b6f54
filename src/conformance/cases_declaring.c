/* SPDX-License-Identifier: Apache-2.0
 *
 * cases_declaring.c - what the IDL compiler refuses of context handles, beside what it takes (D)
 */
#include "conformance/cases.h"
#include "conformance/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "idl/idl.h"

#define HANDLE "typedef [context_handle] void *H; "

struct text {
    const char *body, *acf; /* of an interface */
    const char *attributes; /* ... of its own */
    bool refused;
};

static const struct text pointers[] = {
    {HANDLE "void f([in] H h);", NULL, "", false},
    {"typedef [context_handle] struct s *H; void f([in] H h);", NULL, "", false},
    {"typedef [context_handle] long H;", NULL, "", true},
    {NULL, NULL, NULL, false},
};
static const struct text directions[] = {
    {HANDLE "void f([in] handle_t b, [out] H *h);", NULL, "", false},
    {HANDLE "void f([in] handle_t b, [out] H h);", NULL, "", true},
    {HANDLE "void f([in] handle_t b, [in, out, unique] H *h);", NULL, "", true},
    {NULL, NULL, NULL, false},
};
static const struct text results[] = {
    {HANDLE "H f([in] handle_t b);", NULL, "", false},
    {HANDLE "H *f([in] handle_t b);", NULL, "", true},
    {NULL, NULL, NULL, false},
};
static const struct text places[] = {
    {"typedef [context_handle] handle_t H;", NULL, "", true},
    {"typedef [context_handle, handle] void *H;", NULL, "", true},
    {"typedef [context_handle, transmit_as(long)] void *H;", NULL, "", true},
    {"[callback] void f([in, context_handle] void *h);", NULL, "", true},
    {"typedef [allocate(all_nodes), context_handle] void *H;", NULL, "", true},
    {NULL, NULL, NULL, false},
};
static const struct text containers[] = {
    {HANDLE "void f([in] long n, [in, size_is(n)] H h[]);", NULL, "", false},
    {HANDLE "typedef struct s { H h; } s; void f([in] handle_t b, [in] s *x);", NULL, "", true},
    {HANDLE "typedef union switch (long l) { case 1: H h; } u; void f([in] handle_t b, [in] u *x);",
     NULL, "", true},
    {NULL, NULL, NULL, false},
};
static const struct text modes[] = {
    {HANDLE "void f([in] H h);",
     "interface i { typedef [context_handle_serialize] H; f([context_handle_noserialize] h); }", "",
     false},
    {"typedef [context_handle_serialize] long T;", NULL, "", true},
    {"typedef [context_handle, context_handle_serialize, context_handle_noserialize] void *H;",
     NULL, "", true},
    {"void f([in] handle_t b, [in, context_handle_noserialize] long x);", NULL, "", true},
    {NULL, NULL, NULL, false},
};
static const struct text strictness[] = {
    {HANDLE "void f([in] H h);", NULL, ", strict_context_handle", false},
    {HANDLE "void f([in] H h);", NULL, ", type_strict_context_handle", false},
    {HANDLE "void f([in] H h);", NULL, ", strict_context_handle, type_strict_context_handle", true},
    {NULL, NULL, NULL, false},
};
static const struct text binding[] = {
    {HANDLE "void f([in] handle_t b, [out] H *h);", NULL, "", false},
    {HANDLE "void f([out] H *h);", NULL, ", implicit_handle(handle_t it)", false},
    {HANDLE "void f([out] H *h);", NULL, "", true},
    {NULL, NULL, NULL, false},
};

static bool is_refused(const struct text *t)
{
    struct idl_options o = {.input = "case.idl", .prefix_client = "", .prefix_server = ""};
    struct idl_output outputs[3] = {{0}};
    struct arena arena;
    char text[1024], *messages = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&messages, &size);
    uint32_t errors;

    TRUE_THAT(f != NULL);
    (void)snprintf(
        text, sizeof text,
        "[uuid(12345678-1234-1234-1234-123456789abc), version(1.0)%s] interface i { %s }",
        t->attributes, t->body);
    errors = idl_compile_text(&o, text, strlen(text), t->acf, t->acf == NULL ? 0 : strlen(t->acf),
                              f, outputs, &arena);
    (void)fclose(f);
    arena_fini(&arena);
    free(messages);
    return errors != 0;
}

static void d_texts(const void *row)
{
    for (const struct text *t = row; t->body != NULL; t++)
        if (is_refused(t) != t->refused)
            failed(__FILE__, __LINE__, "%s: %s", t->refused ? "taken" : "refused", t->body);
}

void cases_of_declaring(case_add *add)
{
    static const struct conformance_case cases[] = {
        {"D3", "handles that are pointers, and one that is not", d_texts, pointers, ON_NONE},
        {"D6", "[out] by value, [in,out] by a pointer that may be null", d_texts, directions,
         ON_NONE},
        {"D8", "a handle and a pointer to one returned", d_texts, results, ON_NONE},
        {"D10", "five illegal places", d_texts, places, ON_NONE},
        {"D11", "array, structure, union", d_texts, containers, ON_NONE},
        {"D12", "serialize and noserialize, together and on others", d_texts, modes, ON_NONE},
        {"D13", "strict, type-strict, both", d_texts, strictness, ON_NONE},
        {"D14", "an opener with and without something that binds", d_texts, binding, ON_NONE},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        add(cases[i]);
}

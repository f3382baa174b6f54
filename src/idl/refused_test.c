/* SPDX-License-Identifier: Apache-2.0
 *
 * refused_test.c - a table of what is wrong: the place, the number, all errors of a text
 *
 * Rows are bodies of an interface (the body begins in line 3) unless `whole` says otherwise.
 */
#include "idl/idl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define HEAD                                                       \
    "[uuid(12345678-1234-1234-1234-123456789abc), version(1.0)]\n" \
    "interface i {\n"
#define H "typedef [context_handle] void *H;"

static const struct row {
    const char *text;
    const char *expected; /* LINE:COLUMN NUMBER, blank between errors; "" if it is fine */
    const char *acf;
    bool whole;
} rows[] = {
    /* The grammar. */
    {"long f([in] handle_t b);", "", NULL, false},
    {"long f([in] handle_t b;", "3:23 010", NULL, false},
    {"struct { long a }; \nlong g([in] handle_t b)\nlong k([in] handle_t b);", "3:17 010 5:1 010",
     NULL, false},
    {"typedef struct s { long a : 3; } s;", "3:27 014", NULL, false},
    {"typedef struct s { } s;", "3:18 010", NULL, false},
    {"typedef enum e { } e;", "3:16 010", NULL, false},
    {"const long A = 1 +;", "3:19 010", NULL, false},
    {"const long A = 99999999999999999999;", "3:16 011", NULL, false},
    {"const short A = 70000;", "3:17 040", NULL, false},
    {"const long A = 1 / 0;", "3:18 040", NULL, false},
    {"const long A = A;", "3:16 040", NULL, false},
    {"const float A = 1;", "3:13 040", NULL, false},
    {"const char *A = 5;", "3:13 040", NULL, false},
    {"long f([in] handle_t b) @;", "3:25 003", NULL, false},
    {"cpp_quote(\"unfinished)", "3:11 003 4:1 010", NULL, false},
    {"typedef long T; typedef long T;", "3:30 031", NULL, false},
    {"typedef long T[0];\nvoid f([in] handle_t b, [in] T t);", "3:16 061", NULL, false},
    {"void f([in] handle_t b, [in] nosuch t);", "3:30 030", NULL, false},
    {"void f([in] handle_t b, [in] long register);", "3:35 032", NULL, false},
    {"void f([in] handle_t b, [in] long stub_x);", "3:35 032", NULL, false},
    {"void f([in] handle_t b, [in] long a, [in] long a);", "3:48 031", NULL, false},
    {"void f([in] handle_t b);\nvoid f([in] handle_t b);", "4:6 031", NULL, false},
    {"typedef struct s { long a; long a; } s;\nvoid f([in] handle_t b, [in] s *p);", "3:33 031",
     NULL, false},
    {"void f([in] handle_t b, [in] pipe long p);", "3:30 014", NULL, false},
    {"#pragma midl_echo(\"x\")\n", "3:1 014", NULL, false},
    {"#pragma pack(4)\n#pragma pack()\n", "", NULL, false},
    {"#pragma optimize\n", "3:1 014", NULL, false},
    {"library L { };", "1:1 014", NULL, true},
    /* What MS-DTYP says of types of the language. */
    {"typedef unsigned short wchar_t; typedef unsigned long error_status_t;", "", NULL, false},
    {"typedef short wchar_t;", "3:15 032", NULL, false},
    {"typedef unsigned long wchar_t;", "3:23 032", NULL, false},
    {"int const A = 1, B = 2; typedef long T[B];", "", NULL, false},
    {"int A = 1;", "3:7 010", NULL, false},
    {"typedef enum e { A = 0xffffffff, B = -2147483648 } e;", "", NULL, false},
    {"typedef enum e { A = 0x100000000 } e;", "3:18 040", NULL, false},
    {"typedef struct s { long k; [switch_is(k)] union { [case(1)] long a; }; } s;\n"
     "void f([in] handle_t b, [in] s *p);",
     "", NULL, false},
    {"typedef struct s { struct t { long a; }; } s;", "3:40 010", NULL, false},
    {"typedef struct s { long; } s;", "3:24 010", NULL, false},
    {H "void f([in, ref] H h);", "", NULL, false},
    {H "void f([in, unique] H h);", "3:56 063", NULL, false},
    /* User-defined handles. */
    {"typedef [handle] long T; void f([in] T t, [in] T u);", "", NULL, false},
    {"typedef [handle] long T; void f([in] T t, [in] handle_t h);", "3:57 052", NULL, false},
    {"typedef [handle] long T; void f([in] long n, [out] T *t);", "3:31 052", NULL, false},
    {"typedef [handle] handle_t T;", "3:27 072", NULL, false},
    {"typedef [handle, context_handle] void *T;", "3:40 072", NULL, false},
    {"long f(void);", "1:13 010", NULL, true},
    /* Interfaces. */
    {"interface i { };", "1:11 050", NULL, true},
    {"[uuid(1234), version(1.0)] interface i { };", "1:7 012", NULL, true},
    {"[uuid(12345678-1234-1234-1234-123456789abc), version(1.70000)] interface i { };", "1:54 013",
     NULL, true},
    {"[uuid(12345678-1234-1234-1234-123456789abc), endpoint(\"tcp\")] interface i { };", "1:55 010",
     NULL, true},
    {"[uuid(12345678-1234-1234-1234-123456789abc), local] interface i { };", "1:2 050", NULL, true},
    {"[uuid(12345678-1234-1234-1234-123456789abc), endpoint(\"ncacn_np:[\\\\pipe\\\\x]\")] "
     "interface "
     "i { };",
     "", NULL, true},
    {"[uuid(12345678-1234-1234-1234-123456789abc), endpoint(\"ncacn_np:[\\pipe\\x]\")] interface i "
     "{ };",
     "1:55 010", NULL, true},
    {"[uuid(12345678-1234-1234-1234-123456789abc), ms_union] interface i { };", "", NULL, true},
    {"[ms_union] void f([in] handle_t b);", "3:2 021", NULL, false},
    {"typedef [ms_union] long T;", "3:10 021", NULL, false},
    {"typedef [ms_union, switch_type(long)] union { [case(1)] long a; } T; typedef T V;", "", NULL,
     false},
    {"typedef struct s { [ms_union] long a; } s;", "3:21 021", NULL, false},
    {"[uuid(12345678-1234-1234-1234-123456789abc), object] interface i { };", "1:46 014", NULL,
     true},
    {"[uuid(12345678-1234-1234-1234-123456789abc), nosuch(1)] interface i { };", "1:46 020", NULL,
     true},
    {"[uuid(12345678-1234-1234-1234-123456789abc), string] interface i { };", "1:46 021", NULL,
     true},
    {"[uuid(12345678-1234-1234-1234-123456789abc), explicit_handle, implicit_handle(handle_t h)] "
     "interface i { };",
     "1:63 050", NULL, true},
    {"[uuid(12345678-1234-1234-1234-123456789abc), implicit_handle(long h)] interface i { };",
     "1:46 052", NULL, true},
    {"[uuid(12345678-1234-1234-1234-123456789abc)] interface i : j { };", "1:58 014", NULL, true},
    /* Attributes. */
    {"void f([in, in] handle_t b);", "3:13 022", NULL, false},
    {"void f([in] handle_t b, [in, uuid(1)] long x);", "3:35 012 3:30 021", NULL, false},
    {"[maybe] void f([in] handle_t b);", "3:2 014", NULL, false},
    {"[broadcast, callback] void f([in] handle_t b);", "3:2 014 3:13 014", NULL, false},
    {"void f([in] handle_t b, [in, iid_is(x)] long x);", "3:30 014", NULL, false},
    {"typedef [size_is(3)] long *T;", "3:10 021", NULL, false},
    {"void f([in] handle_t b, [in, unique, ptr] long *x);", "3:38 022", NULL, false},
    /* Directions and bindings. */
    {"void f([in] long x);", "3:6 052", NULL, false},
    {"void f([in] handle_t b, [in] handle_t c);", "3:39 052", NULL, false},
    {"void f([out] handle_t b);", "3:23 052", NULL, false},
    {"void f([in] handle_t *b);", "3:23 052 3:6 052", NULL, false},
    {"void f([in] handle_t b, [out] long x);", "3:36 051", NULL, false},
    {"void f([in] handle_t b, [out, unique] long *x);", "3:45 063", NULL, false},
    {"void f([in] handle_t b, [in, comm_status] long x);", "3:30 051", NULL, false},
    {"[comm_status] long f([in] handle_t b);", "3:2 060", NULL, false},
    /* Types that cannot be sent. */
    {"void f([in] handle_t b, [in] void *x);", "3:36 060", NULL, false},
    {"void *f([in] handle_t b);", "3:7 060", NULL, false},
    {"typedef void (*F)(void);\nvoid f([in] handle_t b, [in] F x);", "4:32 060", NULL, false},
    {"void f([in] handle_t b, [in] struct s *x);", "3:40 033", NULL, false},
    {"typedef struct s { struct s x; } s;\nvoid f([in] handle_t b, [in] s *x);", "3:29 033", NULL,
     false},
    {"typedef struct s { handle_t x; } s;\nvoid f([in] handle_t b, [in] s *x);", "3:29 052", NULL,
     false},
    /* Arrays and strings. */
    {"void f([in] handle_t b, [in] long x[]);", "3:35 061", NULL, false},
    {"void f([in] handle_t b, [in, size_is(n)] long x[]);", "3:38 030", NULL, false},
    {"void f([in] handle_t b, [in, size_is(n)] long x[], [in] float n);", "3:38 041", NULL, false},
    {"void f([in] handle_t b, [in, size_is(*n)] long x[], [in] long n);", "3:39 041", NULL, false},
    /* Whether a pointer is set is a truth, not a number. */
    {"void f([in] handle_t b, [in, unique] long *n, [in, size_is(n ? *n : 0)] byte *x);", "", NULL,
     false},
    {"void f([in] handle_t b, [in, unique] long *n, [in, unique] long *m,\n"
     "[in, size_is((n && (NULL != m || !n) && m != 0) ? ~*n >> 1 : *m << 2)] byte *x);",
     "", NULL, false},
    {"void f([in] handle_t b, [in, unique] long *n, [in, size_is(n)] byte *x);", "3:60 041", NULL,
     false},
    {"void f([in] handle_t b, [in, unique] long *n, [in, size_is(n + 1)] byte *x);", "3:60 041",
     NULL, false},
    {"void f([in] handle_t b, [in, unique] long *n, [in, size_is(n == 1)] byte *x);", "3:60 041",
     NULL, false},
    {"void f([in] handle_t b, [in, unique] long *n, [in, size_is(n > NULL)] byte *x);",
     "3:60 041 3:64 041", NULL, false},
    {"void f([in] handle_t b, [in] float n, [in, size_is(n ? 1 : 0)] byte *x);", "3:52 041", NULL,
     false},
    {"typedef [context_handle] void *H;\nvoid f([in] H h, [in, size_is(h ? 1 : 0)] byte *x);",
     "4:31 041", NULL, false},
    {"void f([in] handle_t b, [in, size_is(3)] long x[4]);", "3:47 061", NULL, false},
    {"void f([in] handle_t b, [in, size_is(3)] long x);", "3:47 061", NULL, false},
    {"void f([in] handle_t b, [in, size_is(3, 4)] long *x);", "3:51 061", NULL, false},
    {"void f([in] handle_t b, [in, length_is(3)] long *x);", "3:50 061", NULL, false},
    {"void f([in] handle_t b, [in, size_is(3), max_is(2)] long *x);", "3:59 022", NULL, false},
    {"void f([in] handle_t b, [in, size_is(*n)] long x[], [out] long *n);", "3:48 061", NULL,
     false},
    {"void f([in] handle_t b, [out, size_is(*n)] long x[], [out] long *n);", "3:49 061", NULL,
     false},
    {"void f([in] handle_t b, [in, size_is(3)] long x[][]);", "3:47 061", NULL, false},
    {"typedef struct s { long n; [size_is(n)] long a[]; long z; } s;\n"
     "void f([in] handle_t b, [in] s *x);",
     "3:46 061", NULL, false},
    {"typedef struct s { long n; [size_is(n)] long a[]; } s;\nvoid f([in] handle_t b, [in] s x, "
     "[in, size_is(2)] s *y, [out] s *z);",
     "4:32 061 4:55 061 4:67 061", NULL, false},
    {"void f([in] handle_t b, [in, string] long *x);", "3:44 062", NULL, false},
    {"void f([in] handle_t b, [out, string] char *x);", "3:45 062", NULL, false},
    {"void f([in] handle_t b, [in, string, length_is(2)] char x[4]);", "3:57 062", NULL, false},
    {"void f([in] handle_t b, [in, range(5, 1)] long x);", "3:30 065", NULL, false},
    {"void f([in] handle_t b, [in, range(0, 300)] small x);", "3:30 065", NULL, false},
    {"void f([in] handle_t b, [in, range(0, 1)] float x);", "3:49 065", NULL, false},
    {"void f([in] handle_t b, [in, unique] long x);", "3:43 063", NULL, false},
    /* Unions. */
    {"typedef union u { [case(1)] long a; } u;\nvoid f([in] handle_t b, [in, switch_is(n)] u *x, "
     "[in] long n);",
     "", NULL, false},
    {"typedef union u { [case(1)] long a; } u;\nvoid f([in] handle_t b, [in, switch_is(*n)] u *x, "
     "[in] long *n, [in, switch_is(s)] u *y, [in] short s);",
     "4:87 064", NULL, false},
    {"typedef union u { [case(1)] long a; } u;\nvoid f([in] handle_t b, [in, switch_is(n + 1)] u "
     "*x, "
     "[in] long n);",
     "4:51 064", NULL, false},
    {"typedef [switch_type(long)] union u { [case(1)] long a; } u;\n"
     "void f([in] handle_t b, [in] u *x);",
     "4:33 064", NULL, false},
    {"typedef union switch (float f) { case 1: long a; } u;\nvoid f([in] handle_t b, [in] u *x);",
     "3:29 064", NULL, false},
    {"typedef union switch (long l) { case 1: long a; case 1: long b; } u;\n"
     "void f([in] handle_t b, [in] u *x);",
     "3:54 064", NULL, false},
    {"typedef union switch (small s) { case 300: long a; default: ; default: ; } u;\n"
     "void f([in] handle_t b, [in] u *x);",
     "3:39 064 3:72 064", NULL, false},
    {"typedef [switch_type(long)] union u { long a; } u;\n"
     "void f([in] handle_t b, [in, switch_is(n)] u *x, [in] long n);",
     "3:44 064", NULL, false},
    {"typedef struct s { long n; [size_is(n)] long a[]; } s;\n"
     "typedef union switch (long l) { case 1: s a; } u;\nvoid f([in] handle_t b, [in] u *x);",
     "4:43 061", NULL, false},
    /* Context handles. */
    {H "\nH f([in] handle_t b);", "", NULL, false},
    {"typedef [context_handle] long H;", "3:10 070", NULL, false},
    {H "\nH *f([in] handle_t b);", "4:4 070", NULL, false},
    {H "\nvoid f([in] handle_t b, [out] H h);", "4:33 071", NULL, false},
    {H "\nvoid f([in] handle_t b, [out, unique] H *h);", "4:42 071", NULL, false},
    {H "\nvoid f([in] handle_t b, [out] H **h);", "4:35 072", NULL, false},
    {H "\ntypedef struct s { H h; } s;\nvoid f([in] handle_t b, [in] s *x);", "4:22 072", NULL,
     false},
    {H "\ntypedef union switch (long l) { case 1: H h; } s;\nvoid f([in] handle_t b, [in] s *x);",
     "4:43 072", NULL, false},
    {H "\nvoid f([in] handle_t b, [in] H h[3]);", "", NULL, false},
    {H "\nvoid f([in] handle_t b, [in, size_is(2)] H *h);", "", NULL, false},
    {H "\nvoid f([in] handle_t b, [in] H h[3][2]);", "4:32 072", NULL, false},
    {H "\nvoid f([in] handle_t b, [in, size_is(3), length_is(2)] H h[]);", "4:58 072", NULL, false},
    {H "\nvoid f([in] handle_t b, [in, unique, size_is(2)] H *h);", "4:53 071", NULL, false},
    {H "\ntypedef struct s { H h[3]; } s;\nvoid f([in] handle_t b, [in] s *x);", "4:22 072", NULL,
     false},
    {"typedef [context_handle] handle_t H;", "3:10 072", NULL, false},
    {"typedef [context_handle, handle] void *H;", "3:40 072", NULL, false},
    {"typedef [context_handle, transmit_as(long)] void *H;", "3:26 014", NULL, false},
    {"[callback] void f([in, context_handle] void *h);", "3:2 014", NULL, false},
    {"typedef [allocate(all_nodes), context_handle] void *H;", "3:10 014", NULL, false},
    {H "\n[uuid(12345678-1234-1234-1234-123456789abd), implicit_handle(H h)] interface j { };",
     "2:46 072", NULL, true},
    {"typedef [context_handle_serialize] long T;", "3:10 073", NULL, false},
    {"typedef [context_handle, context_handle_serialize, context_handle_noserialize] void *H;",
     "3:52 073", NULL, false},
    {"void f([in] handle_t b, [in, context_handle_noserialize] long x);", "3:30 073", NULL, false},
    {"[context_handle_serialize] long f([in] handle_t b);", "3:2 073", NULL, false},
    {"[uuid(12345678-1234-1234-1234-123456789abc), strict_context_handle, "
     "type_strict_context_handle] interface i { };",
     "1:69 074", NULL, true},
    {H "\nvoid f([out] H *h);", "4:6 052", NULL, false},
    {H "\nstruct unused { long a; H h; };", "4:27 072", NULL, false},
    /* ACF. */
    {"void f([in] handle_t b, [in] long x);", "1:11 080", "interface j { }", false},
    {"void f([in] handle_t b, [in] long x);", "1:16 080 1:36 080",
     "interface i { g(); f([comm_status] y); }", false},
    {"void f([in] handle_t b, [in] long x);", "1:24 021 1:28 080 1:32 014",
     "interface i { typedef [in] T; [async] f(); }", false},
    {"void f([in] long x);", "", "[explicit_handle] interface i { include \"x.h\"; }", false},
    {"typedef [context_handle] void *H;\nvoid f([in] H h);", "",
     "interface i { typedef [context_handle_serialize] H; f([context_handle_noserialize] h); }",
     false},
};

/* The errors of the messages, as the table writes them. */
static char *errors_of(const char *messages)
{
    char *list = calloc(1, strlen(messages) + 1);

    for (const char *p = messages; p != NULL && *p != '\0'; p = strchr(p, '\n'), p += p != NULL) {
        const char *colon = strchr(p, ':'), *end = strchr(p, '\n'), *number;
        unsigned line, column;

        if (end == NULL || colon == NULL || colon > end ||
            sscanf(colon, ":%u:%u: error:", &line, &column) != 2)
            continue;
        for (number = end; number > colon && strncmp(number, "[IDL", 4) != 0; number--)
            ;
        sprintf(list + strlen(list), "%s%u:%u %.3s", list[0] == '\0' ? "" : " ", line, column,
                number + 4);
    }
    return list;
}

static char *compile(const struct row *r)
{
    struct idl_options o = {.input = "t.idl", .prefix_client = "", .prefix_server = ""};
    struct idl_output outputs[3];
    struct arena arena;
    char *messages = NULL, *list;
    size_t size = 0;
    FILE *f = open_memstream(&messages, &size);
    char *text = NULL;
    uint32_t errors;

    assert_true(asprintf(&text, "%s%s%s", r->whole ? "" : HEAD, r->text, r->whole ? "" : "\n}\n") >
                0);
    errors = idl_compile_text(&o, text, strlen(text), r->acf, r->acf == NULL ? 0 : strlen(r->acf),
                              f, outputs, &arena);
    fclose(f);
    list = errors_of(messages);
    if (errors == 0)
        assert_non_null(outputs[0].text);
    else
        assert_null(outputs[0].text);
    if (getenv("SHOW") != NULL)
        printf("%s", messages);
    arena_fini(&arena);
    free(text);
    free(messages);
    return list;
}

static void test_refused(void **state)
{
    bool good = true;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *list = compile(&rows[i]);

        if (strcmp(list, rows[i].expected) != 0) {
            printf("# row %zu: %s\n#   expected \"%s\", got \"%s\"\n", i, rows[i].text,
                   rows[i].expected, list);
            good = false;
        }
        free(list);
    }
    assert_true(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

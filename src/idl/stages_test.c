/* SPDX-License-Identifier: Apache-2.0
 *
 * stages_test.c - tokens, constant values, bounds as C, and plans, each stage by itself
 */
#include "idl/emit.h"
#include "idl/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static struct idl_options options = {.input = "t.idl", .prefix_client = "", .prefix_server = ""};

/* Runs `work` inside a compilation; the number of its errors. */
static uint32_t with(void (*work)(struct idl_compilation *, const char *), const char *text)
{
    static struct idl_compilation c; /* survives the jump */
    FILE *nowhere = fopen("/dev/null", "w");

    memset(&c, 0, sizeof c);
    c.options = &options;
    c.messages = nowhere;
    c.item_tail = &c.items;
    c.name = c.stem = "t";
    arena_init(&c.arena, NULL, 0);
    if (setjmp(c.stop) == 0)
        work(&c, text);
    for (struct idl_file *f = c.files; f != NULL; f = f->next)
        mem_free(f->text);
    arena_fini(&c.arena);
    fclose(nowhere);
    return c.errors;
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

static void lex_text(struct idl_compilation *c, const char *text)
{
    static const struct {
        enum idl_token_kind kind;
        const char *text;
        const char *file;
        uint32_t line;
    } expected[] = {
        {IDL_T_NAME, "one", "t.idl", 1},        {IDL_T_PUNCT, "<<", "t.idl", 1},
        {IDL_T_NUMBER, "0x1F", "t.idl", 1},     {IDL_T_PUNCT, ".", "t.idl", 2},
        {IDL_T_STRING, "\"a\\\"b\"", "o.h", 7}, {IDL_T_CHAR, "L'x'", "o.h", 9},
        {IDL_T_NUMBER, "12e4abcd", "o.h", 9},   {IDL_T_PUNCT, "-", "o.h", 9},
        {IDL_T_NUMBER, "1", "o.h", 9},          {IDL_T_PUNCT, "..", "o.h", 9},
        {IDL_T_PUNCT, "*", "o.h", 9},           {IDL_T_END, "", "o.h", 9},
    };
    struct idl_token *t = idl_lex(c, "t.idl", text, strlen(text));

    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++, t++) {
        assert_int_equal(t->kind, expected[i].kind);
        assert_int_equal(t->length, strlen(expected[i].text));
        assert_memory_equal(t->text, expected[i].text, t->length);
        assert_string_equal(t->file->path, expected[i].file);
        assert_int_equal(t->line, expected[i].line);
    }
}

static void test_lex(void **state)
{
    (void)state;
    assert_int_equal(with(lex_text, "one<<0x1F /* c\n */ .\n# 7 \"o.h\" 2\n\"a\\\"b\" // c\n\n"
                                    "L'x' 12e4abcd-1..*"),
                     0);
}

/* ---- Constants ------------------------------------------------------------------------------- */

static int64_t value;

static void last_constant(struct idl_compilation *c, const char *text)
{
    idl_parse(c, idl_lex(c, "t.idl", text, strlen(text)), false);
    if (c->errors == 0)
        idl_check(c);
    for (struct idl_item *i = c->items; i != NULL; i = i->next)
        if (i->kind == IDL_I_CONST)
            value = i->symbol->value;
}

static void test_constants(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } rows[] = {
        {"1 + 2 * 3", 7},
        {"(1 + 2) * 3", 9},
        {"10 - 4 - 3", 3},
        {"1 << 4 | 1", 17},
        {"-7 / 2", -3},
        {"-7 % 2", -1},
        {"~0", -1},
        {"!5 + !0", 1},
        {"3 > 2 && 2 > 3 || 1 == 1", 1},
        {"1 ? 2 : 1 / 0", 2},
        {"'a' + L'\\n'", 107},
        {"0x7fffffffffffffff", INT64_MAX},
        {"010", 8},
        {"(unsigned char)257", 1},
        {"(short)0xffff", -1},
        {"sizeof(long) + sizeof(hyper)", 12},
        {"TRUE", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[200];

        snprintf(text, sizeof text, "const hyper A = %s;", rows[i].text);
        assert_int_equal(with(last_constant, text), 0);
        assert_true(value == rows[i].value);
    }
    assert_int_equal(with(last_constant, "enum e { A, B = 5, C }; const hyper D = A + B * C;"), 0);
    assert_true(value == 30);
    assert_int_equal(with(last_constant, "const hyper D = 0x7fffffffffffffff + 1;"), 1);
    assert_int_equal(with(last_constant, "const hyper D = 1 << 64;"), 1);
}

/* ---- Bounds as C, and plans ------------------------------------------------------------------ */

#define HEAD "[uuid(12345678-1234-1234-1234-123456789abc)] interface i { "

static const char *wanted;

static struct idl_function *first_function(struct idl_compilation *c, const char *text)
{
    idl_parse(c, idl_lex(c, "t.idl", text, strlen(text)), false);
    assert_int_equal(c->errors, 0);
    idl_check(c);
    assert_int_equal(c->errors, 0);
    for (struct idl_item *i = c->items; i != NULL; i = i->next)
        if (i->kind == IDL_I_FUNCTION)
            return i->function;
    fail();
    return NULL;
}

static void bound_as_c(struct idl_compilation *c, const char *text)
{
    struct idl_function *f = first_function(c, text);
    struct idl_scope scope = {.vars = f->params, .params = true};
    struct text out = {NULL, 0, 0};
    struct emit e = {.c = c, .to = &out, .scope = &scope, .prefix = "a->"};

    assert_string_equal(emit_expr(&e, f->params->next->plan->to->size), wanted);
}

static void test_bounds(void **state)
{
    static const struct {
        const char *bound, *c;
    } rows[] = {
        {"n", "(int64_t)a->n"},
        {"n * 2 + 1", "(((int64_t)a->n * 2) + 1)"}, /* cannot overflow */
        {"h + 1", "stub_add((int64_t)a->h, 1)"},    /* can */
        {"n * n * n", "stub_mul(((int64_t)a->n * (int64_t)a->n), (int64_t)a->n)"},
        {"u", "stub_wide(a->u)"},
        {"*p", "(int64_t)*a->p"},
        {"*q", "(a->q != NULL ? (int64_t)*a->q : 0)"},
        {"n / 2", "((int64_t)a->n / 2)"},
        {"n / n", "stub_div((int64_t)a->n, (int64_t)a->n)"},
        {"n > 3 ? n : 3", "(((int64_t)a->n > 3) ? (int64_t)a->n : 3)"},
        {"(short)h", "stub_keep((int64_t)a->h, (int64_t)(int16_t)(int64_t)a->h)"},
        {"-n", "(0 - (int64_t)a->n)"},
        {"n & 7", "stub_and((int64_t)a->n, 7)"},
        {"s & 7", "((int64_t)a->s & 7)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[400];

        wanted = rows[i].c;
        snprintf(text, sizeof text,
                 HEAD "void f([in] handle_t b, [in, size_is(%s)] byte *x, [in] long n, "
                      "[in] hyper h, [in] unsigned hyper u, [in] long *p, [in, unique] long *q, "
                      "[in] unsigned short s); }",
                 rows[i].bound);
        assert_int_equal(with(bound_as_c, text), 0);
    }
}

static const struct plan_row {
    const char *type;
    unsigned a20, a64, min, size64;
    bool pointers, conformant, gap;
} plan_rows[] = {
    {"struct { byte a; short b; }", 2, 2, 3, 4, false, false, false},
    {"struct { hyper a; byte b; }", 8, 8, 9, 16, false, false, true},
    {"struct { byte a; enum e b; }", 2, 4, 3, 8, false, false, false},
    {"struct { byte a; long *b; }", 4, 8, 5, 16, true, false, false},
    {"struct { long n; [size_is(n)] hyper a[]; }", 8, 8, 4, 0, false, true, true},
    {"struct { long n; [length_is(n)] byte a[9]; }", 4, 8, 12, 0, false, false, true},
    {"struct { short a[2][3]; }", 2, 2, 12, 12, false, false, false},
    {"struct { __int3264 a; }", 4, 8, 4, 8, false, false, false},
    {"struct { struct { short a; long b; } c[2]; byte d; }", 4, 4, 13, 20, false, false, true},
};
static const struct plan_row *plan_row;

static void plan_of(struct idl_compilation *c, const char *text)
{
    const struct idl_plan *p = first_function(c, text)->params->next->plan->to;

    assert_int_equal(p->a20, plan_row->a20);
    assert_int_equal(p->a64, plan_row->a64);
    assert_int_equal(p->min, plan_row->min);
    assert_int_equal(p->size64, plan_row->size64);
    assert_int_equal(p->pointers, plan_row->pointers);
    assert_int_equal(p->conformant, plan_row->conformant);
    assert_int_equal(p->gap, plan_row->gap);
}

static void test_plans(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof plan_rows / sizeof plan_rows[0]; i++) {
        char text[400];

        plan_row = &plan_rows[i];
        snprintf(text, sizeof text,
                 HEAD "enum e { A }; typedef %s T; void f([in] handle_t b, [in] T *x); }",
                 plan_row->type);
        assert_int_equal(with(plan_of, text), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lex),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_plans),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

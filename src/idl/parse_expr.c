/* SPDX-License-Identifier: Apache-2.0
 *
 * parse_expr.c - expressions of IDL: those of C without assignment, calls and members
 */
#include <ctype.h>

#include "idl/parse.h"

static struct idl_expr *new_expr(struct parser *p, enum idl_op op, const struct idl_token *at)
{
    struct idl_expr *x = IDL_NEW(p->c, struct idl_expr);

    x->op = op;
    x->at = at;
    return x;
}

static unsigned digit_of(char ch)
{
    if (isdigit((unsigned char)ch))
        return (unsigned)(ch - '0');
    if (isxdigit((unsigned char)ch))
        return (unsigned)(tolower((unsigned char)ch) - 'a') + 10;
    return 99;
}

bool parse_integer(const struct idl_token *t, int64_t *ret_value)
{
    unsigned base = 10;
    uint64_t value = 0;
    uint32_t i = 0, digits = 0;

    if (t->length > 1 && t->text[0] == '0') {
        base = t->text[1] == 'x' || t->text[1] == 'X' ? 16 : 8;
        i = base == 16 ? 2 : 1;
        digits = base == 8;
    }
    for (; i < t->length && digit_of(t->text[i]) < base; i++, digits++)
        if (__builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit_of(t->text[i]), &value))
            return false;
    while (i < t->length && strchr("uUlL", t->text[i]) != NULL)
        i++;
    /* What has no place in 63 bits is a bit pattern, as in C with U. */
    *ret_value = (int64_t)value;
    return i == t->length && digits > 0;
}

static int64_t character(struct parser *p)
{
    const char *s = p->t->text + (p->t->wide ? 2 : 1);
    uint32_t n = p->t->length - (p->t->wide ? 3 : 2);
    static const char from[] = "ntrabfv0\\'\"", to[] = "\n\t\r\a\b\f\v\0\\'\"";

    if (n == 1 && s[0] != '\\')
        return (unsigned char)s[0];
    if (n == 2 && s[0] == '\\')
        for (size_t i = 0; i < sizeof from - 1; i++)
            if (s[1] == from[i])
                return to[i];
    if (n > 2 && n < 7 && s[0] == '\\' && s[1] == 'x') {
        int64_t v = 0;

        for (uint32_t i = 2; i < n; i++) {
            if (digit_of(s[i]) > 15)
                parse_fail(p, IDL_E_NUMBER, "malformed escape in a character constant");
            v = v * 16 + digit_of(s[i]);
        }
        return v;
    }
    parse_fail(p, IDL_E_NUMBER, "a character constant has one character");
}

static struct idl_expr *primary(struct parser *p)
{
    struct idl_expr *x;

    switch (p->t->kind) {
    case IDL_T_NUMBER:
        x = new_expr(p, IDL_X_NUMBER, p->t);
        if (!parse_integer(p->t, &x->value))
            parse_fail(p, IDL_E_NUMBER, "'%.*s' is no integer of at most 64 bits",
                       (int)p->t->length, p->t->text);
        break;
    case IDL_T_CHAR:
        x = new_expr(p, IDL_X_NUMBER, p->t);
        x->value = character(p);
        break;
    case IDL_T_STRING: x = new_expr(p, IDL_X_STRING, p->t); break;
    case IDL_T_NAME:
        x = new_expr(p, IDL_X_NAME, p->t);
        x->name = p->t->name;
        if (is_word(p, "TRUE") || is_word(p, "FALSE")) {
            x->op = IDL_X_NUMBER;
            x->value = is_word(p, "TRUE");
        } else if (is_word(p, "NULL")) {
            x->op = IDL_X_NULL;
        }
        break;
    default: parse_fail(p, IDL_E_SYNTAX, "an expression is expected here");
    }
    p->t++;
    return x;
}

static struct idl_expr *unary(struct parser *p);

static struct idl_expr *sizeof_expr(struct parser *p)
{
    struct idl_expr *x = new_expr(p, IDL_X_SIZEOF, p->t++);

    parse_expect(p, '(', "sizeof");
    if (!parse_is_type(p))
        parse_fail(p, IDL_E_EXPRESSION, "sizeof takes a type");
    x->type = parse_type_name(p);
    parse_expect(p, ')', "the type");
    return x;
}

static struct idl_expr *unary_of(struct parser *p)
{
    static const struct {
        char punct;
        enum idl_op op;
    } ops[] = {{'*', IDL_X_DEREF},
               {'-', IDL_X_NEG},
               {'+', IDL_X_PLUS},
               {'!', IDL_X_NOT},
               {'~', IDL_X_COMPL}};
    struct idl_expr *x;

    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (is_punct(p, (uint8_t)ops[i].punct)) {
            x = new_expr(p, ops[i].op, p->t++);
            x->a = unary(p);
            return x;
        }
    }
    if (is_word(p, "sizeof"))
        return sizeof_expr(p);
    if (is_punct(p, '(')) {
        const struct idl_token *at = p->t++;

        if (!parse_is_type(p)) {
            x = parse_expr(p);
            parse_expect(p, ')', "the expression");
            return x;
        }
        x = new_expr(p, IDL_X_CAST, at);
        x->type = parse_type_name(p);
        parse_expect(p, ')', "the type");
        x->a = unary(p);
        return x;
    }
    return primary(p);
}

static struct idl_expr *unary(struct parser *p)
{
    struct idl_expr *x;

    parse_enter(p);
    x = unary_of(p);
    parse_leave(p);
    return x;
}

static const struct {
    uint16_t punct;
    uint8_t level; /* binds tighter the higher */
    enum idl_op op;
} binary_ops[] = {
    {'*', 10, IDL_X_MUL},
    {'/', 10, IDL_X_DIV},
    {'%', 10, IDL_X_MOD},
    {'+', 9, IDL_X_ADD},
    {'-', 9, IDL_X_SUB},
    {IDL_PUNCT2('<', '<'), 8, IDL_X_SHL},
    {IDL_PUNCT2('>', '>'), 8, IDL_X_SHR},
    {'<', 7, IDL_X_LT},
    {'>', 7, IDL_X_GT},
    {IDL_PUNCT2('<', '='), 7, IDL_X_LE},
    {IDL_PUNCT2('>', '='), 7, IDL_X_GE},
    {IDL_PUNCT2('=', '='), 6, IDL_X_EQ},
    {IDL_PUNCT2('!', '='), 6, IDL_X_NE},
    {'&', 5, IDL_X_AND},
    {'^', 4, IDL_X_XOR},
    {'|', 3, IDL_X_OR},
    {IDL_PUNCT2('&', '&'), 2, IDL_X_LAND},
    {IDL_PUNCT2('|', '|'), 1, IDL_X_LOR},
};

static struct idl_expr *binary(struct parser *p, unsigned level)
{
    struct idl_expr *x = unary(p);
    unsigned links = 0;

    for (;;) {
        size_t i = 0;
        struct idl_expr *y;

        while (i < sizeof binary_ops / sizeof binary_ops[0] &&
               !(is_punct(p, binary_ops[i].punct) && binary_ops[i].level >= level))
            i++;
        if (i == sizeof binary_ops / sizeof binary_ops[0])
            return x;
        /* A long chain becomes a deep tree, which later stages walk by recursion. */
        if (++links > IDL_LIMIT_NESTING)
            parse_fail(p, IDL_E_LIMIT, "more than %d operators in a row", IDL_LIMIT_NESTING);
        y = new_expr(p, binary_ops[i].op, p->t++);
        y->a = x;
        parse_enter(p);
        y->b = binary(p, binary_ops[i].level + 1u);
        parse_leave(p);
        x = y;
    }
}

struct idl_expr *parse_expr(struct parser *p)
{
    struct idl_expr *x, *y;

    parse_enter(p);
    x = binary(p, 1);
    if (is_punct(p, '?')) {
        y = new_expr(p, IDL_X_COND, p->t++);
        y->a = x;
        y->b = parse_expr(p);
        parse_expect(p, ':', "the second operand of ?:");
        y->c = parse_expr(p);
        x = y;
    }
    parse_leave(p);
    return x;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * emit_expr.c - expressions of bounds and switches as C that cannot overflow
 *
 * A value is an int64_t. Each subexpression carries the range its type allows; where the result
 * surely fits, plain C is written. Elsewhere a checked operator is called, whose result is STUB_BAD
 * (the least int64_t) when there is none. STUB_BAD spreads, and as a count it is refused like every
 * negative number.
 */
#include <inttypes.h>
#include <string.h>

#include "idl/emit.h"

struct value {
    const char *s;
    int64_t low, high;
    bool bad; /* may be STUB_BAD */
};

/* The checked operators: when there is no result, and the result. */
static const struct {
    enum idl_op op;
    const char *name, *none, *result;
    const char *plain; /* the operator in C, two operands */
} operators[] = {
    {IDL_X_ADD, "add", "__builtin_add_overflow(a, b, &r)", NULL, "+"},
    {IDL_X_SUB, "sub", "__builtin_sub_overflow(a, b, &r)", NULL, "-"},
    {IDL_X_MUL, "mul", "__builtin_mul_overflow(a, b, &r)", NULL, "*"},
    {IDL_X_DIV, "div", "b == 0", "a / b", "/"},
    {IDL_X_MOD, "mod", "b == 0", "b == -1 ? 0 : a % b", "%"},
    {IDL_X_SHL, "shl", "b < 0 || b > 62 || a < 0 || a > INT64_MAX >> b", "a << b", "<<"},
    {IDL_X_SHR, "shr", "b < 0 || b > 63", "a >> b", ">>"},
    {IDL_X_LT, "lt", NULL, "a < b", "<"},
    {IDL_X_GT, "gt", NULL, "a > b", ">"},
    {IDL_X_LE, "le", NULL, "a <= b", "<="},
    {IDL_X_GE, "ge", NULL, "a >= b", ">="},
    {IDL_X_EQ, "eq", NULL, "a == b", "=="},
    {IDL_X_NE, "ne", NULL, "a != b", "!="},
    {IDL_X_AND, "and", NULL, "a & b", "&"},
    {IDL_X_XOR, "xor", NULL, "a ^ b", "^"},
    {IDL_X_OR, "or", NULL, "a | b", "|"},
    {IDL_X_LAND, "both", NULL, "a && b", "&&"},
    {IDL_X_LOR, "either", NULL, "a || b", "||"},
};
#define OPERATOR_COUNT (sizeof operators / sizeof operators[0])
#define OPERATOR_WIDE  OPERATOR_COUNT /* stub_wide: a uint64_t */
#define OPERATOR_COND  (OPERATOR_COUNT + 1)
#define OPERATOR_KEEP  (OPERATOR_COUNT + 2)
#define OPERATOR_ANY   (OPERATOR_COUNT + 3)

static struct value walk(struct emit *e, struct idl_expr *x);

static void need(struct emit *e, size_t operator)
{
    e->operators |= 1u << operator| 1u << OPERATOR_ANY;
}

static struct value number(struct emit *e, int64_t v)
{
    struct value r = {.low = v, .high = v};

    if (v == INT64_MIN)
        r.s = "INT64_MIN";
    else
        r.s = idl_printf(e->c, v > INT32_MAX || v < INT32_MIN ? "INT64_C(%" PRId64 ")" : "%" PRId64,
                         v);
    if (v < 0)
        r.s = idl_printf(e->c, "(%s)", r.s);
    return r;
}

static struct value variable(struct emit *e, const struct idl_var *v, bool deref)
{
    struct idl_type *t = idl_strip(v->type);
    const char *name = idl_printf(e->c, "%s%s", e->prefix, v->name->text), *text = name;
    const struct idl_scalar_row *row;
    struct value r = {.low = INT32_MIN, .high = INT32_MAX};
    bool wide = false;

    if (deref) {
        t = idl_strip(t->to);
        text = idl_printf(e->c, "*%s", name);
    }
    if (t->kind == IDL_SCALAR) {
        row = idl_scalar_row(t->scalar);
        r.low = row->min;
        r.high = row->max;
        r.bad = row->size64 == 8;
        wide = r.bad && !row->is_signed;
    }
    if (wide)
        need(e, OPERATOR_WIDE);
    r.s = wide ? idl_printf(e->c, "stub_wide(%s)", text)
               : idl_printf(e->c, "(int64_t)%s%s",
                            t->kind == IDL_SCALAR && t->scalar == IDL_CHAR ? "(unsigned char)" : "",
                            text);
    /* A [unique] or [ptr] pointer without a pointee counts as 0. */
    if (deref && v->plan != NULL && v->plan->kind == PLAN_POINTER && v->plan->class != IDL_A_REF)
        r.s = idl_printf(e->c, "(%s != NULL ? %s : 0)", name, r.s);
    return r;
}

static struct value is_set(struct emit *e, const struct idl_expr *x)
{
    return (struct value){.high = 1,
                          .s = idl_printf(e->c, "(%s%s != NULL)", e->prefix, x->name->text)};
}

static struct value name(struct emit *e, struct idl_expr *x, bool deref)
{
    const struct idl_var *v = idl_scope_find(e->scope, x->name);
    int64_t value = 0;

    if (v != NULL)
        return variable(e, v, deref);
    (void)idl_const_value(e->c, x, &value);
    return number(e, value);
}

static bool fits(__int128 low, __int128 high)
{
    return low > INT64_MIN && high <= INT64_MAX;
}

static __int128 extreme(enum idl_op op, struct value a, struct value b, bool high)
{
    __int128 corner[4], best;
    __int128 x[2] = {a.low, a.high}, y[2] = {b.low, b.high};

    for (int i = 0; i < 4; i++)
        corner[i] = op == IDL_X_ADD   ? x[i & 1] + y[i >> 1]
                    : op == IDL_X_SUB ? x[i & 1] - y[i >> 1]
                                      : x[i & 1] * y[i >> 1];
    best = corner[0];
    for (int i = 1; i < 4; i++)
        if (high ? corner[i] > best : corner[i] < best)
            best = corner[i];
    return best;
}

/* The range of a plain result; false if the checked operator has to be used. */
static bool plain_range(enum idl_op op, struct value a, struct value b, struct value *r)
{
    __int128 low = 0, high = 1;

    if (a.bad || b.bad)
        return false;
    switch (op) {
    case IDL_X_ADD:
    case IDL_X_SUB:
    case IDL_X_MUL:
        low = extreme(op, a, b, false);
        high = extreme(op, a, b, true);
        break;
    case IDL_X_DIV:
    case IDL_X_MOD:
        if (b.low <= 0)
            return false;
        low = a.low < 0 ? a.low : 0;
        high = a.high > 0 ? a.high : 0;
        break;
    case IDL_X_SHL:
        if (a.low < 0 || b.low < 0 || b.high > 62)
            return false;
        high = (__int128)a.high << b.high;
        break;
    case IDL_X_SHR:
        if (b.low < 0 || b.high > 63)
            return false;
        low = a.low < 0 ? a.low : 0;
        high = a.high > 0 ? a.high : 0;
        break;
    case IDL_X_AND:
    case IDL_X_OR:
    case IDL_X_XOR:
        if (a.low < 0 || b.low < 0)
            return false;
        while (high <= a.high || high <= b.high)
            high <<= 1;
        high--;
        break;
    default: break; /* comparisons and logic: 0 or 1 */
    }
    if (!fits(low, high))
        return false;
    r->low = (int64_t)low;
    r->high = (int64_t)high;
    return true;
}

static struct value binary(struct emit *e, enum idl_op op, struct value a, struct value b)
{
    struct value r = {.low = INT64_MIN, .high = INT64_MAX, .bad = true};
    size_t i = 0;

    while (operators[i].op != op)
        i++;
    if (plain_range(op, a, b, &r)) {
        r.bad = false;
        r.s = idl_printf(e->c, "(%s %s %s)", a.s, operators[i].plain, b.s);
    } else {
        need(e, i);
        r.s = idl_printf(e->c, "stub_%s(%s, %s)", operators[i].name, a.s, b.s);
    }
    return r;
}

static struct value cast(struct emit *e, struct idl_expr *x)
{
    struct value a = walk(e, x->a), r = {.low = INT32_MIN, .high = INT32_MAX};
    struct idl_type *t = idl_strip(x->type);

    if (t->kind == IDL_SCALAR) {
        r.low = idl_scalar_row(t->scalar)->min;
        r.high = idl_scalar_row(t->scalar)->max;
        r.bad = idl_scalar_row(t->scalar)->size64 == 8;
    }
    if (r.bad)
        return a; /* 64 bits hold every value */
    r.s = idl_printf(e->c, "(int64_t)(%s)%s", emit_declare(e, t, "", true), a.s);
    if (a.bad) {
        need(e, OPERATOR_KEEP);
        r.s = idl_printf(e->c, "stub_keep(%s, %s)", a.s, r.s);
        r.bad = true;
    }
    return r;
}

static struct value choice(struct emit *e, struct idl_expr *x)
{
    struct value a = walk(e, x->a), b = walk(e, x->b), c = walk(e, x->c), r = b;

    r.low = b.low < c.low ? b.low : c.low;
    r.high = b.high > c.high ? b.high : c.high;
    r.bad = a.bad || b.bad || c.bad;
    if (a.bad)
        need(e, OPERATOR_COND);
    r.s = idl_printf(e->c, a.bad ? "stub_choose(%s, %s, %s)" : "(%s ? %s : %s)", a.s, b.s, c.s);
    return r;
}

static struct value walk(struct emit *e, struct idl_expr *x)
{
    struct value r;

    switch (x->op) {
    case IDL_X_NUMBER: return number(e, x->value);
    case IDL_X_NAME: return name(e, x, false);
    case IDL_X_DEREF: return name(e, x->a, true);
    case IDL_X_SET: return is_set(e, x->a);
    case IDL_X_SIZEOF:
        r = (struct value){.low = 1, .high = INT32_MAX};
        r.s = idl_printf(e->c, "(int64_t)sizeof(%s)", emit_declare(e, x->type, "", true));
        return r;
    case IDL_X_CAST: return cast(e, x);
    case IDL_X_PLUS: return walk(e, x->a);
    case IDL_X_NEG: return binary(e, IDL_X_SUB, number(e, 0), walk(e, x->a));
    case IDL_X_NOT: return binary(e, IDL_X_EQ, walk(e, x->a), number(e, 0));
    case IDL_X_COMPL: /* ~a is -1 - a */ return binary(e, IDL_X_SUB, number(e, -1), walk(e, x->a));
    case IDL_X_COND: return choice(e, x);
    case IDL_X_STRING:
    case IDL_X_NULL: return number(e, 0); /* refused by check */
    default: break;
    }
    r = walk(e, x->a);
    return binary(e, x->op, r, walk(e, x->b));
}

const char *emit_expr(struct emit *e, struct idl_expr *x)
{
    return walk(e, x).s;
}

/* ---- Bounds ---------------------------------------------------------------------------------- */

static struct idl_expr *make(struct emit *e, enum idl_op op, struct idl_expr *a, struct idl_expr *b)
{
    struct idl_expr *x = IDL_NEW(e->c, struct idl_expr);

    x->op = op;
    x->at = a->at;
    x->a = a;
    x->b = b;
    return x;
}

static struct idl_expr *constant(struct emit *e, const struct idl_token *at, int64_t value)
{
    struct idl_expr *x = IDL_NEW(e->c, struct idl_expr);

    x->op = IDL_X_NUMBER;
    x->at = at;
    x->value = value;
    return x;
}

struct idl_expr *emit_size(struct emit *e, const struct idl_plan *array)
{
    if (array->count != 0)
        return constant(e, array->at, array->count);
    if (array->size == NULL || !array->size_is_last)
        return array->size;
    return make(e, IDL_X_ADD, array->size, constant(e, array->at, 1));
}

struct idl_expr *emit_first(struct emit *e, const struct idl_plan *array)
{
    (void)e;
    return array->first;
}

struct idl_expr *emit_length(struct emit *e, const struct idl_plan *array)
{
    struct idl_expr *x = array->length;

    if (x == NULL)
        return array->first == NULL ? NULL : make(e, IDL_X_SUB, emit_size(e, array), array->first);
    if (!array->length_is_last)
        return x;
    x = make(e, IDL_X_ADD, x, constant(e, array->at, 1));
    return array->first == NULL ? x : make(e, IDL_X_SUB, x, array->first);
}

static bool not_ready(const struct idl_var *v, const void *arg)
{
    const struct emit *e = arg;

    return v->index >= e->ready && !(e->in_only_ready && v->in && !v->out);
}

bool emit_expr_ready(const struct emit *e, const struct idl_expr *x)
{
    return e->ready_all || !idl_expr_any(x, e->scope, not_ready, e);
}

/* ---- The operators in the preamble ----------------------------------------------------------- */

void emit_operators(struct emit *e)
{
    if (e->operators == 0)
        return;
    emit_line(e, "/* Arithmetic of bounds: STUB_BAD where there is no result. */");
    emit_line(e, "#define STUB_BAD INT64_MIN");
    for (size_t i = 0; i < OPERATOR_COUNT; i++) {
        if ((e->operators & 1u << i) == 0)
            continue;
        emit_raw(e, "\n");
        emit_line(e, "static inline int64_t stub_%s(int64_t a, int64_t b)", operators[i].name);
        emit_open(e, "%s", "");
        if (operators[i].result == NULL)
            emit_line(e, "int64_t r;\n");
        emit_line(e, "if (a == STUB_BAD || b == STUB_BAD%s%s)",
                  operators[i].none == NULL ? "" : " || ",
                  operators[i].none == NULL ? "" : operators[i].none);
        emit_line(e, "    return STUB_BAD;");
        emit_line(e, "return %s;", operators[i].result == NULL ? "r" : operators[i].result);
        emit_close(e, "");
    }
    if (e->operators & 1u << OPERATOR_WIDE)
        emit_raw(e, "\nstatic inline int64_t stub_wide(uint64_t a)\n{\n"
                    "    return a > INT64_MAX ? STUB_BAD : (int64_t)a;\n}\n");
    if (e->operators & 1u << OPERATOR_KEEP)
        emit_raw(e, "\nstatic inline int64_t stub_keep(int64_t a, int64_t r)\n{\n"
                    "    return a == STUB_BAD ? STUB_BAD : r;\n}\n");
    if (e->operators & 1u << OPERATOR_COND)
        emit_raw(e, "\nstatic inline int64_t stub_choose(int64_t a, int64_t b, int64_t c)\n{\n"
                    "    return a == STUB_BAD ? STUB_BAD : a ? b : c;\n}\n");
    emit_raw(e, "\n");
}

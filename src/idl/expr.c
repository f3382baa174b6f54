/* SPDX-License-Identifier: Apache-2.0
 *
 * expr.c - constant values, and what expressions may name
 */
#include <string.h>

#include "idl/plan.h"

static bool not_constant(struct idl_compilation *c, const struct idl_expr *x, const char *why)
{
    idl_error(c, x->at, IDL_E_CONSTANT, "%s", why);
    return false;
}

static bool type_size(struct idl_compilation *c, const struct idl_expr *x, int64_t *ret_value)
{
    struct idl_type *t = idl_strip(x->type);

    if (t->kind == IDL_SCALAR && t->scalar != IDL_INT3264 && t->scalar != IDL_UINT3264)
        *ret_value = idl_scalar_row(t->scalar)->size64;
    else if (t->kind == IDL_ENUM)
        *ret_value = 4;
    else
        return not_constant(c, x, "the size of this type is no constant of the language");
    return true;
}

/* A cast to an integer type keeps its low bits, as in C. */
static bool cast(struct idl_compilation *c, const struct idl_expr *x, int64_t v, int64_t *ret_value)
{
    struct idl_type *t = idl_strip(x->type);
    const struct idl_scalar_row *row;

    if (t->kind == IDL_ENUM) {
        *ret_value = (int32_t)v;
        return true;
    }
    if (t->kind != IDL_SCALAR || !idl_scalar_row(t->scalar)->integer)
        return not_constant(c, x, "a cast to a type that is no integer");
    row = idl_scalar_row(t->scalar);
    switch (row->size64) {
    case 1: *ret_value = row->is_signed ? (int8_t)v : (uint8_t)v; break;
    case 2: *ret_value = row->is_signed ? (int16_t)v : (uint16_t)v; break;
    case 4: *ret_value = row->is_signed ? (int32_t)v : (int64_t)(uint32_t)v; break;
    default: *ret_value = v;
    }
    return true;
}

static bool arithmetic(struct idl_compilation *c, const struct idl_expr *x, int64_t a, int64_t b,
                       int64_t *r)
{
    switch (x->op) {
    case IDL_X_MUL:
        return !__builtin_mul_overflow(a, b, r) || not_constant(c, x, "the product overflows");
    case IDL_X_ADD:
        return !__builtin_add_overflow(a, b, r) || not_constant(c, x, "the sum overflows");
    case IDL_X_SUB:
        return !__builtin_sub_overflow(a, b, r) || not_constant(c, x, "the difference overflows");
    case IDL_X_DIV:
    case IDL_X_MOD:
        if (b == 0 || (a == INT64_MIN && b == -1))
            return not_constant(c, x, "the quotient does not exist");
        *r = x->op == IDL_X_DIV ? a / b : a % b;
        return true;
    case IDL_X_SHL:
    case IDL_X_SHR:
        if (b < 0 || b > 63)
            return not_constant(c, x, "a shift by less than 0 or more than 63");
        *r = x->op == IDL_X_SHL ? (int64_t)((uint64_t)a << b) : a >> b;
        return true;
    case IDL_X_LT: *r = a < b; return true;
    case IDL_X_GT: *r = a > b; return true;
    case IDL_X_LE: *r = a <= b; return true;
    case IDL_X_GE: *r = a >= b; return true;
    case IDL_X_EQ: *r = a == b; return true;
    case IDL_X_NE: *r = a != b; return true;
    case IDL_X_AND: *r = a & b; return true;
    case IDL_X_XOR: *r = a ^ b; return true;
    case IDL_X_OR: *r = a | b; return true;
    case IDL_X_LAND: *r = a && b; return true;
    case IDL_X_LOR: *r = a || b; return true;
    default: return not_constant(c, x, "no constant");
    }
}

static bool name_value(struct idl_compilation *c, struct idl_expr *x, int64_t *ret_value)
{
    struct idl_symbol *s = x->name->symbol;

    if (s == NULL || (s->kind != IDL_S_CONST && s->kind != IDL_S_ENUMERATOR)) {
        idl_error(c, x->at, IDL_E_UNDECLARED, "there is no constant '%s'", x->name->text);
        return false;
    }
    if (!s->has_value) {
        struct idl_expr *expr = s->expr;

        if (expr == NULL)
            return not_constant(c, x, "the constant has no integer value");
        s->expr = NULL; /* a constant cannot be made of itself */
        s->has_value = idl_const_value(c, expr, &s->value);
        if (!s->has_value)
            return false;
        s->expr = expr;
    }
    *ret_value = s->value;
    return true;
}

bool idl_const_value(struct idl_compilation *c, struct idl_expr *x, int64_t *ret_value)
{
    int64_t a, b;

    switch (x->op) {
    case IDL_X_NUMBER: *ret_value = x->value; return true;
    case IDL_X_NAME: return name_value(c, x, ret_value);
    case IDL_X_SIZEOF: return type_size(c, x, ret_value);
    case IDL_X_STRING:
    case IDL_X_NULL:
    case IDL_X_SET:
    case IDL_X_DEREF: return not_constant(c, x, "an integer constant is expected here");
    case IDL_X_COND:
        if (!idl_const_value(c, x->a, &a))
            return false;
        return idl_const_value(c, a ? x->b : x->c, ret_value);
    default: break;
    }
    if (!idl_const_value(c, x->a, &a))
        return false;
    switch (x->op) {
    case IDL_X_CAST: return cast(c, x, a, ret_value);
    case IDL_X_NEG:
        return arithmetic(c, &(struct idl_expr){.op = IDL_X_SUB, .at = x->at}, 0, a, ret_value);
    case IDL_X_PLUS: *ret_value = a; return true;
    case IDL_X_NOT: *ret_value = !a; return true;
    case IDL_X_COMPL: *ret_value = ~a; return true;
    default: break;
    }
    return idl_const_value(c, x->b, &b) && arithmetic(c, x, a, b, ret_value);
}

struct idl_var *idl_scope_find(const struct idl_scope *scope, const struct idl_name *name)
{
    struct idl_var *v = scope == NULL ? NULL : scope->vars;

    while (v != NULL && v->name != name)
        v = v->next;
    return v;
}

static bool is_integer(struct idl_type *t)
{
    t = idl_strip(t);
    return t->kind == IDL_ENUM || (t->kind == IDL_SCALAR && idl_scalar_row(t->scalar)->integer);
}

static bool check_name(struct idl_compilation *c, struct idl_expr *x, const struct idl_scope *scope,
                       bool deref)
{
    struct idl_var *v = idl_scope_find(scope, x->name);
    struct idl_type *t;
    int64_t value;

    if (v == NULL && x->name->symbol != NULL && !deref &&
        (x->name->symbol->kind == IDL_S_CONST || x->name->symbol->kind == IDL_S_ENUMERATOR))
        return idl_const_value(c, x, &value);
    if (v == NULL || v->type == NULL) {
        idl_error(c, x->at, IDL_E_UNDECLARED, "there is no %s '%s'",
                  scope != NULL && scope->params ? "parameter" : "member", x->name->text);
        return false;
    }
    t = idl_strip(v->type);
    if (deref) {
        if (t->kind != IDL_POINTER || !is_integer(t->to) || !scope->params) {
            idl_error(c, x->at, IDL_E_EXPRESSION,
                      "only a parameter that points to an integer can be dereferenced");
            return false;
        }
    } else if (!is_integer(t)) {
        idl_error(c, x->at, IDL_E_EXPRESSION, "'%s' is no integer", x->name->text);
        return false;
    }
    return true;
}

/* ---- Pointers as truths ------------------------------------------------------------------------ */

/* A parameter that is a pointer to data, named where a truth is asked for or to be compared with NULL. */
static bool names_pointer(const struct idl_expr *x, const struct idl_scope *scope)
{
    struct idl_symbol *context;
    struct idl_var *v;

    if (x->op != IDL_X_NAME || scope == NULL || !scope->params)
        return false;
    v = idl_scope_find(scope, x->name);
    return v != NULL && v->type != NULL && idl_strip(v->type)->kind == IDL_POINTER &&
           !idl_is_context(v->type, &context);
}

static bool is_null(const struct idl_expr *x)
{
    return x->op == IDL_X_NULL || (x->op == IDL_X_NUMBER && x->value == 0);
}

/* The name becomes the question whether it is set. */
static void ask_if_set(struct idl_compilation *c, struct idl_expr *x)
{
    struct idl_expr *name = IDL_NEW(c, struct idl_expr);

    *name = *x;
    x->op = IDL_X_SET;
    x->a = name;
}

/* Checks an expression whose value is only true or false. */
static bool check_truth(struct idl_compilation *c, struct idl_expr *x,
                        const struct idl_scope *scope)
{
    if (!names_pointer(x, scope))
        return idl_check_expr(c, x, scope);
    ask_if_set(c, x);
    return true;
}

/* p == NULL, NULL != p: true if it was one. */
static bool take_comparison(struct idl_compilation *c, struct idl_expr *x,
                            const struct idl_scope *scope)
{
    struct idl_expr *p = is_null(x->b) ? x->a : is_null(x->a) ? x->b : NULL;
    bool equal = x->op == IDL_X_EQ;

    if (p == NULL || !names_pointer(p, scope))
        return false;
    ask_if_set(c, p);
    x->op = equal ? IDL_X_NOT : IDL_X_PLUS;
    x->a = p;
    x->b = NULL;
    return true;
}

/* ---- Expressions that are evaluated in stubs --------------------------------------------------- */

bool idl_check_expr(struct idl_compilation *c, struct idl_expr *x, const struct idl_scope *scope)
{
    bool good = true;
    int64_t v;

    switch (x->op) {
    case IDL_X_NUMBER: return true;
    case IDL_X_SET: return true; /* checked before */
    case IDL_X_NAME: return check_name(c, x, scope, false);
    case IDL_X_NOT: return check_truth(c, x->a, scope);
    case IDL_X_LAND:
    case IDL_X_LOR: good = check_truth(c, x->a, scope); return check_truth(c, x->b, scope) && good;
    case IDL_X_EQ:
    case IDL_X_NE:
        if (take_comparison(c, x, scope))
            return true;
        break;
    case IDL_X_COND:
        good = check_truth(c, x->a, scope);
        good &= idl_check_expr(c, x->b, scope);
        return idl_check_expr(c, x->c, scope) && good;
    case IDL_X_SIZEOF: {
        struct idl_type *t = idl_strip(x->type);

        if (t->kind == IDL_VOID || t->kind == IDL_FUNCTION ||
            ((t->kind == IDL_STRUCT || t->kind == IDL_UNION) && !t->complete)) {
            idl_error(c, x->at, IDL_E_INCOMPLETE, "the type has no size");
            return false;
        }
        return true;
    }
    case IDL_X_DEREF:
        if (x->a->op != IDL_X_NAME) {
            idl_error(c, x->at, IDL_E_EXPRESSION, "'*' takes the name of a parameter");
            return false;
        }
        return check_name(c, x->a, scope, true);
    case IDL_X_CAST:
        if (!cast(c, x, 0, &v))
            return false;
        break;
    case IDL_X_STRING:
    case IDL_X_NULL:
        idl_error(c, x->at, IDL_E_EXPRESSION, "an integer is expected here");
        return false;
    default: break;
    }
    good = idl_check_expr(c, x->a, scope);
    if (x->b != NULL)
        good &= idl_check_expr(c, x->b, scope);
    return good;
}

bool idl_expr_any(const struct idl_expr *x, const struct idl_scope *scope,
                  bool (*test)(const struct idl_var *, const void *), const void *arg)
{
    const struct idl_var *v;

    if (x == NULL)
        return false;
    if (x->op == IDL_X_NAME) {
        v = idl_scope_find(scope, x->name);
        return v != NULL && test(v, arg);
    }
    return idl_expr_any(x->a, scope, test, arg) || idl_expr_any(x->b, scope, test, arg) ||
           idl_expr_any(x->c, scope, test, arg);
}

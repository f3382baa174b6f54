/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.c - from types and attributes to plans
 *
 * Attributes such as size_is(a,b) speak of the levels of a declarator, which may pass through
 * typedefs. `struct walk` carries what is still to be used up on the way down.
 */
#include <string.h>

#include "idl/plan.h"

#define PLAN_LIMIT_SIZE INT32_MAX /* octets of one object */

struct walk {
    struct idl_compilation *c;
    const struct idl_var *var;
    const struct idl_scope *scope;
    enum idl_plan_place place;
    struct idl_expr *size, *max, *length, *last, *first; /* of the levels below */
    bool has_size, has_max, has_length, has_last, has_first;
    const struct idl_attr *string, *class, *range, *switch_is, *context;
    bool embedded; /* below a structure, union, array, or second pointer */
    bool deferred; /* a pending entry goes on with this walk */
    unsigned level;
};

struct bounds {
    struct idl_expr *size, *length, *first;
    bool size_is_last, length_is_last;
};

/* A pointee is planned when everything around its pointer is, so that types may reach themselves. */
struct idl_pending {
    struct idl_pending *next;
    struct walk walk;
    struct bounds bounds;
    struct idl_plan *pointer;
    struct idl_type *to;
};

static struct idl_plan *walk_type(struct walk *w, struct idl_type *t);

static struct idl_plan *new_plan(struct walk *w, enum idl_plan_kind kind, struct idl_type *t)
{
    struct idl_plan *p = IDL_NEW(w->c, struct idl_plan);

    p->kind = kind;
    p->type = t;
    p->at = w->var->at;
    return p;
}

static struct idl_plan *refuse(struct walk *w, enum idl_error number, const char *why)
{
    idl_error(w->c, w->var->at, number, "'%s': %s",
              w->var->name == NULL ? "result" : w->var->name->text, why);
    return NULL;
}

static uint32_t saturate(uint64_t n)
{
    return n > PLAN_LIMIT_SIZE ? PLAN_LIMIT_SIZE : (uint32_t)n;
}

static uint32_t align_up(uint32_t n, uint32_t a)
{
    return saturate(((uint64_t)n + a - 1) / a * a);
}

static uint8_t larger(uint8_t a, uint8_t b)
{
    return a > b ? a : b;
}

/* ---- Leaves ---------------------------------------------------------------------------------- */

static bool take_range(struct walk *w, struct idl_plan *p, int64_t min, int64_t max)
{
    struct idl_expr *low, *high;

    if (w->range == NULL)
        return true;
    low = w->range->exprs;
    high = low == NULL ? NULL : low->next;
    if (high == NULL || high->next != NULL || low->op == IDL_X_NULL || high->op == IDL_X_NULL) {
        idl_error(w->c, w->range->at, IDL_E_RANGE, "[range] takes a lowest and a highest value");
        return false;
    }
    if (!idl_const_value(w->c, low, &p->low) || !idl_const_value(w->c, high, &p->high))
        return false;
    if (p->low > p->high) {
        idl_error(w->c, w->range->at, IDL_E_RANGE, "no value is in this range");
        return false;
    }
    if (p->low < min || p->high > max) {
        idl_error(w->c, w->range->at, IDL_E_RANGE,
                  "the type does not have all values of the range");
        return false;
    }
    p->ranged = true;
    w->range = NULL;
    return true;
}

static struct idl_plan *plan_scalar(struct walk *w, struct idl_type *t)
{
    const struct idl_scalar_row *row = idl_scalar_row(t->scalar);
    struct idl_plan *p = new_plan(w, PLAN_SCALAR, t);

    p->scalar = t->scalar;
    p->a20 = row->size20;
    p->a64 = row->size64;
    p->min = row->size20;
    p->size64 = row->size64;
    if (w->range != NULL && !row->integer)
        return refuse(w, IDL_E_RANGE, "[range] needs an integer type");
    return take_range(w, p, row->min, row->max) ? p : NULL;
}

static struct idl_plan *plan_enum(struct walk *w, struct idl_type *t, bool v1)
{
    struct idl_plan *p = new_plan(w, PLAN_ENUM, t);

    if (!t->complete)
        return refuse(w, IDL_E_INCOMPLETE, "the enum has no body");
    p->v1 = v1 || idl_attr(&t->attrs, IDL_A_V1_ENUM) != NULL;
    p->a20 = p->v1 ? 4 : 2;
    p->a64 = 4;
    p->min = p->a20;
    p->size64 = 4;
    return take_range(w, p, INT32_MIN, INT32_MAX) ? p : NULL;
}

/* ---- Structures and unions ------------------------------------------------------------------- */

static bool plan_member(struct walk *w, struct idl_type *t, struct idl_plan *p, struct idl_var *v,
                        const struct idl_scope *scope)
{
    struct idl_plan *m = idl_plan_var(w->c, v, scope, PLAN_IN_FIELD);

    v->plan = m;
    if (m == NULL)
        return false;
    if (m->conformant && v->next != NULL) {
        idl_error(w->c, v->at, IDL_E_ARRAY, "a conformant array stands last in its structure");
        return false;
    }
    p->a20 = larger(p->a20, m->a20);
    p->a64 = larger(p->a64, m->a64);
    p->pointers |= m->pointers;
    p->conformant |= m->conformant;
    p->min = saturate((uint64_t)p->min + m->min);
    if (v != t->vars && p->size64 == 0)
        return true;
    p->size64 = m->size64 == 0 ? 0 : saturate((uint64_t)align_up(p->size64, m->a64) + m->size64);
    return true;
}

static struct idl_plan *plan_struct(struct walk *w, struct idl_type *t)
{
    struct idl_scope *scope = IDL_NEW(w->c, struct idl_scope); /* deferred pointees keep it */
    struct idl_plan *p = t->plan;
    uint32_t index = 0;
    bool good = true;

    if (!t->complete)
        return refuse(w, IDL_E_INCOMPLETE, "the structure has no body");
    if (p != NULL)
        return p;
    scope->vars = t->vars;
    p = t->plan = new_plan(w, PLAN_STRUCT, t);
    p->a20 = p->a64 = 1;
    t->mark = 2; /* being planned: it cannot contain itself */
    for (struct idl_var *v = t->vars; v != NULL; v = v->next)
        v->index = index++;
    for (struct idl_var *v = t->vars; v != NULL; v = v->next)
        good &= plan_member(w, t, p, v, scope);
    t->mark = good ? 0 : 3;
    p->gap = p->size64 % p->a64 != 0 || p->size64 == 0;
    p->size64 = align_up(p->size64, p->a64);
    return p;
}

static bool plan_arms(struct walk *w, struct idl_type *t, struct idl_plan *p)
{
    bool good = true;
    uint32_t least = UINT32_MAX;

    p->arms20 = p->arms64 = 1;
    for (struct idl_var *v = t->vars; v != NULL; v = v->next) {
        if (v->type == NULL) {
            least = 0;
            continue;
        }
        v->plan = idl_plan_var(w->c, v, NULL, PLAN_IN_ARM);
        if (v->plan == NULL) {
            good = false;
            continue;
        }
        if (v->plan->conformant) {
            idl_error(w->c, v->at, IDL_E_ARRAY, "a union has no conformant arms; use a pointer");
            good = false;
        }
        p->a20 = larger(p->a20, v->plan->a20);
        p->arms64 = larger(p->arms64, v->plan->a64);
        if (t->ms_union) /* rpc-wire 10; MS-RPCE 2.2.4.5 */
            p->arms20 = larger(p->arms20, v->plan->a20);
        p->pointers |= v->plan->pointers;
        if (v->plan->min < least)
            least = v->plan->min;
    }
    p->a64 = larger(p->a64, p->arms64);
    p->min = saturate((uint64_t)p->tag->min + least);
    return good;
}

/* A union without [switch_type] has the type of the variable that switches it. */
static struct idl_type *switch_type(struct walk *w, const struct idl_type *t)
{
    const struct idl_attr *type = idl_attr(&t->attrs, IDL_A_SWITCH_TYPE);
    const struct idl_expr *x = w->switch_is != NULL ? w->switch_is->exprs : NULL;
    bool behind = x != NULL && x->op == IDL_X_DEREF;
    const struct idl_var *v;
    struct idl_type *is;

    if (type != NULL)
        return type->type;
    x = behind ? x->a : x;
    v = x != NULL && x->op == IDL_X_NAME ? idl_scope_find(w->scope, x->name) : NULL;
    is = v != NULL ? idl_strip(v->type) : NULL;
    if (!behind || is == NULL)
        return is;
    return is->kind == IDL_POINTER ? idl_strip(is->to) : NULL;
}

/* Every use of such a union has to agree. */
static bool switches_alike(struct walk *w, const struct idl_type *t)
{
    struct idl_type *first = t->plan->tag->type, *other;

    if (t->encapsulated || w->switch_is == NULL || idl_attr(&t->attrs, IDL_A_SWITCH_TYPE) != NULL)
        return true;
    other = switch_type(w, t);
    first = first == NULL ? NULL : idl_strip(first);
    return other == NULL || first == NULL ||
           (first->kind == other->kind &&
            (first->kind != IDL_SCALAR ||
             idl_scalar_row(first->scalar)->size64 == idl_scalar_row(other->scalar)->size64));
}

static struct idl_plan *plan_tag(struct walk *w, struct idl_type *t)
{
    struct idl_var *v = IDL_NEW(w->c, struct idl_var);
    struct idl_plan *p;

    if (t->encapsulated)
        v = t->switch_var;
    v->at = t->encapsulated ? v->at : w->var->at;
    if (!t->encapsulated) {
        v->type = switch_type(w, t);
        if (v->type == NULL)
            return refuse(w, IDL_E_UNION, "its union needs [switch_type(TYPE)]");
        v->name = t->tag;
    }
    p = idl_plan_var(w->c, v, NULL, PLAN_IN_FIELD);
    if (p != NULL && p->kind != PLAN_ENUM &&
        (p->kind != PLAN_SCALAR || !idl_scalar_row(p->scalar)->integer || p->min > 4 ||
         p->scalar == IDL_INT3264 || p->scalar == IDL_UINT3264)) {
        idl_error(w->c, v->at, IDL_E_UNION, "a union is switched by an integer of at most 32 bits");
        return NULL;
    }
    return p;
}

static void check_case(struct walk *w, struct idl_type *t, struct idl_expr *x, int64_t *values,
                       uint32_t *count)
{
    const struct idl_plan *tag = t->plan->tag;
    int64_t value;

    if (!idl_const_value(w->c, x, &value))
        return;
    if (tag->kind == PLAN_SCALAR &&
        (value < idl_scalar_row(tag->scalar)->min || value > idl_scalar_row(tag->scalar)->max))
        idl_error(w->c, x->at, IDL_E_UNION, "the switch's type does not have this value");
    for (uint32_t i = 0; i < *count; i++) {
        if (values[i] == value) {
            idl_error(w->c, x->at, IDL_E_UNION, "the case %lld is there already", (long long)value);
            return;
        }
    }
    if (*count < IDL_LIMIT_MEMBERS)
        values[(*count)++] = value;
    else
        idl_error(w->c, x->at, IDL_E_LIMIT, "more than %d cases", IDL_LIMIT_MEMBERS);
}

static void check_cases(struct walk *w, struct idl_type *t)
{
    int64_t *values = idl_alloc(w->c, IDL_LIMIT_MEMBERS * sizeof *values);
    const struct idl_var *other = NULL;
    uint32_t count = 0;

    for (struct idl_var *v = t->vars; v != NULL; v = v->next) {
        if (v->cases == NULL && !v->is_default)
            idl_error(w->c, v->at, IDL_E_UNION, "an arm needs [case(VALUE)] or [default]");
        if (v->is_default && other != NULL)
            idl_error(w->c, v->at, IDL_E_UNION, "a union has one default arm");
        if (v->is_default)
            other = v;
        for (struct idl_expr *x = v->cases; x != NULL; x = x->next)
            check_case(w, t, x, values, &count);
    }
}

static struct idl_plan *plan_union(struct walk *w, struct idl_type *t)
{
    struct idl_plan *p = t->plan, *use;
    bool fresh = p == NULL;

    if (!t->complete)
        return refuse(w, IDL_E_INCOMPLETE, "the union has no body");
    if (fresh) {
        p = t->plan = new_plan(w, PLAN_UNION, t);
        t->mark = 2;
        p->tag = plan_tag(w, t);
        if (p->tag == NULL) {
            t->mark = 3;
            return NULL;
        }
        p->a20 = p->tag->a20;
        p->a64 = p->tag->a64;
        t->mark = plan_arms(w, t, p) ? 0 : 3;
        check_cases(w, t);
    }
    if (!fresh && t->mark != 2 && !switches_alike(w, t))
        return refuse(
            w, IDL_E_UNION,
            "its union is switched by another type elsewhere; it needs [switch_type(TYPE)]");
    if (t->encapsulated) {
        if (w->switch_is != NULL)
            return refuse(w, IDL_E_UNION, "an encapsulated union has its own switch");
        return p;
    }
    if (w->switch_is == NULL)
        return refuse(w, IDL_E_UNION, "a union here needs [switch_is(EXPRESSION)]");
    use = IDL_NEW(w->c, struct idl_plan);
    *use = *p;
    use->shared = p;
    use->type = t;
    use->switch_is = w->switch_is->exprs;
    w->switch_is = NULL;
    if (use->switch_is->next != NULL || use->switch_is->op == IDL_X_NULL)
        return refuse(w, IDL_E_UNION, "[switch_is] takes one expression");
    return idl_check_expr(w->c, use->switch_is, w->scope) ? use : NULL;
}

/* ---- Arrays and pointers --------------------------------------------------------------------- */

/* The next level's argument of a size attribute; NULL if it has none. */
static struct idl_expr *take_level(struct idl_expr **list)
{
    struct idl_expr *x = *list;

    if (x == NULL)
        return NULL;
    *list = x->next;
    return x->op == IDL_X_NULL ? NULL : x;
}

static bool take_bounds(struct walk *w, struct bounds *b)
{
    struct idl_expr *size = take_level(&w->size), *max = take_level(&w->max);
    struct idl_expr *length = take_level(&w->length), *last = take_level(&w->last);
    struct idl_expr *exprs[3];

    memset(b, 0, sizeof *b);
    b->first = take_level(&w->first);
    if (size != NULL && max != NULL)
        return refuse(w, IDL_E_TWICE, "size_is and max_is exclude each other") != NULL;
    if (length != NULL && last != NULL)
        return refuse(w, IDL_E_TWICE, "length_is and last_is exclude each other") != NULL;
    b->size = size != NULL ? size : max;
    b->size_is_last = max != NULL;
    b->length = length != NULL ? length : last;
    b->length_is_last = last != NULL;
    exprs[0] = b->size;
    exprs[1] = b->length;
    exprs[2] = b->first;
    for (size_t i = 0; i < 3; i++)
        if (exprs[i] != NULL && !idl_check_expr(w->c, exprs[i], w->scope))
            return false;
    return true;
}

static bool is_character(const struct idl_type *type)
{
    struct idl_type *t = idl_strip((struct idl_type *)(uintptr_t)type);

    return t->kind == IDL_SCALAR &&
           (t->scalar == IDL_CHAR || t->scalar == IDL_UCHAR || t->scalar == IDL_SCHAR ||
            t->scalar == IDL_WCHAR || t->scalar == IDL_BYTE || t->scalar == IDL_USHORT);
}

/* An array of `element`s: fixed if count is not 0, else conformant. */
static struct idl_plan *make_array(struct walk *w, struct idl_type *element, uint32_t count,
                                   const struct bounds *b)
{
    struct idl_plan *p = new_plan(w, PLAN_ARRAY, element);
    bool embedded = w->embedded, context = idl_is_context(element, NULL);

    if (context && (b->length != NULL || b->first != NULL))
        return refuse(
            w, IDL_E_CONTEXT_PLACE,
            "an array of context handles is sent whole, without [length_is] or [first_is] "
            "(D11)");
    p->is_string = w->string != NULL && is_character(element);
    if (p->is_string)
        w->string = NULL;
    w->embedded = embedded || !context || w->place != PLAN_IN_PARAM; /* D11 */
    w->level++;
    p->element = walk_type(w, element);
    w->embedded = embedded;
    if (p->element == NULL)
        return NULL;
    if (p->element->conformant)
        return refuse(w, IDL_E_ARRAY,
                      p->element->kind == PLAN_ARRAY
                          ? "only the first dimension of an array may be open"
                          : "conformant structures are no elements; use pointers");
    if (p->element->kind == PLAN_ARRAY && p->element->varying && !p->element->is_string)
        return refuse(w, IDL_E_ARRAY, "only the first dimension of an array may vary");
    if (p->is_string && (b->length != NULL || b->first != NULL))
        return refuse(w, IDL_E_STRING, "a string's length is where its terminator is");
    if (count == 0 && b->size == NULL && !p->is_string)
        return refuse(w, IDL_E_ARRAY, "an open array needs [size_is] or [max_is]");
    if (count != 0 && b->size != NULL)
        return refuse(w, IDL_E_ARRAY, "an array of fixed size needs no [size_is]");
    p->count = count;
    p->size = b->size;
    p->size_is_last = b->size_is_last;
    p->length = b->length;
    p->length_is_last = b->length_is_last;
    p->first = b->first;
    p->conformant = count == 0;
    p->varying = p->is_string || b->length != NULL || b->first != NULL;
    p->pointers = p->element->pointers;
    p->a20 = p->varying ? larger(4, p->element->a20) : p->element->a20;
    p->a64 = p->varying ? 8 : p->element->a64;
    p->min = p->varying ? 8 : saturate((uint64_t)count * p->element->min);
    if (!p->varying && count != 0 && p->element->size64 != 0)
        p->size64 = saturate((uint64_t)count * align_up(p->element->size64, p->element->a64));
    return p;
}

bool idl_array_count(struct idl_compilation *c, struct idl_type *t)
{
    int64_t count;

    if (t->counted)
        return t->count != 0;
    t->counted = true;
    if (!idl_const_value(c, t->bound, &count))
        return false;
    if (count <= 0 || count > PLAN_LIMIT_SIZE) {
        idl_error(c, t->at, IDL_E_ARRAY, "an array has 1 to %d elements", PLAN_LIMIT_SIZE);
        return false;
    }
    t->count = (uint32_t)count;
    return true;
}

static struct idl_plan *plan_array(struct walk *w, struct idl_type *t)
{
    struct bounds b;

    if (!take_bounds(w, &b) || (t->bound != NULL && !idl_array_count(w->c, t)))
        return NULL;
    return make_array(w, t->to, t->count, &b);
}

static struct idl_plan *plan_pointer(struct walk *w, struct idl_type *t)
{
    struct idl_plan *p = new_plan(w, PLAN_POINTER, t);
    struct idl_type *to = idl_strip(t->to);
    bool embedded = w->embedded, context = idl_is_context(t->to, NULL);
    struct idl_pending *pending;
    struct bounds b;

    p->class = w->class != NULL ? w->class->kind : t->pointer_class;
    if (w->class == NULL && w->place == PLAN_IN_PARAM && w->level == 0)
        p->class = IDL_A_REF;
    if (w->class == NULL && w->place == PLAN_IN_RESULT && w->level == 0 && p->class == IDL_A_REF)
        p->class = IDL_A_UNIQUE;
    w->class = NULL;
    w->c->full_pointers |= p->class == IDL_A_PTR;
    p->a20 = 4;
    p->a64 = 8;
    p->min = 4;
    p->size64 = 8;
    p->pointers = true;
    if (!take_bounds(w, &b))
        return NULL;
    if (to->kind == IDL_FUNCTION)
        return refuse(w, IDL_E_REMOTE_TYPE, "a pointer to a function cannot be sent");
    if (to->kind == IDL_VOID)
        return refuse(w, IDL_E_REMOTE_TYPE,
                      "'void *' has no wire form; use byte with [size_is], or a context handle");
    if (b.size == NULL && (b.length != NULL || b.first != NULL))
        return refuse(w, IDL_E_ARRAY, "a pointer with [length_is] needs [size_is] too");
    pending = IDL_NEW(w->c, struct idl_pending);
    pending->walk = *w;
    pending->walk.embedded = embedded || w->level > 0 || !context;
    pending->walk.level++;
    pending->bounds = b;
    pending->pointer = p;
    pending->to = t->to;
    *w->c->pending_tail = pending;
    w->c->pending_tail = &pending->next;
    w->deferred = true;
    return p;
}

static struct idl_plan *plan_context(struct walk *w, struct idl_type *t, struct idl_symbol *s)
{
    struct idl_plan *p = new_plan(w, PLAN_CONTEXT, t);

    if (w->embedded || w->place == PLAN_IN_FIELD || w->place == PLAN_IN_ARM)
        return refuse(w, IDL_E_CONTEXT_PLACE,
                      "a context handle is a parameter, an element of one that is an array, or a "
                      "result; in structures and unions or behind further pointers it cannot be "
                      "(D11)");
    p->context = s;
    p->a20 = p->a64 = 4;
    p->min = p->size64 = 20;
    return p;
}

/* An ignored pointer keeps its slot, which is always null. */
static struct idl_plan *plan_ignored(struct walk *w, struct idl_type *t)
{
    struct idl_plan *p = new_plan(w, PLAN_IGNORED, t);

    if (idl_strip(t)->kind != IDL_POINTER)
        return refuse(w, IDL_E_POINTER, "[ignore] needs a pointer");
    p->a20 = 4;
    p->a64 = 8;
    p->min = 4;
    p->size64 = 8;
    w->deferred = true; /* other attributes speak of what is not sent */
    return p;
}

/* ---- The walk -------------------------------------------------------------------------------- */

bool idl_is_context(const struct idl_type *t, struct idl_symbol **ret_symbol)
{
    const struct idl_type *from = t;

    for (; t->kind == IDL_ALIAS; t = t->symbol->type) {
        if (idl_attr(&t->symbol->attrs, IDL_A_CONTEXT_HANDLE) != NULL) {
            while (from->symbol->name == NULL && from != t) /* a const on top of it */
                from = from->symbol->type;
            if (ret_symbol != NULL)
                *ret_symbol = from->symbol;
            return true;
        }
    }
    return false;
}

const struct idl_symbol *idl_generic_handle(const struct idl_type *t)
{
    for (; t->kind == IDL_ALIAS; t = t->symbol->type)
        if (idl_attr(&t->symbol->attrs, IDL_A_HANDLE) != NULL)
            return t->symbol;
    return NULL;
}

static void inherit(const struct idl_attr **to, const struct idl_attrs *attrs,
                    enum idl_attr_kind kind)
{
    if (*to == NULL)
        *to = idl_attr(attrs, kind);
}

static struct idl_plan *walk_alias(struct walk *w, struct idl_type *t)
{
    const struct idl_attrs *attrs = &t->symbol->attrs;
    struct idl_symbol *s;
    struct idl_plan *p;

    if (idl_is_context(t, &s))
        return plan_context(w, t, s);
    inherit(&w->string, attrs, IDL_A_STRING);
    inherit(&w->range, attrs, IDL_A_RANGE);
    inherit(&w->class, attrs, IDL_A_REF);
    inherit(&w->class, attrs, IDL_A_UNIQUE);
    inherit(&w->class, attrs, IDL_A_PTR);
    p = idl_attr(attrs, IDL_A_V1_ENUM) != NULL && idl_strip(t)->kind == IDL_ENUM
            ? plan_enum(w, idl_strip(t), true)
            : walk_type(w, t->symbol->type);
    if (p != NULL && p->kind != PLAN_STRUCT && p->kind != PLAN_UNION && p->kind != PLAN_ARRAY)
        p->type = t; /* keep the author's name */
    return p;
}

static struct idl_plan *walk_named(struct walk *w, struct idl_type *t)
{
    if (t->mark == 2)
        return refuse(w, IDL_E_INCOMPLETE, "the type contains itself; use a pointer");
    return t->kind == IDL_STRUCT ? plan_struct(w, t) : plan_union(w, t);
}

static struct idl_plan *walk_type(struct walk *w, struct idl_type *t)
{
    struct idl_plan *p;

    switch (t->kind) {
    case IDL_VOID: return refuse(w, IDL_E_REMOTE_TYPE, "void has no value");
    case IDL_SCALAR: return plan_scalar(w, t);
    case IDL_ENUM: return plan_enum(w, t, false);
    case IDL_STRUCT:
    case IDL_UNION: p = t->mark == 3 ? NULL : walk_named(w, t); return t->mark == 3 ? NULL : p;
    case IDL_POINTER: return plan_pointer(w, t);
    case IDL_ARRAY: return plan_array(w, t);
    case IDL_ALIAS: return walk_alias(w, t);
    case IDL_HANDLE:
        return refuse(w, IDL_E_BINDING, "handle_t is only a parameter, [in] and by value");
    case IDL_FUNCTION: return refuse(w, IDL_E_REMOTE_TYPE, "a function cannot be sent");
    }
    return NULL;
}

/* What the way down to the leaves did not use up does not fit the type. */
static bool check_leftover(struct walk *w)
{
    const struct {
        bool left;
        enum idl_attr_kind kind;
        enum idl_error number;
    } rows[] = {
        {w->size != NULL, IDL_A_SIZE_IS, IDL_E_ARRAY},
        {w->max != NULL, IDL_A_MAX_IS, IDL_E_ARRAY},
        {w->length != NULL, IDL_A_LENGTH_IS, IDL_E_ARRAY},
        {w->last != NULL, IDL_A_LAST_IS, IDL_E_ARRAY},
        {w->first != NULL, IDL_A_FIRST_IS, IDL_E_ARRAY},
        {w->string != NULL, IDL_A_STRING, IDL_E_STRING},
        {w->range != NULL, IDL_A_RANGE, IDL_E_RANGE},
        {w->switch_is != NULL, IDL_A_SWITCH_IS, IDL_E_UNION},
        {w->class != NULL, w->class == NULL ? IDL_A_REF : w->class->kind, IDL_E_POINTER},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].left) {
            idl_error(w->c, w->var->at, rows[i].number, "[%s] does not fit the type of '%s'",
                      idl_attr_name(rows[i].kind),
                      w->var->name == NULL ? "the result" : w->var->name->text);
            return false;
        }
    }
    return true;
}

static struct idl_expr *exprs_of(const struct idl_var *v, enum idl_attr_kind kind)
{
    const struct idl_attr *a = idl_attr(&v->attrs, kind);

    return a == NULL ? NULL : a->exprs;
}

static void plan_pointee(struct idl_pending *pending)
{
    struct walk *w = &pending->walk;
    struct idl_plan *p = pending->pointer;

    if (pending->bounds.size != NULL || (w->string != NULL && is_character(pending->to)))
        p->to = make_array(w, pending->to, 0, &pending->bounds);
    else
        p->to = walk_type(w, pending->to);
    if (p->to != NULL && !w->deferred)
        check_leftover(w);
}

struct idl_plan *idl_plan_var(struct idl_compilation *c, struct idl_var *v,
                              const struct idl_scope *scope, enum idl_plan_place place)
{
    struct walk w = {.c = c, .var = v, .scope = scope, .place = place};
    struct idl_plan *p;

    w.size = exprs_of(v, IDL_A_SIZE_IS);
    w.max = exprs_of(v, IDL_A_MAX_IS);
    w.length = exprs_of(v, IDL_A_LENGTH_IS);
    w.last = exprs_of(v, IDL_A_LAST_IS);
    w.first = exprs_of(v, IDL_A_FIRST_IS);
    w.string = idl_attr(&v->attrs, IDL_A_STRING);
    w.range = idl_attr(&v->attrs, IDL_A_RANGE);
    w.switch_is = idl_attr(&v->attrs, IDL_A_SWITCH_IS);
    inherit(&w.class, &v->attrs, IDL_A_REF);
    inherit(&w.class, &v->attrs, IDL_A_UNIQUE);
    inherit(&w.class, &v->attrs, IDL_A_PTR);
    if (c->pending_tail == NULL)
        c->pending_tail = &c->pending;
    c->plan_depth++;
    p = idl_attr(&v->attrs, IDL_A_IGNORE) != NULL ? plan_ignored(&w, v->type)
                                                  : walk_type(&w, v->type);
    if (p != NULL && p->kind == PLAN_CONTEXT && w.class != NULL && w.class->kind == IDL_A_REF)
        w.class = NULL; /* a handle by value is never NULL anyway */
    if (p != NULL && !w.deferred)
        check_leftover(&w);
    while (c->plan_depth == 1 && c->pending != NULL) {
        struct idl_pending *first = c->pending;

        c->pending = first->next;
        if (c->pending == NULL)
            c->pending_tail = &c->pending;
        plan_pointee(first);
    }
    c->plan_depth--;
    return p;
}

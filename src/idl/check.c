/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - interfaces, functions and parameters: legal, or refused
 */
#include <string.h>

#include "idl/plan.h"

/* ---- Interfaces ------------------------------------------------------------------------------ */

static void check_exclusive(struct idl_compilation *c, const struct idl_attrs *attrs,
                            enum idl_attr_kind one, enum idl_attr_kind other, enum idl_error number)
{
    const struct idl_attr *a = idl_attr(attrs, one), *b = idl_attr(attrs, other);

    if (a != NULL && b != NULL)
        idl_error(c, b->at, number, "[%s] and [%s] exclude each other", idl_attr_name(one),
                  idl_attr_name(other));
}

static void check_interface(struct idl_compilation *c, struct idl_interface *i)
{
    const struct idl_attr *implicit = idl_attr(&i->attrs, IDL_A_IMPLICIT_HANDLE);

    if (!i->local && idl_attr(&i->attrs, IDL_A_UUID) == NULL)
        idl_error(c, i->at, IDL_E_INTERFACE, "an interface needs [uuid(...)], or [local]");
    check_exclusive(c, &i->attrs, IDL_A_LOCAL, IDL_A_UUID, IDL_E_INTERFACE);
    check_exclusive(c, &i->attrs, IDL_A_STRICT_CONTEXT, IDL_A_TYPE_STRICT_CONTEXT,
                    IDL_E_CONTEXT_STRICT); /* D13 */
    check_exclusive(c, &i->attrs, IDL_A_EXPLICIT_HANDLE, IDL_A_IMPLICIT_HANDLE, IDL_E_INTERFACE);
    check_exclusive(c, &i->attrs, IDL_A_CODE, IDL_A_NOCODE, IDL_E_TWICE);
    if (implicit != NULL && idl_is_context(implicit->type, NULL))
        idl_error(c, implicit->at, IDL_E_CONTEXT_PLACE,
                  "a context handle cannot be the implicit handle (D10)");
    else if (implicit != NULL && idl_strip(implicit->type)->kind != IDL_HANDLE)
        idl_error(c, implicit->at, IDL_E_BINDING, "the implicit handle is a handle_t");
}

/* ---- Types ----------------------------------------------------------------------------------- */

static void check_serialize(struct idl_compilation *c, const struct idl_attrs *attrs, bool context,
                            const char *what)
{
    const struct idl_attr *a = idl_attr(attrs, IDL_A_SERIALIZE);
    const struct idl_attr *b = idl_attr(attrs, IDL_A_NOSERIALIZE);

    check_exclusive(c, attrs, IDL_A_SERIALIZE, IDL_A_NOSERIALIZE, IDL_E_CONTEXT_SERIALIZE);
    a = a != NULL ? a : b;
    if (a != NULL && !context) /* D12 */
        idl_error(c, a->at, IDL_E_CONTEXT_SERIALIZE, "[%s]: %s is no context handle (D12)",
                  idl_attr_name(a->kind), what);
}

static void check_classes(struct idl_compilation *c, const struct idl_attrs *attrs)
{
    check_exclusive(c, attrs, IDL_A_REF, IDL_A_UNIQUE, IDL_E_TWICE);
    check_exclusive(c, attrs, IDL_A_REF, IDL_A_PTR, IDL_E_TWICE);
    check_exclusive(c, attrs, IDL_A_UNIQUE, IDL_A_PTR, IDL_E_TWICE);
}

static bool is_context_symbol(const struct idl_symbol *s)
{
    return idl_attr(&s->attrs, IDL_A_CONTEXT_HANDLE) != NULL || idl_is_context(s->type, NULL);
}

/* The header has a type's arrays whether or not a function of this file sends it. */
static void count_arrays(struct idl_compilation *c, struct idl_type *t)
{
    for (; t != NULL && (t->kind == IDL_POINTER || t->kind == IDL_ARRAY); t = t->to)
        if (t->kind == IDL_ARRAY && t->bound != NULL)
            (void)idl_array_count(c, t);
}

static void check_typedef(struct idl_compilation *c, struct idl_symbol *s)
{
    const struct idl_attr *context = idl_attr(&s->attrs, IDL_A_CONTEXT_HANDLE);
    const struct idl_type *t = idl_strip(s->type);
    const struct idl_attr *padded = idl_attr(&s->attrs, IDL_A_MS_UNION);

    count_arrays(c, s->type);
    if (padded != NULL)
        idl_error(c, padded->at, IDL_E_PLACE,
                  "[ms_union] belongs to the union itself, at its body");
    if (context != NULL && t->kind == IDL_HANDLE)
        idl_error(c, context->at, IDL_E_CONTEXT_PLACE,
                  "a context handle cannot be made of handle_t (D10)");
    else if (context != NULL && t->kind != IDL_POINTER)
        idl_error(c, context->at, IDL_E_CONTEXT_POINTER,
                  "a context handle is a pointer, as in 'void *' (D3)");
    if (idl_attr(&s->attrs, IDL_A_HANDLE) != NULL &&
        (t->kind == IDL_HANDLE || is_context_symbol(s)))
        idl_error(c, s->at, IDL_E_CONTEXT_PLACE, "[handle] is for types that are none yet (D10)");
    check_serialize(c, &s->attrs, is_context_symbol(s), s->name->text);
    check_classes(c, &s->attrs);
}

static void check_duplicates(struct idl_compilation *c, const struct idl_var *vars)
{
    for (const struct idl_var *v = vars; v != NULL; v = v->next)
        for (const struct idl_var *u = vars; u != v; u = u->next)
            if (u->name != NULL && u->name == v->name) {
                idl_error(c, v->at, IDL_E_REDECLARED, "'%s' is there already, in line %u",
                          v->name->text, u->at->line);
                break;
            }
}

static void check_type(struct idl_compilation *c, struct idl_type *t, unsigned depth)
{
    if (t == NULL || t->checked || depth > 4 * IDL_LIMIT_NESTING)
        return;
    t->checked = true;
    check_type(c, t->to, depth + 1);
    if (t->kind != IDL_STRUCT && t->kind != IDL_UNION)
        return;
    check_duplicates(c, t->vars);
    for (struct idl_var *v = t->vars; v != NULL; v = v->next) {
        check_classes(c, &v->attrs);
        count_arrays(c, v->type);
        check_type(c, v->base, depth + 1);
    }
}

static void check_const(struct idl_compilation *c, struct idl_symbol *s)
{
    const struct idl_type *t = idl_strip(s->type);
    int64_t value;

    if (s->expr == NULL)
        return;
    if (t->kind == IDL_POINTER) {
        const struct idl_type *to = idl_strip(t->to);
        bool character = to->kind == IDL_SCALAR && (idl_scalar_row(to->scalar)->size64 <= 2);

        if (s->expr->op != IDL_X_NULL && (s->expr->op != IDL_X_STRING || !character))
            idl_error(c, s->at, IDL_E_CONSTANT, "a constant pointer is a string or NULL");
        return;
    }
    if (t->kind != IDL_ENUM && (t->kind != IDL_SCALAR || !idl_scalar_row(t->scalar)->integer)) {
        idl_error(c, s->at, IDL_E_CONSTANT, "a constant is an integer or a string");
        return;
    }
    if (s->has_value || idl_const_value(c, s->expr, &value)) {
        value = s->has_value ? s->value : value;
        s->value = value;
        s->has_value = true;
        if (t->kind == IDL_SCALAR &&
            (value < idl_scalar_row(t->scalar)->min || value > idl_scalar_row(t->scalar)->max) &&
            !(t->scalar == IDL_UHYPER || t->scalar == IDL_UINT3264))
            idl_error(c, s->expr->at, IDL_E_CONSTANT, "the type does not have this value");
    }
}

/* ---- Functions ------------------------------------------------------------------------------- */

/* [context_handle] on a parameter or function makes its type an anonymous one: the pointer level
 * that is the handle becomes a typedef without a name (D2). */
static void wrap_anonymous(struct idl_compilation *c, struct idl_var *v,
                           const struct idl_attr *context, bool by_reference)
{
    struct idl_type **level = &v->type, *t = idl_strip(v->type), *alias;
    struct idl_symbol *s;

    if (idl_is_context(v->type, NULL) || (t->kind == IDL_POINTER && idl_is_context(t->to, NULL)))
        return;
    if (t->kind == IDL_POINTER && by_reference && idl_strip(t->to)->kind == IDL_POINTER) {
        struct idl_type *copy = IDL_NEW(c, struct idl_type);

        *copy = *t;
        v->type = copy;
        level = &copy->to;
        t = idl_strip(copy->to);
    }
    if (t->kind != IDL_POINTER) {
        idl_error(c, context->at, IDL_E_CONTEXT_POINTER,
                  "a context handle is a pointer, as in 'void *' (D3)");
        return;
    }
    s = IDL_NEW(c, struct idl_symbol);
    s->kind = IDL_S_TYPEDEF;
    s->at = v->at;
    s->type = *level;
    s->attrs.first = IDL_NEW(c, struct idl_attr);
    s->attrs.first->kind = IDL_A_CONTEXT_HANDLE;
    s->attrs.first->at = context->at;
    alias = IDL_NEW(c, struct idl_type);
    alias->kind = IDL_ALIAS;
    alias->at = v->at;
    alias->symbol = s;
    *level = alias;
}

static struct idl_plan *context_of(const struct idl_plan *p)
{
    if (p == NULL)
        return NULL;
    if (p->kind == PLAN_CONTEXT)
        return (struct idl_plan *)(uintptr_t)p;
    if (p->kind != PLAN_POINTER || p->to == NULL)
        return NULL;
    p = p->to->kind == PLAN_ARRAY ? p->to->element : p->to;
    return p->kind == PLAN_CONTEXT ? (struct idl_plan *)(uintptr_t)p : NULL;
}

static void check_param_direction(struct idl_compilation *c, struct idl_var *v)
{
    const struct idl_plan *p = v->plan, *context = context_of(p);

    if (context != NULL && v->out && p->kind != PLAN_POINTER) {
        idl_error(c, v->at, IDL_E_CONTEXT_REF,
                  "an [out] context handle is passed by its address: '%s *%s' (D6)",
                  context->context != NULL && context->context->name != NULL
                      ? context->context->name->text
                      : "void *",
                  v->name->text);
    } else if (context != NULL && p->kind == PLAN_POINTER && p->class != IDL_A_REF) {
        idl_error(c, v->at, IDL_E_CONTEXT_REF,
                  "the pointer to a context handle must be [ref] (D6)");
    } else if (v->out && p->kind != PLAN_POINTER) {
        idl_error(c, v->at, IDL_E_DIRECTION, "'%s' cannot be [out]: it is passed by value",
                  v->name->text);
    } else if (v->out && !v->in && p->kind == PLAN_POINTER && p->class != IDL_A_REF) {
        idl_error(c, v->at, IDL_E_POINTER,
                  "an [out] pointer must be [ref]: '%s' has to point to "
                  "memory of the caller",
                  v->name->text);
    }
}

static bool only_out(const struct idl_var *v, const void *arg)
{
    (void)arg;
    return v->out && !v->in;
}

/* What each side must know in time: sizes of what is sent by the sender, sizes of [out] memory by
 * the server before its routine runs. */
static void check_param_bounds(struct idl_compilation *c, struct idl_var *v,
                               const struct idl_scope *scope)
{
    const struct idl_plan *p = v->plan->kind == PLAN_POINTER ? v->plan->to : v->plan;

    for (const struct idl_plan *q = p; q != NULL; q = q->kind == PLAN_POINTER ? q->to
                                                      : q->kind == PLAN_ARRAY ? q->element
                                                                              : NULL) {
        bool size = q->kind == PLAN_ARRAY && idl_expr_any(q->size, scope, only_out, NULL);
        bool length = q->kind == PLAN_ARRAY && (idl_expr_any(q->length, scope, only_out, NULL) ||
                                                idl_expr_any(q->first, scope, only_out, NULL));

        if (v->in && (size || length))
            idl_error(c, v->at, IDL_E_ARRAY,
                      "'%s' is sent with the call, but its bounds are known only after it",
                      v->name->text);
        else if (!v->in && size && q == p)
            idl_error(c, v->at, IDL_E_ARRAY,
                      "the size of '%s' must be known before the call, from an [in] parameter",
                      v->name->text);
    }
    if (p == NULL || v->in)
        return;
    if (p->kind == PLAN_ARRAY && p->is_string && p->size == NULL && p->count == 0)
        idl_error(c, v->at, IDL_E_STRING,
                  "an [out] string needs [size_is]; or let the server "
                  "allocate it: [out, string] char **%s",
                  v->name->text);
    if (p->kind == PLAN_STRUCT && p->conformant)
        idl_error(c, v->at, IDL_E_ARRAY,
                  "an [out] structure with an open array has no size; pass a "
                  "pointer to its pointer: **%s",
                  v->name->text);
}

static void check_switch(struct idl_compilation *c, struct idl_var *v,
                         const struct idl_scope *scope)
{
    for (const struct idl_plan *q = v->plan; q != NULL; q = q->kind == PLAN_POINTER ? q->to
                                                            : q->kind == PLAN_ARRAY ? q->element
                                                                                    : NULL)
        if (q->switch_is != NULL && v->in && idl_expr_any(q->switch_is, scope, only_out, NULL))
            idl_error(c, v->at, IDL_E_UNION,
                      "'%s' is sent with the call, but its switch is known only after it",
                      v->name->text);
}

static void check_handle(struct idl_compilation *c, struct idl_var *v)
{
    struct idl_plan *p = IDL_NEW(c, struct idl_plan);

    p->kind = PLAN_BINDING;
    p->type = v->type;
    p->at = v->at;
    v->plan = p;
    v->in = true;
    if (idl_attr(&v->attrs, IDL_A_OUT) != NULL)
        idl_error(c, v->at, IDL_E_BINDING, "a binding handle is [in] only");
}

static void check_status_param(struct idl_compilation *c, struct idl_var *v)
{
    const struct idl_attr *a = idl_attr(&v->attrs, IDL_A_COMM_STATUS);
    const struct idl_plan *to = v->plan->kind == PLAN_POINTER ? v->plan->to : NULL;

    if (a == NULL)
        a = idl_attr(&v->attrs, IDL_A_FAULT_STATUS);
    if (a != NULL &&
        (!v->out || to == NULL || to->kind != PLAN_SCALAR || to->scalar != IDL_ERROR_STATUS))
        idl_error(c, a->at, IDL_E_DIRECTION, "[%s] is for [out] error_status_t *",
                  idl_attr_name(a->kind));
}

static void check_param(struct idl_compilation *c, struct idl_var *v, const struct idl_scope *scope)
{
    const struct idl_attr *context = idl_attr(&v->attrs, IDL_A_CONTEXT_HANDLE);
    struct idl_type *t = idl_strip(v->type);
    struct idl_plan *p;

    if (t->kind == IDL_HANDLE && !idl_is_context(v->type, NULL)) {
        if (context != NULL)
            idl_error(c, context->at, IDL_E_CONTEXT_PLACE,
                      "a context handle cannot be made of handle_t (D10)");
        check_handle(c, v);
        return;
    }
    check_classes(c, &v->attrs);
    if (context != NULL)
        wrap_anonymous(c, v, context,
                       v->out || (t->kind == IDL_POINTER && idl_strip(t->to)->kind == IDL_POINTER));
    v->plan = idl_plan_var(c, v, scope, PLAN_IN_PARAM);
    if (v->plan != NULL && v->plan->kind == PLAN_ARRAY) { /* as in C: a pointer */
        p = IDL_NEW(c, struct idl_plan);
        p->kind = PLAN_POINTER;
        p->type = v->type;
        p->at = v->at;
        p->class = IDL_A_REF;
        p->decayed = true;
        p->pointers = true;
        p->to = v->plan;
        v->plan = p;
    }
    check_serialize(c, &v->attrs, context_of(v->plan) != NULL, v->name->text);
    if (v->plan == NULL || (v->plan->kind == PLAN_POINTER && v->plan->to == NULL))
        return;
    if (v->plan->kind == PLAN_STRUCT && v->plan->conformant)
        idl_error(c, v->at, IDL_E_ARRAY,
                  "a structure with an open array is passed by a pointer: *%s", v->name->text);
    check_param_direction(c, v);
    check_param_bounds(c, v, scope);
    check_switch(c, v, scope);
    check_status_param(c, v);
}

static void check_result(struct idl_compilation *c, struct idl_function *f,
                         const struct idl_scope *scope)
{
    const struct idl_attr *context = idl_attr(&f->attrs, IDL_A_CONTEXT_HANDLE);
    const struct idl_attr *status = idl_attr(&f->attrs, IDL_A_COMM_STATUS);
    struct idl_type *t = idl_strip(f->result.type);

    f->result.attrs = f->attrs;
    f->result.out = true;
    if (status == NULL)
        status = idl_attr(&f->attrs, IDL_A_FAULT_STATUS);
    if (status != NULL && (t->kind != IDL_SCALAR || t->scalar != IDL_ERROR_STATUS))
        idl_error(c, status->at, IDL_E_REMOTE_TYPE,
                  "[%s] is for functions that return error_status_t", idl_attr_name(status->kind));
    if (t->kind == IDL_VOID) {
        if (context != NULL)
            idl_error(c, context->at, IDL_E_CONTEXT_POINTER,
                      "a context handle is a pointer, as in 'void *' (D3)");
        check_serialize(c, &f->attrs, false, "the result");
        return;
    }
    if (context != NULL)
        wrap_anonymous(c, &f->result, context, false);
    if (t->kind == IDL_POINTER && !idl_is_context(f->result.type, NULL) &&
        idl_is_context(t->to, NULL)) {
        idl_error(c, f->at, IDL_E_CONTEXT_POINTER,
                  "a result is a context handle itself, not a pointer to one (D8)");
        return;
    }
    f->result.plan = idl_plan_var(c, &f->result, scope, PLAN_IN_RESULT);
    check_serialize(c, &f->attrs, context_of(f->result.plan) != NULL, "the result");
    if (f->result.plan == NULL)
        return;
    if (f->result.plan->kind == PLAN_ARRAY ||
        (f->result.plan->kind == PLAN_STRUCT && f->result.plan->conformant) ||
        (f->result.plan->kind == PLAN_UNION && f->result.plan->switch_is != NULL))
        idl_error(c, f->at, IDL_E_REMOTE_TYPE, "a function cannot return this type");
    if (f->result.plan->kind == PLAN_POINTER && f->result.plan->class == IDL_A_REF)
        idl_error(c, f->at, IDL_E_POINTER, "a result cannot be a [ref] pointer");
}

/* 2.1 rule 3: explicit_handle adds a parameter only where no [in] handle binds already. */
static void add_binding_param(struct idl_compilation *c, struct idl_function *f)
{
    struct idl_type *t = IDL_NEW(c, struct idl_type);
    struct idl_var *v = IDL_NEW(c, struct idl_var);

    t->kind = IDL_HANDLE;
    t->at = f->at;
    v->at = f->at;
    v->name = idl_intern(c, "IDL_handle", 10);
    v->type = v->base = t;
    v->first = true;
    v->hidden = true;
    v->next = f->params;
    check_handle(c, v);
    f->params = v;
}

static void check_binding(struct idl_compilation *c, struct idl_function *f)
{
    bool binds = false, by_handle = false;

    for (struct idl_var *v = f->params; v != NULL; v = v->next) {
        if (v->plan == NULL)
            return;
        if (v->in && !binds && idl_generic_handle(v->type) != NULL)
            f->generic = v; /* the leftmost; others are data */
        if (v->plan->kind == PLAN_BINDING && by_handle)
            idl_error(c, v->at, IDL_E_BINDING, "a call has one binding handle (2.1 rule 5)");
        by_handle |= v->plan->kind == PLAN_BINDING || f->generic == v;
        binds |= f->generic == v || v->plan->kind == PLAN_BINDING ||
                 (v->in && context_of(v->plan) != NULL);
    }
    if (binds)
        return; /* 2.1 rule 2 */
    f->implicit = idl_attr(&f->interface->attrs, IDL_A_IMPLICIT_HANDLE);
    if (idl_attr(&f->attrs, IDL_A_EXPLICIT_HANDLE) != NULL ||
        idl_attr(&f->interface->attrs, IDL_A_EXPLICIT_HANDLE) != NULL) {
        f->implicit = NULL;
        add_binding_param(c, f);
    } else if (f->implicit == NULL && !c->options->no_client) { /* D14 */
        idl_error(c, f->at, IDL_E_BINDING,
                  "'%s' has no binding: add a handle_t parameter, or [explicit_handle] or "
                  "[implicit_handle(handle_t NAME)] to the interface",
                  f->name->text);
    }
}

/* The serialization of a handle: parameter or function, else its typedef (D12). */
static void settle_serialization(struct idl_var *v)
{
    struct idl_plan *p = context_of(v->plan);
    const struct idl_attrs *attrs = &v->attrs;

    if (p == NULL)
        return;
    if (idl_attr(attrs, IDL_A_SERIALIZE) == NULL && idl_attr(attrs, IDL_A_NOSERIALIZE) == NULL)
        attrs = &p->context->attrs;
    p->serialize = idl_attr(attrs, IDL_A_SERIALIZE) != NULL;
    p->noserialize = idl_attr(attrs, IDL_A_NOSERIALIZE) != NULL;
}

static void check_function(struct idl_compilation *c, struct idl_function *f)
{
    struct idl_scope *scope = IDL_NEW(c, struct idl_scope); /* plans made later keep it */
    uint32_t index = 0;

    *scope = (struct idl_scope){.vars = f->params, .params = true};
    check_duplicates(c, f->params);
    for (struct idl_var *v = f->params; v != NULL; v = v->next) {
        v->index = index++;
        v->in = idl_attr(&v->attrs, IDL_A_IN) != NULL;
        v->out = idl_attr(&v->attrs, IDL_A_OUT) != NULL;
        v->in |= !v->out; /* as MIDL has it */
    }
    f->no_client = idl_attr(&f->attrs, IDL_A_NOCODE) != NULL ||
                   (idl_attr(&f->interface->attrs, IDL_A_NOCODE) != NULL &&
                    idl_attr(&f->attrs, IDL_A_CODE) == NULL);
    for (struct idl_var *v = f->params; v != NULL; v = v->next)
        check_param(c, v, scope);
    check_result(c, f, scope);
    check_binding(c, f);
    for (struct idl_var *v = f->params; v != NULL; v = v->next)
        settle_serialization(v);
    settle_serialization(&f->result);
}

/* D11 holds for types that no function uses, too. */
static void check_unused(struct idl_compilation *c, const struct idl_type *t)
{
    if (t == NULL || t->plan != NULL || (t->kind != IDL_STRUCT && t->kind != IDL_UNION))
        return;
    for (const struct idl_var *v = t->vars; v != NULL; v = v->next)
        if (v->type != NULL && idl_is_context(v->type, NULL))
            idl_error(c, v->at, IDL_E_CONTEXT_PLACE,
                      "'%s': a context handle cannot be in a structure or union (D11)",
                      v->name->text);
}

void idl_check(struct idl_compilation *c)
{
    for (struct idl_item *item = c->items; item != NULL; item = item->next) {
        switch (item->kind) {
        case IDL_I_INTERFACE:
            if (!item->imported)
                check_interface(c, item->interface);
            break;
        case IDL_I_TYPEDEF:
            check_typedef(c, item->symbol);
            check_type(c, item->var->base, 0);
            break;
        case IDL_I_TYPE: check_type(c, item->type, 0); break;
        case IDL_I_CONST: check_const(c, item->symbol); break;
        case IDL_I_FUNCTION:
            if (!item->imported && item->function->interface->local)
                for (struct idl_var *v = item->function->params; v != NULL; v = v->next)
                    count_arrays(c, v->type);
            else if (!item->imported)
                check_function(c, item->function);
            break;
        default: break;
        }
    }
    for (struct idl_item *item = c->items; item != NULL; item = item->next)
        if (!item->imported)
            check_unused(c, item->kind == IDL_I_TYPE      ? item->type
                            : item->kind == IDL_I_TYPEDEF ? item->var->base
                                                          : NULL);
}

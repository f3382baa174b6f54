/* SPDX-License-Identifier: Apache-2.0
 *
 * emit_value.c - what the walks over plans share, and the functions of structures and unions
 */
#include <string.h>

#include "idl/emit_value.h"

bool plan_pointers(const struct idl_plan *p)
{
    switch (p->kind) {
    case PLAN_POINTER: return true;
    case PLAN_ARRAY: return plan_pointers(p->element);
    case PLAN_STRUCT: return p->pointers;
    case PLAN_UNION: return p->shared != NULL ? p->shared->pointers : p->pointers;
    default: return false;
    }
}

uint32_t plan_min(const struct idl_plan *p)
{
    uint64_t n;

    if (p->kind != PLAN_ARRAY || p->varying)
        return p->min;
    n = (uint64_t)p->count * plan_min(p->element);
    return n > INT32_MAX ? INT32_MAX : (uint32_t)n;
}

bool plan_sized(const struct idl_plan *p)
{
    return !p->conformant;
}

/* True if the first parenthesis is closed by the last character, as in (*p), not (*p)[i]. */
static bool is_wrapped(const char *place)
{
    return place[0] == '(' && place[1] == '*' && strchr(place, ')') == place + strlen(place) - 1;
}

const char *emit_bare(struct emit *e, const char *place)
{
    return is_wrapped(place) ? idl_strndup(e->c, place + 1, strlen(place) - 2) : place;
}

const char *emit_address(struct emit *e, const char *place)
{
    if (is_wrapped(place)) /* &(*p) is p */
        return idl_strndup(e->c, place + 2, strlen(place) - 3);
    return idl_printf(e->c, "&%s", place);
}

const char *emit_pointee(struct emit *e, const struct idl_plan *pointer, const char *place)
{
    if (pointer->to->kind == PLAN_ARRAY && (pointer->decayed || pointer->to->count == 0))
        return place;
    return idl_printf(e->c, "(*%s)", place);
}

const char *emit_id(const struct idl_plan *p)
{
    return p->shared != NULL ? p->shared->type->id : p->type->id;
}

void emit_need(struct emit *e, struct idl_plan *p, unsigned helper)
{
    if (p->shared != NULL)
        p = p->shared;
    if (p->needed == 0) {
        p->next_needed = e->needed;
        e->needed = p;
    }
    p->needed |= helper;
}

bool plan_plain_array(const struct idl_plan *p, const struct idl_plan **ret_leaf,
                      uint64_t *ret_times)
{
    const struct idl_plan *q = p->element;

    *ret_times = 1;
    while (q->kind == PLAN_ARRAY && q->count != 0 && !q->varying) {
        *ret_times *= q->count;
        q = q->element;
        if (*ret_times > INT32_MAX)
            return false;
    }
    *ret_leaf = q;
    if (p->count == 0 && *ret_times != 1)
        return false;
    return *ret_times * (p->count == 0 ? 1 : p->count) <= INT32_MAX && q->kind == PLAN_SCALAR &&
           idl_scalar_row(q->scalar)->array && !q->ranged;
}

bool emit_open_array(struct emit *e, struct idl_plan *p, const char *place, struct emit_open *ret)
{
    const char *path = "", *inner = place;

    if (p->kind != PLAN_STRUCT || !p->conformant)
        return false;
    for (;;) {
        struct idl_var *v = p->type->vars;

        while (v->next != NULL)
            v = v->next;
        ret->owner = p->type;
        ret->prefix = is_wrapped(inner) ? idl_printf(e->c, "%s->", emit_address(e, inner))
                                        : idl_printf(e->c, "%s.", inner);
        ret->path = idl_printf(e->c, "%s%s", path, v->name->text);
        ret->place = idl_printf(e->c, "%s%s", ret->prefix, v->name->text);
        if (v->plan->kind == PLAN_ARRAY) {
            ret->array = v->plan;
            return true;
        }
        p = v->plan;
        path = idl_printf(e->c, "%s.", ret->path);
        inner = ret->place;
    }
}

const char *emit_open_size(struct emit *e, const struct emit_open *open)
{
    struct idl_scope members = {.vars = open->owner->vars};
    const struct idl_scope *scope = e->scope;
    const char *prefix = e->prefix, *s;
    struct idl_expr *size = emit_size(e, open->array);

    if (size == NULL)
        return idl_printf(e->c, "ndr_string_count(%s, %s, %u, INT32_MAX)", e->out, open->place,
                          idl_scalar_row(open->array->element->scalar)->size20);
    e->scope = &members;
    e->prefix = open->prefix;
    s = emit_expr(e, size);
    e->scope = scope;
    e->prefix = prefix;
    return s;
}

void emit_union_switch(struct emit *e, struct idl_type *t,
                       void (*arm)(struct emit *, struct idl_plan *, const char *),
                       const char *other)
{
    bool defaulted = false;

    emit_line(e, "switch (%s%s) {", t->encapsulated ? "(int64_t)v->" : "",
              t->encapsulated ? t->switch_var->name->text : "tag");
    for (struct idl_var *v = t->vars; v != NULL; v = v->next) {
        const char *place = v->name == NULL ? NULL
                            : t->encapsulated
                                ? idl_printf(e->c, "v->%s.%s", t->union_name->text, v->name->text)
                                : idl_printf(e->c, "v->%s", v->name->text);
        int64_t value = 0;

        for (struct idl_expr *x = v->cases; x != NULL; x = x->next) {
            (void)idl_const_value(e->c, x, &value);
            emit_line(e, "case %lld:", (long long)value);
        }
        if (v->is_default)
            emit_line(e, "default:");
        defaulted |= v->is_default;
        e->indent++;
        if (v->plan != NULL)
            arm(e, v->plan, place);
        emit_line(e, "break;");
        e->indent--;
    }
    if (!defaulted) {
        emit_line(e, "default:");
        e->indent++;
        if (other != NULL)
            emit_line(e, "%s", other);
        emit_line(e, "break;");
        e->indent--;
    }
    emit_line(e, "}");
}

/* The address of one constant per type of pointee stands for the type. */
const char *emit_full_type(struct emit *e, const struct idl_plan *pointer)
{
    struct idl_type *t = idl_strip(pointer->to->type);
    const char *id = t->kind == IDL_SCALAR ? idl_scalar_row(t->scalar)->c_name : t->id;
    struct emit_full *f;

    if (id == NULL) { /* a pointer or an array: by its text */
        char *s =
            idl_strndup(e->c, emit_declare(e, t, "", true), strlen(emit_declare(e, t, "", true)));

        for (char *p = s; *p != '\0'; p++)
            if (strchr(" *[]()", *p) != NULL)
                *p = *p == '*' ? 'p' : '_';
        id = s;
    } else if (strchr(id, ' ') != NULL) {
        char *s = idl_strndup(e->c, id, strlen(id));

        *strchr(s, ' ') = '_';
        id = s;
    }
    for (f = e->full; f != NULL; f = f->next)
        if (strcmp(f->id, id) == 0)
            break;
    if (f == NULL) {
        f = IDL_NEW(e->c, struct emit_full);
        f->id = id;
        f->next = e->full;
        e->full = f;
    }
    return idl_printf(e->c, "&stub_type_%s", id);
}

/* ---- Functions of structures and unions ------------------------------------------------------ */

static const struct {
    unsigned helper;
    const char *format; /* name, C type, extra parameters */
    void (*structure)(struct emit *, struct idl_type *);
    void (*of_union)(struct emit *, struct idl_type *);
} helpers[] = {
    {EMIT_PUT, "static void stub_put_%s(struct ndr_out *out, const %s *v%s)", emit_put_struct,
     emit_put_union},
    {EMIT_PUT_REFS, "static void stub_put_refs_%s(struct ndr_out *out, const %s *v%s)",
     emit_put_struct_refs, emit_put_union_refs},
    {EMIT_GET, NULL, emit_get_struct, emit_get_union},
    {EMIT_GET_REFS,
     "static void stub_get_refs_%s(struct ndr_in *in, struct stub_memory *m, %s *v%s)",
     emit_get_struct_refs, emit_get_union_refs},
    {EMIT_FREE, NULL, emit_free_struct, emit_free_union},
};

static const char *signature(struct emit *e, struct idl_plan *p, size_t i)
{
    struct idl_type *t = p->type;
    bool tagged = p->kind == PLAN_UNION && !t->encapsulated;
    const char *c_type = emit_type_name(e, t);

    if (helpers[i].helper == EMIT_GET)
        return idl_printf(e->c, "static %s stub_get_%s(struct ndr_in *in, %s *v%s)",
                          tagged ? "int64_t" : "void", t->id, c_type,
                          p->conformant ? ", uint32_t max" : "");
    if (helpers[i].helper == EMIT_FREE)
        return idl_printf(
            e->c, "static void stub_free_%s(struct rpc_call *call, %sunsigned depth, %s *v%s)",
            t->id, e->c->full_pointers ? "struct stub_seen *seen, " : "", c_type,
            tagged ? ", int64_t tag" : "");
    return idl_printf(e->c, helpers[i].format, t->id, c_type, tagged ? ", int64_t tag" : "");
}

static void write_helper(struct emit *e, struct idl_plan *p, size_t i, struct text *bodies)
{
    struct idl_scope scope = {.vars = p->type->vars};
    struct text body = {NULL, 0, 0};

    e->to = &body;
    e->indent = 1;
    e->serial = 0;
    e->notes = NULL;
    e->locals = (struct text){NULL, 0, 0};
    e->in = "in";
    e->out = "out";
    e->scope = p->kind == PLAN_STRUCT ? &scope : NULL;
    e->prefix = "v->";
    e->ready = 0;
    e->ready_all = helpers[i].helper != EMIT_GET;
    if (p->kind == PLAN_STRUCT)
        helpers[i].structure(e, p->type);
    else
        helpers[i].of_union(e, p->type);
    e->to = bodies;
    e->indent = 0;
    emit_line(e, "%s\n{", signature(e, p, i));
    if (e->locals.size > 0) {
        text_add(e->c, bodies, e->locals.s, e->locals.size);
        emit_raw(e, "\n");
    }
    e->indent = 1;
    if (body.size == 0 || strstr(body.s, "v->") == NULL)
        emit_line(e, "(void)v;");
    if (helpers[i].helper == EMIT_FREE && e->c->full_pointers &&
        (body.size == 0 || strstr(body.s, "seen") == NULL))
        emit_line(e, "(void)seen;");
    if (body.size > 0)
        text_add(e->c, bodies, body.s, body.size);
    e->indent = 0;
    emit_line(e, "}\n");
    e->scope = NULL;
}

void emit_helpers(struct emit *e, struct text *prototypes, struct text *bodies)
{
    bool again = true;

    while (again) {
        again = false;
        for (struct idl_plan *p = e->needed; p != NULL; p = p->next_needed) {
            for (size_t i = 0; i < sizeof helpers / sizeof helpers[0]; i++) {
                const char *s;

                if ((p->needed & helpers[i].helper) == 0 || (p->written & helpers[i].helper) != 0)
                    continue;
                p->written |= helpers[i].helper;
                again = true;
                s = idl_printf(e->c, "%s;\n", signature(e, p, i));
                text_add(e->c, prototypes, s, strlen(s));
                write_helper(e, p, i, bodies);
            }
        }
    }
    for (struct idl_plan *p = e->needed; p != NULL; p = p->next_needed)
        p->needed = p->written = 0;
}

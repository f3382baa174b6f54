/* SPDX-License-Identifier: Apache-2.0
 *
 * emit.c - text, C types and declarators
 */
#include <ctype.h>
#include <string.h>

#include "idl/emit.h"

void text_add(struct idl_compilation *c, struct text *t, const char *s, size_t n)
{
    if (t->room - t->size < n + 1) {
        size_t room = (t->size + n + 1) * 2 + 1024;
        char *more = idl_alloc(c, room);

        if (t->size > 0)
            memcpy(more, t->s, t->size);
        t->s = more;
        t->room = room;
    }
    memcpy(t->s + t->size, s, n);
    t->size += n;
    t->s[t->size] = '\0';
}

static void add_format(struct emit *e, struct text *t, const char *format, va_list args)
{
    const char *s = idl_vprintf(e->c, format, args);

    text_add(e->c, t, s, strlen(s));
}

static void add_indent(struct emit *e)
{
    for (unsigned i = 0; i < e->indent; i++)
        text_add(e->c, e->to, "    ", 4);
}

void emit_raw(struct emit *e, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_format(e, e->to, format, args);
    va_end(args);
}

/* Where a line of `room` columns may end: after a comma outside of strings; 0 if nowhere. */
static size_t break_at(const char *s, size_t n, size_t room)
{
    size_t best = 0;
    bool quoted = false;

    for (size_t i = 0; i + 1 < n && i < room; i++) {
        if (s[i] == '"')
            quoted = !quoted;
        if (!quoted && s[i] == ',' && s[i + 1] == ' ')
            best = i + 1;
    }
    return best;
}

/* One line of text, broken where it is longer than 100 columns. */
static void add_wrapped(struct emit *e, const char *s, size_t n)
{
    size_t room = 100 - 4 * (size_t)(e->indent < 15 ? e->indent : 15), at;

    add_indent(e);
    while (memchr(s, '\n', n) == NULL && n > room && (at = break_at(s, n, room)) > 0) {
        text_add(e->c, e->to, s, at);
        text_add(e->c, e->to, "\n", 1);
        add_indent(e);
        text_add(e->c, e->to, "        ", 8);
        s += at + 1;
        n -= at + 1;
        room = 92 - 4 * (size_t)(e->indent < 15 ? e->indent : 15);
    }
    text_add(e->c, e->to, s, n);
}

void emit_line(struct emit *e, const char *format, ...)
{
    struct text line = {NULL, 0, 0};
    va_list args;

    va_start(args, format);
    add_format(e, &line, format, args);
    va_end(args);
    add_wrapped(e, line.s, line.size);
    text_add(e->c, e->to, "\n", 1);
}

void emit_open(struct emit *e, const char *format, ...)
{
    struct text line = {NULL, 0, 0};
    va_list args;

    va_start(args, format);
    add_format(e, &line, format, args);
    va_end(args);
    text_add(e->c, &line, "{", 1);
    add_wrapped(e, line.s, line.size);
    text_add(e->c, e->to, "\n", 1);
    e->indent++;
}

void emit_close(struct emit *e, const char *after)
{
    e->indent--;
    emit_line(e, "}%s", after);
}

void emit_local(struct emit *e, const char *format, ...)
{
    va_list args;

    text_add(e->c, &e->locals, "    ", 4);
    va_start(args, format);
    add_format(e, &e->locals, format, args);
    va_end(args);
    text_add(e->c, &e->locals, "\n", 1);
}

void emit_banner(struct emit *e, const char *what)
{
    emit_line(e, "/* %s of %s, written by holdfast idl; do not edit.", what, e->c->name);
    emit_line(e, " * No licence condition is attached to this generated file. */");
}

/* ---- C types --------------------------------------------------------------------------------- */

const char *emit_type_name(struct emit *e, struct idl_type *t)
{
    if (t->c_name == NULL)
        t->c_name = idl_printf(e->c, "%s holdfast_%s",
                               t->kind == IDL_ENUM                        ? "enum"
                               : t->kind == IDL_STRUCT || t->encapsulated ? "struct"
                                                                          : "union",
                               t->id);
    return t->c_name;
}

/* True if const stands somewhere between an alias and what it finally names. */
static bool hides_const(const struct idl_type *t)
{
    for (;; t = t->kind == IDL_ALIAS ? t->symbol->type : t->to) {
        if (t->is_const)
            return true;
        if (t->kind != IDL_ALIAS && t->kind != IDL_POINTER && t->kind != IDL_ARRAY)
            return false;
    }
}

static const char *spec(struct emit *e, struct idl_type *t, bool plain)
{
    const char *s = "void";

    switch (t->kind) {
    case IDL_SCALAR: s = idl_scalar_row(t->scalar)->c_name; break;
    case IDL_ENUM:
    case IDL_STRUCT:
    case IDL_UNION: s = emit_type_name(e, t); break;
    case IDL_HANDLE: s = "handle_t"; break;
    case IDL_ALIAS: s = t->symbol->name->text; break;
    default: break;
    }
    return t->is_const && !plain ? idl_printf(e->c, "const %s", s) : s;
}

static const char *join(struct emit *e, const char *type, const char *declarator)
{
    return declarator[0] == '\0' ? type : idl_printf(e->c, "%s %s", type, declarator);
}

const char *emit_declare(struct emit *e, struct idl_type *t, const char *name, bool plain)
{
    const char *d = name;

    for (;;) {
        if (t->kind == IDL_POINTER) {
            bool wrap = t->to->kind == IDL_ARRAY || t->to->kind == IDL_FUNCTION;

            d = idl_printf(e->c, wrap ? "(*%s%s)" : "*%s%s", t->is_const && !plain ? "const " : "",
                           d);
            t = t->to;
        } else if (t->kind == IDL_ARRAY) {
            d = t->count == 0 ? idl_printf(e->c, "%s[]", d)
                              : idl_printf(e->c, "%s[%u]", d, t->count);
            t = t->to;
        } else if (t->kind == IDL_FUNCTION) {
            struct idl_function f = {.params = t->vars};

            d = idl_printf(e->c, "%s(%s)", d, emit_params(e, &f));
            t = t->to;
        } else if (t->kind == IDL_ALIAS && (t->symbol->name == NULL || (plain && hides_const(t)))) {
            if (t->is_const && !plain) {
                struct idl_type *copy = IDL_NEW(e->c, struct idl_type);

                *copy = *t->symbol->type;
                emit_type_name(e, t->symbol->type);
                copy->c_name = t->symbol->type->c_name;
                copy->is_const = true;
                t = copy;
            } else {
                t = t->symbol->type;
            }
        } else {
            return join(e, spec(e, t, plain), d);
        }
    }
}

struct idl_type *emit_pointer_type(struct emit *e, struct idl_type *to)
{
    struct idl_type *t = IDL_NEW(e->c, struct idl_type);

    t->kind = IDL_POINTER;
    t->to = to;
    return t;
}

const char *emit_params(struct emit *e, const struct idl_function *f)
{
    struct text t = {NULL, 0, 0};

    for (const struct idl_var *v = f->params; v != NULL; v = v->next) {
        const char *s = emit_declare(e, v->type, v->name->text, false);

        if (t.size != 0)
            text_add(e->c, &t, ", ", 2);
        text_add(e->c, &t, s, strlen(s));
    }
    return t.s == NULL ? "void" : t.s;
}

const char *emit_prototype(struct emit *e, const struct idl_function *f, const char *name)
{
    return emit_declare(e, f->result.type, idl_printf(e->c, "%s(%s)", name, emit_params(e, f)),
                        false);
}

/* ---- Interfaces ------------------------------------------------------------------------------ */

bool emit_has_endpoints(const struct idl_interface *i)
{
    return idl_attr(&i->attrs, IDL_A_ENDPOINT) != NULL;
}

void emit_endpoints(struct emit *e, const struct idl_interface *i)
{
    const struct idl_attr *a = idl_attr(&i->attrs, IDL_A_ENDPOINT);

    if (a == NULL)
        return;
    emit_open(e, "static const struct rpc_endpoint stub_endpoints_%s[] = ", i->name->text);
    for (const struct idl_endpoint *p = a->endpoints; p != NULL; p = p->next)
        emit_line(e, "{\"%s\", \"%s\"},", p->protseq, p->endpoint);
    emit_close(e, ";");
    emit_raw(e, "\n");
}

void emit_interface_id(struct emit *e, const struct idl_interface *i, bool server)
{
    const struct idl_attr *uuid = idl_attr(&i->attrs, IDL_A_UUID);
    const struct idl_attr *version = idl_attr(&i->attrs, IDL_A_VERSION);
    const struct idl_attr *endpoint = idl_attr(&i->attrs, IDL_A_ENDPOINT);
    const uint8_t *u = uuid->uuid;
    bool type_strict = idl_attr(&i->attrs, IDL_A_TYPE_STRICT_CONTEXT) != NULL;
    bool strict = idl_attr(&i->attrs, IDL_A_STRICT_CONTEXT) != NULL;
    unsigned count = 0;

    for (const struct idl_endpoint *p = endpoint == NULL ? NULL : endpoint->endpoints; p != NULL;
         p = p->next)
        count++;
    if (e->c->options->strict && !strict)
        type_strict = true;
    emit_line(e, ".stub_version = NDR_STUB_VERSION,");
    emit_line(e, ".flags = %s%s,",
              type_strict ? "RPC_INTERFACE_TYPE_STRICT"
              : strict    ? "RPC_INTERFACE_STRICT"
                          : "0",
              e->c->options->ndr64 ? " | RPC_INTERFACE_NDR64" : "");
    emit_line(e, ".name = \"%s\",", i->name->text);
    emit_line(e, ".id = {{0x%02x%02x%02x%02x, 0x%02x%02x, 0x%02x%02x,", u[3], u[2], u[1], u[0],
              u[5], u[4], u[7], u[6]);
    emit_line(e, "        {0x%02x, 0x%02x, 0x%02x, 0x%02x, 0x%02x, 0x%02x, 0x%02x, 0x%02x}},", u[8],
              u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
    emit_line(e, "       {%u, %u}},", version == NULL ? 0 : version->major,
              version == NULL ? 0 : version->minor);
    if (count > 0) {
        emit_line(e, ".endpoints = stub_endpoints_%s,", i->name->text);
        emit_line(e, ".endpoint_count = %u,", count);
    }
    emit_line(e, ".method_count = %u,", i->function_count);
    (void)server;
}

/* ---- Context handles ------------------------------------------------------------------------- */

struct idl_plan *emit_context_of(const struct idl_var *v)
{
    if (v->plan == NULL)
        return NULL;
    if (v->plan->kind == PLAN_CONTEXT)
        return v->plan;
    if (v->plan->kind == PLAN_POINTER && v->plan->to->kind == PLAN_CONTEXT)
        return v->plan->to;
    return emit_context_array(v) != NULL ? v->plan->to->element : NULL;
}

struct idl_plan *emit_context_array(const struct idl_var *v)
{
    struct idl_plan *p = v->plan;

    return p != NULL && p->kind == PLAN_POINTER && p->to->kind == PLAN_ARRAY &&
                   p->to->element->kind == PLAN_CONTEXT
               ? p->to
               : NULL;
}

const char *emit_context_flags(struct emit *e, const struct idl_var *v, bool result)
{
    const struct idl_plan *p = emit_context_of(v);

    return idl_printf(e->c, "%s%s%s%s%s",
                      result            ? "RPC_CONTEXT_RETURN"
                      : v->in && v->out ? "RPC_CONTEXT_IN | RPC_CONTEXT_OUT"
                      : v->in           ? "RPC_CONTEXT_IN"
                                        : "RPC_CONTEXT_OUT",
                      p == v->plan && !result ? " | RPC_CONTEXT_BY_VALUE" : "",
                      p->serialize ? " | RPC_CONTEXT_SERIALIZE" : "",
                      p->noserialize ? " | RPC_CONTEXT_NOSERIALIZE" : "", "");
}

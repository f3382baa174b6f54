/* SPDX-License-Identifier: Apache-2.0
 *
 * emit_header.c - the header: types, constants, prototypes, entry point vectors
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "idl/emit.h"

static void type_body(struct emit *e, struct idl_type *t, const char *after);

/* The specifier of a declaration: with its body if it is defined here. Leaves the line open. */
static void spec_with_body(struct emit *e, struct idl_type *base, bool defines)
{
    while (base->kind == IDL_ALIAS && base->symbol->name == NULL)
        base = base->symbol->type;
    if (defines)
        type_body(e, base, "");
}

/* TYPE DECLARATOR; where the type's body may stand in front. */
static void declaration(struct emit *e, const struct idl_var *v, const char *before)
{
    struct idl_type *base = v->base;
    const char *s = emit_declare(e, v->type, v->name->text, false);
    size_t n;

    if (!v->defines) {
        emit_line(e, "%s%s;", before, s);
        return;
    }
    while (base->kind == IDL_ALIAS && base->symbol->name == NULL)
        base = base->symbol->type;
    for (unsigned i = 0; i < e->indent; i++)
        emit_raw(e, "    ");
    emit_raw(e, "%s", before);
    spec_with_body(e, v->base, true);
    n = strlen(emit_type_name(e, base));
    if (strncmp(s, "const ", 6) == 0)
        s += 6;
    emit_raw(e, "%s;\n", s + n);
}

/* In a structure, const on the member itself is dropped: stubs fill it. An open array has one
 * element, as programs that reckon its size expect. */
static struct idl_type *member_type(struct emit *e, struct idl_type *t)
{
    struct idl_type *copy;

    if (!t->is_const && !(t->kind == IDL_ARRAY && t->count == 0))
        return t;
    copy = IDL_NEW(e->c, struct idl_type);
    *copy = *t;
    copy->is_const = false;
    if (copy->kind == IDL_ARRAY && copy->count == 0)
        copy->count = 1;
    if (copy->kind == IDL_STRUCT || copy->kind == IDL_UNION || copy->kind == IDL_ENUM)
        copy->c_name = emit_type_name(e, t);
    return copy;
}

static void indented(struct emit *e, const char *s)
{
    for (unsigned i = 0; i < e->indent; i++)
        emit_raw(e, "    ");
    emit_raw(e, "%s", s);
}

static void members(struct emit *e, const struct idl_type *t, bool again);

/* A nameless member: once with a name, for the stubs, and over it its members, for programs. */
static void nameless(struct emit *e, const struct idl_var *v)
{
    indented(e, "union {\n");
    e->indent++;
    declaration(e, v, "");
    indented(e, v->base->kind == IDL_STRUCT ? "struct {\n" : "union {\n");
    members(e, v->base, true);
    indented(e, "};\n");
    e->indent--;
    indented(e, "};\n");
}

/* `again`: the types that are defined in them have been. */
static void members(struct emit *e, const struct idl_type *t, bool again)
{
    e->indent++;
    for (const struct idl_var *v = t->vars; v != NULL; v = v->next) {
        struct idl_var copy = *v;

        if (v->type == NULL)
            continue;
        copy.type = member_type(e, v->type);
        copy.defines &= !again && !v->nameless;
        if (v->nameless)
            nameless(e, &copy);
        else
            declaration(e, &copy, "");
    }
    e->indent--;
}

static void enum_body(struct emit *e, const struct idl_type *t)
{
    for (const struct idl_enumerator *x = t->enumerators; x != NULL; x = x->next) {
        indented(e, "    ");
        if (x->value == INT32_MIN)
            emit_raw(e, "%s = (-2147483647 - 1)", x->name->text);
        else
            emit_raw(e, "%s = %" PRId64, x->name->text, x->value);
        emit_raw(e, x->next == NULL ? "\n" : ",\n");
    }
}

static void encapsulated_body(struct emit *e, const struct idl_type *t)
{
    bool any = false;

    e->indent++;
    declaration(e, t->switch_var, "");
    for (const struct idl_var *v = t->vars; v != NULL; v = v->next)
        any |= v->type != NULL;
    indented(e, "union {\n");
    members(e, t, false);
    if (!any)
        emit_line(e, "    char stub_none;");
    indented(e, "} ");
    emit_raw(e, "%s;\n", t->union_name->text);
    e->indent--;
}

static void type_body(struct emit *e, struct idl_type *t, const char *after)
{
    const char *name = emit_type_name(e, t);
    bool any = t->kind != IDL_UNION;

    emit_raw(e, "%s%s {\n",
             strchr(name, ' ') != NULL                  ? name
             : t->kind == IDL_ENUM                      ? "enum"
             : t->kind == IDL_UNION && !t->encapsulated ? "union"
                                                        : "struct",
             "");
    if (t->kind == IDL_ENUM) {
        enum_body(e, t);
    } else if (t->encapsulated) {
        encapsulated_body(e, t);
    } else {
        for (const struct idl_var *v = t->vars; v != NULL; v = v->next)
            any |= v->type != NULL;
        members(e, t, false);
        if (!any)
            emit_line(e, "    char stub_none;");
    }
    indented(e, "}");
    emit_raw(e, "%s", after);
}

/* Types of nameless members stand in front of the outermost: C++ wants no type in an anonymous union. */
static void hoist_nameless(struct emit *e, const struct idl_type *t)
{
    if (t->kind != IDL_STRUCT && t->kind != IDL_UNION)
        return;
    for (const struct idl_var *v = t->vars; v != NULL; v = v->next) {
        if (v->defines)
            hoist_nameless(e, v->base);
        if (v->nameless)
            type_body(e, v->base, ";\n\n");
    }
}

static void type_item(struct emit *e, struct idl_type *t)
{
    hoist_nameless(e, t);
    if (t->complete)
        type_body(e, t, ";\n\n");
    else
        emit_line(e, "%s;\n", emit_type_name(e, t));
}

/* What MS-DTYP declares and <rpc.h> has. */
static bool has_rpc_h(const char *name)
{
    static const char *const names[] = {"GUID", "UUID", "VOID"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void typedef_item(struct emit *e, const struct idl_item *item)
{
    if (has_rpc_h(item->symbol->name->text))
        return;
    if (item->var->defines)
        hoist_nameless(e, item->var->base);
    declaration(e, item->var, "typedef ");
    if (item->symbol->type != NULL) {
        struct idl_type alias = {.kind = IDL_ALIAS, .symbol = item->symbol};

        if (idl_is_context(&alias, NULL))
            emit_line(e, "void __RPC_USER %s_rundown(%s);", item->symbol->name->text,
                      item->symbol->name->text);
        if (idl_attr(&item->symbol->attrs, IDL_A_HANDLE) != NULL)
            emit_line(e,
                      "handle_t __RPC_USER %s_bind(%s);\nvoid __RPC_USER %s_unbind(%s, handle_t);",
                      item->symbol->name->text, item->symbol->name->text, item->symbol->name->text,
                      item->symbol->name->text);
    }
    emit_raw(e, "\n");
}

/* Constants are macros, as MIDL makes them. */
static void const_item(struct emit *e, const struct idl_symbol *s)
{
    const struct idl_type *t = idl_strip(s->type);

    if (t->kind == IDL_POINTER && s->expr != NULL && s->expr->op == IDL_X_STRING)
        emit_line(e, "#define %s %.*s", s->name->text, (int)s->expr->at->length, s->expr->at->text);
    else if (t->kind == IDL_POINTER)
        emit_line(e, "#define %s NULL", s->name->text);
    else if (s->value == INT64_MIN)
        emit_line(e, "#define %s INT64_MIN", s->name->text);
    else if (t->kind == IDL_SCALAR && !idl_scalar_row(t->scalar)->is_signed &&
             idl_scalar_row(t->scalar)->size64 == 8)
        emit_line(e, "#define %s (UINT64_C(%" PRIu64 "))", s->name->text, (uint64_t)s->value);
    else if (s->value > INT32_MAX || s->value < INT32_MIN)
        emit_line(e, "#define %s (INT64_C(%" PRId64 "))", s->name->text, s->value);
    else
        emit_line(e, "#define %s (%" PRId64 ")", s->name->text, s->value);
}

static void import_item(struct emit *e, const char *path)
{
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    size_t n = dot == NULL || (slash != NULL && dot < slash) ? strlen(path) : (size_t)(dot - path);

    emit_line(e, "#include \"%.*s.h\"", (int)n, path);
}

/* ---- Interfaces ------------------------------------------------------------------------------ */

static void prototypes(struct emit *e, const struct idl_interface *i)
{
    const struct idl_options *o = e->c->options;
    bool same = strcmp(o->prefix_client, o->prefix_server) == 0;

    for (const struct idl_function *f = i->functions; f != NULL; f = f->next) {
        emit_line(
            e, "%s;",
            emit_prototype(
                e, f, idl_printf(e->c, "%s%s", i->local ? "" : o->prefix_client, f->name->text)));
        if (!same && !i->local)
            emit_line(
                e, "%s;",
                emit_prototype(e, f, idl_printf(e->c, "%s%s", o->prefix_server, f->name->text)));
    }
    if (i->functions != NULL)
        emit_raw(e, "\n");
}

static void entry_points(struct emit *e, const struct idl_interface *i)
{
    emit_line(e, "typedef struct %s_epv_t {", i->base);
    e->indent++;
    for (const struct idl_function *f = i->functions; f != NULL; f = f->next)
        emit_line(e, "%s;", emit_prototype(e, f, idl_printf(e->c, "(*%s)", f->name->text)));
    if (i->functions == NULL)
        emit_line(e, "void *stub_none;");
    e->indent--;
    emit_line(e, "} %s_epv_t;", i->base);
    emit_line(e, "typedef %s_epv_t %s_SERVER_EPV;", i->base, i->name->text);
    emit_raw(e, "\n");
}

static void interface_item(struct emit *e, const struct idl_interface *i)
{
    const struct idl_attr *implicit = idl_attr(&i->attrs, IDL_A_IMPLICIT_HANDLE);

    if (i->local)
        return;
    if (implicit != NULL)
        emit_line(e, "extern handle_t %s;", implicit->name->text);
    emit_line(e, "extern RPC_IF_HANDLE %s_c_ifspec;", i->base);
    emit_line(e, "extern RPC_IF_HANDLE %s_s_ifspec;", i->base);
    emit_raw(e, "\n");
}

static void interface_end(struct emit *e, const struct idl_interface *i)
{
    prototypes(e, i);
    if (!i->local)
        entry_points(e, i);
}

static void items(struct emit *e)
{
    for (const struct idl_item *item = e->c->items; item != NULL; item = item->next) {
        if (item->imported)
            continue;
        switch (item->kind) {
        case IDL_I_QUOTE: emit_raw(e, "%s\n", item->text); break;
        case IDL_I_IMPORT: import_item(e, item->text); break;
        case IDL_I_INCLUDE: break; /* for the stubs */
        case IDL_I_CONST: const_item(e, item->symbol); break;
        case IDL_I_TYPEDEF: typedef_item(e, item); break;
        case IDL_I_TYPE: type_item(e, item->type); break;
        case IDL_I_INTERFACE:
            emit_line(e, "/* interface %s */\n", item->interface->name->text);
            interface_item(e, item->interface);
            break;
        case IDL_I_END: interface_end(e, item->interface); break;
        case IDL_I_FUNCTION: break; /* at the end of the interface */
        }
    }
}

void idl_emit_header(struct idl_compilation *c, struct idl_output *ret_out)
{
    struct text text = {NULL, 0, 0};
    struct emit e = {.c = c, .to = &text, .prefix = ""};
    char *guard = idl_printf(c, "%s_H_INCLUDED", c->stem);

    for (char *p = guard; *p != '\0'; p++)
        *p = (char)(isalnum((unsigned char)*p) ? toupper((unsigned char)*p) : '_');
    emit_banner(&e, "Types and functions");
    emit_line(&e, "#ifndef %s%s\n#define %s%s\n", isdigit((unsigned char)guard[0]) ? "H_" : "",
              guard, isdigit((unsigned char)guard[0]) ? "H_" : "", guard);
    emit_line(&e, "#include <rpc.h>\n#include <rpcndr.h>\n");
    emit_line(&e, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
    items(&e);
    emit_line(&e, "#ifdef __cplusplus\n}\n#endif\n\n#endif");
    ret_out->text = text.s;
    ret_out->size = text.size;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * emit_server.c - the server's stubs: argument records, their three functions, interface tables
 *
 * A record has a field per parameter, with the parameter's own type, so that expressions of bounds
 * read the same in unmarshal and marshal. What a pointer parameter points to lies in the record,
 * too, if its size is known (`stub_NAME`); of an array the record knows how many elements there is
 * room for (`stub_room_NAME`). A context handle has a slot beside it, an array of them an array of
 * slots.
 */
#include <ctype.h>
#include <string.h>

#include "idl/emit_value.h"

static bool in_record(const struct idl_plan *pointer)
{
    return plan_sized(pointer->to);
}

static const char *record_name(struct emit *e, const struct idl_function *f)
{
    return idl_printf(e->c, "stub_%s_%s", f->interface->name->text, f->name->text);
}

static bool has_record(const struct idl_function *f)
{
    for (const struct idl_var *v = f->params; v != NULL; v = v->next)
        if (v->plan->kind != PLAN_BINDING)
            return true;
    return f->result.plan != NULL;
}

/* [ptr] pointees may be shared between parameters: if some of them are the program's to free, all
 * have to be of one kind. */
static bool reaches_full(const struct idl_plan *p, unsigned depth)
{
    if (p == NULL || depth == 0)
        return depth == 0;
    switch (p->kind) {
    case PLAN_POINTER: return p->class == IDL_A_PTR || reaches_full(p->to, depth - 1);
    case PLAN_ARRAY: return reaches_full(p->element, depth - 1);
    case PLAN_STRUCT:
    case PLAN_UNION:
        if (!plan_pointers(p))
            return false;
        for (const struct idl_var *v = (p->shared ? p->shared : p)->type->vars; v != NULL;
             v = v->next)
            if (v->plan != NULL && reaches_full(v->plan, depth - 1))
                return true;
        return false;
    default: return false;
    }
}

static bool shares(const struct idl_function *f)
{
    bool out = f->result.plan != NULL && reaches_full(f->result.plan, 16);

    for (const struct idl_var *v = f->params; v != NULL; v = v->next)
        out |= v->out && reaches_full(v->plan, 16);
    return out && f->interface != NULL;
}

static bool is_user(const struct idl_function *f, const struct idl_var *v)
{
    return v->out || (shares(f) && reaches_full(v->plan, 16));
}

/* ---- The record ------------------------------------------------------------------------------ */

static struct idl_type *decayed(struct emit *e, const struct idl_var *v)
{
    struct idl_type *t = v->type;

    return v->plan->kind == PLAN_POINTER && v->plan->decayed
               ? emit_pointer_type(e, idl_strip(t)->to)
               : t;
}

static void record_field(struct emit *e, const struct idl_var *v)
{
    const char *name = v->name->text;

    if (v->plan->kind == PLAN_BINDING)
        return;
    if (emit_context_array(v) != NULL) {
        emit_line(e, "void **%s;", name);
        emit_line(e, "struct rpc_context_slot *stub_slots_%s;", name);
        emit_line(e, "uint32_t stub_room_%s;", name);
        return;
    }
    if (emit_context_of(v) != NULL) {
        emit_line(e, "void *%s;", name);
        emit_line(e, "struct rpc_context_slot stub_slot_%s;", name);
        return;
    }
    emit_line(e, "%s;", emit_declare(e, decayed(e, v), name, true));
    if (v->plan->kind != PLAN_POINTER)
        return;
    if (in_record(v->plan))
        emit_line(e, "%s;",
                  emit_declare(e, v->plan->decayed ? idl_strip(v->type) : idl_strip(v->type)->to,
                               idl_printf(e->c, "stub_at_%s", name), true));
    else
        emit_line(e, "uint32_t stub_room_%s;", name);
}

static void record(struct emit *e, const struct idl_function *f)
{
    emit_open(e, "struct %s ", record_name(e, f));
    for (const struct idl_var *v = f->params; v != NULL; v = v->next)
        record_field(e, v);
    if (emit_context_of(&f->result) != NULL)
        emit_line(e, "void *stub_result;\n    struct rpc_context_slot stub_result_slot;");
    else if (f->result.plan != NULL)
        emit_line(e, "%s;", emit_declare(e, f->result.type, "stub_result", true));
    emit_close(e, ";\n");
}

/* ---- unmarshal ------------------------------------------------------------------------------- */

static const char *context_type(struct emit *e, const struct idl_plan *p)
{
    return p->context->name == NULL ? "&stub_context_anonymous"
                                    : idl_printf(e->c, "&stub_context_%s", p->context->name->text);
}

static const char *memory(struct emit *e, bool user)
{
    e->user |= user;
    return user ? "&stub_user" : "&stub_arena";
}

static void point_to_record(struct emit *e, const struct idl_var *v)
{
    const char *name = v->name->text;

    emit_line(e, v->plan->decayed ? "a->%s = a->stub_at_%s;" : "a->%s = &a->stub_at_%s;", name,
              name);
}

/* `memory` for what the parameter's own pointer reaches is the arena always. */
static void get_pointer_param(struct emit *e, const struct idl_function *f, struct idl_var *v)
{
    struct idl_plan *p = v->plan;
    const char *place = idl_printf(e->c, "a->%s", v->name->text);
    struct emit_room room = {NULL, NULL, NULL, NULL};
    bool below = plan_pointers(p->to), slot = p->class != IDL_A_REF;

    room.below = below ? memory(e, is_user(f, v)) : "NULL";
    if (!in_record(p)) {
        room.memory = memory(e, false);
        room.set = idl_printf(e->c, "a->stub_room_%s", v->name->text);
    }
    if (p->class == IDL_A_PTR) {
        room.memory = memory(e, is_user(f, v));
        room.set = in_record(p) ? NULL : room.set;
        emit_line(e, "%s = stub_referent(in);", place);
        emit_open(e, "if (%s != NULL) ", place);
        emit_get_pointee(e, p, place, &room);
    } else {
        if (slot)
            emit_open(e, "if (ndr_get_unique(in)) ");
        else if (!in_record(p))
            emit_open(e, "%s", "");
        if (in_record(p))
            point_to_record(e, v);
        emit_get_pointee(e, p, place, &room);
        if (!slot && in_record(p))
            return;
    }
    if (slot && p->to->kind == PLAN_ARRAY && p->to->count == 0 && p->to->size != NULL) {
        e->indent--;
        emit_open(e, "} else ");
        emit_null_check(e, p);
    }
    emit_close(e, "");
}

/* An array of context handles, one slot an element. `arrives`: it is in the request. */
static void get_contexts(struct emit *e, struct idl_var *v, bool arrives)
{
    struct idl_plan *array = emit_context_array(v);
    const char *name = v->name->text, *room = idl_printf(e->c, "a->stub_room_%s", name);

    if (array->count != 0)
        emit_line(e, "%s = %u;", room, array->count);
    else if (arrives)
        emit_line(e, "%s = ndr_get_count(in);", room);
    else
        emit_line(e, "%s = stub_count(in, %s);", room, emit_expr(e, emit_size(e, array)));
    if (array->count == 0 && arrives)
        emit_size_check(e, array, room);
    emit_line(e, "a->stub_slots_%s = rpc_context_%s_array(call, in, %s, &a->%s, %s, %s);", name,
              arrives ? "get" : "new", room, name, context_type(e, array->element),
              emit_context_flags(e, v, false));
}

static void get_param(struct emit *e, const struct idl_function *f, struct idl_var *v)
{
    const struct idl_plan *context = emit_context_of(v);
    const char *name = v->name->text;

    e->ready = v->index;
    if (emit_context_array(v) != NULL) {
        if (v->in)
            get_contexts(e, v, true);
        return;
    }
    if (context != NULL) { /* [out] ones too: slots stand in the order of the parameters */
        emit_line(e, "rpc_context_%s &a->stub_slot_%s, &a->%s, %s, %s);",
                  v->in ? "get(call, in," : "new(call,", name, name, context_type(e, context),
                  emit_context_flags(e, v, false));
        return;
    }
    if (!v->in || v->plan->kind == PLAN_BINDING)
        return;
    if (v->plan->kind == PLAN_POINTER)
        get_pointer_param(e, f, v);
    else
        emit_get(e, v->plan, idl_printf(e->c, "a->%s", name),
                 plan_pointers(v->plan) ? memory(e, is_user(f, v)) : "NULL");
}

/* What the routine will fill. */
static void prepare_param(struct emit *e, struct idl_var *v)
{
    const char *name = v->name->text;

    if (v->in || v->plan->kind == PLAN_BINDING)
        return;
    if (emit_context_array(v) != NULL) {
        get_contexts(e, v, false); /* its size may come behind it */
        return;
    }
    if (emit_context_of(v) != NULL)
        return;
    if (in_record(v->plan)) {
        point_to_record(e, v);
    } else {
        emit_line(e, "a->stub_room_%s = stub_count(in, %s);", name,
                  emit_expr(e, emit_size(e, v->plan->to)));
        emit_line(e, "a->%s = ndr_alloc(in, a->stub_room_%s, sizeof *a->%s);", name, name, name);
    }
}

static void unmarshal_body(struct emit *e, const struct idl_function *f)
{
    for (struct idl_var *v = f->params; v != NULL; v = v->next)
        get_param(e, f, v);
    e->ready_all = true;
    emit_notes(e);
    for (struct idl_var *v = f->params; v != NULL; v = v->next)
        if (v->out)
            prepare_param(e, v);
    if (emit_context_of(&f->result) != NULL)
        emit_line(e, "rpc_context_new(call, &a->stub_result_slot, &a->stub_result, %s, %s);",
                  context_type(e, f->result.plan), emit_context_flags(e, &f->result, true));
}

static void begin(struct emit *e, const struct idl_function *f, struct text *body)
{
    e->function_scope = (struct idl_scope){.vars = f->params, .params = true};
    e->scope = &e->function_scope;
    e->prefix = "a->";
    e->to = body;
    e->indent = 1;
    e->serial = 0;
    e->notes = NULL;
    e->locals = (struct text){NULL, 0, 0};
    e->in = "in";
    e->out = "out";
    e->ready = 0;
    e->ready_all = false;
    e->user = false;
}

static bool is_in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Whether generated code uses a name; it may be a part of others. */
static bool has_word(const char *code, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = code; (p = strstr(p, word)) != NULL; p++)
        if ((p == code || !is_in_name(p[-1])) && !is_in_name(p[n]))
            return true;
    return false;
}

/* Joins a function from its head, locals and body. `uses` names parameters that may be unused. */
static void finish(struct emit *e, const struct idl_function *f, struct text *to, const char *head,
                   const struct text *body, const char *const *uses)
{
    e->to = to;
    e->indent = 0;
    emit_line(e, "%s\n{", head);
    e->indent = 1;
    if (has_record(f) && body->size > 0 && strstr(body->s, "a->") != NULL)
        emit_line(e, "struct %s *a = record;", record_name(e, f));
    if (body->size > 0 && strstr(body->s, "&stub_arena") != NULL)
        emit_line(e, "struct stub_memory stub_arena = {0, 0, NULL};");
    if (body->size > 0 && strstr(body->s, "&stub_user") != NULL)
        emit_line(e, "struct stub_memory stub_user = {1, 0, NULL};");
    if (e->locals.size > 0)
        text_add(e->c, to, e->locals.s, e->locals.size);
    emit_raw(e, "\n");
    for (; *uses != NULL; uses++)
        if (body->size == 0 || !has_word(body->s, strcmp(*uses, "record") == 0 ? "a" : *uses))
            emit_line(e, "(void)%s;", *uses);
    if (body->size > 0)
        text_add(e->c, to, body->s, body->size);
    e->indent = 0;
    emit_line(e, "}\n");
}

static void unmarshal(struct emit *e, const struct idl_function *f, struct text *to)
{
    static const char *const uses[] = {"call", "in", "record", NULL};
    struct text body = {NULL, 0, 0};
    bool any_user;

    begin(e, f, &body);
    unmarshal_body(e, f);
    any_user = e->user;
    finish(e, f, to,
           idl_printf(e->c,
                      "static void %s_unmarshal(struct rpc_call *call, struct ndr_in *in,\n"
                      "    void *record)",
                      record_name(e, f)),
           &body, uses);
    e->needs_user |= any_user;
}

/* ---- invoke ---------------------------------------------------------------------------------- */

static const char *argument(struct emit *e, const struct idl_var *v)
{
    const char *name = v->name->text;

    if (v->plan->kind == PLAN_BINDING)
        return "rpc_call_binding(call)";
    if (v->plan->kind == PLAN_CONTEXT)
        return idl_printf(e->c, "(%s)a->%s", emit_declare(e, v->type, "", true), name);
    if (emit_context_array(v) != NULL)
        return idl_printf(e->c, "(%s)a->%s", emit_declare(e, decayed(e, v), "", true), name);
    if (emit_context_of(v) != NULL)
        return idl_printf(e->c, "(%s)&a->%s", emit_declare(e, v->type, "", true), name);
    return idl_printf(e->c, "a->%s", name);
}

static void invoke(struct emit *e, const struct idl_function *f, struct text *to)
{
    static const char *const uses[] = {"call", "record", NULL};
    struct text body = {NULL, 0, 0}, args = {NULL, 0, 0};
    const char *base = f->interface->base;

    begin(e, f, &body);
    for (const struct idl_var *v = f->params; v != NULL; v = v->next) {
        const char *s = argument(e, v);

        if (args.size != 0)
            text_add(e->c, &args, ", ", 2);
        text_add(e->c, &args, s, strlen(s));
    }
    emit_line(e, "%s%s((const %s_epv_t *)epv)->%s(%s);",
              f->result.plan == NULL ? "" : "a->stub_result = ",
              emit_context_of(&f->result) != NULL ? "(void *)" : "", base, f->name->text,
              args.s == NULL ? "" : args.s);
    finish(e, f, to,
           idl_printf(e->c,
                      "static void %s_invoke(struct rpc_call *call, const void *epv, void *record)",
                      record_name(e, f)),
           &body, uses);
}

/* ---- marshal --------------------------------------------------------------------------------- */

static void put_param(struct emit *e, struct idl_var *v)
{
    const char *name = v->name->text, *place = idl_printf(e->c, "a->%s", name);
    struct idl_plan *p = v->plan;
    const char *room = p->kind == PLAN_POINTER && !in_record(p) && emit_context_of(v) == NULL
                           ? idl_printf(e->c, "a->stub_room_%s", name)
                           : NULL;

    if (emit_context_array(v) != NULL) {
        if (p->to->count == 0)
            emit_line(e, "ndr_put_count(out, a->stub_room_%s);", name);
        emit_line(e, "rpc_context_put_array(call, out, a->stub_slots_%s, a->stub_room_%s);", name,
                  name);
    } else if (emit_context_of(v) != NULL) {
        emit_line(e, "rpc_context_put(call, out, &a->stub_slot_%s);", name);
    } else if (p->class == IDL_A_REF) {
        emit_put(e, p->to, emit_pointee(e, p, place), room);
    } else {
        emit_put_pointer(e, p, place, room);
    }
}

static void marshal(struct emit *e, const struct idl_function *f, struct text *to)
{
    static const char *const uses[] = {"call", "out", "record", NULL};
    struct text body = {NULL, 0, 0};

    begin(e, f, &body);
    e->ready_all = true;
    for (struct idl_var *v = f->params; v != NULL; v = v->next)
        if (v->out)
            put_param(e, v);
    if (emit_context_of(&f->result) != NULL)
        emit_line(e, "rpc_context_put(call, out, &a->stub_result_slot);");
    else if (f->result.plan != NULL)
        emit_put(e, f->result.plan, "a->stub_result", NULL);
    finish(e, f, to,
           idl_printf(e->c,
                      "static void %s_marshal(struct rpc_call *call, struct ndr_out *out,\n"
                      "    void *record)",
                      record_name(e, f)),
           &body, uses);
}

/* ---- release --------------------------------------------------------------------------------- */

static void free_param(struct emit *e, const struct idl_function *f, struct idl_var *v)
{
    const char *name = v->name->text, *place = idl_printf(e->c, "a->%s", name);
    struct idl_plan *p = v->plan;

    if (!is_user(f, v) || emit_context_of(v) != NULL || !plan_pointers(p))
        return;
    if (p->kind != PLAN_POINTER || p->class == IDL_A_PTR) {
        emit_free(e, p, place, NULL);
    } else if (plan_pointers(p->to)) {
        if (p->class != IDL_A_REF)
            emit_open(e, "if (%s != NULL) ", place);
        emit_free(e, p->to, emit_pointee(e, p, place),
                  in_record(p) ? NULL : idl_printf(e->c, "a->stub_room_%s", name));
        if (p->class != IDL_A_REF)
            emit_close(e, "");
    }
}

/* True if a release function was written. */
static bool release(struct emit *e, const struct idl_function *f, struct text *to)
{
    static const char *const uses[] = {NULL};
    struct text body = {NULL, 0, 0};

    begin(e, f, &body);
    for (struct idl_var *v = f->params; v != NULL; v = v->next)
        free_param(e, f, v);
    if (f->result.plan != NULL && emit_context_of(&f->result) == NULL)
        emit_free(e, f->result.plan, "a->stub_result", NULL);
    if (body.size == 0)
        return false;
    e->needs_user = true;
    if (e->c->full_pointers && strstr(body.s, "seen") != NULL) {
        struct text whole = {NULL, 0, 0};
        static const char head[] =
            "    struct stub_seen stub_table = {NULL, 0, 0}, *seen = &stub_table;\n";

        e->locals = whole;
        text_add(e->c, &e->locals, head, strlen(head));
        e->to = &body;
        e->indent = 1;
        emit_line(e, "free(seen->at);");
    }
    finish(e, f, to,
           idl_printf(e->c, "static void %s_release(struct rpc_call *call, void *record)",
                      record_name(e, f)),
           &body, uses);
    return true;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static void method_row(struct emit *e, const struct idl_function *f, bool released)
{
    const char *r = record_name(e, f);
    const char *size = has_record(f) ? idl_printf(e->c, "sizeof(struct %s)", r) : "0";

    emit_line(e, "{\"%s\", %s, %s,", f->name->text, size,
              idl_attr(&f->attrs, IDL_A_IDEMPOTENT) != NULL ? "RPC_METHOD_IDEMPOTENT" : "0");
    emit_line(e, " %s_unmarshal, %s_invoke, %s_marshal,", r, r, r);
    if (f->result.plan != NULL)
        emit_line(
            e,
            " %s%s, offsetof(struct %s, stub_result), sizeof(((struct %s *)NULL)->stub_result)},",
            released ? r : "NULL", released ? "_release" : "", r, r);
    else
        emit_line(e, " %s%s, 0, 0},", released ? r : "NULL", released ? "_release" : "");
}

static void tables(struct emit *e, const struct idl_interface *i, const bool *released)
{
    const struct idl_function *f;
    uint32_t n = 0;

    if (i->function_count > 0) {
        emit_open(e, "static const struct rpc_method stub_methods_%s[] = ", i->name->text);
        for (f = i->functions; f != NULL; f = f->next)
            method_row(e, f, released[n++]);
        emit_close(e, ";\n");
        emit_open(e, "static const %s_epv_t stub_epv_%s = ", i->base, i->name->text);
        for (f = i->functions; f != NULL; f = f->next)
            emit_line(e, "%s%s,", e->c->options->prefix_server, f->name->text);
        emit_close(e, ";\n");
    }
    emit_endpoints(e, i);
    emit_open(e, "static const struct rpc_interface stub_interface_%s = ", i->name->text);
    emit_interface_id(e, i, true);
    if (i->function_count > 0) {
        emit_line(e, ".methods = stub_methods_%s,", i->name->text);
        emit_line(e, ".default_epv = &stub_epv_%s,", i->name->text);
    }
    if (e->needs_user) {
        emit_line(e, ".allocate = midl_user_allocate,");
        emit_line(e, ".release = midl_user_free,");
    }
    emit_close(e, ";\n");
    emit_line(e, "RPC_IF_HANDLE %s_s_ifspec = (RPC_IF_HANDLE)(uintptr_t)&stub_interface_%s;\n",
              i->base, i->name->text);
}

/* The type of a context handle, at its first use. */
static void context_type_of(struct emit *e, const struct idl_var *v)
{
    const struct idl_plan *p = emit_context_of(v);
    const char *name;

    if (p == NULL)
        return;
    if (p->context->name == NULL) {
        if (!e->anonymous)
            emit_line(e, "static const struct rpc_context_type stub_context_anonymous = "
                         "{\"(anonymous)\", NULL};\n");
        e->anonymous = true;
        return;
    }
    if (p->context->emitted)
        return;
    p->context->emitted = true;
    name = p->context->name->text;
    emit_line(e, "static void stub_rundown_%s(void *user)\n{\n    %s_rundown((%s)user);\n}\n", name,
              name, name);
    emit_line(e,
              "static const struct rpc_context_type stub_context_%s = {\"%s\", stub_rundown_%s};\n",
              name, name, name);
}

static void context_types(struct emit *e)
{
    for (const struct idl_item *item = e->c->items; item != NULL; item = item->next) {
        if (item->kind != IDL_I_FUNCTION || item->imported || item->function->interface->local)
            continue;
        for (const struct idl_var *v = item->function->params; v != NULL; v = v->next)
            context_type_of(e, v);
        context_type_of(e, &item->function->result);
    }
}

static void includes(struct emit *e, const char *bodies)
{
    emit_line(e, "#include \"%s.h\"", e->c->name);
    for (const struct idl_item *item = e->c->items; item != NULL; item = item->next)
        if (item->kind == IDL_I_INCLUDE)
            emit_line(e, "#include %s", item->text);
    if (strstr(bodies, "struct stub_seen") != NULL)
        emit_line(e, "\n#include <stdlib.h>");
    emit_line(e, "\n#include <string.h>\n");
}

static void functions(struct emit *e, struct idl_interface *i, struct text *bodies)
{
    bool *released = idl_alloc(e->c, i->function_count);
    uint32_t n = 0;

    for (const struct idl_function *f = i->functions; f != NULL; f = f->next) {
        e->to = bodies;
        e->indent = 0;
        emit_line(e, "/* %s */\n", f->name->text);
        if (has_record(f))
            record(e, f);
        unmarshal(e, f, bodies);
        invoke(e, f, bodies);
        marshal(e, f, bodies);
        released[n++] = release(e, f, bodies);
    }
    e->to = bodies;
    e->indent = 0;
    tables(e, i, released);
}

/* Everything in order, now that it is known what the functions need. */
void emit_join(struct emit *e, struct text *whole, struct text *bodies, const char *what)
{
    struct text prototypes = {NULL, 0, 0}, helpers = {NULL, 0, 0};

    emit_helpers(e, &prototypes, &helpers);
    e->to = whole;
    e->indent = 0;
    emit_banner(e, what);
    includes(e, bodies->size == 0 ? "" : bodies->s);
    emit_preamble(e, helpers.s, bodies->s);
    if (prototypes.size > 0) {
        text_add(e->c, whole, prototypes.s, prototypes.size);
        emit_raw(e, "\n");
        text_add(e->c, whole, helpers.s, helpers.size);
    }
    if (bodies->size > 0)
        text_add(e->c, whole, bodies->s, bodies->size);
}

void idl_emit_server(struct idl_compilation *c, struct idl_output *ret_out)
{
    struct text whole = {NULL, 0, 0}, bodies = {NULL, 0, 0};
    struct emit e = {.c = c, .to = &bodies};

    context_types(&e);
    for (struct idl_item *item = c->items; item != NULL; item = item->next) {
        if (item->kind != IDL_I_INTERFACE || item->imported || item->interface->local)
            continue;
        e.needs_user = false;
        functions(&e, item->interface, &bodies);
    }
    emit_join(&e, &whole, &bodies, "Server stubs");
    ret_out->text = whole.s;
    ret_out->size = whole.size;
}

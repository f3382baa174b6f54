/* SPDX-License-Identifier: Apache-2.0
 *
 * emit_client.c - the client's stubs: one function per operation
 *
 * Bounds of the caller's own memory are taken (`stub_room_NAME`) before anything is unmarshalled,
 * since the answer may change what they are reckoned from (MS-RPCE 3.1.2.7.1).
 */
#include <string.h>

#include "idl/emit_value.h"

#define BOUND "stub_bound" /* what a user-defined handle has been made to */

static const char *room_name(struct emit *e, const struct idl_var *v)
{
    return idl_printf(e->c, "stub_room_%s", v->name->text);
}

/* True if the answer fills an array, or a structure with one, that the caller has made. */
static bool has_room(const struct idl_var *v)
{
    return v->out && v->plan->kind == PLAN_POINTER && emit_context_of(v) == NULL &&
           !plan_sized(v->plan->to);
}

/* ---- Binding --------------------------------------------------------------------------------- */

/* How many context handles the caller's array has: `stub_room_NAME`, known before the call binds. An
 * expression is not evaluated through a [ref] pointer that is NULL. */
static void bind_contexts(struct emit *e, const struct idl_function *f, const struct idl_var *v)
{
    struct idl_plan *array = emit_context_array(v);
    const char *refs = "";

    for (const struct idl_var *r = f->params; r != NULL; r = r->next)
        if (r->plan->kind == PLAN_POINTER && r->plan->class == IDL_A_REF)
            refs = idl_printf(e->c, "%s%s%s != NULL", refs, *refs == '\0' ? "" : " && ",
                              r->name->text);
    emit_local(e, "uint32_t %s = 0;", room_name(e, v));
    emit_raw(e, "\n");
    emit_line(e, "if (%s)", refs);
    if (array->count != 0)
        emit_line(e, "    %s = %u;", room_name(e, v), array->count);
    else
        emit_line(e, "    %s = stub_limit(%s);", room_name(e, v),
                  emit_expr(e, emit_size(e, array)));
    if (v->in)
        emit_line(e, "rpc_client_bind_contexts(&stub_call, (void **)(uintptr_t)%s, %s, %s);",
                  v->name->text, room_name(e, v), emit_context_flags(e, v, false));
}

static void bind(struct emit *e, const struct idl_function *f)
{
    for (const struct idl_var *v = f->params; v != NULL; v = v->next) {
        const char *name = v->name->text;

        if (v->plan->kind == PLAN_BINDING || v == f->generic)
            emit_line(e, "rpc_client_bind(&stub_call, %s);", v == f->generic ? BOUND : name);
        else if (emit_context_array(v) != NULL)
            bind_contexts(e, f, v);
        else if (v->in && v->plan->kind == PLAN_CONTEXT)
            emit_line(e, "rpc_client_bind_context(&stub_call, (void *)(uintptr_t)%s, %s);", name,
                      emit_context_flags(e, v, false));
        else if (v->in && emit_context_of(v) != NULL)
            emit_line(e,
                      "rpc_client_bind_context(&stub_call, %s == NULL ? NULL : (void "
                      "*)(uintptr_t)*%s, %s);",
                      name, name, emit_context_flags(e, v, false));
    }
    if (f->implicit != NULL)
        emit_line(e, "rpc_client_bind(&stub_call, %s);", f->implicit->name->text);
}

/* ---- The request ----------------------------------------------------------------------------- */

/* False if there is nothing to check. */
static bool check_refs(struct emit *e, const struct idl_function *f)
{
    bool any = false;

    for (const struct idl_var *v = f->params; v != NULL; v = v->next) {
        if (v->plan->kind != PLAN_POINTER || v->plan->class != IDL_A_REF)
            continue;
        emit_line(e, "ndr_out_check_ref(stub_out, %s);", v->name->text);
        any = true;
    }
    return any;
}

static void put_param(struct emit *e, struct idl_var *v)
{
    const char *name = v->name->text;
    struct idl_plan *p = v->plan;

    if (!v->in || p->kind == PLAN_BINDING)
        return;
    if (emit_context_array(v) != NULL) {
        if (p->to->count == 0)
            emit_line(e, "ndr_put_count(stub_out, (uint64_t)%s);",
                      emit_expr(e, emit_size(e, p->to)));
        emit_line(e, "rpc_client_put_contexts(&stub_call, (void **)(uintptr_t)%s, %s, %s);", name,
                  room_name(e, v), emit_context_flags(e, v, false));
    } else if (emit_context_of(v) != NULL)
        emit_line(e, "rpc_client_put_context(&stub_call, (void *)(uintptr_t)%s%s, %s);",
                  p->kind == PLAN_CONTEXT ? "" : "*", name, emit_context_flags(e, v, false));
    else if (p->kind == PLAN_POINTER && p->class == IDL_A_REF)
        emit_put(e, p->to, emit_pointee(e, p, name), NULL);
    else if (p->kind == PLAN_POINTER)
        emit_put_pointer(e, p, name, NULL);
    else
        emit_put(e, p, name, NULL);
}

static void take_room(struct emit *e, const struct idl_var *v)
{
    struct idl_plan *to = v->plan->to;
    const char *name = v->name->text, *count;
    struct emit_open open;

    if (!has_room(v))
        return;
    emit_local(e, "uint32_t %s = 0;", room_name(e, v));
    if (to->kind == PLAN_ARRAY && to->size != NULL)
        count = emit_expr(e, emit_size(e, to));
    else if (to->kind == PLAN_ARRAY)
        count = idl_printf(e->c, "ndr_string_count(stub_out, %s, %u, INT32_MAX)", name,
                           idl_scalar_row(to->element->scalar)->size20);
    else if (emit_open_array(e, to, idl_printf(e->c, "(*%s)", name), &open))
        count = emit_open_size(e, &open);
    else
        return;
    if (v->plan->class != IDL_A_REF)
        emit_line(e, "if (%s != NULL)\n%*s%s = stub_limit(%s);", name, (int)e->indent * 4 + 4, "",
                  room_name(e, v), count);
    else
        emit_line(e, "%s = stub_limit(%s);", room_name(e, v), count);
}

/* ---- The answer ------------------------------------------------------------------------------ */

static const char *memory(struct emit *e, const struct idl_plan *p)
{
    if (!plan_pointers(p))
        return "NULL";
    e->user = true;
    e->needs_user = true;
    return "&stub_user";
}

/* Keeps what lies in the caller's memory, or clears it if it is only filled; true if a block was
 * opened that runs only if that went well. */
static bool save(struct emit *e, const struct idl_var *v)
{
    const struct idl_plan *to = v->plan->to;
    const char *name = v->name->text;
    const char *size = to->kind == PLAN_ARRAY && (to->count == 0 || v->plan->decayed)
                           ? to->count == 0
                                 ? idl_printf(e->c, "(size_t)stub_room_%s * sizeof *%s", name, name)
                                 : idl_printf(e->c, "%u * sizeof *%s", to->count, name)
                           : idl_printf(e->c, "sizeof *%s", name);

    if (!plan_pointers(to) || (to->kind == PLAN_STRUCT && to->conformant))
        return false; /* of an open structure the size is known later */
    if (!v->in)
        emit_line(e, "memset(%s, 0, %s);", name, size);
    emit_open(e, "if (stub_save(stub_in, &stub_user, %s, %s)) ", name, size);
    return true;
}

static void get_pointer_param(struct emit *e, struct idl_var *v)
{
    struct idl_plan *p = v->plan;
    const char *name = v->name->text;
    struct emit_room room = {.below = memory(e, p->to)};
    bool saved;

    if (has_room(v))
        room.limit = room_name(e, v);
    if (p->class == IDL_A_UNIQUE) {
        emit_open(e, "if (ndr_get_unique(stub_in)) ");
        emit_line(e, "ndr_in_check(stub_in, %s != NULL);", name);
        emit_open(e, "if (%s != NULL) ", name);
    } else if (p->class == IDL_A_PTR) {
        unsigned n = ++e->serial;

        emit_open(e, "%s", "");
        emit_line(e, "struct ndr_full full%u;", n);
        emit_raw(e, "\n");
        emit_line(e, "(void)ndr_get_full_at(stub_in, %s, ndr_get_full_slot(stub_in), &full%u);",
                  emit_full_type(e, p), n);
        emit_line(e, "ndr_in_check(stub_in, full%u.object == %s);", n, name);
        emit_open(e, "if (full%u.follows && stub_in->status == 0) ", n);
        emit_line(e, "ndr_full_bind(stub_in, full%u.id, %s, %s, full%u.count);", n,
                  emit_full_type(e, p), name, n);
    } else if (p->to->kind == PLAN_STRUCT && p->to->conformant) {
        emit_open(e, "%s", "");
    }
    saved = save(e, v);
    emit_get_pointee(e, p, name, &room);
    if (saved)
        emit_close(e, "");
    if (p->class != IDL_A_REF) {
        emit_close(e, "");
        emit_close(e, "");
    } else if (p->to->kind == PLAN_STRUCT && p->to->conformant) {
        emit_close(e, "");
    }
}

static void get_param(struct emit *e, struct idl_var *v)
{
    e->ready = v->index;
    if (!v->out)
        return;
    if (emit_context_array(v) != NULL) {
        if (v->plan->to->count == 0)
            emit_line(e, "ndr_in_check(stub_in, ndr_get_count(stub_in) == %s);", room_name(e, v));
        emit_line(e, "rpc_client_get_contexts(&stub_call, (void **)%s, %s, %s);", v->name->text,
                  room_name(e, v), emit_context_flags(e, v, false));
    } else if (emit_context_of(v) != NULL) {
        emit_local(e, "struct rpc_client_context stub_staged_%s;", v->name->text);
        emit_line(e, "rpc_client_get_context(&stub_call, &stub_staged_%s, (void **)%s, %s);",
                  v->name->text, v->name->text, emit_context_flags(e, v, false));
    } else {
        get_pointer_param(e, v);
    }
}

static void get_result(struct emit *e, const struct idl_function *f)
{
    struct idl_plan *p = f->result.plan;

    e->ready = UINT32_MAX;
    if (p == NULL)
        return;
    if (p->kind == PLAN_CONTEXT) {
        emit_local(e, "struct rpc_client_context stub_result_staged;");
        emit_line(
            e,
            "rpc_client_get_context(&stub_call, &stub_result_staged, (void **)&stub_result, %s);",
            emit_context_flags(e, &f->result, true));
        return;
    }
    emit_get(e, p, "stub_result", memory(e, p));
}

/* After a failure the caller's memory is as it was, and nothing points to what was freed. */
static void undo(struct emit *e, const struct idl_function *f)
{
    bool pointers = f->result.plan != NULL && plan_pointers(f->result.plan);

    if (!e->user)
        return;
    emit_open(e, "if (stub_in->status != 0) ");
    emit_line(e, "stub_restore(&stub_user);");
    if (pointers)
        emit_line(e, "memset(&stub_result, 0, sizeof stub_result);");
    emit_close(e, "");
}

/* ---- The function ---------------------------------------------------------------------------- */

static const struct idl_var *status_param(const struct idl_function *f, enum idl_attr_kind kind)
{
    for (const struct idl_var *v = f->params; v != NULL; v = v->next)
        if (idl_attr(&v->attrs, kind) != NULL)
            return v;
    return NULL;
}

/* A user-defined handle is given back however the call ends. */
static void unbind(struct emit *e, const struct idl_function *f)
{
    emit_close(e, "");
    emit_open(e, "RpcFinally ");
    emit_line(e, "%s_unbind(%s, " BOUND ");", idl_generic_handle(f->generic->type)->name->text,
              f->generic->name->text);
    emit_close(e, "");
    emit_line(e, "RpcEndFinally");
}

static void end(struct emit *e, const struct idl_function *f)
{
    static const struct {
        enum idl_attr_kind kind;
        const char *local;
    } rows[] = {{IDL_A_COMM_STATUS, "stub_comm"}, {IDL_A_FAULT_STATUS, "stub_fault"}};
    const char *arguments[2] = {"NULL", "NULL"};

    for (size_t i = 0; i < 2; i++) {
        if (status_param(f, rows[i].kind) == NULL && idl_attr(&f->attrs, rows[i].kind) == NULL)
            continue;
        emit_local(e, "error_status_t %s = 0;", rows[i].local);
        arguments[i] = idl_printf(e->c, "&%s", rows[i].local);
    }
    if (f->generic != NULL)
        emit_open(e, "RpcTryFinally ");
    emit_line(e, "rpc_client_end(&stub_call, %s, %s);", arguments[0], arguments[1]);
    if (f->generic != NULL)
        unbind(e, f);
    for (size_t i = 0; i < 2; i++) {
        const struct idl_var *v = status_param(f, rows[i].kind);

        if (v != NULL)
            emit_line(e, "if (%s != 0 && %s != NULL)\n        *%s = %s;", rows[i].local,
                      v->name->text, v->name->text, rows[i].local);
        if (idl_attr(&f->attrs, rows[i].kind) != NULL)
            emit_line(e, "if (%s != 0)\n        stub_result = %s;", rows[i].local, rows[i].local);
    }
    if (f->result.plan != NULL)
        emit_line(e, "return stub_result;");
}

static void exchange(struct emit *e, const struct idl_function *f)
{
    bool guarded = check_refs(e, f), answer = f->result.plan != NULL;

    if (guarded)
        emit_open(e, "if (stub_out->status == 0) ");
    for (struct idl_var *v = f->params; v != NULL; v = v->next)
        put_param(e, v);
    for (const struct idl_var *v = f->params; v != NULL; v = v->next) {
        take_room(e, v);
        answer |= v->out;
    }
    if (guarded)
        emit_close(e, "");
    if (!answer) {
        emit_line(e, "(void)rpc_client_exchange(&stub_call);");
        return;
    }
    emit_open(e, "if (rpc_client_exchange(&stub_call)) ");
    e->ready = 0;
    e->in_only_ready = true;
    for (struct idl_var *v = f->params; v != NULL; v = v->next)
        get_param(e, v);
    get_result(e, f);
    e->ready_all = true;
    emit_notes(e);
    undo(e, f);
    emit_close(e, "");
}

static void function(struct emit *e, const struct idl_function *f, struct text *bodies)
{
    struct idl_scope scope = {.vars = f->params, .params = true};
    struct text body = {NULL, 0, 0};
    const char *name = idl_printf(e->c, "%s%s", e->c->options->prefix_client, f->name->text);

    e->scope = &scope;
    e->prefix = "";
    e->to = &body;
    e->indent = 1;
    e->serial = 0;
    e->notes = NULL;
    e->locals = (struct text){NULL, 0, 0};
    e->in = "stub_in";
    e->out = "stub_out";
    e->client = true;
    e->ready_all = e->in_only_ready = e->user = false;
    if (f->generic != NULL) {
        emit_local(e, "handle_t " BOUND ";");
        emit_line(e, BOUND " = %s_bind(%s);", idl_generic_handle(f->generic->type)->name->text,
                  f->generic->name->text);
    }
    emit_line(e, "rpc_client_begin(&stub_call, &stub_interface_%s, %u, %s);",
              f->interface->name->text, f->opnum,
              idl_attr(&f->attrs, IDL_A_IDEMPOTENT) != NULL ? "RPC_METHOD_IDEMPOTENT" : "0");
    bind(e, f);
    emit_open(e, "if (rpc_client_start(&stub_call)) ");
    exchange(e, f);
    emit_close(e, "");
    end(e, f);
    e->to = bodies;
    e->indent = 0;
    emit_line(e, "%s\n{", emit_prototype(e, f, name));
    emit_line(e, "    struct rpc_client_call stub_call;");
    if (strstr(body.s, "stub_out") != NULL)
        emit_line(e, "    struct ndr_out *stub_out = &stub_call.out;");
    if (strstr(body.s, "stub_in,") != NULL || strstr(body.s, "stub_in)") != NULL ||
        strstr(body.s, "stub_in->") != NULL)
        emit_line(e, "    struct ndr_in *stub_in = &stub_call.in;");
    if (e->user)
        emit_line(e, "    struct stub_memory stub_user = {1, 1, NULL};");
    if (e->locals.size > 0)
        text_add(e->c, bodies, e->locals.s, e->locals.size);
    if (f->result.plan != NULL) {
        emit_line(e, "    %s;", emit_declare(e, f->result.type, "stub_result", true));
        emit_line(e, "\n    memset(&stub_result, 0, sizeof stub_result);");
    } else {
        emit_raw(e, "\n");
    }
    text_add(e->c, bodies, body.s, body.size);
    emit_line(e, "}\n");
    e->scope = NULL;
}

static void interface(struct emit *e, const struct idl_interface *i, struct text *bodies)
{
    const struct idl_attr *implicit = idl_attr(&i->attrs, IDL_A_IMPLICIT_HANDLE);
    struct text functions = {NULL, 0, 0};

    e->needs_user = false;
    for (const struct idl_function *f = i->functions; f != NULL; f = f->next)
        if (!f->no_client)
            function(e, f, &functions);
    e->to = bodies;
    e->indent = 0;
    emit_endpoints(e, i);
    emit_open(e, "static const struct rpc_interface stub_interface_%s = ", i->name->text);
    emit_interface_id(e, i, false);
    if (e->needs_user) {
        emit_line(e, ".allocate = midl_user_allocate,");
        emit_line(e, ".release = midl_user_free,");
    }
    emit_close(e, ";\n");
    emit_line(e, "RPC_IF_HANDLE %s_c_ifspec = (RPC_IF_HANDLE)(uintptr_t)&stub_interface_%s;\n",
              i->base, i->name->text);
    if (implicit != NULL)
        emit_line(e, "handle_t %s;\n", implicit->name->text);
    if (functions.size > 0)
        text_add(e->c, bodies, functions.s, functions.size);
}

void idl_emit_client(struct idl_compilation *c, struct idl_output *ret_out)
{
    struct text whole = {NULL, 0, 0}, bodies = {NULL, 0, 0};
    struct emit e = {.c = c, .to = &bodies};

    for (struct idl_item *item = c->items; item != NULL; item = item->next)
        if (item->kind == IDL_I_INTERFACE && !item->imported && !item->interface->local)
            interface(&e, item->interface, &bodies);
    emit_join(&e, &whole, &bodies, "Client stubs");
    ret_out->text = whole.s;
    ret_out->size = whole.size;
}

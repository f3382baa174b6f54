/* SPDX-License-Identifier: Apache-2.0
 *
 * emit_free.c - C that gives back what pointers inside [in,out] and [out] parameters reach
 *
 * What a routine has linked together may be deeper than anything that can be sent (and then has not
 * been). Beyond 2048 levels it is left alone: a leak does less harm than a stack that overflows.
 */
#include "idl/emit_value.h"

static const char *seen_argument(const struct emit *e)
{
    return e->c->full_pointers ? "seen, " : "";
}

static void free_array(struct emit *e, struct idl_plan *p, const char *place, const char *count)
{
    unsigned n = ++e->serial;

    if (!plan_pointers(p->element))
        return;
    if (count == NULL)
        count = emit_expr(e, emit_size(e, p));
    emit_open(e, "for (int64_t i%u = 0; i%u < %s; i%u++) ", n, n, count, n);
    emit_free(e, p->element, idl_printf(e->c, "%s[i%u]", place, n), NULL);
    emit_close(e, "");
}

static void free_pointer(struct emit *e, struct idl_plan *p, const char *place)
{
    const char *first = "";

    if (p->class == IDL_A_PTR) {
        first = idl_printf(e->c, " && stub_first(seen, %s)", place);
    }
    emit_open(e, "if (%s != NULL%s) ", place, first);
    if (e->depth != NULL)
        e->depth = "depth - 1";
    if (plan_pointers(p->to))
        emit_free(e, p->to, emit_pointee(e, p, place), NULL);
    if (e->depth != NULL)
        e->depth = "depth";
    emit_line(e, "rpc_call_free(call, (void *)(uintptr_t)%s);", place);
    emit_close(e, "");
}

void emit_free(struct emit *e, struct idl_plan *p, const char *place, const char *count)
{
    if (!plan_pointers(p))
        return;
    switch (p->kind) {
    case PLAN_ARRAY: free_array(e, p, place, count); break;
    case PLAN_POINTER: free_pointer(e, p, place); break;
    default:
        emit_need(e, p, EMIT_FREE);
        emit_line(e, "stub_free_%s(call, %s%s, %s%s);", emit_id(p), seen_argument(e),
                  e->depth == NULL ? "2048" : e->depth, emit_address(e, place),
                  p->switch_is == NULL ? "" : idl_printf(e->c, ", %s", emit_expr(e, p->switch_is)));
    }
}

void emit_free_struct(struct emit *e, struct idl_type *t)
{
    e->depth = "depth";
    emit_line(e, "if (depth == 0)");
    emit_line(e, "    return;");
    for (struct idl_var *v = t->vars; v != NULL; v = v->next)
        emit_free(e, v->plan, idl_printf(e->c, "v->%s", v->name->text), NULL);
    e->depth = NULL;
}

static void free_arm(struct emit *e, struct idl_plan *p, const char *place)
{
    emit_free(e, p, place, NULL);
}

void emit_free_union(struct emit *e, struct idl_type *t)
{
    e->depth = "depth";
    emit_line(e, "if (depth == 0)");
    emit_line(e, "    return;");
    emit_union_switch(e, t, free_arm, NULL);
    e->depth = NULL;
}

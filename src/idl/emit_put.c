/* SPDX-License-Identifier: Apache-2.0
 *
 * emit_put.c - C that marshals values
 *
 * A construct goes out in three steps: the counts that precede it, its own octets with slots for
 * pointers, then the pointees of those slots in order. `emit_put` does all three, `put_flat` and
 * `put_refs` the last two for parts of a larger construct.
 */
#include <string.h>

#include "idl/emit.h"
#include "idl/emit_value.h"

static void put_flat(struct emit *e, struct idl_plan *p, const char *place);
static void put_refs(struct emit *e, struct idl_plan *p, const char *place);

static void put_scalar(struct emit *e, const struct idl_plan *p, const char *place)
{
    const struct idl_scalar_row *row = idl_scalar_row(p->scalar);
    bool same = strcmp(row->wire_type, row->c_name) == 0;

    place = emit_bare(e, place);
    emit_line(e, same ? "ndr_put_%s(%s, %s%s%s);" : "ndr_put_%s(%s, (%s)%s%s);", row->primitive,
              e->out, same ? "" : row->wire_type, place, "");
}

static const char *tag_of(struct emit *e, const struct idl_plan *p)
{
    return p->switch_is == NULL ? "" : idl_printf(e->c, ", %s", emit_expr(e, p->switch_is));
}

/* ---- Arrays ---------------------------------------------------------------------------------- */

/* Names, as C text, of the bounds of an array being put. */
struct bounds {
    const char *size, *first, *count;
};

static void put_string_bounds(struct emit *e, struct idl_plan *p, const char *place, bool whole,
                              const char *room, struct bounds *b)
{
    struct idl_expr *size = emit_size(e, p);
    unsigned n = ++e->serial;
    unsigned width = idl_scalar_row(p->element->scalar)->size20;

    b->size = NULL;
    if (size != NULL && p->count == 0) {
        b->size = idl_printf(e->c, "size%u", n);
        emit_line(e, "int64_t %s = %s;", b->size, emit_expr(e, size));
        emit_raw(e, "\n");
        if (room != NULL)
            emit_line(e, "stub_room(%s, %s, %s);", e->out, b->size, room);
        if (whole)
            emit_line(e, "ndr_put_count(%s, (uint64_t)%s);", e->out, b->size);
    }
    b->count = idl_printf(e->c, "count%u", n);
    emit_line(e, "uint32_t %s = ndr_string_count(%s, %s, %u, %s);", b->count, e->out, place, width,
              b->size != NULL ? idl_printf(e->c, "(uint64_t)%s", b->size)
              : p->count != 0 ? idl_printf(e->c, "%u", p->count)
              : room != NULL  ? room
                              : "INT32_MAX");
    if (b->size == NULL && p->count == 0 && whole)
        emit_line(e, "ndr_put_count(%s, %s);", e->out, b->count);
    if (b->size == NULL)
        b->size = p->count != 0 ? idl_printf(e->c, "%u", p->count) : b->count;
    b->first = NULL;
    emit_line(e, "ndr_put_slice(%s, %s%s, 0, %s);", e->out,
              b->size == b->count || p->count != 0 ? "" : "(uint64_t)", b->size, b->count);
}

static void put_bounds(struct emit *e, struct idl_plan *p, bool whole, const char *room,
                       struct bounds *b)
{
    struct idl_expr *length = emit_length(e, p), *first = emit_first(e, p);
    unsigned n = ++e->serial;

    b->first = NULL;
    if (p->count != 0) {
        b->size = idl_printf(e->c, "%u", p->count);
    } else {
        b->size = idl_printf(e->c, "size%u", n);
        emit_line(e, "int64_t %s = %s;", b->size, emit_expr(e, emit_size(e, p)));
    }
    b->count = b->size;
    if (first != NULL) {
        b->first = idl_printf(e->c, "first%u", n);
        emit_line(e, "int64_t %s = %s;", b->first, emit_expr(e, first));
    }
    if (length != NULL) {
        b->count = idl_printf(e->c, "count%u", n);
        emit_line(e, "int64_t %s = %s;", b->count, emit_expr(e, length));
    }
    if (p->count == 0 || p->varying)
        emit_raw(e, "\n");
    if (room != NULL && p->count == 0) {
        emit_line(e, "stub_room(%s, %s, %s);", e->out, b->size, room);
    }
    if (whole && p->count == 0)
        emit_line(e, "ndr_put_count(%s, (uint64_t)%s);", e->out, b->size);
    if (p->varying)
        emit_line(e, "ndr_put_slice(%s, (uint64_t)%s, %s%s, (uint64_t)%s);", e->out, b->size,
                  b->first == NULL ? "" : "(uint64_t)", b->first == NULL ? "0" : b->first,
                  b->count);
}

static const char *element_at(struct emit *e, const char *place, const char *first, const char *i)
{
    return first == NULL ? idl_printf(e->c, "%s[%s]", place, i)
                         : idl_printf(e->c, "%s[%s + %s]", place, first, i);
}

static void put_elements(struct emit *e, struct idl_plan *p, const char *place,
                         const struct bounds *b)
{
    const struct idl_plan *leaf;
    uint64_t times;
    unsigned n;

    if (plan_plain_array(p, &leaf, &times)) {
        unsigned width = idl_scalar_row(leaf->scalar)->size20;

        if (times != 1 && p->count != 0)
            emit_line(e, "ndr_put_array(%s, %s, %llu, %u);", e->out, place,
                      (unsigned long long)(times * p->count), width);
        else if (b->first != NULL)
            emit_line(e, "if (%s->status == 0)\n%*sndr_put_array(%s, %s + %s, (uint32_t)%s, %u);",
                      e->out, (int)e->indent * 4 + 4, "", e->out, place, b->first, b->count, width);
        else
            emit_line(e, "ndr_put_array(%s, %s, %s%s, %u);", e->out, place,
                      p->is_string || p->count != 0 ? "" : "(uint32_t)", b->count, width);
        return;
    }
    n = ++e->serial;
    emit_open(e, "for (int64_t i%u = 0; i%u < %s && %s->status == 0; i%u++) ", n, n, b->count,
              e->out, n);
    put_flat(e, p->element, element_at(e, place, b->first, idl_printf(e->c, "i%u", n)));
    emit_close(e, "");
}

static void put_element_refs(struct emit *e, struct idl_plan *p, const char *place,
                             const struct bounds *b)
{
    unsigned n = ++e->serial;

    if (!plan_pointers(p->element))
        return;
    emit_open(e, "for (int64_t i%u = 0; i%u < %s && %s->status == 0; i%u++) ", n, n, b->count,
              e->out, n);
    put_refs(e, p->element, element_at(e, place, b->first, idl_printf(e->c, "i%u", n)));
    emit_close(e, "");
}

static void put_array(struct emit *e, struct idl_plan *p, const char *place, bool whole,
                      const char *room)
{
    bool block = p->varying || p->count == 0;
    struct bounds b;

    if (block)
        emit_open(e, "%s", "");
    if (p->is_string)
        put_string_bounds(e, p, place, whole, room, &b);
    else
        put_bounds(e, p, whole, room, &b);
    put_elements(e, p, place, &b);
    if (whole)
        put_element_refs(e, p, place, &b);
    if (block)
        emit_close(e, "");
}

/* The pointees of an array inside a larger construct. */
static void put_array_refs(struct emit *e, struct idl_plan *p, const char *place)
{
    struct idl_expr *length = emit_length(e, p), *first = emit_first(e, p);
    struct bounds b = {NULL, NULL, NULL};

    b.count = emit_expr(e, length != NULL ? length : emit_size(e, p));
    b.first = first == NULL ? NULL : emit_expr(e, first);
    put_element_refs(e, p, place, &b);
}

/* ---- Pointers -------------------------------------------------------------------------------- */

static const char *full_count(struct emit *e, const struct idl_plan *p, const char *place)
{
    struct emit_open open;
    struct idl_expr *size;

    if (emit_open_array(e, p->to, idl_printf(e->c, "(*%s)", place), &open))
        return idl_printf(e->c, "%s == NULL ? 0 : stub_full_count(%s, %s)", place, e->out,
                          emit_open_size(e, &open));
    if (p->to->kind != PLAN_ARRAY)
        return "1";
    size = emit_size(e, p->to);
    if (size != NULL) {
        return idl_printf(e->c, "stub_full_count(%s, %s)", e->out, emit_expr(e, size));
    }
    return idl_printf(e->c, "%s == NULL ? 0 : ndr_string_count(%s, %s, %u, INT32_MAX)", place,
                      e->out, place, idl_scalar_row(p->to->element->scalar)->size20);
}

static void put_slot(struct emit *e, struct idl_plan *p, const char *place)
{
    if (p->class == IDL_A_REF)
        emit_line(e, "ndr_put_ref(%s, %s);", e->out, place);
    else if (p->class == IDL_A_UNIQUE)
        emit_line(e, "(void)ndr_put_unique(%s, %s);", e->out, place);
    else
        emit_line(e, "ndr_put_full_slot(%s, %s, %s, %s);", e->out, emit_full_type(e, p), place,
                  full_count(e, p, place));
}

static void put_pointee(struct emit *e, struct idl_plan *p, const char *place)
{
    bool deep = plan_pointers(p->to);
    const char *due = p->class == IDL_A_PTR ? idl_printf(e->c, " && ndr_put_full_due(%s, %s, %s)",
                                                         e->out, emit_full_type(e, p), place)
                                            : "";

    emit_open(e, "if (%s != NULL%s%s) ", place, due,
              deep ? idl_printf(e->c, " && ndr_put_enter(%s)", e->out) : "");
    emit_put(e, p->to, emit_pointee(e, p, place), NULL);
    if (deep)
        emit_line(e, "ndr_put_leave(%s);", e->out);
    emit_close(e, "");
}

void emit_put_pointer(struct emit *e, struct idl_plan *p, const char *place, const char *room)
{
    if (p->class == IDL_A_UNIQUE) {
        emit_open(e, "if (ndr_put_unique(%s, %s)) ", e->out, place);
        emit_put(e, p->to, emit_pointee(e, p, place), room);
        emit_close(e, "");
        return;
    }
    put_slot(e, p, place);
    if (p->class == IDL_A_PTR)
        emit_open(e, "if (%s != NULL && ndr_put_full_due(%s, %s, %s)) ", place, e->out,
                  emit_full_type(e, p), place);
    else
        emit_open(e, "if (%s != NULL) ", place);
    emit_put(e, p->to, emit_pointee(e, p, place), room);
    emit_close(e, "");
}

/* ---- All kinds ------------------------------------------------------------------------------- */

static void put_flat(struct emit *e, struct idl_plan *p, const char *place)
{
    switch (p->kind) {
    case PLAN_SCALAR: put_scalar(e, p, place); break;
    case PLAN_ENUM:
        emit_line(e, "ndr_put_enum%s(%s, (int32_t)%s);", p->v1 ? "32" : "", e->out, place);
        break;
    case PLAN_STRUCT:
    case PLAN_UNION:
        emit_need(e, p, EMIT_PUT);
        emit_line(e, "stub_put_%s(%s, %s%s);", emit_id(p), e->out, emit_address(e, place),
                  tag_of(e, p));
        break;
    case PLAN_ARRAY: put_array(e, p, place, false, NULL); break;
    case PLAN_POINTER: put_slot(e, p, place); break;
    case PLAN_IGNORED: emit_line(e, "(void)ndr_put_unique(%s, NULL);", e->out); break;
    case PLAN_CONTEXT:
    case PLAN_BINDING: break;
    }
}

static void put_refs(struct emit *e, struct idl_plan *p, const char *place)
{
    if (!plan_pointers(p))
        return;
    if (p->kind == PLAN_POINTER) {
        put_pointee(e, p, place);
    } else if (p->kind == PLAN_ARRAY) {
        put_array_refs(e, p, place);
    } else {
        emit_need(e, p, EMIT_PUT_REFS);
        emit_line(e, "stub_put_refs_%s(%s, %s%s);", emit_id(p), e->out, emit_address(e, place),
                  tag_of(e, p));
    }
}

void emit_put(struct emit *e, struct idl_plan *p, const char *place, const char *room)
{
    struct emit_open open;

    if (p->kind == PLAN_ARRAY) {
        put_array(e, p, place, true, room);
        return;
    }
    if (p->kind == PLAN_POINTER) {
        emit_put_pointer(e, p, place, room);
        return;
    }
    if (emit_open_array(e, p, place, &open)) {
        const char *size = emit_open_size(e, &open);

        if (room != NULL) {
            emit_line(e, "stub_room(%s, %s, %s);", e->out, size, room);
        }
        emit_line(e, "ndr_put_count(%s, (uint64_t)%s);", e->out, size);
    }
    put_flat(e, p, place);
    put_refs(e, p, place);
}

/* ---- Functions of structures and unions ------------------------------------------------------ */

void emit_put_struct(struct emit *e, struct idl_type *t)
{
    const struct idl_plan *p = t->plan;
    if (p->a64 > 1)
        emit_line(e, "ndr_put_align(out, %u, %u);", p->a20, p->a64);
    for (struct idl_var *v = t->vars; v != NULL; v = v->next) {
        put_flat(e, v->plan, idl_printf(e->c, "v->%s", v->name->text));
    }
    /* What only NDR64 has: the gap at the end, behind an open array, too (rpc-wire 10). */
    if ((p->gap || p->conformant) && p->a64 > 1)
        emit_line(e, "ndr_put_tail(out, %u);", p->a64);
}

void emit_put_struct_refs(struct emit *e, struct idl_type *t)
{
    for (struct idl_var *v = t->vars; v != NULL; v = v->next)
        put_refs(e, v->plan, idl_printf(e->c, "v->%s", v->name->text));
}

static void put_arm(struct emit *e, struct idl_plan *p, const char *place)
{
    put_flat(e, p, place);
}

void emit_put_union(struct emit *e, struct idl_type *t)
{
    struct idl_plan *p = t->plan;

    if (p->a64 > 1)
        emit_line(e, "ndr_put_align(out, 1, %u);", p->a64);
    put_flat(e, p->tag,
             t->encapsulated ? idl_printf(e->c, "v->%s", t->switch_var->name->text) : "tag");
    if (p->arms20 > 1 || p->arms64 > 1)
        emit_line(e, "ndr_put_align(out, %u, %u);", p->arms20, p->arms64);
    emit_union_switch(e, t, put_arm, "ndr_out_fail(out, 1733); /* RPC_S_INVALID_TAG */");
}

void emit_put_union_refs(struct emit *e, struct idl_type *t)
{
    emit_union_switch(e, t, put_refs, NULL);
}

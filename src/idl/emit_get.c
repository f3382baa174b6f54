/* SPDX-License-Identifier: Apache-2.0
 *
 * emit_get.c - C that unmarshals values, and refuses what is inconsistent
 *
 * Memory. In new memory, which is zeroed, pointers start NULL. In memory of the caller (client,
 * [in,out]) a pointer that is not NULL keeps its pointee, which is filled in place; an array or a
 * string behind it is allocated anew, since nobody can tell how large the old one is. Between the
 * octets of a construct and its pointees a slot that asks for a new pointee holds `stub_pending`.
 * The refs functions stop at the first failure; memory of the caller is then put back from images.
 *
 * Counts. A count from the wire is compared with its expression at once if all that the expression
 * names has been read, else noted and compared at the end. Loops run on the count from the wire.
 */
#include <string.h>

#include "idl/emit_value.h"

static void get_flat(struct emit *e, struct idl_plan *p, const char *place);
static void get_refs(struct emit *e, struct idl_plan *p, const char *place, const char *memory);

/* ---- Comparing with expressions -------------------------------------------------------------- */

static const char *note(struct emit *e, struct idl_expr *x)
{
    struct emit_note *n = IDL_NEW(e->c, struct emit_note);

    n->name = idl_printf(e->c, "note%u", ++e->serial);
    n->expr = x;
    n->next = e->notes;
    e->notes = n;
    emit_local(e, "struct stub_note %s = {0, 0};", n->name);
    return n->name;
}

/* `value` has to be what the expression says. */
static void check_equal(struct emit *e, struct idl_expr *x, const char *value)
{
    if (emit_expr_ready(e, x))
        emit_line(e, "ndr_in_check(%s, %s == %s);", e->in, value, emit_expr(e, x));
    else
        emit_line(e, "stub_note(%s, &%s, %s);", e->in, note(e, x), value);
}

void emit_notes(struct emit *e)
{
    for (struct emit_note *n = e->notes; n != NULL; n = n->next)
        emit_line(e, "ndr_in_check(%s, !%s.seen || %s.value == %s);", e->in, n->name, n->name,
                  emit_expr(e, n->expr));
    e->notes = NULL;
}

/* A pointer that is NULL has no elements (rpc-wire 10). */
void emit_null_check(struct emit *e, struct idl_plan *pointer)
{
    struct idl_expr *size = pointer->to->kind == PLAN_ARRAY && pointer->to->count == 0
                                ? emit_size(e, pointer->to)
                                : NULL;

    if (size != NULL)
        check_equal(e, size, "0");
}

void emit_size_check(struct emit *e, struct idl_plan *array, const char *count)
{
    check_equal(e, emit_size(e, array), count);
}

/* ---- Leaves ---------------------------------------------------------------------------------- */

static void get_scalar(struct emit *e, struct idl_plan *p, const char *place)
{
    const struct idl_scalar_row *row = idl_scalar_row(p->scalar);

    place = emit_bare(e, place);
    if (row->integer)
        emit_line(e, "%s = (%s)ndr_get_%s(%s%s);", place, row->c_name, row->primitive, e->in,
                  p->scalar == IDL_INT3264    ? ", true"
                  : p->scalar == IDL_UINT3264 ? ", false"
                                              : "");
    else
        emit_line(e, "%s = ndr_get_%s(%s);", place, row->primitive, e->in);
}

static void check_range(struct emit *e, struct idl_plan *p, const char *place)
{
    if (!p->ranged)
        return;
    emit_line(e, "stub_range(%s, (int64_t)%s, %s, %s);", e->in, place,
              emit_expr(e, &(struct idl_expr){.op = IDL_X_NUMBER, .value = p->low}),
              emit_expr(e, &(struct idl_expr){.op = IDL_X_NUMBER, .value = p->high}));
}

static void get_enum(struct emit *e, struct idl_plan *p, const char *place)
{
    emit_line(e, "%s = (%s)ndr_get_enum%s(%s);", emit_bare(e, place),
              emit_declare(e, p->type, "", true), p->v1 ? "32" : "", e->in);
}

/* ---- Pointers -------------------------------------------------------------------------------- */

/* True if a pointee of the caller may be filled in place. */
static bool keeps(const struct idl_plan *pointer)
{
    return plan_sized(pointer->to);
}

static void get_slot(struct emit *e, struct idl_plan *p, const char *place)
{
    if (p->class == IDL_A_PTR) {
        emit_line(e, "%s = stub_referent(%s);", place, e->in);
        return;
    }
    if (p->class == IDL_A_REF) {
        emit_line(e, "ndr_get_ref(%s);", e->in);
        if (keeps(p))
            emit_line(e, "if (%s == NULL)\n%*s%s = stub_pending;", place, (int)e->indent * 4 + 4,
                      "", place);
        else
            emit_line(e, "%s = stub_pending;", place);
    } else if (keeps(p)) {
        emit_line(e, "if (!ndr_get_unique(%s))", e->in);
        emit_line(e, "    %s = NULL;", place);
        emit_line(e, "else if (%s == NULL)", place);
        emit_line(e, "    %s = stub_pending;", place);
    } else {
        emit_line(e, "%s = ndr_get_unique(%s) ? stub_pending : NULL;", place, e->in);
    }
}

static void get_pointee(struct emit *e, struct idl_plan *p, const char *place, const char *memory)
{
    struct emit_room room = {.memory = memory, .below = memory};
    bool deep = plan_pointers(p->to);

    if (deep)
        emit_open(e, "if (%s != NULL && ndr_get_enter(%s)) ", place, e->in);
    else
        emit_open(e, "if (%s != NULL) ", place);
    emit_get_pointee(e, p, place, &room);
    if (deep)
        emit_line(e, "ndr_get_leave(%s);", e->in);
    if (p->to->kind == PLAN_ARRAY && p->to->count == 0 && p->to->size != NULL) {
        e->indent--;
        emit_open(e, "} else ");
        emit_null_check(e, p);
    }
    emit_close(e, "");
}

/* ---- Arrays ---------------------------------------------------------------------------------- */

struct bounds {
    const char *size;  /* room for elements, from the wire or fixed */
    const char *first; /* NULL: 0 */
    const char *count; /* elements that follow */
};

static void get_bounds(struct emit *e, struct idl_plan *p, bool whole, struct bounds *b)
{
    struct idl_expr *size = emit_size(e, p), *length = emit_length(e, p), *first = emit_first(e, p);
    unsigned n = ++e->serial;

    b->first = NULL;
    if (p->count != 0) {
        b->size = idl_printf(e->c, "%u", p->count);
    } else if (whole) {
        b->size = idl_printf(e->c, "size%u", n);
        emit_line(e, "uint32_t %s = ndr_get_count(%s);", b->size, e->in);
    } else {
        b->size = "max";
    }
    b->count = b->size;
    if (p->varying) {
        b->count = idl_printf(e->c, "count%u", n);
        b->first = idl_printf(e->c, "first%u", n);
        emit_line(e, "uint32_t %s, %s = ndr_get_slice(%s, %s, &%s);", b->first, b->count, e->in,
                  b->size, b->first);
    }
    emit_raw(e, "\n");
    if (p->count == 0 && size != NULL)
        check_equal(e, size, b->size);
    if (!p->varying)
        return;
    if (first != NULL)
        check_equal(e, first, b->first);
    else
        emit_line(e, "ndr_in_check(%s, %s == 0);", e->in, b->first);
    if (length != NULL)
        check_equal(e, length, b->count);
    if (first == NULL)
        b->first = NULL;
}

static const char *element_at(struct emit *e, const char *place, const char *first, const char *i)
{
    return first == NULL ? idl_printf(e->c, "%s[%s]", place, i)
                         : idl_printf(e->c, "%s[%s + %s]", place, first, i);
}

static void get_elements(struct emit *e, struct idl_plan *p, const char *place,
                         const struct bounds *b)
{
    const struct idl_plan *leaf;
    uint64_t times;
    unsigned n;

    if (plan_plain_array(p, &leaf, &times)) {
        unsigned width = idl_scalar_row(leaf->scalar)->size20;

        if (times != 1)
            emit_line(e, "ndr_get_array(%s, %s, %llu, %u);", e->in, place,
                      (unsigned long long)(times * p->count), width);
        else if (b->first != NULL)
            emit_line(e, "ndr_get_array(%s, %s + %s, %s, %u);", e->in, place, b->first, b->count,
                      width);
        else
            emit_line(e, "ndr_get_array(%s, %s, %s, %u);", e->in, place, b->count, width);
        if (p->is_string)
            emit_line(e, "ndr_check_string(%s, %s, %s, %u);", e->in, place, b->count, width);
        return;
    }
    n = ++e->serial;
    emit_open(e, "for (uint32_t i%u = 0; i%u < %s && %s->status == 0; i%u++) ", n, n, b->count,
              e->in, n);
    get_flat(e, p->element, element_at(e, place, b->first, idl_printf(e->c, "i%u", n)));
    emit_close(e, "");
}

static void get_element_refs(struct emit *e, struct idl_plan *p, const char *place,
                             const struct bounds *b, const char *memory)
{
    unsigned n;

    if (!plan_pointers(p->element))
        return;
    n = ++e->serial;
    emit_open(e, "for (uint32_t i%u = 0; i%u < %s && %s->status == 0; i%u++) ", n, n, b->count,
              e->in, n);
    get_refs(e, p->element, element_at(e, place, b->first, idl_printf(e->c, "i%u", n)), memory);
    emit_close(e, "");
}

/* An array in place: a member, or memory that is there already. */
static void get_array_in_place(struct emit *e, struct idl_plan *p, const char *place, bool whole,
                               const struct emit_room *room)
{
    bool block = p->varying || (p->count == 0 && whole);
    struct bounds b;

    if (block)
        emit_open(e, "%s", "");
    get_bounds(e, p, whole, &b);
    if (room != NULL && room->limit != NULL && p->count == 0)
        emit_line(e, "ndr_in_check(%s, %s <= %s);", e->in, b.size, room->limit);
    if (p->count == 0)
        emit_open(e, "if (ndr_get_fits(%s, %s, %u)) ", e->in, b.count, plan_min(p->element));
    else if (block)
        emit_open(e, "if (%s->status == 0) ", e->in);
    get_elements(e, p, place, &b);
    if (whole)
        get_element_refs(e, p, place, &b, room->below);
    if (p->count == 0 || block)
        emit_close(e, "");
    if (block)
        emit_close(e, "");
}

/* New memory for an array's elements, in the variable `to`. */
static void get_new_array(struct emit *e, struct idl_plan *p, const char *to,
                          const struct bounds *b, const struct emit_room *room)
{
    const struct idl_plan *leaf;
    uint64_t times;
    bool plain = plan_plain_array(p, &leaf, &times);
    unsigned width = plain ? idl_scalar_row(leaf->scalar)->size20 : 0;
    bool own_length = p->is_string && p->size == NULL;

    if (plain && (!p->varying || own_length)) {
        emit_line(e, "%s = stub_scalars(%s, %s, %s, %u);", to, e->in, room->memory, b->count,
                  width);
        if (p->is_string)
            emit_line(e, "ndr_check_string(%s, %s, %s, %u);", e->in, to, b->count, width);
        return;
    }
    emit_line(e, "if (ndr_get_fits(%s, %s, %u))", e->in, b->count, plan_min(p->element));
    emit_line(e, "    %s = stub_new(%s, %s, %s, sizeof *%s);", to, e->in, room->memory, b->size,
              to);
    if (plain) {
        emit_open(e, "if (%s != NULL) ", to);
        get_elements(e, p, to, b);
        emit_close(e, "");
    }
}

static void get_array_behind(struct emit *e, struct idl_plan *p, const char *place,
                             const struct emit_room *room)
{
    struct idl_plan *array = p->to;
    const struct idl_plan *leaf;
    uint64_t times;
    const char *to;
    struct bounds b;

    get_bounds(e, array, true, &b);
    to = idl_printf(e->c, "p%u", ++e->serial);
    emit_line(e, "%s = NULL;", emit_declare(e, emit_pointer_type(e, array->type), to, true));
    emit_raw(e, "\n");
    get_new_array(e, array, to, &b, room);
    emit_line(e, "%s = %s;", place, to);
    if (room->set != NULL)
        emit_line(e, "%s = %s;", room->set,
                  array->is_string && array->size == NULL ? b.count : b.size);
    if (plan_plain_array(array, &leaf, &times))
        return;
    emit_open(e, "if (%s != NULL) ", to);
    get_elements(e, array, to, &b);
    get_element_refs(e, array, to, &b, room->below);
    emit_close(e, "");
}

/* ---- Structures with an open array at the end ------------------------------------------------ */

static void get_open(struct emit *e, struct idl_plan *p, const char *place,
                     const struct emit_room *room, const struct emit_open *open)
{
    struct idl_plan *to = p->to;
    const char *type = emit_type_name(e, to->type), *name, *size;
    unsigned n = ++e->serial;

    name = idl_printf(e->c, "p%u", n);
    size = idl_printf(e->c, "size%u", n);
    emit_line(e, "uint32_t %s = ndr_get_count(%s);", size, e->in);
    emit_line(e, "%s *%s = %s;", type, name, room->memory == NULL ? place : "NULL");
    emit_raw(e, "\n");
    if (room->limit != NULL)
        emit_line(e, "ndr_in_check(%s, %s <= %s);", e->in, size, room->limit);
    if (room->memory != NULL) {
        if (!open->array->varying)
            emit_line(e, "if (ndr_get_fits(%s, %s, %u))", e->in, size,
                      plan_min(open->array->element));
        emit_line(e,
                  "%s%s = stub_new(%s, %s, 1, stub_open(sizeof *%s, offsetof(%s, %s), %s, sizeof "
                  "%s->%s[0]));",
                  open->array->varying ? "" : "    ", name, e->in, room->memory, name, type,
                  open->path, size, name, open->path);
        emit_line(e, "%s = %s;", place, name);
    }
    if (room->set != NULL)
        emit_line(e, "%s = %s;", room->set, size);
    if (room->memory == NULL && plan_pointers(to))
        emit_open(e,
                  "if (stub_save(%s, %s, %s, stub_open(sizeof *%s, offsetof(%s, %s), %s, sizeof "
                  "%s->%s[0]))) ",
                  e->in, room->below, name, name, type, open->path, size, name, open->path);
    else
        emit_open(e, "if (%s->status == 0) ", e->in);
    emit_need(e, to, EMIT_GET);
    emit_line(e, "stub_get_%s(%s, %s, %s);", emit_id(to), e->in, name, size);
    get_refs(e, to, idl_printf(e->c, "(*%s)", name), room->below);
    emit_close(e, "");
}

/* ---- All kinds ------------------------------------------------------------------------------- */

static void get_union_flat(struct emit *e, struct idl_plan *p, const char *place)
{
    emit_need(e, p, EMIT_GET);
    if (p->switch_is == NULL) {
        emit_line(e, "stub_get_%s(%s, %s);", emit_id(p), e->in, emit_address(e, place));
        return;
    }
    p->note = NULL;
    if (!e->ready_all) {
        p->note = note(e, p->switch_is);
        emit_line(e, "stub_note(%s, &%s, stub_get_%s(%s, %s));", e->in, p->note, emit_id(p), e->in,
                  emit_address(e, place));
    } else {
        emit_line(e, "ndr_in_check(%s, stub_get_%s(%s, %s) == %s);", e->in, emit_id(p), e->in,
                  emit_address(e, place), emit_expr(e, p->switch_is));
    }
}

static void get_flat(struct emit *e, struct idl_plan *p, const char *place)
{
    switch (p->kind) {
    case PLAN_SCALAR:
        get_scalar(e, p, place);
        check_range(e, p, place);
        break;
    case PLAN_ENUM:
        get_enum(e, p, place);
        check_range(e, p, place);
        break;
    case PLAN_STRUCT:
        emit_need(e, p, EMIT_GET);
        emit_line(e, "stub_get_%s(%s, %s%s);", emit_id(p), e->in, emit_address(e, place),
                  p->conformant ? ", max" : "");
        break;
    case PLAN_UNION: get_union_flat(e, p, place); break;
    case PLAN_ARRAY: get_array_in_place(e, p, place, false, NULL); break;
    case PLAN_POINTER: get_slot(e, p, place); break;
    case PLAN_IGNORED:
        emit_line(e, "(void)ndr_get_unique(%s);", e->in);
        emit_line(e, "%s = NULL;", place);
        break;
    case PLAN_CONTEXT:
    case PLAN_BINDING: break;
    }
}

static void get_array_refs(struct emit *e, struct idl_plan *p, const char *place,
                           const char *memory)
{
    struct idl_expr *length = emit_length(e, p), *first = emit_first(e, p);
    struct bounds b = {NULL, NULL, NULL};

    b.count = emit_expr(e, length != NULL ? length : emit_size(e, p));
    b.first = first == NULL ? NULL : emit_expr(e, first);
    get_element_refs(e, p, place, &b, memory);
}

static void get_refs(struct emit *e, struct idl_plan *p, const char *place, const char *memory)
{
    const char *tag = "";

    if (!plan_pointers(p))
        return;
    if (p->kind == PLAN_POINTER) {
        get_pointee(e, p, place, memory);
    } else if (p->kind == PLAN_ARRAY) {
        get_array_refs(e, p, place, memory);
    } else {
        emit_need(e, p, EMIT_GET_REFS);
        if (p->switch_is != NULL)
            tag = p->note != NULL && !e->ready_all
                      ? idl_printf(e->c, ", %s.value", p->note)
                      : idl_printf(e->c, ", %s", emit_expr(e, p->switch_is));
        emit_line(e, "stub_get_refs_%s(%s, %s, %s%s);", emit_id(p), e->in, memory,
                  emit_address(e, place), tag);
    }
}

/* A pointer that is itself what another points to: its pointee follows at once. */
static void get_pointer(struct emit *e, struct idl_plan *p, const char *place, const char *memory)
{
    get_slot(e, p, place);
    get_pointee(e, p, place, memory);
}

void emit_get(struct emit *e, struct idl_plan *p, const char *place, const char *memory)
{
    if (p->kind == PLAN_ARRAY) {
        struct emit_room room = {.below = memory};

        get_array_in_place(e, p, place, true, &room);
        return;
    }
    if (p->kind == PLAN_POINTER) {
        get_pointer(e, p, place, memory);
        return;
    }
    get_flat(e, p, place);
    get_refs(e, p, place, memory);
}

/* What is known of a [ptr] pointee while it is got, as C text. */
struct full {
    const char *known; /* struct ndr_full */
    const char *to;    /* the pointee's variable */
    const char *count; /* its elements */
    const char *size;  /* octets of one of them, or of all if `whole` */
    bool array, open, whole;
    struct bounds bounds;
    struct emit_open end;
};

/* Reads the count in front of the pointee and declares its variable. */
static void full_begin(struct emit *e, struct idl_plan *p, struct full *f)
{
    struct idl_plan *to = p->to;
    struct idl_type *type = f->array || to->kind != PLAN_ARRAY ? to->type : idl_strip(p->type)->to;

    f->count = "1";
    f->bounds.count = "1";
    f->size = idl_printf(e->c, "sizeof *%s", f->to);
    if (f->array) {
        get_bounds(e, to, true, &f->bounds);
        f->count = f->bounds.size;
    } else if (f->open) {
        f->count = idl_printf(e->c, "size%u", ++e->serial);
        emit_line(e, "uint32_t %s = ndr_get_count(%s);", f->count, e->in);
        f->size =
            idl_printf(e->c, "stub_open(sizeof *%s, offsetof(%s, %s), %s, sizeof %s->%s[0])", f->to,
                       emit_type_name(e, to->type), f->end.path, f->count, f->to, f->end.path);
        f->whole = true;
    }
    emit_line(e, "%s = NULL;", emit_declare(e, emit_pointer_type(e, type), f->to, true));
    emit_raw(e, "\n");
}

/* The object that is known already, or new memory. */
static void full_memory(struct emit *e, struct idl_plan *p, const struct full *f,
                        const char *memory)
{
    struct idl_plan *to = p->to;
    uint32_t least = f->array  ? plan_min(to->element)
                     : f->open ? f->end.array->varying ? 0 : plan_min(f->end.array->element)
                               : plan_min(to);

    emit_line(e, "if (ndr_get_fits(%s, %s, %u))", e->in, f->array ? f->bounds.count : f->count,
              least);
    e->indent++;
    emit_line(e, "%s = %s.object != NULL && %s.count >= %s", f->to, f->known, f->known, f->count);
    emit_line(e, "    ? %s.object", f->known);
    emit_line(e, "    : stub_new(%s, %s, %s, %s);", e->in, memory, f->whole ? "1" : f->count,
              f->size);
    e->indent--;
}

static void full_contents(struct emit *e, struct idl_plan *p, const struct full *f,
                          const char *memory)
{
    const char *place = idl_printf(e->c, "(*%s)", f->to);

    if (f->array) {
        get_elements(e, p->to, f->to, &f->bounds);
        get_element_refs(e, p->to, f->to, &f->bounds, memory);
    } else if (f->open) {
        emit_need(e, p->to, EMIT_GET);
        emit_line(e, "stub_get_%s(%s, %s, %s);", emit_id(p->to), e->in, f->to, f->count);
        get_refs(e, p->to, place, memory);
    } else {
        emit_get(e, p->to, place, memory);
    }
}

/* A [ptr] pointee: known already, or new, or (client) the program's own that came back. */
void emit_get_full(struct emit *e, struct idl_plan *p, const char *place,
                   const struct emit_room *room)
{
    unsigned n = ++e->serial;
    const char *type = emit_full_type(e, p);
    struct full f = {.array = p->to->kind == PLAN_ARRAY && p->to->count == 0};

    f.known = idl_printf(e->c, "full%u", n);
    f.to = idl_printf(e->c, "p%u", n);
    f.open = emit_open_array(e, p->to, idl_printf(e->c, "(*%s)", f.to), &f.end);
    emit_line(e, "struct ndr_full %s;", f.known);
    emit_raw(e, "\n");
    emit_line(e, "(void)ndr_get_full_at(%s, %s, (uint64_t)(uintptr_t)%s, &%s);", e->in, type, place,
              f.known);
    emit_line(e, "%s = %s.object;", place, f.known);
    emit_open(e, "if (%s.follows) ", f.known);
    full_begin(e, p, &f);
    full_memory(e, p, &f, room->memory);
    emit_line(e, "%s = %s;", place, f.to);
    if (room->set != NULL)
        emit_line(e, "%s = %s;", room->set, f.count);
    emit_open(e, "if (%s != NULL && (%s != %s.object || stub_save(%s, %s, %s, %s%s%s))) ", f.to,
              f.to, f.known, e->in, room->memory, f.to, f.array ? "(size_t)" : "",
              f.array ? idl_printf(e->c, "%s * ", f.count) : "", f.size);
    emit_line(e, "ndr_full_bind(%s, %s.id, %s, %s, %s);", e->in, f.known, type, f.to, f.count);
    full_contents(e, p, &f, room->below);
    emit_close(e, "");
    e->indent--;
    emit_open(e, "} else ");
    if (room->set != NULL)
        emit_line(e, "%s = %s.count;", room->set, f.known);
    if (f.array && p->to->size != NULL)
        check_equal(e, emit_size(e, p->to), idl_printf(e->c, "%s.count", f.known));
    else if (!f.open)
        emit_line(e, "ndr_in_check(%s, %s.count >= 1);", e->in, f.known);
    emit_close(e, "");
}

/* What a pointer's slot promised. With room->memory NULL the pointee lies at `place` already. */
void emit_get_pointee(struct emit *e, struct idl_plan *p, const char *place,
                      const struct emit_room *room)
{
    struct emit_open open;
    const char *name;

    if (p->class == IDL_A_PTR && !p->decayed && room->memory != NULL) {
        emit_get_full(e, p, place, room);
    } else if (p->to->kind == PLAN_ARRAY && p->to->count == 0 && room->memory != NULL) {
        get_array_behind(e, p, place, room);
    } else if (p->to->kind == PLAN_ARRAY && (p->decayed || p->to->count == 0)) {
        get_array_in_place(e, p->to, place, true, room);
    } else if (emit_open_array(e, p->to, idl_printf(e->c, "(*%s)", place), &open)) {
        get_open(e, p, place, room, &open);
    } else if (room->memory == NULL) {
        emit_get(e, p->to, emit_pointee(e, p, place), room->below);
    } else {
        name = idl_printf(e->c, "p%u", ++e->serial);
        emit_line(
            e, "%s = stub_pointee(%s, %s, %s, sizeof *%s);",
            emit_declare(e,
                         emit_pointer_type(e, p->to->kind == PLAN_ARRAY ? idl_strip(p->type)->to
                                                                        : p->to->type),
                         name, true),
            e->in, room->memory, place, name);
        emit_raw(e, "\n");
        emit_line(e, "%s = %s;", place, name);
        emit_line(e, "if (%s != NULL)", name);
        emit_open(e, "%s", "");
        emit_get(e, p->to, idl_printf(e->c, "(*%s)", name), room->below);
        emit_close(e, "");
    }
}

/* ---- Functions of structures and unions ------------------------------------------------------ */

void emit_get_struct(struct emit *e, struct idl_type *t)
{
    const struct idl_plan *p = t->plan;

    if (p->a64 > 1)
        emit_line(e, "ndr_get_align(in, %u, %u);", p->a20, p->a64);
    for (struct idl_var *v = t->vars; v != NULL; v = v->next) {
        e->ready = v->index;
        get_flat(e, v->plan, idl_printf(e->c, "v->%s", v->name->text));
    }
    if ((p->gap || p->conformant) && p->a64 > 1)
        emit_line(e, "%s(in, %u);", p->conformant ? "stub_open_tail" : "ndr_get_tail", p->a64);
    emit_notes(e);
}

void emit_get_struct_refs(struct emit *e, struct idl_type *t)
{
    emit_line(e, "if (in->status != 0)");
    emit_line(e, "    return;");
    for (struct idl_var *v = t->vars; v != NULL; v = v->next)
        get_refs(e, v->plan, idl_printf(e->c, "v->%s", v->name->text), "m");
}

/* What lay in the union before is of no use: its arm may have been another. */
void emit_get_union(struct emit *e, struct idl_type *t)
{
    struct idl_plan *p = t->plan;
    const char *place = "tag";

    if (!t->encapsulated)
        emit_local(e, "int64_t tag;");
    if (p->a64 > 1)
        emit_line(e, "ndr_get_align(in, 1, %u);", p->a64);
    if (t->encapsulated) {
        place = idl_printf(e->c, "v->%s", t->switch_var->name->text);
        emit_line(e, "memset(&v->%s, 0, sizeof v->%s);", t->union_name->text, t->union_name->text);
    } else {
        emit_line(e, "memset(v, 0, sizeof *v);");
    }
    get_flat(e, p->tag, place);
    if (p->arms20 > 1 || p->arms64 > 1)
        emit_line(e, "ndr_get_align(in, %u, %u);", p->arms20, p->arms64);
    emit_union_switch(e, t, get_flat, "ndr_in_fail(in, 1733); /* RPC_S_INVALID_TAG */");
    if (!t->encapsulated)
        emit_line(e, "return tag;");
}

static void arm_refs(struct emit *e, struct idl_plan *p, const char *place)
{
    get_refs(e, p, place, "m");
}

void emit_get_union_refs(struct emit *e, struct idl_type *t)
{
    emit_line(e, "if (in->status != 0)");
    emit_line(e, "    return;");
    emit_union_switch(e, t, arm_refs, NULL);
}

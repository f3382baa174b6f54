/* SPDX-License-Identifier: Apache-2.0
 *
 * emit_value.h - what the three walks over plans (put, get, free) share
 */
#ifndef HF_IDL_EMIT_VALUE_H
#define HF_IDL_EMIT_VALUE_H

#include "idl/emit.h"

/* The text `&PLACE`, and the pointee of a pointer at PLACE: an array is indexed, all else is
 * `(*PLACE)`. */
const char *emit_address(struct emit *e, const char *place);
const char *emit_pointee(struct emit *e, const struct idl_plan *pointer, const char *place);

/* The place without the parentheses around all of it. */
const char *emit_bare(struct emit *e, const char *place);

/* The part of a generated function's name that a structure or union gives it. */
const char *emit_id(const struct idl_plan *p);
void emit_need(struct emit *e, struct idl_plan *p, unsigned helper);

/* The address that stands for a [ptr] pointee's type. */
const char *emit_full_type(struct emit *e, const struct idl_plan *pointer);

/* True if the array's elements are scalars that lie in C as on the wire; `times` of them are one
 * element of a multidimensional one. */
bool plan_plain_array(const struct idl_plan *p, const struct idl_plan **ret_leaf,
                      uint64_t *ret_times);

/* The open array at the end of a structure. */
struct emit_open {
    struct idl_plan *array;
    const char *path;       /* from the outermost structure, "s.data" */
    const char *place;      /* of the array */
    struct idl_type *owner; /* the structure that has it as a member */
    const char *prefix;     /* of that structure's members */
};
bool emit_open_array(struct emit *e, struct idl_plan *p, const char *place, struct emit_open *ret);

/* The number of its elements, as C text. */
const char *emit_open_size(struct emit *e, const struct emit_open *open);

/* switch (tag) { case ...: arm }, with `other` for tags without an arm (NULL: nothing). */
void emit_union_switch(struct emit *e, struct idl_type *t,
                       void (*arm)(struct emit *, struct idl_plan *, const char *),
                       const char *other);

/* The pointee of a [ptr] pointer whose slot, its referent id, is in `place`. */
void emit_get_full(struct emit *e, struct idl_plan *p, const char *place,
                   const struct emit_room *room);

void emit_put_struct(struct emit *e, struct idl_type *t);
void emit_put_struct_refs(struct emit *e, struct idl_type *t);
void emit_put_union(struct emit *e, struct idl_type *t);
void emit_put_union_refs(struct emit *e, struct idl_type *t);
void emit_get_struct(struct emit *e, struct idl_type *t);
void emit_get_struct_refs(struct emit *e, struct idl_type *t);
void emit_get_union(struct emit *e, struct idl_type *t);
void emit_get_union_refs(struct emit *e, struct idl_type *t);
void emit_free_struct(struct emit *e, struct idl_type *t);
void emit_free_union(struct emit *e, struct idl_type *t);

#endif

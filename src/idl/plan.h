/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.h - how values lie on the wire
 *
 * A plan is a tree that mirrors a value: scalars at the leaves, structures and arrays above. It
 * holds all that NDR 2.0 and NDR64 say of the value and no text; putting, getting and freeing are
 * three walks over the same tree and cannot disagree. The plan of a structure or union is shared by
 * all its uses; what differs by use (bounds, switch, pointer class) lies in nodes around it.
 */
#ifndef HF_IDL_PLAN_H
#define HF_IDL_PLAN_H

#include "idl/ast.h"

enum idl_plan_kind {
    PLAN_SCALAR,
    PLAN_ENUM,
    PLAN_STRUCT,
    PLAN_UNION, /* with its discriminant */
    PLAN_ARRAY,
    PLAN_POINTER,
    PLAN_IGNORED, /* a pointer that is sent as NULL */
    PLAN_CONTEXT,
    PLAN_BINDING, /* handle_t: not sent */
};

/* What expressions may name: the members of a structure, or the parameters of a function. */
struct idl_scope {
    struct idl_var *vars;
    bool params;
};

struct idl_plan {
    enum idl_plan_kind kind;
    struct idl_type *type; /* its C type; of an array, the type of the elements */
    const struct idl_token *at;
    uint8_t a20, a64; /* alignment */
    uint32_t min;     /* octets it has at least on the wire, both syntaxes */
    uint32_t size64;  /* octets in NDR64 if always the same, else 0 */
    bool pointers;    /* has pointees that follow the outermost construct */
    bool conformant;  /* a count precedes the outermost construct */
    bool gap;         /* NDR64 pads it at its end */
    const char *note; /* emission: where a union's tag was noted */

    enum idl_scalar scalar;
    bool ranged;
    int64_t low, high;
    bool v1; /* enum of 32 bits */

    struct idl_plan *shared; /* union: the type's; a use has switch_is beside it */
    struct idl_expr *switch_is;
    struct idl_plan *tag;
    uint8_t arms20, arms64; /* what the tag is padded to: the arms' largest alignment, or 1 */

    struct idl_plan *element;
    uint32_t count;        /* fixed array */
    struct idl_expr *size; /* conformant array; NULL: a string's own length */
    bool size_is_last;     /* max_is: one less than the size */
    struct idl_expr *length, *first;
    bool length_is_last; /* last_is */
    bool is_string, varying;

    enum idl_attr_kind class; /* pointer: IDL_A_REF, IDL_A_UNIQUE, IDL_A_PTR */
    bool decayed;             /* an array parameter: a pointer in C only */
    struct idl_plan *to;

    struct idl_symbol *context; /* its typedef; NULL: anonymous */
    bool serialize, noserialize;

    /* Of a shared structure or union: generated functions that this output needs, those written. */
    unsigned needed, written;
    struct idl_plan *next_needed;
};

/* The plan of a parameter, member or arm; NULL after an error. `scope` is what its expressions may
 * name. */
enum idl_plan_place { PLAN_IN_PARAM, PLAN_IN_RESULT, PLAN_IN_FIELD, PLAN_IN_ARM };
struct idl_plan *idl_plan_var(struct idl_compilation *c, struct idl_var *v,
                              const struct idl_scope *scope, enum idl_plan_place place);

/* Whether a value's type, looked through typedefs, is a context handle; its symbol if it is. */
bool idl_is_context(const struct idl_type *t, struct idl_symbol **ret_symbol);

/* Finds out how many elements a fixed array has, once; false if that is an error, which is told. */
bool idl_array_count(struct idl_compilation *c, struct idl_type *t);

/* The typedef that makes a type a user-defined handle; NULL if it is none. */
const struct idl_symbol *idl_generic_handle(const struct idl_type *t);

/* Checks that an expression can be evaluated on both sides and names only what the scope has. */
bool idl_check_expr(struct idl_compilation *c, struct idl_expr *x, const struct idl_scope *scope);

struct idl_var *idl_scope_find(const struct idl_scope *scope, const struct idl_name *name);

/* True if the expression names a variable for which `test` holds. */
bool idl_expr_any(const struct idl_expr *x, const struct idl_scope *scope,
                  bool (*test)(const struct idl_var *, const void *), const void *arg);

#endif

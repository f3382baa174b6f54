/* SPDX-License-Identifier: Apache-2.0
 *
 * emit.h - what the writers of C text share
 *
 * Text grows in a `struct text`; a writer that learns only underway what it needs in front of a
 * function (locals, helpers) writes its body into one of its own and joins them later.
 */
#ifndef HF_IDL_EMIT_H
#define HF_IDL_EMIT_H

#include "idl/plan.h"

struct text {
    char *s;
    size_t size, room;
};

/* Generated functions of a structure or union; made when needed. */
enum emit_helper {
    EMIT_PUT = 1 << 0,
    EMIT_PUT_REFS = 1 << 1,
    EMIT_GET = 1 << 2,
    EMIT_GET_REFS = 1 << 3,
    EMIT_FREE = 1 << 4,
};

/* A wire value that can be compared with its expression only later. */
struct emit_note {
    struct emit_note *next;
    const char *name;
    struct idl_expr *expr;
};

struct emit_full {
    struct emit_full *next;
    const char *id;
};

struct emit {
    struct idl_compilation *c;
    struct text *to;
    unsigned indent;
    unsigned serial;         /* of locals of the function being written */
    const char *in, *out;    /* the streams */
    struct text locals;      /* declarations of the function being written */
    struct emit_note *notes; /* of the function being written */

    const struct idl_scope *scope; /* what expressions may name, and how it is written in C */
    const char *prefix;
    struct idl_scope function_scope; /* of the function being written */
    uint32_t ready;                  /* variables below this index have their values */
    bool ready_all;
    bool in_only_ready; /* client: what was only sent has not changed */
    bool client;
    const char *depth; /* left to the function that frees; NULL: none yet */

    struct idl_plan *needed; /* structures and unions whose helpers are to be written */
    uint32_t operators;      /* of checked arithmetic */
    struct emit_full *full;  /* types of [ptr] pointees */
    bool user;               /* memory of midl_user_allocate is asked for */
    bool anonymous;          /* the type of anonymous context handles was written */
    bool needs_user;         /* the former, of any function of the interface */
};

/* ---- Text ------------------------------------------------------------------------------------ */

void text_add(struct idl_compilation *c, struct text *t, const char *s, size_t n);
void emit_raw(struct emit *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
void emit_line(struct emit *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
void emit_open(struct emit *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
void emit_close(struct emit *e, const char *after);
void emit_local(struct emit *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The lines every output begins with. */
void emit_banner(struct emit *e, const char *what);

/* ---- C types --------------------------------------------------------------------------------- */

/* `TYPE NAME` as C writes it. With `plain`, no const is left anywhere on the way. */
const char *emit_declare(struct emit *e, struct idl_type *t, const char *name, bool plain);
const char *emit_type_name(struct emit *e, struct idl_type *t); /* of a struct, union or enum */
const char *emit_params(struct emit *e, const struct idl_function *f);
const char *emit_prototype(struct emit *e, const struct idl_function *f, const char *name);
const char *emit_stem_of(struct emit *e, const char *path);

/* The C type of what an array's elements or a pointer's pointee are. */
struct idl_type *emit_pointer_type(struct emit *e, struct idl_type *to);

/* ---- Expressions ----------------------------------------------------------------------------- */

const char *emit_expr(struct emit *e, struct idl_expr *x); /* an int64_t */
struct idl_expr *emit_size(struct emit *e, const struct idl_plan *array);
struct idl_expr *emit_first(struct emit *e, const struct idl_plan *array);  /* or NULL: 0 */
struct idl_expr *emit_length(struct emit *e, const struct idl_plan *array); /* or NULL: all */
bool emit_expr_ready(const struct emit *e, const struct idl_expr *x);
void emit_operators(struct emit *e);

/* ---- Values ---------------------------------------------------------------------------------- */

/* Where an array's or an open structure's elements go, and how many may. */
struct emit_room {
    const char *memory; /* "&stub_arena", "&stub_user", "m": new memory; NULL: in place */
    const char *below;  /* the same for what its pointers reach */
    const char *set;    /* variable that keeps the number of elements there is room for */
    const char *limit;  /* variable that says it */
};

bool plan_pointers(const struct idl_plan *p);
uint32_t plan_min(const struct idl_plan *p);
bool plan_sized(const struct idl_plan *p); /* its C object has one size */

void emit_put(struct emit *e, struct idl_plan *p, const char *place, const char *room);
void emit_put_pointer(struct emit *e, struct idl_plan *p, const char *place, const char *room);
void emit_get(struct emit *e, struct idl_plan *p, const char *place, const char *memory);
void emit_get_pointee(struct emit *e, struct idl_plan *pointer, const char *place,
                      const struct emit_room *room);
void emit_null_check(struct emit *e, struct idl_plan *pointer);
void emit_size_check(struct emit *e, struct idl_plan *array, const char *count);
void emit_free(struct emit *e, struct idl_plan *p, const char *place, const char *count);
void emit_notes(struct emit *e);

/* Writes all helpers that are needed, prototypes first. */
void emit_helpers(struct emit *e, struct text *prototypes, struct text *bodies);
void emit_preamble(struct emit *e, const char *helpers, const char *bodies);
void emit_join(struct emit *e, struct text *whole, struct text *bodies, const char *what);

void emit_interface_id(struct emit *e, const struct idl_interface *i, bool server);
bool emit_has_endpoints(const struct idl_interface *i);
void emit_endpoints(struct emit *e, const struct idl_interface *i);
const char *emit_context_flags(struct emit *e, const struct idl_var *v, bool result);
struct idl_plan *emit_context_of(const struct idl_var *v); /* the handle's plan, or NULL */
struct idl_plan *emit_context_array(
    const struct idl_var *v); /* the array's, if it is one of them */

#endif

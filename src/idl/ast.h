/* SPDX-License-Identifier: Apache-2.0
 *
 * ast.h - what the parser builds: declarations, types, attributes, expressions
 */
#ifndef HF_IDL_AST_H
#define HF_IDL_AST_H

#include "idl/idl.h"

/* ---- Expressions ----------------------------------------------------------------------------- */

enum idl_op {
    IDL_X_NUMBER,
    IDL_X_NAME,   /* constant, enumerator, parameter or member */
    IDL_X_SIZEOF, /* of a type */
    IDL_X_STRING,
    IDL_X_NULL,
    IDL_X_DEREF,
    IDL_X_SET, /* a pointer, as a truth: it is not NULL */
    IDL_X_CAST,
    IDL_X_NEG,
    IDL_X_PLUS,
    IDL_X_NOT,
    IDL_X_COMPL,
    IDL_X_MUL,
    IDL_X_DIV,
    IDL_X_MOD,
    IDL_X_ADD,
    IDL_X_SUB,
    IDL_X_SHL,
    IDL_X_SHR,
    IDL_X_LT,
    IDL_X_GT,
    IDL_X_LE,
    IDL_X_GE,
    IDL_X_EQ,
    IDL_X_NE,
    IDL_X_AND,
    IDL_X_XOR,
    IDL_X_OR,
    IDL_X_LAND,
    IDL_X_LOR,
    IDL_X_COND,
};

struct idl_expr {
    enum idl_op op;
    const struct idl_token *at;
    struct idl_expr *a, *b, *c;
    int64_t value;         /* IDL_X_NUMBER */
    struct idl_name *name; /* IDL_X_NAME */
    struct idl_type *type; /* IDL_X_SIZEOF, IDL_X_CAST */
    struct idl_expr *next; /* in a list of attribute arguments; op IDL_X_NULL: left out */
};

/* ---- Attributes ------------------------------------------------------------------------------ */

enum idl_attr_kind {
    IDL_A_UUID,
    IDL_A_VERSION,
    IDL_A_POINTER_DEFAULT,
    IDL_A_ENDPOINT,
    IDL_A_LOCAL,
    IDL_A_EXPLICIT_HANDLE,
    IDL_A_IMPLICIT_HANDLE,
    IDL_A_STRICT_CONTEXT,
    IDL_A_TYPE_STRICT_CONTEXT,
    IDL_A_CODE,
    IDL_A_NOCODE,
    IDL_A_CONTEXT_HANDLE,
    IDL_A_SERIALIZE,
    IDL_A_NOSERIALIZE,
    IDL_A_IN,
    IDL_A_OUT,
    IDL_A_REF,
    IDL_A_UNIQUE,
    IDL_A_PTR,
    IDL_A_STRING,
    IDL_A_SIZE_IS,
    IDL_A_MAX_IS,
    IDL_A_LENGTH_IS,
    IDL_A_LAST_IS,
    IDL_A_FIRST_IS,
    IDL_A_SWITCH_TYPE,
    IDL_A_SWITCH_IS,
    IDL_A_RANGE,
    IDL_A_CASE,
    IDL_A_DEFAULT,
    IDL_A_V1_ENUM,
    IDL_A_MS_UNION,
    IDL_A_HANDLE,
    IDL_A_IGNORE,
    IDL_A_IDEMPOTENT,
    IDL_A_COMM_STATUS,
    IDL_A_FAULT_STATUS,
    IDL_A_OPTIMIZE,
    IDL_A_ENABLE_ALLOCATE,
    IDL_A_REFUSED, /* known, not supported */
    IDL_A_COUNT,
};

/* One attribute as written; arguments in the field that its kind uses. */
struct idl_attr {
    struct idl_attr *next;
    enum idl_attr_kind kind;
    const struct idl_token *at;
    struct idl_expr *exprs;   /* size_is and kin, switch_is, range, case */
    struct idl_type *type;    /* switch_type, implicit_handle */
    struct idl_name *name;    /* implicit_handle's variable */
    enum idl_attr_kind kind2; /* pointer_default's class */
    uint8_t uuid[16];         /* as the fields of a GUID lie in a little-endian machine */
    uint16_t major, minor;
    struct idl_endpoint *endpoints;
};

struct idl_endpoint {
    struct idl_endpoint *next;
    const char *protseq, *endpoint;
};

struct idl_attrs {
    struct idl_attr *first;
};

static inline struct idl_attr *idl_attr(const struct idl_attrs *attrs, enum idl_attr_kind kind)
{
    struct idl_attr *a = attrs->first;

    while (a != NULL && a->kind != kind)
        a = a->next;
    return a;
}

/* ---- Types ----------------------------------------------------------------------------------- */

enum idl_kind {
    IDL_VOID,
    IDL_SCALAR,
    IDL_ENUM,
    IDL_STRUCT,
    IDL_UNION,
    IDL_POINTER,
    IDL_ARRAY,
    IDL_ALIAS, /* a typedef's name */
    IDL_HANDLE,
    IDL_FUNCTION, /* pointer to one; header only */
};

enum idl_scalar {
    IDL_BOOLEAN,
    IDL_BYTE,
    IDL_CHAR,
    IDL_UCHAR,
    IDL_SCHAR,
    IDL_WCHAR,
    IDL_SMALL,
    IDL_USMALL,
    IDL_SHORT,
    IDL_USHORT,
    IDL_LONG,
    IDL_ULONG,
    IDL_HYPER,
    IDL_UHYPER,
    IDL_INT3264,
    IDL_UINT3264,
    IDL_FLOAT,
    IDL_DOUBLE,
    IDL_ERROR_STATUS,
    IDL_SCALAR_COUNT,
};

/* A field, a parameter, a union arm, or the declarator of a typedef. */
struct idl_var {
    struct idl_var *next;
    const struct idl_token *at;
    struct idl_name *name; /* NULL: empty arm, or unnamed */
    struct idl_type *type; /* NULL: empty arm */
    struct idl_attrs attrs;
    struct idl_type *base; /* the specifier its declarator grew from */
    bool defines;          /* the specifier has a body that stands here */
    bool first;            /* of the declarators that share it */
    struct idl_expr *cases;
    bool is_default;
    bool hidden; /* binding parameter added by explicit_handle */
    bool
        nameless; /* a structure or union whose members are named as the outer one's; it has one of ours */
    struct idl_plan *plan;
    bool in, out; /* parameters */
    uint32_t index;
};

struct idl_enumerator {
    struct idl_enumerator *next;
    struct idl_name *name;
    struct idl_expr *expr; /* NULL: one more than the former */
    int64_t value;
};

struct idl_type {
    enum idl_kind kind;
    enum idl_scalar scalar;
    const struct idl_token *at;
    struct idl_type *to;              /* pointee, element, aliased type, return type */
    bool is_const;                    /* this level is const */
    enum idl_attr_kind pointer_class; /* pointer: what pointer_default said where it was declared */
    /* array */
    struct idl_expr *bound; /* NULL: [] or [*] */
    uint32_t count;         /* of a fixed array, by idl_array_count */
    bool counted;           /* ... which has been asked */
    /* struct, union, enum */
    struct idl_name *tag; /* NULL: none given */
    const char *c_name;   /* "struct X", or the typedef that names it */
    const char *id;       /* for names of generated functions */
    struct idl_var *vars; /* members, arms, a function's parameters */
    struct idl_enumerator *enumerators;
    struct idl_attrs attrs; /* of the specifier: switch_type, v1_enum, pointer class */
    bool complete;
    bool encapsulated;
    bool ms_union;               /* NDR 2.0 pads its tag, too */
    struct idl_var *switch_var;  /* encapsulated: the discriminant */
    struct idl_name *union_name; /* encapsulated: the member that holds the arms */
    uint8_t mark;                /* of a walk */
    bool checked;
    /* alias */
    struct idl_symbol *symbol;
    /* plan */
    struct idl_plan *plan;
};

/* ---- Declarations ---------------------------------------------------------------------------- */

enum idl_symbol_kind { IDL_S_TYPEDEF, IDL_S_CONST, IDL_S_ENUMERATOR, IDL_S_FUNCTION };

struct idl_symbol {
    enum idl_symbol_kind kind;
    const struct idl_token *at;
    struct idl_name *name;
    struct idl_attrs attrs;
    struct idl_type *type;
    struct idl_expr *expr; /* constant */
    int64_t value;         /* enumerator, integer constant */
    bool has_value;
    bool imported;
    bool emitted; /* context type: written to the server's stubs */
};

struct idl_function {
    struct idl_function *next;
    const struct idl_token *at;
    struct idl_name *name;
    struct idl_attrs attrs;
    struct idl_var *params;
    struct idl_var result; /* name NULL */
    struct idl_interface *interface;
    uint32_t opnum;
    bool no_client;                  /* nocode */
    const struct idl_attr *implicit; /* binding without a parameter */
    const struct idl_var *generic;   /* the parameter of a [handle] type that binds */
};

struct idl_interface {
    const struct idl_token *at;
    struct idl_name *name;
    struct idl_attrs attrs;
    struct idl_function *functions;
    uint32_t function_count;
    bool local;
    const char *base;          /* NAME_vMAJOR_MINOR */
    struct idl_attr *includes; /* ACF */
};

enum idl_item_kind {
    IDL_I_QUOTE,
    IDL_I_IMPORT,
    IDL_I_CONST,
    IDL_I_TYPEDEF,
    IDL_I_TYPE, /* a tag's definition or declaration alone */
    IDL_I_INTERFACE,
    IDL_I_FUNCTION,
    IDL_I_END,     /* of an interface */
    IDL_I_INCLUDE, /* ACF */
};

struct idl_item {
    struct idl_item *next;
    enum idl_item_kind kind;
    bool imported;
    const struct idl_token *at;
    const char *text; /* quote, import */
    struct idl_symbol *symbol;
    struct idl_var *var; /* typedef: how it was declared */
    struct idl_type *type;
    struct idl_interface *interface;
    struct idl_function *function;
};

/* What a type is when its typedef names are looked through. */
static inline struct idl_type *idl_strip(struct idl_type *t)
{
    while (t != NULL && t->kind == IDL_ALIAS)
        t = t->symbol->type;
    return t;
}

/* The places an attribute may stand in; a set. */
enum idl_place {
    IDL_P_INTERFACE = 1 << 0,
    IDL_P_FUNCTION = 1 << 1,
    IDL_P_PARAM = 1 << 2,
    IDL_P_FIELD = 1 << 3,
    IDL_P_ARM = 1 << 4,
    IDL_P_TYPEDEF = 1 << 5,
    IDL_P_TYPE = 1 << 6, /* in front of enum, struct, union */
};

/* One row per attribute name. */
struct idl_attr_row {
    const char *name;
    enum idl_attr_kind kind;
    unsigned places;     /* set of idl_place; in an IDL file */
    unsigned acf_places; /* in an ACF file */
    enum {
        IDL_ARGS_NONE,
        IDL_ARGS_UUID,
        IDL_ARGS_VERSION,
        IDL_ARGS_POINTER_CLASS,
        IDL_ARGS_ENDPOINTS,
        IDL_ARGS_HANDLE,
        IDL_ARGS_EXPRS, /* some may be left out */
        IDL_ARGS_TYPE,
        IDL_ARGS_ANY, /* skipped */
    } args;
    const char *note; /* IDL_A_REFUSED: why, what instead */
};

const struct idl_attr_row *idl_attr_row(const char *name, size_t length);
const char *idl_attr_name(enum idl_attr_kind kind);
const char *idl_place_name(enum idl_place place);

/* Integer value of a constant expression; false (and an error) if it has none. */
bool idl_const_value(struct idl_compilation *c, struct idl_expr *x, int64_t *ret_value);
struct idl_symbol *idl_symbol_new(struct idl_compilation *c, enum idl_symbol_kind kind,
                                  const struct idl_token *at, struct idl_name *name);

/* One row per scalar type. */
struct idl_scalar_row {
    const char *c_name;
    const char *primitive; /* ndr_get_X, ndr_put_X */
    const char *wire_type; /* what ndr_put_X takes */
    uint8_t size20, size64;
    bool integer, is_signed;
    bool array; /* ndr_get_array may be used (its C form is its wire form) */
    int64_t min, max;
};
const struct idl_scalar_row *idl_scalar_row(enum idl_scalar s);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * attr.c - the table of attributes: where each may stand, what arguments it takes
 */
#include <string.h>

#include "idl/ast.h"

#define ANYWHERE 0xffu
#define POINTERS (IDL_P_PARAM | IDL_P_FIELD | IDL_P_ARM | IDL_P_TYPEDEF | IDL_P_FUNCTION)
#define ARRAYS   (IDL_P_PARAM | IDL_P_FIELD | IDL_P_ARM)
#define HANDLES  (IDL_P_TYPEDEF | IDL_P_PARAM | IDL_P_FUNCTION)

#define ROW(name, kind, places, acf, args)  \
    {                                       \
        name, kind, places, acf, args, NULL \
    }
#define NOT(name, note)                                             \
    {                                                               \
        name, IDL_A_REFUSED, ANYWHERE, ANYWHERE, IDL_ARGS_ANY, note \
    }

static const struct idl_attr_row rows[] = {
    ROW("uuid", IDL_A_UUID, IDL_P_INTERFACE, 0, IDL_ARGS_UUID),
    ROW("version", IDL_A_VERSION, IDL_P_INTERFACE, 0, IDL_ARGS_VERSION),
    ROW("pointer_default", IDL_A_POINTER_DEFAULT, IDL_P_INTERFACE, 0, IDL_ARGS_POINTER_CLASS),
    ROW("endpoint", IDL_A_ENDPOINT, IDL_P_INTERFACE, 0, IDL_ARGS_ENDPOINTS),
    ROW("local", IDL_A_LOCAL, IDL_P_INTERFACE, 0, IDL_ARGS_NONE),
    ROW("explicit_handle", IDL_A_EXPLICIT_HANDLE, IDL_P_INTERFACE | IDL_P_FUNCTION,
        IDL_P_INTERFACE | IDL_P_FUNCTION, IDL_ARGS_NONE),
    ROW("implicit_handle", IDL_A_IMPLICIT_HANDLE, IDL_P_INTERFACE, IDL_P_INTERFACE,
        IDL_ARGS_HANDLE),
    ROW("strict_context_handle", IDL_A_STRICT_CONTEXT, IDL_P_INTERFACE, IDL_P_INTERFACE,
        IDL_ARGS_NONE),
    ROW("type_strict_context_handle", IDL_A_TYPE_STRICT_CONTEXT, IDL_P_INTERFACE, IDL_P_INTERFACE,
        IDL_ARGS_NONE),
    ROW("code", IDL_A_CODE, IDL_P_INTERFACE | IDL_P_FUNCTION, IDL_P_INTERFACE | IDL_P_FUNCTION,
        IDL_ARGS_NONE),
    ROW("nocode", IDL_A_NOCODE, IDL_P_INTERFACE | IDL_P_FUNCTION, IDL_P_INTERFACE | IDL_P_FUNCTION,
        IDL_ARGS_NONE),
    ROW("handle", IDL_A_HANDLE, IDL_P_TYPEDEF, 0, IDL_ARGS_NONE),
    ROW("context_handle", IDL_A_CONTEXT_HANDLE, HANDLES, 0, IDL_ARGS_NONE),
    ROW("context_handle_serialize", IDL_A_SERIALIZE, HANDLES, HANDLES, IDL_ARGS_NONE),
    ROW("context_handle_noserialize", IDL_A_NOSERIALIZE, HANDLES, HANDLES, IDL_ARGS_NONE),
    ROW("in", IDL_A_IN, IDL_P_PARAM, 0, IDL_ARGS_NONE),
    ROW("out", IDL_A_OUT, IDL_P_PARAM, 0, IDL_ARGS_NONE),
    ROW("ref", IDL_A_REF, POINTERS, 0, IDL_ARGS_NONE),
    ROW("unique", IDL_A_UNIQUE, POINTERS, 0, IDL_ARGS_NONE),
    ROW("ptr", IDL_A_PTR, POINTERS, 0, IDL_ARGS_NONE),
    ROW("string", IDL_A_STRING, POINTERS, 0, IDL_ARGS_NONE),
    ROW("size_is", IDL_A_SIZE_IS, ARRAYS, 0, IDL_ARGS_EXPRS),
    ROW("max_is", IDL_A_MAX_IS, ARRAYS, 0, IDL_ARGS_EXPRS),
    ROW("length_is", IDL_A_LENGTH_IS, ARRAYS, 0, IDL_ARGS_EXPRS),
    ROW("last_is", IDL_A_LAST_IS, ARRAYS, 0, IDL_ARGS_EXPRS),
    ROW("first_is", IDL_A_FIRST_IS, ARRAYS, 0, IDL_ARGS_EXPRS),
    ROW("switch_type", IDL_A_SWITCH_TYPE, IDL_P_TYPEDEF | IDL_P_TYPE | IDL_P_FIELD | IDL_P_PARAM, 0,
        IDL_ARGS_TYPE),
    ROW("switch_is", IDL_A_SWITCH_IS, IDL_P_PARAM | IDL_P_FIELD, 0, IDL_ARGS_EXPRS),
    ROW("range", IDL_A_RANGE, IDL_P_PARAM | IDL_P_FIELD | IDL_P_ARM | IDL_P_TYPEDEF, 0,
        IDL_ARGS_EXPRS),
    ROW("case", IDL_A_CASE, IDL_P_ARM, 0, IDL_ARGS_EXPRS),
    ROW("default", IDL_A_DEFAULT, IDL_P_ARM, 0, IDL_ARGS_NONE),
    ROW("v1_enum", IDL_A_V1_ENUM, IDL_P_TYPEDEF | IDL_P_TYPE, 0, IDL_ARGS_NONE),
    ROW("ms_union", IDL_A_MS_UNION, IDL_P_INTERFACE | IDL_P_TYPEDEF | IDL_P_TYPE, 0, IDL_ARGS_NONE),
    ROW("ignore", IDL_A_IGNORE, IDL_P_FIELD, 0, IDL_ARGS_NONE),
    ROW("idempotent", IDL_A_IDEMPOTENT, IDL_P_FUNCTION, 0, IDL_ARGS_NONE),
    ROW("comm_status", IDL_A_COMM_STATUS, IDL_P_FUNCTION | IDL_P_PARAM,
        IDL_P_FUNCTION | IDL_P_PARAM, IDL_ARGS_NONE),
    ROW("fault_status", IDL_A_FAULT_STATUS, IDL_P_FUNCTION | IDL_P_PARAM,
        IDL_P_FUNCTION | IDL_P_PARAM, IDL_ARGS_NONE),
    ROW("optimize", IDL_A_OPTIMIZE, IDL_P_INTERFACE | IDL_P_FUNCTION,
        IDL_P_INTERFACE | IDL_P_FUNCTION, IDL_ARGS_ANY),
    ROW("enable_allocate", IDL_A_ENABLE_ALLOCATE, IDL_P_INTERFACE | IDL_P_FUNCTION,
        IDL_P_INTERFACE | IDL_P_FUNCTION, IDL_ARGS_NONE),
    NOT("async", "asynchronous routines are not supported"),
    NOT("auto_handle", "use explicit_handle or implicit_handle"),
    NOT("object", "object (COM) interfaces are not supported"),
    NOT("maybe", "calls without an answer are not supported"),
    NOT("broadcast", "broadcast calls are not supported"),
    NOT("message", "message queueing is not supported"),
    NOT("callback", "callbacks are not supported; use a second interface"),
    NOT("notify", "notification routines are not supported"),
    NOT("notify_flag", "notification routines are not supported"),
    NOT("transmit_as", "send the transmitted type itself"),
    NOT("represent_as", "send the transmitted type itself"),
    NOT("wire_marshal", "send the transmitted type itself"),
    NOT("user_marshal", "send the transmitted type itself"),
    NOT("encode", "serialization handles are not supported"),
    NOT("decode", "serialization handles are not supported"),
    NOT("allocate", "memory always comes from midl_user_allocate, node by node"),
    NOT("byte_count", "use size_is"),
    NOT("force_allocate", "remove it"),
    NOT("partial_ignore", "send a separate flag"),
    NOT("disable_consistency_check", "consistency is always checked"),
    NOT("in_line", "remove it"),
    NOT("out_of_line", "remove it"),
    NOT("cs_char", "code set conversion is not supported"),
    NOT("cs_stag", "code set conversion is not supported"),
    NOT("cs_drtag", "code set conversion is not supported"),
    NOT("cs_rtag", "code set conversion is not supported"),
    NOT("cs_tag_rtn", "code set conversion is not supported"),
    NOT("min_is", "arrays begin at 0"),
    NOT("iid_is", "interface pointers are not supported"),
    NOT("retval", "return the value"),
    NOT("helpstring", "write a comment"),
    NOT("dual", "object (COM) interfaces are not supported"),
    NOT("propget", "object (COM) interfaces are not supported"),
    NOT("propput", "object (COM) interfaces are not supported"),
    NOT("id", "object (COM) interfaces are not supported"),
    NOT("call_as", "send the transmitted types themselves"),
    NOT("switch", "write union switch(type name)"),
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

const struct idl_attr_row *idl_attr_row(const char *name, size_t length)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strlen(rows[i].name) == length && memcmp(rows[i].name, name, length) == 0)
            return &rows[i];
    return NULL;
}

const char *idl_attr_name(enum idl_attr_kind kind)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].kind == kind)
            return rows[i].name;
    return "?";
}

const char *idl_place_name(enum idl_place place)
{
    switch (place) {
    case IDL_P_INTERFACE: return "an interface";
    case IDL_P_FUNCTION: return "a function";
    case IDL_P_PARAM: return "a parameter";
    case IDL_P_FIELD: return "a structure member";
    case IDL_P_ARM: return "a union arm";
    case IDL_P_TYPEDEF: return "a typedef";
    case IDL_P_TYPE: return "a type";
    }
    return "this";
}

#define I(bits) -(INT64_C(1) << ((bits)-1)), (INT64_C(1) << ((bits)-1)) - 1
#define U(bits) 0, (INT64_C(1) << (bits)) - 1

static const struct idl_scalar_row scalars[IDL_SCALAR_COUNT] = {
    [IDL_BOOLEAN] = {"boolean", "small", "uint8_t", 1, 1, true, false, true, U(8)},
    [IDL_BYTE] = {"unsigned char", "small", "uint8_t", 1, 1, true, false, true, U(8)},
    [IDL_CHAR] = {"char", "small", "uint8_t", 1, 1, true, false, true, U(8)},
    [IDL_UCHAR] = {"unsigned char", "small", "uint8_t", 1, 1, true, false, true, U(8)},
    [IDL_SCHAR] = {"signed char", "small", "uint8_t", 1, 1, true, true, true, I(8)},
    [IDL_WCHAR] = {"holdfast_wchar", "short", "uint16_t", 2, 2, true, false, true, U(16)},
    [IDL_SMALL] = {"signed char", "small", "uint8_t", 1, 1, true, true, true, I(8)},
    [IDL_USMALL] = {"unsigned char", "small", "uint8_t", 1, 1, true, false, true, U(8)},
    [IDL_SHORT] = {"int16_t", "short", "uint16_t", 2, 2, true, true, true, I(16)},
    [IDL_USHORT] = {"uint16_t", "short", "uint16_t", 2, 2, true, false, true, U(16)},
    [IDL_LONG] = {"int32_t", "long", "uint32_t", 4, 4, true, true, true, I(32)},
    [IDL_ULONG] = {"uint32_t", "long", "uint32_t", 4, 4, true, false, true, U(32)},
    [IDL_HYPER] = {"int64_t", "hyper", "uint64_t", 8, 8, true, true, true, INT64_MIN, INT64_MAX},
    [IDL_UHYPER] = {"uint64_t", "hyper", "uint64_t", 8, 8, true, false, true, 0, INT64_MAX},
    [IDL_INT3264] = {"intptr_t", "int3264", "int64_t", 4, 8, true, true, false, INT64_MIN,
                     INT64_MAX},
    [IDL_UINT3264] = {"uintptr_t", "int3264", "int64_t", 4, 8, true, false, false, 0, INT64_MAX},
    [IDL_FLOAT] = {"float", "float", "float", 4, 4, false, true, true, 0, 0},
    [IDL_DOUBLE] = {"double", "double", "double", 8, 8, false, true, true, 0, 0},
    [IDL_ERROR_STATUS] = {"error_status_t", "long", "uint32_t", 4, 4, true, false, true, U(32)},
};

const struct idl_scalar_row *idl_scalar_row(enum idl_scalar s)
{
    return &scalars[s];
}

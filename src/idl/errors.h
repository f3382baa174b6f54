/* SPDX-License-Identifier: Apache-2.0
 *
 * errors.h - every error of the compiler: its name, its number, what it means
 *
 * A number is never given to another error. docs/idl.md shows the same table to readers.
 */
#ifndef HF_IDL_ERRORS_H
#define HF_IDL_ERRORS_H

#define IDL_ERRORS(X)                                                                           \
    X(IDL_E_FILE, 1, "a file cannot be read or written, or the preprocessor failed")            \
    X(IDL_E_LIMIT, 2, "a limit of the compiler is exceeded")                                    \
    X(IDL_E_CHARACTER, 3, "a character that no token can start with, or an unfinished literal") \
    X(IDL_E_SYNTAX, 10, "the grammar does not allow this here")                                 \
    X(IDL_E_NUMBER, 11, "a number is malformed or too large")                                   \
    X(IDL_E_UUID, 12, "a UUID is malformed")                                                    \
    X(IDL_E_VERSION, 13, "a version is not MAJOR.MINOR, each below 65536")                      \
    X(IDL_E_UNSUPPORTED, 14, "the language has this, the compiler does not")                    \
    X(IDL_E_ATTRIBUTE, 20, "no such attribute")                                                 \
    X(IDL_E_PLACE, 21, "the attribute does not belong here")                                    \
    X(IDL_E_TWICE, 22, "the attribute is given twice, or contradicts another")                  \
    X(IDL_E_UNDECLARED, 30, "the name is not declared")                                         \
    X(IDL_E_REDECLARED, 31, "the name is declared already")                                     \
    X(IDL_E_RESERVED, 32, "the name is reserved")                                               \
    X(IDL_E_INCOMPLETE, 33, "the type has no size here")                                        \
    X(IDL_E_CONSTANT, 40, "the expression is not constant, or its value cannot be used")        \
    X(IDL_E_EXPRESSION, 41, "the expression cannot be evaluated on both sides of a call")       \
    X(IDL_E_INTERFACE, 50, "an interface attribute is missing or contradicts another")          \
    X(IDL_E_DIRECTION, 51, "[in] or [out] is missing or impossible")                            \
    X(IDL_E_BINDING, 52, "no binding handle, or several")                                       \
    X(IDL_E_REMOTE_TYPE, 60, "the type cannot be sent")                                         \
    X(IDL_E_ARRAY, 61, "the array or its bounds cannot be sent")                                \
    X(IDL_E_STRING, 62, "[string] does not fit the type")                                       \
    X(IDL_E_POINTER, 63, "the pointer attribute does not fit")                                  \
    X(IDL_E_UNION, 64, "the union's cases or its switch are wrong")                             \
    X(IDL_E_RANGE, 65, "[range] does not fit the type, or is empty")                            \
    X(IDL_E_CONTEXT_POINTER, 70, "a context handle must be a pointer (D3, D8)")                 \
    X(IDL_E_CONTEXT_REF, 71, "an [out] context handle must be behind one [ref] pointer (D6)")   \
    X(IDL_E_CONTEXT_PLACE, 72, "a context handle may not be here (D10, D11)")                   \
    X(IDL_E_CONTEXT_SERIALIZE, 73, "wrong use of [context_handle_(no)serialize] (D12)")         \
    X(IDL_E_CONTEXT_STRICT, 74, "wrong use of [(type_)strict_context_handle] (D13)")            \
    X(IDL_E_ACF, 80, "the ACF names something that the IDL does not have")

enum idl_error {
#define IDL_ERROR_NAME(name, number, text) name = number,
    IDL_ERRORS(IDL_ERROR_NAME)
#undef IDL_ERROR_NAME
};

#endif

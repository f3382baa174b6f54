/* SPDX-License-Identifier: Apache-2.0
 *
 * types.h - the types of IDL and the names of Windows types, as C types of fixed size
 *
 * IDL base types have fixed sizes on every machine: `long` is 32 bits and `hyper` 64. A program that
 * has other uses for names such as DWORD defines HOLDFAST_NO_WINDOWS_NAMES first.
 */
#ifndef HOLDFAST_TYPES_H
#define HOLDFAST_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Calling conventions of Windows; nothing here. */
#define RPC_ENTRY
#define RPC_VAR_ENTRY
#define __RPC_API
#define __RPC_USER
#define __RPC_STUB
#define __RPC_FAR

#ifndef HOLDFAST_NO_WINDOWS_NAMES
typedef int32_t LONG, BOOL, INT;
typedef uint32_t ULONG, DWORD, UINT;
typedef int16_t SHORT;
typedef uint16_t USHORT, WORD, WCHAR;
typedef char CHAR;
typedef unsigned char UCHAR, BYTE;
typedef void *HANDLE;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG;
typedef float FLOAT;
typedef double DOUBLE;
#ifndef VOID
#define VOID void
#endif
#ifndef TRUE
#define TRUE  1
#define FALSE 0
#endif
#endif

#ifndef __cplusplus
typedef unsigned char byte;
#endif
typedef unsigned char boolean;
typedef signed char small;
typedef int64_t hyper;
typedef uint64_t MIDL_uhyper;
typedef uint16_t holdfast_wchar; /* IDL's wchar_t: one UTF-16 unit */

/* A status of the runtime or of a routine that declares one (IDL error_status_t). */
typedef int32_t RPC_STATUS;
typedef uint32_t error_status_t;

/* A binding handle; also the type of IDL's handle_t. */
typedef void *RPC_BINDING_HANDLE;
typedef RPC_BINDING_HANDLE handle_t;

/* An interface specification made by the compiler (struct rpc_interface of <holdfast/call.h>). */
typedef void *RPC_IF_HANDLE;

/* Supplied by every program whose interfaces hand out memory: allocation of what stubs build for
 * the program (returns NULL when there is none) and its release (accepts what the former gave).
 * Both may be called from any thread, several at once. Source: MIDL memory model. */
void *__RPC_USER midl_user_allocate(size_t size);
void __RPC_USER midl_user_free(void *memory);
#define MIDL_user_allocate midl_user_allocate
#define MIDL_user_free     midl_user_free

#ifdef __cplusplus
}
#endif

#endif

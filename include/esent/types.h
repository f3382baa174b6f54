/* SPDX-License-Identifier: Apache-2.0
 *
 * esent/types.h - base types of the JET API
 *
 * `long` and `unsigned long` stand in prototypes and structures where Microsoft has them and are
 * 64 bits wide here, with 32-bit values in them. Identifiers and flags are 32 bits wide. Strings
 * of W functions and structures are 16-bit units, so that u"text" is one.
 */
#ifndef HOLDFAST_ESENT_TYPES_H
#define HOLDFAST_ESENT_TYPES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JET_API
#define JET_NODSAPI

#ifndef JET_VERSION
#define JET_VERSION 0x0A01
#endif

typedef uintptr_t JET_API_PTR;
typedef int32_t JET_ERR; /* 0 success, > 0 a warning, < 0 an error */

typedef JET_API_PTR JET_HANDLE;
typedef JET_API_PTR JET_INSTANCE;
typedef JET_API_PTR JET_SESID;
typedef JET_API_PTR JET_TABLEID;
typedef JET_API_PTR JET_LS;
typedef JET_API_PTR JET_OSSNAPID;

typedef uint32_t JET_COLUMNID;
typedef uint32_t JET_DBID;
typedef uint32_t JET_OBJTYP;
typedef uint32_t JET_COLTYP;
typedef uint32_t JET_GRBIT;
typedef uint32_t JET_SNP;
typedef uint32_t JET_SNT;
typedef uint32_t JET_CBTYP;
typedef double JET_DATESERIAL; /* days since 1899-12-30, the fraction being the time of day */

typedef uint16_t WCHAR;
typedef char *JET_PSTR;
typedef const char *JET_PCSTR;
typedef WCHAR *JET_PWSTR;
typedef const WCHAR *JET_PCWSTR;

#define JET_instanceNil (~(JET_INSTANCE)0)
#define JET_sesidNil    (~(JET_SESID)0)
#define JET_tableidNil  (~(JET_TABLEID)0)
#define JET_dbidNil     ((JET_DBID)0xFFFFFFFF)
#define JET_LSNil       (~(JET_LS)0)
#define JET_bitNil      ((JET_GRBIT)0)

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * stage_gss.h - for fuzz targets: a GSSAPI library that does what it is told by the tokens it gets
 *
 * stage_gss.c defines the functions of rpc/auth/kerberos/gss.h, so that the linker takes none of a real library.
 * Tokens of its legs are three octets and more: the number of the leg; what the library makes of it; what
 * becomes of a client's wishes. As the library makes them the last two are 0: all goes well.
 */
#ifndef TESTS_FUZZ_STAGE_GSS_H
#define TESTS_FUZZ_STAGE_GSS_H

/* Names, credentials, contexts and buffers that were not given back. */
unsigned stage_gss_left(void);

#endif

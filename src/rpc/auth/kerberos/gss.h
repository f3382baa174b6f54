/* SPDX-License-Identifier: Apache-2.0
 *
 * gss.h - the functions of the GSSAPI library, found when they are first needed
 *
 * The library is not linked: a machine without Kerberos runs this runtime, too.
 */
#ifndef HF_RPC_AUTH_KERBEROS_GSS_H
#define HF_RPC_AUTH_KERBEROS_GSS_H

#include <stdbool.h>

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>

#define GSS_FUNCTIONS(X)              \
    X(gss_import_name)                \
    X(gss_release_name)               \
    X(gss_display_name)               \
    X(gss_release_buffer)             \
    X(gss_acquire_cred_from)          \
    X(gss_acquire_cred_with_password) \
    X(gss_release_cred)               \
    X(gss_set_cred_option)            \
    X(gss_init_sec_context)           \
    X(gss_accept_sec_context)         \
    X(gss_delete_sec_context)         \
    X(gss_wrap_iov)                   \
    X(gss_wrap_iov_length)            \
    X(gss_unwrap_iov)                 \
    X(gss_get_mic)                    \
    X(gss_get_mic_iov_length)         \
    X(gss_verify_mic)                 \
    X(gss_display_status)

struct gss {
#define GSS_FIELD(name) __typeof__(name) *name;
    GSS_FUNCTIONS(GSS_FIELD)
#undef GSS_FIELD
};

extern struct gss gss; /* written once, by gss_load */

/* False when the library, or one of the functions, is not there. */
bool gss_load(void);

#endif

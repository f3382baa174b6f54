/* SPDX-License-Identifier: Apache-2.0
 *
 * stage_gss.c - for fuzz targets: a GSSAPI library that does what it is told by the tokens it gets
 *
 * Three legs, as in DCE style: client, server, client. A signature is a number and a sum over what it covers,
 * encryption an exclusive or.
 */
#include "stage_gss.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "rpc/auth/kerberos/gss.h"

#define SIGNATURE 16
#define LEGS      2 /* of each side */

/* What a library makes of a token. */
enum { ERROR = 0x0f, AT_ONCE = 0x10, TOO_LONG = 0x20, SILENT = 0x40, NAMELESS = 0x80 };

struct gss_ctx_id_struct {
    uint8_t leg;
    uint64_t sent, received;
};

struct gss_name_struct {
    bool is_long; /* too long to be kept */
};

static unsigned left;

unsigned stage_gss_left(void)
{
    return left;
}

/* All of the library's objects are made and given back here. */
static void *object(size_t size)
{
    void *o = calloc(1, size);

    if (o == NULL)
        abort();
    left++;
    return o;
}

static void forget(void *o)
{
    if (o != NULL)
        left--;
    free(o);
}

static void fill(gss_buffer_t b, const void *octets, size_t size)
{
    *b = (gss_buffer_desc){size, object(size + 1)};
    memcpy(b->value, octets, size);
}

/* ---- Names, credentials, buffers -------------------------------------------------------------- */

static OM_uint32 import_name(OM_uint32 *minor, gss_buffer_t text, gss_OID type, gss_name_t *ret)
{
    (void)type;
    *minor = 0;
    if (text->length == 0)
        return GSS_S_BAD_NAME;
    *ret = object(sizeof **ret);
    return GSS_S_COMPLETE;
}

static OM_uint32 release_name(OM_uint32 *minor, gss_name_t *name)
{
    *minor = 0;
    forget(*name);
    *name = GSS_C_NO_NAME;
    return GSS_S_COMPLETE;
}

static OM_uint32 display_name(OM_uint32 *minor, gss_name_t name, gss_buffer_t ret, gss_OID *type)
{
    static const char longest[300] = "ada@", usual[] = "ada@STAGE";

    (void)type;
    *minor = 0;
    if (name == GSS_C_NO_NAME)
        return GSS_S_BAD_NAME;
    fill(ret, name->is_long ? longest : usual, name->is_long ? sizeof longest : sizeof usual - 1);
    return GSS_S_COMPLETE;
}

static OM_uint32 release_buffer(OM_uint32 *minor, gss_buffer_t b)
{
    *minor = 0;
    forget(b->value);
    *b = (gss_buffer_desc)GSS_C_EMPTY_BUFFER;
    return GSS_S_COMPLETE;
}

static OM_uint32 acquire_cred_from(OM_uint32 *minor, gss_name_t name, OM_uint32 seconds,
                                   gss_OID_set mechanisms, gss_cred_usage_t usage,
                                   gss_const_key_value_set_t store, gss_cred_id_t *ret,
                                   gss_OID_set *ret_mechanisms, OM_uint32 *ret_seconds)
{
    (void)name, (void)seconds, (void)mechanisms, (void)usage, (void)store;
    (void)ret_mechanisms, (void)ret_seconds;
    *minor = 0;
    *ret = object(1);
    return GSS_S_COMPLETE;
}

static OM_uint32 acquire_cred_with_password(OM_uint32 *minor, gss_name_t name,
                                            gss_buffer_t password, OM_uint32 seconds,
                                            gss_OID_set mechanisms, gss_cred_usage_t usage,
                                            gss_cred_id_t *ret, gss_OID_set *ret_mechanisms,
                                            OM_uint32 *ret_seconds)
{
    if (password->length == 0)
        return GSS_S_FAILURE;
    return acquire_cred_from(minor, name, seconds, mechanisms, usage, NULL, ret, ret_mechanisms,
                             ret_seconds);
}

static OM_uint32 release_cred(OM_uint32 *minor, gss_cred_id_t *credential)
{
    *minor = 0;
    forget(*credential);
    *credential = GSS_C_NO_CREDENTIAL;
    return GSS_S_COMPLETE;
}

static OM_uint32 set_cred_option(OM_uint32 *minor, gss_cred_id_t *credential, const gss_OID option,
                                 const gss_buffer_t value)
{
    (void)option, (void)value;
    *minor = 0;
    return *credential == GSS_C_NO_CREDENTIAL ? GSS_S_NO_CRED : GSS_S_COMPLETE;
}

static OM_uint32 display_status(OM_uint32 *minor, OM_uint32 value, int type, gss_OID mechanism,
                                OM_uint32 *more, gss_buffer_t ret)
{
    (void)value, (void)type, (void)mechanism;
    *minor = *more = 0;
    fill(ret, "as told", 7);
    return GSS_S_COMPLETE;
}

/* ---- Legs ------------------------------------------------------------------------------------- */

/* A leg of either side, of which the peer's token says how it ends. */
static OM_uint32 leg(OM_uint32 *minor, gss_ctx_id_t *context, gss_buffer_t in, gss_buffer_t out,
                     uint8_t *ret_wishes)
{
    const uint8_t *token = in->value;
    gss_ctx_id_t c = *context;
    uint8_t make = 0;

    *minor = 0;
    *ret_wishes = 0;
    if (c == GSS_C_NO_CONTEXT)
        c = *context = object(sizeof *c);
    if (++c->leg > LEGS)
        return GSS_S_FAILURE;
    if (c->leg > 1 || in->length > 0) { /* not a client's first */
        if (in->length < 3 || token[0] == 0 || token[0] > 3)
            return GSS_S_DEFECTIVE_TOKEN;
        make = token[1];
        *ret_wishes = token[2];
    }
    if ((make & ERROR) != 0)
        return (OM_uint32)(make & ERROR) << GSS_C_ROUTINE_ERROR_OFFSET;
    if (make & TOO_LONG)
        *out = (gss_buffer_desc){RPC_LIMIT_AUTH_TOKEN + 1, object(RPC_LIMIT_AUTH_TOKEN + 1)};
    else if ((make & SILENT) == 0)
        fill(out, (const uint8_t[]){c->leg, 0, 0}, 3);
    return c->leg == LEGS || (make & AT_ONCE) != 0 ? GSS_S_COMPLETE : GSS_S_CONTINUE_NEEDED;
}

static OM_uint32 init_sec_context(OM_uint32 *minor, gss_cred_id_t credential, gss_ctx_id_t *context,
                                  gss_name_t target, gss_OID mechanism, OM_uint32 flags,
                                  OM_uint32 seconds, gss_channel_bindings_t bindings,
                                  gss_buffer_t in, gss_OID *ret_mechanism, gss_buffer_t out,
                                  OM_uint32 *ret_flags, OM_uint32 *ret_seconds)
{
    uint8_t wishes;

    (void)credential, (void)target, (void)mechanism, (void)flags, (void)seconds, (void)bindings;
    (void)ret_mechanism, (void)ret_flags, (void)ret_seconds;
    return leg(minor, context, in, out, &wishes);
}

static OM_uint32 accept_sec_context(OM_uint32 *minor, gss_ctx_id_t *context,
                                    gss_cred_id_t credential, gss_buffer_t in,
                                    gss_channel_bindings_t bindings, gss_name_t *ret_name,
                                    gss_OID *ret_mechanism, gss_buffer_t out, OM_uint32 *ret_flags,
                                    OM_uint32 *ret_seconds, gss_cred_id_t *ret_delegated)
{
    const OM_uint32 all = GSS_C_DCE_STYLE | GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG | GSS_C_CONF_FLAG;
    const uint8_t *token = in->value;
    uint8_t wishes;
    OM_uint32 major = leg(minor, context, in, out, &wishes);

    (void)credential, (void)bindings, (void)ret_mechanism, (void)ret_seconds, (void)ret_delegated;
    *ret_flags = all & ~(wishes & 1 ? GSS_C_DCE_STYLE : 0u) & ~(wishes & 2 ? GSS_C_CONF_FLAG : 0u);
    if (major == GSS_S_COMPLETE && (token[1] & NAMELESS) == 0) {
        *ret_name = object(sizeof **ret_name);
        (*ret_name)->is_long = (wishes & 4) != 0;
    }
    if (major == GSS_S_COMPLETE && (wishes & 8) == 0) { /* DCE style: nothing to say */
        OM_uint32 ignored;

        (void)release_buffer(&ignored, out);
    }
    return major;
}

static OM_uint32 delete_sec_context(OM_uint32 *minor, gss_ctx_id_t *context, gss_buffer_t out)
{
    (void)out;
    *minor = 0;
    forget(*context);
    *context = GSS_C_NO_CONTEXT;
    return GSS_S_COMPLETE;
}

/* ---- Messages --------------------------------------------------------------------------------- */

static uint64_t add(uint64_t sum, const gss_buffer_desc *b)
{
    const uint8_t *octets = b->value;

    for (size_t i = 0; i < b->length; i++)
        sum = (sum ^ octets[i]) * UINT64_C(1099511628211);
    return sum;
}

static void sign(uint64_t number, uint64_t sum, uint8_t to[SIGNATURE])
{
    memcpy(to, &number, 8);
    memcpy(to + 8, &sum, 8);
}

static uint64_t sum_of(const gss_iov_buffer_desc *iov, int count)
{
    uint64_t sum = UINT64_C(14695981039346656037);

    for (int i = 0; i < count; i++)
        if (iov[i].type == GSS_IOV_BUFFER_TYPE_DATA || iov[i].type == GSS_IOV_BUFFER_TYPE_SIGN_ONLY)
            sum = add(sum, &iov[i].buffer);
    return sum;
}

static gss_buffer_t piece(gss_iov_buffer_desc *iov, int count, OM_uint32 type)
{
    for (int i = 0; i < count; i++)
        if (iov[i].type == type)
            return &iov[i].buffer;
    abort(); /* the provider describes all of a message */
}

static void crypt(gss_buffer_t data, uint64_t number)
{
    for (size_t i = 0; i < data->length; i++)
        ((uint8_t *)data->value)[i] ^= (uint8_t)(0x3c + number);
}

static OM_uint32 wrap_iov_length(OM_uint32 *minor, gss_ctx_id_t c, int seals, gss_qop_t qop,
                                 int *sealed, gss_iov_buffer_desc *iov, int count)
{
    (void)qop;
    *minor = 0;
    *sealed = seals;
    if (c == GSS_C_NO_CONTEXT)
        return GSS_S_NO_CONTEXT;
    piece(iov, count, GSS_IOV_BUFFER_TYPE_HEADER)->length = SIGNATURE;
    return GSS_S_COMPLETE;
}

static OM_uint32 wrap_iov(OM_uint32 *minor, gss_ctx_id_t c, int seals, gss_qop_t qop, int *sealed,
                          gss_iov_buffer_desc *iov, int count)
{
    gss_buffer_t token = piece(iov, count, GSS_IOV_BUFFER_TYPE_HEADER);

    (void)qop;
    *minor = 0;
    *sealed = seals;
    if (c == GSS_C_NO_CONTEXT || token->length < SIGNATURE)
        return GSS_S_FAILURE;
    token->length = SIGNATURE;
    sign(c->sent, sum_of(iov, count), token->value);
    crypt(piece(iov, count, GSS_IOV_BUFFER_TYPE_DATA), c->sent++);
    return GSS_S_COMPLETE;
}

static OM_uint32 unwrap_iov(OM_uint32 *minor, gss_ctx_id_t c, int *sealed, gss_qop_t *qop,
                            gss_iov_buffer_desc *iov, int count)
{
    gss_buffer_t token = piece(iov, count, GSS_IOV_BUFFER_TYPE_HEADER);
    uint8_t expected[SIGNATURE];

    (void)qop;
    *minor = 0;
    *sealed = 1;
    if (c == GSS_C_NO_CONTEXT || token->length != SIGNATURE)
        return GSS_S_DEFECTIVE_TOKEN;
    crypt(piece(iov, count, GSS_IOV_BUFFER_TYPE_DATA), c->received);
    sign(c->received++, sum_of(iov, count), expected);
    return memcmp(expected, token->value, SIGNATURE) == 0 ? GSS_S_COMPLETE : GSS_S_BAD_SIG;
}

static OM_uint32 get_mic(OM_uint32 *minor, gss_ctx_id_t c, gss_qop_t qop, gss_buffer_t message,
                         gss_buffer_t ret)
{
    uint8_t token[SIGNATURE];

    (void)qop;
    *minor = 0;
    if (c == GSS_C_NO_CONTEXT)
        return GSS_S_NO_CONTEXT;
    sign(c->sent++, add(0, message), token);
    fill(ret, token, sizeof token);
    return GSS_S_COMPLETE;
}

static OM_uint32 get_mic_iov_length(OM_uint32 *minor, gss_ctx_id_t c, gss_qop_t qop,
                                    gss_iov_buffer_desc *iov, int count)
{
    (void)qop;
    *minor = 0;
    if (c == GSS_C_NO_CONTEXT)
        return GSS_S_NO_CONTEXT;
    piece(iov, count, GSS_IOV_BUFFER_TYPE_MIC_TOKEN)->length = SIGNATURE;
    return GSS_S_COMPLETE;
}

static OM_uint32 verify_mic(OM_uint32 *minor, gss_ctx_id_t c, gss_buffer_t message,
                            gss_buffer_t token, gss_qop_t *qop)
{
    uint8_t expected[SIGNATURE];

    (void)qop;
    *minor = 0;
    if (c == GSS_C_NO_CONTEXT || token->length != SIGNATURE)
        return GSS_S_DEFECTIVE_TOKEN;
    sign(c->received++, add(0, message), expected);
    return memcmp(expected, token->value, SIGNATURE) == 0 ? GSS_S_COMPLETE : GSS_S_BAD_SIG;
}

/* ---- The library ------------------------------------------------------------------------------ */

struct gss gss = {
    .gss_import_name = import_name,
    .gss_release_name = release_name,
    .gss_display_name = display_name,
    .gss_release_buffer = release_buffer,
    .gss_acquire_cred_from = acquire_cred_from,
    .gss_acquire_cred_with_password = acquire_cred_with_password,
    .gss_release_cred = release_cred,
    .gss_set_cred_option = set_cred_option,
    .gss_init_sec_context = init_sec_context,
    .gss_accept_sec_context = accept_sec_context,
    .gss_delete_sec_context = delete_sec_context,
    .gss_wrap_iov = wrap_iov,
    .gss_wrap_iov_length = wrap_iov_length,
    .gss_unwrap_iov = unwrap_iov,
    .gss_get_mic = get_mic,
    .gss_get_mic_iov_length = get_mic_iov_length,
    .gss_verify_mic = verify_mic,
    .gss_display_status = display_status,
};

bool gss_load(void)
{
    return true;
}

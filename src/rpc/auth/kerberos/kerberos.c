/* SPDX-License-Identifier: Apache-2.0
 *
 * kerberos.c - the Kerberos provider
 *
 *     client: AP-REQ ->        <- AP-REP        AP-REP ->      (DCE style: three legs of Kerberos, so
 *                                                               the last is answered by an empty one)
 *
 * Integrity is a MIC over the body, or the fragment with header signing; privacy is wrapping in
 * place, where header and trailer are signed with header signing. Keys and tickets are the library's
 * business, as the process's environment says (KRB5_CONFIG, KRB5CCNAME, KRB5_KTNAME).
 *
 * Lock: the library's contexts are used by one thread at a time.
 * Spec: MS-KILE 3.4.5, MS-RPCE 3.3.1.5.2.2, RFC 4121, RFC 4757.
 */
#include "rpc/auth/kerberos/kerberos.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <rpcnterr.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "rpc/auth/kerberos/gss.h"

struct kerberos {
    struct auth_context base;
    pthread_mutex_t lock;
    gss_ctx_id_t gss;
    gss_cred_id_t credential;
    gss_name_t target; /* client */
    uint32_t mic_size; /* of a signature; 0: not asked for yet */
    char principal[256];
};

static const struct auth_provider kerberos;

static const gss_OID_desc mechanism = {9, (void *)"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"};
static const gss_OID_desc principal_name = {10, (void *)"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01"};

/* GSS_KRB5_CRED_NO_CI_FLAGS_X, which MIT's headers do not declare */
static const gss_OID_desc only_what_is_asked_for = {6, (void *)"\x2a\x85\x70\x2b\x0d\x1d"};

/* What a client asks for: no more than its level needs. Samba's server reckons the size of signatures by
 * what was asked for, and answers with a fault when they come out otherwise. */
static OM_uint32 flags_for(uint8_t level)
{
    OM_uint32 flags = GSS_C_DCE_STYLE | GSS_C_MUTUAL_FLAG;

    if (auth_protects(level))
        flags |= GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_INTEG_FLAG;
    if (level == AUTH_LEVEL_PRIVACY)
        flags |= GSS_C_CONF_FLAG;
    return flags;
}

static gss_OID oid(const gss_OID_desc *o)
{
    return (gss_OID)(uintptr_t)o;
}

/* What the library says of its own failure, for the log. */
static void log_failure(const char *what, OM_uint32 minor)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 more = 0, ignored;

    (void)gss.gss_display_status(&ignored, minor, GSS_C_MECH_CODE, oid(&mechanism), &more, &text);
    log_line(LOG_LEVEL_WARNING, "%s reason=\"%.*s\"", what, (int)text.length,
             (const char *)text.value);
    (void)gss.gss_release_buffer(&ignored, &text);
}

/* ---- Contexts --------------------------------------------------------------------------------- */

static void end(struct auth_context *take_c)
{
    struct kerberos *k = (struct kerberos *)take_c;
    OM_uint32 minor;

    (void)gss.gss_delete_sec_context(&minor, &k->gss, GSS_C_NO_BUFFER);
    (void)gss.gss_release_cred(&minor, &k->credential);
    (void)gss.gss_release_name(&minor, &k->target);
    pthread_mutex_destroy(&k->lock);
    mem_free(k);
}

static struct kerberos *kerberos_new(uint8_t level, bool is_server, RPC_STATUS *ret_status)
{
    struct kerberos *k = mem_alloc(sizeof *k);

    if (k == NULL) {
        *ret_status = RPC_S_OUT_OF_MEMORY;
        return NULL;
    }
    k->base = (struct auth_context){.provider = &kerberos, .level = level, .server = is_server};
    k->gss = GSS_C_NO_CONTEXT;
    k->credential = GSS_C_NO_CREDENTIAL;
    k->target = GSS_C_NO_NAME;
    pthread_mutex_init(&k->lock, NULL);
    return k;
}

static bool import(const char *text, gss_name_t *ret)
{
    gss_buffer_desc name = {strlen(text), (void *)(uintptr_t)text};
    OM_uint32 minor;

    return gss.gss_import_name(&minor, &name, oid(&principal_name), ret) == GSS_S_COMPLETE;
}

/* Credentials by user and password; tickets are fetched at the first leg. */
static RPC_STATUS by_password(struct kerberos *k, const struct auth_client *with)
{
    gss_OID_set_desc mechanisms = {1, oid(&mechanism)};
    gss_buffer_desc password = {0};
    gss_name_t name = GSS_C_NO_NAME;
    char user[512];
    OM_uint32 major = GSS_S_FAILURE, minor = 0;
    bool has_domain = with->domain != NULL && with->domain[0] != '\0';

    if (with->user == NULL || with->user[0] == '\0' || with->password == NULL)
        return RPC_S_INVALID_AUTH_IDENTITY;
    password = (gss_buffer_desc){strlen(with->password), with->password};
    if (snprintf(user, sizeof user, "%s%s%s", with->user, has_domain ? "@" : "",
                 has_domain ? with->domain : "") >= (int)sizeof user)
        return RPC_S_INVALID_AUTH_IDENTITY;
    if (import(user, &name))
        major = gss.gss_acquire_cred_with_password(&minor, name, &password, GSS_C_INDEFINITE,
                                                   &mechanisms, GSS_C_INITIATE, &k->credential,
                                                   NULL, NULL);
    (void)gss.gss_release_name(&(OM_uint32){0}, &name);
    if (major == GSS_S_COMPLETE)
        return RPC_S_OK;
    log_failure("no credentials by password", minor);
    return RPC_S_INVALID_AUTH_IDENTITY;
}

/* Without this option of its credentials MIT's library asks for integrity and confidentiality always.
 * Those of the process have to be named for it; where there are none the first leg says so. */
static void ask_for_no_more(struct kerberos *k)
{
    gss_OID_set_desc mechanisms = {1, oid(&mechanism)};
    gss_key_value_set_desc store = {0, NULL};
    gss_buffer_desc nothing = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;

    if (k->credential == GSS_C_NO_CREDENTIAL &&
        gss.gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechanisms,
                                  GSS_C_INITIATE, &store, &k->credential, NULL,
                                  NULL) != GSS_S_COMPLETE)
        return;
    (void)gss.gss_set_cred_option(&minor, &k->credential, oid(&only_what_is_asked_for), &nothing);
}

static struct auth_context *client(const struct auth_client *with, RPC_STATUS *ret_status)
{
    struct kerberos *k;

    if (with->target == NULL || with->target[0] == '\0') { /* a ticket is for somebody */
        *ret_status = RPC_S_UNKNOWN_PRINCIPAL;
        return NULL;
    }
    k = kerberos_new(with->level, false, ret_status);
    if (k == NULL)
        return NULL;
    *ret_status = import(with->target, &k->target) ? RPC_S_OK : RPC_S_UNKNOWN_PRINCIPAL;
    if (*ret_status == RPC_S_OK && with->has_identity)
        *ret_status = by_password(k, with);
    if (*ret_status == RPC_S_OK) {
        ask_for_no_more(k);
        return &k->base;
    }
    end(&k->base);
    return NULL;
}

/* The key table's keys. What a replay could open is closed again by the third leg, which nobody can
 * make without the session's key: so no file remembers what was seen. */
static struct auth_context *server(const struct auth_server *with, uint8_t level,
                                   RPC_STATUS *ret_status)
{
    gss_key_value_element_desc elements[2] = {{"rcache", "none:"}, {"keytab", with->argument}};
    gss_key_value_set_desc store = {with->argument != NULL ? 2 : 1, elements};
    gss_OID_set_desc mechanisms = {1, oid(&mechanism)};
    struct kerberos *k = kerberos_new(level, true, ret_status);
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 minor = 0, major = GSS_S_FAILURE;

    if (k == NULL)
        return NULL;
    if (with->principal == NULL || import(with->principal, &name))
        major = gss.gss_acquire_cred_from(&minor, name, GSS_C_INDEFINITE, &mechanisms, GSS_C_ACCEPT,
                                          &store, &k->credential, NULL, NULL);
    (void)gss.gss_release_name(&(OM_uint32){0}, &name);
    if (major == GSS_S_COMPLETE)
        return &k->base;
    log_failure("no key to accept tickets with", minor);
    *ret_status = RPC_S_SEC_PKG_ERROR;
    end(&k->base);
    return NULL;
}

/* ---- Legs ------------------------------------------------------------------------------------- */

static OM_uint32 client_leg(struct kerberos *k, gss_buffer_t in, gss_buffer_t out, OM_uint32 *minor)
{
    return gss.gss_init_sec_context(minor, k->credential, &k->gss, k->target, oid(&mechanism),
                                    flags_for(k->base.level), GSS_C_INDEFINITE,
                                    GSS_C_NO_CHANNEL_BINDINGS, in, NULL, out, NULL, NULL);
}

static bool keep_principal(struct kerberos *k, gss_name_t name)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;
    bool good = gss.gss_display_name(&minor, name, &text, NULL) == GSS_S_COMPLETE &&
                text.length > 0 && text.length < sizeof k->principal;

    if (good) {
        memcpy(k->principal, text.value, text.length);
        k->principal[text.length] = '\0';
    }
    (void)gss.gss_release_buffer(&minor, &text);
    return good;
}

/* A client that did not ask for signatures has to make them all the same: each is checked. */
static OM_uint32 server_leg(struct kerberos *k, gss_buffer_t in, gss_buffer_t out, bool *ret_weak,
                            OM_uint32 *minor)
{
    const OM_uint32 needed = GSS_C_DCE_STYLE | GSS_C_MUTUAL_FLAG;
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 flags = 0, major;

    major = gss.gss_accept_sec_context(minor, &k->gss, k->credential, in, GSS_C_NO_CHANNEL_BINDINGS,
                                       &name, NULL, out, &flags, NULL, NULL);
    if (major == GSS_S_COMPLETE && ((flags & needed) != needed || !keep_principal(k, name)))
        major = GSS_S_FAILURE;
    *ret_weak = major == GSS_S_COMPLETE && k->base.level == AUTH_LEVEL_PRIVACY &&
                (flags & GSS_C_CONF_FLAG) == 0;
    (void)gss.gss_release_name(&(OM_uint32){0}, &name);
    return major;
}

static enum auth_progress step(struct auth_context *c, const uint8_t *token, size_t size,
                               struct auth_token *out)
{
    struct kerberos *k = (struct kerberos *)c;
    gss_buffer_desc in = {size, (void *)(uintptr_t)token}, answer = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0, major;
    bool fits, weak = false;

    out->size = 0;
    if (c->server && size == 0)
        return AUTH_BROKEN;
    major = c->server ? server_leg(k, &in, &answer, &weak, &minor)
                      : client_leg(k, &in, &answer, &minor);
    fits = answer.length <= out->room;
    if (fits && answer.length > 0) {
        memcpy(out->octets, answer.value, answer.length);
        out->size = answer.length;
    }
    (void)gss.gss_release_buffer(&(OM_uint32){0}, &answer);
    if (GSS_ERROR(major) || !fits) {
        log_failure("a Kerberos token was refused", minor);
        out->size = 0;
        return GSS_ROUTINE_ERROR(major) == GSS_S_DEFECTIVE_TOKEN ? AUTH_BROKEN : AUTH_REFUSED;
    }
    if (weak)
        return AUTH_WEAK;
    return (major & GSS_S_CONTINUE_NEEDED) != 0 ? AUTH_MORE : AUTH_DONE;
}

static const char *principal(const struct auth_context *c)
{
    return ((const struct kerberos *)c)->principal;
}

/* ---- Messages --------------------------------------------------------------------------------- */

enum piece { PIECE_TOKEN, PIECE_BEFORE, PIECE_BODY, PIECE_BEHIND, PIECES };

/* The pieces of a message for wrapping in place. */
static void describe(const struct auth_message *m, uint8_t *token, size_t token_size,
                     gss_iov_buffer_desc iov[PIECES])
{
    size_t behind = m->body_at + m->body_size;

    iov[PIECE_TOKEN] = (gss_iov_buffer_desc){GSS_IOV_BUFFER_TYPE_HEADER, {token_size, token}};
    iov[PIECE_BODY] =
        (gss_iov_buffer_desc){GSS_IOV_BUFFER_TYPE_DATA, {m->body_size, m->octets + m->body_at}};
    iov[PIECE_BEFORE] = (gss_iov_buffer_desc){GSS_IOV_BUFFER_TYPE_EMPTY, {0, NULL}};
    iov[PIECE_BEHIND] = iov[PIECE_BEFORE];
    if (!m->header_signing)
        return;
    iov[PIECE_BEFORE] =
        (gss_iov_buffer_desc){GSS_IOV_BUFFER_TYPE_SIGN_ONLY, {m->body_at, m->octets}};
    iov[PIECE_BEHIND] = (gss_iov_buffer_desc){GSS_IOV_BUFFER_TYPE_SIGN_ONLY,
                                              {m->size - behind, m->octets + behind}};
}

static gss_buffer_desc signed_part(const struct auth_message *m)
{
    if (m->header_signing)
        return (gss_buffer_desc){m->size, m->octets};
    return (gss_buffer_desc){m->body_size, m->octets + m->body_at};
}

static size_t wrapped_size(struct kerberos *k, size_t body_size)
{
    uint8_t unread; /* only sizes are asked for */
    const struct auth_message m = {.octets = &unread, .body_size = body_size};
    gss_iov_buffer_desc iov[PIECES];
    OM_uint32 minor;
    int sealed;

    describe(&m, NULL, 0, iov);
    if (gss.gss_wrap_iov_length(&minor, k->gss, 1, GSS_C_QOP_DEFAULT, &sealed, iov, PIECES) !=
        GSS_S_COMPLETE)
        return 0;
    return iov[PIECE_TOKEN].buffer.length;
}

static size_t mic_size(struct kerberos *k)
{
    gss_iov_buffer_desc iov[2] = {{GSS_IOV_BUFFER_TYPE_DATA, {0, NULL}},
                                  {GSS_IOV_BUFFER_TYPE_MIC_TOKEN, {0, NULL}}};
    OM_uint32 minor;

    if (gss.gss_get_mic_iov_length(&minor, k->gss, GSS_C_QOP_DEFAULT, iov, 2) != GSS_S_COMPLETE)
        return 0;
    return iov[1].buffer.length;
}

static size_t signature_size(const struct auth_context *c, size_t body_size)
{
    struct kerberos *k = (struct kerberos *)(uintptr_t)c;
    size_t size;

    pthread_mutex_lock(&k->lock);
    if (c->level == AUTH_LEVEL_PRIVACY) {
        size = wrapped_size(k, body_size);
    } else {
        if (k->mic_size == 0)
            k->mic_size = (uint32_t)mic_size(k);
        size = k->mic_size;
    }
    pthread_mutex_unlock(&k->lock);
    return size <= AUTH_SIGNATURE_MAX ? size : 0;
}

static bool sign(struct kerberos *k, gss_buffer_desc message, uint8_t *to, size_t room,
                 size_t *ret_size)
{
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;
    bool good =
        gss.gss_get_mic(&minor, k->gss, GSS_C_QOP_DEFAULT, &message, &token) == GSS_S_COMPLETE &&
        token.length <= room;

    if (good) {
        memcpy(to, token.value, token.length);
        *ret_size = token.length;
    }
    (void)gss.gss_release_buffer(&minor, &token);
    return good;
}

static bool verify(struct kerberos *k, gss_buffer_desc message, const uint8_t *token, size_t size)
{
    gss_buffer_desc t = {size, (void *)(uintptr_t)token};
    OM_uint32 minor;

    /* COMPLETE alone: a gap in the numbers or an old token is an error here */
    return gss.gss_verify_mic(&minor, k->gss, &message, &t, NULL) == GSS_S_COMPLETE;
}

static bool wrap(struct auth_context *c, const struct auth_message *m, uint8_t *token,
                 size_t token_size)
{
    struct kerberos *k = (struct kerberos *)c;
    gss_iov_buffer_desc iov[PIECES];
    OM_uint32 minor;
    size_t size = 0;
    int sealed = 0;
    bool good;

    pthread_mutex_lock(&k->lock);
    if (c->level == AUTH_LEVEL_PRIVACY) {
        describe(m, token, token_size, iov);
        good = gss.gss_wrap_iov(&minor, k->gss, 1, GSS_C_QOP_DEFAULT, &sealed, iov, PIECES) ==
                   GSS_S_COMPLETE &&
               sealed != 0 && iov[PIECE_TOKEN].buffer.length == token_size;
    } else {
        good = sign(k, signed_part(m), token, token_size, &size) && size == token_size;
    }
    pthread_mutex_unlock(&k->lock);
    return good;
}

static bool unwrap(struct auth_context *c, const struct auth_message *m, const uint8_t *token,
                   size_t token_size)
{
    struct kerberos *k = (struct kerberos *)c;
    gss_iov_buffer_desc iov[PIECES];
    uint8_t copy[AUTH_SIGNATURE_MAX]; /* the library changes what it decrypts */
    OM_uint32 minor;
    int sealed = 0;
    bool good;

    if (token_size > sizeof copy)
        return false;
    memcpy(copy, token, token_size);
    pthread_mutex_lock(&k->lock);
    if (c->level == AUTH_LEVEL_PRIVACY) {
        describe(m, copy, token_size, iov);
        good = gss.gss_unwrap_iov(&minor, k->gss, &sealed, NULL, iov, PIECES) == GSS_S_COMPLETE &&
               sealed != 0;
    } else {
        good = verify(k, signed_part(m), token, token_size);
    }
    pthread_mutex_unlock(&k->lock);
    return good;
}

static bool mic(struct auth_context *c, const uint8_t *data, size_t size, struct auth_token *out)
{
    return sign((struct kerberos *)c, (gss_buffer_desc){size, (void *)(uintptr_t)data}, out->octets,
                out->room, &out->size);
}

static bool check_mic(struct auth_context *c, const uint8_t *data, size_t size,
                      const uint8_t *token, size_t token_size)
{
    return verify((struct kerberos *)c, (gss_buffer_desc){size, (void *)(uintptr_t)data}, token,
                  token_size);
}

static const struct auth_provider kerberos = {
    .type = AUTH_TYPE_KERBEROS,
    .name = "kerberos",
    .client = client,
    .server = server,
    .step = step,
    .end = end,
    .principal = principal,
    .signature_size = signature_size,
    .wrap = wrap,
    .unwrap = unwrap,
    .mic = mic,
    .check_mic = check_mic,
};

const struct auth_provider *auth_kerberos(void)
{
    return gss_load() ? &kerberos : NULL;
}

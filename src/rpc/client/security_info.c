/* SPDX-License-Identifier: Apache-2.0
 *
 * security_info.c - how the calls of a binding handle authenticate: setting and asking
 *
 * Source: RpcBindingSetAuthInfo, RpcBindingSetAuthInfoEx, RpcBindingInqAuthInfo,
 * RpcBindingInqAuthInfoEx, SEC_WINNT_AUTH_IDENTITY, Win32 documentation.
 */
#include <string.h>

#include "base/mem.h"
#include "rpc/client/binding.h"
#include "rpc/core/text.h"

/* The ANSI and the Unicode form differ in what their pointers point to. */
_Static_assert(sizeof(SEC_WINNT_AUTH_IDENTITY_A) == sizeof(SEC_WINNT_AUTH_IDENTITY_W), "");

#define IDENTITY_TEXT_MAX 1024 /* characters of a user, domain or password */

/* ---- Identities ------------------------------------------------------------------------------- */

/* A counted string of either form as UTF-8. */
static RPC_STATUS take_text(const void *text, uint32_t length, bool wide, char **ret)
{
    size_t unit = wide ? 2 : 1;
    void *copy;
    RPC_STATUS status = RPC_S_OK;

    *ret = NULL;
    if (length > IDENTITY_TEXT_MAX || (text == NULL && length > 0))
        return RPC_S_INVALID_AUTH_IDENTITY;
    copy = mem_alloc((length + 1) * unit);
    if (copy == NULL)
        return RPC_S_OUT_OF_MEMORY;
    if (length > 0)
        memcpy(copy, text, length * unit);
    if (!wide) {
        *ret = copy;
        return RPC_S_OK;
    }
    status = rpc_text_narrow(copy, ret, RPC_S_INVALID_AUTH_IDENTITY);
    explicit_bzero(copy, length * unit);
    mem_free(copy);
    return status;
}

static RPC_STATUS take_identity(const SEC_WINNT_AUTH_IDENTITY_A *from, struct auth_client *to)
{
    bool wide = from->Flags == SEC_WINNT_AUTH_IDENTITY_UNICODE;
    RPC_STATUS status;

    if (!wide && from->Flags != SEC_WINNT_AUTH_IDENTITY_ANSI)
        return RPC_S_INVALID_AUTH_IDENTITY;
    to->has_identity = true;
    status = take_text(from->User, from->UserLength, wide, &to->user);
    if (status == RPC_S_OK)
        status = take_text(from->Domain, from->DomainLength, wide, &to->domain);
    if (status == RPC_S_OK)
        status = take_text(from->Password, from->PasswordLength, wide, &to->password);
    return status;
}

static void drop_identity(struct auth_client *c)
{
    if (c->password != NULL)
        explicit_bzero(c->password, strlen(c->password));
    mem_free(c->user);
    mem_free(c->domain);
    mem_free(c->password);
}

/* ---- Setting ---------------------------------------------------------------------------------- */

static RPC_STATUS check_qos(const RPC_SECURITY_QOS *qos)
{
    const uint32_t offered = RPC_C_QOS_CAPABILITIES_MUTUAL_AUTH |
                             RPC_C_QOS_CAPABILITIES_IGNORE_DELEGATE_FAILURE |
                             RPC_C_QOS_CAPABILITIES_LOCAL_MA_HINT;

    if (qos == NULL)
        return RPC_S_OK;
    if (qos->Version < 1 || qos->IdentityTracking > RPC_C_QOS_IDENTITY_DYNAMIC ||
        qos->ImpersonationType > RPC_C_IMP_LEVEL_DELEGATE)
        return RPC_S_INVALID_ARG;
    if (qos->Version > 1 || (qos->Capabilities & ~offered) != 0 ||
        qos->ImpersonationType == RPC_C_IMP_LEVEL_DELEGATE)
        return RPC_S_CANNOT_SUPPORT;
    return RPC_S_OK;
}

static RPC_STATUS check_service(uint32_t level, uint32_t service, uint32_t authz)
{
    if (level > RPC_C_AUTHN_LEVEL_PKT_PRIVACY)
        return RPC_S_UNKNOWN_AUTHN_LEVEL;
    if (service == RPC_C_AUTHN_NONE)
        return level <= RPC_C_AUTHN_LEVEL_NONE ? RPC_S_OK : RPC_S_UNSUPPORTED_AUTHN_LEVEL;
    if (auth_provider_find(service) == NULL)
        return RPC_S_UNKNOWN_AUTHN_SERVICE;
    return authz <= RPC_C_AUTHZ_DCE || authz == RPC_C_AUTHZ_DEFAULT ? RPC_S_OK
                                                                    : RPC_S_UNKNOWN_AUTHZ_SERVICE;
}

/* The level that a program's word stands for (rpc-api 6). */
static uint8_t effective(uint32_t level)
{
    switch (level) {
    case RPC_C_AUTHN_LEVEL_DEFAULT: return AUTH_LEVEL_CONNECT;
    case RPC_C_AUTHN_LEVEL_CALL: return AUTH_LEVEL_PACKET;
    default: return (uint8_t)level;
    }
}

static void replace(struct rpc_binding *b, struct auth_client *take_auth)
{
    struct auth_client *old;

    (void)pthread_mutex_lock(&b->lock);
    old = b->options.auth;
    b->options.auth = take_auth;
    (void)pthread_mutex_unlock(&b->lock);
    auth_client_unref(old);
}

/* Makes the wish, and tries whether its mechanism can begin so. */
static RPC_STATUS make(const struct auth_client *like, struct auth_client **ret)
{
    struct auth_client *c = auth_client_new(like);
    struct auth_context *trial;
    RPC_STATUS status = RPC_S_SEC_PKG_ERROR;

    if (c == NULL)
        return RPC_S_OUT_OF_MEMORY;
    trial = auth_provider_find(c->type)->client(c, &status);
    if (trial == NULL) {
        auth_client_unref(c);
        return status;
    }
    trial->provider->end(trial);
    *ret = c;
    return RPC_S_OK;
}

static RPC_STATUS set_auth(RPC_BINDING_HANDLE handle, const char *target, uint32_t level,
                           uint32_t service, void *identity, uint32_t authz,
                           const RPC_SECURITY_QOS *qos)
{
    struct auth_client like = {.target = (char *)(uintptr_t)target, .handle = identity};
    struct auth_client *made = NULL;
    struct rpc_binding *b;
    RPC_STATUS status = rpc_binding_of(handle, &b);

    if (service == RPC_C_AUTHN_DEFAULT)
        service = RPC_C_AUTHN_WINNT;
    if (status == RPC_S_OK)
        status = check_service(level, service, authz);
    if (status == RPC_S_OK)
        status = check_qos(qos);
    if (status != RPC_S_OK)
        return status;
    if (service == RPC_C_AUTHN_NONE || level == RPC_C_AUTHN_LEVEL_NONE) {
        replace(b, NULL);
        return RPC_S_OK;
    }
    like.type = (uint8_t)service;
    like.level = effective(level);
    like.authz = authz;
    if (qos != NULL) {
        like.capabilities = qos->Capabilities;
        like.mutual = (qos->Capabilities & RPC_C_QOS_CAPABILITIES_MUTUAL_AUTH) != 0;
        like.tracking = qos->IdentityTracking;
        like.impersonation = qos->ImpersonationType;
    }
    if (identity != NULL)
        status = take_identity(identity, &like);
    if (status == RPC_S_OK)
        status = make(&like, &made);
    drop_identity(&like);
    if (status == RPC_S_OK)
        replace(b, made);
    return status;
}

RPC_STATUS RPC_ENTRY RpcBindingSetAuthInfoExA(RPC_BINDING_HANDLE Binding, RPC_CSTR ServerPrincName,
                                              uint32_t AuthnLevel, uint32_t AuthnSvc,
                                              RPC_AUTH_IDENTITY_HANDLE AuthIdentity,
                                              uint32_t AuthzSvc, RPC_SECURITY_QOS *SecurityQos)
{
    return set_auth(Binding, (const char *)ServerPrincName, AuthnLevel, AuthnSvc, AuthIdentity,
                    AuthzSvc, SecurityQos);
}

RPC_STATUS RPC_ENTRY RpcBindingSetAuthInfoExW(RPC_BINDING_HANDLE Binding, RPC_WSTR ServerPrincName,
                                              uint32_t AuthnLevel, uint32_t AuthnSvc,
                                              RPC_AUTH_IDENTITY_HANDLE AuthIdentity,
                                              uint32_t AuthzSvc, RPC_SECURITY_QOS *SecurityQos)
{
    char *target = NULL;
    RPC_STATUS status = rpc_text_narrow(ServerPrincName, &target, RPC_S_UNKNOWN_PRINCIPAL);

    if (status == RPC_S_OK)
        status =
            set_auth(Binding, target, AuthnLevel, AuthnSvc, AuthIdentity, AuthzSvc, SecurityQos);
    mem_free(target);
    return status;
}

RPC_STATUS RPC_ENTRY RpcBindingSetAuthInfoA(RPC_BINDING_HANDLE Binding, RPC_CSTR ServerPrincName,
                                            uint32_t AuthnLevel, uint32_t AuthnSvc,
                                            RPC_AUTH_IDENTITY_HANDLE AuthIdentity,
                                            uint32_t AuthzSvc)
{
    return RpcBindingSetAuthInfoExA(Binding, ServerPrincName, AuthnLevel, AuthnSvc, AuthIdentity,
                                    AuthzSvc, NULL);
}

RPC_STATUS RPC_ENTRY RpcBindingSetAuthInfoW(RPC_BINDING_HANDLE Binding, RPC_WSTR ServerPrincName,
                                            uint32_t AuthnLevel, uint32_t AuthnSvc,
                                            RPC_AUTH_IDENTITY_HANDLE AuthIdentity,
                                            uint32_t AuthzSvc)
{
    return RpcBindingSetAuthInfoExW(Binding, ServerPrincName, AuthnLevel, AuthnSvc, AuthIdentity,
                                    AuthzSvc, NULL);
}

/* ---- Asking ----------------------------------------------------------------------------------- */

/* The wish of a binding, referenced. */
static RPC_STATUS auth_of(RPC_BINDING_HANDLE handle, struct auth_client **ret)
{
    struct rpc_binding *b;
    RPC_STATUS status = rpc_binding_of(handle, &b);

    if (status != RPC_S_OK)
        return status;
    (void)pthread_mutex_lock(&b->lock);
    *ret = auth_client_ref(b->options.auth);
    (void)pthread_mutex_unlock(&b->lock);
    return *ret != NULL ? RPC_S_OK : RPC_S_BINDING_HAS_NO_AUTH;
}

static void fill(const struct auth_client *c, uint32_t *level, uint32_t *service, void **identity,
                 uint32_t *authz, RPC_SECURITY_QOS *qos)
{
    if (level != NULL)
        *level = c->level;
    if (service != NULL)
        *service = c->type;
    if (identity != NULL)
        *identity = c->handle;
    if (authz != NULL)
        *authz = c->authz;
    if (qos != NULL)
        *qos = (RPC_SECURITY_QOS){.Version = RPC_C_SECURITY_QOS_VERSION,
                                  .Capabilities = c->capabilities,
                                  .IdentityTracking = c->tracking,
                                  .ImpersonationType = c->impersonation};
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthInfoExA(RPC_BINDING_HANDLE Binding, RPC_CSTR *ServerPrincName,
                                              uint32_t *AuthnLevel, uint32_t *AuthnSvc,
                                              RPC_AUTH_IDENTITY_HANDLE *AuthIdentity,
                                              uint32_t *AuthzSvc, uint32_t RpcQosVersion,
                                              RPC_SECURITY_QOS *SecurityQOS)
{
    struct auth_client *c = NULL;
    RPC_STATUS status;

    if (SecurityQOS != NULL && RpcQosVersion != RPC_C_SECURITY_QOS_VERSION)
        return RPC_S_INVALID_ARG;
    status = auth_of(Binding, &c);
    if (status == RPC_S_OK && ServerPrincName != NULL) {
        *ServerPrincName = (RPC_CSTR)mem_strdup(c->target != NULL ? c->target : "");
        if (*ServerPrincName == NULL)
            status = RPC_S_OUT_OF_MEMORY;
    }
    if (status == RPC_S_OK)
        fill(c, AuthnLevel, AuthnSvc, AuthIdentity, AuthzSvc, SecurityQOS);
    auth_client_unref(c);
    return status;
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthInfoExW(RPC_BINDING_HANDLE Binding, RPC_WSTR *ServerPrincName,
                                              uint32_t *AuthnLevel, uint32_t *AuthnSvc,
                                              RPC_AUTH_IDENTITY_HANDLE *AuthIdentity,
                                              uint32_t *AuthzSvc, uint32_t RpcQosVersion,
                                              RPC_SECURITY_QOS *SecurityQOS)
{
    RPC_CSTR target = NULL;
    RPC_STATUS status =
        RpcBindingInqAuthInfoExA(Binding, ServerPrincName != NULL ? &target : NULL, AuthnLevel,
                                 AuthnSvc, AuthIdentity, AuthzSvc, RpcQosVersion, SecurityQOS);

    if (status == RPC_S_OK && ServerPrincName != NULL)
        status = rpc_text_widen((const char *)target, ServerPrincName, RPC_S_UNKNOWN_PRINCIPAL);
    mem_free(target);
    return status;
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthInfoA(RPC_BINDING_HANDLE Binding, RPC_CSTR *ServerPrincName,
                                            uint32_t *AuthnLevel, uint32_t *AuthnSvc,
                                            RPC_AUTH_IDENTITY_HANDLE *AuthIdentity,
                                            uint32_t *AuthzSvc)
{
    return RpcBindingInqAuthInfoExA(Binding, ServerPrincName, AuthnLevel, AuthnSvc, AuthIdentity,
                                    AuthzSvc, 0, NULL);
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthInfoW(RPC_BINDING_HANDLE Binding, RPC_WSTR *ServerPrincName,
                                            uint32_t *AuthnLevel, uint32_t *AuthnSvc,
                                            RPC_AUTH_IDENTITY_HANDLE *AuthIdentity,
                                            uint32_t *AuthzSvc)
{
    return RpcBindingInqAuthInfoExW(Binding, ServerPrincName, AuthnLevel, AuthnSvc, AuthIdentity,
                                    AuthzSvc, 0, NULL);
}

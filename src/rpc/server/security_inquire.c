/* SPDX-License-Identifier: Apache-2.0
 *
 * security_inquire.c - mechanisms of this server, and who it is that calls
 *
 * A client of a unix socket is known by its uid, which the kernel states, and counts as authenticated
 * at the highest level; one that has authenticated over it all the same is who it has shown to be.
 *
 * Source: RpcServerRegisterAuthInfo, RpcBindingInqAuthClient, RpcImpersonateClient, Win32
 * documentation.
 */
#include <string.h>

#include <holdfast/security.h>
#include <rpc.h>

#include "base/mem.h"
#include "base/utf16.h"
#include "rpc/auth/ntlm/session.h"
#include "rpc/core/text.h"
#include "rpc/server/call.h"
#include "rpc/server/conn.h"
#include "rpc/server/security.h"
#include "rpc/server/server.h"

/* ---- The server ------------------------------------------------------------------------------- */

RPC_STATUS RPC_ENTRY RpcServerRegisterAuthInfoA(RPC_CSTR ServerPrincName, uint32_t AuthnSvc,
                                                RPC_AUTH_KEY_RETRIEVAL_FN GetKeyFn, void *Arg)
{
    if (GetKeyFn != NULL)
        return RPC_S_CANNOT_SUPPORT;
    if (AuthnSvc == RPC_C_AUTHN_DEFAULT)
        AuthnSvc = RPC_C_AUTHN_WINNT;
    if (AuthnSvc == RPC_C_AUTHN_GSS_NEGOTIATE && Arg != NULL)
        return RPC_S_INVALID_ARG;
    return auth_server_enable(AuthnSvc, (const char *)ServerPrincName, Arg);
}

RPC_STATUS RPC_ENTRY RpcServerRegisterAuthInfoW(RPC_WSTR ServerPrincName, uint32_t AuthnSvc,
                                                RPC_AUTH_KEY_RETRIEVAL_FN GetKeyFn, void *Arg)
{
    char *principal = NULL;
    RPC_STATUS status = rpc_text_narrow(ServerPrincName, &principal, RPC_S_UNKNOWN_PRINCIPAL);

    if (status == RPC_S_OK)
        status = RpcServerRegisterAuthInfoA((RPC_CSTR)principal, AuthnSvc, GetKeyFn, Arg);
    mem_free(principal);
    return status;
}

void RPC_ENTRY holdfast_bind_handles_to_principals(int Yes)
{
    context_bind_principals(Yes != 0);
}

RPC_STATUS RPC_ENTRY holdfast_nt_hash(const char *Password, unsigned char Hash[16])
{
    struct ntlm_text text;
    uint8_t *owned = NULL;

    if (Password == NULL || Hash == NULL || !ntlm_text_make(Password, &text, &owned))
        return RPC_S_INVALID_ARG;
    ntlm_hash(text, Hash);
    explicit_bzero(owned, text.size);
    mem_free(owned);
    return RPC_S_OK;
}

/* ---- The caller ------------------------------------------------------------------------------- */

bool security_is_known(const struct rpc_call *c)
{
    if (c->security != NULL)
        return !c->security->identity->anonymous;
    return c->conn->peer.family == NET_UNIX;
}

bool security_caller(struct rpc_call *c, struct security_caller *ret)
{
    *ret = (struct security_caller){.level = RPC_C_AUTHN_LEVEL_NONE};
    if (c->security != NULL) {
        const struct auth_identity *i = c->security->identity;

        *ret = (struct security_caller){i->level, i->type, i->anonymous, i->principal};
        return true;
    }
    if (c->conn->peer.family != NET_UNIX)
        return false;
    *ret = (struct security_caller){
        .level = RPC_C_AUTHN_LEVEL_PKT_PRIVACY, /* rpc-api 6 */
        .service = RPC_C_AUTHN_WINNT,
        .name = c->conn->caller_name,
    };
    return true;
}

/* The caller's name as UTF-16 in the call's memory; NULL without memory. */
static uint16_t *wide_name(struct rpc_call *c, const char *name)
{
    uint16_t *wide = utf16_from_utf8(name), *kept = NULL;
    size_t size;

    if (wide == NULL)
        return NULL;
    size = (utf16_length(wide) + 1) * sizeof *wide;
    kept = arena_alloc(&c->arena, size);
    if (kept != NULL)
        memcpy(kept, wide, size);
    mem_free(wide);
    return kept;
}

RPC_STATUS RPC_ENTRY holdfast_inq_call_endpoint(RPC_BINDING_HANDLE ClientBinding,
                                                RPC_CSTR *Endpoint)
{
    RPC_BINDING_HANDLE endpoint = NULL;
    RPC_STATUS status;
    const struct rpc_call *c = call_of_binding(ClientBinding, &status);

    if (Endpoint == NULL)
        return RPC_S_INVALID_ARG;
    if (c == NULL)
        return status;
    status = server_describe_endpoint(c->conn->endpoint, &endpoint);
    if (status != RPC_S_OK)
        return status;
    status = RpcBindingToStringBindingA(endpoint, Endpoint);
    (void)RpcBindingFree(&endpoint);
    return status;
}

static RPC_STATUS inq_client(RPC_BINDING_HANDLE handle, bool wide, void **ret_name, char **target,
                             uint32_t *level, uint32_t *service, uint32_t *authz, uint32_t flags)
{
    struct security_caller who;
    struct auth_server *with;
    RPC_STATUS status;
    struct rpc_call *c = call_of_binding(handle, &status);

    if (c == NULL)
        return status;
    if (flags != 0)
        return RPC_S_INVALID_ARG;
    if (!security_caller(c, &who))
        return RPC_S_BINDING_HAS_NO_AUTH;
    if (ret_name != NULL) {
        *ret_name = wide ? (void *)wide_name(c, who.name) : (void *)(uintptr_t)who.name;
        if (*ret_name == NULL)
            return RPC_S_OUT_OF_MEMORY;
    }
    if (target != NULL) {
        with = auth_server_find(who.service);
        *target = mem_strdup(with != NULL && with->principal != NULL ? with->principal : "");
        auth_server_unref(with);
        if (*target == NULL)
            return RPC_S_OUT_OF_MEMORY;
    }
    if (level != NULL)
        *level = who.level;
    if (service != NULL)
        *service = who.service;
    if (authz != NULL)
        *authz = RPC_C_AUTHZ_NONE;
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientExA(RPC_BINDING_HANDLE ClientBinding,
                                                RPC_AUTHZ_HANDLE *Privs, RPC_CSTR *ServerPrincName,
                                                uint32_t *AuthnLevel, uint32_t *AuthnSvc,
                                                uint32_t *AuthzSvc, uint32_t Flags)
{
    return inq_client(ClientBinding, false, Privs, (char **)ServerPrincName, AuthnLevel, AuthnSvc,
                      AuthzSvc, Flags);
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientExW(RPC_BINDING_HANDLE ClientBinding,
                                                RPC_AUTHZ_HANDLE *Privs, RPC_WSTR *ServerPrincName,
                                                uint32_t *AuthnLevel, uint32_t *AuthnSvc,
                                                uint32_t *AuthzSvc, uint32_t Flags)
{
    char *target = NULL;
    RPC_STATUS status =
        inq_client(ClientBinding, true, Privs, ServerPrincName != NULL ? &target : NULL, AuthnLevel,
                   AuthnSvc, AuthzSvc, Flags);

    if (status == RPC_S_OK && ServerPrincName != NULL)
        status = rpc_text_widen(target, ServerPrincName, RPC_S_UNKNOWN_PRINCIPAL);
    mem_free(target);
    return status;
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientA(RPC_BINDING_HANDLE ClientBinding,
                                              RPC_AUTHZ_HANDLE *Privs, RPC_CSTR *ServerPrincName,
                                              uint32_t *AuthnLevel, uint32_t *AuthnSvc,
                                              uint32_t *AuthzSvc)
{
    return RpcBindingInqAuthClientExA(ClientBinding, Privs, ServerPrincName, AuthnLevel, AuthnSvc,
                                      AuthzSvc, 0);
}

RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientW(RPC_BINDING_HANDLE ClientBinding,
                                              RPC_AUTHZ_HANDLE *Privs, RPC_WSTR *ServerPrincName,
                                              uint32_t *AuthnLevel, uint32_t *AuthnSvc,
                                              uint32_t *AuthzSvc)
{
    return RpcBindingInqAuthClientExW(ClientBinding, Privs, ServerPrincName, AuthnLevel, AuthnSvc,
                                      AuthzSvc, 0);
}

/* ---- Impersonation ---------------------------------------------------------------------------- */

RPC_STATUS RPC_ENTRY RpcImpersonateClient(RPC_BINDING_HANDLE BindingHandle)
{
    struct security_caller who;
    RPC_STATUS status;
    struct rpc_call *c = call_of_binding(BindingHandle, &status);

    if (c == NULL)
        return status;
    return security_caller(c, &who) ? RPC_S_CANNOT_SUPPORT : RPC_S_NO_CONTEXT_AVAILABLE;
}

RPC_STATUS RPC_ENTRY RpcRevertToSelfEx(RPC_BINDING_HANDLE BindingHandle)
{
    RPC_STATUS status;

    (void)call_of_binding(BindingHandle, &status);
    return status;
}

RPC_STATUS RPC_ENTRY RpcRevertToSelf(void)
{
    return RpcRevertToSelfEx(NULL);
}

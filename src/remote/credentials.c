/* SPDX-License-Identifier: Apache-2.0
 *
 * credentials.c - who a program is to the server it uses
 */
#include "remote/credentials.h"

#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"
#include "remote/levels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PASSWORD 1026 /* a line with its end */

static const struct service {
    const char *name;
    uint32_t value;
} services[] = {{"none", RPC_C_AUTHN_NONE},
                {"ntlm", RPC_C_AUTHN_WINNT},
                {"kerberos", RPC_C_AUTHN_GSS_KERBEROS},
                {"negotiate", RPC_C_AUTHN_GSS_NEGOTIATE},
                {NULL, 0}};

/* What the environment says. */
struct wish {
    const char *user, *password_file, *server;
    uint32_t service, level;
};

static RPC_STATUS complain(const char *what, const char *why)
{
    log_line(LOG_LEVEL_ERROR, "%s: %s", what, why);
    return RPC_S_INVALID_AUTH_IDENTITY;
}

static const char *setting(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

static bool read_service(uint32_t *ret)
{
    const char *value = setting("HOLDFAST_AUTH");
    const struct service *s = services;

    if (!value)
        return true;
    while (s->name && strcmp(s->name, value) != 0)
        s++;
    if (s->name)
        *ret = s->value;
    return s->name != NULL;
}

/* "none" is the service's to say. */
static bool read_level(uint32_t *ret)
{
    const char *value = setting("HOLDFAST_AUTH_LEVEL");

    return !value || (remote_level_of(value, ret) && *ret > RPC_C_AUTHN_LEVEL_NONE);
}

static RPC_STATUS read_wish(struct wish *w)
{
    *w = (struct wish){.user = setting("HOLDFAST_USER"),
                       .password_file = setting("HOLDFAST_PASSWORD_FILE"),
                       .server = setting("HOLDFAST_SERVER_PRINCIPAL"),
                       .service = RPC_C_AUTHN_NONE,
                       .level = RPC_C_AUTHN_LEVEL_PKT_PRIVACY};
    if (w->server)
        w->service = RPC_C_AUTHN_GSS_KERBEROS;
    else if (w->user)
        w->service = RPC_C_AUTHN_WINNT;
    if (!read_service(&w->service))
        return complain("HOLDFAST_AUTH", "write none, ntlm, kerberos or negotiate");
    if (!read_level(&w->level))
        return complain("HOLDFAST_AUTH_LEVEL", "write connect, packet, integrity or privacy");
    if (w->service == RPC_C_AUTHN_NONE)
        return RPC_S_OK;
    if (w->user && !w->password_file)
        return complain("HOLDFAST_USER",
                        "name the file with the password in HOLDFAST_PASSWORD_FILE");
    if (!w->user && w->service == RPC_C_AUTHN_WINNT)
        return complain("HOLDFAST_AUTH", "NTLM needs a user: name it in HOLDFAST_USER");
    if (!w->server && w->service == RPC_C_AUTHN_GSS_KERBEROS)
        return complain("HOLDFAST_AUTH",
                        "Kerberos needs to know whom to ask a ticket for: name the "
                        "server's principal in HOLDFAST_SERVER_PRINCIPAL");
    return RPC_S_OK;
}

/* The first line of a file that nobody else may read. */
static RPC_STATUS read_password(const char *path, char password[PASSWORD])
{
    int fd = -1;
    enum files_secret found = files_open_secret(path, 077, &fd);
    ssize_t n = 0;

    if (found == FILES_SECRET_UNREADABLE)
        return complain(path, strerror(errno));
    if (found != FILES_SECRET_GOOD)
        return complain(path, "it holds a password: it must belong to this user, and be closed to "
                              "all others; chmod 600 it");
    n = read(fd, password, PASSWORD - 1);
    (void)close(fd);
    password[n > 0 ? n : 0] = '\0';
    password[strcspn(password, "\r\n")] = '\0';
    return password[0] != '\0' ? RPC_S_OK : complain(path, "its first line should be the password");
}

/* DOMAIN\NAME, and NAME@REALM where Kerberos is asked; on the heap, *ret_name lies in it. */
static char *split_user(const struct wish *w, char **ret_name, char **ret_domain)
{
    char *copy = mem_strdup(w->user);
    char *mark = copy ? strchr(copy, '\\') : NULL;

    *ret_name = copy;
    *ret_domain = NULL;
    if (mark) {
        *mark = '\0';
        *ret_domain = copy;
        *ret_name = mark + 1;
    } else if (copy && w->service != RPC_C_AUTHN_WINNT && (mark = strrchr(copy, '@')) != NULL) {
        *mark = '\0';
        *ret_domain = mark + 1;
    }
    return copy;
}

static RPC_STATUS apply(RPC_BINDING_HANDLE binding, const struct wish *w,
                        SEC_WINNT_AUTH_IDENTITY_A *identity)
{
    RPC_SECURITY_QOS qos = {.Version = 1,
                            .Capabilities = w->server ? RPC_C_QOS_CAPABILITIES_MUTUAL_AUTH : 0,
                            .IdentityTracking = RPC_C_QOS_IDENTITY_STATIC,
                            .ImpersonationType = RPC_C_IMP_LEVEL_IDENTIFY};

    return RpcBindingSetAuthInfoExA(binding, (RPC_CSTR)(uintptr_t)w->server, w->level, w->service,
                                    identity, RPC_C_AUTHZ_NONE, &qos);
}

static RPC_STATUS by_password(RPC_BINDING_HANDLE binding, const struct wish *w)
{
    char password[PASSWORD] = "", *name = NULL, *domain = NULL;
    char *copy = split_user(w, &name, &domain);
    RPC_STATUS status = copy ? read_password(w->password_file, password) : RPC_S_OUT_OF_MEMORY;

    if (status == RPC_S_OK) {
        SEC_WINNT_AUTH_IDENTITY_A identity = {.User = (unsigned char *)name,
                                              .UserLength = (uint32_t)strlen(name),
                                              .Domain = (unsigned char *)domain,
                                              .DomainLength = domain ? (uint32_t)strlen(domain) : 0,
                                              .Password = (unsigned char *)password,
                                              .PasswordLength = (uint32_t)strlen(password),
                                              .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI};

        status = apply(binding, w, &identity);
    }
    explicit_bzero(password, sizeof password);
    mem_free(copy);
    return status;
}

RPC_STATUS remote_credentials(RPC_BINDING_HANDLE binding, const char *address)
{
    struct wish w;
    RPC_STATUS status = RPC_S_OK;

    if (strstr(address, "ncalrpc:"))
        return RPC_S_OK;
    status = read_wish(&w);
    if (status != RPC_S_OK || w.service == RPC_C_AUTHN_NONE)
        return status;
    status = w.user ? by_password(binding, &w) : apply(binding, &w, NULL);
    if (status == RPC_S_UNKNOWN_AUTHN_SERVICE)
        (void)complain("HOLDFAST_AUTH", "Kerberos needs MIT's library (Debian: libgssapi-krb5-2)");
    else if (status != RPC_S_OK && status != RPC_S_INVALID_AUTH_IDENTITY)
        (void)remote_is_refusal(status, address);
    return status;
}

bool remote_is_refusal(RPC_STATUS status, const char *address)
{
    const char *why = NULL;

    switch (status) {
    case RPC_S_ACCESS_DENIED:
        why = setting("HOLDFAST_USER") || setting("HOLDFAST_SERVER_PRINCIPAL") ||
                      setting("HOLDFAST_AUTH")
                  ? "the server refuses this user, or the password, the ticket, or the level "
                    "(HOLDFAST_AUTH_LEVEL) by which it comes"
                  : "the server wants to know who calls: name a user in HOLDFAST_USER, or the "
                    "server in HOLDFAST_SERVER_PRINCIPAL for Kerberos";
        break;
    case RPC_S_SEC_PKG_ERROR:
    case RPC_S_UNKNOWN_AUTHN_TYPE:
    case RPC_S_UNKNOWN_AUTHN_SERVICE:
        why = "the server has not this way of showing who calls: see HOLDFAST_AUTH";
        break;
    case RPC_S_INVALID_AUTH_IDENTITY: why = "the user or the password is not known"; break;
    case RPC_S_UNKNOWN_PRINCIPAL: why = "nobody knows HOLDFAST_SERVER_PRINCIPAL"; break;
    default: return false;
    }
    log_line(LOG_LEVEL_ERROR, "%s address=%s status=%d", why, address, (int)status);
    return true;
}

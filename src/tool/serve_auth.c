/* SPDX-License-Identifier: Apache-2.0
 *
 * serve_auth.c - by what callers of `holdfast serve` can show who they are
 *
 * NTLM by a file of accounts, Kerberos by a key table; with either, negotiation (SPNEGO), too. The
 * files are read at each authentication, so what is wrong with them would show late: they are looked
 * through here.
 */
#include "tool/serve_auth.h"

#include "base/files.h"

#include <rpc.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define HASH_DIGITS 32

bool serve_auth_any(const struct serve_settings *settings)
{
    return settings->ntlm_accounts[0] || settings->keytab[0];
}

int serve_auth_open(const char *path, unsigned closed_to, bool *ret_missing, char *ret_reason,
                    size_t reason_size)
{
    const char *wrong = NULL;
    int fd = -1;

    *ret_missing = false;
    switch (files_open_secret(path, closed_to, &fd)) {
    case FILES_SECRET_GOOD: return fd;
    case FILES_SECRET_UNREADABLE:
        *ret_missing = errno == ENOENT;
        wrong = strerror(errno);
        break;
    case FILES_SECRET_NO_FILE: wrong = "this is not a file"; break;
    case FILES_SECRET_FOREIGN:
        wrong = "it holds secrets and belongs to another user; chown it to this one";
        break;
    case FILES_SECRET_OPEN:
        wrong = closed_to == 077 ? "it holds secrets and others may read or write it; chmod 600 it"
                                 : "it holds secrets and others may read or write it; chmod 640 it";
        break;
    }
    (void)snprintf(ret_reason, reason_size, "%s: %s", path, wrong);
    return -1;
}

/* ---- NTLM ---- */

static bool is_account(const char *line)
{
    size_t name = strcspn(line, ":");
    const char *hash = line + name + 1;

    return name > 0 && line[name] == ':' && strspn(hash, "0123456789abcdefABCDEF") == HASH_DIGITS &&
           hash[HASH_DIGITS] == '\0';
}

static bool check_accounts(const char *path, char *ret_reason, size_t reason_size)
{
    char line[1024];
    bool missing = false, good = true;
    int fd = serve_auth_open(path, 077, &missing, ret_reason, reason_size);
    FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;

    if (missing)
        (void)snprintf(
            ret_reason, reason_size,
            "%s: there is no such file; `holdfast serve account NAME --file %s` makes it", path,
            path);
    if (!f)
        return false;
    for (unsigned number = 1; good && fgets(line, sizeof line, f); number++) {
        line[strcspn(line, "\r\n")] = '\0';
        good = line[0] == '\0' || line[0] == '#' || is_account(line);
        if (!good) /* no word of the line, which may hold a secret */
            (void)snprintf(ret_reason, reason_size,
                           "%s:%u: this is no account; `holdfast serve account` writes them", path,
                           number);
    }
    explicit_bzero(line, sizeof line);
    (void)fclose(f);
    return good;
}

/* ---- Kerberos ---- */

static bool check_keytab(const char *path, char *ret_reason, size_t reason_size)
{
    unsigned char first = 0;
    bool missing = false, good = false;
    int fd = serve_auth_open(path, 027, &missing, ret_reason, reason_size);

    if (fd < 0)
        return false;
    good = read(fd, &first, 1) == 1 && first == 5; /* the version of the format */
    (void)close(fd);
    if (!good)
        (void)snprintf(ret_reason, reason_size,
                       "%s: this is no Kerberos key table; kadmin's ktadd writes them", path);
    return good;
}

/* ---- both ---- */

static bool enable(uint32_t service, const char *principal, const char *file, const char *what,
                   char *ret_reason, size_t reason_size)
{
    char text[DCE_C_ERROR_STRING_LEN] = "";
    RPC_STATUS s = RpcServerRegisterAuthInfoA((RPC_CSTR)(uintptr_t)principal, service, NULL,
                                              (void *)(uintptr_t)file);

    if (s == RPC_S_OK)
        return true;
    (void)DceErrorInqTextA(s, (RPC_CSTR)text);
    (void)snprintf(ret_reason, reason_size, "%s cannot be used: %s%s", what, text,
                   service == RPC_C_AUTHN_GSS_KERBEROS && s == RPC_S_UNKNOWN_AUTHN_SERVICE
                       ? "; it needs MIT Kerberos' library (Debian: libgssapi-krb5-2)"
                       : "");
    return false;
}

bool serve_auth_start(const struct serve_settings *settings, char *ret_reason, size_t reason_size)
{
    const char *accounts = settings->ntlm_accounts, *keytab = settings->keytab;
    const char *principal = settings->principal[0] ? settings->principal : NULL;

    if (principal && !*keytab) {
        (void)snprintf(ret_reason, reason_size,
                       "principal names the server's own Kerberos name: name its keytab, too");
        return false;
    }
    if (*accounts && (!check_accounts(accounts, ret_reason, reason_size) ||
                      !enable(RPC_C_AUTHN_WINNT, NULL, accounts, "NTLM", ret_reason, reason_size)))
        return false;
    if (*keytab &&
        (!check_keytab(keytab, ret_reason, reason_size) ||
         !enable(RPC_C_AUTHN_GSS_KERBEROS, principal, keytab, "Kerberos", ret_reason, reason_size)))
        return false;
    return !serve_auth_any(settings) || enable(RPC_C_AUTHN_GSS_NEGOTIATE, principal, NULL,
                                               "negotiation", ret_reason, reason_size);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * providers.c - which provider serves an address
 *
 * An address is a folder unless it begins with a scheme: two or more of [a-z0-9_+-] and a colon.
 */
#include "ese/api/providers.h"

#include "base/log.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

static const struct {
    const char *scheme, *library;
} libraries[] = {
    {"ncacn_ip_tcp", "libholdfast-ese-remote.so"},
    {"ncalrpc", "libholdfast-ese-remote.so"},
    {"postgresql", "libholdfast-ese-postgresql.so"},
};

static _Atomic(const struct ese_provider *) of_folders; /* NULL: the embedded engine */

void jet_provider_use(const struct ese_provider *provider)
{
    atomic_store(&of_folders, provider);
}

static size_t scheme_length(const char *address)
{
    size_t n = strspn(address, "abcdefghijklmnopqrstuvwxyz0123456789_+-");

    return n >= 2 && address[n] == ':' ? n : 0;
}

bool jet_address_is_folder(const char *address)
{
    return scheme_length(address) == 0;
}

static JET_ERR find_embedded(const struct ese_provider **ret_provider)
{
    const struct ese_provider *p = atomic_load(&of_folders);

    if (!p)
        p = &ese_embedded;
    if (!p) {
        log_line(LOG_LEVEL_ERROR, "this build has no embedded engine: use a server's address");
        return JET_errFeatureNotAvailable;
    }
    *ret_provider = p;
    return JET_errSuccess;
}

static JET_ERR load(const char *library, const struct ese_provider **ret_provider)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    const struct ese_provider *(*get)(unsigned version) = NULL;
    void *symbol = NULL;

    if (!handle) {
        log_line(LOG_LEVEL_ERROR, "cannot load the provider of this address library=%s reason=%s",
                 library, dlerror());
        return JET_errFeatureNotAvailable;
    }
    symbol = dlsym(handle, "ese_provider_get");
    if (symbol) {
        memcpy(&get, &symbol, sizeof get);
        *ret_provider = get(ESE_PROVIDER_VERSION);
    }
    dlclose(handle); /* RTLD_NODELETE: it stays */
    if (symbol && *ret_provider)
        return JET_errSuccess;
    log_line(LOG_LEVEL_ERROR, "the provider's library is of another version library=%s wanted=%d",
             library, ESE_PROVIDER_VERSION);
    return JET_errFeatureNotAvailable;
}

JET_ERR jet_provider_find(const char *address, const struct ese_provider **ret_provider)
{
    size_t n = scheme_length(address);

    if (n == 0)
        return find_embedded(ret_provider);
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++)
        if (strlen(libraries[i].scheme) == n && !strncmp(address, libraries[i].scheme, n))
            return load(libraries[i].library, ret_provider);
    log_line(LOG_LEVEL_ERROR, "no provider knows this kind of address scheme=%.*s", (int)n,
             address);
    return JET_errInvalidPath;
}

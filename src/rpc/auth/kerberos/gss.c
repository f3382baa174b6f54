/* SPDX-License-Identifier: Apache-2.0
 *
 * gss.c - the functions of the GSSAPI library, found when they are first needed
 */
#include "rpc/auth/kerberos/gss.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"

#define LIBRARY "libgssapi_krb5.so.2"

struct gss gss;
static bool loaded;

static void load(void)
{
    static const struct {
        const char *name;
        size_t offset;
    } wanted[] = {
#define GSS_ROW(name) {#name, offsetof(struct gss, name)},
        GSS_FUNCTIONS(GSS_ROW)
#undef GSS_ROW
    };
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

    if (library == NULL) {
        log_line(LOG_LEVEL_INFO, "there is no Kerberos here library=%s", LIBRARY);
        return;
    }
    loaded = true;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        void *symbol = dlsym(library, wanted[i].name);

        loaded = loaded && symbol != NULL;
        memcpy((char *)&gss + wanted[i].offset, &symbol, sizeof symbol);
    }
    (void)dlclose(library); /* RTLD_NODELETE: it stays */
}

bool gss_load(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, load);
    return loaded;
}

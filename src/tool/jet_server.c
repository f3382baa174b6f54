/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_server.c - what the commands ask of a server beside the JET API
 */
#include "tool/jet.h"

#include "remote/ask/ask.h"

struct names {
    char **names;
    size_t count;
    bool failed;
};

static void add(void *ctx, const char *name)
{
    struct names *n = ctx;

    n->failed = n->failed || !tool_names_add(&n->names, &n->count, name);
}

bool tool_server_names(const char *address, char ***ret_names, size_t *ret_count,
                       struct tool_failure *f)
{
    struct names n = {0};
    struct ask_failure why = {0};

    if (!ask_databases(address, add, &n, &why) || n.failed) {
        tool_names_free(n.names, n.count);
        if (n.failed)
            return tool_fail(f, "out of memory listing the databases of %s", address);
        return tool_jet_fail(f, ask_error(&why), "listing the databases of %s", address);
    }
    *ret_names = n.names;
    *ret_count = n.count;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * hosts.c - what the front lends to a provider, and which provider an instance gets
 */
#include "ese/api/hosts.h"

#include "ese/api/providers.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>

static struct jet_instance *of_host(const struct ese_host *host)
{
    return (struct jet_instance *)(void *)((char *)(uintptr_t)host -
                                           offsetof(struct jet_instance, host));
}

static uint64_t host_number(const struct ese_host *host, unsigned long id)
{
    const struct jet_param_def *def = jet_param_find(id);

    if (def && def->flags & PARAM_GLOBAL)
        return jet_params_number(&jet_process.defaults, id);
    return jet_param_value(&of_host(host)->params, id);
}

static const char *host_text(const struct ese_host *host, unsigned long id)
{
    const struct jet_param_def *def = jet_param_find(id);

    if (def && def->flags & PARAM_GLOBAL)
        return jet_params_text(&jet_process.defaults, id);
    return jet_params_text(&of_host(host)->params, id);
}

static bool host_stopping(const struct ese_host *host)
{
    return atomic_load(&of_host(host)->marks) & MARK_STOPPED;
}

static void host_unavailable(struct ese_host *host, JET_ERR err)
{
    struct jet_instance *instance = of_host(host);
    unsigned mark = MARK_UNAVAILABLE;

    if (err == JET_errInstanceUnavailableDueToFatalLogDiskFull)
        mark |= MARK_LOG_FULL;
    atomic_fetch_or(&instance->marks, mark);
    log_line(LOG_LEVEL_ERROR, "instance is unavailable name=%s error=%d", instance->name, err);
}

static void host_log(int level, const char *line)
{
    log_line((enum log_level)level, "%s", line);
}

/* HOLDFAST_ADDRESS takes the place of what a program has set. */
JET_ERR jet_host_prepare(struct jet_instance *instance)
{
    const char *address = getenv("HOLDFAST_ADDRESS");
    JET_ERR err = JET_errSuccess;

    if (!address || !*address)
        address = jet_params_text(&instance->params, JET_paramSystemPath);
    err = jet_provider_find(address, &instance->provider);
    if (err)
        return err;
    mem_free(instance->address);
    instance->address = mem_strdup(address);
    if (!instance->address)
        return JET_errOutOfMemory;
    instance->host = (struct ese_host){.name = instance->name,
                                       .address = instance->address,
                                       .number = host_number,
                                       .text = host_text,
                                       .stopping = host_stopping,
                                       .unavailable = host_unavailable,
                                       .log = host_log};
    return JET_errSuccess;
}

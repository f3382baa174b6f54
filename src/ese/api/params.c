/* SPDX-License-Identifier: Apache-2.0
 *
 * params.c - the values of system parameters
 */
#include "ese/api/params.h"

#include "base/mem.h"

#include <string.h>

const struct jet_param_def *jet_param_find(unsigned long id)
{
    if (id >= JET_PARAM_COUNT || jet_param_defs[id].kind == PARAM_NONE)
        return NULL;
    return &jet_param_defs[id];
}

void jet_params_init(struct jet_params *params)
{
    for (unsigned i = 0; i < JET_PARAM_COUNT; i++) {
        atomic_store(&params->numbers[i], jet_param_defs[i].number);
        params->texts[i] = NULL;
    }
}

JET_ERR jet_params_copy(struct jet_params *to, const struct jet_params *from)
{
    jet_params_init(to);
    for (unsigned i = 0; i < JET_PARAM_COUNT; i++) {
        atomic_store(&to->numbers[i], atomic_load(&from->numbers[i]));
        if (!from->texts[i])
            continue;
        to->texts[i] = mem_strdup(from->texts[i]);
        if (!to->texts[i]) {
            jet_params_fini(to);
            return JET_errOutOfMemory;
        }
    }
    return JET_errSuccess;
}

void jet_params_fini(struct jet_params *params)
{
    for (unsigned i = 0; i < JET_PARAM_COUNT; i++) {
        mem_free(params->texts[i]);
        params->texts[i] = NULL;
    }
}

static JET_ERR set_text(struct jet_params *params, unsigned long id,
                        const struct jet_param_def *def, const char *text)
{
    char *copy = NULL;
    size_t size = text ? strlen(text) : 0;

    if (size < def->min || size > def->max)
        return JET_errInvalidParameter;
    copy = mem_strdup(text ? text : "");
    if (!copy)
        return JET_errOutOfMemory;
    mem_free(params->texts[id]);
    params->texts[id] = copy;
    return JET_errSuccess;
}

static bool is_page_size(uint64_t n)
{
    return n == 4096 || n == 8192 || n == 16384 || n == 32768;
}

JET_ERR jet_params_set(struct jet_params *params, unsigned long id, JET_API_PTR number,
                       const char *text)
{
    const struct jet_param_def *def = jet_param_find(id);

    if (!def || def->flags & PARAM_READ_ONLY)
        return JET_errInvalidParameter;
    if (def->kind == PARAM_TEXT)
        return set_text(params, id, def, text);
    if (number < def->min || number > def->max ||
        (id == JET_paramDatabasePageSize && !is_page_size(number)))
        return JET_errInvalidParameter;
    atomic_store(&params->numbers[id], number);
    return JET_errSuccess;
}

uint64_t jet_params_number(const struct jet_params *params, unsigned long id)
{
    return id < JET_PARAM_COUNT ? atomic_load(&params->numbers[id]) : 0;
}

const char *jet_params_text(const struct jet_params *params, unsigned long id)
{
    if (id >= JET_PARAM_COUNT || jet_param_defs[id].kind != PARAM_TEXT)
        return "";
    return params->texts[id] ? params->texts[id] : jet_param_defs[id].text;
}

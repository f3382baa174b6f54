/* SPDX-License-Identifier: Apache-2.0
 *
 * sysparam.c - JetSetSystemParameter, JetGetSystemParameter, JetEnableMultiInstance
 *
 * Parameters of an instance start as the process's defaults; global ones have one value for all.
 */
#include "ese/api/errors.h"
#include "ese/api/gate.h"
#include "ese/api/text.h"

#include <stdio.h>
#include <string.h>

#define ERROR_TEXT_MAX 256

/* JET_UNICODEINDEX is kept as a number, since the program's structure may go; 0 is the default. */
static uint64_t pack_collation(JET_API_PTR structure)
{
    const JET_UNICODEINDEX *u = (const JET_UNICODEINDEX *)structure;

    return u ? (uint64_t)(uint32_t)u->lcid << 32 | (uint32_t)u->dwMapFlags : 0;
}

/* Where a parameter is set: an instance (the process lock is held), or the defaults. */
static JET_ERR find_target(const JET_INSTANCE *handle, struct jet_instance **ret_instance)
{
    *ret_instance = NULL;
    if (!handle || *handle == 0 || *handle == JET_instanceNil)
        return jet_process.mode == MODE_ONE ? jet_instance_find(JET_instanceNil, ret_instance)
                                            : JET_errSuccess;
    return jet_instance_find(*handle, ret_instance);
}

static bool anything_runs(void)
{
    LIST_FOR_EACH (it, &jet_process.instances) {
        if (atomic_load(&LIST_ENTRY(it, struct jet_instance, link)->life) != LIFE_CREATED)
            return true;
    }
    return false;
}

/* 10, row JetSetSystemParameter. */
static JET_ERR judge(const struct jet_instance *instance, const struct jet_param_def *def)
{
    if (def->flags & PARAM_GLOBAL)
        return def->flags & PARAM_FIXED && anything_runs() ? JET_errAlreadyInitialized
                                                           : JET_errSuccess;
    if (!instance)
        return JET_errSuccess;
    switch (atomic_load(&instance->life)) {
    case LIFE_CREATED: return JET_errSuccess;
    case LIFE_INITIALISING: return JET_errInitInProgress;
    case LIFE_RESTORING: return JET_errRestoreInProgress;
    default: break;
    }
    if (atomic_load(&instance->marks) & MARK_TERMINATING)
        return JET_errTermInProgress;
    return def->flags & PARAM_FIXED ? JET_errAlreadyInitialized : JET_errSuccess;
}

static JET_ERR set_one(const JET_INSTANCE *handle, unsigned long id, JET_API_PTR number,
                       const char *text)
{
    const struct jet_param_def *def = jet_param_find(id);
    struct jet_instance *instance = NULL;
    JET_ERR err = JET_errSuccess;

    if (!def)
        return JET_errInvalidParameter;
    err = find_target(handle, &instance);
    if (!err)
        err = judge(instance, def);
    if (err)
        return err;
    if (id == JET_paramUnicodeIndexDefault)
        number = pack_collation(number);
    if (def->flags & PARAM_GLOBAL || !instance)
        return jet_params_set(&jet_process.defaults, id, number, text);
    err = jet_params_set(&instance->params, id, number, text);
    if (!err && atomic_load(&instance->life) == LIFE_RUNNING && instance->provider->param_changed)
        instance->provider->param_changed(instance->engine, id);
    return err;
}

/* JET_paramCommitDefault of a session. */
static JET_ERR set_of_session(JET_SESID sesid, JET_API_PTR number)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_SYSTEM_PARAMETER, sesid);

    if (err)
        return err;
    call.session->commit_default = (JET_GRBIT)number;
    return jet_leave(&call, JET_errSuccess);
}

static JET_ERR set_parameter(JET_INSTANCE *handle, JET_SESID sesid, unsigned long id,
                             JET_API_PTR number, struct jet_string text)
{
    struct arena arena;
    char lent[512];
    const char *text8 = NULL;
    JET_ERR err = JET_errSuccess;

    if (id == JET_paramCommitDefault && sesid != JET_sesidNil && sesid != 0)
        return set_of_session(sesid, number);
    arena_init(&arena, lent, sizeof lent);
    err = jet_utf8(&arena, text, &text8);
    if (!err) {
        jet_lock();
        err = set_one(handle, id, number, text8);
        jet_unlock();
    }
    arena_fini(&arena);
    return err;
}

JET_ERR JET_API JetSetSystemParameterA(JET_INSTANCE *instance, JET_SESID sesid, unsigned long id,
                                       JET_API_PTR number, JET_PCSTR text)
{
    return set_parameter(instance, sesid, id, number, jet_narrow(text));
}

JET_ERR JET_API JetSetSystemParameterW(JET_INSTANCE *instance, JET_SESID sesid, unsigned long id,
                                       JET_API_PTR number, JET_PCWSTR text)
{
    return set_parameter(instance, sesid, id, number, jet_wide(text));
}

/* ---- reading ---- */

/* ese-api 5: what the page size settles. */
static const struct {
    uint64_t page_size, key_most, lv_chunk, record;
} by_page_size[] = {
    {4096, 1000, 4014, 3789},
    {8192, 2000, 8110, 7885},
    {16384, 2000, 4050, 16037},
    {32768, 2000, 8150, 32421},
};

uint64_t jet_param_value(const struct jet_params *params, unsigned long id)
{
    uint64_t page = jet_params_number(&jet_process.defaults, JET_paramDatabasePageSize);
    size_t row = 0;

    while (row + 1 < sizeof by_page_size / sizeof by_page_size[0] &&
           by_page_size[row].page_size != page)
        row++;
    switch (id) {
    case JET_paramKeyMost: return by_page_size[row].key_most;
    case JET_paramLVChunkSizeMost: return by_page_size[row].lv_chunk;
    case JET_paramRecordSizeMost: return by_page_size[row].record;
    default: return jet_params_number(params, id);
    }
}

static JET_ERR error_text(const JET_API_PTR *number, bool wide, void *text, unsigned long max)
{
    const struct jet_error *e = NULL;
    char line[ERROR_TEXT_MAX];

    if (!number || !text || max == 0)
        return JET_errInvalidParameter;
    e = jet_error_find((JET_ERR)*number);
    if (e)
        (void)snprintf(line, sizeof line, "%s, %s", e->name, e->text);
    else
        (void)snprintf(line, sizeof line, "%d, not a result of the JET API", (JET_ERR)*number);
    return jet_text_out(line, wide, text, max, NULL);
}

static JET_ERR get_collation(uint64_t packed, void *out, unsigned long max)
{
    JET_UNICODEINDEX u = {.lcid = (unsigned long)(packed >> 32),
                          .dwMapFlags = (unsigned long)(packed & 0xffffffff)};

    if (!out)
        return JET_errInvalidParameter;
    if (max < sizeof u)
        return JET_errInvalidBufferSize;
    memcpy(out, &u, sizeof u);
    return JET_errSuccess;
}

static JET_ERR get_value(const struct jet_params *params, unsigned long id, JET_API_PTR *number,
                         bool wide, void *text, unsigned long max)
{
    if (id == JET_paramUnicodeIndexDefault)
        return get_collation(jet_params_number(params, id), text, max);
    if (jet_param_defs[id].kind == PARAM_TEXT) {
        if (!text)
            return JET_errInvalidParameter;
        if (max == 0)
            return JET_errInvalidBufferSize;
        return jet_text_out(jet_params_text(params, id), wide, text, max, NULL);
    }
    if (!number)
        return JET_errInvalidParameter;
    *number = (JET_API_PTR)jet_param_value(params, id);
    return JET_errSuccess;
}

static JET_ERR get_of_session(JET_SESID sesid, JET_API_PTR *number)
{
    struct jet_call call;
    JET_ERR err = JET_errSuccess;

    if (!number)
        return JET_errInvalidParameter;
    err = jet_enter(&call, CALL_SYSTEM_PARAMETER, sesid);
    if (err)
        return err;
    *number = call.session->commit_default;
    return jet_leave(&call, JET_errSuccess);
}

static JET_ERR get_parameter(JET_INSTANCE handle, JET_SESID sesid, unsigned long id,
                             JET_API_PTR *number, bool wide, void *text, unsigned long max)
{
    const struct jet_param_def *def = jet_param_find(id);
    struct jet_instance *instance = NULL;
    JET_ERR err = JET_errSuccess;

    if (!def)
        return JET_errInvalidParameter;
    if (id == JET_paramErrorToString)
        return error_text(number, wide, text, max);
    if (id == JET_paramCommitDefault && sesid != JET_sesidNil && sesid != 0)
        return get_of_session(sesid, number);
    jet_lock();
    err = find_target(&handle, &instance);
    if (!err)
        err = get_value(instance && !(def->flags & PARAM_GLOBAL) ? &instance->params
                                                                 : &jet_process.defaults,
                        id, number, wide, text, max);
    jet_unlock();
    return err;
}

JET_ERR JET_API JetGetSystemParameterA(JET_INSTANCE instance, JET_SESID sesid, unsigned long id,
                                       JET_API_PTR *number, JET_PSTR text, unsigned long max)
{
    return get_parameter(instance, sesid, id, number, false, text, max);
}

JET_ERR JET_API JetGetSystemParameterW(JET_INSTANCE instance, JET_SESID sesid, unsigned long id,
                                       JET_API_PTR *number, JET_PWSTR text, unsigned long max)
{
    return get_parameter(instance, sesid, id, number, true, text, max);
}

/* ---- several at once ---- */

/* JET_SETSYSPARAM_A and _W differ in the units of `sz` alone. */
static JET_ERR enable(JET_SETSYSPARAM_A *params, unsigned long count, unsigned long *ret_set,
                      bool wide)
{
    unsigned long set = 0;
    JET_ERR err = JET_errSuccess;

    if (count > 0 && !params)
        return JET_errInvalidParameter;
    jet_lock();
    if (jet_process.mode != MODE_NONE)
        err = jet_process.mode == MODE_ONE ? JET_errRunningInOneInstanceMode
                                           : JET_errSystemParamsAlreadySet;
    while (!err && set < count) {
        struct arena arena;
        char lent[512];
        const char *text = NULL;

        arena_init(&arena, lent, sizeof lent);
        err = jet_utf8(&arena, (struct jet_string){params[set].sz, wide}, &text);
        if (!err)
            err = set_one(NULL, params[set].paramid, params[set].lParam, text);
        params[set].err = err;
        arena_fini(&arena);
        if (!err)
            set++;
    }
    if (!err)
        jet_process.mode = MODE_MULTI;
    jet_unlock();
    if (ret_set)
        *ret_set = set;
    return err;
}

JET_ERR JET_API JetEnableMultiInstanceA(JET_SETSYSPARAM_A *params, unsigned long count,
                                        unsigned long *ret_set)
{
    return enable(params, count, ret_set, false);
}

JET_ERR JET_API JetEnableMultiInstanceW(JET_SETSYSPARAM_W *params, unsigned long count,
                                        unsigned long *ret_set)
{
    return enable((JET_SETSYSPARAM_A *)(void *)params, count, ret_set, true);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * instanceinfo.c - JetGetInstanceInfo: the running instances, in one block
 *
 * Names only: which databases an instance has is its provider's knowledge.
 */
#include "ese/api/state.h"

#include "base/mem.h"
#include "base/utf16.h"

#include <string.h>

static struct jet_instance *instance_at(struct list *link)
{
    return LIST_ENTRY(link, struct jet_instance, link);
}

static bool runs(struct list *link)
{
    return atomic_load(&instance_at(link)->life) == LIFE_RUNNING;
}

/* The block: the array, then the names. A and W differ in the units of names alone. */
static char *make_block(bool wide, unsigned long *ret_count)
{
    unsigned long count = 0;
    size_t size = 0;
    JET_INSTANCE_INFO_A *array = NULL;
    char *block = NULL, *at = NULL;

    LIST_FOR_EACH (it, &jet_process.instances) {
        if (!runs(it))
            continue;
        count++;
        size += sizeof *array + (strlen(instance_at(it)->name) + 1) * 2;
    }
    block = mem_alloc(size + 1);
    if (!block)
        return NULL;
    array = (JET_INSTANCE_INFO_A *)(void *)block;
    at = block + count * sizeof *array;
    LIST_FOR_EACH (it, &jet_process.instances) {
        uint16_t *units = NULL;

        if (!runs(it))
            continue;
        array->hInstanceId = jet_slot_handle(&jet_instances, &instance_at(it)->slot);
        array->szInstanceName = at;
        array++;
        if (!wide) {
            size_t n = strlen(instance_at(it)->name) + 1;

            memcpy(at, instance_at(it)->name, n);
            at += n + (n & 1);
            continue;
        }
        units = utf16_from_utf8(instance_at(it)->name);
        if (!units) {
            mem_free(block);
            return NULL;
        }
        memcpy(at, units, (utf16_length(units) + 1) * 2);
        at += (utf16_length(units) + 1) * 2;
        mem_free(units);
    }
    *ret_count = count;
    return block;
}

static JET_ERR instance_info(unsigned long *ret_count, void *ret_block, bool wide)
{
    char *block = NULL;

    if (!ret_count || !ret_block)
        return JET_errInvalidParameter;
    jet_lock();
    block = make_block(wide, ret_count);
    jet_unlock();
    if (!block)
        return JET_errOutOfMemory;
    memcpy(ret_block, &block, sizeof block);
    return JET_errSuccess;
}

JET_ERR JET_API JetGetInstanceInfoA(unsigned long *count, JET_INSTANCE_INFO_A **instances)
{
    return instance_info(count, instances, false);
}

JET_ERR JET_API JetGetInstanceInfoW(unsigned long *count, JET_INSTANCE_INFO_W **instances)
{
    return instance_info(count, instances, true);
}

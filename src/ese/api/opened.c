/* SPDX-License-Identifier: Apache-2.0
 *
 * opened.c - the tables of an instance that are open, whichever sessions have them
 *
 * A table is open while any cursor on it is. It counts for JET_paramMaxOpenTables then, and holds
 * what JetSetLS stores with it. Its name stands for it: no open table is renamed or deleted. A
 * temporary table is of nobody else, and so on no list.
 */
#include "ese/api/lifecycle.h"

#include "base/mem.h"

#include <string.h>
#include <strings.h>

typedef JET_ERR jet_runtime_callback(JET_SESID, JET_DBID, JET_TABLEID, JET_CBTYP, void *, void *,
                                     void *, JET_API_PTR);

void jet_opened_init(struct jet_instance *instance)
{
    pthread_mutex_init(&instance->opened.lock, NULL);
    instance->opened.count = 0;
    for (size_t i = 0; i < JET_OPENED_LISTS; i++)
        list_init(&instance->opened.lists[i]);
}

void jet_opened_fini(struct jet_instance *instance)
{
    pthread_mutex_destroy(&instance->opened.lock);
}

/* Names are the same without regard to ASCII case. */
static struct list *list_of(struct jet_instance *instance, JET_DBID dbid, const char *name)
{
    uint32_t hash = (uint32_t)dbid;

    for (; *name != '\0'; name++)
        hash = hash * 31 + ((uint32_t)(unsigned char)*name & ~0x20u);
    return &instance->opened.lists[hash % JET_OPENED_LISTS];
}

static struct jet_opened *find(struct list *list, JET_DBID dbid, const char *name)
{
    LIST_FOR_EACH (it, list) {
        struct jet_opened *t = LIST_ENTRY(it, struct jet_opened, link);

        if (t->dbid == dbid && strcasecmp(t->name, name) == 0)
            return t;
    }
    return NULL;
}

static struct jet_opened *make(JET_DBID dbid, const char *name)
{
    size_t size = strlen(name) + 1;
    struct jet_opened *t = mem_alloc(sizeof *t + size);

    if (!t)
        return NULL;
    t->dbid = dbid;
    t->refs = 1;
    t->storage = JET_LSNil;
    list_init(&t->link);
    memcpy(t->name, name, size);
    return t;
}

JET_ERR jet_opened_take(struct jet_instance *instance, JET_DBID dbid, const char *name,
                        struct jet_opened **ret)
{
    uint64_t most = jet_params_number(&instance->params, JET_paramMaxOpenTables);
    struct list *list = NULL;
    JET_ERR err = JET_errSuccess;

    if (dbid == 0) {
        *ret = make(dbid, "");
        return *ret ? JET_errSuccess : JET_errOutOfMemory;
    }
    list = list_of(instance, dbid, name);
    pthread_mutex_lock(&instance->opened.lock);
    *ret = find(list, dbid, name);
    if (*ret) {
        (*ret)->refs++;
    } else if (instance->opened.count >= most) {
        err = JET_errTooManyOpenTables;
    } else {
        *ret = make(dbid, name);
        err = *ret ? JET_errSuccess : JET_errOutOfMemory;
    }
    if (!err && list_is_empty(&(*ret)->link)) {
        list_append(list, &(*ret)->link);
        instance->opened.count++;
    }
    pthread_mutex_unlock(&instance->opened.lock);
    return err;
}

void jet_opened_hold(struct jet_instance *instance, struct jet_opened *table)
{
    pthread_mutex_lock(&instance->opened.lock);
    table->refs++;
    pthread_mutex_unlock(&instance->opened.lock);
}

void jet_opened_release(struct jet_instance *instance, struct jet_opened *take_table)
{
    struct jet_opened *t = take_table;
    bool last = false;

    pthread_mutex_lock(&instance->opened.lock);
    last = --t->refs == 0;
    if (last && t->dbid != 0) {
        list_remove(&t->link);
        instance->opened.count--;
    }
    pthread_mutex_unlock(&instance->opened.lock);
    if (!last)
        return;
    jet_storage_free(instance, t->storage, JET_cbtypFreeTableLS);
    mem_free(t);
}

/* What a program has stored with a cursor or a table is given back to it. */
void jet_storage_free(const struct jet_instance *instance, JET_LS storage, JET_CBTYP why)
{
    uint64_t callback = jet_params_number(&instance->params, JET_paramRuntimeCallback);

    if (storage == JET_LSNil || !callback)
        return;
    (void)((jet_runtime_callback *)(uintptr_t)callback)(JET_sesidNil, JET_dbidNil, JET_tableidNil,
                                                        why, (void *)storage, NULL, NULL, 0);
}

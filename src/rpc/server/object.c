/* SPDX-License-Identifier: Apache-2.0
 *
 * object.c - types of objects
 *
 * Owns: a list under one lock. Calls without an object UUID never come here.
 */
#include "rpc/server/object.h"

#include <pthread.h>
#include <stddef.h>

#include "base/list.h"
#include "base/mem.h"
#include "rpc/wire/wire.h"

struct object {
    UUID id, type;
    struct list link;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct list objects = {&objects, &objects};
static const UUID nil;

/* Under the lock. */
static struct object *find(const UUID *id)
{
    LIST_FOR_EACH (it, &objects) {
        struct object *o = LIST_ENTRY(it, struct object, link);

        if (wire_uuid_equal(&o->id, id))
            return o;
    }
    return NULL;
}

bool object_type(const UUID *object, UUID *ret_type)
{
    const struct object *o;

    pthread_mutex_lock(&lock);
    o = find(object);
    if (o != NULL)
        *ret_type = o->type;
    pthread_mutex_unlock(&lock);
    return o != NULL;
}

RPC_STATUS RPC_ENTRY RpcObjectSetType(UUID *ObjUuid, UUID *TypeUuid)
{
    bool unset = TypeUuid == NULL || wire_uuid_equal(TypeUuid, &nil);
    RPC_STATUS status = RPC_S_OK;
    struct object *o;

    if (ObjUuid == NULL || wire_uuid_equal(ObjUuid, &nil))
        return RPC_S_INVALID_OBJECT;
    pthread_mutex_lock(&lock);
    o = find(ObjUuid);
    if (o != NULL && unset) {
        list_remove(&o->link);
        mem_free(o);
    } else if (o != NULL) {
        status = RPC_S_ALREADY_REGISTERED;
    } else if (!unset) {
        o = mem_alloc(sizeof *o);
        if (o == NULL) {
            status = RPC_S_OUT_OF_MEMORY;
        } else {
            o->id = *ObjUuid;
            o->type = *TypeUuid;
            list_append(&objects, &o->link);
        }
    }
    pthread_mutex_unlock(&lock);
    return status;
}

RPC_STATUS RPC_ENTRY RpcObjectInqType(UUID *ObjUuid, UUID *TypeUuid)
{
    UUID type = nil;

    if (ObjUuid == NULL || wire_uuid_equal(ObjUuid, &nil))
        return RPC_S_INVALID_OBJECT;
    if (!object_type(ObjUuid, &type))
        return RPC_S_OBJECT_NOT_FOUND;
    if (TypeUuid != NULL)
        *TypeUuid = type;
    return RPC_S_OK;
}

void object_clear(void)
{
    pthread_mutex_lock(&lock);
    while (!list_is_empty(&objects)) {
        struct object *o = LIST_ENTRY(objects.next, struct object, link);

        list_remove(&o->link);
        mem_free(o);
    }
    pthread_mutex_unlock(&lock);
}

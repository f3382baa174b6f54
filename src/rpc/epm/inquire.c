/* SPDX-License-Identifier: Apache-2.0
 *
 * inquire.c - walking over the endpoint map of a host, and clearing it
 *
 * Owns:     struct inquiry, from RpcMgmtEpEltInqBegin to RpcMgmtEpEltInqDone: the mapper's walk and a
 *           page of entries.
 */
#include <string.h>

#include <rpc.h>

#include "base/mem.h"
#include "rpc/core/handle.h"
#include "rpc/core/text.h"
#include "rpc/epm/mapper.h"
#include "rpc/epm/tower.h"

#define PAGE 64u

struct inquiry {
    RPC_BINDING_HANDLE mapper;
    char *host; /* for towers without address */
    uint32_t type, vers_option;
    bool has_interface, has_object;
    ept_if_id interface;
    ept_uuid object;
    ept_walk_h walk;
    bool ended; /* the mapper has no more than the page */
    uint32_t count, next;
    ept_entry page[PAGE];
};

static void page_clear(struct inquiry *q)
{
    for (uint32_t i = 0; i < PAGE; i++)
        mem_free(q->page[i].tower);
    memset(q->page, 0, sizeof q->page);
    q->count = q->next = 0;
}

static void inquiry_free(struct inquiry *q)
{
    if (q->walk != NULL) { /* the mapper's copy goes with the connection */
        RpcTryExcept
        {
            error_status_t status;

            c_ept_lookup_handle_free(q->mapper, &q->walk, &status);
        }
        RpcExcept(RpcExceptionFilter((uint32_t)RpcExceptionCode()))
        {
            (void)RpcSmDestroyClientContext((void **)&q->walk);
        }
        RpcEndExcept
    }
    page_clear(q);
    if (q->mapper != NULL)
        (void)RpcBindingFree(&q->mapper);
    mem_free(q->host);
    mem_free(q);
}

/* The mapper that a program means: its handle, or with the well-known endpoint where it has none. */
static RPC_STATUS open_mapper(struct inquiry *q, RPC_BINDING_HANDLE given)
{
    struct rpc_string_binding parts = {0};
    struct rpc_handle *handle = given;
    enum rpc_transport transport = RPC_TRANSPORT_LOCAL;
    RPC_STATUS status;

    if (given == NULL) {
        q->host = mem_strdup("");
        return q->host == NULL ? RPC_S_OUT_OF_MEMORY
                               : epm_mapper_binding(RPC_TRANSPORT_LOCAL, "", &q->mapper);
    }
    status = rpc_handle_check(given, RPC_HANDLE_CLIENT);
    if (status == RPC_S_OK)
        status = handle->ops->describe(handle, &parts);
    if (status == RPC_S_OK)
        status = rpc_protseq_find(parts.protseq, &transport);
    if (status == RPC_S_OK) {
        q->host = mem_strdup(parts.address != NULL ? parts.address : "");
        if (q->host == NULL)
            status = RPC_S_OUT_OF_MEMORY;
        else if (parts.endpoint != NULL)
            status = RpcBindingCopy(given, &q->mapper);
        else
            status = epm_mapper_binding(transport, q->host, &q->mapper);
    }
    rpc_string_binding_clear(&parts);
    return status;
}

RPC_STATUS RPC_ENTRY RpcMgmtEpEltInqBegin(RPC_BINDING_HANDLE EpBinding, uint32_t InquiryType,
                                          RPC_IF_ID *IfId, uint32_t VersOption, UUID *ObjectUuid,
                                          RPC_EP_INQ_HANDLE *InquiryContext)
{
    bool by_interface =
        InquiryType == RPC_C_EP_MATCH_BY_IF || InquiryType == RPC_C_EP_MATCH_BY_BOTH;
    bool by_object = InquiryType == RPC_C_EP_MATCH_BY_OBJ || InquiryType == RPC_C_EP_MATCH_BY_BOTH;
    struct inquiry *q;
    RPC_STATUS status;

    if (InquiryContext == NULL || InquiryType > RPC_C_EP_MATCH_BY_BOTH ||
        (by_interface && IfId == NULL) || (by_object && ObjectUuid == NULL))
        return RPC_S_INVALID_ARG;
    if (by_interface && (VersOption < RPC_C_VERS_ALL || VersOption > RPC_C_VERS_UPTO))
        return RPC_S_INVALID_VERS_OPTION;
    q = mem_alloc(sizeof *q);
    if (q == NULL)
        return RPC_S_OUT_OF_MEMORY;
    q->type = InquiryType;
    q->vers_option = by_interface ? VersOption : RPC_C_VERS_ALL;
    q->has_interface = by_interface;
    q->has_object = by_object;
    if (by_interface) {
        memcpy(&q->interface.uuid, &IfId->Uuid, sizeof q->interface.uuid);
        q->interface.major = IfId->VersMajor;
        q->interface.minor = IfId->VersMinor;
    }
    if (by_object)
        memcpy(&q->object, ObjectUuid, sizeof q->object);
    status = open_mapper(q, EpBinding);
    if (status == RPC_S_OK)
        *InquiryContext = q;
    else
        inquiry_free(q);
    return status;
}

/* The next page; RPC_X_NO_MORE_ENTRIES behind the last. */
static RPC_STATUS turn(struct inquiry *q)
{
    volatile RPC_STATUS status = RPC_S_OK;
    error_status_t answer = 0;

    if (q->ended)
        return RPC_X_NO_MORE_ENTRIES;
    page_clear(q);
    RpcTryExcept
    {
        c_ept_lookup(q->mapper, q->type, q->has_object ? &q->object : NULL,
                     q->has_interface ? &q->interface : NULL, q->vers_option, &q->walk, PAGE,
                     &q->count, q->page, &answer);
        status = epm_status(answer);
    }
    RpcExcept(RpcExceptionFilter((uint32_t)RpcExceptionCode()))
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    q->ended = status != RPC_S_OK || q->walk == NULL;
    return status == EPT_S_NOT_REGISTERED ? RPC_X_NO_MORE_ENTRIES : status;
}

/* A binding handle for an entry; RPC_S_PROTSEQ_NOT_SUPPORTED for one that is passed over. */
static RPC_STATUS binding_of(const struct inquiry *q, const ept_entry *e,
                             RPC_SYNTAX_IDENTIFIER *ret_id, RPC_BINDING_HANDLE *ret)
{
    struct rpc_string_binding parts = {0};
    struct wire_tower t;
    char *text = NULL;
    RPC_STATUS status;
    UUID object;

    if (e->tower == NULL || !wire_get_tower(e->tower->octets, e->tower->length, &t))
        return RPC_S_PROTSEQ_NOT_SUPPORTED;
    *ret_id = t.interface;
    memcpy(&object, &e->object, sizeof object);
    status = epm_parts_of(&t, &object, q->host, &parts);
    if (status == RPC_S_OK)
        status = rpc_string_binding_compose(&parts, &text);
    if (status == RPC_S_OK && RpcBindingFromStringBindingA((RPC_CSTR)text, ret) != RPC_S_OK)
        status = RPC_S_PROTSEQ_NOT_SUPPORTED;
    mem_free(text);
    rpc_string_binding_clear(&parts);
    return status;
}

RPC_STATUS RPC_ENTRY RpcMgmtEpEltInqNextA(RPC_EP_INQ_HANDLE InquiryContext, RPC_IF_ID *IfId,
                                          RPC_BINDING_HANDLE *Binding, UUID *ObjectUuid,
                                          RPC_CSTR *Annotation)
{
    struct inquiry *q = InquiryContext;
    RPC_BINDING_HANDLE binding = NULL;
    RPC_SYNTAX_IDENTIFIER id = {0};
    RPC_STATUS status = RPC_S_PROTSEQ_NOT_SUPPORTED;
    const ept_entry *e = NULL;
    char *text = NULL;

    if (q == NULL || IfId == NULL)
        return RPC_S_INVALID_ARG;
    while (status == RPC_S_PROTSEQ_NOT_SUPPORTED) {
        status = q->next < q->count ? RPC_S_OK : turn(q);
        if (status != RPC_S_OK)
            return status;
        if (q->count == 0)
            continue;
        e = &q->page[q->next++];
        status = binding_of(q, e, &id, &binding);
    }
    if (status != RPC_S_OK)
        return status;
    if (Annotation != NULL && (text = mem_strdup(e->annotation)) == NULL) {
        (void)RpcBindingFree(&binding);
        return RPC_S_OUT_OF_MEMORY;
    }
    *IfId =
        (RPC_IF_ID){id.SyntaxGUID, id.SyntaxVersion.MajorVersion, id.SyntaxVersion.MinorVersion};
    if (ObjectUuid != NULL)
        memcpy(ObjectUuid, &e->object, sizeof *ObjectUuid);
    if (Annotation != NULL)
        *Annotation = (RPC_CSTR)text;
    if (Binding != NULL)
        *Binding = binding;
    else
        (void)RpcBindingFree(&binding);
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcMgmtEpEltInqNextW(RPC_EP_INQ_HANDLE InquiryContext, RPC_IF_ID *IfId,
                                          RPC_BINDING_HANDLE *Binding, UUID *ObjectUuid,
                                          RPC_WSTR *Annotation)
{
    RPC_CSTR text = NULL;
    RPC_STATUS status = RpcMgmtEpEltInqNextA(InquiryContext, IfId, Binding, ObjectUuid,
                                             Annotation != NULL ? &text : NULL);

    if (status == RPC_S_OK && Annotation != NULL)
        status = rpc_text_widen((const char *)text, Annotation, RPC_S_INVALID_ARG);
    (void)RpcStringFreeA(&text);
    if (status != RPC_S_OK && text != NULL && Binding != NULL)
        (void)RpcBindingFree(Binding);
    return status;
}

RPC_STATUS RPC_ENTRY RpcMgmtEpEltInqDone(RPC_EP_INQ_HANDLE *InquiryContext)
{
    if (InquiryContext == NULL || *InquiryContext == NULL)
        return RPC_S_INVALID_ARG;
    inquiry_free(*InquiryContext);
    *InquiryContext = NULL;
    return RPC_S_OK;
}

/* ---- Clearing --------------------------------------------------------------------------------- */

static RPC_STATUS evict(RPC_BINDING_HANDLE mapper, ept_entry *entry)
{
    volatile RPC_STATUS status = RPC_S_OK;

    RpcTryExcept
    {
        status = (RPC_STATUS)c_ept_local_evict(mapper, entry);
    }
    RpcExcept(RpcExceptionFilter((uint32_t)RpcExceptionCode()))
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

RPC_STATUS RPC_ENTRY RpcMgmtEpUnregister(RPC_BINDING_HANDLE EpBinding, RPC_IF_ID *IfId,
                                         RPC_BINDING_HANDLE Binding, UUID *ObjectUuid)
{
    struct rpc_string_binding parts = {0}, mapper_parts = {0};
    struct rpc_handle *handle = Binding;
    struct inquiry *q = NULL;
    struct wire_tower t;
    ept_entry entry = {0};
    RPC_STATUS status = rpc_handle_check(Binding, RPC_HANDLE_ENDPOINT | RPC_HANDLE_CLIENT);

    if (IfId == NULL)
        return RPC_S_INVALID_ARG;
    if (status == RPC_S_OK)
        status = handle->ops->describe(handle, &parts);
    if (status == RPC_S_OK && parts.endpoint == NULL)
        status = RPC_S_INVALID_BINDING;
    if (status == RPC_S_OK)
        status = epm_tower_of(
            &parts, &(RPC_SYNTAX_IDENTIFIER){IfId->Uuid, {IfId->VersMajor, IfId->VersMinor}}, &t);
    if (status == RPC_S_OK) {
        entry.tower = epm_tower_make(&t);
        q = mem_alloc(sizeof *q);
        status = entry.tower == NULL || q == NULL ? RPC_S_OUT_OF_MEMORY : open_mapper(q, EpBinding);
    }
    if (status == RPC_S_OK) {
        handle = q->mapper;
        status = handle->ops->describe(handle, &mapper_parts);
    }
    if (status == RPC_S_OK && strcmp(mapper_parts.protseq, "ncalrpc") != 0)
        status = RPC_S_CANNOT_SUPPORT;
    if (ObjectUuid != NULL)
        memcpy(&entry.object, ObjectUuid, sizeof entry.object);
    if (status == RPC_S_OK)
        status = evict(q->mapper, &entry);
    if (q != NULL)
        inquiry_free(q);
    mem_free(entry.tower);
    rpc_string_binding_clear(&parts);
    rpc_string_binding_clear(&mapper_parts);
    return status;
}

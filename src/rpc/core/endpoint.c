/* SPDX-License-Identifier: Apache-2.0
 *
 * endpoint.c - protocol sequences, and what an endpoint of each means
 */
#include "rpc/core/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rpc.h>

#include "base/mem.h"
#include "rpc/core/text.h"

const char *const rpc_protseq_names[RPC_TRANSPORTS] = {
    [RPC_TRANSPORT_TCP] = "ncacn_ip_tcp",
    [RPC_TRANSPORT_LOCAL] = "ncalrpc",
};

/* Protocol sequences that exist elsewhere. */
static const char *const unsupported[] = {
    "ncacn_np",     "ncacn_http",    "ncadg_ip_udp",      "ncadg_ipx",      "ncadg_mq",
    "ncacn_nb_tcp", "ncacn_nb_ipx",  "ncacn_nb_nb",       "ncacn_spx",      "ncacn_dnet_nsp",
    "ncacn_at_dsp", "ncacn_vns_spp", "ncacn_unix_stream", "ncacn_hvsocket",
};

RPC_STATUS rpc_protseq_find(const char *name, enum rpc_transport *ret)
{
    if (name == NULL)
        return RPC_S_INVALID_RPC_PROTSEQ;
    for (unsigned i = 0; i < RPC_TRANSPORTS; i++) {
        if (strcmp(name, rpc_protseq_names[i]) == 0) {
            *ret = (enum rpc_transport)i;
            return RPC_S_OK;
        }
    }
    for (size_t i = 0; i < sizeof unsupported / sizeof unsupported[0]; i++)
        if (strcmp(name, unsupported[i]) == 0)
            return RPC_S_PROTSEQ_NOT_SUPPORTED;
    return RPC_S_INVALID_RPC_PROTSEQ;
}

/* A decimal port without sign, blanks or leading zeros; 0 for anything else. */
static uint16_t parse_port(const char *s)
{
    unsigned port = 0;

    if (s[0] == '0')
        return 0;
    for (; *s != '\0'; s++) {
        if (*s < '0' || *s > '9')
            return 0;
        port = port * 10 + (unsigned)(*s - '0');
        if (port > 65535)
            return 0;
    }
    return (uint16_t)port;
}

RPC_STATUS rpc_endpoint_check(enum rpc_transport transport, const char *endpoint)
{
    struct sockaddr_un address;
    bool good;

    if (endpoint == NULL || endpoint[0] == '\0')
        return RPC_S_INVALID_ENDPOINT_FORMAT;
    if (transport == RPC_TRANSPORT_TCP)
        good = parse_port(endpoint) != 0;
    else
        good = strlen(endpoint) < sizeof address.sun_path && strcmp(endpoint, ".") != 0 &&
               strcmp(endpoint, "..") != 0;
    return good ? RPC_S_OK : RPC_S_INVALID_ENDPOINT_FORMAT;
}

RPC_STATUS rpc_endpoint_listen(const char *endpoint, char ret_address[RPC_ENDPOINT_ADDRESS],
                               uint16_t *ret_port)
{
    const char *colon = strrchr(endpoint, ':');
    const char *port = colon == NULL ? endpoint : colon + 1;
    bool any = colon != NULL && strcmp(port, "0") == 0;
    unsigned char number[sizeof(struct in6_addr)];
    size_t n = colon == NULL ? 0 : (size_t)(colon - endpoint);

    if (!any && parse_port(port) == 0)
        return RPC_S_INVALID_ENDPOINT_FORMAT;
    if (n >= RPC_ENDPOINT_ADDRESS)
        return RPC_S_INVALID_ENDPOINT_FORMAT;
    memcpy(ret_address, endpoint, n);
    ret_address[n] = '\0';
    if (colon != NULL && inet_pton(AF_INET, ret_address, number) != 1 &&
        inet_pton(AF_INET6, ret_address, number) != 1)
        return RPC_S_INVALID_ENDPOINT_FORMAT;
    *ret_port = any ? 0 : parse_port(port);
    return RPC_S_OK;
}

/* Writes the folder of ncalrpc sockets; false when it is too long. */
static bool local_folder(char *to, size_t size)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    int n;

    if (geteuid() == 0)
        n = snprintf(to, size, "/run/holdfast");
    else if (runtime != NULL && runtime[0] == '/')
        n = snprintf(to, size, "%s/holdfast", runtime);
    else
        n = snprintf(to, size, "/tmp/holdfast-%u", (unsigned)geteuid());
    return n > 0 && (size_t)n < size;
}

static bool folder_is_ours(const char *path, bool create)
{
    struct stat st;

    if (create && mkdir(path, 0700) != 0 && errno != EEXIST)
        return false;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
           (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

RPC_STATUS rpc_endpoint_local(const char *endpoint, bool create, struct sockaddr_un *ret)
{
    char folder[sizeof ret->sun_path];
    size_t length = strlen(endpoint);

    memset(ret, 0, sizeof *ret);
    ret->sun_family = AF_UNIX;
    if (strchr(endpoint, '/') != NULL) {
        if (length >= sizeof ret->sun_path)
            return RPC_S_INVALID_ENDPOINT_FORMAT;
        memcpy(ret->sun_path, endpoint, length + 1);
        return RPC_S_OK;
    }
    if (!local_folder(folder, sizeof folder) || strlen(folder) + 1 + length >= sizeof ret->sun_path)
        return RPC_S_INVALID_ENDPOINT_FORMAT;
    if (!folder_is_ours(folder, create))
        return create ? RPC_S_CANT_CREATE_ENDPOINT : RPC_S_SERVER_UNAVAILABLE;
    (void)stpcpy(stpcpy(stpcpy(ret->sun_path, folder), "/"), endpoint);
    return RPC_S_OK;
}

/* ---- API -------------------------------------------------------------------------------------- */

RPC_STATUS RPC_ENTRY RpcNetworkIsProtseqValidA(RPC_CSTR Protseq)
{
    enum rpc_transport transport;

    return rpc_protseq_find((const char *)Protseq, &transport);
}

RPC_STATUS RPC_ENTRY RpcNetworkIsProtseqValidW(RPC_WSTR Protseq)
{
    char *text = NULL;
    RPC_STATUS status = rpc_text_narrow(Protseq, &text, RPC_S_INVALID_RPC_PROTSEQ);

    if (status == RPC_S_OK)
        status = RpcNetworkIsProtseqValidA((RPC_CSTR)text);
    mem_free(text);
    return status;
}

RPC_STATUS RPC_ENTRY RpcNetworkInqProtseqsA(RPC_PROTSEQ_VECTORA **ProtseqVector)
{
    RPC_PROTSEQ_VECTORA *v;

    if (ProtseqVector == NULL)
        return RPC_S_INVALID_ARG;
    v = mem_alloc(sizeof *v + RPC_TRANSPORTS * sizeof v->Protseq[0]);
    if (v == NULL)
        return RPC_S_OUT_OF_MEMORY;
    for (unsigned i = 0; i < RPC_TRANSPORTS; i++) {
        v->Protseq[i] = (unsigned char *)mem_strdup(rpc_protseq_names[i]);
        v->Count = i + 1;
        if (v->Protseq[i] == NULL) {
            (void)RpcProtseqVectorFreeA(&v);
            return RPC_S_OUT_OF_MEMORY;
        }
    }
    *ProtseqVector = v;
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcNetworkInqProtseqsW(RPC_PROTSEQ_VECTORW **ProtseqVector)
{
    RPC_PROTSEQ_VECTORW *v;

    if (ProtseqVector == NULL)
        return RPC_S_INVALID_ARG;
    v = mem_alloc(sizeof *v + RPC_TRANSPORTS * sizeof v->Protseq[0]);
    if (v == NULL)
        return RPC_S_OUT_OF_MEMORY;
    for (unsigned i = 0; i < RPC_TRANSPORTS; i++) {
        v->Count = i + 1;
        if (rpc_text_widen(rpc_protseq_names[i], &v->Protseq[i], RPC_S_INTERNAL_ERROR) != 0) {
            (void)RpcProtseqVectorFreeW(&v);
            return RPC_S_OUT_OF_MEMORY;
        }
    }
    *ProtseqVector = v;
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcProtseqVectorFreeA(RPC_PROTSEQ_VECTORA **ProtseqVector)
{
    if (ProtseqVector == NULL || *ProtseqVector == NULL)
        return RPC_S_OK;
    for (unsigned i = 0; i < (*ProtseqVector)->Count; i++)
        mem_free((*ProtseqVector)->Protseq[i]);
    mem_free(*ProtseqVector);
    *ProtseqVector = NULL;
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcProtseqVectorFreeW(RPC_PROTSEQ_VECTORW **ProtseqVector)
{
    if (ProtseqVector == NULL || *ProtseqVector == NULL)
        return RPC_S_OK;
    for (unsigned i = 0; i < (*ProtseqVector)->Count; i++)
        mem_free((*ProtseqVector)->Protseq[i]);
    mem_free(*ProtseqVector);
    *ProtseqVector = NULL;
    return RPC_S_OK;
}

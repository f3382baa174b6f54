/* SPDX-License-Identifier: Apache-2.0
 *
 * tirpc_server.c - the work on libtirpc: objects named by 20-octet handles in a hash table
 *
 * libtirpc's server is one thread over poll, as its users run it. Prints the port.
 */
#include "objects.h"
#include "raw.h"
#include "tirpc.h"

char *bench_open_1_svc(void *nothing, struct svc_req *request)
{
    static handle made;

    (void)nothing;
    (void)request;
    objects_open((uint8_t *)made);
    return made;
}

int *bench_use_1_svc(char *object, struct svc_req *request)
{
    static int result;

    (void)request;
    result = objects_use((const uint8_t *)object);
    return &result;
}

octets *bench_echo_1_svc(echo_in *in, struct svc_req *request)
{
    static octets back;

    (void)request;
    if (objects_use((const uint8_t *)in->object) != 0)
        return NULL;
    back = in->data;
    return &back;
}

int *bench_close_1_svc(char *object, struct svc_req *request)
{
    static int result;

    (void)request;
    result = objects_close((const uint8_t *)object);
    return &result;
}

extern void bench_1(struct svc_req *request, SVCXPRT *transport);

int main(void)
{
    int fd = raw_socket("0", 1);
    struct sockaddr_in in;
    socklen_t length = sizeof in;
    SVCXPRT *transport = fd < 0 ? NULL : svc_vc_create(fd, 0, 0);

    if (transport == NULL || !svc_reg(transport, BENCH, BENCH_1, bench_1, NULL) ||
        getsockname(fd, (struct sockaddr *)&in, &length) != 0)
        return 1;
    printf("%d\n", ntohs(in.sin_port));
    fflush(stdout);
    svc_run();
    return 1;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - serves the files below one folder
 *
 * Each open file is a context handle: when its client is gone, however it went, the runtime calls
 * REMOTE_FILE_rundown and the descriptor is closed. Nothing else here keeps track of clients.
 */
#include "remote_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct open_file {
    int fd;
    char name[];
};

static int folder;
static int refuses_to_close; /* -k: to see what a failed close leaves behind */

int32_t RemoteOpen(handle_t binding, const char *name, REMOTE_FILE *file)
{
    /* The kernel refuses a path that leads out of the folder, by .. or by a link. */
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_BENEATH};
    struct open_file *f = malloc(sizeof *f + strlen(name) + 1);

    (void)binding;
    if (f == NULL)
        return ENOMEM;
    f->fd = (int)syscall(SYS_openat2, folder, strcpy(f->name, name), &how, sizeof how);
    if (f->fd < 0) {
        free(f);
        return errno;
    }
    printf("open %s\n", name);
    *file = f; /* from here on the runtime watches over it */
    return 0;
}

int32_t RemoteRead(REMOTE_FILE file, int32_t size, int32_t *got, unsigned char data[])
{
    ssize_t n = read(((struct open_file *)file)->fd, data, (size_t)size);

    *got = n < 0 ? 0 : (int32_t)n;
    return n < 0 ? errno : 0;
}

static void close_file(struct open_file *f, const char *why)
{
    printf("%s %s\n", why, f->name);
    close(f->fd);
    free(f);
}

int32_t RemoteClose(REMOTE_FILE *file)
{
    if (refuses_to_close)
        RpcRaiseException(RPC_S_ACCESS_DENIED);
    close_file(*file, "close");
    *file = NULL; /* tells the runtime that the handle is closed */
    return 0;
}

void REMOTE_FILE_rundown(REMOTE_FILE file)
{
    close_file(file, "run-down");
}

int main(int argc, char **argv)
{
    RPC_BINDING_VECTOR *bindings = NULL;
    RPC_CSTR text = NULL, message = (unsigned char[DCE_C_ERROR_STRING_LEN]){0};
    RPC_STATUS s;

    refuses_to_close = argc > 1 && strcmp(argv[1], "-k") == 0;
    argv += refuses_to_close;
    if (argc - refuses_to_close != 3) {
        fprintf(stderr, "usage: remote-file-server [-k] FOLDER ADDRESS:PORT\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    folder = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
    s = RpcServerUseProtseqEpA((RPC_CSTR) "ncacn_ip_tcp", RPC_C_PROTSEQ_MAX_REQS_DEFAULT,
                               (RPC_CSTR)argv[2], NULL);
    if (s == RPC_S_OK)
        s = RpcServerRegisterIf(remote_file_v1_0_s_ifspec, NULL, NULL);
    if (s == RPC_S_OK)
        s = RpcServerInqBindings(&bindings);
    if (s == RPC_S_OK)
        s = RpcBindingToStringBindingA(bindings->BindingH[0], &text);
    if (s == RPC_S_OK) {
        printf("%s\n", text); /* where clients find us */
        RpcStringFreeA(&text);
        RpcBindingVectorFree(&bindings);
        s = RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, FALSE);
    }
    DceErrorInqTextA(s, message); /* such as that the port is in use */
    fprintf(stderr, "remote-file-server: %s %s: %s\n", argv[1], argv[2], (char *)message);
    return 1;
}

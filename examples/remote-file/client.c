/* SPDX-License-Identifier: Apache-2.0
 *
 * client.c - reads a file of a remote-file server and searches it; -w waits for input in between
 */
#include "remote_file.h"

#include <stdio.h>
#include <string.h>

static int waits;

static void wait_for_a_line(const char *where)
{
    if (waits) {
        printf("%s\n", where);
        fflush(stdout);
        (void)getchar();
    }
}

static void read_to(FILE *copy, REMOTE_FILE file)
{
    static unsigned char data[REMOTE_FILE_CHUNK];
    int32_t got = 0;

    while (RemoteRead(file, sizeof data, &got, data) == 0 && got > 0) {
        fwrite(data, 1, (size_t)got, copy);
        wait_for_a_line("reading");
    }
}

static void search(FILE *copy, const char *text)
{
    static char line[4096];
    long octets = ftell(copy), lines = 0, found = 0;

    rewind(copy);
    while (fgets(line, sizeof line, copy) != NULL) {
        lines++;
        found += strstr(line, text) != NULL;
    }
    printf("%ld octets, %ld lines, %ld found\n", octets, lines, found);
}

int main(int argc, char **argv)
{
    RPC_BINDING_HANDLE binding = NULL;
    REMOTE_FILE file = NULL;
    FILE *copy = tmpfile();
    int32_t error;

    waits = argc > 1 && strcmp(argv[1], "-w") == 0;
    argv += waits;
    if (argc - waits != 4 || RpcBindingFromStringBindingA((RPC_CSTR)argv[1], &binding) != 0) {
        fprintf(stderr, "usage: remote-file-client [-w] BINDING FILE TEXT\n");
        return 2;
    }
    RpcTryExcept
    {
        error = RemoteOpen(binding, argv[2], &file);
        if (error == 0) {
            read_to(copy, file);
            search(copy, argv[3]);
            RemoteClose(&file); /* sets it to NULL */
        } else {
            printf("%s: %s\n", argv[2], strerror(error));
        }
    }
    RpcExcept(RpcExceptionFilter(RpcExceptionCode()))
    {
        printf("%s: RPC error %d\n", argv[2], (int)RpcExceptionCode());
        if (file != NULL)
            RpcSsDestroyClientContext(&file); /* our side; the server runs its own down */
    }
    RpcEndExcept
    wait_for_a_line("done");
    RpcBindingFree(&binding);
    return 0;
}

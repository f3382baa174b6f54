/* SPDX-License-Identifier: Apache-2.0
 *
 * client.c - does what it is told line by line: take WHO, number, leave, destroy, free; the end of its input
 * is its end, whatever it still holds
 */
#include "seats.h"

#include <stdio.h>
#include <string.h>

static RPC_BINDING_HANDLE binding;
static SEAT seat;

static void take(const char *who)
{
    int32_t error;

    RpcTryExcept
    {
        error = SeatTake(binding, who, &seat);
        printf("take: %s\n", error == 0 ? "a seat" : "none is free");
    }
    RpcExcept(RpcExceptionFilter(RpcExceptionCode()))
    {
        /* The call failed, so `seat` is what it was: nothing to clean up here (F1, F4). */
        printf("take: error %d, %s\n", (int)RpcExceptionCode(),
               seat == NULL ? "no handle" : "a handle");
    }
    RpcEndExcept
}

static void number(void)
{
    RpcTryExcept
    {
        printf("number: %d\n", (int)SeatNumber(seat));
    }
    RpcExcept(RpcExceptionFilter(RpcExceptionCode()))
    {
        printf("number: error %d\n", (int)RpcExceptionCode());
    }
    RpcEndExcept
}

static void leave(void)
{
    RpcTryExcept
    {
        SeatLeave(&seat);
        printf("leave: %s\n", seat == NULL ? "no handle" : "a handle");
    }
    RpcExcept(RpcExceptionFilter(RpcExceptionCode()))
    {
        /* The handle is still there (C1). Not again, and not forgotten: destroyed. */
        printf("leave: error %d, %s\n", (int)RpcExceptionCode(),
               seat == NULL ? "no handle" : "a handle");
    }
    RpcEndExcept
}

static void count_free(void)
{
    RpcTryExcept
    {
        printf("free: %d\n", (int)SeatsFree(binding));
    }
    RpcExcept(RpcExceptionFilter(RpcExceptionCode()))
    {
        printf("free: error %d\n", (int)RpcExceptionCode());
    }
    RpcEndExcept
}

int main(int argc, char **argv)
{
    char line[256];

    if (argc != 2 || RpcBindingFromStringBindingA((RPC_CSTR)argv[1], &binding) != RPC_S_OK) {
        fprintf(stderr, "usage: seats-client BINDING\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "take ", 5) == 0)
            take(line + 5);
        else if (strcmp(line, "number") == 0)
            number();
        else if (strcmp(line, "leave") == 0)
            leave();
        else if (strcmp(line, "free") == 0)
            count_free();
        else if (strcmp(line, "destroy") == 0)
            printf("destroy: %d\n", (int)RpcSmDestroyClientContext(&seat));
    }
    RpcBindingFree(&binding);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - the seats: what a routine, the runtime and a client each have to do when something fails
 *
 * docs/context-handles.md tells the same as a table.
 */
#include "seats.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEATS 2

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct seat {
    int number;
    char *who; /* NULL: free */
} seats[SEATS] = {{1, NULL}, {2, NULL}};

static struct seat *take(const char *who)
{
    struct seat *free_one = NULL;

    pthread_mutex_lock(&lock);
    for (int i = 0; i < SEATS && free_one == NULL; i++)
        if (seats[i].who == NULL)
            free_one = &seats[i];
    if (free_one != NULL)
        free_one->who = strdup(who);
    pthread_mutex_unlock(&lock);
    return free_one;
}

static void give_back(struct seat *s, const char *why)
{
    pthread_mutex_lock(&lock);
    printf("seat %d of %s: %s\n", s->number, s->who, why);
    free(s->who);
    s->who = NULL;
    pthread_mutex_unlock(&lock);
}

int32_t SeatTake(RPC_BINDING_HANDLE binding, const char *who, SEAT *seat)
{
    struct seat *s = take(who);

    (void)binding;
    if (s == NULL)
        return SEATS_NONE_FREE; /* *seat is NULL already: nothing is opened */
    if (strcmp(who, "nobody") == 0) {
        give_back(
            s, "cleaned up before raising"); /* raising is our choice, so the mess is ours (F1) */
        RpcRaiseException(SEATS_NO_TICKET);
    }
    *seat = s; /* from here on the runtime sees to it: also if the reply cannot be sent (F4) */
    return 0;
}

int32_t SeatNumber(SEAT seat)
{
    return ((const struct seat *)seat)->number;
}

void SeatLeave(SEAT *seat)
{
    if (*seat != NULL) /* a client may send null for [in, out] */
        give_back(*seat, "left");
    *seat = NULL; /* closed, also if the reply is lost (F3): no run-down */
}

/* Nobody can close it any more. The same clean-up, and no client to talk to. */
void SEAT_rundown(SEAT seat)
{
    give_back(seat, "run down");
}

int32_t SeatsFree(RPC_BINDING_HANDLE binding)
{
    int32_t n = 0;

    (void)binding;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < SEATS; i++)
        n += seats[i].who == NULL;
    pthread_mutex_unlock(&lock);
    return n;
}

void *midl_user_allocate(size_t size)
{
    return malloc(size);
}

void midl_user_free(void *memory)
{
    free(memory);
}

int main(int argc, char **argv)
{
    RPC_STATUS s;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc != 2) {
        fprintf(stderr, "usage: seats-server SOCKET\n");
        return 2;
    }
    s = RpcServerUseProtseqEpA((RPC_CSTR) "ncalrpc", RPC_C_PROTSEQ_MAX_REQS_DEFAULT,
                               (RPC_CSTR)argv[1], NULL);
    if (s == RPC_S_OK)
        s = RpcServerRegisterIf(seats_v1_0_s_ifspec, NULL, NULL);
    if (s == RPC_S_OK)
        s = RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, 1);
    if (s == RPC_S_OK) {
        printf("serving\n");
        s = RpcMgmtWaitServerListen();
    }
    fprintf(stderr, "seats-server: %s: error %d\n", argv[1], (int)s);
    return 1;
}

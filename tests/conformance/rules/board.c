/* SPDX-License-Identifier: Apache-2.0
 *
 * board.c - memory that the test shares with its server and its clients
 */
#include "board.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <rpc.h>

#define MAGIC 0x5448494eu

struct board *board;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct thing *things;

struct board *board_attach(int fd)
{
    void *p = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (p == MAP_FAILED)
        abort();
    board = p;
    return board;
}

struct board *board_create(int *ret_fd)
{
    *ret_fd = memfd_create("board", 0);
    if (*ret_fd < 0 || ftruncate(*ret_fd, sizeof *board) != 0)
        abort();
    return board_attach(*ret_fd);
}

struct thing *thing_make(int32_t value)
{
    struct thing *t = calloc(1, sizeof *t);

    if (t == NULL)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    t->magic = MAGIC;
    t->value = t->data = value;
    pthread_mutex_lock(&lock);
    t->next = things;
    t->at = &things;
    if (things != NULL)
        things->at = &t->next;
    things = t;
    pthread_mutex_unlock(&lock);
    atomic_fetch_add(&board->opened, 1);
    atomic_fetch_add(&board->opened_of[(uint32_t)value % BOARD_VALUES], 1);
    return t;
}

static void end(struct thing *take_t)
{
    if (take_t == NULL || take_t->magic != MAGIC) {
        atomic_fetch_add(&board->spoilt, 1);
        return;
    }
    take_t->magic = 0;
    pthread_mutex_lock(&lock);
    *take_t->at = take_t->next;
    if (take_t->next != NULL)
        take_t->next->at = take_t->at;
    pthread_mutex_unlock(&lock);
    free(take_t);
}

void thing_end(struct thing *take_t)
{
    atomic_fetch_add(&board->closed_of[(uint32_t)take_t->value % BOARD_VALUES], 1);
    end(take_t);
    atomic_fetch_add(&board->closed, 1);
}

/* The count comes last: a test that has seen it may look at all the rest. */
void thing_rundown(struct thing *take_t, int type)
{
    unsigned n = atomic_fetch_add(&board->log_count, 1) % BOARD_LOG;

    atomic_store(&board->log[n], take_t->value);
    atomic_store(&board->type_log[n], type);
    atomic_fetch_add(&board->run_down_of[(uint32_t)take_t->value % BOARD_VALUES], 1);
    end(take_t);
    atomic_fetch_add(&board->run_down, 1);
    if (atomic_load(&board->raise_rundown))
        RpcRaiseException(4712);
}

void gate_pass(void)
{
    atomic_fetch_add(&board->at_gate, 1);
    while (atomic_load(&board->shut)) {
        struct timespec t = {0, 500000};

        nanosleep(&t, NULL);
    }
    atomic_fetch_sub(&board->at_gate, 1);
}

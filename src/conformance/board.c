/* SPDX-License-Identifier: Apache-2.0
 *
 * board.c - what the routines of conformance.idl have seen
 *
 * Lock: `lock` for the chain of contexts; all counts are atomic.
 */
#include "conformance/board.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <rpc.h>

#define MAGIC 0x5448494eu
#define KEPT  65536 /* ended contexts */

struct board *board;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct thing *things;
static struct thing *ended[KEPT];
static unsigned ended_count;

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
    *ret_fd = memfd_create("board", 0); /* inherited */
    if (*ret_fd < 0 || ftruncate(*ret_fd, sizeof *board) != 0)
        abort();
    return board_attach(*ret_fd);
}

void board_begin(void)
{
    atomic_fetch_add(&board->generation, 1);
    atomic_store(&board->shut, 0);
    atomic_store(&board->raise_rundown, 0);
    atomic_store(&board->opened, 0);
    atomic_store(&board->closed, 0);
    atomic_store(&board->run_down, 0);
    atomic_store(&board->spoilt, 0);
    atomic_store(&board->calls, 0);
    atomic_store(&board->most_inside, 0);
    atomic_store(&board->log_count, 0);
    for (unsigned i = 0; i < BOARD_VALUES; i++) {
        if (atomic_load(&board->opened_of[i]) != 0)
            atomic_store(&board->opened_of[i], 0);
        if (atomic_load(&board->closed_of[i]) != 0)
            atomic_store(&board->closed_of[i], 0);
        if (atomic_load(&board->run_down_of[i]) != 0)
            atomic_store(&board->run_down_of[i], 0);
    }
}

/* ---- Contexts --------------------------------------------------------------------------------- */

static bool is_alive(const struct thing *t)
{
    return t != NULL && t->magic == MAGIC;
}

static bool counts(const struct thing *t)
{
    return t->generation == atomic_load(&board->generation);
}

struct thing *thing_make(int32_t value)
{
    struct thing *t = calloc(1, sizeof *t);

    if (t == NULL)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    t->magic = MAGIC;
    t->generation = atomic_load(&board->generation);
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

/* Ends it once; false if it was none, or for the second time. */
static bool end(struct thing *t)
{
    bool good;

    pthread_mutex_lock(&lock);
    good = is_alive(t);
    if (good) {
        struct thing **kept = &ended[ended_count++ % KEPT];

        t->magic = 0;
        if (*kept != NULL) {
            *(*kept)->at = (*kept)->next;
            if ((*kept)->next != NULL)
                (*kept)->next->at = (*kept)->at;
            free(*kept);
        }
        *kept = t;
    }
    pthread_mutex_unlock(&lock);
    if (!good)
        atomic_fetch_add(&board->spoilt, 1);
    return good;
}

void thing_end(struct thing *t)
{
    if (!end(t) || !counts(t))
        return;
    atomic_fetch_add(&board->closed_of[(uint32_t)t->value % BOARD_VALUES], 1);
    atomic_fetch_add(&board->closed, 1);
}

/* The count comes last: who has seen it may look at all the rest. */
void thing_rundown(struct thing *t, int type)
{
    if (end(t) && counts(t)) {
        unsigned n = atomic_fetch_add(&board->log_count, 1) % BOARD_LOG;

        atomic_store(&board->log[n], t->value);
        atomic_store(&board->type_log[n], type);
        atomic_fetch_add(&board->run_down_of[(uint32_t)t->value % BOARD_VALUES], 1);
        atomic_fetch_add(&board->run_down, 1);
    }
    if (atomic_load(&board->raise_rundown))
        RpcRaiseException(4712);
}

int32_t thing_data(const struct thing *t)
{
    if (t == NULL)
        return -1;
    if (is_alive(t))
        return t->data;
    atomic_fetch_add(&board->spoilt, 1);
    return -2;
}

/* Polled, since it may be memory that another process writes. */
void gate_pass(void)
{
    atomic_fetch_add(&board->at_gate, 1);
    while (atomic_load(&board->shut)) {
        struct timespec t = {0, 500000};

        nanosleep(&t, NULL);
    }
    atomic_fetch_sub(&board->at_gate, 1);
}

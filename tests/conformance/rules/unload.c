/* SPDX-License-Identifier: Apache-2.0
 *
 * unload.c - routines in a module that is loaded and unloaded while clients hold handles of it
 */
#include <time.h>

#include "conformance/board.h"
#include "unload.h"

extern struct board *module_board __attribute__((visibility("default")));
struct board *module_board;

extern RPC_IF_HANDLE module_interface __attribute__((visibility("default")));
RPC_IF_HANDLE module_interface;

static void __attribute__((constructor)) tell(void)
{
    module_interface = unload_v1_0_s_ifspec;
}

/* Contexts go with the module: what Ex with 0 drops is the server's own to end. One for each value, so that
 * a test may open as many as it likes while it waits for something. */
static struct piece {
    int32_t value;
} pieces[sizeof((struct board *)0)->run_down_of / sizeof((struct board *)0)->run_down_of[0]];

static void pass(void)
{
    atomic_fetch_add(&module_board->at_gate, 1);
    while (atomic_load(&module_board->shut)) {
        struct timespec t = {0, 500000};

        nanosleep(&t, NULL);
    }
    atomic_fetch_sub(&module_board->at_gate, 1);
}

/* From 100 on it waits at the gate first. */
void PieceOpen(handle_t b, int32_t value, PIECE *h)
{
    struct piece *p = &pieces[value];

    (void)b;
    if (value >= 100)
        pass();
    p->value = value;
    *h = p;
    atomic_fetch_add(&module_board->opened, 1);
}

int32_t PieceUse(PIECE h, int32_t wait)
{
    if (wait)
        pass();
    return ((const struct piece *)h)->value;
}

void PieceClose(PIECE *h)
{
    *h = NULL;
    atomic_fetch_add(&module_board->closed, 1);
}

void __RPC_USER PIECE_rundown(PIECE h)
{
    atomic_fetch_add(&module_board->run_down_of[((const struct piece *)h)->value], 1);
    atomic_fetch_add(&module_board->run_down, 1);
}

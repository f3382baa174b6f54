/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.c - the rules, and the list of all cases
 *
 * D declaring, B binding, T the client's variables, S strictness, L serialisation, F, X and P failures,
 * C closing, W run-down, U unregistering, A pools, J joining, R retries. D to X and C, P, R are numbered
 * as in the Win32 documentation's order; the others by us.
 */
#include "conformance/rules.h"

#include <stdlib.h>
#include <string.h>

#include "conformance/cases.h"

/* clang-format off */
const struct rule rules[] = {
    {"D1", "a handle type has a run-down routine of its name", NULL},
    {"D2", "an anonymous handle has none", NULL},
    {"D3", "a handle's type is a pointer", NULL},
    {"D4", "an alias is a type of its own: run-down, serialisation", NULL},
    {"D5", "[in] by value: the routine gets its own pointer, cannot close", NULL},
    {"D6", "[out] and [in,out] by a reference pointer", NULL},
    {"D7", "[in] by pointer: no way back", NULL},
    {"D8", "a handle may be the return value, a pointer to one may not", NULL},
    {"D9", "all handles of a call lead to one association, else 1778", NULL},
    {"D10", "illegal places are refused", NULL},
    {"D11", "arrays of handles; no members of structures or unions", NULL},
    {"D12", "serialize and noserialize, on types and parameters", NULL},
    {"D13", "strict and type-strict exclude each other", NULL},
    {"D14", "what only opens needs another binding", NULL},
    {"B1", "the leftmost handle binds; a null one leaves it to the next", NULL},
    {"B4", "only null handles: 1775; no live object: 6; nothing is sent", NULL},
    {"B6", "a handle has a copy of the binding and outlives it", NULL},
    {"T", "variables change together, on a good reply only; [out] is overwritten", NULL},
    {"S", "strict, type-strict and loose interfaces: who takes whose handles", NULL},
    {"L1", "calls on a handle take turns", NULL},
    {"L2", "noserialize calls overlap", NULL},
    {"L3", "serialize wins over noserialize", NULL},
    {"L4", "of two upgrades at once one gets 1120", NULL},
    {"L5", "a downgrade lets readers in and no writer", NULL},
    {"L6", "handles in opposite orders do not deadlock", NULL},
    {"L7", "who waits for a handle that is closed gets 6", NULL},
    {"L8", "RpcSsDontSerializeContext", "for good and for the whole server process; rules: l_modes_of_a_server_that_does_not_serialise"},
    {"F1", "null in, raised: no entry, no run-down, nothing at the client", NULL},
    {"F2a", "closed, raised: closed; the client's handle is stale", NULL},
    {"F2b", "left as is, raised: open, unchanged", NULL},
    {"F2c", "data changed, raised: open, the new data is seen", NULL},
    {"F3", "closed, failed after marshalling: closed; the client's handle is stale", NULL},
    {"F4", "null in, opened, failed after marshalling: run down once, nothing at the client", NULL},
    {"F5", "kept, failed after marshalling: open, present data", NULL},
    {"F6", "null in, left null, failed before marshalling: nothing", NULL},
    {"F7", "closed, failed before marshalling: stays closed", NULL},
    {"F8", "null in, opened, failed before marshalling: run down once, nothing at the client", NULL},
    {"F9", "kept, failed before marshalling: open, present data", NULL},
    {"F10", "returned null, failed before marshalling: nothing", NULL},
    {"F11", "returned a handle, failed before marshalling: run down once", NULL},
    {"X1", "null in, left null, failed after marshalling: nothing", NULL},
    {"X2", "returned null, failed to send: nothing", NULL},
    {"X3", "returned a handle, failed to send: run down once", NULL},
    {"X4", "return value, raised: no entry, no run-down", NULL},
    {"X5", "another pointer, success: same handle, new pointer", NULL},
    {"X6", "another pointer, failed anywhere: open, new pointer", NULL},
    {"X7", "[in] handle: stays whatever the routine did", NULL},
    {"X8", "request not readable behind a handle: untouched, unlocked", NULL},
    {"X9", "forged, stolen or strange token: 6 before the routine, every time", NULL},
    {"X10", "nil on the wire for [in]: 1775, the routine does not run", NULL},
    {"X11", "several handles: each by its own row; born ones backwards", NULL},
    {"X12", "arrays: each element by its own row", NULL},
    {"X13", "asynchronous calls: abort is raising", "asynchronous calls are not offered"},
    {"X14", "[notify] routines change nothing of it", "[notify] is not offered"},
    {"X15", "anonymous handles: entries go, nothing is called", NULL},
    {"X16", "a run-down that raises: swallowed, the others are performed", NULL},
    {"P1", "reply of an open lost unseen: open until the association ends", NULL},
    {"P2", "reply of a close lost unseen: closed; the client's handle is stale", NULL},
    {"P3", "so on the last connection: run down, or closed already", NULL},
    {"P4", "the client cannot take the reply: its variables stay; changed token 1777", NULL},
    {"P5", "the client gives up: the server goes on all the same", NULL},
    {"C1", "a failed close leaves the client's handle set", NULL},
    {"C2", "destroying sends nothing and runs nothing down", NULL},
    {"C3", "a context handle keeps the connections, as a binding does", NULL},
    {"C4", "with the last reference the server runs down what is left", NULL},
    {"C5", "until then what was destroyed stays open at the server", NULL},
    {"C6", "after a lost close both sides clean up by themselves", NULL},
    {"C7", "destroying what is no handle: 6, and the variable is null", NULL},
    {"C8", "closing with 6: gone already; destroy", NULL},
    {"C9", "a close that does not set null closes nothing", NULL},
    {"W1", "a client's end runs its handles down, each once", NULL},
    {"W2", "newest first (our order; the documentation names none)", NULL},
    {"W3", "a handle in use is run down when its call has returned", NULL},
    {"W4", "... and not at all if that call closes it", NULL},
    {"W5", "what is opened after the client's end is run down", NULL},
    {"W6", "while another connection lives nothing is", NULL},
    {"W7", "the last connection's end does it, orderly or reset", NULL},
    {"U1", "Ex with 1: all run down when it returns, then 1717, then 6", NULL},
    {"U2", "Ex with 0: dropped, nothing called", NULL},
    {"U3", "Ex waits for calls and refuses new ones", NULL},
    {"U4", "Ex ends what running calls open", NULL},
    {"U5", "UnregisterIf leaves handles alone; usable when it is back", NULL},
    {"U6", "unknown interface 1717, unknown type 1716", NULL},
    {"U7", "Ex from a routine of the interface: 1791", NULL},
    {"A1", "calls reuse connections; all of a process are one association", NULL},
    {"A2", "any connection of the association carries any handle", NULL},
    {"A3", "a unique binding has an association of its own", NULL},
    {"A4", "idle connections are closed, but one while handles are open", "takes minutes at the documented times; client: A4_keep_one_while_handles_are_open"},
    {"A5", "without references it lingers, and is revived or told not to", NULL},
    {"J1", "a bind that names a living group joins it", NULL},
    {"J2", "an unknown id is refused", NULL},
    {"J3", "a dead id is refused", NULL},
    {"J4", "an id of another transport is refused", NULL},
    {"J5", "an id of another address is refused (TCP)", NULL},
    {"J6", "an id of another user is refused (unix)", NULL},
    {"R1", "lost while negotiating: another connection, and the call", NULL},
    {"R2", "lost before the request: the call is made, once", NULL},
    {"R3", "encrypted in place: no second try", "needs a provider that encrypts; raw: R3_encrypted_and_unsent_is_not_repeated"},
    {"R4", "a later fragment fails: not made, not repeated, 1727", NULL},
    {"R5", "request sent, connection lost: made once, 1726", NULL},
    {"R6", "a fault marked as not executed: no second try", NULL},
    {"R7", "part of the reply received: made once, 1726", NULL},
    {"R8", "a handle whose association is gone: 6; no server: 1722", NULL},
    {"R9", "pipe data consumed: no second try", "pipes are not offered"},
};
/* clang-format on */
const size_t rule_count = sizeof rules / sizeof *rules;

bool rules_include(const char *list, const char *id)
{
    size_t n = strlen(id);

    for (const char *at = list; (at = strstr(at, id)) != NULL; at += n) {
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
    }
    return false;
}

static struct conformance_case cases[256];
static size_t case_count;

static void add_case(struct conformance_case c)
{
    if (case_count == sizeof cases / sizeof *cases)
        abort();
    cases[case_count++] = c;
}

const struct conformance_case *case_at(size_t i)
{
    if (case_count == 0) {
        cases_of_declaring(add_case);
        cases_of_handles(add_case);
        cases_of_locks(add_case);
        cases_of_failures(add_case);
        cases_of_losses(add_case);
        cases_of_arrays(add_case);
        cases_of_lives(add_case);
        cases_of_guests(add_case);
        cases_of_retries(add_case);
    }
    return i < case_count ? &cases[i] : NULL;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * handle.pml - one handle's life: client, server, network, two connections, two threads
 *
 * A client's threads open one handle, then use and close it, each over whichever of two connections
 * of one association is free. The network may cut each connection at any moment, and in the end cuts
 * both. The server may unregister the interface (RpcServerUnregisterIfEx). Every order of their
 * steps is searched; a step here is what the server does in one critical section, and every change of
 * the handle's state is a step of src/rpc/server/context_life.def, which this file includes.
 *
 *   P1  run-down exactly once: every context a routine made is closed once, run down once, or (Ex
 *       with 0) left to the program, and never two of them.
 *   P2  no use after close: no routine meets a context that was closed or run down, and a run-down
 *       meets no routine.
 *   P3  no orphan: when both connections are gone and every call has ended, nothing is left.
 *   P4  no deadlock: every order ends there (spin's invalid end states).
 *   P5  RpcServerUnregisterIfEx returns when no run-down routine runs or is due.
 */

#define STATE(name)
#define EVENT(name)
#define STEP(from, event, to)

#undef STATE
#define STATE(name) LIFE_##name,
mtype:state = {
#include "context_life.def"
    LIFE_STATES };
#undef STATE
#define STATE(name)

#undef EVENT
#define EVENT(name) LIFE_ON_##name,
mtype:event = {
#include "context_life.def"
    LIFE_EVENTS };
#undef EVENT
#define EVENT(name)

mtype:state life = LIFE_NONE;
mtype:state now = LIFE_NONE;

#undef STEP
#define STEP(from, event, to) :: now == LIFE_##from && what == LIFE_ON_##event -> life = LIFE_##to
inline life_step(what)
{
    now = life;
    if
#include "context_life.def"
    :: else -> assert(false) /* no such step */
    fi;
    now = LIFE_NONE /* what is over makes no states */
}

/* ---- What the program sees -------------------------------------------------------------------- */

byte made, closed, ran;       /* contexts, by the routines' own count */
bool alive, dropped;          /* there is one behind the handle; Ex with 0 left it to the program */

/* ---- The server's entry and its lock (context_lock.c) ------------------------------------------ */

#define CALLS 2
#define NOBODY CALLS
#define IN_TABLE (life == LIFE_OPEN || life == LIFE_BORN)

byte holders;
bool exclusive, table_dead;
byte owed;                        /* run-downs that hold the registration (T3) */
chan queue = [CALLS] of { byte }; /* calls that wait, in order */
bool wants_exclusive[CALLS], parked[CALLS], waits[CALLS], refused[CALLS], given_up[CALLS];
byte first_upgrade = NOBODY, second_upgrade = NOBODY;
byte head;

/* Within a critical section: `due` says whether the caller has to run the handle down. */
inline grant()
{
    do
    :: first_upgrade != NOBODY ->
        if
        :: holders == 1 -> exclusive = true; waits[first_upgrade] = false; first_upgrade = NOBODY
        :: else -> break
        fi
    :: first_upgrade == NOBODY && second_upgrade != NOBODY ->
        if
        :: holders == 0 ->
            holders = 1; exclusive = true; waits[second_upgrade] = false; second_upgrade = NOBODY
        :: else -> break
        fi
    :: first_upgrade == NOBODY && second_upgrade == NOBODY && len(queue) > 0 ->
        queue?<head>;
        if
        :: wants_exclusive[head] && holders == 0 ->
            queue?head; holders = 1; exclusive = true; parked[head] = false; waits[head] = false
        :: !wants_exclusive[head] && !exclusive ->
            queue?head; holders++; parked[head] = false; waits[head] = false
        :: else -> break
        fi
    :: else -> break
    od;
    head = 0
}

inline unlocked(due)
{
    if
    :: first_upgrade != NOBODY || second_upgrade != NOBODY || len(queue) > 0 -> grant()
    :: else
    fi;
    if
    :: holders == 0 && life == LIFE_CLOSED -> life_step(LIFE_ON_LAST)
    :: holders == 0 && life == LIFE_DOOMED -> life_step(LIFE_ON_LAST); due = true
    :: else
    fi
}

inline refuse_waiters()
{
    do
    :: len(queue) > 0 -> queue?head; refused[head] = true; parked[head] = false; waits[head] = false
    :: else -> break
    od;
    head = 0
}

/* context_remove: out of the table by an event. */
inline leave_table(why)
{
    life_step(why);
    refuse_waiters()
}

/* By whoever made the handle DUE, under no lock. */
inline run_it_down(is_owed)
{
    d_step {
        assert(life == LIFE_DUE);
        assert(holders == 0 && alive); /* P2 */
        ran++;
        assert(ran == 1 && closed == 0 && !dropped); /* P1 */
        alive = false
    }
    d_step {
        life_step(LIFE_ON_RAN);
        owed = owed - is_owed
    }
}

/* ---- The association's connections ------------------------------------------------------------ */

#define CONNECTIONS 2
#define FIRST_CALL  4       /* number of its process: connections, Ex and the opening call precede */
bool cut[CONNECTIONS];  /* by the network: nothing reaches the client any more */
bool gone[CONNECTIONS]; /* the server has noticed */
bool busy[CONNECTIONS]; /* a call of the client's is on it */
byte left = CONNECTIONS, call_of[CONNECTIONS] = NOBODY;
bool has_handle; /* the client */
bool registered = true, opening;

/* The network cuts it; then conn_closed, assoc_leave, context_table_close. */
active [CONNECTIONS] proctype connection()
{
    byte me = _pid, abandoned;
    bool due;

    cut[me] = true;
    d_step {
        gone[me] = true;
        abandoned = call_of[me];
        if
        :: abandoned != NOBODY ->
            if
            :: parked[abandoned] ->
                queue??eval(abandoned);
                given_up[abandoned] = true;
                parked[abandoned] = false;
                waits[abandoned] = false;
                grant()
            :: else
            fi
        :: else
        fi;
        abandoned = 0
    }
    d_step { /* nobody else reads `left`, so these are one step */
        left--;
        if
        :: left == 0 ->
            table_dead = true;
            if
            :: IN_TABLE -> leave_table(LIFE_ON_DEATH); owed++; unlocked(due)
            :: else
            fi
        :: else
        fi
    }
    if
    :: due -> run_it_down(1); due = false
    :: else
    fi
}

/* ---- RpcServerUnregisterIfEx ------------------------------------------------------------------ */

/* At any moment, or never; runs the handle down, or drops it. */
active proctype unregister()
{
    bool due;

    if
    :: goto out
    :: registered = false
    fi;
    (!opening);
    if
    :: d_step {
           if
           :: IN_TABLE -> leave_table(LIFE_ON_DROP); dropped = true; unlocked(due)
           :: else
           fi
       }
    :: d_step {
           if
           :: IN_TABLE -> leave_table(LIFE_ON_UNREGISTER); owed++; unlocked(due)
           :: else
           fi
       }
    fi;
    if
    :: due -> run_it_down(1); due = false
    :: else
    fi;
    d_step {
        (owed == 0);
        assert(life != LIFE_DOOMED && life != LIFE_DUE) /* P5 */
    }
out:
    skip
}

/* ---- Calls at the server ---------------------------------------------------------------------- */

/* A client's thread calls a routine that makes a context, over the first connection. */
active proctype open_call()
{
    bool sent, due;

    if
    :: atomic { registered && !cut[0] -> busy[0] = true; opening = true }
    :: goto none
    fi;
    if
    :: goto answer /* the routine raises, having cleaned up (F1) */
    :: d_step { made++; alive = true; life_step(LIFE_ON_FAIL) } goto failed /* B (F8 F11) */
    :: d_step { made++; alive = true; life_step(LIFE_ON_MAKE) }
    fi;
    if
    :: d_step { life_step(LIFE_ON_FAIL) } goto failed /* A (F4) */
    :: d_step { /* context_enter */
           life_step(LIFE_ON_ENTER);
           holders = 1;
           exclusive = true;
           if
           :: table_dead -> leave_table(LIFE_ON_DEATH); owed++
           :: else
           fi
       }
    fi;
    if /* the reply leaves, and may arrive; or does not */
    :: d_step {
           !gone[0] ->
           sent = true;
           has_handle = !cut[0];
           busy[0] = false
       }
    :: skip
    fi;
    if /* context_settle */
    :: d_step {
           sent ->
           life_step(LIFE_ON_SENT);
           holders--;
           exclusive = false;
           unlocked(due);
           sent = false
       }
       goto out
    :: d_step {
           !sent ->
           if
           :: life == LIFE_DOOMED -> owed--
           :: else
           fi;
           leave_table(LIFE_ON_FAIL);
           holders--;
           exclusive = false
       }
    fi;
failed:
    run_it_down(0);
answer:
    busy[0] = false;
out:
    if
    :: due -> run_it_down(1); due = false
    :: else
    fi;
    opening = false;
none:
    skip
}

/* A client's thread that has the handle uses it, over whichever connection is free, shared or alone,
 * and may close it; through another interface, so that Ex does not wait for it. */
active [CALLS] proctype use_call()
{
    byte me = _pid - FIRST_CALL, c;
    bool shared, closes, changed, due;

    if
    :: atomic { has_handle && !busy[0] && !cut[0] -> busy[0] = true; call_of[0] = me }
    :: atomic { has_handle && !busy[1] && !cut[1] -> c = 1; busy[1] = true; call_of[1] = me }
    :: cut[0] && cut[1] -> goto out /* nobody can be reached */
    fi;
    if /* how the handle is declared */
    :: shared = true
    :: shared = false
    fi;
    d_step { /* context_acquire */
        if
        :: !IN_TABLE -> refused[me] = true
        :: IN_TABLE && !gone[c] ->
            if
            :: first_upgrade == NOBODY && second_upgrade == NOBODY && len(queue) == 0 &&
               ((shared && !exclusive) || holders == 0) ->
                holders++;
                exclusive = !shared
            :: else ->
                queue!me;
                wants_exclusive[me] = !shared;
                parked[me] = true;
                waits[me] = true
            fi
        :: else -> given_up[me] = true
        fi
    }
    d_step {
        !waits[me] ->
        wants_exclusive[me] = false
    }
    if
    :: refused[me] || given_up[me] -> goto answer
    :: else
    fi;
    assert(alive); /* P2 */
    if
    :: d_step { /* RpcSsContextLockExclusive */
           shared ->
           if
           :: holders == 1 -> exclusive = true
           :: holders > 1 && first_upgrade == NOBODY ->
               first_upgrade = me;
               waits[me] = true
           :: else ->
               second_upgrade = me;
               changed = true; /* ERROR_MORE_WRITES: all must be looked at anew */
               waits[me] = true;
               holders--;
               grant()
           fi;
           shared = false
       }
       (!waits[me])
    :: skip
    fi;
    if
    :: d_step {
           !shared && (alive || !changed) ->
           assert(alive); /* P2 */
           closes = true;
           alive = false;
           closed++;
           assert(closed == 1 && ran == 0) /* P1 */
       }
    :: assert(alive || changed) /* P2 */
    fi;
    d_step { /* context_enter; for a routine that raised the rows say the same */
        if
        :: closes && IN_TABLE -> leave_table(LIFE_ON_CLOSE)
        :: closes && !IN_TABLE ->
            owed = owed - (life == LIFE_DOOMED);
            life_step(LIFE_ON_CLOSE)
        :: else
        fi;
        closes = false;
        changed = false;
        shared = false;
        holders--;
        exclusive = false;
        unlocked(due)
    }
    if
    :: due -> run_it_down(1); due = false
    :: else
    fi;
answer:
    atomic {
        refused[me] = false;
        given_up[me] = false;
        shared = false;
        call_of[c] = NOBODY;
        busy[c] = false;
        c = 0
    }
out:
    skip
}

/* ---- The end ---------------------------------------------------------------------------------- */

active proctype judge()
{
    (timeout);
    assert(life == LIFE_NONE || life == LIFE_ENDED);                /* P3 */
    assert(holders == 0 && owed == 0 && len(queue) == 0);
    assert(made == closed + ran + (dropped && closed == 0)) /* P1 */
}

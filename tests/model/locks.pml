/* SPDX-License-Identifier: Apache-2.0
 *
 * locks.pml - three calls on two handles: everybody comes to an end (L1 to L6 of context_lock.c)
 *
 * Each call takes each handle not at all, shared or alone, in the order of their numbers; its routine
 * may then upgrade any it holds shared, one after the other, in any order. A call that has to wait
 * before its routine begins is parked; what it holds until then is a reservation.
 *
 *   P4  no deadlock: every order ends with all calls done.
 *   P6  whoever has a handle alone is alone.
 *
 * The rule L6 is in two parts, each of which can be left out to see that it is needed:
 *   KEEP_RESERVATIONS  an upgrade does not take back what parked calls hold
 *   NO_CIRCLE_CHECK    an upgrade is never refused
 */
#define CALLS   3
#define HANDLES 2
#define NOBODY  CALLS
#define NOTHING HANDLES

mtype = { WITHOUT, SHARED, ALONE };

byte holders[HANDLES];
bool exclusive[HANDLES];
byte first_upgrade[HANDLES] = NOBODY;
chan later[HANDLES] = [CALLS] of { byte }; /* upgrades that gave the handle up, the last first */
chan queue[HANDLES] = [CALLS] of { byte }; /* parked calls, in order */

typedef call {
    mtype mode[HANDLES];
    bool holds[HANDLES];
    byte wanted;            /* the handle it takes next */
    bool parked;
    byte upgrades = NOTHING /* the handle whose upgrade its routine waits for */
};
call calls[CALLS];

byte n, m, o; /* of critical sections; 0 outside */

/* Goes on taking handles at calls[who].wanted; parks if one is not free. */
inline take_rest(who)
{
    do
    :: calls[who].wanted == HANDLES -> break
    :: else ->
        if
        :: calls[who].mode[calls[who].wanted] == WITHOUT -> calls[who].wanted++
        :: else ->
            if
            :: len(queue[calls[who].wanted]) == 0 &&
               first_upgrade[calls[who].wanted] == NOBODY &&
               len(later[calls[who].wanted]) == 0 &&
               (holders[calls[who].wanted] == 0 ||
                (calls[who].mode[calls[who].wanted] == SHARED &&
                 !exclusive[calls[who].wanted])) ->
                take(who, calls[who].wanted);
                calls[who].wanted++
            :: else ->
                queue[calls[who].wanted]!who;
                calls[who].parked = true;
                break
            fi
        fi
    od
}

inline take(who, what)
{
    assert(holders[what] == 0 || (calls[who].mode[what] == SHARED && !exclusive[what])); /* P6 */
    holders[what]++;
    exclusive[what] = calls[who].mode[what] == ALONE;
    calls[who].holds[what] = true
}

/* Lets in everybody who can come in anywhere, until nothing changes: what grant() of one handle
 * leads to at others is found by going round. */
inline grant_all()
{
    n = 0;
    do
    :: n == HANDLES -> break
    :: else ->
        if
        :: first_upgrade[n] != NOBODY && holders[n] == 1 ->
            exclusive[n] = true;
            calls[first_upgrade[n]].upgrades = NOTHING;
            first_upgrade[n] = NOBODY;
            n = 0
        :: first_upgrade[n] == NOBODY && len(later[n]) > 0 && holders[n] == 0 ->
            later[n]?m;
            take(m, n);
            calls[m].upgrades = NOTHING;
            n = 0
        :: first_upgrade[n] == NOBODY && len(later[n]) == 0 && len(queue[n]) > 0 ->
            queue[n]?<m>;
            if
            :: holders[n] == 0 || (calls[m].mode[n] == SHARED && !exclusive[n]) ->
                queue[n]?m;
                take(m, n);
                calls[m].parked = false;
                calls[m].wanted++;
                take_rest(m);
                n = 0
            :: else -> n++
            fi
        :: else -> n++
        fi
    od;
    n = 0;
    m = 0
}

inline release(who, what)
{
    if
    :: calls[who].holds[what] ->
        calls[who].holds[what] = false;
        holders[what]--;
        exclusive[what] = false
    :: else
    fi
}

/* Every parked call that holds `what` waits for it anew, behind the upgrade. */
inline take_back(what)
{
    o = 0;
    do
    :: o == CALLS -> break
    :: else ->
        if
        :: calls[o].parked && calls[o].holds[what] ->
            queue[calls[o].wanted]??eval(o);
            do
            :: calls[o].wanted == what -> break
            :: else -> calls[o].wanted--; release(o, calls[o].wanted)
            od;
            queue[what]!o
        :: else
        fi;
        o++
    od;
    o = 0
}

#define IN_CIRCLE(other, mine, his) \
    (calls[other].holds[mine] && calls[other].upgrades == his && calls[other].upgrades != mine)

/* With two handles and three calls a circle is of two. */
inline find_circle(who, what, ret)
{
    ret = false;
#ifndef NO_CIRCLE_CHECK
    n = 0;
    do
    :: n == CALLS -> break
    :: else ->
        if
        :: n != who && IN_CIRCLE(n, what, (1 - what)) && calls[who].holds[1 - what] -> ret = true
        :: else
        fi;
        n++
    od;
    n = 0
#endif
}

inline upgrade(what)
{
    d_step {
        if
        :: holders[what] == 1 -> exclusive[what] = true; calls[me].mode[what] = ALONE
        :: else ->
            find_circle(me, what, refused);
            if
            :: refused
            :: else ->
                calls[me].mode[what] = ALONE;
                calls[me].upgrades = what;
                if
                :: first_upgrade[what] == NOBODY -> first_upgrade[what] = me
                :: else -> /* L5 */
                    if
                    :: len(later[what]) == 0 -> later[what]!me
                    :: else -> later[what]?m; later[what]!me; later[what]!m; m = 0
                    fi;
                    release(me, what)
                fi;
#ifndef KEEP_RESERVATIONS
                take_back(what);
#endif
                grant_all()
            fi
        fi
    }
    (calls[me].upgrades == NOTHING);
    assert(refused || (holders[what] == 1 && exclusive[what])); /* P6 */
    if
    :: refused -> break /* the routine gives up */
    :: else
    fi
}

active [CALLS] proctype caller()
{
    byte me = _pid;
    bool refused;

    if
    :: calls[me].mode[0] = WITHOUT
    :: calls[me].mode[0] = SHARED
    :: calls[me].mode[0] = ALONE
    fi;
    if
    :: calls[me].mode[1] = WITHOUT
    :: calls[me].mode[1] = SHARED
    :: calls[me].mode[1] = ALONE
    fi;
    d_step { take_rest(me) }
    (!calls[me].parked);
    do
    :: calls[me].mode[0] == SHARED -> upgrade(0)
    :: calls[me].mode[1] == SHARED -> upgrade(1)
    :: break
    od;
    atomic {
        release(me, 0);
        release(me, 1);
        calls[me].mode[0] = WITHOUT;
        calls[me].mode[1] = WITHOUT;
        calls[me].wanted = 0;
        refused = false;
        grant_all()
    }
}

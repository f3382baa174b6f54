/* SPDX-License-Identifier: Apache-2.0
 *
 * recipe_test.c - sessions, threads and contexts: the twenty items of ese-sessions 12, by number
 */
#include "fixture.h"

#include <sched.h>
#include <stdatomic.h>

#define C ((uintptr_t)0xC0FFEE)
#define D ((uintptr_t)0xD00D)

#define NOT_MINE(err) \
    ((err) == JET_errSessionContextAlreadySet || (err) == JET_errSessionSharingViolation)

static void item_1(void **state)
{
    (void)state;
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(on(T2, do_commit, &fx, 0), JET_errSessionSharingViolation);
    assert_jet(do_commit(&fx, 0), JET_errSuccess);
}

static void item_2(void **state)
{
    (void)state;
    assert_jet(do_insert(&fx, 1), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(on(T2, do_move, &fx, 0), JET_errSuccess);
    assert_jet(on(T2, do_insert, &fx, 2), JET_errSessionSharingViolation);
    assert_jet(do_rollback(&fx, 0), JET_errSuccess);
    assert_int_equal(rows_seen(&fx), 1);
}

static void item_3(void **state)
{
    (void)state;
    assert_jet(do_set(&fx, 0), JET_errInvalidParameter);
    assert_jet(do_set(&fx, ~(uintptr_t)0), JET_errInvalidParameter);
    assert_jet(do_reset(&fx, 0), JET_errSessionContextNotSetByThisThread);
}

static void item_4(void **state)
{
    (void)state;
    assert_jet(do_set(&fx, C), JET_errSuccess);
    assert_jet(do_set(&fx, C), JET_errSessionContextAlreadySet);
    assert_jet(on(T2, do_set, &fx, D), JET_errSessionContextAlreadySet);
    assert_jet(on(T2, do_reset, &fx, 0), JET_errSessionContextNotSetByThisThread);
    assert_jet(do_reset(&fx, 0), JET_errSuccess);
    assert_jet(do_reset(&fx, 0), JET_errSessionContextNotSetByThisThread);
}

static void item_5(void **state)
{
    (void)state;
    assert_jet(do_set(&fx, C), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(do_insert(&fx, 5), JET_errSuccess);
    assert_jet(do_reset(&fx, 0), JET_errSuccess);
    assert_jet(on(T2, do_commit, &fx, 0), JET_errSessionSharingViolation);
    assert_jet(on(T2, do_set, &fx, D), JET_errSuccess);
    assert_jet(on(T2, do_commit, &fx, 0), JET_errSessionSharingViolation);
    assert_jet(on(T2, do_reset, &fx, 0), JET_errSuccess);
    assert_jet(on(T2, do_set, &fx, C), JET_errSuccess);
    assert_jet(on(T2, do_commit, &fx, 0), JET_errSuccess);
    assert_jet(on(T2, do_reset, &fx, 0), JET_errSuccess);
    assert_true(has_row(&fx, 5));
}

static void item_6(void **state)
{
    (void)state;
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(do_set(&fx, C), JET_errSuccess);
    assert_jet(do_commit(&fx, 0), JET_errSuccess);
    assert_jet(do_end(&fx, 0), JET_errSessionInUse);
    assert_jet(do_reset(&fx, 0), JET_errSuccess);
    assert_jet(do_end(&fx, 0), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errInvalidSesid);
}

static void item_7(void **state)
{
    (void)state;
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(do_set(&fx, C), JET_errSuccess);
    assert_jet(do_reset(&fx, 0), JET_errSuccess);
    assert_jet(on(T2, do_set, &fx, C), JET_errSuccess);
    assert_jet(on(T2, do_commit, &fx, 0), JET_errSessionSharingViolation);
    assert_jet(do_commit(&fx, 0), JET_errSuccess); /* while T2 holds one */
    assert_jet(on(T2, do_reset, &fx, 0), JET_errSuccess);
}

static void item_8(void **state)
{
    struct fx other;

    (void)state;
    fx_second(&fx, &other);
    assert_jet(do_set(&other, C), JET_errSuccess);
    assert_jet(do_begin(&other, 0), JET_errSuccess);
    assert_jet(do_insert(&other, 8), JET_errSuccess);
    assert_jet(do_reset(&other, 0), JET_errSuccess);
    assert_jet(on(T2, do_end, &other, 0), JET_errSuccess);
    assert_false(has_row(&fx, 8));
    assert_jet(do_move(&other, 0), JET_errInvalidSesid);
}

static void item_9(void **state)
{
    (void)state;
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(do_insert(&fx, 9), JET_errSuccess);
    assert_jet(on(T2, do_end, &fx, 0), JET_errSessionSharingViolation);
    assert_true(has_row(&fx, 9)); /* it lives, with its cursor */
    assert_int_equal(level_of(&fx), 1);
    assert_jet(do_rollback(&fx, 0), JET_errSuccess);
    assert_false(has_row(&fx, 9));
    assert_jet(do_set(&fx, C), JET_errSuccess); /* the reserved context is free again */
    assert_jet(do_reset(&fx, 0), JET_errSuccess);
}

/* ---- 10: a race for one session ---- */

#define RACERS 8
#define RACES  50

static struct race {
    pthread_barrier_t barrier;
    _Atomic int won, bad_rounds, others;
} the_race;

static void *race(void *arg)
{
    struct race *r = &the_race;

    (void)arg;
    for (int i = 0; i < RACES; i++) {
        JET_ERR err = JET_errSuccess;

        pthread_barrier_wait(&r->barrier);
        err = do_set(&fx, C);
        if (!err)
            r->won++;
        else if (!NOT_MINE(err))
            r->others++;
        if (pthread_barrier_wait(&r->barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
            if (r->won != 1)
                r->bad_rounds++;
            r->won = 0;
        }
        if (!err && do_reset(&fx, 0))
            r->others++;
        pthread_barrier_wait(&r->barrier);
    }
    return NULL;
}

static void item_10(void **state)
{
    pthread_t threads[RACERS];

    (void)state;
    pthread_barrier_init(&the_race.barrier, NULL, RACERS);
    for (int i = 0; i < RACERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, race, NULL), 0);
    for (int i = 0; i < RACERS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&the_race.barrier);
    assert_int_equal(the_race.bad_rounds, 0);
    assert_int_equal(the_race.others, 0);
}

static void item_11(void **state)
{
    (void)state;
    assert_jet(do_set(&fx, C), JET_errSuccess);
    assert_jet(on(T2, do_begin, &fx, 0), JET_errSuccess);
    assert_jet(on(T2, do_commit, &fx, 0), JET_errSessionSharingViolation);
    assert_jet(do_commit(&fx, 0), JET_errSuccess);
    assert_jet(do_reset(&fx, 0), JET_errSuccess);
}

static void item_12(void **state)
{
    struct fx other;

    (void)state;
    fx_second(&fx, &other);
    assert_jet(do_set(&other, C), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(JetStopServiceInstance(fx.instance), JET_errSuccess);
    assert_jet(do_set(&fx, C), JET_errClientRequestToStopJetService);
    assert_jet(do_set(&fx, 0), JET_errClientRequestToStopJetService); /* before its own -1003 */
    assert_jet(do_reset(&other, 0), JET_errSuccess);
    assert_jet(do_commit(&fx, 0), JET_errClientRequestToStopJetService);
    assert_jet(do_rollback(&fx, 0), JET_errSuccess);
    assert_jet(do_end(&fx, 0), JET_errSuccess);
    assert_jet(do_end(&other, 0), JET_errSuccess);
}

static void item_13(void **state)
{
    (void)state;
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(do_term(&fx, JET_bitTermComplete), JET_errTooManyActiveUsers);
    assert_jet(do_term(&fx, JET_bitTermAbrupt), JET_errTooManyActiveUsers);
    assert_int_equal(level_of(&fx), 1);
    assert_jet(do_rollback(&fx, 0), JET_errSuccess);
    assert_jet(do_set(&fx, C), JET_errSuccess);
    assert_jet(JetTerm(fx.instance), JET_errSuccess);
}

static void item_14(void **state)
{
    (void)state;
    for (int i = 0; i < 7; i++)
        assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errTransTooDeep);
    assert_int_equal(level_of(&fx), 7);
    assert_jet(do_rollback(&fx, JET_bitRollbackAll), JET_errSuccess);
    assert_int_equal(level_of(&fx), 0);
    assert_jet(do_commit(&fx, 0), JET_errNotInTransaction);
    assert_jet(do_commit(&fx, JET_bitWaitLastLevel0Commit), JET_errSuccess);
    assert_jet(on(T2, do_commit, &fx, JET_bitWaitLastLevel0Commit), JET_errSuccess);
}

static void item_15(void **state)
{
    (void)state;
    assert_jet(do_insert(&fx, 15), JET_errSuccess);
    start(T2, do_hold, &fx, 0);
    held();
    start(T3, do_term, &fx, JET_bitTermAbrupt);
    /* JetTerm has marked the instance when the answer changes from "in use". */
    assert_jet(until_not(do_set, &fx, C, JET_errSessionSharingViolation), JET_errTermInProgress);
    let_go();
    assert_jet(finish(T2), JET_errSuccess);
    assert_jet(finish(T3), JET_errSuccess);
}

static void item_16(void **state)
{
    (void)state;
    assert_jet(JetTerm(fx.instance), JET_errSuccess);
    assert_jet(do_set(&fx, C), JET_errNotInitialized);
    assert_jet(JetSetSessionContext(0, C), JET_errInvalidSesid);
    assert_jet(JetSetSessionContext(JET_sesidNil, C), JET_errInvalidSesid);
    assert_jet(JetSetSessionContext(fx.session + 1, C), JET_errInvalidSesid);
    assert_jet(JetSetSessionContext(fx.session + (1 << 24), C), JET_errInvalidSesid);
}

static void item_17(void **state)
{
    struct fx again = fx;

    (void)state;
    assert_jet(do_backup(&fx, 0), JET_errSuccess);
    assert_jet(JetTerm(fx.instance), JET_errSuccess);
    fx_create(&again, "test");
    start(T2, do_restore, &again, 1);
    held();
    assert_jet(do_set(&fx, C), JET_errRestoreInProgress);
    let_go();
    assert_jet(finish(T2), JET_errSuccess);
    assert_jet(do_set(&fx, C), JET_errNotInitialized);
    assert_jet(JetTerm(again.instance), JET_errSuccess);
}

static void item_18(void **state)
{
    (void)state;
    fx_engine.break_it();
    assert_jet(do_set(&fx, C), JET_errInstanceUnavailable);
    assert_jet(JetStopServiceInstance(fx.instance), JET_errSuccess);
    assert_jet(do_set(&fx, C), JET_errClientRequestToStopJetService);
    assert_jet(do_reset(&fx, 0), JET_errInstanceUnavailable);
}

static void item_18_disk_full(void **state)
{
    (void)state;
    fx_engine.fill_its_disk();
    assert_jet(do_set(&fx, C), JET_errInstanceUnavailableDueToFatalLogDiskFull);
    assert_jet(JetStopServiceInstance(fx.instance), JET_errSuccess);
    assert_jet(do_set(&fx, C), JET_errClientRequestToStopJetService);
    assert_jet(do_reset(&fx, 0), JET_errInstanceUnavailableDueToFatalLogDiskFull);
}

/* 19: in every state in which a set or reset fails, nothing about the session has changed. */
static void item_19(void **state)
{
    int32_t value = 0;

    (void)state;
    assert_jet(do_insert(&fx, 1), JET_errSuccess);
    assert_jet(do_set(&fx, C), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(do_insert(&fx, 19), JET_errSuccess);
    assert_true(has_row(&fx, 19));
    assert_jet(JetPrepareUpdate(fx.session, fx.table, JET_prepReplace), JET_errSuccess);
    assert_jet(do_set(&fx, C), JET_errSessionContextAlreadySet);
    assert_jet(do_set(&fx, 0), JET_errInvalidParameter);
    assert_jet(on(T2, do_set, &fx, D), JET_errSessionContextAlreadySet);
    assert_jet(on(T2, do_reset, &fx, 0), JET_errSessionContextNotSetByThisThread);
    assert_int_equal(level_of(&fx), 1);
    assert_jet(JetRetrieveColumn(fx.session, fx.table, fx.id, &value, sizeof value, NULL, 0, NULL),
               JET_errSuccess);
    assert_int_equal(value, 19);
    assert_jet(JetPrepareUpdate(fx.session, fx.table, JET_prepCancel), JET_errSuccess);
    assert_jet(do_commit(&fx, 0), JET_errSuccess); /* still T1's, by C */
    assert_jet(do_reset(&fx, 0), JET_errSuccess);
    assert_int_equal(rows_seen(&fx), 2);
}

/* ---- 20: a pool whose only state is the contexts ---- */

#define POOL_THREADS 8
#define POOL_SIZE    3
#define POOL_ROUNDS  200

struct pool {
    JET_SESID sessions[POOL_SIZE];
    _Atomic int owners[POOL_SIZE];
    _Atomic int twice, wrong, done;
    _Atomic uintptr_t next;
};

static void use(struct pool *p, int i)
{
    if (atomic_fetch_add(&p->owners[i], 1) != 0)
        p->twice++;
    if (JetBeginTransaction(p->sessions[i]) || JetCommitTransaction(p->sessions[i], 0))
        p->wrong++;
    atomic_fetch_sub(&p->owners[i], 1);
    if (JetResetSessionContext(p->sessions[i]))
        p->wrong++;
    p->done++;
}

static void *swim(void *arg)
{
    struct pool *p = arg;
    uintptr_t me = atomic_fetch_add(&p->next, 1) + 1;

    for (int done = 0, i = 0; done < POOL_ROUNDS; i = (i + 1) % POOL_SIZE) {
        JET_ERR err = JetSetSessionContext(p->sessions[i], me);

        if (!err) {
            use(p, i);
            done++;
        } else if (!NOT_MINE(err)) {
            p->wrong++;
            done++;
        } else {
            sched_yield();
        }
    }
    return NULL;
}

static void item_20(void **state)
{
    struct pool p = {.next = 0};
    pthread_t threads[POOL_THREADS];

    (void)state;
    for (int i = 0; i < POOL_SIZE; i++)
        assert_jet(JetDupSession(fx.session, &p.sessions[i]), JET_errSuccess);
    for (int i = 0; i < POOL_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, swim, &p), 0);
    for (int i = 0; i < POOL_THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(p.twice, 0);
    assert_int_equal(p.wrong, 0); /* nor does a loser's try make a call of the owner fail */
    assert_int_equal(p.done, POOL_THREADS * POOL_ROUNDS);
}

#define ITEM(n, what) FX_TEST(item_##n, "12." #n " " what)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ITEM(1, "a transaction belongs to its thread"),
        ITEM(2, "reads pass, updates do not"),
        ITEM(3, "0 and -1 are no contexts"),
        ITEM(4, "one sets, the same resets"),
        ITEM(5, "a transaction of a context moves with its value"),
        ITEM(6, "a context set within a transaction comes too late, and holds the session"),
        ITEM(7, "a transaction begun without a context stays with its thread"),
        ITEM(8, "anybody may end a session whose transaction is unowned"),
        ITEM(9, "nobody else may end one whose transaction is a thread's"),
        ITEM(10, "of racing threads one wins"),
        ITEM(11, "who begins is not who owns"),
        ITEM(12, "after stop of service"),
        ITEM(13, "JetTerm and open transactions, and contexts"),
        ITEM(14, "seven levels; commits at level 0"),
        ITEM(15, "JetTerm waits for who is inside"),
        ITEM(16, "a session of an ended instance; one never given"),
        FX_TEST_NEEDS(item_17, "12.17 a session of an instance that is being restored",
                      fx_restoring),
        FX_TEST(item_18, "12.18 an unavailable instance"),
        FX_TEST_NEEDS(item_18_disk_full, "12.18 ... for a full disk", fx_filling),
        ITEM(19, "a set or reset that fails has changed nothing"),
        ITEM(20, "a pool with no other state"),
    };

    return fx_run("jet-recipe", tests, sizeof tests / sizeof tests[0]);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * outcomes.c - what became of the commits that clients have named (jet-remote N2)
 *
 * Owns:  two rings, of commits and of instances. Asking is rare and looks at all of a ring.
 * Lock:  one.
 * Invariants
 *   O1  A commit is noted before its reply leaves.
 *   O2  `forgotten` of a mark is no less than any number of it that a ring has dropped.
 */
#include "remote/outcomes.h"

#include <pthread.h>

struct outcome {
    uint64_t mark, number, when_s;
    bool committed;
};

struct mark {
    uint64_t mark, forgotten;
    bool gone;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct outcome outcomes[SERVE_OUTCOMES];
static struct mark marks[SERVE_MARKS];
static uint64_t next_outcome, next_mark;

static struct mark *find_mark(uint64_t mark)
{
    for (uint64_t i = 0; i < SERVE_MARKS; i++)
        if (marks[i].mark == mark)
            return &marks[i];
    return NULL;
}

void serve_outcomes_begin(uint64_t mark)
{
    pthread_mutex_lock(&lock);
    marks[next_mark++ % SERVE_MARKS] = (struct mark){.mark = mark};
    pthread_mutex_unlock(&lock);
}

void serve_outcomes_end(uint64_t mark)
{
    struct mark *m = NULL;

    pthread_mutex_lock(&lock);
    m = find_mark(mark);
    if (m)
        m->gone = true;
    pthread_mutex_unlock(&lock);
}

/* O2 */
static void forget(const struct outcome *o)
{
    struct mark *m = o->mark ? find_mark(o->mark) : NULL;

    if (m && m->forgotten < o->number)
        m->forgotten = o->number;
}

void serve_outcomes_note(uint64_t mark, uint64_t number, bool committed, uint64_t now_s)
{
    struct outcome *o = NULL;

    pthread_mutex_lock(&lock);
    o = &outcomes[next_outcome++ % SERVE_OUTCOMES];
    forget(o);
    *o = (struct outcome){mark, number, now_s, committed};
    pthread_mutex_unlock(&lock);
}

/* The newest word counts: a commit that failed may have been tried again under its number. */
static const struct outcome *find_outcome(uint64_t mark, uint64_t number)
{
    for (uint64_t i = 1; i <= SERVE_OUTCOMES && i <= next_outcome; i++) {
        const struct outcome *o = &outcomes[(next_outcome - i) % SERVE_OUTCOMES];

        if (o->mark == mark && o->number == number)
            return o;
    }
    return NULL;
}

static enum serve_outcome decide(uint64_t mark, uint64_t number, uint64_t now_s)
{
    const struct outcome *o = find_outcome(mark, number);
    const struct mark *m = find_mark(mark);

    if (o && now_s - o->when_s <= SERVE_OUTCOME_SECONDS)
        return o->committed ? OUTCOME_COMMITTED : OUTCOME_NOT_COMMITTED;
    if (o || !m || !m->gone || number <= m->forgotten)
        return OUTCOME_UNKNOWN;
    return OUTCOME_NOT_COMMITTED;
}

enum serve_outcome serve_outcomes_ask(uint64_t mark, uint64_t number, uint64_t now_s)
{
    enum serve_outcome outcome = OUTCOME_UNKNOWN;

    pthread_mutex_lock(&lock);
    if (mark != 0 && number != 0)
        outcome = decide(mark, number, now_s);
    pthread_mutex_unlock(&lock);
    return outcome;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_notes.c - notes of drops and bulk values, and the thread that removes what they name
 *
 * Owns:       tree 0 (rocks_internal.h shows its rows) and the removing thread.
 * Life of a drop: noted by its transaction -> committed: counted pending, thread woken -> its keys
 *             deleted in bounded batches -> note deleted -> no longer pending. The log keeps the
 *             order, so a note that is gone after a crash means that its keys are gone.
 * Invariants: N1 a key is deleted only while its note is there. N2 drops_pending is the number of
 *             committed 'D' notes, or more while a commit is about to be counted.
 */
#include "ese/store/rocks_internal.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <string.h>
#include <time.h>

void rocks_note_key(char key[ROCKS_NOTE_SIZE], enum rocks_note kind, uint64_t number)
{
    rocks_put_u64(key, 0);
    key[ROCKS_TREE_SIZE] = (char)kind;
    rocks_put_u64(key + ROCKS_TREE_SIZE + 1, number);
}

void rocks_key_after_prefix(struct rocks_key *k)
{
    while ((unsigned char)k->data[k->size - 1] == 0xff)
        k->size--; /* ends: no tree is STORE_TREE_MAX */
    k->data[k->size - 1]++;
}

/* ---- removing ---- */

static bool should_stop(struct rocks *r)
{
    bool stop;

    (void)pthread_mutex_lock(&r->notes.lock);
    stop = r->notes.stop;
    (void)pthread_mutex_unlock(&r->notes.lock);
    return stop;
}

/* An older transaction still holds a row of a batch: tries again when it may have ended. */
static enum store_status write_patiently(struct rocks *r, rocksdb_writebatch_t *batch)
{
    enum store_status status;

    while ((status = rocks_write(r, batch)) == STORE_CONFLICT && !should_stop(r)) {
        struct timespec until;

        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 10000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_nsec -= 1000000000;
            until.tv_sec++;
        }
        (void)pthread_mutex_lock(&r->notes.lock);
        if (!r->notes.stop)
            (void)pthread_cond_timedwait(&r->notes.wake, &r->notes.lock, &until);
        (void)pthread_mutex_unlock(&r->notes.lock);
    }
    return status;
}

/* Deletes every key that begins with `prefix`; *ret_all is false when told to stop before. */
static enum store_status remove_keys(struct rocks *r, const struct rocks_key *prefix, bool *ret_all)
{
    rocksdb_readoptions_t *read = rocksdb_readoptions_create();
    rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    struct rocks_key end = *prefix;
    enum store_status status = STORE_OK;
    rocksdb_iterator_t *it;
    char *error = NULL;
    size_t octets = 0;

    rocks_key_after_prefix(&end);
    rocksdb_readoptions_set_fill_cache(read, 0);
    rocksdb_readoptions_set_iterate_upper_bound(read, end.data, end.size);
    it = rocksdb_transactiondb_create_iterator(r->db, read);
    rocksdb_iter_seek(it, prefix->data, prefix->size);
    *ret_all = true;
    while (rocksdb_iter_valid(it) && status == STORE_OK) {
        size_t size;
        const char *key = rocksdb_iter_key(it, &size);

        rocksdb_writebatch_delete(batch, key, size);
        octets += size;
        rocksdb_iter_next(it);
        if (rocksdb_writebatch_count(batch) < ROCKS_BATCH_KEYS && octets < ROCKS_BATCH_SIZE &&
            rocksdb_iter_valid(it))
            continue;
        status = write_patiently(r, batch);
        rocksdb_writebatch_clear(batch);
        octets = 0;
        if (should_stop(r)) {
            *ret_all = false;
            break;
        }
    }
    rocksdb_iter_get_error(it, &error);
    if (status == STORE_OK)
        status = rocks_error(error, "remove");
    else
        rocksdb_free(error);
    rocksdb_iter_destroy(it);
    rocksdb_writebatch_destroy(batch);
    rocksdb_readoptions_destroy(read);
    return status;
}

/* Finds the first note of a kind; its number and what it names. */
static enum store_status first_note(struct rocks *r, enum rocks_note kind, uint64_t from,
                                    uint64_t *ret_number, struct rocks_key *ret_names)
{
    rocksdb_iterator_t *it = rocksdb_transactiondb_create_iterator(r->db, r->latest);
    enum store_status status = STORE_NOT_FOUND;
    char key[ROCKS_NOTE_SIZE];
    const char *found, *names;
    char *error = NULL;
    size_t size;

    rocks_note_key(key, kind, from);
    rocksdb_iter_seek(it, key, sizeof key);
    if (!rocksdb_iter_valid(it)) {
        rocksdb_iter_get_error(it, &error);
        status = error ? rocks_error(error, "read notes") : STORE_NOT_FOUND;
        goto out;
    }
    found = rocksdb_iter_key(it, &size);
    if (size != sizeof key || memcmp(found, key, ROCKS_TREE_SIZE + 1) != 0)
        goto out;
    *ret_number = rocks_get_u64(found + ROCKS_TREE_SIZE + 1);
    names = rocksdb_iter_value(it, &size);
    if (kind != ROCKS_NOTE_PUBLISHED &&
        (size < ROCKS_TREE_SIZE || size > sizeof ret_names->data || rocks_get_u64(names) == 0 ||
         rocks_get_u64(names) == STORE_TREE_MAX)) {
        log_line(LOG_LEVEL_ERROR, "store note is damaged number=%llu",
                 (unsigned long long)*ret_number);
        status = STORE_CORRUPT;
        goto out;
    }
    memcpy(ret_names->data, names, size);
    ret_names->size = size;
    status = STORE_OK;
out:
    rocksdb_iter_destroy(it);
    return status;
}

static void drop_done(struct rocks *r)
{
    (void)pthread_mutex_lock(&r->notes.lock);
    if (atomic_fetch_sub(&r->base.count.drops_pending, 1) == 1)
        (void)pthread_cond_broadcast(&r->notes.idle);
    (void)pthread_mutex_unlock(&r->notes.lock);
}

/* Works off the committed drops, oldest first, until there is none. */
static enum store_status remove_all(struct rocks *r)
{
    rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    struct rocks_key prefix = {.size = 0}; /* background work asks for no memory of ours */
    enum store_status status = STORE_OK;
    uint64_t number = 0;

    while (status == STORE_OK) {
        char key[ROCKS_NOTE_SIZE];
        bool all = false;

        status = first_note(r, ROCKS_NOTE_DROP, 0, &number, &prefix);
        if (status == STORE_OK)
            status = remove_keys(r, &prefix, &all);
        if (status || !all)
            break;
        rocks_note_key(key, ROCKS_NOTE_DROP, number);
        rocksdb_writebatch_clear(batch);
        rocksdb_writebatch_delete(batch, key, sizeof key);
        status = write_patiently(r, batch);
        if (status == STORE_OK)
            drop_done(r);
    }
    rocksdb_writebatch_destroy(batch);
    return status == STORE_NOT_FOUND ? STORE_OK : status;
}

static void *removing_thread(void *arg)
{
    struct rocks *r = arg;

    (void)pthread_mutex_lock(&r->notes.lock);
    while (!r->notes.stop) {
        enum store_status status;

        if (!r->notes.work) {
            (void)pthread_cond_wait(&r->notes.wake, &r->notes.lock);
            continue;
        }
        r->notes.work = false;
        (void)pthread_mutex_unlock(&r->notes.lock);
        status = remove_all(r);
        (void)pthread_mutex_lock(&r->notes.lock);
        if (status && status != STORE_CONFLICT) {
            log_line(LOG_LEVEL_ERROR,
                     "store removal of dropped trees stops until the next drop "
                     "or open status=\"%s\"",
                     store_status_name(status));
            r->notes.broken = true;
            (void)pthread_cond_broadcast(&r->notes.idle);
        }
    }
    (void)pthread_mutex_unlock(&r->notes.lock);
    return NULL;
}

void rocks_notes_add(struct rocks *r, uint64_t drops)
{
    (void)pthread_mutex_lock(&r->notes.lock);
    atomic_fetch_add(&r->base.count.drops_pending, drops); /* N2 */
    r->notes.work = true;
    r->notes.broken = false;
    (void)pthread_cond_signal(&r->notes.wake);
    (void)pthread_mutex_unlock(&r->notes.lock);
}

enum store_status rocks_drain(struct store *store)
{
    struct rocks *r = rocks_of(store);
    enum store_status status = STORE_OK;

    (void)pthread_mutex_lock(&r->notes.lock);
    while (atomic_load(&r->base.count.drops_pending) > 0 && !r->notes.broken)
        (void)pthread_cond_wait(&r->notes.idle, &r->notes.lock);
    if (atomic_load(&r->base.count.drops_pending) > 0)
        status = STORE_FAILED;
    (void)pthread_mutex_unlock(&r->notes.lock);
    return status;
}

enum store_status rocks_drop(struct store_txn *txn, uint64_t tree, struct store_slice prefix)
{
    struct rocks_txn *t = rocks_txn_of(txn);
    struct rocks_key names;
    enum store_status status;

    rocks_key_make(&names, tree, prefix);
    status = rocks_txn_put_note(t, ROCKS_NOTE_DROP,
                                atomic_fetch_add(&rocks_of(txn->store)->notes.next, 1), &names);
    if (status == STORE_OK)
        t->drops++;
    return status;
}

/* ---- at open ---- */

/* Settles one bulk value that was begun: published ones lose their notes, others become drops. */
static enum store_status settle_bulk(struct rocks *r, uint64_t number,
                                     const struct rocks_key *prefix, rocksdb_writebatch_t *batch)
{
    struct rocks_key published = {.size = ROCKS_NOTE_SIZE};
    struct store_value value = {0};
    char key[ROCKS_NOTE_SIZE];
    enum store_status status;

    rocksdb_writebatch_clear(batch);
    rocks_note_key(key, ROCKS_NOTE_BULK, number);
    rocksdb_writebatch_delete(batch, key, sizeof key);
    rocks_note_key(published.data, ROCKS_NOTE_PUBLISHED, number);
    status = rocks_get_latest(r, &published, &value);
    store_value_release(&value);
    if (status == STORE_OK) {
        rocksdb_writebatch_delete(batch, published.data, published.size);
    } else if (status == STORE_NOT_FOUND) {
        rocks_note_key(key, ROCKS_NOTE_DROP, number);
        rocksdb_writebatch_put(batch, key, sizeof key, prefix->data, prefix->size);
        atomic_fetch_add(&r->base.count.bulk_removed, 1);
    } else {
        return status;
    }
    return rocks_write(r, batch);
}

static enum store_status recover_notes(struct rocks *r)
{
    rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    struct rocks_key *prefix = mem_alloc(sizeof *prefix);
    enum store_status status = prefix ? STORE_OK : STORE_NO_MEMORY;
    uint64_t number = 0, next = 0, drops = 0;

    for (; status == STORE_OK; next = number + 1 > next ? number + 1 : next) {
        status = first_note(r, ROCKS_NOTE_BULK, 0, &number, prefix);
        if (status == STORE_OK)
            status = settle_bulk(r, number, prefix, batch);
    }
    if (status == STORE_NOT_FOUND)
        status = STORE_OK;
    for (number = 0; status == STORE_OK; drops++) {
        status = first_note(r, ROCKS_NOTE_DROP, number, &number, prefix);
        if (status)
            break;
        next = number + 1 > next ? number + 1 : next;
        number++;
    }
    if (status == STORE_NOT_FOUND)
        status = STORE_OK;
    atomic_store(&r->notes.next, next);
    if (status == STORE_OK && drops > 0)
        rocks_notes_add(r, drops);
    rocksdb_writebatch_destroy(batch);
    mem_free(prefix);
    return status;
}

enum store_status rocks_notes_start(struct rocks *r)
{
    enum store_status status = recover_notes(r);

    if (status)
        return status;
    if (pthread_create(&r->notes.thread, NULL, removing_thread, r) != 0)
        return STORE_NO_MEMORY;
    r->notes.started = true;
    return STORE_OK;
}

void rocks_notes_stop(struct rocks *r)
{
    if (!r->notes.started)
        return;
    (void)pthread_mutex_lock(&r->notes.lock);
    r->notes.stop = true;
    (void)pthread_cond_broadcast(&r->notes.wake);
    (void)pthread_mutex_unlock(&r->notes.lock);
    (void)pthread_join(r->notes.thread, NULL);
    r->notes.started = false;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_rows.c - rows as they were last committed, found by their keys
 *
 * RocksDB looks a key up in every memtable and file that may have it, each a search of its own;
 * here it is one hash and one comparison. What is read is kept, and what is written comes in with
 * its commit; values that are lent are the kept ones, counted, so nothing is copied.
 *
 * Owns:       the rows. A shard's lock protects its table and its members; what a row's key and value
 *             are never changes.
 * Invariants: a transaction whose snapshot is a kept row's `since` or newer, and that has not
 *             written the key itself, would read this value. It holds because
 *             H1 before a commit can be seen, rows with the hashes of its keys have gone; its own
 *                are there in their places with since = ROCKS_ROW_PENDING, which is newer than all;
 *             H2 after the commit those that nothing has taken the place of since get the newest
 *                sequence number there is, which is the commit's or later;
 *             H3 what a transaction has read is kept, as of its own snapshot, only when no commit
 *                into the shard is under way or has ended after that snapshot, and nothing is kept for
 *                the key.
 * Leaving a row out is always right; running out of memory does no more than that.
 */
#include "ese/store/rocks_internal.h"
#include "ese/store/rocks_shim.h"

#include "base/mem.h"

#include <string.h>

#define ROW_MAX ((size_t)4096) /* longer values are not kept */
#define ROW_MIN \
    ((size_t)16) /* nor shorter ones when written: entries of indexes, which are walked */
#define WROTE_MAX    ((size_t)1 << 16)
#define FIRST_ROOM   16
#define WRITTEN_PART 16 /* of all memory that one transaction's rows may take before its commit */

#define ROCKS_ROW_PENDING UINT64_MAX

struct rocks_row {
    atomic_uint refs; /* the table's, its transaction's, and one for each that it is lent to */
    struct rocks_row *next; /* of one bucket */
    uint64_t hash, since;
    uint32_t key_size, value_size;
    bool kept;   /* is in the table */
    bool used;   /* since eviction last came by */
    char data[]; /* key, value */
};

static size_t weight(const struct rocks_row *row)
{
    return sizeof *row + row->key_size + row->value_size;
}

static void unref(void *row)
{
    struct rocks_row *r = row;

    if (r != NULL && atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) == 1)
        mem_free(r);
}

static struct rocks_row *row_new(const struct rocks_key *key, uint64_t hash,
                                 struct store_slice value)
{
    struct rocks_row *row = mem_alloc(sizeof *row + key->size + value.size);

    if (row == NULL)
        return NULL;
    atomic_init(&row->refs, 1);
    row->hash = hash;
    row->since = ROCKS_ROW_PENDING;
    row->key_size = (uint32_t)key->size;
    row->value_size = (uint32_t)value.size;
    memcpy(row->data, key->data, key->size);
    if (value.size > 0)
        memcpy(row->data + key->size, value.data, value.size);
    return row;
}

enum store_status rocks_rows_init(struct rocks_rows *rows, size_t budget)
{
    rows->budget = budget / ROCKS_ROW_SHARDS;
    for (size_t i = 0; i < ROCKS_ROW_SHARDS; i++)
        if (pthread_mutex_init(&rows->shard[i].lock, NULL) != 0)
            return STORE_NO_MEMORY;
    return STORE_OK;
}

static struct rocks_row_shard *shard_of(struct rocks_rows *rows, uint64_t hash)
{
    return &rows->shard[hash / (UINT64_MAX / ROCKS_ROW_SHARDS + 1)];
}

/* ---- a shard's table; its lock is held ---- */

static struct rocks_row **bucket_of(const struct rocks_row_shard *s, uint64_t hash)
{
    return &s->buckets[hash & (s->room - 1)];
}

static void take_out(struct rocks_row_shard *s, struct rocks_row **at)
{
    struct rocks_row *row = *at;

    *at = row->next;
    s->used--;
    s->bytes -= weight(row);
    row->kept = false;
    unref(row);
}

static void take_out_hash(struct rocks_row_shard *s, uint64_t hash)
{
    struct rocks_row **at = s->room > 0 ? bucket_of(s, hash) : NULL;

    while (at != NULL && *at != NULL)
        if ((*at)->hash == hash)
            take_out(s, at);
        else
            at = &(*at)->next;
}

static bool make_room(struct rocks_row_shard *s)
{
    struct rocks_row_shard bigger = {.room = s->room ? 2 * s->room : FIRST_ROOM};

    if (s->used < s->room)
        return true;
    bigger.buckets = mem_alloc(bigger.room * sizeof(struct rocks_row *));
    if (bigger.buckets == NULL)
        return s->room > 0;
    for (size_t i = 0; i < s->room; i++)
        while (s->buckets[i] != NULL) {
            struct rocks_row *row = s->buckets[i], **to = bucket_of(&bigger, row->hash);

            s->buckets[i] = row->next;
            row->next = *to;
            *to = row;
        }
    mem_free(s->buckets);
    s->buckets = bigger.buckets;
    s->room = bigger.room;
    return true;
}

/* Goes round the buckets: what has not been used since the last time goes. */
static void evict(struct rocks_row_shard *s, size_t budget)
{
    for (size_t n = 0; s->bytes > budget && n < 2 * s->room; n++) {
        struct rocks_row **at = &s->buckets[s->hand];

        while (*at != NULL)
            if (!(*at)->used && (*at)->since != ROCKS_ROW_PENDING) {
                take_out(s, at);
            } else {
                (*at)->used = false;
                at = &(*at)->next;
            }
        s->hand = (s->hand + 1) & (s->room - 1);
    }
}

/* Nothing is kept for its hash. */
static void put_in(struct rocks_row_shard *s, size_t budget, struct rocks_row *row)
{
    struct rocks_row **to;

    if (!make_room(s))
        return;
    evict(s, budget);
    to = bucket_of(s, row->hash);
    atomic_fetch_add_explicit(&row->refs, 1, memory_order_relaxed);
    row->next = *to;
    row->kept = true;
    *to = row;
    s->used++;
    s->bytes += weight(row);
}

static void empty(struct rocks_row_shard *s)
{
    for (size_t i = 0; i < s->room; i++)
        while (s->buckets[i] != NULL)
            take_out(s, &s->buckets[i]);
}

void rocks_rows_fini(struct rocks_rows *rows)
{
    for (size_t i = 0; i < ROCKS_ROW_SHARDS; i++) {
        struct rocks_row_shard *s = &rows->shard[i];

        empty(s);
        mem_free(s->buckets);
        (void)pthread_mutex_destroy(&s->lock);
    }
}

/* ---- reading ---- */

static struct rocks_row *find(const struct rocks_row_shard *s, const struct rocks_key *key,
                              uint64_t hash)
{
    for (struct rocks_row *row = s->room > 0 ? *bucket_of(s, hash) : NULL; row; row = row->next)
        if (row->hash == hash && row->key_size == key->size &&
            memcmp(row->data, key->data, key->size) == 0)
            return row;
    return NULL;
}

bool rocks_rows_get(struct rocks_txn *t, const struct rocks_key *key, uint64_t hash,
                    struct store_value *ret_value)
{
    struct rocks_row_shard *s = shard_of(&rocks_of(t->base.store)->rows, hash);
    struct rocks_row *row;

    (void)pthread_mutex_lock(&s->lock);
    row = find(s, key, hash);
    if (row != NULL && row->since <= t->sequence) {
        row->used = true;
        atomic_fetch_add_explicit(&row->refs, 1, memory_order_relaxed);
    } else {
        row = NULL;
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (row == NULL)
        return false;
    *ret_value = (struct store_value){
        .data = row->data + row->key_size, .size = row->value_size, .pin = row, .unpin = unref};
    return true;
}

void rocks_rows_keep(struct rocks_txn *t, const struct rocks_key *key, uint64_t hash,
                     struct store_slice value)
{
    struct rocks_rows *rows = &rocks_of(t->base.store)->rows;
    struct rocks_row_shard *s = shard_of(rows, hash);
    struct rocks_row *row = value.size <= ROW_MAX ? row_new(key, hash, value) : NULL;

    if (row == NULL)
        return;
    row->since = t->sequence;
    (void)pthread_mutex_lock(&s->lock);
    if (s->committing == 0 && s->last_commit <= t->sequence && find(s, key, hash) == NULL) /* H3 */
        put_in(s, rows->budget, row);
    (void)pthread_mutex_unlock(&s->lock);
    unref(row);
}

/* ---- what a transaction writes ---- */

bool rocks_rows_wrote(const struct rocks_txn *t, uint64_t hash)
{
    return (t->wrote.bits[hash / 64 % ROCKS_WROTE_BITS] >> hash % 64 & 1) != 0;
}

static bool wrote_room(struct rocks_wrote *w)
{
    size_t room = w->room ? 2 * w->room : FIRST_ROOM;
    struct rocks_wrote_key *bigger;

    if (w->count < w->room)
        return true;
    bigger = room <= WROTE_MAX ? mem_grow(w->keys, room * sizeof *bigger) : NULL;
    if (bigger == NULL)
        return false;
    w->keys = bigger;
    w->room = room;
    return true;
}

void rocks_rows_write(struct rocks_txn *t, const struct rocks_key *key, uint64_t hash,
                      const struct store_slice *value)
{
    struct rocks_rows *rows = &rocks_of(t->base.store)->rows;
    struct rocks_wrote *w = &t->wrote;
    struct rocks_row *row = NULL;

    w->bits[hash / 64 % ROCKS_WROTE_BITS] |= UINT64_C(1) << hash % 64;
    w->any = true;
    if (w->too_many || !wrote_room(w)) {
        w->too_many = true;
        return;
    }
    if (value != NULL && value->size >= ROW_MIN && value->size <= ROW_MAX &&
        w->bytes < rows->budget * ROCKS_ROW_SHARDS / WRITTEN_PART)
        row = row_new(key, hash, *value);
    if (row != NULL)
        w->bytes += weight(row);
    w->keys[w->count++] = (struct rocks_wrote_key){hash, row};
}

void rocks_rows_roll_back(struct rocks_txn *t, size_t count)
{
    while (t->wrote.count > count)
        unref(t->wrote.keys[--t->wrote.count].row);
}

void rocks_rows_end(struct rocks_txn *t)
{
    struct rocks_wrote *w = &t->wrote;

    if (!w->any)
        return;
    rocks_rows_roll_back(t, 0);
    memset(w->bits, 0, sizeof w->bits);
    w->bytes = 0;
    w->any = w->too_many = false;
}

static void all_begin(struct rocks_rows *rows)
{
    for (size_t i = 0; i < ROCKS_ROW_SHARDS; i++) {
        struct rocks_row_shard *s = &rows->shard[i];

        (void)pthread_mutex_lock(&s->lock);
        s->committing++;
        empty(s);
        (void)pthread_mutex_unlock(&s->lock);
    }
}

static void commit_ended(struct rocks_row_shard *s, uint64_t latest)
{
    s->committing--;
    if (latest > s->last_commit)
        s->last_commit = latest;
}

static void all_end(struct rocks_rows *rows, uint64_t latest)
{
    for (size_t i = 0; i < ROCKS_ROW_SHARDS; i++) {
        struct rocks_row_shard *s = &rows->shard[i];

        (void)pthread_mutex_lock(&s->lock);
        commit_ended(s, latest);
        (void)pthread_mutex_unlock(&s->lock);
    }
}

/* H1 for one key. */
static void begin_key(struct rocks_rows *rows, uint64_t hash, struct rocks_row *row)
{
    struct rocks_row_shard *s = shard_of(rows, hash);

    (void)pthread_mutex_lock(&s->lock);
    s->committing++;
    take_out_hash(s, hash);
    if (row != NULL)
        put_in(s, rows->budget, row);
    (void)pthread_mutex_unlock(&s->lock);
}

/* H2 for one key, when it is done. */
static void end_key(struct rocks_rows *rows, uint64_t hash, struct rocks_row *row, uint64_t latest,
                    bool done)
{
    struct rocks_row_shard *s = shard_of(rows, hash);

    (void)pthread_mutex_lock(&s->lock);
    commit_ended(s, latest);
    if (row != NULL && row->kept) {
        if (done)
            row->since = latest;
        else
            take_out_hash(s, hash);
    }
    (void)pthread_mutex_unlock(&s->lock);
}

void rocks_rows_commit_begin(struct rocks_txn *t)
{
    struct rocks_rows *rows = &rocks_of(t->base.store)->rows;

    if (t->wrote.too_many)
        all_begin(rows);
    for (size_t i = 0; i < t->wrote.count && !t->wrote.too_many; i++)
        begin_key(rows, t->wrote.keys[i].hash, t->wrote.keys[i].row);
}

void rocks_rows_commit_end(struct rocks_txn *t, bool done)
{
    struct rocks *r = rocks_of(t->base.store);
    uint64_t latest = t->wrote.any ? rocks_shim_latest(r->db) : 0;

    if (t->wrote.too_many)
        all_end(&r->rows, latest);
    for (size_t i = 0; i < t->wrote.count && !t->wrote.too_many; i++)
        end_key(&r->rows, t->wrote.keys[i].hash, t->wrote.keys[i].row, latest, done);
}

/* ---- what is written beside transactions: bulk values, removals ---- */

struct batch_walk {
    struct rocks_rows *rows;
    uint64_t latest;
    bool begins;
};

static void batch_key(void *ctx, const char *key, size_t size)
{
    const struct batch_walk *w = ctx;
    uint64_t hash = rocks_hash(key, size);

    if (w->begins)
        begin_key(w->rows, hash, NULL);
    else
        end_key(w->rows, hash, NULL, w->latest, true);
}

static void batch_put(void *ctx, const char *key, size_t size, const char *value, size_t value_size)
{
    (void)value;
    (void)value_size;
    batch_key(ctx, key, size);
}

void rocks_rows_batch_begin(struct rocks *r, rocksdb_writebatch_t *batch)
{
    struct batch_walk w = {&r->rows, 0, true};

    rocksdb_writebatch_iterate(batch, &w, batch_put, batch_key);
}

void rocks_rows_batch_end(struct rocks *r, rocksdb_writebatch_t *batch)
{
    struct batch_walk w = {&r->rows, rocks_shim_latest(r->db), false};

    rocksdb_writebatch_iterate(batch, &w, batch_put, batch_key);
}

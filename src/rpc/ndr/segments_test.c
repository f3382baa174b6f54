/* SPDX-License-Identifier: Apache-2.0
 *
 * segments_test.c - output in pieces equals output in one piece; the table of full pointers
 */
#include "rpc/ndr/ndr_memory.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

struct call {
    struct arena arena;
    struct ndr_memory memory;
    struct ndr_in in;
    struct ndr_out out;
};

static void start(struct call *c)
{
    *c = (struct call){0};
    arena_init(&c->arena, NULL, 0);
    ndr_memory_init(&c->memory, &c->arena, NULL, NULL);
}

/* A repeatable sequence of puts of all widths and of arrays of up to 12000 octets. */
static void put_something(struct ndr_out *out, const uint8_t *source, unsigned seed)
{
    uint32_t x = seed * 2654435761u + 1;

    for (int i = 0; i < 200; i++) {
        x = x * 1664525 + 1013904223;
        switch (x >> 28) {
        case 0: ndr_put_small(out, (uint8_t)(x >> 8)); break;
        case 1: ndr_put_short(out, (uint16_t)(x >> 8)); break;
        case 2: ndr_put_long(out, x); break;
        case 3: ndr_put_hyper(out, x); break;
        case 4: ndr_put_align(out, 4, 8); break;
        case 5: ndr_put_array(out, source, x >> 20 & 0xff, 8); break;
        case 6: ndr_put_array(out, source, 1000 + (x >> 20 & 0xff), 8); break;
        case 7: ndr_put_array(out, source, (x >> 12) % 12000, 1); break;
        case 8: ndr_put_count(out, x >> 8); break;
        default: ndr_put_enum(out, 5); break;
        }
    }
}

/* Gathers the segments; none of them is empty. Returns the size. */
static size_t gather(struct ndr_out *out, uint8_t *to, size_t room)
{
    size_t size = 0;

    assert_int_equal(ndr_out_finish(out), 0);
    for (const struct ndr_segment *s = out->first; s != NULL; s = s->next) {
        assert_true(s->size > 0 && s->size <= room - size);
        memcpy(to + size, s->data, s->size);
        size += s->size;
    }
    assert_int_equal(size, ndr_out_size(out));
    return size;
}

static void pieces_equal_one_piece(void **state)
{
    enum { ROOM = 1 << 21, SOURCE = 16384 };
    uint8_t *one = malloc(ROOM), *pieces = malloc(ROOM), *first = malloc(ROOM);
    uint8_t *source = malloc(SOURCE);

    (void)state;
    assert_true(one != NULL && pieces != NULL && first != NULL && source != NULL);
    for (unsigned i = 0; i < SOURCE; i++)
        source[i] = (uint8_t)(i * 7 + (i >> 8));
    for (unsigned seed = 0; seed < 50; seed++) {
        struct call a, b;
        size_t n;

        start(&a);
        start(&b);
        ndr_out_init(&a.out, first, ROOM, 24, seed % 2, &a.memory);
        ndr_out_init(&b.out, NULL, 0, 0, seed % 2, &b.memory);
        put_something(&a.out, source, seed);
        put_something(&b.out, source, seed);
        n = gather(&a.out, one, ROOM);
        assert_true(n > 0);
        assert_int_equal(gather(&b.out, pieces, ROOM), n);
        assert_memory_equal(one, pieces, n);
        arena_fini(&a.arena);
        arena_fini(&b.arena);
    }
    free(one);
    free(pieces);
    free(first);
    free(source);
}

static void large_arrays_stay_where_they_are(void **state)
{
    static const uint8_t big[8192];
    _Alignas(16) uint8_t first[128];
    struct call c;
    const struct ndr_segment *s;

    (void)state;
    start(&c);
    ndr_out_init(&c.out, first, sizeof first, 24, false, &c.memory);
    ndr_put_long(&c.out, 1);
    ndr_put_array(&c.out, big, 1024, 8); /* four octets of padding */
    ndr_put_long(&c.out, 2);
    assert_int_equal(ndr_out_finish(&c.out), 0);
    s = c.out.first;
    assert_true(s->data == first + 24 && s->size == 8);
    s = s->next;
    assert_true(s->data == big && s->size == 8192);
    s = s->next;
    assert_true(s->data == first + 32 && s->size == 4 && s->next == NULL);
    arena_fini(&c.arena);
}

static void output_is_bounded(void **state)
{
    uint8_t *big = calloc(1, 1 << 20);
    struct call c;
    size_t n = 0;

    (void)state;
    assert_non_null(big);
    start(&c);
    ndr_out_init(&c.out, NULL, 0, 0, false, &c.memory);
    while (c.out.status == 0) {
        ndr_put_array(&c.out, big, 1 << 20, 1);
        n++;
    }
    assert_int_equal(n, 2048); /* one octet more than 2^31-1 */
    assert_int_equal(ndr_out_finish(&c.out), 14);
    arena_fini(&c.arena);

    start(&c); /* the limit is met inside a piece */
    ndr_out_init(&c.out, NULL, 0, 0, false, &c.memory);
    for (n = 0; n < 2047; n++)
        ndr_put_array(&c.out, big, 1 << 20, 1);
    ndr_put_array(&c.out, big, (1 << 20) - 1 - 100, 1);
    for (n = 0; n < 100; n++)
        ndr_put_small(&c.out, 1);
    assert_int_equal(ndr_out_size(&c.out), 0x7fffffff);
    ndr_put_small(&c.out, 1);
    assert_int_equal(ndr_out_finish(&c.out), 14);
    arena_fini(&c.arena);

    start(&c);
    ndr_out_init(&c.out, NULL, 0, 0, false, &c.memory);
    ndr_put_array(&c.out, big, 0x40000000, 8);
    assert_int_equal(ndr_out_finish(&c.out), 14);
    arena_fini(&c.arena);
    free(big);
}

static void empty_output_has_no_segment(void **state)
{
    struct call c;

    (void)state;
    start(&c);
    ndr_out_init(&c.out, NULL, 0, 0, true, &c.memory);
    ndr_put_align(&c.out, 4, 8);
    ndr_put_array(&c.out, NULL, 0, 8);
    assert_int_equal(ndr_out_finish(&c.out), 0);
    assert_null(c.out.first);
    assert_int_equal(ndr_out_size(&c.out), 0);
    arena_fini(&c.arena);
}

static const char type_a, type_b;

/* Writes ids as a peer would and reads their slots. */
static void read_slots(struct call *c, const uint32_t *ids, size_t count)
{
    ndr_in_init(&c->in, (const uint8_t *)ids, count * sizeof *ids, false, false, &c->memory);
}

static void one_id_is_one_object_of_one_type(void **state)
{
    static const uint32_t ids[] = {7, 7, 7};
    struct ndr_full f;
    struct call c;
    int object;

    (void)state;
    start(&c);
    read_slots(&c, ids, 3);
    assert_true(ndr_get_full(&c.in, &type_a, &f));
    assert_true(f.follows && f.object == NULL && f.id == 7);
    ndr_full_bind(&c.in, f.id, &type_a, &object, 3);
    assert_true(ndr_get_full(&c.in, &type_a, &f));
    assert_true(!f.follows && f.object == &object && f.count == 3);
    assert_false(ndr_get_full(&c.in, &type_b, &f));
    assert_int_equal(c.in.status, 1783);
    assert_true(f.object == NULL && !f.follows);
    arena_fini(&c.arena);
}

/* A server: what came with an id goes back under it, its pointee once. */
static void reply_keeps_the_ids_of_the_request(void **state)
{
    static const uint32_t ids[] = {0x20000};
    struct ndr_full f;
    struct call c;
    int object, other;
    uint32_t reply[4];

    (void)state;
    start(&c);
    read_slots(&c, ids, 1);
    assert_true(ndr_get_full(&c.in, &type_a, &f));
    ndr_full_bind(&c.in, f.id, &type_a, &object, 1);
    ndr_out_init(&c.out, (uint8_t *)reply, sizeof reply, 0, false, &c.memory);
    assert_true(ndr_put_full(&c.out, &type_a, &object, 1));
    assert_false(ndr_put_full(&c.out, &type_a, &object, 1));
    assert_true(ndr_put_full(&c.out, &type_a, &other, 1));
    assert_true(ndr_put_full(&c.out, &type_b, &object, 1)); /* a first member, say */
    assert_int_equal(ndr_out_finish(&c.out), 0);
    assert_true(reply[0] == 0x20000 && reply[1] == 0x20000);
    assert_true(reply[2] != 0x20000 && reply[3] != 0x20000 && reply[2] != reply[3]);
    arena_fini(&c.arena);
}

/* A client: the program's own object is offered for the pointee that comes back. */
static void client_finds_its_own_object(void **state)
{
    uint32_t request[1], reply[3];
    struct ndr_full f;
    struct call c;
    int object, fresh;

    (void)state;
    start(&c);
    ndr_out_init(&c.out, (uint8_t *)request, sizeof request, 0, false, &c.memory);
    assert_true(ndr_put_full(&c.out, &type_a, &object, 2));
    assert_int_equal(ndr_out_finish(&c.out), 0);
    reply[0] = reply[1] = reply[2] = request[0];
    read_slots(&c, reply, 3);
    assert_true(ndr_get_full(&c.in, &type_b, &f)); /* a server that uses the id for another thing */
    assert_true(f.follows && f.object == NULL);
    assert_true(ndr_get_full(&c.in, &type_a, &f));
    assert_true(f.follows && f.object == &object && f.count == 2);
    ndr_full_bind(&c.in, f.id, &type_a, &fresh, 1);
    assert_true(ndr_get_full(&c.in, &type_a, &f));
    assert_true(!f.follows && f.object == &fresh && f.count == 1);
    assert_ptr_equal(ndr_full_by_object(&c.memory, &object, &type_a), NULL);
    assert_non_null(ndr_full_by_object(&c.memory, &fresh, &type_a));
    arena_fini(&c.arena);
}

static void many_objects_are_found(void **state)
{
    enum { MANY = 5000 };
    static char objects[MANY];
    struct call c;

    (void)state;
    start(&c);
    read_slots(&c, NULL, 0);
    for (unsigned i = 0; i < MANY; i++) {
        ndr_full_bind(&c.in, UINT64_C(0x100000000) * i + 1, &type_a, &objects[i], i);
        assert_int_equal(c.in.status, 0);
    }
    for (unsigned i = 0; i < MANY; i++) {
        const struct ndr_full_object *o = ndr_full_by_id(&c.memory, UINT64_C(0x100000000) * i + 1);

        assert_true(o != NULL && o->at == &objects[i] && o->count == i);
        assert_ptr_equal(ndr_full_by_object(&c.memory, &objects[i], &type_a), o);
        assert_null(ndr_full_by_object(&c.memory, &objects[i], &type_b));
    }
    assert_null(ndr_full_by_id(&c.memory, 2));
    ndr_full_bind(&c.in, 1, &type_b, &objects[1], 1); /* moved while hashed */
    assert_null(ndr_full_by_object(&c.memory, &objects[0], &type_a));
    assert_non_null(ndr_full_by_object(&c.memory, &objects[1], &type_b));
    assert_non_null(ndr_full_by_object(&c.memory, &objects[1], &type_a));
    c.memory.budget = 10;
    ndr_full_bind(&c.in, 3, &type_a, &objects[3], 1);
    assert_int_equal(c.in.status, 14);
    arena_fini(&c.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_equal_one_piece),
        cmocka_unit_test(large_arrays_stay_where_they_are),
        cmocka_unit_test(output_is_bounded),
        cmocka_unit_test(empty_output_has_no_segment),
        cmocka_unit_test(one_id_is_one_object_of_one_type),
        cmocka_unit_test(reply_keeps_the_ids_of_the_request),
        cmocka_unit_test(client_finds_its_own_object),
        cmocka_unit_test(many_objects_are_found),
    };

    return cmocka_run_group_tests_name("ndr/segments", tests, NULL, NULL);
}

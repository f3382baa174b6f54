/* SPDX-License-Identifier: Apache-2.0
 *
 * loop_test.c - generated stubs against octets written by hand, and against a hostile peer
 *
 * Scenarios are calls of all.idl; scenario.h says what is done to them.
 */
#include "all.h"

#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>

static int here;
#define B ((handle_t)&here)

#define CHECK(x) SCENARIO_CHECK(x)
#define hostile  scenario_hostile

static void u(void *p)
{
    midl_user_free(p);
}

/* ---- Scenarios ------------------------------------------------------------------------------- */

static void scalars(void)
{
    int64_t r = Scalars(B, 1, 2, '3', 0x3434, -1, 5, -2, 6, -3, 7, -4, 8, 1.5f, -2.5, 9, 10, 11);

    CHECK(r == 13463);
}

static void enums(void)
{
    wide_enum w = V_LOW;
    color back = RED, r = Enums(B, GREEN, &w, &back);

    CHECK(r == BLUE && back == GREEN && w == V_HIGH);
}

static void native(void)
{
    intptr_t r = Native(B, -2, (uintptr_t)UINT64_C(0x100000005));

    CHECK(r == 3);
}

static void points(void)
{
    point v = {1, 2, 'a'}, p = {3, 4, 'b'}, q;

    memset(&q, 0, sizeof q);
    Point(B, v, &p, &q);
    CHECK(p.x == 1 && p.y == 2 && p.z == 'a' && q.x == 3 && q.y == 4 && q.z == 'b');
}

static void list(void)
{
    node second = {2, NULL}, head = {1, &second};
    int32_t r = List(B, &head);

    if (loop.status != 0) { /* as it was */
        assert_true(head.next == &second && second.next == NULL);
        assert_true(head.value == 1 && second.value == 2);
        return;
    }
    CHECK(r == 2 && head.value == 0 && head.next == &second && second.value == 3);
    CHECK(second.next != NULL && second.next->value == 99 && second.next->next == NULL);
    for (node *p = head.next == &second ? second.next : head.next; p != NULL;) {
        node *next = p->next;

        if (p != &second)
            u(p);
        p = next;
    }
}

static vec *new_vec(int16_t n, int32_t first)
{
    vec *v = calloc(1, sizeof *v + (size_t)n * sizeof(int32_t));

    v->n = n;
    for (int16_t i = 0; i < n; i++)
        v->data[i] = first + i;
    return v;
}

static void vecs(void)
{
    vec *a = new_vec(2, 10), *v = new_vec(1, 5), *made = NULL;
    int32_t r = Vec(B, a, v, &made);

    CHECK(r == 2 && v->n == 1 && v->data[0] == -6);
    CHECK(made->n == 2 && made->data[0] == 7 && made->data[1] == 8);
    u(made);
    free(a);
    free(v);
}

static void cvecs(void)
{
    cvec *v = calloc(1, sizeof *v + 4 * sizeof(int16_t));
    int32_t r;

    v->size = 3;
    v->length = 2;
    v->data[0] = 1;
    v->data[1] = 2;
    r = Cvec(B, v);
    CHECK(r == 3 && v->length == 3 && v->data[2] == 0x77);
    free(v);
}

static void outers(void)
{
    union {
        outer o;
        uint8_t room[64];
    } o;
    int32_t r;

    memset(&o, 0, sizeof o);
    o.o.tag = 9;
    o.o.v.n = 1;
    o.o.v.data[0] = 6;
    r = Outer(B, &o.o);
    CHECK(r == 10);
}

static void texts(void)
{
    holdfast_wchar wide[2] = {0xe9, 0};
    char first[2] = "a", *lines[2] = {first, NULL};
    text t = {"hi", wide, 2, lines};

    Text(B, &t);
    if (loop.status != 0) {
        assert_true(t.wide == wide && t.lines == lines && t.count == 2 && lines[0] == first);
        return;
    }
    CHECK(strcmp(t.lines[0], "replaced") == 0 && t.lines[1] == NULL && t.wide[0] == 0xe9);
    for (int32_t i = 0; t.lines != NULL && i < t.count; i++)
        u(t.lines[i]);
    u(t.lines);
    u(t.wide);
}

static void strings(void)
{
    static const holdfast_wchar wide[] = {'x', 'y', 0};
    unsigned char label[10] = "tag";
    char buffer[6] = "wxyz", *made = NULL;
    int32_t r = Strings(B, "one", wide, buffer, sizeof buffer, &made, label);

    CHECK(r == 5 && strcmp(buffer, "abc") == 0 && strcmp(made, "one") == 0);
    u(made);
}

static void arrays(void)
{
    int32_t three[3] = {1, 2, 3}, used = 2, r;
    int16_t grid[2][3] = {{1, 2, 3}, {4, 5, 6}}, part[4] = {8, 9, 0, 0};
    int64_t inout[2] = {10, -11};
    unsigned char filled[3] = {9, 9, 9};

    r = Arrays(B, three, grid, 2, inout, &used, part, filled);
    CHECK(r == 6 && inout[0] == 20 && inout[1] == -22 && used == 1 && part[0] == 0x1234);
    CHECK(filled[0] == 0 && filled[1] == 1 && filled[2] == 2);
}

static void late(void)
{
    unsigned char p[2] = {1, 2};
    point q[2] = {{1, 2, 3}, {4, 5, 6}};
    int32_t r = Late(B, p, q, 2);

    CHECK(r == 2);
}

static void levels(void)
{
    int32_t row[2] = {3, 4}, *rows[2] = {row, row}, count = 0, r;
    int16_t *made = NULL;

    r = Levels(B, rows, 2, 2, &count, &made);
    CHECK(r == 14 && count == 3 && made[2] == 2);
    u(made);
}

static void names(void)
{
    char one[] = "one", *list_of[3] = {one, NULL, one};
    int32_t r = Names(B, 3, list_of);

    CHECK(r == 6);
}

static void unions(void)
{
    holdfast_wchar wide[2] = {'z', 0};
    tagged t = {.kind = 2, .u = {.s = wide}};
    node n = {5, NULL}, m = {6, NULL};
    choice c = {.n = &n}, pc = {.n = &m};
    holder h = {2, {.n = &n}, &pc};
    int32_t r = Unions(B, &t, &c, 3, &h);

    if (loop.status != 0) {
        assert_true(t.kind == 2 && t.u.s == wide && h.c.n == &n && h.pc == &pc);
        assert_true(pc.n == &m);
        return;
    }
    CHECK(r == 16 && t.kind == 2 && t.u.s[0] == 'z');
    if (t.kind == 2)
        u(t.u.s);
    if (h.which == 2 || h.which == 3)
        for (node *p = h.c.n; p != NULL;) {
            node *next = p->next;

            u(p);
            p = next;
        }
    if (h.pc != NULL) {
        if (h.which == 2 || h.which == 3)
            for (node *p = h.pc->n; p != NULL;) {
                node *next = p->next;

                u(p);
                p = next;
            }
        if (h.pc != &pc)
            u(h.pc);
    }
}

static void free_tree(tree *t)
{
    for (int32_t i = 0; t->kids != NULL && i < t->n; i++)
        free_tree(&t->kids[i]);
    for (int32_t i = 0; t->refs != NULL && i < t->n; i++)
        if (t->refs[i] != NULL) {
            free_tree(t->refs[i]);
            u(t->refs[i]);
        }
    u(t->kids);
    u(t->refs);
}

static void trees(void)
{
    tree leaf = {0, NULL, NULL}, *refs[2] = {&leaf, NULL};
    tree kids[2] = {{0, NULL, NULL}, {0, NULL, NULL}};
    tree t = {2, kids, refs};
    int32_t r = Trees(B, &t);

    if (loop.status != 0) {
        assert_true(t.kids == kids && t.refs == refs && t.n == 2);
        return;
    }
    CHECK(r == 4);
    free_tree(&t);
}

static void slices_scenario(void)
{
    int32_t skipped = 1;
    slices s = {2, 3, {0, 0, 7, 8, 0, 0}, 4, &skipped, {RED, GREEN}};
    int32_t r = Slices(B, &s);

    CHECK(r == 24 && s.skipped == NULL);
}

static void pointers(void)
{
    int32_t one = 1, two = 2, *p = &two, *made = NULL, r;
    point ref = {12, 0, 0};

    r = Pointers(B, &one, &p, &made, &ref);
    CHECK(r == 2 && one == 0 && *made == 12);
    u(made);
}

static void null_pointers(void)
{
    int32_t *p = NULL, *made = NULL, r;
    point ref = {12, 0, 0};

    r = Pointers(B, NULL, &p, &made, &ref);
    CHECK(r == 0 && *made == 12);
    u(made);
}

static void graphs(void)
{
    graph second = {4, NULL, NULL}, shared = {2, &second, NULL}, g = {1, &shared, &shared};
    graph other = {3, &second, NULL};
    int32_t r;

    second.right = &shared; /* a cycle */
    r = Graph(B, &g, &other);
    if (loop.status != 0 || hostile) {
        /* What came may share nodes in any way: give back each once. */
        graph *stack[64], *seen[64];
        size_t depth = 0, count = 0;

        if (loop.status != 0) {
            assert_true(g.left == &shared && g.right == &shared && shared.left == &second);
            return;
        }
        stack[depth++] = &g;
        while (depth > 0) {
            graph *at = stack[--depth];
            bool known = at == NULL;

            for (size_t i = 0; i < count && !known; i++)
                known = seen[i] == at;
            if (known || count == 64 || depth > 60)
                continue;
            seen[count++] = at;
            stack[depth++] = at->left;
            stack[depth++] = at->right;
        }
        for (size_t i = 0; i < count; i++)
            if (seen[i] != &g && seen[i] != &shared && seen[i] != &second && seen[i] != &other)
                u(seen[i]);
        return;
    }
    CHECK(r == 1 && g.value == 101 && g.left == &shared && g.right == &shared);
    CHECK(shared.left == &second && second.right == &shared);
}

static void reply_string(void)
{
    holdfast_wchar *w = Reply(B, 2);

    CHECK(w[0] == 'a' && w[1] == 'b' && w[2] == 0);
    u(w);
}

static void reply_null(void)
{
    holdfast_wchar *w = Reply(B, 0);

    CHECK(w == NULL);
    u(w);
}

static void shapes(void)
{
    unsigned char octets[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    int32_t p = 2, r = Shapes(B, 1, octets, octets, octets, &p, octets, 3, octets, octets);

    CHECK(r == 1);
}

static void parts_scenario(void)
{
    small_parts parts[2] = {{1, 2, 3}, {4, 5, 6}}, more[2] = {{7, 8, 9}, {10, 11, 12}};
    int32_t r = Parts(B, parts, 2, more);

    CHECK(r == 4 && parts[0].b == -3 && parts[1].c == 6);
}

static void imported(void)
{
    base_pair p = {1, 2}, r = Imported(B, p, 10);

    CHECK(r.a == 8 && r.b == 11);
}

static void context_handles(void)
{
    NODE_H second = NULL;
    ALIAS_H third = NULL, kept;
    FILE_H f = Open(B, 3, &second, &third);
    int32_t r;

    CHECK(f != NULL && second != NULL && third != NULL);
    kept = third;
    if (loop.status == 0 && f != NULL && !hostile) {
        r = Use(f, &second, &third);
        CHECK(r == 7 && third == NULL && loop.bindings == 3);
        third = kept;
        Close(&f);
        CHECK(f == NULL);
    }
    loop_contexts_clear();
}

static void status_codes(void)
{
    error_status_t comm = 1, fault = 1, r = Status(B, 5, &comm, &fault);

    CHECK(r == 5 && comm == 6 && fault == 7);
}

static void nothing(void)
{
    Nothing(B);
}

static const struct scenario scenarios[] = {
    {"scalars", scalars,
     "01 02 33 00 3434 ff 05 feff 0600 fdffffff 07000000 00000000 fcffffffffffffff"
     "0800000000000000 0000c03f 00000000 00000000000004c0 09000000 00000000 0a00000000000000"
     "0b000000",
     "9734000000000000",
     "01 02 33 00 3434 ff 05 feff 0600 fdffffff 07000000 00000000 fcffffffffffffff"
     "0800000000000000 0000c03f 00000000 00000000000004c0 09000000 00000000 0a00000000000000"
     "0b000000",
     "9734000000000000",
     "01 02 33 00 3434 ff 05 fffe 0006 fffffffd 00000007 00000000 fffffffffffffffc"
     "0000000000000008 3fc00000 00000000 c004000000000000 00000009 00000000 000000000000000a"
     "0000000b"},
    {"enums", enums, "0500 0000 ffffffff", "70110100 0500 0600", "05000000 ffffffff",
     "70110100 05000000 06000000", "0005 0000 ffffffff"},
    {"native", native, "feffffff 05000000", "03000000", "feffffffffffffff 0500000001000000",
     "0300000000000000", "fffffffe 00000005"},
    {"points", points,
     "0100 000000000000 0200000000000000 61 | 00000000000000 0300 000000000000 0400000000000000 62",
     "0100 000000000000 0200000000000000 61 | 00000000000000 0300 000000000000 0400000000000000 62",
     "0100 000000000000 0200000000000000 61 00000000000000"
     "0300 000000000000 0400000000000000 62 00000000000000",
     "0100 000000000000 0200000000000000 61 00000000000000"
     "0300 000000000000 0400000000000000 62 00000000000000",
     "0001 000000000000 0000000000000002 61 | 00000000000000 0003 000000000000 0000000000000004 "
     "62"},
    {"list", list, "01000000 00000200 | 02000000 00000000",
     "00000000 00000200 | 03000000 04000200 | 63000000 00000000 | 02000000",
     "01000000 00000000 0000020000000000 | 02000000 00000000 0000000000000000",
     "00000000 00000000 0000020000000000 | 03000000 00000000 0400020000000000"
     "63000000 00000000 0000000000000000 | 02000000",
     "00000001 00020000 | 00000002 00000000"},
    {"vecs", vecs, "02000000 0200 0000 0a000000 0b000000 | 01000000 0100 0000 05000000",
     "01000000 0100 0000 faffffff | 00000200 02000000 0200 0000 07000000 08000000 | 02000000",
     "0200000000000000 0200 0000 0a000000 0b000000 | 00000000 0100000000000000 0100 0000 05000000",
     "0100000000000000 0100 0000 faffffff | 0000020000000000 0200000000000000 0200 0000 07000000"
     "08000000 | 02000000",
     "00000002 0002 0000 0000000a 0000000b | 00000001 0001 0000 00000005"},
    {"cvecs", cvecs, "03000000 0300 0200 00000000 02000000 0100 0200",
     "03000000 0300 0300 00000000 03000000 0100 0200 7700 0000 03000000",
     "0300000000000000 0300 0200 00000000 0000000000000000 0200000000000000 0100 0200 00000000",
     "0300000000000000 0300 0300 00000000 0000000000000000 0300000000000000 0100 0200 7700 0000"
     "03000000",
     "00000003 0003 0002 00000000 00000002 0001 0002", 4},
    {"outers", outers, "01000000 09 000000 0100 0000 06000000", "0a000000",
     "0100000000000000 09 000000 0100 0000 06000000", "0a000000", NULL},
    {"texts", texts,
     "00000000 03000000 686900 00 00000200 02000000 04000200"
     "02000000 00000000 02000000 e9000000 | 02000000 08000200 00000000"
     "02000000 00000000 02000000 6100",
     "00000000 03000000 686900 00 00000200 02000000 04000200"
     "02000000 00000000 02000000 e9000000 | 02000000 08000200 00000000"
     "09000000 00000000 09000000 7265706c6163656400",
     NULL, NULL, NULL},
    {"strings", strings,
     "04000000 00000000 04000000 6f6e6500 00000200 03000000 00000000 03000000 78007900"
     "00000000 06000000 00000000 05000000 7778797a 00000000 06000000 00000000 04000000"
     "74616700",
     "06000000 00000000 04000000 61626300 00000200 04000000 00000000 04000000 6f6e6500"
     "05000000",
     NULL, NULL, NULL},
    {"arrays", arrays,
     "01000000 02000000 03000000 01000200 03000400 05000600 02000000 02000000 0a000000"
     "00000000 f5ffffff ffffffff 02000000 04000000 00000000 02000000 08000900",
     "02000000 00000000 14000000 00000000 eaffffff ffffffff 01000000 04000000 00000000"
     "01000000 34120000 03000000 00010200 06000000",
     NULL, NULL, NULL},
    {"late", late,
     "02000000 01020000 00000200 02000000 01000000 00000000 02000000 00000000 03000000"
     "00000000 04000000 00000000 05000000 00000000 06000000 02000000",
     "02000000", NULL, NULL, NULL},
    {"levels", levels,
     "02000000 00000200 04000200 02000000 03000000 04000000 02000000 03000000 04000000"
     "02000000 02000000",
     "03000000 00000200 03000000 00000100 02000000 0e000000", NULL, NULL, NULL},
    {"names", names,
     "03000000 03000000 00000200 00000000 04000200 04000000 00000000 04000000 6f6e6500"
     "04000000 00000000 04000000 6f6e6500",
     "06000000", NULL, NULL, NULL},
    {"unions", unions,
     "02000000 00000200 02000000 00000000 02000000 7a000000 03000000 04000200 05000000"
     "00000000 03000000 02000200 08000200 0c000200 05000000 00000000 02000000 10000200"
     "06000000 00000000",
     "02000000 00000200 02000000 00000000 02000000 7a000000 02000200 04000200 08000200"
     "05000000 00000000 02000000 0c000200 06000000 00000000 10000000",
     "02000000 00000000 00000200 00000000 02000000 00000000 00000000 00000000 02000000"
     "00000000 7a000000 00000000 03000000 00000000 04000200 00000000 05000000 00000000"
     "00000000 00000000 03000000 00000000 02000000 00000000 02000000 00000000 08000200"
     "00000000 0c000200 00000000 05000000 00000000 00000000 00000000 02000000 00000000"
     "10000200 00000000 06000000 00000000 00000000 00000000",
     "02000000 00000000 00000200 00000000 02000000 00000000 00000000 00000000 02000000"
     "00000000 7a000000 00000000 02000000 00000000 02000000 00000000 04000200 00000000"
     "08000200 00000000 05000000 00000000 00000000 00000000 02000000 00000000 0c000200"
     "00000000 06000000 00000000 00000000 00000000 10000000",
     NULL},
    {"trees", trees,
     "02000000 00000200 04000200 02000000 00000000 00000000 00000000 00000000 00000000"
     "00000000 02000000 08000200 00000000 00000000 00000000 00000000",
     "02000000 00000200 04000200 02000000 00000000 00000000 00000000 00000000 00000000"
     "00000000 02000000 08000200 00000000 00000000 00000000 00000000 04000000",
     NULL, NULL, NULL},
    {"slices", slices_scenario,
     "02000000 03000000 02000000 02000000 07000800 04000000 00000000 00000500",
     "02000000 03000000 02000000 02000000 07000800 04000000 00000000 00000500 18000000",
     "02000000 03000000 02000000 00000000 02000000 00000000 07000800 04000000 00000000"
     "00000000 00000000 05000000",
     "02000000 03000000 02000000 00000000 02000000 00000000 07000800 04000000 00000000"
     "00000000 00000000 05000000 18000000",
     NULL},
    {"pointers", pointers,
     "00000200 01000000 04000200 02000000 0c000000 00000000 00000000 00000000 00",
     "00000200 00000000 04000200 0c000000 02000000", NULL, NULL, NULL},
    {"null pointers", null_pointers, "00000000 00000000 0c000000 00000000 00000000 00000000 00",
     "00000000 00000200 0c000000 00000000", NULL, NULL, NULL},
    {"graphs", graphs,
     "01000000 00000200 00000200 02000000 04000200 00000000 04000000 00000000 00000200"
     "08000200 03000000 04000200 00000000",
     "65000000 00000200 00000200 02000000 04000200 00000000 04000000 00000000 00000200"
     "01000000",
     NULL, NULL, NULL},
    {"reply string", reply_string, "02000000", "00000200 03000000 00000000 03000000 61006200 0000",
     "02000000",
     "00000200 00000000 03000000 00000000 00000000 00000000 03000000 00000000 61006200"
     "0000",
     NULL},
    {"reply null", reply_null, "00000000", "00000000", NULL, NULL, NULL},
    {"shapes", shapes,
     "01000000 03000000 01020300 04000000 01020304 02000000 01020000 00000200 02000000"
     "02000000 01020000 00000000 03000000 00000000 02000000 01020000 04000000 01020304",
     "01000000", NULL, NULL, NULL},
    {"parts", parts_scenario,
     "01000000 00000000 02000000 00000000 03000000 00000000 04000000 00000000 05000000"
     "00000000 06000000 02000000 02000000 00000000 07000000 00000000 08000000 00000000"
     "09000000 00000000 0a000000 00000000 0b000000 00000000 0c00",
     "01000000 00000000 fdffffff ffffffff 03000000 00000000 04000000 00000000 05000000"
     "00000000 06000000 04000000",
     "01000000 00000000 02000000 00000000 03000000 00000000 04000000 00000000 05000000"
     "00000000 06000000 00000000 02000000 00000000 02000000 00000000 07000000 00000000"
     "08000000 00000000 09000000 00000000 0a000000 00000000 0b000000 00000000 0c000000"
     "00000000",
     "01000000 00000000 fdffffff ffffffff 03000000 00000000 04000000 00000000 05000000"
     "00000000 06000000 00000000 04000000",
     NULL},
    {"imported", imported, "01000000 02000000 0a00", "08000000 0b000000", NULL, NULL, NULL},
    {"status codes", status_codes, "05000000", "06000000 07000000 05000000", NULL, NULL, NULL},
    {"nothing", nothing, "", "", "", "", ""},
};

static void reset(bool ndr64)
{
    scenario_reset((const struct rpc_interface *)all_v2_1_s_ifspec, ndr64);
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void test_contexts(void **state)
{
    FILE_H f;
    NODE_H n;
    ALIAS_H a;

    (void)state;
    reset(false);
    context_handles();
    loop_contexts_clear();
    reset(false);
    f = Open(B, 3, &n, &a);
    assert_int_equal(loop.status, 0);
    assert_string_equal(loop.context_type->name, "FILE_H"); /* the result comes last */
    assert_int_equal(loop.context_flags, RPC_CONTEXT_RETURN);
    assert_true(loop_is(loop.reply, loop.reply_size,
                        "00000000 01000000 00000000 00000000 00000000"
                        "00000000 02000000 00000000 00000000 00000000"
                        "00000000 03000000 00000000 00000000 00000000"));
    (void)Use(f, &n, &a);
    assert_int_equal(loop.status, 0);
    assert_string_equal(loop.context_type->name, "ALIAS_H"); /* D4 */
    assert_int_equal(loop.context_flags, RPC_CONTEXT_IN | RPC_CONTEXT_OUT);
    loop.context_type->rundown(&f);
    assert_int_equal(loop.rundowns, 16);
    Close(&f);
    assert_int_equal(loop.context_flags, RPC_CONTEXT_IN | RPC_CONTEXT_OUT | RPC_CONTEXT_SERIALIZE);
    f = NULL;
    (void)Use(f, &n, &a);
    assert_int_equal(loop.status, 1775); /* 2.1 rule 4 */
    {
        void *anonymous = NULL;

        Anonymous(B, &anonymous);
        assert_int_equal(loop.status, 0);
        assert_non_null(anonymous);
        assert_null(loop.context_type->rundown); /* D2 */
        CloseAnonymous(&anonymous);
        assert_null(anonymous);
    }
    loop_contexts_clear();
}

static void test_tables(void **state)
{
    const struct rpc_interface *s = all_v2_1_s_ifspec, *c = all_v2_1_c_ifspec;

    (void)state;
    assert_int_equal(s->stub_version, NDR_STUB_VERSION);
    assert_int_equal(s->flags, RPC_INTERFACE_TYPE_STRICT);
    assert_string_equal(s->name, "all");
    assert_int_equal(s->id.SyntaxGUID.Data1, 0x0a1b2c3d);
    assert_int_equal(s->id.SyntaxGUID.Data3, 0x6071);
    assert_int_equal(s->id.SyntaxGUID.Data4[7], 0xf9);
    assert_int_equal(s->id.SyntaxVersion.MajorVersion, 2);
    assert_int_equal(s->id.SyntaxVersion.MinorVersion, 1);
    assert_int_equal(s->endpoint_count, 2);
    assert_string_equal(s->endpoints[0].protseq, "ncacn_ip_tcp");
    assert_string_equal(s->endpoints[1].endpoint, "all");
    assert_int_equal(s->method_count, c->method_count);
    assert_null(c->methods);
    assert_ptr_equal(s->allocate, midl_user_allocate);
    assert_int_equal(s->methods[0].result_size, 8);
    assert_string_equal(s->methods[0].name, "Scalars");
    assert_int_equal(LIMIT, 4);
    assert_string_equal(GREETING, "hello \"you\"");
    assert_int_equal(QUOTED, 42);
}

static void test_bindings(void **state)
{
    FILE_H f;
    NODE_H n;
    ALIAS_H a;

    (void)state;
    reset(false);
    f = Open(B, 1, &n, &a);
    loop.server = (const struct rpc_interface *)third_v1_0_s_ifspec;
    assert_int_equal(Explicit(B, 1), 3);
    assert_int_equal(Leftmost(f), 1); /* 2.1 rule 3: no further parameter */
    loop.server = (const struct rpc_interface *)second_v1_0_s_ifspec;
    (void)Implicit(1);
    assert_int_equal(loop.status, 1702); /* not set */
    all_binding = B;
    assert_int_equal(Implicit(1), 2);
    loop_contexts_clear();
}

/* What the server's stubs refuse, and with which status. */
static void test_refused(void **state)
{
    static const struct {
        const char *what;
        unsigned opnum;
        const char *request;
        RPC_STATUS status;
    } rows[] = {
        {"range below, at its edge", 19, "00000000", 0},
        {"range above", 19, "65000000", 1734},
        {"range negative", 19, "ffffffff", 1734},
        {"conformance is not size_is", 11, "03000000 010203 00 00000000 02000000", 1783},
        {"NULL with a count", 11, "02000000 0102 0000 00000000 02000000", 1783},
        {"negative size", 11, "ffffffff 0102 0000 00000000 ffffffff", 1783},
        {"bounds from expressions", 20,
         "01000000 03000000 010203 00 04000000 01020304 02000000 0102 0000 00000000 00000000"
         "00000000 0100000000000000 00000000 04000000 01020304",
         0},
        {"an expression that overflows", 20,
         "01000000 03000000 010203 00 04000000 01020304 02000000 0102 0000 00000000 00000000"
         "00000000 0000000000000080 00000000 04000000 01020304",
         1783},
        {"huge count", 11, "ffffff7f 0102 0000 00000000 ffffff7f", 1783},
    };
    uint8_t octets[256];

    (void)state;
    reset(false);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = loop_parse(rows[i].request, octets);
        RPC_STATUS status = loop_serve(&loop, rows[i].opnum, octets, n);

        if (status != rows[i].status)
            printf("# %s: %d\n", rows[i].what, (int)status);
        assert_int_equal(status, rows[i].status);
        assert_int_equal(loop.server_ran, status == 0);
    }
}

static int setup(void **state)
{
    static const struct scenario_set set = {scenarios, sizeof scenarios / sizeof scenarios[0],
                                            &all_v2_1_s_ifspec};

    *state = (void *)(uintptr_t)&set;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO_TESTS,
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_bindings),
        cmocka_unit_test(test_contexts),
        cmocka_unit_test(test_refused),
    };

    setvbuf(stdout, NULL, _IOLBF, 0);
    return cmocka_run_group_tests(tests, setup, NULL);
}

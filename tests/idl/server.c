/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - the routines behind all.idl
 *
 * Most leave [in,out] parameters as they are or change one thing that a test looks for. What they
 * are handed has been checked by the stubs; they walk all of it, so that a sanitizer sees what is
 * wrong.
 */
#include "all.h"

#include "loop.h"

static size_t touched; /* so that walking is not optimized away */

static void touch(const void *p, size_t n)
{
    const volatile uint8_t *b = p;

    for (size_t i = 0; i < n; i++)
        touched += b[i];
}

static char *copy_string(const char *s)
{
    char *p = midl_user_allocate(strlen(s) + 1);

    if (p != NULL)
        memcpy(p, s, strlen(s) + 1);
    return p;
}

int64_t s_Scalars(handle_t b, boolean bo, unsigned char by, char c, holdfast_wchar w, signed char s,
                  unsigned char us, int16_t sh, uint16_t ush, int32_t l, uint32_t ul, int64_t h,
                  uint64_t uh, float f, double d, int32_t i, int64_t i64, error_status_t e)
{
    uint64_t sum = (uint64_t)(bo + by + (unsigned char)c + w + s + us + sh + ush);

    sum += (uint64_t)l + ul + (uint64_t)h + uh + (uint64_t)i + (uint64_t)i64 + e;
    sum += f == 1.5f && d == -2.5 ? (uint64_t)-1 : 0;
    return b == NULL ? 0 : (int64_t)sum;
}

color s_Enums(handle_t b, color c, wide_enum *w, color *back)
{
    (void)b;
    *back = c;
    *w = *w == V_LOW ? V_HIGH : V_LOW;
    return BLUE;
}

intptr_t s_Native(handle_t b, intptr_t s, uintptr_t u)
{
    (void)b;
    return (intptr_t)((uintptr_t)s + (u & 0xff));
}

void s_Point(handle_t b, point v, point *p, point *q)
{
    (void)b;
    *q = *p;
    *p = v;
}

int32_t s_List(handle_t b, node *head)
{
    int32_t n = 0;

    (void)b;
    for (node *p = head; p != NULL; p = p->next) {
        p->value ^= 1;
        n++;
        if (p->next == NULL && n < 4) { /* one more at the end */
            node *more = midl_user_allocate(sizeof *more);

            if (more != NULL) {
                more->value = 99;
                more->next = NULL;
            }
            p->next = more;
            break;
        }
    }
    return n;
}

int32_t s_Vec(handle_t b, vec *a, vec *v, vec **made)
{
    (void)b;
    touch(a->data, (size_t)a->n * sizeof *a->data);
    for (int16_t i = 0; i < v->n; i++)
        v->data[i] ^= -1;
    *made = midl_user_allocate(sizeof(vec) + 3 * sizeof(int32_t));
    if (*made == NULL)
        return -1;
    (*made)->n = 2;
    (*made)->data[0] = 7;
    (*made)->data[1] = 8;
    return a->n;
}

int32_t s_Cvec(handle_t b, cvec *v)
{
    (void)b;
    touch(v->data, (size_t)v->size * sizeof *v->data);
    if (v->length < v->size)
        v->data[v->length++] = 0x77;
    return v->size;
}

int32_t s_Outer(handle_t b, outer *o)
{
    (void)b;
    touch(o->v.data, (size_t)o->v.n * sizeof *o->v.data);
    return o->tag + o->v.n;
}

void s_Text(handle_t b, text *t)
{
    (void)b;
    touch(t->fixed, strlen(t->fixed));
    for (const holdfast_wchar *w = t->wide; w != NULL && *w != 0; w++)
        touched += *w;
    for (int32_t i = 0; t->lines != NULL && i < t->count; i++)
        if (t->lines[i] != NULL)
            touch(t->lines[i], strlen(t->lines[i]));
    if (t->lines != NULL && t->count > 0) {
        midl_user_free(t->lines[0]);
        t->lines[0] = copy_string("replaced");
    }
}

int32_t s_Strings(handle_t b, const char *a, const holdfast_wchar *w, char *buffer, int32_t n,
                  char **made, unsigned char label[10])
{
    int32_t sum = (int32_t)strlen(a);

    (void)b;
    for (; w != NULL && *w != 0; w++)
        sum++;
    touch(label, strlen((char *)label));
    touch(buffer, strlen(buffer));
    if (n >= 4)
        memcpy(buffer, "abc", 4);
    *made = copy_string(a);
    return sum;
}

int32_t s_Arrays(handle_t b, int32_t three[3], int16_t grid[2][3], int32_t n, int64_t *inout,
                 int32_t *used, int16_t part[], unsigned char *filled)
{
    (void)b;
    touch(three, 3 * sizeof *three);
    for (int32_t i = 0; i < n; i++)
        inout[i] = (int64_t)((uint64_t)inout[i] * 2);
    touch(part, LIMIT * sizeof *part);
    *used = 1;
    part[0] = 0x1234;
    for (int32_t i = 0; i <= n; i++)
        filled[i] = (unsigned char)i;
    return grid[1][2];
}

int32_t s_Late(handle_t b, unsigned char *p, point *q, int32_t n)
{
    (void)b;
    touch(p, (size_t)n);
    if (q != NULL)
        touch(q, (size_t)n * sizeof *q);
    return q == NULL ? -n : n;
}

int32_t s_Levels(handle_t b, int32_t **rows, int32_t n, int32_t m, int32_t *count, int16_t **made)
{
    int32_t sum = 0;

    (void)b;
    for (int32_t i = 0; i < n; i++)
        for (int32_t k = 0; rows[i] != NULL && k < m; k++)
            sum = (int32_t)((uint32_t)sum + (uint32_t)rows[i][k]);
    *made = midl_user_allocate(3 * sizeof **made);
    *count = *made == NULL ? 0 : 3;
    for (int16_t i = 0; i < *count; i++)
        (*made)[i] = i;
    return sum;
}

int32_t s_Names(handle_t b, int32_t n, char **names)
{
    int32_t sum = 0;

    (void)b;
    for (int32_t i = 0; i < n; i++)
        if (names[i] != NULL)
            sum += (int32_t)strlen(names[i]);
    return sum;
}

static int32_t choice_value(const choice *c, int16_t which)
{
    if (which == 1)
        return c->l;
    return (which == 2 || which == 3) && c->n != NULL ? c->n->value : 0;
}

int32_t s_Unions(handle_t b, tagged *t, choice *c, int16_t which, holder *h)
{
    int32_t sum = choice_value(c, which);

    (void)b;
    sum = (int32_t)((uint32_t)sum + (uint32_t)choice_value(&h->c, h->which));
    if (h->pc != NULL)
        sum = (int32_t)((uint32_t)sum + (uint32_t)choice_value(h->pc, h->which));
    if (t->kind == 2)
        for (const holdfast_wchar *w = t->u.s; w != NULL && *w != 0; w++)
            touched += *w;
    else if (t->kind == 1)
        t->u.l ^= 1;
    return sum;
}

static int32_t count_tree(const tree *t)
{
    int32_t n = 1;

    for (int32_t i = 0; t->kids != NULL && i < t->n; i++)
        n += count_tree(&t->kids[i]);
    for (int32_t i = 0; t->refs != NULL && i < t->n; i++)
        n += t->refs[i] == NULL ? 0 : count_tree(t->refs[i]);
    return n;
}

int32_t s_Trees(handle_t b, tree *t)
{
    (void)b;
    return count_tree(t);
}

int32_t s_Slices(handle_t b, slices *s)
{
    int32_t sum = 0;

    (void)b;
    for (int32_t i = s->first; i <= s->last; i++)
        sum += s->part[i];
    return s->skipped != NULL ? -1 : sum + s->digit + (int32_t)s->shades[1];
}

int32_t s_Pointers(handle_t b, int32_t *u, int32_t **pp, int32_t **made, point *r)
{
    (void)b;
    if (u != NULL)
        *u ^= 1;
    *made = midl_user_allocate(sizeof **made);
    if (*made != NULL)
        **made = r->x;
    return *pp == NULL ? 0 : **pp;
}

static int32_t walk_graph(const graph *g, unsigned depth)
{
    if (g == NULL || depth == 0)
        return 0;
    touch(g, sizeof *g);
    return 1 + walk_graph(g->left, depth - 1) + walk_graph(g->right, depth - 1);
}

int32_t s_Graph(handle_t b, graph *g, graph *other)
{
    (void)b;
    (void)walk_graph(other, 8);
    if (walk_graph(g, 6) > 0)
        g->value ^= 100;
    return g->left != NULL && g->left == g->right;
}

holdfast_wchar *s_Reply(handle_t b, int32_t n)
{
    holdfast_wchar *w = n == 0 ? NULL : midl_user_allocate(((size_t)n + 1) * sizeof *w);

    (void)b;
    for (int32_t i = 0; w != NULL && i < n; i++)
        w[i] = (holdfast_wchar)('a' + i);
    if (w != NULL)
        w[n] = 0;
    return w;
}

int32_t s_Shapes(handle_t b, int32_t n, unsigned char *a, unsigned char *c, unsigned char *d,
                 int32_t *p, unsigned char *e, int64_t h, unsigned char *f, unsigned char *g)
{
    (void)b;
    touch(a, (size_t)n * 2 + 1);
    touch(c, (size_t)(n > 2 ? n : LIMIT));
    touch(d, (size_t)((n & 3) << 1));
    touch(e, p == NULL ? 0 : (size_t)*p);
    touch(f, (size_t)h - 1);
    touch(g, 4);
    return n;
}

int32_t s_Parts(handle_t b, small_parts parts[2], int32_t n, small_parts *more)
{
    (void)b;
    parts[0].b ^= -1;
    touch(more, (size_t)n * sizeof *more);
    return parts[1].a;
}

base_pair s_Imported(handle_t b, base_pair p, base_alias n)
{
    base_pair r = {p.b ^ n, p.a ^ n};

    (void)b;
    return r;
}

/* ---- Context handles ------------------------------------------------------------------------- */

static int states[3];

FILE_H s_Open(handle_t b, int32_t n, NODE_H *second, ALIAS_H *third)
{
    (void)b;
    *second = n > 1 ? (NODE_H)(void *)&states[1] : NULL;
    *third = n > 2 ? &states[2] : NULL;
    return n > 0 ? &states[0] : NULL;
}

int32_t s_Use(FILE_H f, NODE_H *n, ALIAS_H *a)
{
    int32_t r = (f == &states[0]) + 2 * ((void *)*n == &states[1]) + 4 * (*a == &states[2]);

    *a = NULL;
    return r;
}

void s_Close(FILE_H *f)
{
    *f = NULL;
}

void s_Anonymous(handle_t b, void **a)
{
    (void)b;
    *a = &states[0];
}

void s_CloseAnonymous(void **a)
{
    *a = NULL;
}

void __RPC_USER FILE_H_rundown(FILE_H h)
{
    loop.rundowns += h != NULL;
}

void __RPC_USER ALIAS_H_rundown(ALIAS_H h)
{
    loop.rundowns += 16 * (h != NULL);
}

void __RPC_USER NODE_H_rundown(NODE_H h)
{
    loop.rundowns += 256 * (h != NULL);
}

error_status_t s_Status(handle_t b, int32_t what, error_status_t *comm, error_status_t *fault)
{
    (void)b;
    *comm = (error_status_t)what + 1;
    *fault = (error_status_t)what + 2;
    return (error_status_t)what;
}

void s_Nothing(handle_t b)
{
    touched += b != NULL;
}

int32_t s_Implicit(int32_t n)
{
    return n + 1;
}

int32_t s_Explicit(handle_t b, int32_t n)
{
    return b == NULL ? 0 : n + 2;
}

int32_t s_Leftmost(FILE_H f)
{
    return f == &states[0];
}

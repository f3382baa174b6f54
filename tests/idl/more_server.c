/* SPDX-License-Identifier: Apache-2.0
 *
 * more_server.c - the routines behind more.idl
 */
#include "more.h"

#include "loop.h"

static size_t touched;

static void touch(const void *p, size_t n)
{
    const volatile uint8_t *b = p;

    for (size_t i = 0; i < n; i++)
        touched += b[i];
}

static void touch_item(const item *i)
{
    if (i->kind == WORDS && i->u.words != NULL)
        touch(i->u.words, strlen(i->u.words));
    if (i->kind == LINK && i->u.link != NULL)
        touch(i->u.link, sizeof *i->u.link);
}

int32_t s_Items(handle_t b, uint32_t n, item items[])
{
    (void)b;
    for (uint32_t i = 0; i < n; i++)
        touch_item(&items[i]);
    return (int32_t)n;
}

int32_t s_Table(handle_t b, table *t)
{
    (void)b;
    for (uint32_t i = 0; t->items != NULL && i < t->count; i++)
        touch_item(&t->items[i]);
    return *t->always;
}

int32_t s_Named(handle_t b, named *n, wrapped *w, named **made)
{
    int32_t length = 0;

    (void)b;
    while (n->name[length] != 0)
        length++;
    if (w != NULL)
        for (const holdfast_wchar *p = w->inner.name; *p != 0; p++)
            touched += *p;
    if (length > 0)
        n->name[0] = 'N';
    *made = midl_user_allocate(sizeof(named) + 2 * sizeof(holdfast_wchar));
    if (*made != NULL) {
        (*made)->id = 5;
        (*made)->name[0] = 'q';
        (*made)->name[1] = 0;
    }
    return length;
}

static int32_t walk_cells(const cell *c, unsigned depth)
{
    if (c == NULL || depth == 0)
        return 0;
    if (c->data != NULL)
        touch(c->data, (size_t)(uint32_t)c->n * sizeof *c->data);
    return 1 + walk_cells(c->link, depth - 1);
}

int32_t s_Cells(handle_t b, cell *c, cell **pc, int32_t *n, unsigned char *bytes)
{
    (void)b;
    if (n != NULL && bytes != NULL)
        touch(bytes, (size_t)*n);
    return walk_cells(c, 5) + 10 * walk_cells(*pc, 5);
}

tagged s_Tagged(handle_t b, tagged t, tagged *copy)
{
    tagged none;

    (void)b;
    memset(&none, 0, sizeof none);
    none.kind = LINK;
    copy->kind = NUMBER;
    copy->tagged_union.n =
        t.kind == WORDS && t.tagged_union.s != NULL ? (int32_t)strlen(t.tagged_union.s) : -1;
    return none;
}

int32_t s_Matrix(handle_t b, matrix *m, matrix *other)
{
    (void)b;
    touch(m->cells, (size_t)m->rows * sizeof m->cells[0]);
    if (other != NULL && other->rows > 0)
        other->cells[0][2] ^= 1;
    return m->rows;
}

int32_t s_Optional(handle_t b, int32_t *p, int32_t n, char *s, item *i)
{
    (void)b;
    for (int32_t k = 0; p != NULL && k < n; k++)
        p[k] ^= -1;
    if (s != NULL && s[0] != 0)
        s[0] = '!';
    if (i != NULL)
        touch_item(i);
    return (p != NULL) + 2 * (s != NULL) + 4 * (i != NULL);
}

int32_t s_Uniform(handle_t b, int32_t n, union which *u, signed char k)
{
    (void)b;
    for (int32_t i = 0; i < n; i++)
        if (k == 2 && u[i].s != NULL)
            touch(u[i].s, strlen(u[i].s));
    return n;
}

int32_t s_Padded(handle_t b, int32_t n, union padded *u, signed char k)
{
    int32_t sum = 0;

    (void)b;
    for (int32_t i = 0; i < n && k == NORTH; i++)
        sum += u[i].l;
    return sum;
}

unsigned where_bound, where_unbound;

/* The client's: made and taken back around each of its calls. */
handle_t __RPC_USER where_bind(where w)
{
    (void)w;
    where_bound++;
    return (handle_t)&where_bound;
}

void __RPC_USER where_unbind(where w, handle_t h)
{
    (void)w;
    where_unbound += h == (handle_t)&where_bound;
}

int32_t s_Where(where w, where other)
{
    return w - other;
}

int32_t s_Nameless(handle_t b, event *e)
{
    int32_t x = e->x;

    (void)b;
    e->x = e->y;
    e->y = x;
    e->after = EVERY;
    return e->x + e->y;
}

int32_t s_OutStructs(handle_t b, int32_t n, table *t, int32_t *got)
{
    (void)b;
    *got = n > 1 ? 1 : n;
    for (int32_t i = 0; i < *got; i++) {
        t[i].count = 1;
        t[i].items = midl_user_allocate(sizeof *t[i].items);
        if (t[i].items != NULL) {
            t[i].items->kind = NUMBER;
            t[i].items->u.number = 3;
        }
        t[i].always = midl_user_allocate(sizeof *t[i].always);
        if (t[i].always != NULL)
            *t[i].always = 9;
    }
    return n;
}

static char *new_string(const char *s)
{
    char *p = midl_user_allocate(strlen(s) + 1);

    if (p != NULL)
        memcpy(p, s, strlen(s) + 1);
    return p;
}

STRING s_OutStrings(handle_t b, int32_t n, char **s)
{
    (void)b;
    if (n > 0)
        s[0] = new_string("zero");
    if (n > 1)
        s[1] = s[0]; /* an alias */
    return new_string("done");
}

LINK_P s_Chain(handle_t b, LINK_P *p, int32_t ***deep)
{
    LINK_P r = midl_user_allocate(sizeof *r);

    (void)b;
    if (*p != NULL)
        **p ^= 1;
    *deep = midl_user_allocate(sizeof **deep);
    if (*deep != NULL) {
        **deep = midl_user_allocate(sizeof ***deep);
        if (**deep != NULL)
            ***deep = 77;
    }
    if (r != NULL)
        *r = 78;
    return r;
}

void s_Strings2(handle_t b, char names[3][8], char *x, holdfast_wchar *same)
{
    (void)b;
    for (size_t i = 0; i < 3; i++)
        touch(names[i], strlen(names[i]));
    memcpy(x, "seven77", 8);
    if (same[0] != 0)
        same[0] = 'S';
}

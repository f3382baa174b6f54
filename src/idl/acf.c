/* SPDX-License-Identifier: Apache-2.0
 *
 * acf.c - attribute configuration files
 *
 *     [ATTRIBUTES] interface NAME
 *     {
 *         include "header.h", ...;
 *         typedef [ATTRIBUTES] TYPE, ...;
 *         [ATTRIBUTES] FUNCTION([ATTRIBUTES] PARAMETER, ...);
 *     }
 *
 * Every attribute is laid onto the declaration it names, as if it stood in the IDL.
 */
#include <stdlib.h>

#include "idl/parse.h"

static void lay(struct parser *p, struct idl_attrs *to, const struct idl_attrs *from)
{
    for (const struct idl_attr *a = from->first; a != NULL; a = a->next) {
        struct idl_attr *copy, **tail = &to->first;

        if (idl_attr(to, a->kind) != NULL) {
            idl_error(p->c, a->at, IDL_E_TWICE, "[%s] is given twice", idl_attr_name(a->kind));
            continue;
        }
        copy = IDL_NEW(p->c, struct idl_attr);
        *copy = *a;
        copy->next = NULL;
        while (*tail != NULL)
            tail = &(*tail)->next;
        *tail = copy;
    }
}

static struct idl_interface *find_interface(struct parser *p, const struct idl_name *name)
{
    for (struct idl_item *i = p->c->items; i != NULL; i = i->next)
        if (i->kind == IDL_I_INTERFACE && !i->imported && i->interface->name == name)
            return i->interface;
    return NULL;
}

static void acf_include(struct parser *p)
{
    do {
        struct idl_item *item = IDL_NEW(p->c, struct idl_item);

        item->kind = IDL_I_INCLUDE;
        item->at = p->t;
        if (is_punct(p, '<'))
            parse_fail(p, IDL_E_SYNTAX, "write include \"header.h\";");
        item->text = idl_printf(p->c, "\"%s\"", parse_string(p, "the name of a header"));
        *p->c->item_tail = item;
        p->c->item_tail = &item->next;
    } while (parse_accept(p, ','));
    parse_expect(p, ';', "the include");
}

static void acf_typedef(struct parser *p)
{
    struct idl_attrs attrs = {NULL};

    parse_attrs(p, &attrs, IDL_P_TYPEDEF, true);
    do {
        const struct idl_token *at = p->t;
        struct idl_name *name = parse_name(p, "the name of a type");

        if (name->symbol == NULL || name->symbol->kind != IDL_S_TYPEDEF)
            idl_error(p->c, at, IDL_E_ACF, "the IDL has no type '%s'", name->text);
        else
            lay(p, &name->symbol->attrs, &attrs);
    } while (parse_accept(p, ','));
    parse_expect(p, ';', "the typedef");
}

static void acf_param(struct parser *p, struct idl_function *f)
{
    struct idl_attrs attrs = {NULL};
    const struct idl_token *at;
    struct idl_var *v;
    struct idl_name *name;

    parse_attrs(p, &attrs, IDL_P_PARAM, true);
    at = p->t;
    name = parse_name(p, "the name of a parameter");
    for (v = f->params; v != NULL && v->name != name; v = v->next)
        ;
    if (v == NULL)
        idl_error(p->c, at, IDL_E_ACF, "'%s' has no parameter '%s'", f->name->text, name->text);
    else
        lay(p, &v->attrs, &attrs);
}

static void acf_function(struct parser *p, struct idl_interface *i)
{
    struct idl_attrs attrs = {NULL};
    const struct idl_token *at;
    struct idl_function *f;
    struct idl_name *name;

    parse_attrs(p, &attrs, IDL_P_FUNCTION, true);
    at = p->t;
    name = parse_name(p, "the name of a function");
    for (f = i->functions; f != NULL && f->name != name; f = f->next)
        ;
    if (f == NULL)
        parse_fail(p, IDL_E_ACF, "the interface has no function '%s'", name->text);
    lay(p, &f->attrs, &attrs);
    (void)at;
    parse_expect(p, '(', "the function's name");
    while (!is_punct(p, ')')) {
        acf_param(p, f);
        if (!parse_accept(p, ','))
            break;
    }
    parse_expect(p, ')', "the parameters");
    parse_expect(p, ';', "the function");
}

static void acf_statement(struct parser *p, struct idl_interface *i)
{
    if (parse_accept(p, ';'))
        return;
    if (parse_accept_word(p, "include"))
        acf_include(p);
    else if (parse_accept_word(p, "typedef"))
        acf_typedef(p);
    else
        acf_function(p, i);
}

/* On to the end of a statement that was wrong. */
static void skip(struct parser *p)
{
    while (p->t->kind != IDL_T_END && !is_punct(p, ';') && !is_punct(p, '}'))
        p->t++;
    parse_accept(p, ';');
}

static void acf_body(struct parser *p, struct idl_interface *i)
{
    jmp_buf here, *outer = p->recovery;

    while (p->t->kind != IDL_T_END && !is_punct(p, '}')) {
        p->recovery = &here;
        if (setjmp(here) == 0) {
            acf_statement(p, i);
        } else {
            p->depth = 0;
            skip(p);
        }
    }
    p->recovery = outer;
}

static void acf_interface(struct parser *p)
{
    struct idl_attrs attrs = {NULL};
    struct idl_interface *i;

    parse_attrs(p, &attrs, IDL_P_INTERFACE, true);
    if (!parse_accept_word(p, "interface"))
        parse_fail(p, IDL_E_SYNTAX, "'interface' is expected here");
    i = p->t->kind == IDL_T_NAME ? find_interface(p, p->t->name) : NULL;
    if (i == NULL)
        parse_fail(p, IDL_E_ACF, "the IDL has no interface of this name");
    p->t++;
    lay(p, &i->attrs, &attrs);
    parse_expect(p, '{', "the interface's name");
    acf_body(p, i);
    parse_expect(p, '}', "the interface's declarations");
    parse_accept(p, ';');
}

void idl_acf(struct idl_compilation *c, struct idl_token *tokens)
{
    struct parser p = {.c = c, .t = tokens, .pointer_class = IDL_A_UNIQUE};
    jmp_buf here;

    p.recovery = &here;
    if (setjmp(here) != 0)
        return;
    while (p.t->kind != IDL_T_END)
        acf_interface(&p);
}

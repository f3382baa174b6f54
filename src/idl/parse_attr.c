/* SPDX-License-Identifier: Apache-2.0
 *
 * parse_attr.c - attribute lists
 */
#include <ctype.h>
#include <stdlib.h>

#include "idl/parse.h"

/* The text of all tokens up to the closing parenthesis, as written. */
static const char *raw_argument(struct parser *p)
{
    const struct idl_token *from = p->t;

    while (p->t->kind != IDL_T_END && !is_punct(p, ')') && p->t->line == from->line)
        p->t++;
    if (!is_punct(p, ')'))
        parse_fail(p, IDL_E_SYNTAX, "')' is expected here");
    return idl_strndup(p->c, from->text, (size_t)(p->t->text - from->text));
}

static void uuid(struct parser *p, struct idl_attr *a)
{
    const struct idl_token *at = p->t;
    const char *s = raw_argument(p);
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    size_t n = 0, i;

    if (*s == '"')
        s++;
    for (i = 0; i < 36; i++) {
        int v = s[i] == '\0'                    ? -1
                : isdigit((unsigned char)s[i])  ? s[i] - '0'
                : isxdigit((unsigned char)s[i]) ? tolower((unsigned char)s[i]) - 'a' + 10
                                                : -1;

        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (s[i] == '-')
                continue;
            break;
        }
        if (v < 0)
            break;
        a->uuid[order[n / 2]] |= (uint8_t)(n % 2 == 0 ? v << 4 : v);
        n++;
    }
    while (i == 36 && (s[i] == '"' || s[i] == ' '))
        s++;
    if (i != 36 || s[i] != '\0')
        idl_error(p->c, at, IDL_E_UUID, "a UUID looks like 12345678-1234-1234-1234-123456789abc");
}

static void version(struct parser *p, struct idl_attr *a)
{
    const struct idl_token *at = p->t;
    const char *s = raw_argument(p);
    char *end;
    unsigned long major = strtoul(s, &end, 10), minor = 0;

    if (isdigit((unsigned char)s[0]) && end[0] == '.' && isdigit((unsigned char)end[1]))
        minor = strtoul(end + 1, &end, 10);
    while (*end == ' ')
        end++;
    if (!isdigit((unsigned char)s[0]) || *end != '\0' || major > 65535 || minor > 65535)
        idl_error(p->c, at, IDL_E_VERSION, "a version is MAJOR.MINOR, each at most 65535");
    a->major = (uint16_t)major;
    a->minor = (uint16_t)minor;
}

/* A backslash, as in the names of pipes, is written as two; so it goes into the stubs. */
static bool has_odd_escape(const char *s)
{
    for (; (s = strchr(s, '\\')) != NULL; s += 2)
        if (s[1] != '\\')
            return true;
    return false;
}

static void endpoints(struct parser *p, struct idl_attr *a)
{
    struct idl_endpoint **tail = &a->endpoints;

    do {
        const struct idl_token *at = p->t;
        const char *s = parse_string(p, "an endpoint such as \"ncacn_ip_tcp:[1234]\"");
        const char *colon = strchr(s, ':');
        size_t n = strlen(s);
        struct idl_endpoint *e;

        if (colon == NULL || colon == s || colon[1] != '[' || s[n - 1] != ']' ||
            n < (size_t)(colon - s) + 4 || has_odd_escape(s)) {
            idl_error(p->c, at, IDL_E_SYNTAX,
                      "an endpoint looks like \"ncacn_ip_tcp:[1234]\" or \"ncalrpc:[name]\"");
            continue;
        }
        e = IDL_NEW(p->c, struct idl_endpoint);
        e->protseq = idl_strndup(p->c, s, (size_t)(colon - s));
        e->endpoint = idl_strndup(p->c, colon + 2, n - (size_t)(colon - s) - 3);
        *tail = e;
        tail = &e->next;
    } while (parse_accept(p, ','));
}

static void expressions(struct parser *p, struct idl_attr *a)
{
    struct idl_expr **tail = &a->exprs;
    unsigned count = 0;

    do {
        struct idl_expr *x;

        if (is_punct(p, ',') || is_punct(p, ')')) {
            x = IDL_NEW(p->c, struct idl_expr);
            x->op = IDL_X_NULL;
            x->at = p->t;
        } else {
            x = parse_expr(p);
        }
        if (++count > IDL_LIMIT_MEMBERS)
            parse_fail(p, IDL_E_LIMIT, "more than %d arguments", IDL_LIMIT_MEMBERS);
        *tail = x;
        tail = &x->next;
    } while (parse_accept(p, ','));
}

static void pointer_class(struct parser *p, struct idl_attr *a)
{
    static const enum idl_attr_kind classes[] = {IDL_A_REF, IDL_A_UNIQUE, IDL_A_PTR};

    for (size_t i = 0; i < 3; i++) {
        if (is_word(p, idl_attr_name(classes[i]))) {
            a->kind2 = classes[i];
            p->t++;
            return;
        }
    }
    parse_fail(p, IDL_E_SYNTAX, "ref, unique or ptr is expected here");
}

static void skip_arguments(struct parser *p)
{
    unsigned depth = 0;

    while (p->t->kind != IDL_T_END && !(depth == 0 && is_punct(p, ')'))) {
        if (is_punct(p, '('))
            depth++;
        if (is_punct(p, ')'))
            depth--;
        p->t++;
    }
}

static void arguments(struct parser *p, const struct idl_attr_row *row, struct idl_attr *a)
{
    if (row->args == IDL_ARGS_NONE || (row->args == IDL_ARGS_ANY && !is_punct(p, '('))) {
        if (is_punct(p, '('))
            parse_fail(p, IDL_E_SYNTAX, "[%s] takes no arguments", row->name);
        return;
    }
    parse_expect(p, '(', row->name);
    switch (row->args) {
    case IDL_ARGS_UUID: uuid(p, a); break;
    case IDL_ARGS_VERSION: version(p, a); break;
    case IDL_ARGS_POINTER_CLASS: pointer_class(p, a); break;
    case IDL_ARGS_ENDPOINTS: endpoints(p, a); break;
    case IDL_ARGS_HANDLE:
        a->type = parse_type_name(p);
        a->name = parse_name(p, "the name of the variable");
        break;
    case IDL_ARGS_EXPRS: expressions(p, a); break;
    case IDL_ARGS_TYPE: a->type = parse_type_name(p); break;
    case IDL_ARGS_ANY: skip_arguments(p); break;
    case IDL_ARGS_NONE: break;
    }
    parse_expect(p, ')', "the argument");
}

static void append(struct idl_attrs *attrs, struct idl_attr *a)
{
    struct idl_attr **tail = &attrs->first;

    while (*tail != NULL)
        tail = &(*tail)->next;
    *tail = a;
}

static void one(struct parser *p, struct idl_attrs *attrs, unsigned places, bool acf)
{
    const struct idl_token *at = p->t;
    const struct idl_attr_row *row;
    struct idl_attr *a;

    if (at->kind != IDL_T_NAME)
        parse_fail(p, IDL_E_SYNTAX, "an attribute is expected here");
    p->t++;
    row = idl_attr_row(at->name->text, at->name->length);
    if (row == NULL || row->kind == IDL_A_REFUSED) {
        if (row == NULL)
            idl_error(p->c, at, IDL_E_ATTRIBUTE, "there is no attribute [%s]", at->name->text);
        else
            idl_error(p->c, at, IDL_E_UNSUPPORTED, "[%s] is not supported: %s", row->name,
                      row->note);
        if (parse_accept(p, '(')) {
            skip_arguments(p);
            parse_expect(p, ')', "the arguments");
        }
        return;
    }
    a = IDL_NEW(p->c, struct idl_attr);
    a->kind = row->kind;
    a->at = at;
    arguments(p, row, a);
    if (idl_attr(attrs, row->kind) != NULL && row->kind != IDL_A_CASE) {
        idl_error(p->c, at, IDL_E_TWICE, "[%s] is given twice", row->name);
        return;
    }
    if (row->kind == IDL_A_OPTIMIZE || row->kind == IDL_A_ENABLE_ALLOCATE)
        idl_warning(p->c, at, "[%s] has no effect", row->name);
    if (((acf ? row->acf_places : row->places) & places) == 0)
        idl_error(p->c, at, IDL_E_PLACE, "[%s] does not belong here", row->name);
    else
        append(attrs, a);
}

void parse_attrs(struct parser *p, struct idl_attrs *attrs, unsigned places, bool acf)
{
    while (parse_accept(p, '[')) {
        do {
            if (is_punct(p, ']'))
                break; /* [] and a trailing comma */
            one(p, attrs, places, acf);
        } while (parse_accept(p, ','));
        parse_expect(p, ']', "the attributes");
    }
}

void parse_attrs_place(struct parser *p, struct idl_attrs *attrs, enum idl_place place)
{
    for (struct idl_attr **a = &attrs->first; *a != NULL;) {
        const struct idl_attr_row *row = idl_attr_row((*a)->at->name->text, (*a)->at->name->length);

        if ((row->places & place) == 0) {
            idl_error(p->c, (*a)->at, IDL_E_PLACE, "[%s] does not belong to %s", row->name,
                      idl_place_name(place));
            *a = (*a)->next;
        } else {
            a = &(*a)->next;
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * parse.c - a file's declarations and interfaces
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "idl/parse.h"

/* ---- Tokens ---------------------------------------------------------------------------------- */

void parse_fail(struct parser *p, enum idl_error number, const char *format, ...)
{
    char text[300];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    idl_error(p->c, p->t, number, "%s", text);
    longjmp(*p->recovery, 1);
}

void parse_enter(struct parser *p)
{
    if (++p->depth > IDL_LIMIT_NESTING)
        parse_fail(p, IDL_E_LIMIT, "nested deeper than %d levels", IDL_LIMIT_NESTING);
}

bool parse_accept(struct parser *p, uint16_t punct)
{
    if (!is_punct(p, punct))
        return false;
    p->t++;
    return true;
}

bool parse_accept_word(struct parser *p, const char *word)
{
    if (!is_word(p, word))
        return false;
    p->t++;
    return true;
}

void parse_expect(struct parser *p, uint16_t punct, const char *after)
{
    if (!parse_accept(p, punct))
        parse_fail(p, IDL_E_SYNTAX, "'%c' is expected here, after %s", punct & 0xff, after);
}

struct idl_name *parse_name(struct parser *p, const char *what)
{
    if (p->t->kind != IDL_T_NAME)
        parse_fail(p, IDL_E_SYNTAX, "%s is expected here", what);
    return p->t++->name;
}

/* Adjacent strings are one, as in C. */
char *parse_string(struct parser *p, const char *what)
{
    char *s = NULL;

    if (p->t->kind != IDL_T_STRING || p->t->wide)
        parse_fail(p, IDL_E_SYNTAX, "%s is expected here", what);
    for (; p->t->kind == IDL_T_STRING && !p->t->wide; p->t++)
        s = idl_printf(p->c, "%s%.*s", s == NULL ? "" : s, (int)p->t->length - 2, p->t->text + 1);
    return s;
}

/* ---- Declarations ---------------------------------------------------------------------------- */

struct idl_symbol *idl_symbol_new(struct idl_compilation *c, enum idl_symbol_kind kind,
                                  const struct idl_token *at, struct idl_name *name)
{
    struct idl_symbol *s = IDL_NEW(c, struct idl_symbol);

    s->kind = kind;
    s->at = at;
    s->name = name;
    if (name->symbol != NULL)
        idl_error(c, at, IDL_E_REDECLARED, "'%s' is declared already, in line %u of %s", name->text,
                  name->symbol->at->line, name->symbol->at->file->path);
    else
        name->symbol = s;
    return s;
}

static struct idl_item *add_item(struct parser *p, enum idl_item_kind kind)
{
    struct idl_item *item = IDL_NEW(p->c, struct idl_item);

    item->kind = kind;
    item->at = p->t;
    item->imported = p->imported;
    item->interface = p->interface;
    *p->c->item_tail = item;
    p->c->item_tail = &item->next;
    return item;
}

/* NAME in the folder of a file; an absolute name stands for itself. */
static char *beside(struct idl_compilation *c, const char *file, const char *name)
{
    const char *slash = strrchr(file, '/');

    if (slash == NULL || name[0] == '/')
        return idl_strndup(c, name, strlen(name));
    return idl_printf(c, "%.*s/%s", (int)(slash - file), file, name);
}

/* The path of an imported file: beside the importing one, along -I, beside the main one. */
static char *find_import(struct parser *p, const char *name)
{
    const struct idl_options *o = p->c->options;
    char *path = beside(p->c, p->t->file->path, name);

    if (access(path, R_OK) == 0)
        return path;
    for (uint32_t i = 0; i < o->include_count && name[0] != '/'; i++) {
        path = idl_printf(p->c, "%s/%s", o->include_dirs[i], name);
        if (access(path, R_OK) == 0)
            return path;
    }
    path = beside(p->c, o->input, name);
    return access(path, R_OK) == 0 ? path : NULL;
}

bool idl_first_import(struct idl_compilation *c, const char *path)
{
    char *real = realpath(path, NULL);
    struct idl_import *i;

    if (real == NULL)
        return true;
    for (i = c->imports; i != NULL; i = i->next)
        if (strcmp(i->real_path, real) == 0)
            break;
    if (i == NULL) {
        char *kept = arena_alloc(&c->arena, strlen(real) + 1);

        if (kept != NULL) {
            memcpy(kept, real, strlen(real));
            i = arena_alloc(&c->arena, sizeof *i);
        }
        free(real);
        if (i == NULL)
            idl_stop(c);
        i->real_path = kept;
        i->next = c->imports;
        c->imports = i;
        return true;
    }
    free(real);
    return false;
}

static void import_one(struct parser *p)
{
    struct idl_token *at = p->t;
    const char *name = parse_string(p, "the name of a file");
    char *path, *text;
    struct idl_item *item;
    size_t size;

    p->t = at;
    path = find_import(p, name);
    if (path == NULL)
        idl_error(p->c, at, IDL_E_FILE, "cannot find %s; name its folder with -I", name);
    while (p->t->kind == IDL_T_STRING)
        p->t++;
    if (path == NULL)
        return;
    if (!p->imported) {
        item = add_item(p, IDL_I_IMPORT);
        item->text = name;
    }
    if (!idl_first_import(p->c, path))
        return;
    if (++p->c->import_count > IDL_LIMIT_IMPORTS) {
        idl_error(p->c, at, IDL_E_LIMIT, "more than %d imported files", IDL_LIMIT_IMPORTS);
        idl_stop(p->c);
    }
    text = idl_preprocess(p->c, at, path, &size);
    if (text != NULL)
        idl_parse(p->c, idl_lex(p->c, path, text, size), true);
}

static void parse_import(struct parser *p)
{
    do {
        import_one(p);
    } while (parse_accept(p, ','));
    parse_expect(p, ';', "the import");
}

/* cpp_quote("TEXT"): the text is a C string; \" and \\ are undone. */
static void parse_quote(struct parser *p)
{
    struct idl_item *item = add_item(p, IDL_I_QUOTE);
    char *s, *to;

    parse_expect(p, '(', "cpp_quote");
    s = to = parse_string(p, "a string");
    item->text = s;
    for (; *s != '\0'; s++) {
        if (s[0] == '\\' && (s[1] == '"' || s[1] == '\\'))
            s++;
        *to++ = *s;
    }
    *to = '\0';
    parse_expect(p, ')', "the string");
    parse_accept(p, ';');
}

/* NAME = VALUE, behind which the first declarator may have been read already. */
static void parse_constants(struct parser *p, struct idl_type *base, struct idl_type *t,
                            const struct idl_token *name)
{
    do {
        struct idl_item *item = add_item(p, IDL_I_CONST);
        struct idl_symbol *s;

        if (t == NULL)
            t = parse_declarator(p, base, &name);
        if (name == NULL)
            parse_fail(p, IDL_E_SYNTAX, "the constant needs a name");
        parse_check_name(p, name);
        parse_expect(p, '=', "the constant's name");
        s = idl_symbol_new(p->c, IDL_S_CONST, name, name->name);
        s->type = t;
        s->imported = p->imported;
        s->expr = parse_expr(p);
        item->symbol = s;
        item->at = name;
        t = NULL;
    } while (parse_accept(p, ','));
    parse_expect(p, ';', "the constant");
}

static void parse_const(struct parser *p)
{
    struct idl_attrs none = {NULL};
    bool defines;

    parse_constants(p, parse_type_spec(p, &none, &defines), NULL, NULL);
}

/* `typedef struct { ... } T;` gives the structure the name T. */
static void name_anonymous(struct idl_type *t, struct idl_name *name)
{
    if ((t->kind == IDL_STRUCT || t->kind == IDL_UNION || t->kind == IDL_ENUM) &&
        t->c_name == NULL) {
        t->c_name = name->text;
        t->id = name->text;
    }
}

static void parse_typedef(struct parser *p)
{
    struct idl_attrs attrs = {NULL};
    struct idl_type *base;
    bool defines, first = true;

    parse_attrs(p, &attrs, IDL_P_TYPEDEF | IDL_P_TYPE, false);
    base = parse_type_spec(p, &attrs, &defines);
    parse_attrs_place(p, &attrs, IDL_P_TYPEDEF);
    do {
        struct idl_var *v = IDL_NEW(p->c, struct idl_var);
        const struct idl_token *name;
        struct idl_symbol *s;
        struct idl_item *item;

        v->base = base;
        v->type = parse_declarator(p, base, &name);
        if (name == NULL)
            parse_fail(p, IDL_E_SYNTAX, "the type needs a name");
        if (parse_restates(name, v->type))
            continue;
        item = add_item(p, IDL_I_TYPEDEF);
        parse_check_name(p, name);
        v->at = name;
        v->name = name->name;
        v->attrs = attrs;
        v->defines = defines && first;
        v->first = true;
        s = idl_symbol_new(p->c, IDL_S_TYPEDEF, name, name->name);
        s->type = v->type;
        s->attrs = attrs;
        s->imported = p->imported;
        item->symbol = s;
        item->var = v;
        item->at = name;
        name_anonymous(v->type, name->name);
        first = false;
    } while (parse_accept(p, ','));
    parse_expect(p, ';', "the typedef");
}

static void add_function(struct parser *p, struct idl_attrs *attrs, struct idl_type *t,
                         struct idl_type *base, const struct idl_token *name)
{
    struct idl_function *f = IDL_NEW(p->c, struct idl_function);
    struct idl_item *item = add_item(p, IDL_I_FUNCTION);

    parse_check_name(p, name);
    item->function = f;
    item->at = name;
    item->symbol = idl_symbol_new(p->c, IDL_S_FUNCTION, name, name->name);
    f->at = name;
    f->name = name->name;
    f->attrs = *attrs;
    f->params = t->vars;
    f->result.type = t->to;
    f->result.base = base;
    f->result.at = name;
    f->interface = p->interface;
    f->opnum = p->interface->function_count++;
    if (f->opnum >= IDL_LIMIT_METHODS)
        parse_fail(p, IDL_E_LIMIT, "more than %d functions", IDL_LIMIT_METHODS);
    **p->function_tail = f;
    *p->function_tail = &f->next;
}

/* ATTRIBUTES TYPE ; or ATTRIBUTES TYPE NAME ( PARAMETERS ) ; */
static void parse_declaration(struct parser *p, struct idl_attrs *attrs)
{
    const struct idl_token *name, *at = p->t;
    struct idl_type *base, *t;
    bool defines;

    base = parse_type_spec(p, attrs, &defines);
    if (is_punct(p, ';')) {
        struct idl_item *item = add_item(p, IDL_I_TYPE);

        if (base->kind != IDL_STRUCT && base->kind != IDL_UNION && base->kind != IDL_ENUM)
            parse_fail(p, IDL_E_SYNTAX, "a declaration that declares nothing");
        item->type = base;
        item->at = at;
        parse_attrs_place(p, attrs, IDL_P_TYPE);
        p->t++;
        return;
    }
    t = parse_declarator(p, base, &name);
    if (t->is_const && is_punct(p, '=')) { /* int const NAME = VALUE; */
        parse_constants(p, base, t, name);
        return;
    }
    if (name == NULL || t->kind != IDL_FUNCTION)
        parse_fail(p, IDL_E_SYNTAX, "a function's parameters are expected here");
    if (p->interface == NULL)
        parse_fail(p, IDL_E_SYNTAX, "a function belongs into an interface");
    if (defines)
        parse_fail(p, IDL_E_SYNTAX, "a result's type cannot be defined here");
    parse_attrs_place(p, attrs, IDL_P_FUNCTION);
    add_function(p, attrs, t, base, name);
    parse_expect(p, ';', "the function");
}

/* ---- Statements ------------------------------------------------------------------------------ */

/* After an error: on to the end of the statement it was in. */
static void skip_statement(struct parser *p, const struct idl_token *from)
{
    unsigned depth = 0;

    p->t = (struct idl_token *)(uintptr_t)from;
    for (; p->t->kind != IDL_T_END; p->t++) {
        if (is_punct(p, '{')) {
            depth++;
        } else if (is_punct(p, '}')) {
            if (depth == 0)
                return; /* the interface's */
            if (--depth == 0 && p->t[1].kind == IDL_T_NAME)
                continue; /* } NAME; */
        } else if (is_punct(p, ';') && depth == 0) {
            p->t++;
            return;
        }
    }
}

static void parse_interface(struct parser *p, struct idl_attrs *attrs);

static void statement(struct parser *p)
{
    struct idl_attrs attrs = {NULL};
    static const char *const refused[] = {"library",      "coclass",   "dispinterface", "module",
                                          "importlib",    "pipe",      "apicontract",   "namespace",
                                          "runtimeclass", "importidl", "midl_pragma"};

    if (parse_accept(p, ';'))
        return;
    if (parse_accept_word(p, "import")) {
        parse_import(p);
    } else if (parse_accept_word(p, "cpp_quote")) {
        parse_quote(p);
    } else if (is_word(p, "const")) {
        p->t++;
        parse_const(p);
    } else if (parse_accept_word(p, "typedef")) {
        parse_typedef(p);
    } else {
        for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
            if (is_word(p, refused[i]))
                parse_fail(p, IDL_E_UNSUPPORTED, "%s is not supported", refused[i]);
        parse_attrs(p, &attrs, IDL_P_INTERFACE | IDL_P_FUNCTION | IDL_P_TYPE, false);
        if (is_word(p, "interface"))
            parse_interface(p, &attrs);
        else
            parse_declaration(p, &attrs);
    }
}

static void statements(struct parser *p, bool inside)
{
    jmp_buf here, *outer = p->recovery;
    unsigned depth = p->depth;

    while (p->t->kind != IDL_T_END && !(inside && is_punct(p, '}'))) {
        struct idl_token *volatile from = p->t;

        p->recovery = &here;
        if (setjmp(here) == 0) {
            statement(p);
        } else {
            p->depth = depth;
            if (!inside)
                p->interface = NULL;
            skip_statement(p, from);
            if (!inside && is_punct(p, '}'))
                p->t++;
        }
    }
    p->recovery = outer;
}

static void interface_body(struct parser *p, struct idl_interface *i, struct idl_attrs *attrs)
{
    struct idl_attr *class = idl_attr(attrs, IDL_A_POINTER_DEFAULT);
    struct idl_function **tail = &i->functions;

    p->interface = i;
    p->function_tail = &tail;
    p->pointer_class = class == NULL ? IDL_A_UNIQUE : class->kind2;
    p->ms_union = idl_attr(attrs, IDL_A_MS_UNION) != NULL;
    parse_enter(p);
    statements(p, true);
    parse_leave(p);
    p->pointer_class = IDL_A_UNIQUE;
    p->ms_union = false;
}

static void parse_interface(struct parser *p, struct idl_attrs *attrs)
{
    struct idl_interface *i;
    struct idl_item *item;
    struct idl_attr *version;

    p->t++;
    if (p->interface != NULL)
        parse_fail(p, IDL_E_SYNTAX, "an interface inside an interface");
    i = IDL_NEW(p->c, struct idl_interface);
    i->at = p->t;
    i->name = parse_name(p, "the interface's name");
    parse_check_name(p, i->at);
    if (is_punct(p, ';') && attrs->first == NULL)
        parse_fail(p, IDL_E_UNSUPPORTED, "interfaces are not declared in advance");
    parse_attrs_place(p, attrs, IDL_P_INTERFACE);
    i->attrs = *attrs;
    i->local = idl_attr(attrs, IDL_A_LOCAL) != NULL;
    version = idl_attr(attrs, IDL_A_VERSION);
    i->base = idl_printf(p->c, "%s_v%u_%u", i->name->text, version == NULL ? 0 : version->major,
                         version == NULL ? 0 : version->minor);
    item = add_item(p, IDL_I_INTERFACE);
    item->interface = i;
    item->at = i->at;
    if (is_punct(p, ':'))
        parse_fail(p, IDL_E_UNSUPPORTED, "interfaces do not inherit");
    parse_expect(p, '{', "the interface's name");
    interface_body(p, i, attrs);
    add_item(p, IDL_I_END);
    p->interface = NULL;
    parse_expect(p, '}', "the interface's declarations");
    parse_accept(p, ';');
}

void idl_parse(struct idl_compilation *c, struct idl_token *tokens, bool imported)
{
    struct parser p = {.c = c, .t = tokens, .imported = imported, .pointer_class = IDL_A_UNIQUE};

    statements(&p, false);
}

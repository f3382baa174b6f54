/* SPDX-License-Identifier: Apache-2.0
 *
 * parse_type.c - type specifiers and declarators
 */
#include "idl/parse.h"

static const struct {
    const char *word;
    enum idl_scalar scalar;
} scalar_words[] = {
    {"boolean", IDL_BOOLEAN}, {"byte", IDL_BYTE},     {"wchar_t", IDL_WCHAR},
    {"float", IDL_FLOAT},     {"double", IDL_DOUBLE}, {"error_status_t", IDL_ERROR_STATUS},
};

/* Integers, each with its unsigned sibling; `int` may follow short, long and hyper. */
static const struct {
    const char *word;
    enum idl_scalar plain, is_signed, is_unsigned;
} integer_words[] = {
    {"char", IDL_CHAR, IDL_SCHAR, IDL_UCHAR},
    {"small", IDL_SMALL, IDL_SMALL, IDL_USMALL},
    {"short", IDL_SHORT, IDL_SHORT, IDL_USHORT},
    {"long", IDL_LONG, IDL_LONG, IDL_ULONG},
    {"hyper", IDL_HYPER, IDL_HYPER, IDL_UHYPER},
    {"int", IDL_LONG, IDL_LONG, IDL_ULONG},
    {"__int8", IDL_SMALL, IDL_SMALL, IDL_USMALL},
    {"__int16", IDL_SHORT, IDL_SHORT, IDL_USHORT},
    {"__int32", IDL_LONG, IDL_LONG, IDL_ULONG},
    {"__int64", IDL_HYPER, IDL_HYPER, IDL_UHYPER},
    {"__int3264", IDL_INT3264, IDL_INT3264, IDL_UINT3264},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct idl_type *new_type(struct parser *p, enum idl_kind kind)
{
    struct idl_type *t = IDL_NEW(p->c, struct idl_type);

    t->kind = kind;
    t->at = p->t;
    t->pointer_class = p->pointer_class;
    return t;
}

struct idl_type *parse_pointer_to(struct parser *p, struct idl_type *to)
{
    struct idl_type *t = new_type(p, IDL_POINTER);

    t->to = to;
    return t;
}

static struct idl_type *new_scalar(struct parser *p, enum idl_scalar scalar)
{
    struct idl_type *t = new_type(p, IDL_SCALAR);

    t->scalar = scalar;
    return t;
}

static bool is_typedef(const struct parser *p)
{
    return p->t->kind == IDL_T_NAME && p->t->name->symbol != NULL &&
           p->t->name->symbol->kind == IDL_S_TYPEDEF;
}

static const char *const other_type_words[] = {"void",   "handle_t", "const", "unsigned", "signed",
                                               "struct", "union",    "enum",  "volatile"};

bool parse_is_type(const struct parser *p)
{
    if (p->t->kind != IDL_T_NAME)
        return false;
    for (size_t i = 0; i < COUNT(other_type_words); i++)
        if (is_word(p, other_type_words[i]))
            return true;
    for (size_t i = 0; i < COUNT(scalar_words); i++)
        if (is_word(p, scalar_words[i].word))
            return true;
    for (size_t i = 0; i < COUNT(integer_words); i++)
        if (is_word(p, integer_words[i].word))
            return true;
    return is_typedef(p);
}

/* MS-DTYP says what wchar_t and error_status_t are; so does the language. */
bool parse_restates(const struct idl_token *name, const struct idl_type *t)
{
    for (size_t i = 0; t->kind == IDL_SCALAR && i < COUNT(scalar_words); i++) {
        const struct idl_scalar_row *known = idl_scalar_row(scalar_words[i].scalar);
        const struct idl_scalar_row *said = idl_scalar_row(t->scalar);

        if (strcmp(name->name->text, scalar_words[i].word) == 0)
            return said->size64 == known->size64 && said->integer && known->integer &&
                   said->max == known->max;
    }
    return false;
}

/* Words that C, C++ or the compiler need for themselves. */
void parse_check_name(struct parser *p, const struct idl_token *t)
{
    static const char *const words[] = {
        "auto",           "break",    "continue", "do",       "else",    "extern",   "for",
        "goto",           "if",       "inline",   "register", "return",  "static",   "volatile",
        "while",          "restrict", "switch",   "case",     "default", "int",      "long",
        "short",          "char",     "float",    "double",   "signed",  "unsigned", "void",
        "const",          "struct",   "union",    "enum",     "sizeof",  "typedef",  "interface",
        "import",         "boolean",  "byte",     "hyper",    "small",   "wchar_t",  "handle_t",
        "error_status_t", "NULL",     "TRUE",     "FALSE",    "_Bool",   "asm",      "typeof",
        "IDL_handle",
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(t->name->text, words[i]) == 0)
            idl_error(p->c, t, IDL_E_RESERVED, "'%s' is a keyword", words[i]);
    if (strncmp(t->name->text, "stub_", 5) == 0)
        idl_error(p->c, t, IDL_E_RESERVED, "names that begin with stub_ belong to the compiler");
}

static void name_type(struct parser *p, struct idl_type *t, const char *word)
{
    if (t->tag != NULL) {
        t->c_name = idl_printf(p->c, "%s %s", word, t->tag->text);
        t->id = t->tag->text;
    } else {
        t->id =
            idl_printf(p->c, "%s_%u", idl_stem(p->c, p->t->file->path), ++p->t->file->anonymous);
    }
}

/* The type of a tag; made if this is its first mention. */
static struct idl_type *tagged(struct parser *p, enum idl_kind kind, const char *word)
{
    struct idl_name *tag = NULL;
    struct idl_type *t;

    if (p->t->kind == IDL_T_NAME && !is_word(p, "switch")) {
        parse_check_name(p, p->t);
        tag = p->t->name;
        if (tag->tag != NULL && tag->tag->kind != kind)
            parse_fail(p, IDL_E_REDECLARED, "'%s' is the tag of another kind of type", tag->text);
        if (tag->tag != NULL) {
            p->t++;
            return tag->tag;
        }
    }
    t = new_type(p, kind);
    t->tag = tag;
    name_type(p, t, word);
    if (tag != NULL) {
        tag->tag = t;
        p->t++;
    }
    return t;
}

static void begin_body(struct parser *p, struct idl_type *t)
{
    if (t->complete || t->mark != 0)
        parse_fail(p, IDL_E_REDECLARED, "'%s' has a body already", t->id);
    t->mark = 1;
    t->at = p->t;
    parse_expect(p, '{', "the tag");
}

static void end_body(struct idl_type *t)
{
    t->mark = 0;
    t->complete = true;
}

static void enum_body(struct parser *p, struct idl_type *t)
{
    struct idl_enumerator **tail = &t->enumerators;
    int64_t value = 0;
    unsigned count = 0;

    begin_body(p, t);
    do {
        const struct idl_token *at;
        struct idl_enumerator *e;
        struct idl_symbol *s;

        if (is_punct(p, '}'))
            break;
        e = IDL_NEW(p->c, struct idl_enumerator);
        at = p->t;
        s = idl_symbol_new(p->c, IDL_S_ENUMERATOR, at, parse_name(p, "an enumerator"));
        parse_check_name(p, s->at);
        e->name = s->name;
        if (parse_accept(p, '=')) {
            e->expr = parse_expr(p);
            if (!idl_const_value(p->c, e->expr, &value))
                value = 0;
        }
        if (value > INT32_MAX && value <= UINT32_MAX) /* as a mask is written */
            value -= INT64_C(1) << 32;
        if (value < INT32_MIN || value > INT32_MAX) {
            idl_error(p->c, s->at, IDL_E_CONSTANT, "an enumerator has at most 32 bits");
            value = 0;
        }
        e->value = s->value = value++;
        s->has_value = true;
        s->imported = p->imported;
        if (++count > IDL_LIMIT_MEMBERS * 4)
            parse_fail(p, IDL_E_LIMIT, "more than %d enumerators", IDL_LIMIT_MEMBERS * 4);
        *tail = e;
        tail = &e->next;
    } while (parse_accept(p, ','));
    if (t->enumerators == NULL)
        idl_error(p->c, t->at, IDL_E_SYNTAX, "an enum has at least one enumerator");
    parse_expect(p, '}', "the enumerators");
    end_body(t);
}

static struct idl_name *unique_name(struct parser *p, const char *prefix)
{
    char *name = idl_printf(p->c, "%s_%u", prefix, ++p->t->file->anonymous);

    return idl_intern(p->c, name, strlen(name));
}

struct members {
    struct idl_var *first, **tail;
    unsigned count;
};

static struct idl_var *add_member(struct parser *p, struct members *m)
{
    struct idl_var *v = IDL_NEW(p->c, struct idl_var);

    if (++m->count > IDL_LIMIT_MEMBERS)
        parse_fail(p, IDL_E_LIMIT, "more than %d members", IDL_LIMIT_MEMBERS);
    v->at = p->t;
    *m->tail = v;
    m->tail = &v->next;
    return v;
}

/* ATTRIBUTES TYPE DECLARATOR, ... ; */
static void member(struct parser *p, struct members *m, enum idl_place place)
{
    struct idl_attrs attrs = {NULL};
    struct idl_type *base;
    bool defines = false, first = true;
    struct idl_var *v;

    parse_attrs(p, &attrs, place | (place == IDL_P_FIELD ? IDL_P_TYPE : 0), false);
    if (place == IDL_P_ARM && is_punct(p, ';')) {
        v = add_member(p, m);
        v->attrs = attrs;
        p->t++;
        return;
    }
    base = parse_type_spec(p, &attrs, &defines);
    parse_attrs_place(p, &attrs, place);
    do {
        const struct idl_token *name;

        v = add_member(p, m);
        v->attrs = attrs;
        v->base = base;
        v->defines = defines && first;
        v->first = first;
        v->type = parse_declarator(p, base, &name);
        first = false;
        if (name == NULL && v->defines && v->type == base && base->tag == NULL &&
            (base->kind == IDL_STRUCT || base->kind == IDL_UNION) && !base->encapsulated) {
            v->nameless = true;
            v->name = unique_name(p, "stub_nameless");
            continue;
        }
        if (name == NULL)
            parse_fail(p, IDL_E_SYNTAX, "the member needs a name");
        if (is_punct(p, ':'))
            parse_fail(p, IDL_E_UNSUPPORTED, "bit fields cannot be sent");
        v->at = name;
        v->name = name->name;
        parse_check_name(p, name);
    } while (parse_accept(p, ','));
    parse_expect(p, ';', "the member");
}

static void struct_body(struct parser *p, struct idl_type *t)
{
    struct members m = {.tail = &m.first};

    begin_body(p, t);
    while (!is_punct(p, '}'))
        member(p, &m, IDL_P_FIELD);
    t->vars = m.first;
    if (t->vars == NULL)
        idl_error(p->c, t->at, IDL_E_SYNTAX, "a structure has at least one member");
    p->t++;
    end_body(t);
}

static void union_body(struct parser *p, struct idl_type *t)
{
    struct members m = {.tail = &m.first};

    t->ms_union |= p->ms_union;
    begin_body(p, t);
    while (!is_punct(p, '}'))
        member(p, &m, IDL_P_ARM);
    t->vars = m.first;
    if (t->vars == NULL)
        idl_error(p->c, t->at, IDL_E_SYNTAX, "a union has at least one arm");
    p->t++;
    for (struct idl_var *v = t->vars; v != NULL; v = v->next) {
        struct idl_attr *a = idl_attr(&v->attrs, IDL_A_CASE);

        v->cases = a == NULL ? NULL : a->exprs;
        v->is_default = idl_attr(&v->attrs, IDL_A_DEFAULT) != NULL;
    }
    end_body(t);
}

/* case A: case B: default: MEMBER; */
static void labelled_arm(struct parser *p, struct members *m)
{
    struct idl_expr *cases = NULL, **tail = &cases;
    struct idl_attrs attrs = {NULL};
    struct idl_var *v, **at = m->tail;
    bool is_default = false;

    while (is_word(p, "case") || is_word(p, "default")) {
        if (parse_accept_word(p, "default")) {
            is_default = true;
        } else {
            p->t++;
            *tail = parse_expr(p);
            tail = &(*tail)->next;
        }
        parse_expect(p, ':', "the case");
    }
    if (cases == NULL && !is_default)
        parse_fail(p, IDL_E_SYNTAX, "'case' or 'default' is expected here");
    if (is_punct(p, ';')) {
        v = add_member(p, m);
        v->attrs = attrs;
        p->t++;
    } else {
        member(p, m, IDL_P_ARM);
        v = *at;
        if (v->next != NULL)
            parse_fail(p, IDL_E_UNION, "a case has one arm");
    }
    v->cases = cases;
    v->is_default = is_default;
}

/* union TAG switch (TYPE NAME) NAME { case X: ... } */
static void encapsulated(struct parser *p, struct idl_type *t)
{
    struct members m = {.tail = &m.first};
    struct idl_var *v = IDL_NEW(p->c, struct idl_var);
    const struct idl_token *name;
    bool defines;

    p->t++;
    t->encapsulated = true;
    if (t->tag != NULL)
        t->c_name = idl_printf(p->c, "struct %s", t->tag->text);
    parse_expect(p, '(', "switch");
    v->base = parse_type_spec(p, &v->attrs, &defines);
    v->type = parse_declarator(p, v->base, &name);
    if (name == NULL)
        parse_fail(p, IDL_E_SYNTAX, "the discriminant needs a name");
    v->at = name;
    v->name = name->name;
    v->first = true;
    v->defines = defines;
    parse_check_name(p, name);
    parse_expect(p, ')', "the discriminant");
    t->switch_var = v;
    t->union_name =
        p->t->kind == IDL_T_NAME ? parse_name(p, "") : idl_intern(p->c, "tagged_union", 12);
    if (t->union_name == v->name)
        parse_fail(p, IDL_E_REDECLARED, "union and discriminant have the same name");
    begin_body(p, t);
    while (!is_punct(p, '}'))
        labelled_arm(p, &m);
    t->vars = m.first;
    if (t->vars == NULL)
        idl_error(p->c, t->at, IDL_E_SYNTAX, "a union has at least one arm");
    p->t++;
    end_body(t);
}

/* Attributes written before `struct` that belong to the type itself. */
static void move_type_attrs(struct idl_attrs *from, struct idl_type *t)
{
    for (struct idl_attr **a = &from->first; *a != NULL;) {
        struct idl_attr *moved = *a;

        if (moved->kind == IDL_A_MS_UNION && t->kind == IDL_UNION)
            t->ms_union = true;
        if (moved->kind == IDL_A_V1_ENUM || moved->kind == IDL_A_MS_UNION ||
            (moved->kind == IDL_A_SWITCH_TYPE && t->kind == IDL_UNION)) {
            *a = moved->next;
            moved->next = t->attrs.first;
            t->attrs.first = moved;
        } else {
            a = &moved->next;
        }
    }
}

static struct idl_type *tagged_spec(struct parser *p, struct idl_attrs *attrs, bool *ret_defines)
{
    enum idl_kind kind = is_word(p, "enum")     ? IDL_ENUM
                         : is_word(p, "struct") ? IDL_STRUCT
                                                : IDL_UNION;
    struct idl_type *t;

    p->t++;
    t = tagged(p, kind, kind == IDL_ENUM ? "enum" : kind == IDL_STRUCT ? "struct" : "union");
    if (is_punct(p, '{') || (kind == IDL_UNION && is_word(p, "switch"))) {
        *ret_defines = true;
        if (kind == IDL_ENUM)
            enum_body(p, t);
        else if (kind == IDL_STRUCT)
            struct_body(p, t);
        else if (is_word(p, "switch"))
            encapsulated(p, t);
        else
            union_body(p, t);
        move_type_attrs(attrs, t);
    } else if (t->tag == NULL) {
        parse_fail(p, IDL_E_SYNTAX, "a tag or '{' is expected here");
    }
    return t;
}

static struct idl_type *integer(struct parser *p)
{
    bool is_unsigned = false, is_signed = false;
    const struct idl_token *at = p->t;

    for (;; p->t++) {
        if (is_word(p, "unsigned"))
            is_unsigned = true;
        else if (is_word(p, "signed"))
            is_signed = true;
        else
            break;
    }
    if (is_unsigned && is_signed) {
        p->t = (struct idl_token *)(uintptr_t)at;
        parse_fail(p, IDL_E_SYNTAX, "signed and unsigned exclude each other");
    }
    for (size_t i = 0; i < COUNT(integer_words); i++) {
        enum idl_scalar s;

        if (!is_word(p, integer_words[i].word))
            continue;
        p->t++;
        s = is_unsigned ? integer_words[i].is_unsigned
            : is_signed ? integer_words[i].is_signed
                        : integer_words[i].plain;
        if (s == IDL_LONG || s == IDL_ULONG) {
            if (is_word(p, "long") && strcmp(integer_words[i].word, "long") == 0) {
                p->t++; /* long long */
                s = s == IDL_LONG ? IDL_HYPER : IDL_UHYPER;
            }
        }
        if (integer_words[i].word[0] != '_' && integer_words[i].word[0] != 'i')
            parse_accept_word(p, "int");
        /* `long unsigned` and the like */
        if (parse_accept_word(p, "unsigned")) {
            s = integer_words[i].is_unsigned;
            parse_accept_word(p, "int");
        }
        return new_scalar(p, s);
    }
    return is_unsigned || is_signed ? new_scalar(p, is_unsigned ? IDL_ULONG : IDL_LONG) : NULL;
}

static struct idl_type *plain_spec(struct parser *p, struct idl_attrs *attrs, bool *ret_defines)
{
    struct idl_type *t;

    if (is_word(p, "struct") || is_word(p, "union") || is_word(p, "enum"))
        return tagged_spec(p, attrs, ret_defines);
    if (parse_accept_word(p, "void"))
        return new_type(p, IDL_VOID);
    if (parse_accept_word(p, "handle_t"))
        return new_type(p, IDL_HANDLE);
    for (size_t i = 0; i < COUNT(scalar_words); i++)
        if (parse_accept_word(p, scalar_words[i].word))
            return new_scalar(p, scalar_words[i].scalar);
    t = integer(p);
    if (t != NULL)
        return t;
    if (is_typedef(p)) {
        t = new_type(p, IDL_ALIAS);
        t->symbol = p->t->name->symbol;
        p->t++;
        return t;
    }
    if (is_word(p, "pipe") || is_word(p, "SAFEARRAY"))
        parse_fail(p, IDL_E_UNSUPPORTED, "%s is not supported", p->t->name->text);
    if (p->t->kind == IDL_T_NAME)
        parse_fail(p, IDL_E_UNDECLARED, "there is no type '%s'", p->t->name->text);
    parse_fail(p, IDL_E_SYNTAX, "a type is expected here");
}

/* The same type, const at its outermost level. */
static struct idl_type *make_const(struct parser *p, struct idl_type *t)
{
    struct idl_type *copy;

    /* Tagged types have an identity: put the const on a level of its own. */
    if (t->kind == IDL_STRUCT || t->kind == IDL_UNION || t->kind == IDL_ENUM) {
        copy = new_type(p, IDL_ALIAS);
        copy->symbol = IDL_NEW(p->c, struct idl_symbol);
        copy->symbol->kind = IDL_S_TYPEDEF;
        copy->symbol->type = t;
        copy->symbol->at = t->at;
    } else {
        copy = IDL_NEW(p->c, struct idl_type);
        *copy = *t;
    }
    copy->is_const = true;
    return copy;
}

struct idl_type *parse_type_spec(struct parser *p, struct idl_attrs *attrs, bool *ret_defines)
{
    struct idl_type *t;
    bool is_const = false;

    *ret_defines = false;
    parse_enter(p);
    while (is_word(p, "const") || is_word(p, "volatile")) {
        is_const |= is_word(p, "const");
        p->t++;
    }
    t = plain_spec(p, attrs, ret_defines);
    while (is_word(p, "const") || is_word(p, "volatile")) {
        is_const |= is_word(p, "const");
        p->t++;
    }
    parse_leave(p);
    return is_const ? make_const(p, t) : t;
}

static void skip_conventions(struct parser *p)
{
    while (is_word(p, "__cdecl") || is_word(p, "__stdcall") || is_word(p, "_cdecl") ||
           is_word(p, "_stdcall") || is_word(p, "__RPC_FAR"))
        p->t++;
}

static struct idl_type *array_suffix(struct parser *p, struct idl_type *base)
{
    struct idl_type *first = NULL, **hole = &first;

    while (is_punct(p, '[')) {
        struct idl_type *t = new_type(p, IDL_ARRAY);

        parse_enter(p);
        p->t++;
        if (!is_punct(p, ']') && !parse_accept(p, '*')) {
            t->at = p->t;
            t->bound = parse_expr(p);
            if (is_punct(p, IDL_PUNCT2('.', '.')))
                parse_fail(p, IDL_E_UNSUPPORTED, "arrays begin at 0; write [SIZE]");
        }
        parse_expect(p, ']', "the bound");
        *hole = t;
        hole = &t->to;
    }
    for (struct idl_type *t = first; t != NULL; t = t->to)
        parse_leave(p);
    *hole = base;
    return first;
}

struct idl_type *parse_declarator(struct parser *p, struct idl_type *base,
                                  const struct idl_token **ret_name)
{
    struct idl_type *inner = NULL, hole = {.kind = IDL_VOID};
    unsigned levels = 0;

    parse_enter(p);
    *ret_name = NULL;
    skip_conventions(p);
    while (parse_accept(p, '*')) {
        if (++levels > IDL_LIMIT_NESTING)
            parse_fail(p, IDL_E_LIMIT, "more than %d levels of pointers", IDL_LIMIT_NESTING);
        base = parse_pointer_to(p, base);
        while (is_word(p, "const") || is_word(p, "volatile") || is_word(p, "__restrict")) {
            base->is_const |= is_word(p, "const");
            p->t++;
        }
        skip_conventions(p);
    }
    if (p->t->kind == IDL_T_NAME) {
        *ret_name = p->t;
        p->t++;
    } else if (parse_accept(p, '(')) {
        inner = parse_declarator(p, &hole, ret_name);
        parse_expect(p, ')', "the declarator");
    }
    if (is_punct(p, '[')) {
        base = array_suffix(p, base);
    } else if (is_punct(p, '(')) {
        struct idl_type *f = new_type(p, IDL_FUNCTION);

        f->to = base;
        f->vars = parse_params(p);
        base = f;
    }
    if (inner != NULL) {
        struct idl_type **link = &inner;

        while (*link != &hole)
            link = &(*link)->to;
        *link = base;
        base = inner;
    }
    parse_leave(p);
    return base;
}

struct idl_type *parse_type_name(struct parser *p)
{
    struct idl_attrs none = {NULL};
    const struct idl_token *name = NULL;
    struct idl_type *t;
    bool defines;
    const struct idl_token *at = p->t;

    t = parse_type_spec(p, &none, &defines);
    if (defines)
        idl_error(p->c, at, IDL_E_SYNTAX, "a type cannot be defined here");
    while (parse_accept(p, '*'))
        t = parse_pointer_to(p, t);
    (void)name;
    return t;
}

struct idl_var *parse_params(struct parser *p)
{
    struct members m = {.tail = &m.first};

    parse_enter(p);
    parse_expect(p, '(', "the function's name");
    if (is_word(p, "void") && p->t[1].kind == IDL_T_PUNCT && p->t[1].punct == ')')
        p->t++;
    while (!is_punct(p, ')')) {
        struct idl_var *v = add_member(p, &m);
        const struct idl_token *name;
        bool defines;

        parse_attrs(p, &v->attrs, IDL_P_PARAM, false);
        v->base = parse_type_spec(p, &v->attrs, &defines);
        if (defines)
            parse_fail(p, IDL_E_SYNTAX, "a type cannot be defined in a parameter list");
        v->type = parse_declarator(p, v->base, &name);
        if (name == NULL)
            parse_fail(p, IDL_E_SYNTAX, "the parameter needs a name");
        v->at = name;
        v->name = name->name;
        v->first = true;
        parse_check_name(p, name);
        if (!parse_accept(p, ','))
            break;
        if (is_punct(p, ')'))
            parse_fail(p, IDL_E_SYNTAX, "a parameter is expected here");
    }
    parse_expect(p, ')', "the parameters");
    parse_leave(p);
    return m.first;
}

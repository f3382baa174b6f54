/* SPDX-License-Identifier: Apache-2.0
 *
 * string_binding.c - string bindings: text <-> parts, and the API over it
 *
 * Source: "String binding", RpcStringBindingCompose, RpcStringBindingParse, Win32 documentation.
 */
#include "rpc/core/string_binding.h"

#include <stdbool.h>
#include <string.h>

#include <rpc.h>

#include "base/mem.h"
#include "rpc/core/text.h"
#include "rpc/core/uuid.h"

void rpc_string_binding_clear(struct rpc_string_binding *b)
{
    mem_free(b->object);
    mem_free(b->protseq);
    mem_free(b->address);
    mem_free(b->endpoint);
    mem_free(b->options);
    *b = (struct rpc_string_binding){0};
}

RPC_STATUS rpc_string_binding_copy(struct rpc_string_binding *to,
                                   const struct rpc_string_binding *from)
{
    char *const *source[] = {&from->object, &from->protseq, &from->address, &from->endpoint,
                             &from->options};
    char **target[] = {&to->object, &to->protseq, &to->address, &to->endpoint, &to->options};

    *to = (struct rpc_string_binding){0};
    for (size_t i = 0; i < 5; i++) {
        *target[i] = mem_strdup(*source[i]);
        if (*target[i] == NULL && *source[i] != NULL) {
            rpc_string_binding_clear(to);
            return RPC_S_OUT_OF_MEMORY;
        }
    }
    return RPC_S_OK;
}

/* ---- Parsing ---------------------------------------------------------------------------------- */

/* The first character of `stops` at or after `s` that no backslash precedes, or the end. */
static const char *find_unescaped(const char *s, const char *end, const char *stops)
{
    for (; s < end; s++) {
        if (*s == '\\')
            s++;
        else if (strchr(stops, *s) != NULL)
            return s;
    }
    return end;
}

/* Stores [s, end) without its escaping backslashes; an empty part is absent. */
static RPC_STATUS store_part(char **to, const char *s, const char *end)
{
    char *p;

    if (s >= end)
        return RPC_S_OK;
    p = mem_alloc((size_t)(end - s) + 1);
    if (p == NULL)
        return RPC_S_OUT_OF_MEMORY;
    *to = p;
    for (; s < end; s++) {
        if (*s == '\\' && ++s == end) {
            return RPC_S_INVALID_STRING_BINDING;
        }
        *p++ = *s;
    }
    return RPC_S_OK;
}

/* Adds one item to the options, which keep their commas and escapes. */
static void add_option(char *options, const char *s, const char *end)
{
    char *p = options + strlen(options);

    if (p != options)
        *p++ = ',';
    memcpy(p, s, (size_t)(end - s));
    p[end - s] = '\0';
}

/* What stands in the brackets. */
static RPC_STATUS parse_bracket(struct rpc_string_binding *b, const char *s, const char *end)
{
    static const char key[] = "endpoint=";
    char *options = mem_alloc((size_t)(end - s) + 2);
    RPC_STATUS status = RPC_S_OK;

    if (options == NULL)
        return RPC_S_OUT_OF_MEMORY;
    for (bool first = true; status == RPC_S_OK; first = false) {
        const char *stop = find_unescaped(s, end, ",");
        bool named = (size_t)(stop - s) >= sizeof key - 1 && memcmp(s, key, sizeof key - 1) == 0;

        if (named && b->endpoint != NULL)
            status = RPC_S_INVALID_STRING_BINDING;
        else if (named)
            status = store_part(&b->endpoint, s + sizeof key - 1, stop);
        else if (first && find_unescaped(s, stop, "=") == stop)
            status = store_part(&b->endpoint, s, stop);
        else if (stop > s)
            add_option(options, s, stop);
        if (stop == end)
            break;
        s = stop + 1;
    }
    if (status == RPC_S_OK && options[0] != '\0')
        b->options = options;
    else
        mem_free(options);
    return status;
}

static RPC_STATUS parse(struct rpc_string_binding *b, const char *s, const char *end)
{
    const char *stop = find_unescaped(s, end, "@:");
    RPC_STATUS status;
    UUID object;

    if (stop < end && *stop == '@') {
        status = store_part(&b->object, s, stop);
        if (status != RPC_S_OK)
            return status;
        if (b->object == NULL || !rpc_uuid_parse(b->object, &object))
            return RPC_S_INVALID_STRING_UUID;
        s = stop + 1;
        stop = find_unescaped(s, end, ":");
    }
    if (stop == end || stop == s)
        return RPC_S_INVALID_STRING_BINDING;
    status = store_part(&b->protseq, s, stop);
    if (status != RPC_S_OK)
        return status;
    s = stop + 1;
    stop = find_unescaped(s, end, "[");
    status = store_part(&b->address, s, stop);
    if (status != RPC_S_OK || stop == end)
        return status;
    s = stop + 1;
    stop = find_unescaped(s, end, "]");
    if (stop + 1 != end)
        return RPC_S_INVALID_STRING_BINDING;
    return parse_bracket(b, s, stop);
}

RPC_STATUS rpc_string_binding_parse(const char *text, struct rpc_string_binding *ret)
{
    size_t length = strnlen(text, RPC_LIMIT_STRING_BINDING + 1);
    RPC_STATUS status;

    *ret = (struct rpc_string_binding){0};
    if (length > RPC_LIMIT_STRING_BINDING)
        return RPC_S_INVALID_STRING_BINDING;
    status = parse(ret, text, text + length);
    if (status != RPC_S_OK)
        rpc_string_binding_clear(ret);
    return status;
}

/* ---- Composing -------------------------------------------------------------------------------- */

/* Appends `part`, with a backslash before each of `escape`. */
static char *append(char *to, const char *part, const char *escape)
{
    for (; part != NULL && *part != '\0'; part++) {
        if (strchr(escape, *part) != NULL)
            *to++ = '\\';
        *to++ = *part;
    }
    return to;
}

/* Options are written as they are, but for what would end them. */
static char *append_options(char *to, const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == ']' || (*s == '\\' && s[1] == '\0'))
            *to++ = '\\';
        else if (*s == '\\')
            *to++ = *s++;
        *to++ = *s;
    }
    return to;
}

static bool is_set(const char *part)
{
    return part != NULL && part[0] != '\0';
}

static size_t length_of(const char *part)
{
    return part == NULL ? 0 : strnlen(part, RPC_LIMIT_STRING_BINDING + 1);
}

RPC_STATUS rpc_string_binding_compose(const struct rpc_string_binding *b, char **ret_text)
{
    size_t room = length_of(b->object) + length_of(b->protseq) + length_of(b->address) +
                  length_of(b->endpoint) + length_of(b->options);
    char *text, *p;
    UUID object;

    if (!is_set(b->protseq) || room > RPC_LIMIT_STRING_BINDING)
        return RPC_S_INVALID_STRING_BINDING;
    if (is_set(b->object) && !rpc_uuid_parse(b->object, &object))
        return RPC_S_INVALID_STRING_UUID;
    p = text = mem_alloc(room * 2 + 8);
    if (text == NULL)
        return RPC_S_OUT_OF_MEMORY;
    if (is_set(b->object)) {
        p = append(p, b->object, "");
        *p++ = '@';
    }
    p = append(p, b->protseq, "@:[]\\");
    *p++ = ':';
    p = append(p, b->address, "[]\\");
    if (is_set(b->endpoint) || is_set(b->options)) {
        *p++ = '[';
        p = append(p, b->endpoint, "],=\\");
        if (is_set(b->options)) {
            *p++ = ',';
            p = append_options(p, b->options);
        }
        *p++ = ']';
    }
    *p = '\0';
    if (p - text > RPC_LIMIT_STRING_BINDING) {
        mem_free(text);
        return RPC_S_INVALID_STRING_BINDING;
    }
    *ret_text = text;
    return RPC_S_OK;
}

/* ---- API -------------------------------------------------------------------------------------- */

RPC_STATUS RPC_ENTRY RpcStringBindingComposeA(RPC_CSTR ObjUuid, RPC_CSTR Protseq,
                                              RPC_CSTR NetworkAddr, RPC_CSTR Endpoint,
                                              RPC_CSTR Options, RPC_CSTR *StringBinding)
{
    struct rpc_string_binding b = {(char *)ObjUuid, (char *)Protseq, (char *)NetworkAddr,
                                   (char *)Endpoint, (char *)Options};
    char *text = NULL;
    RPC_STATUS status = rpc_string_binding_compose(&b, &text);

    if (status == RPC_S_OK && StringBinding != NULL)
        *StringBinding = (RPC_CSTR)text;
    else
        mem_free(text);
    return status;
}

RPC_STATUS RPC_ENTRY RpcStringBindingComposeW(RPC_WSTR ObjUuid, RPC_WSTR Protseq,
                                              RPC_WSTR NetworkAddr, RPC_WSTR Endpoint,
                                              RPC_WSTR Options, RPC_WSTR *StringBinding)
{
    RPC_WSTR wide[] = {ObjUuid, Protseq, NetworkAddr, Endpoint, Options};
    struct rpc_string_binding b = {0};
    char **part[] = {&b.object, &b.protseq, &b.address, &b.endpoint, &b.options};
    char *text = NULL;
    RPC_STATUS status = RPC_S_OK;

    for (size_t i = 0; i < 5 && status == RPC_S_OK; i++)
        status = rpc_text_narrow(wide[i], part[i], RPC_S_INVALID_STRING_BINDING);
    if (status == RPC_S_OK)
        status = rpc_string_binding_compose(&b, &text);
    if (status == RPC_S_OK && StringBinding != NULL)
        status = rpc_text_widen(text, StringBinding, RPC_S_INVALID_STRING_BINDING);
    mem_free(text);
    rpc_string_binding_clear(&b);
    return status;
}

/* Hands the parts to the results that are wanted, an empty string for an absent one. */
static RPC_STATUS hand_out(struct rpc_string_binding *b, char **ret[5])
{
    char **part[] = {&b->object, &b->protseq, &b->address, &b->endpoint, &b->options};

    for (size_t i = 0; i < 5; i++)
        if (ret[i] != NULL && *part[i] == NULL && (*part[i] = mem_strdup("")) == NULL)
            return RPC_S_OUT_OF_MEMORY;
    for (size_t i = 0; i < 5; i++) {
        if (ret[i] != NULL) {
            *ret[i] = *part[i];
            *part[i] = NULL;
        }
    }
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcStringBindingParseA(RPC_CSTR StringBinding, RPC_CSTR *ObjUuid,
                                            RPC_CSTR *Protseq, RPC_CSTR *NetworkAddr,
                                            RPC_CSTR *Endpoint, RPC_CSTR *NetworkOptions)
{
    char **ret[5] = {(char **)ObjUuid, (char **)Protseq, (char **)NetworkAddr, (char **)Endpoint,
                     (char **)NetworkOptions};
    struct rpc_string_binding b;
    RPC_STATUS status;

    if (StringBinding == NULL)
        return RPC_S_INVALID_STRING_BINDING;
    status = rpc_string_binding_parse((const char *)StringBinding, &b);
    if (status == RPC_S_OK)
        status = hand_out(&b, ret);
    rpc_string_binding_clear(&b);
    return status;
}

RPC_STATUS RPC_ENTRY RpcStringBindingParseW(RPC_WSTR StringBinding, RPC_WSTR *ObjUuid,
                                            RPC_WSTR *Protseq, RPC_WSTR *NetworkAddr,
                                            RPC_WSTR *Endpoint, RPC_WSTR *NetworkOptions)
{
    RPC_WSTR *ret[5] = {ObjUuid, Protseq, NetworkAddr, Endpoint, NetworkOptions};
    RPC_WSTR wide[5] = {0};
    struct rpc_string_binding b = {0};
    char **part[] = {&b.object, &b.protseq, &b.address, &b.endpoint, &b.options};
    char *text = NULL;
    RPC_STATUS status = rpc_text_narrow(StringBinding, &text, RPC_S_INVALID_STRING_BINDING);

    if (status == RPC_S_OK && text == NULL)
        status = RPC_S_INVALID_STRING_BINDING;
    if (status == RPC_S_OK)
        status = rpc_string_binding_parse(text, &b);
    for (size_t i = 0; i < 5 && status == RPC_S_OK; i++)
        if (ret[i] != NULL)
            status = rpc_text_widen(*part[i] == NULL ? "" : *part[i], &wide[i],
                                    RPC_S_INVALID_STRING_BINDING);
    for (size_t i = 0; i < 5; i++) {
        if (status != RPC_S_OK)
            mem_free(wide[i]);
        else if (ret[i] != NULL)
            *ret[i] = wide[i];
    }
    rpc_string_binding_clear(&b);
    mem_free(text);
    return status;
}

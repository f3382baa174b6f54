/* SPDX-License-Identifier: Apache-2.0
 *
 * text.c - strings of the API: UTF-16 <-> UTF-8, their release, texts of codes
 */
#include "rpc/core/text.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf16.h"
#include "rpc/core/status.h"

/* The conversions do not tell malformed text from lack of memory; a second, tiny allocation does
 * well enough: when memory is gone it fails too. */
static RPC_STATUS why(RPC_STATUS malformed)
{
    void *probe = mem_alloc(64);

    mem_free(probe);
    return probe == NULL ? RPC_S_OUT_OF_MEMORY : malformed;
}

RPC_STATUS rpc_text_narrow(const uint16_t *wide, char **ret_text, RPC_STATUS malformed)
{
    char *text = utf16_to_utf8(wide);

    if (text == NULL && wide != NULL)
        return why(malformed);
    *ret_text = text;
    return RPC_S_OK;
}

RPC_STATUS rpc_text_widen(const char *text, uint16_t **ret_wide, RPC_STATUS malformed)
{
    uint16_t *wide = utf16_from_utf8(text);

    if (wide == NULL && text != NULL)
        return why(malformed);
    *ret_wide = wide;
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcStringFreeA(RPC_CSTR *String)
{
    if (String != NULL) {
        mem_free(*String);
        *String = NULL;
    }
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcStringFreeW(RPC_WSTR *String)
{
    if (String != NULL) {
        mem_free(*String);
        *String = NULL;
    }
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY DceErrorInqTextA(RPC_STATUS RpcStatus, RPC_CSTR ErrorText)
{
    const char *text = rpc_status_text(RpcStatus);

    if (ErrorText == NULL)
        return RPC_S_INVALID_ARG;
    snprintf((char *)ErrorText, DCE_C_ERROR_STRING_LEN, "%s (%u)",
             text == NULL ? "Unknown status." : text, (unsigned)RpcStatus);
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY DceErrorInqTextW(RPC_STATUS RpcStatus, RPC_WSTR ErrorText)
{
    char text[DCE_C_ERROR_STRING_LEN];

    if (ErrorText == NULL)
        return RPC_S_INVALID_ARG;
    (void)DceErrorInqTextA(RpcStatus, (RPC_CSTR)text);
    for (size_t i = 0; i <= strlen(text); i++) /* the texts are ASCII */
        ErrorText[i] = (unsigned char)text[i];
    return RPC_S_OK;
}

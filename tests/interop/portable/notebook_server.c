/* SPDX-License-Identifier: Apache-2.0
 *
 * notebook_server.c - notes of a client, kept behind a context handle
 *
 * Written to Microsoft's documentation alone: it compiles from this very source for Windows (by
 * mingw-w64 and widl) and for Linux.
 */
#include <rpc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notebook.h"

#define NOTES_MAX 100

struct notebook {
    char owner[64];
    LONG count;
    NOTE notes[NOTES_MAX];
};

static LONG run_downs;

void *__RPC_USER midl_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER midl_user_free(void *memory)
{
    free(memory);
}

static char *copy_text(const char *text)
{
    char *copy = midl_user_allocate(strlen(text) + 1);

    if (copy == NULL)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    return strcpy(copy, text);
}

/* A copy whose memory the stub gives back after it has been sent, or that the notebook keeps. */
static NOTE copy_note(const NOTE *note)
{
    NOTE copy = *note;

    if (note->text != NULL)
        copy.text = copy_text(note->text);
    if (note->tags != NULL) {
        copy.tags = midl_user_allocate(sizeof *copy.tags * (size_t)note->tag_count);
        if (copy.tags == NULL)
            RpcRaiseException(RPC_S_OUT_OF_MEMORY);
        memcpy(copy.tags, note->tags, sizeof *copy.tags * (size_t)note->tag_count);
    }
    return copy;
}

static void free_book(struct notebook *b)
{
    LONG i;

    for (i = 0; i < b->count; i++) {
        midl_user_free(b->notes[i].text);
        midl_user_free(b->notes[i].tags);
    }
    free(b);
}

LONG NotebookOpen(const char *owner, NOTEBOOK *book)
{
    struct notebook *b = calloc(1, sizeof *b);

    if (b == NULL || strlen(owner) >= sizeof b->owner) {
        free(b);
        return 1;
    }
    strcpy(b->owner, owner);
    *book = b;
    return 0;
}

LONG NotebookAdd(NOTEBOOK book, const NOTE *note, LONG *number)
{
    struct notebook *b = book;

    if (b->count == NOTES_MAX)
        return 1;
    b->notes[b->count] = copy_note(note);
    b->notes[b->count].number = b->count;
    *number = b->count++;
    return 0;
}

LONG NotebookList(NOTEBOOK book, LONG *count, NOTE **notes)
{
    struct notebook *b = book;
    LONG i;

    *count = b->count;
    *notes = NULL;
    if (b->count == 0)
        return 0;
    *notes = midl_user_allocate(sizeof **notes * (size_t)b->count);
    if (*notes == NULL)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    for (i = 0; i < b->count; i++)
        (*notes)[i] = copy_note(&b->notes[i]);
    return 0;
}

LONG NotebookAsk(NOTEBOOK book, LONG what, ANSWER *answer)
{
    struct notebook *b = book;

    if (what == 1)
        answer->count = b->count;
    else if (what == 2)
        answer->owner = copy_text(b->owner);
    return what;
}

LONG NotebookSum(LONG count, LONG values[], hyper *sum)
{
    LONG i;

    *sum = 0;
    for (i = 0; i < count; i++)
        *sum += values[i];
    return 0;
}

LONG NotebookRead(NOTEBOOK book, LONG number, LONG size, LONG *length, char text[])
{
    struct notebook *b = book;
    const char *from;

    *length = 0;
    if (number < 0 || number >= b->count || b->notes[number].text == NULL)
        return 1;
    from = b->notes[number].text;
    while (*length < size && from[*length] != '\0') {
        text[*length] = from[*length];
        ++*length;
    }
    return 0;
}

void NotebookFail(NOTEBOOK book, LONG code)
{
    (void)book;
    RpcRaiseException(code);
}

LONG NotebookRunDowns(void)
{
    return run_downs;
}

LONG NotebookClose(NOTEBOOK *book)
{
    if (*book == NULL)
        return 1;
    free_book(*book);
    *book = NULL;
    return 0;
}

void __RPC_USER NOTEBOOK_rundown(NOTEBOOK book)
{
    free_book(book);
    run_downs++;
}

void NotebookStop(void)
{
    RpcMgmtStopServerListening(NULL);
}

int main(int argc, char **argv)
{
    RPC_STATUS status;

    if (argc != 3) {
        fprintf(stderr, "usage: notebook_server PROTSEQ ENDPOINT\n");
        return 2;
    }
    status = RpcServerUseProtseqEpA((RPC_CSTR)argv[1], RPC_C_PROTSEQ_MAX_REQS_DEFAULT,
                                    (RPC_CSTR)argv[2], NULL);
    if (status == RPC_S_OK)
        status = RpcServerRegisterIf(notebook_v2_1_s_ifspec, NULL, NULL);
    if (status == RPC_S_OK) {
        printf("listening\n");
        fflush(stdout);
        status = RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, FALSE);
    }
    if (status == RPC_S_OK)
        status = RpcServerUnregisterIf(notebook_v2_1_s_ifspec, NULL, FALSE);
    if (status != RPC_S_OK)
        fprintf(stderr, "notebook_server: status %ld\n", (long)status);
    return status != RPC_S_OK;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * notebook_client.c - drives a notebook server and says, in TAP, what came back
 *
 * Written to Microsoft's documentation alone: it compiles from this very source for Windows (by
 * mingw-w64 and widl) and for Linux.
 */
#include <rpc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notebook.h"

static int cases, failures;

static void check(int good, const char *what)
{
    cases++;
    failures += !good;
    printf("%s %d - %s\n", good ? "ok" : "not ok", cases, what);
}

void *__RPC_USER midl_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER midl_user_free(void *memory)
{
    free(memory);
}

static void bind_to(char *protseq, char *address, char *endpoint)
{
    RPC_CSTR text = NULL;

    check(RpcStringBindingComposeA(NULL, (RPC_CSTR)protseq, (RPC_CSTR)address, (RPC_CSTR)endpoint,
                                   NULL, &text) == RPC_S_OK,
          "RpcStringBindingCompose");
    check(RpcBindingFromStringBindingA(text, &notebook_server) == RPC_S_OK,
          "RpcBindingFromStringBinding");
    check(RpcStringFreeA(&text) == RPC_S_OK && text == NULL, "RpcStringFree sets NULL");
}

static void add_notes(NOTEBOOK book)
{
    LONG tags[] = {7, -8, 9};
    NOTE note = {0, KIND_URGENT, 2.5, (hyper)1 << 40, (char *)"water the plants", 3, tags};
    NOTE bare = {0, KIND_PLAIN, -1.0, -1, NULL, 0, NULL};
    LONG number = -1;

    check(NotebookAdd(book, &note, &number) == 0 && number == 0, "add a note with text and tags");
    check(NotebookAdd(book, &bare, &number) == 0 && number == 1, "add one with null pointers");
}

static void list_notes(NOTEBOOK book)
{
    NOTE *notes = NULL;
    LONG count = 0, i;

    check(NotebookList(book, &count, &notes) == 0 && count == 2 && notes != NULL, "list them");
    if (notes == NULL)
        return;
    check(notes[0].kind == KIND_URGENT && notes[0].weight == 2.5, "enum and double");
    check(notes[0].stamp == (hyper)1 << 40 && notes[1].stamp == -1, "hyper");
    check(notes[0].text != NULL && strcmp(notes[0].text, "water the plants") == 0, "string");
    check(notes[0].tag_count == 3 && notes[0].tags[1] == -8, "array behind a pointer");
    check(notes[1].text == NULL && notes[1].tags == NULL, "null pointers stay null");
    for (i = 0; i < count; i++) {
        midl_user_free(notes[i].text);
        midl_user_free(notes[i].tags);
    }
    midl_user_free(notes);
}

static void ask(NOTEBOOK book)
{
    ANSWER answer;

    memset(&answer, 0, sizeof answer);
    check(NotebookAsk(book, 1, &answer) == 1 && answer.count == 2, "union: a number");
    memset(&answer, 0, sizeof answer);
    check(NotebookAsk(book, 2, &answer) == 2 && answer.owner != NULL &&
              strcmp(answer.owner, "ada") == 0,
          "union: a string");
    midl_user_free(answer.owner);
    memset(&answer, 0, sizeof answer);
    check(NotebookAsk(book, 3, &answer) == 3, "union: the default arm");
}

static void read_text(NOTEBOOK book)
{
    char text[64];
    LONG length = 0;

    memset(text, '#', sizeof text);
    check(NotebookRead(book, 0, sizeof text, &length, text) == 0 && length == 16 &&
              memcmp(text, "water the plants", 16) == 0,
          "varying array of the caller");
    check(text[16] == '#', "nothing beyond its length was touched");
}

static void sum(void)
{
    static LONG values[100000];
    hyper total = 0;
    LONG i;

    for (i = 0; i < 100000; i++)
        values[i] = i;
    check(NotebookSum(100000, values, &total) == 0 && total == (hyper)4999950000,
          "a request of many fragments");
}

static RPC_STATUS status_of_failing(NOTEBOOK book, LONG code)
{
    volatile RPC_STATUS status = 0;

    RpcTryExcept
    {
        NotebookFail(book, code);
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

static void exceptions(NOTEBOOK book)
{
    NOTEBOOK closed = NULL;
    volatile RPC_STATUS status = 0;
    volatile int finally = 0;

    check(status_of_failing(book, 1234) == 1234, "an application's exception arrives");
    check(status_of_failing(book, RPC_S_ACCESS_DENIED) == RPC_S_ACCESS_DENIED, "and a system one");
    RpcTryExcept
    {
        RpcTryFinally
        {
            NotebookFail(closed, 1);
        }
        RpcFinally
        {
            finally = RpcAbnormalTermination() ? 1 : 2;
        }
        RpcEndFinally
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    check(status == RPC_X_SS_IN_NULL_CONTEXT, "a null [in] handle raises 1775");
    check(finally == 1, "the finally block ran, abnormally");
}

static void closing(NOTEBOOK book)
{
    NOTEBOOK second = NULL;
    volatile RPC_STATUS status = 0;

    check(NotebookClose(&book) == 0 && book == NULL, "close sets the handle to NULL");
    check(NotebookOpen("eve", &second) == 0 && second != NULL, "open another");
    RpcTryExcept
    {
        RpcSsDestroyClientContext(&second);
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    check(status == 0 && second == NULL, "RpcSsDestroyClientContext sets it to NULL");
    RpcTryExcept
    {
        RpcSsDestroyClientContext(&second);
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    check(NotebookRunDowns() == 0, "nothing is run down while the binding lives (C5)");
}

int main(int argc, char **argv)
{
    NOTEBOOK book = NULL;
    volatile RPC_STATUS status = 0;

    if (argc < 4) {
        fprintf(stderr, "usage: notebook_client PROTSEQ ADDRESS ENDPOINT [calm] [stop]\n");
        return 2;
    }
    bind_to(argv[1], argv[2], argv[3]);
    RpcTryExcept
    {
        check(NotebookOpen("ada", &book) == 0 && book != NULL, "open a notebook");
        add_notes(book);
        list_notes(book);
        ask(book);
        read_text(book);
        sum();
        if (argc < 5 || strcmp(argv[4], "calm") != 0)
            exceptions(book);
        closing(book);
        if (strcmp(argv[argc - 1], "stop") == 0)
            NotebookStop();
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    if (status != 0)
        printf("# exception %ld\n", (long)status);
    check(status == 0, "no other exception");
    check(RpcBindingFree(&notebook_server) == RPC_S_OK && notebook_server == NULL,
          "RpcBindingFree sets NULL");
    printf("1..%d\n", cases);
    return failures != 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * except.c - exceptions: the thread's stack of blocks being executed
 *
 * Owns:        one stack of struct rpc_exception_frame per thread; the frames lie in the functions.
 * States:      BODY -> LEFT (rpc_exception_leave) | RAISED (RpcRaiseException) |
 *              EARLY (rpc_exception_finish, when the body was left by return, goto or break)
 * Invariants:  X1  a frame is on the stack exactly while its state is BODY, so whatever is raised in
 *                  a filter, handler or finally block finds the next outer one (E3);
 *              X2  `code` is that of the innermost handler being executed; each block puts it back
 *                  when it ends (E2).
 */
#include <stdio.h>
#include <stdlib.h>

#include <rpc.h>

#include "rpc/core/status.h"

static _Thread_local struct rpc_exception_frame *top __attribute__((tls_model("initial-exec")));
static _Thread_local RPC_STATUS current_code __attribute__((tls_model("initial-exec")));

/* Fatal codes of Windows that RpcExceptionFilter passes on. */
static const uint32_t fatal_codes[] = {
    0x80000001, /* guard page */
    0x80000002, /* misalignment */
    0x80000003, /* breakpoint */
    0xC0000005, /* access violation */
    0xC0000006, /* in-page error */
    0xC000001D, /* illegal instruction */
    0xC0000096, /* privileged instruction */
    0xC00000FD, /* stack overflow */
    0xC0000194, /* possible deadlock */
    0xC0000235, /* handle not closable */
    0xC00002C9, /* register NaT consumption */
    0xC0000409, /* stack buffer overrun */
    0xC0000420, /* assertion failure */
};

static __attribute__((noreturn)) void die(const char *what, RPC_STATUS code)
{
    const char *text = rpc_status_text(code);

    fprintf(stderr, "holdfast-rpc: %s (%d: %s)\n", what, (int)code,
            text == NULL ? "a code of the program" : text);
    abort();
}

void RPC_ENTRY RpcRaiseException(RPC_STATUS exception)
{
    struct rpc_exception_frame *f = top;

    if (f == NULL)
        die("an RPC exception was raised that no RpcExcept handles; "
            "put RpcTryExcept around the call",
            exception);
    top = f->outer;
    f->state = RPC_EXCEPTION_RAISED;
    f->code = exception;
    current_code = exception;
    f->jump(f);
    abort();
}

int RPC_ENTRY RpcExceptionFilter(uint32_t ExceptionCode)
{
    for (size_t i = 0; i < sizeof fatal_codes / sizeof fatal_codes[0]; i++)
        if (fatal_codes[i] == ExceptionCode)
            return 0;
    return 1;
}

RPC_STATUS rpc_exception_code(void)
{
    return current_code;
}

void rpc_exception_push(struct rpc_exception_frame *frame,
                        void (*jump)(struct rpc_exception_frame *))
{
    frame->outer = top;
    frame->jump = jump;
    frame->code = 0;
    frame->outer_code = current_code;
    frame->state = RPC_EXCEPTION_BODY;
    top = frame;
}

void rpc_exception_leave(struct rpc_exception_frame *frame)
{
    top = frame->outer;
    frame->state = RPC_EXCEPTION_LEFT;
}

void rpc_exception_pop(struct rpc_exception_frame *frame)
{
    if (frame->state == RPC_EXCEPTION_BODY) {
        top = frame->outer;
        frame->state = RPC_EXCEPTION_EARLY;
    }
    current_code = frame->outer_code;
}

void rpc_exception_check(struct rpc_exception_frame **frame)
{
    if ((*frame)->state == RPC_EXCEPTION_BODY)
        die("an RpcTryFinally body was left by return, goto or break; "
            "with this compiler its RpcFinally block cannot run",
            RPC_S_OK);
}

void rpc_exception_finish(struct rpc_exception_frame *frame)
{
    if (frame->state == RPC_EXCEPTION_BODY) {
        top = frame->outer;
        frame->state = RPC_EXCEPTION_EARLY;
    }
}

void rpc_exception_resume(struct rpc_exception_frame *frame)
{
    if (frame->state == RPC_EXCEPTION_RAISED)
        RpcRaiseException(frame->code);
}

void rpc_exception_pass(struct rpc_exception_frame *frame)
{
    RpcRaiseException(frame->code);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * except.h - exceptions of RPC: RpcTryExcept, RpcTryFinally and what belongs to them
 *
 * A failed call of a client stub raises its status; a server routine raises to make its client's
 * call fail (RpcRaiseException). A handler catches:
 *
 *     RpcTryExcept {
 *         Read(file, 100, &got, data);
 *     } RpcExcept (RpcExceptionCode() == RPC_S_CALL_FAILED) {
 *         reconnect();
 *     } RpcEndExcept
 *
 *     RpcTryFinally {
 *         use(resource);
 *     } RpcFinally {
 *         give_back(resource);
 *     } RpcEndFinally
 *
 * Rules
 *   E1  The filter is evaluated when something was raised in the block: nonzero handles it here, 0
 *       passes it on outward. -1 (continue execution) is not supported and handles it here.
 *   E2  RpcExceptionCode() is the code in the filter and in the handler; within them inner blocks
 *       may come and go without changing it.
 *   E3  An exception raised in a filter, a handler or a finally block goes outward.
 *   E4  The macros open neither loop nor switch: break and continue act on the program's own.
 *   E5  An except block's body or handler may be left by return, goto, break and continue.
 *   E6  A finally block's body may be left so too when gcc compiles C: the finally block then runs.
 *       Elsewhere the program is aborted with a message, since the block could not run.
 *   E7  In a finally block RpcAbnormalTermination() is nonzero unless the body ended at its end.
 *       The finally block itself must not be left by return or goto (as on Windows).
 *   E8  With gcc, locals keep their values in filter, handler and finally block, as on Windows.
 *       Elsewhere (and under ThreadSanitizer) setjmp is used: locals that the body changes and the
 *       handler reads must be volatile.
 *   E9  Inner finally blocks run before outer filters (Windows: after). C++ destructors do not run.
 *       Signals are not turned into exceptions.
 *   E10 An exception that nobody handles ends the program with a message; in a server routine it
 *       becomes a fault at the client, in a run-down routine it is dropped.
 *
 * Source: "RPC exception handling", Win32 documentation.
 */
#ifndef HOLDFAST_EXCEPT_H
#define HOLDFAST_EXCEPT_H

#include <setjmp.h>

#include <holdfast/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef RPCRTAPI
#define RPCRTAPI __attribute__((visibility("default")))
#endif

/* Raises an exception in the calling thread; does not return. `exception` is any status; by custom
 * RPC_S_..., RPC_X_... or a code of the application. In a server routine the client's call fails
 * with it; 0 and the codes that may not travel arrive as RPC_S_CALL_FAILED.
 * Source: RpcRaiseException (rpcdce.h). */
RPCRTAPI void RPC_ENTRY RpcRaiseException(RPC_STATUS exception) __attribute__((noreturn));

/* A filter for all that a program can reasonably handle: 0 for the fatal codes of Windows (access
 * violation, misalignment, illegal or privileged instruction, breakpoint, guard page, stack
 * overflow, stack buffer overrun, assertion, in-page error, deadlock, handle not closable, NaT), else
 * 1. Source: RpcExceptionFilter (rpcasync.h). */
RPCRTAPI int RPC_ENTRY RpcExceptionFilter(uint32_t ExceptionCode);

/* ---- What the macros are made of ------------------------------------------------------------- */

enum rpc_exception_state {
    RPC_EXCEPTION_BODY,   /* the body runs; the frame is on the thread's stack of frames */
    RPC_EXCEPTION_LEFT,   /* the body ended at its end */
    RPC_EXCEPTION_RAISED, /* something was raised */
    RPC_EXCEPTION_EARLY,  /* the body was left by return, goto, break */
};

/* One block that is being executed; lies in its function's frame. */
struct rpc_exception_frame {
    struct rpc_exception_frame *outer;
    void (*jump)(struct rpc_exception_frame *); /* back into the block; does not return */
    RPC_STATUS code;                            /* what was raised */
    RPC_STATUS outer_code;                      /* RpcExceptionCode() around the block (E2) */
    uint32_t state;                             /* enum rpc_exception_state */
#if defined __GNUC__ && !defined __clang__ && !defined __SANITIZE_THREAD__
    void *place[5];
#else
    jmp_buf place;
#endif
};

/* __builtin_setjmp makes gcc keep every local where the handler finds it (E8). ThreadSanitizer
 * follows setjmp but not the builtin. The jump is compiled with the block, so that program and
 * library need not come from one compiler. */
#if defined __GNUC__ && !defined __clang__ && !defined __SANITIZE_THREAD__
#define RPC_EXCEPTION_SET(frame) __builtin_setjmp((frame)->place)
static __attribute__((unused, noinline)) void rpc_exception_jump(struct rpc_exception_frame *frame)
{
    __builtin_longjmp(frame->place, 1);
}
#else
#define RPC_EXCEPTION_SET(frame) setjmp((frame)->place)
static __attribute__((unused, noinline)) void rpc_exception_jump(struct rpc_exception_frame *frame)
{
    longjmp(frame->place, 1);
}
#endif

RPCRTAPI RPC_STATUS rpc_exception_code(void);
RPCRTAPI void rpc_exception_push(struct rpc_exception_frame *frame,
                                 void (*jump)(struct rpc_exception_frame *));
RPCRTAPI void rpc_exception_leave(struct rpc_exception_frame *frame);  /* end of the body */
RPCRTAPI void rpc_exception_pop(struct rpc_exception_frame *frame);    /* end of the block (E5) */
RPCRTAPI void rpc_exception_check(struct rpc_exception_frame **frame); /* E6, not gcc */
RPCRTAPI void rpc_exception_finish(struct rpc_exception_frame *frame); /* a finally block begins */
RPCRTAPI void rpc_exception_resume(struct rpc_exception_frame *frame); /* ... ended: raise again */
RPCRTAPI void rpc_exception_pass(struct rpc_exception_frame *frame)
    __attribute__((noreturn)); /* E1: not handled here */

#define RpcExceptionCode() rpc_exception_code()

/* Blocks nest in one function, and each has a frame of the same name: that is meant. */
#define RPC_EXCEPTION_NEST(declarations)                                          \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wshadow\"") \
        declarations _Pragma("GCC diagnostic pop")
#define RPC_EXCEPTION_FRAME \
    struct rpc_exception_frame rpc_frame_ __attribute__((cleanup(rpc_exception_pop)));
#define RPC_EXCEPTION_SCOPE(at_end) \
    struct rpc_exception_frame *rpc_scope_ __attribute__((cleanup(at_end))) = &rpc_frame_;

#define RpcTryExcept                                         \
    {                                                        \
        RPC_EXCEPTION_NEST(RPC_EXCEPTION_FRAME)              \
        rpc_exception_push(&rpc_frame_, rpc_exception_jump); \
        if (RPC_EXCEPTION_SET(&rpc_frame_) == 0) {

#define RpcExcept(filter)             \
    rpc_exception_leave(&rpc_frame_); \
    }                                 \
    else if ((filter) != 0)           \
    {

#define RpcEndExcept                     \
    }                                    \
    else                                 \
    {                                    \
        rpc_exception_pass(&rpc_frame_); \
    }                                    \
    }

#if defined __GNUC__ && !defined __clang__ && !defined __cplusplus

/* The finally block is a function within the function, run when the body's scope ends however it
 * does; it is only ever called by name, so nothing needs an executable stack. */
#define RpcTryFinally                                                                \
    {                                                                                \
        RPC_EXCEPTION_NEST(RPC_EXCEPTION_FRAME __extension__ auto void rpc_finally_( \
                               struct rpc_exception_frame **);)                      \
        rpc_exception_push(&rpc_frame_, rpc_exception_jump);                         \
        {                                                                            \
            RPC_EXCEPTION_NEST(RPC_EXCEPTION_SCOPE(rpc_finally_))                    \
            (void)rpc_scope_;                                                        \
            if (RPC_EXCEPTION_SET(&rpc_frame_) == 0) {

#define RpcFinally                                                          \
    rpc_exception_leave(&rpc_frame_);                                       \
    }                                                                       \
    }                                                                       \
    __extension__ void rpc_finally_(struct rpc_exception_frame **rpc_left_) \
    {                                                                       \
        rpc_exception_finish(*rpc_left_);                                   \
        {

#define RpcEndFinally                  \
    }                                  \
    }                                  \
    rpc_exception_resume(&rpc_frame_); \
    }

#else

#define RpcTryFinally                                                    \
    {                                                                    \
        RPC_EXCEPTION_NEST(RPC_EXCEPTION_FRAME)                          \
        rpc_exception_push(&rpc_frame_, rpc_exception_jump);             \
        {                                                                \
            RPC_EXCEPTION_NEST(RPC_EXCEPTION_SCOPE(rpc_exception_check)) \
            (void)rpc_scope_;                                            \
            if (RPC_EXCEPTION_SET(&rpc_frame_) == 0) {

#define RpcFinally                     \
    rpc_exception_leave(&rpc_frame_);  \
    }                                  \
    }                                  \
    rpc_exception_finish(&rpc_frame_); \
    {

#define RpcEndFinally                  \
    }                                  \
    rpc_exception_resume(&rpc_frame_); \
    }

#endif

#define RpcAbnormalTermination() ((int)(rpc_frame_.state != RPC_EXCEPTION_LEFT))

#ifdef __cplusplus
}
#endif
#endif

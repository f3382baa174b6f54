/* SPDX-License-Identifier: Apache-2.0
 *
 * except_test.c - rules E1 to E10 of <holdfast/except.h>
 *
 * Compiled at several optimisation levels (meson.build), since what a jump does to locals depends on
 * them. Locals read after a jump are volatile where the rule says so (E8): VOLATILE is empty with
 * gcc, where keeping their values is what is tested.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

#include <rpc.h>

#if defined __GNUC__ && !defined __clang__ && !defined __SANITIZE_THREAD__
#define VOLATILE
#else
#define VOLATILE volatile
#endif

/* What ran, in order, one character each. */
static char trace[64];

static void note(char c)
{
    size_t n = strlen(trace);

    assert_true(n + 1 < sizeof trace);
    trace[n] = c;
    trace[n + 1] = '\0';
}

static void expect_trace(const char *want)
{
    assert_string_equal(trace, want);
    trace[0] = '\0';
}

static __attribute__((noinline)) void raise_if(int code)
{
    if (code != 0)
        RpcRaiseException(code);
}

static void E1_filter_decides(void **state)
{
    (void)state;
    RpcTryExcept
    {
        RpcTryExcept
        {
            raise_if(1726);
            note('!');
        }
        RpcExcept(RpcExceptionCode() == 5)
        {
            note('!');
        }
        RpcEndExcept
        note('!');
    }
    RpcExcept(RpcExceptionCode() == 1726 ? -1 : 0)
    {
        note('h');
    }
    RpcEndExcept
    RpcTryExcept
    {
        raise_if(0);
        note('b');
    }
    RpcExcept(1)
    {
        note('!');
    }
    RpcEndExcept
    expect_trace("hb");
}

static void E2_code_in_filter_and_handler(void **state)
{
    RPC_STATUS in_filter = 0;

    (void)state;
    RpcTryExcept
    {
        raise_if(-1073741819 + 1);
    }
    RpcExcept((in_filter = RpcExceptionCode(), 1))
    {
        assert_int_equal(in_filter, -1073741818);
        assert_int_equal(RpcExceptionCode(), in_filter);
        RpcTryExcept
        {
            assert_int_equal(RpcExceptionCode(), in_filter);
            raise_if(1722);
        }
        RpcExcept(1)
        {
            assert_int_equal(RpcExceptionCode(), 1722);
        }
        RpcEndExcept
        assert_int_equal(RpcExceptionCode(), in_filter);
        note('h');
    }
    RpcEndExcept
    expect_trace("h");
}

static int raising_filter(int code)
{
    RpcRaiseException(code);
}

static void E3_raised_in_handler_filter_finally_goes_outward(void **state)
{
    (void)state;
    RpcTryExcept
    {
        RpcTryExcept
        {
            raise_if(1);
        }
        RpcExcept(1)
        {
            raise_if(2);
        }
        RpcEndExcept
    }
    RpcExcept(RpcExceptionCode() == 2)
    {
        note('a');
    }
    RpcEndExcept
    RpcTryExcept
    {
        RpcTryExcept
        {
            raise_if(1);
        }
        RpcExcept(raising_filter(3))
        {
            note('!');
        }
        RpcEndExcept
    }
    RpcExcept(RpcExceptionCode() == 3)
    {
        note('b');
    }
    RpcEndExcept
    RpcTryExcept
    {
        RpcTryFinally
        {
            raise_if(1);
        }
        RpcFinally
        {
            raise_if(4);
        }
        RpcEndFinally
    }
    RpcExcept(RpcExceptionCode() == 4)
    {
        note('c');
    }
    RpcEndExcept
    expect_trace("abc");
}

static void E4_break_and_continue_are_the_programs(void **state)
{
    VOLATILE int rounds = 0;

    (void)state;
    for (VOLATILE int i = 0; i < 10; i++) {
        rounds++;
        RpcTryExcept
        {
            if (i < 2)
                continue;
            if (i == 2)
                raise_if(7);
            if (i == 4)
                break;
            note('.');
        }
        RpcExcept(1)
        {
            note('h');
            continue;
        }
        RpcEndExcept
        note('e');
    }
    assert_int_equal(rounds, 5);
    switch (rounds) {
    case 5:
        RpcTryExcept
        {
            raise_if(8);
        }
        RpcExcept(1)
        {
            note('s');
            break;
        }
        RpcEndExcept
        note('!');
        break;
    default: note('!');
    }
    expect_trace("h.es");
}

static __attribute__((noinline)) int leave_by_return(int from_handler)
{
    RpcTryExcept
    {
        raise_if(from_handler);
        return 1;
    }
    RpcExcept(1)
    {
        return 2;
    }
    RpcEndExcept
    return 0;
}

static __attribute__((noinline)) int leave_by_goto(void)
{
    RpcTryExcept
    {
        goto out;
    }
    RpcExcept(1)
    {
        note('!');
    }
    RpcEndExcept
out:
    return 3;
}

static void E5_leaving_pops_the_frame(void **state)
{
    (void)state;
    RpcTryExcept
    {
        assert_int_equal(leave_by_return(0), 1);
        assert_int_equal(leave_by_return(9), 2);
        assert_int_equal(leave_by_goto(), 3);
        for (VOLATILE int i = 0; i < 3; i++) {
            RpcTryExcept
            {
                if (i == 1)
                    break;
            }
            RpcExcept(1)
            {
                note('!');
            }
            RpcEndExcept
        }
        raise_if(11); /* would jump into a dead frame if one of them were left */
    }
    RpcExcept(RpcExceptionCode() == 11)
    {
        note('h');
    }
    RpcEndExcept
    expect_trace("h");
}

static void E7_finally_runs_on_both_paths(void **state)
{
    (void)state;
    RpcTryFinally
    {
        note('b');
    }
    RpcFinally
    {
        note(RpcAbnormalTermination() ? '!' : 'n');
    }
    RpcEndFinally
    RpcTryExcept
    {
        RpcTryFinally
        {
            raise_if(12);
            note('!');
        }
        RpcFinally
        {
            note(RpcAbnormalTermination() ? 'a' : '!');
        }
        RpcEndFinally
        note('!');
    }
    RpcExcept(RpcExceptionCode() == 12)
    {
        note('h');
    }
    RpcEndExcept
    expect_trace("bnah");
}

#if defined __GNUC__ && !defined __clang__
static __attribute__((noinline)) int finally_left_by_return(int *value)
{
    int local = 1;

    RpcTryFinally
    {
        local = 5;
        return local;
    }
    RpcFinally
    {
        assert_true(RpcAbnormalTermination());
        *value = local;
        note('f');
    }
    RpcEndFinally
    return 0;
}

static void E6_leaving_a_finally_body_runs_the_block(void **state)
{
    int value = 0;

    (void)state;
    RpcTryExcept
    {
        assert_int_equal(finally_left_by_return(&value), 5);
        assert_int_equal(value, 5);
        for (int i = 0; i < 3; i++) {
            RpcTryFinally
            {
                if (i == 1)
                    continue;
                if (i == 2)
                    break;
                note('.');
            }
            RpcFinally
            {
                note((char)('0' + i));
            }
            RpcEndFinally
        }
        RpcTryFinally
        {
            RpcTryFinally
            {
                goto out;
            }
            RpcFinally
            {
                note('i');
            }
            RpcEndFinally
        }
        RpcFinally
        {
            note('o');
        }
        RpcEndFinally
    out:
        raise_if(13);
    }
    RpcExcept(RpcExceptionCode() == 13)
    {
        note('h');
    }
    RpcEndExcept
    expect_trace("f.012ioh");
}

/* The block of a body left by return raises: outward, not into its own body. */
static __attribute__((noinline)) int finally_raises_on_return(void)
{
    RpcTryFinally
    {
        return 1;
    }
    RpcFinally
    {
        raise_if(14);
    }
    RpcEndFinally
    return 2;
}

static void E6_E3_block_raises_on_the_way_out(void **state)
{
    (void)state;
    RpcTryExcept
    {
        (void)finally_raises_on_return();
        note('!');
    }
    RpcExcept(RpcExceptionCode() == 14)
    {
        note('h');
    }
    RpcEndExcept
    expect_trace("h");
}
#endif

/* Many locals, so that some would live in registers if the compiler were free to. */
static __attribute__((noinline)) uint64_t locals(int code, uint64_t seed)
{
    VOLATILE uint64_t a = seed, b = seed * 3, c = seed * 5, d = seed * 7, e = seed * 11;
    VOLATILE uint64_t f = seed * 13, g = seed * 17, h = seed * 19;
    VOLATILE double x = (double)seed / 2;

    RpcTryExcept
    {
        for (VOLATILE int i = 0; i < 4; i++) {
            a += b;
            b ^= c;
            c += d;
            d ^= e;
            e += f;
            f ^= g;
            g += h;
            h += 1;
            x *= 1.5;
            if (i == 3)
                raise_if(code);
        }
    }
    RpcExcept(1)
    {
        return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h ^ (uint64_t)x;
    }
    RpcEndExcept
    return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h ^ (uint64_t)x;
}

static void E8_locals_keep_their_values(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 200; seed++)
        assert_int_equal(locals(0, seed), locals(1, seed));
}

static void raise_deep(int depth)
{
    if (depth == 0)
        RpcRaiseException(15);
    RpcTryFinally
    {
        raise_deep(depth - 1);
    }
    RpcFinally
    {
        note((char)('0' + depth));
    }
    RpcEndFinally
}

static void E9_inner_finally_blocks_run_first(void **state)
{
    (void)state;
    RpcTryExcept
    {
        raise_deep(5);
    }
    RpcExcept((note('F'), 1))
    {
        note('h');
    }
    RpcEndExcept
    expect_trace("12345Fh");
}

static void die_unhandled(void)
{
    RpcRaiseException(1722);
}

#if !defined __GNUC__ || defined __clang__
static void die_leaving_finally(void)
{
    RpcTryFinally
    {
        return;
    }
    RpcFinally
    {
    }
    RpcEndFinally
}
#endif

/* Runs `f` in a child; what it wrote to stderr in `said`. Returns the signal that ended it. */
static int dies(void (*f)(void), char *said, size_t size)
{
    int p[2], status;
    size_t n = 0;
    ssize_t got;
    pid_t child;

    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit none = {0, 0};

        (void)setrlimit(RLIMIT_CORE, &none);
        (void)signal(SIGABRT, SIG_DFL);
        (void)dup2(p[1], 2);
        f();
        _exit(0);
    }
    (void)close(p[1]);
    while (n + 1 < size && (got = read(p[0], said + n, size - 1 - n)) > 0)
        n += (size_t)got;
    said[n] = '\0';
    (void)close(p[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void E10_unhandled_ends_the_program_with_a_message(void **state)
{
    char said[4096];

    (void)state;
    assert_int_equal(dies(die_unhandled, said, sizeof said), SIGABRT);
    assert_non_null(strstr(said, "1722"));
    assert_non_null(strstr(said, "RpcTryExcept"));
#if !defined __GNUC__ || defined __clang__
    assert_int_equal(dies(die_leaving_finally, said, sizeof said), SIGABRT); /* E6 */
    assert_non_null(strstr(said, "RpcFinally"));
#endif
}

static void filter_passes_fatal_codes(void **state)
{
    (void)state;
    assert_int_equal(RpcExceptionFilter(0xC0000005), 0);
    assert_int_equal(RpcExceptionFilter(0x80000003), 0);
    assert_int_equal(RpcExceptionFilter(1722), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(E1_filter_decides),
        cmocka_unit_test(E2_code_in_filter_and_handler),
        cmocka_unit_test(E3_raised_in_handler_filter_finally_goes_outward),
        cmocka_unit_test(E4_break_and_continue_are_the_programs),
        cmocka_unit_test(E5_leaving_pops_the_frame),
        cmocka_unit_test(E7_finally_runs_on_both_paths),
#if defined __GNUC__ && !defined __clang__
        cmocka_unit_test(E6_leaving_a_finally_body_runs_the_block),
        cmocka_unit_test(E6_E3_block_raises_on_the_way_out),
#endif
        cmocka_unit_test(E8_locals_keep_their_values),
        cmocka_unit_test(E9_inner_finally_blocks_run_first),
        cmocka_unit_test(E10_unhandled_ends_the_program_with_a_message),
        cmocka_unit_test(filter_passes_fatal_codes),
    };

    return cmocka_run_group_tests_name("rpc/core/except", tests, NULL, NULL);
}

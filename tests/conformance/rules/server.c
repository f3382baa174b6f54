/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - the server of the rules: serves, and does what the test says on standard input
 *
 * usage: rules-server BOARD_FD [free] [port PORT]
 *
 * `free` calls RpcSsDontSerializeContext first. A command is a line, "COMMAND [INTERFACE [NUMBER]]";
 * the answer is a line with a status.
 */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conformance.h"
#include "base/mem.h"
#include "conformance/board.h"
#include "rpc/server/assoc.h"
#include "rpc/server/context_life.h"
#include "rpc/server/server.h"
#include "rpc/server/stats.h"

static void *module;

static RPC_IF_HANDLE interface_of(const char *name)
{
    if (strcmp(name, "rules") == 0)
        return conformance_v1_0_s_ifspec;
    if (strcmp(name, "plain") == 0)
        return conformance_plain_v1_0_s_ifspec;
    if (strcmp(name, "strict") == 0)
        return conformance_strict_v1_0_s_ifspec;
    if (strcmp(name, "typed") == 0)
        return conformance_typed_v1_0_s_ifspec;
    if (strcmp(name, "unload") == 0 && module != NULL)
        return *(RPC_IF_HANDLE *)dlsym(module, "module_interface");
    return NULL; /* all */
}

static RPC_STATUS counts(void)
{
    struct life_step step;

    for (unsigned i = 0; life_step_at(i, &step); i++)
        if (step.taken)
            atomic_fetch_or(&board->life_steps, 1u << i);
    atomic_store(&board->contexts, context_count());
    atomic_store(&board->associations, assoc_count());
    atomic_store(&board->parked, STATS_GET(calls_parked));
    atomic_store(&board->rundown_exceptions, STATS_GET(rundown_exceptions));
    atomic_store(&board->handles_dropped, STATS_GET(handles_dropped));
    atomic_store(&board->not_ended, STATS_GET(handles_opened) - STATS_GET(handles_closed) -
                                        STATS_GET(handles_dropped) - STATS_GET(rundowns_death) -
                                        STATS_GET(rundowns_settle) -
                                        STATS_GET(rundowns_unregister));
    atomic_store(&board->rundowns_settle, STATS_GET(rundowns_settle));
    atomic_store(&board->rundowns_death, STATS_GET(rundowns_death));
    atomic_store(&board->rundowns_unregister, STATS_GET(rundowns_unregister));
    return RPC_S_OK;
}

/* The module gets this program's board. */
static RPC_STATUS load(const char *path)
{
    struct board **its;

    module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    its = dlsym(module, "module_board");
    if (its == NULL)
        return 2;
    *its = board;
    return RPC_S_OK;
}

struct extent {
    uintptr_t base;
    size_t size;
};

static int find_extent(struct dl_phdr_info *object, size_t size, void *argument)
{
    struct extent *e = argument;

    (void)size;
    if (object->dlpi_addr != e->base)
        return 0;
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &object->dlpi_phdr[i];

        if (p->p_type == PT_LOAD && p->p_vaddr + p->p_memsz > e->size)
            e->size = p->p_vaddr + p->p_memsz;
    }
    return 1;
}

/* 0 only if the module's code is really gone. Then its place can be `kept_empty`, so that whoever goes
 * there is stopped and does not find what was mapped later; EBUSY if something is there already. */
static RPC_STATUS unload(const char *path, bool kept_empty)
{
    struct link_map *map = NULL;
    struct extent e = {0};
    void *still;

    if (dlinfo(module, RTLD_DI_LINKMAP, &map) != 0)
        return 1;
    e.base = map->l_addr;
    (void)dl_iterate_phdr(find_extent, &e);
    if (dlclose(module) != 0)
        return 1;
    module = NULL;
    if (kept_empty && mmap((void *)e.base, e.size, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
                           0) == MAP_FAILED)
        return EBUSY;
    still = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
    if (still == NULL)
        return RPC_S_OK;
    dlclose(still);
    return 2;
}

static RPC_STATUS run(const char *command, const char *name, unsigned number)
{
    if (strcmp(command, "counts") == 0)
        return counts();
    if (strcmp(command, "fail") ==
        0) /* the answer: how many allocations there were since the last */
        return (RPC_STATUS)mem_fail_at(number, 0);
    if (strcmp(command, "load") == 0)
        return load(name);
    if (strcmp(command, "unload") == 0)
        return unload(name, number != 0);
    if (strcmp(command, "register") == 0)
        return RpcServerRegisterIf(interface_of(name), NULL, NULL);
    if (strcmp(command, "autolisten") == 0)
        return RpcServerRegisterIfEx(interface_of(name), NULL, NULL, RPC_IF_AUTOLISTEN, 100, NULL);
    if (strcmp(command, "unregister") == 0)
        return RpcServerUnregisterIf(interface_of(name), NULL, number);
    if (strcmp(command, "unregister_type") == 0) {
        UUID type = {1, 2, 3, {4}};

        return RpcServerUnregisterIf(interface_of(name), &type, number);
    }
    if (strcmp(command, "unregister_ex") == 0)
        return RpcServerUnregisterIfEx(interface_of(name), NULL, (int)number);
    if (strcmp(command, "stop") == 0)
        return server_stop_listening();
    if (strcmp(command, "wait") == 0)
        return RpcMgmtWaitServerListen();
    if (strcmp(command, "listen") == 0)
        return RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, 1);
    if (strcmp(command, "shutdown") == 0) {
        server_shutdown();
        return counts();
    }
    return RPC_S_INVALID_ARG;
}

static unsigned own_port(void)
{
    RPC_BINDING_VECTOR *bindings = NULL;
    unsigned port = 0;

    if (RpcServerInqBindings(&bindings) != RPC_S_OK)
        return 0;
    for (uint32_t i = 0; i < bindings->Count; i++) {
        RPC_CSTR text = NULL;

        if (RpcBindingToStringBindingA(bindings->BindingH[i], &text) != RPC_S_OK)
            continue;
        if (strncmp((char *)text, "ncacn_ip_tcp:", 13) == 0)
            port = (unsigned)atoi(strchr((char *)text, '[') + 1);
        (void)RpcStringFreeA(&text);
    }
    (void)RpcBindingVectorFree(&bindings);
    return port;
}

static void must(RPC_STATUS status, const char *what)
{
    if (status == RPC_S_OK)
        return;
    fprintf(stderr, "rules-server: %s: %d\n", what, (int)status);
    exit(1);
}

int main(int argc, char **argv)
{
    static const char *const interfaces[] = {"rules", "plain", "strict", "typed"};
    const char *port = NULL;
    char line[512];

    if (argc < 2)
        return 2;
    (void)board_attach(atoi(argv[1]));
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "free") == 0)
            RpcSsDontSerializeContext();
        else if (strcmp(argv[i], "port") == 0 && i + 1 < argc)
            port = argv[++i];
    }
    must(port == NULL ? RpcServerUseProtseqA((RPC_CSTR) "ncacn_ip_tcp", 10, NULL)
                      : RpcServerUseProtseqEpA((RPC_CSTR) "ncacn_ip_tcp", 10,
                                               (RPC_CSTR)(uintptr_t)port, NULL),
         "ncacn_ip_tcp");
    must(RpcServerUseProtseqEpA((RPC_CSTR) "ncalrpc", 10, (RPC_CSTR)board->path, NULL), "ncalrpc");
    for (size_t i = 0; i < sizeof interfaces / sizeof *interfaces; i++)
        must(RpcServerRegisterIf(interface_of(interfaces[i]), NULL, NULL), interfaces[i]);
    must(RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, 1), "listen");
    atomic_store(&board->port, (int)own_port());
    printf("0\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        char command[32] = "", name[400] = "";
        unsigned number = 0;

        (void)sscanf(line, "%31s %399s %u", command, name, &number);
        printf("%d\n", (int)run(command, name, number));
        fflush(stdout);
    }
    return 0;
}

void *__RPC_USER midl_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER midl_user_free(void *memory)
{
    free(memory);
}

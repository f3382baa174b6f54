/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc.h - remote procedure calls: the one header a program includes
 *
 * Limits
 *   String bindings and their parts: 4095 octets of UTF-8. Endpoint of ncacn_ip_tcp: decimal port,
 *   1 to 65535. Endpoint of ncalrpc: what fits a unix socket's path (107 octets with its folder).
 *   One request: 4 MiB of marshalled arguments unless the server's registration allows more or
 *   less. One reply: 2 GiB. Protocol sequences: ncacn_ip_tcp and ncalrpc.
 *
 * Example: a client of the interface `remote_file`, whose header the IDL compiler made
 *
 *     #include "remote_file.h"
 *
 *     int main(void)
 *     {
 *         RPC_CSTR text = NULL;
 *         RPC_BINDING_HANDLE server = NULL;
 *         FILE_H file = NULL;
 *         RPC_STATUS status;
 *
 *         status = RpcStringBindingCompose(NULL, (RPC_CSTR)"ncacn_ip_tcp", (RPC_CSTR)"127.0.0.1",
 *                                          (RPC_CSTR)"4747", NULL, &text);
 *         if (status == RPC_S_OK)
 *             status = RpcBindingFromStringBinding(text, &server);
 *         RpcStringFree(&text);
 *         if (status != RPC_S_OK)
 *             return 1;
 *         RpcTryExcept {
 *             Open(server, "notes.txt", &file);
 *             Close(&file);
 *         } RpcExcept (RpcExceptionFilter(RpcExceptionCode())) {
 *             status = RpcExceptionCode();
 *             if (file != NULL)
 *                 RpcSsDestroyClientContext(&file);
 *         } RpcEndExcept
 *         RpcBindingFree(&server);
 *         return status != RPC_S_OK;
 *     }
 *
 * Conventions
 *   Functions return RPC_S_OK (0) or a code of <rpcnterr.h>, unless they say "raises": those end in
 *   an exception (<holdfast/except.h>). On failure no output is written.
 *   Functions with strings exist as NAMEA (UTF-8) and NAMEW (UTF-16 units of 16 bits in the machine's
 *   order); the bare NAME is a macro for the A form, or for the W form if UNICODE is defined.
 *   Every function may be called from any thread. A binding handle may be used by many threads at
 *   once, but not be changed (Set..., Reset) or freed while another thread uses it.
 *   After fork, the child's copy of the runtime is closed: calls fail with RPC_S_SERVER_UNAVAILABLE.
 *   A child that wants to use RPC executes a program.
 *   Types are of fixed size everywhere: where Windows writes `unsigned long` these headers write
 *   uint32_t, which is what ULONG and DWORD name.
 */
#ifndef HOLDFAST_RPC_H
#define HOLDFAST_RPC_H

#include <rpcnterr.h>
#include <rpcdce.h>
#include <rpcndr.h>
#include <holdfast/except.h>
#include <rpcasync.h>

#endif

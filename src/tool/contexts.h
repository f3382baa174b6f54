/* SPDX-License-Identifier: Apache-2.0
 *
 * contexts.h - the parts of `holdfast contexts`
 */
#ifndef HF_TOOL_CONTEXTS_H
#define HF_TOOL_CONTEXTS_H

#include <stdbool.h>

/* A JSON string; what servers send is not trusted to be text. */
void contexts_print_string(const char *s);

/* Sessions and transactions, of a server that has them; prints nothing for any other. */
void contexts_show_sessions(const char *address, bool json);

/* The counters of such a server and of its store, behind those of the runtime. */
void contexts_show_store(const char *address, bool json);

#endif

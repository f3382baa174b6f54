/* SPDX-License-Identifier: Apache-2.0
 *
 * addresses.h - where a serving command is to be found
 */
#ifndef HF_TOOL_ADDRESSES_H
#define HF_TOOL_ADDRESSES_H

/* Prints the string bindings of this process's endpoints, a line each, at once. */
void print_addresses(void);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * accounts.h - whose NTLM passwords a server knows
 *
 * A text file of one account a line, `[DOMAIN\]USER:HASH`, HASH being the 32 hexadecimal digits of
 * the password's NT hash (MD4 of its UTF-16); empty lines and those that begin with # do not count.
 * An account without domain answers to any. The hashes are as good as the passwords, so a file that
 * anybody but its owner may read or write is not used. It is read at each authentication: changes
 * hold at once.
 */
#ifndef HF_RPC_AUTH_NTLM_ACCOUNTS_H
#define HF_RPC_AUTH_NTLM_ACCOUNTS_H

#include "rpc/auth/ntlm/keys.h"

#define NTLM_ACCOUNT_NAME 256 /* octets of an account's name with its terminator */

struct ntlm_account {
    char name[NTLM_ACCOUNT_NAME]; /* as the file spells it, with its domain */
    uint8_t hash[NTLM_KEY];
};

enum ntlm_found { NTLM_FOUND, NTLM_UNKNOWN, NTLM_NO_FILE };

/* Looks for an account, by names in UTF-8; letters of ASCII are equal in either case. `path` NULL:
 * $HOLDFAST_NTLM_ACCOUNTS, else /etc/holdfast/ntlm-accounts. */
enum ntlm_found ntlm_account_find(const char *path, const char *domain, const char *user,
                                  struct ntlm_account *ret);

/* One line of the file, without its end; false if it is no account or not this one. */
bool ntlm_account_line(const char *line, size_t size, const char *domain, const char *user,
                       struct ntlm_account *ret);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_power.c - what a database holds after power cuts
 *
 *     HF_FAULT=LIBRARY JET_CRASH_WRITER=PROGRAM jet_power [CUTS [SEED]]
 */
#include "jet_verify.h"
#include "power.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void become(struct crash *c, const char *folder)
{
    const char *program = getenv("JET_CRASH_WRITER");
    char seed[32];

    snprintf(seed, sizeof seed, "%llu", (unsigned long long)c->seed);
    execl(program, program, folder, seed, (char *)NULL);
}

static void learn(void *known, const void *message)
{
    jet_learn(known, message);
}

/* Before the first commit of all was told, database and table may not be whole yet. */
static void verify(struct crash *c, const char *folder, void *known)
{
    const struct jet_known *k = known;
    uint64_t durable = 0;

    for (unsigned i = 0; i < MODEL_WRITERS; i++)
        durable += k->durable[i];
    if (durable > 0)
        jet_verify(c, folder, known);
}

int main(int argc, char **argv)
{
    static struct jet_known known;
    static const struct power_test test = {
        .shows = "durable commits survive power cuts, whole and consistent",
        .become = become,
        .message_size = sizeof(struct model_ack),
        .known = &known,
        .known_size = sizeof known,
        .learn = learn,
        .verify = verify,
    };

    if (getenv("JET_CRASH_WRITER") == NULL)
        return 2;
    return power_run(&test, argc, argv);
}

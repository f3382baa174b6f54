/* SPDX-License-Identifier: Apache-2.0
 *
 * uuid.c - UUIDs (RFC 4122)
 *
 * Sequential UUIDs share one node and clock sequence, random at first use, and a time that never
 * repeats; the lock `sequence` guards them.
 */
#include "rpc/core/uuid.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <rpc.h>

#include "base/mem.h"
#include "rpc/core/text.h"

static const UUID nil;

static bool fill_random(void *to, size_t size)
{
    return getrandom(to, size, 0) == (ssize_t)size;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool rpc_uuid_parse(const char *text, UUID *ret)
{
    uint8_t octets[16];
    size_t n = 0;

    for (size_t i = 0; i < RPC_UUID_TEXT - 1; i++) {
        int high, low;

        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i] != '-')
                return false;
            continue;
        }
        high = hex_value(text[i]);
        low = high < 0 ? -1 : hex_value(text[i + 1]);
        if (low < 0)
            return false;
        octets[n++] = (uint8_t)(high << 4 | low);
        i++;
    }
    if (text[RPC_UUID_TEXT - 1] != '\0')
        return false;
    ret->Data1 = (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 |
                 octets[3];
    ret->Data2 = (uint16_t)(octets[4] << 8 | octets[5]);
    ret->Data3 = (uint16_t)(octets[6] << 8 | octets[7]);
    memcpy(ret->Data4, octets + 8, 8);
    return true;
}

void rpc_uuid_print(const UUID *uuid, char text[RPC_UUID_TEXT])
{
    const uint8_t *d = uuid->Data4;

    snprintf(text, RPC_UUID_TEXT, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             (unsigned)uuid->Data1, uuid->Data2, uuid->Data3, d[0], d[1], d[2], d[3], d[4], d[5],
             d[6], d[7]);
}

bool rpc_uuid_is_nil(const UUID *uuid)
{
    return memcmp(uuid, &nil, sizeof nil) == 0;
}

bool rpc_uuid_random(UUID *ret)
{
    UUID u;

    if (!fill_random(&u, sizeof u))
        return false;
    u.Data3 = (uint16_t)((u.Data3 & 0x0fff) | 0x4000);
    u.Data4[0] = (uint8_t)((u.Data4[0] & 0x3f) | 0x80);
    *ret = u;
    return true;
}

/* ---- API -------------------------------------------------------------------------------------- */

RPC_STATUS RPC_ENTRY UuidCreate(UUID *Uuid)
{
    if (Uuid == NULL)
        return RPC_S_INVALID_ARG;
    return rpc_uuid_random(Uuid) ? RPC_S_OK : RPC_S_OUT_OF_RESOURCES;
}

RPC_STATUS RPC_ENTRY UuidCreateSequential(UUID *Uuid)
{
    /* From the epoch of the Gregorian calendar to that of Unix, in 100 ns. */
    static const uint64_t epoch = UINT64_C(0x01B21DD213814000);
    static pthread_mutex_t sequence = PTHREAD_MUTEX_INITIALIZER;
    static uint64_t last;
    static uint8_t tail[8];
    struct timespec now;
    uint64_t t;

    if (Uuid == NULL)
        return RPC_S_INVALID_ARG;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    t = epoch + (uint64_t)now.tv_sec * 10000000u + (uint64_t)now.tv_nsec / 100;
    (void)pthread_mutex_lock(&sequence);
    if (last == 0 && !fill_random(tail, sizeof tail)) {
        (void)pthread_mutex_unlock(&sequence);
        return RPC_S_OUT_OF_RESOURCES;
    }
    if (t <= last)
        t = last + 1;
    last = t;
    (void)pthread_mutex_unlock(&sequence);
    Uuid->Data1 = (uint32_t)t;
    Uuid->Data2 = (uint16_t)(t >> 32);
    Uuid->Data3 = (uint16_t)((t >> 48 & 0x0fff) | 0x1000);
    memcpy(Uuid->Data4, tail, sizeof tail);
    Uuid->Data4[0] = (uint8_t)((tail[0] & 0x3f) | 0x80);
    Uuid->Data4[2] |= 0x01; /* the multicast bit: no network card's address */
    return RPC_S_UUID_LOCAL_ONLY;
}

RPC_STATUS RPC_ENTRY UuidCreateNil(UUID *NilUuid)
{
    if (NilUuid == NULL)
        return RPC_S_INVALID_ARG;
    *NilUuid = nil;
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY UuidToStringA(UUID *Uuid, RPC_CSTR *StringUuid)
{
    char text[RPC_UUID_TEXT];
    char *copy;

    if (StringUuid == NULL)
        return RPC_S_INVALID_ARG;
    rpc_uuid_print(Uuid == NULL ? &nil : Uuid, text);
    copy = mem_strdup(text);
    if (copy == NULL)
        return RPC_S_OUT_OF_MEMORY;
    *StringUuid = (RPC_CSTR)copy;
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY UuidToStringW(UUID *Uuid, RPC_WSTR *StringUuid)
{
    char text[RPC_UUID_TEXT];

    if (StringUuid == NULL)
        return RPC_S_INVALID_ARG;
    rpc_uuid_print(Uuid == NULL ? &nil : Uuid, text);
    return rpc_text_widen(text, StringUuid, RPC_S_OUT_OF_MEMORY);
}

RPC_STATUS RPC_ENTRY UuidFromStringA(RPC_CSTR StringUuid, UUID *Uuid)
{
    if (Uuid == NULL)
        return RPC_S_INVALID_ARG;
    if (StringUuid == NULL)
        return UuidCreateNil(Uuid);
    return rpc_uuid_parse((const char *)StringUuid, Uuid) ? RPC_S_OK : RPC_S_INVALID_STRING_UUID;
}

RPC_STATUS RPC_ENTRY UuidFromStringW(RPC_WSTR StringUuid, UUID *Uuid)
{
    char *text = NULL;
    RPC_STATUS status = rpc_text_narrow(StringUuid, &text, RPC_S_INVALID_STRING_UUID);

    if (status == RPC_S_OK)
        status = UuidFromStringA((RPC_CSTR)text, Uuid);
    mem_free(text);
    return status;
}

static signed int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static void succeed(RPC_STATUS *status)
{
    if (status != NULL)
        *status = RPC_S_OK;
}

signed int RPC_ENTRY UuidCompare(UUID *Uuid1, UUID *Uuid2, RPC_STATUS *Status)
{
    const UUID *a = Uuid1 == NULL ? &nil : Uuid1, *b = Uuid2 == NULL ? &nil : Uuid2;
    signed int c;

    succeed(Status);
    if (a->Data1 != b->Data1)
        return order(a->Data1, b->Data1);
    if (a->Data2 != b->Data2)
        return order(a->Data2, b->Data2);
    if (a->Data3 != b->Data3)
        return order(a->Data3, b->Data3);
    c = memcmp(a->Data4, b->Data4, 8);
    return (c > 0) - (c < 0);
}

int RPC_ENTRY UuidEqual(UUID *Uuid1, UUID *Uuid2, RPC_STATUS *Status)
{
    return UuidCompare(Uuid1, Uuid2, Status) == 0;
}

int RPC_ENTRY UuidIsNil(UUID *Uuid, RPC_STATUS *Status)
{
    succeed(Status);
    return Uuid == NULL || rpc_uuid_is_nil(Uuid);
}

/* Two running sums over the octets, modulo 255: every octet and its place count. */
unsigned short RPC_ENTRY UuidHash(UUID *Uuid, RPC_STATUS *Status)
{
    const UUID *u = Uuid == NULL ? &nil : Uuid;
    uint8_t octets[16] = {(uint8_t)(u->Data1 >> 24), (uint8_t)(u->Data1 >> 16),
                          (uint8_t)(u->Data1 >> 8),  (uint8_t)u->Data1,
                          (uint8_t)(u->Data2 >> 8),  (uint8_t)u->Data2,
                          (uint8_t)(u->Data3 >> 8),  (uint8_t)u->Data3};
    unsigned c0 = 0, c1 = 0;

    succeed(Status);
    memcpy(octets + 8, u->Data4, 8);
    for (size_t i = 0; i < sizeof octets; i++) {
        c0 += octets[i];
        c1 += c0;
    }
    return (unsigned short)(c1 % 255 << 8 | c0 % 255);
}

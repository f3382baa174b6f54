/* SPDX-License-Identifier: Apache-2.0
 *
 * postgres_schema.h - what a store is inside PostgreSQL: the schema `holdfast` of a database
 *
 * A row whose value is NULL is a tombstone. An erase leaves one, so that PostgreSQL's own rule for
 * snapshots (nobody writes a row whose newest version his snapshot does not see) tells of erasures
 * as of updates. Tombstones go when the store is next opened.
 *
 * Row locks are advisory locks on a hash of tree and key, tried and never waited for; they end with
 * the transaction or the savepoint they were taken in (T4). An open erasure has a second one, its
 * mark, of two numbers. A function's EXCEPTION block is the savepoint that keeps T3.
 */
#ifndef HF_ESE_STORE_POSTGRES_SCHEMA_H
#define HF_ESE_STORE_POSTGRES_SCHEMA_H

#include "ese/store/store.h"

extern const struct store_ops store_postgres; /* paths are libpq's connection strings */

/* clang-format off */
#define POSTGRES_SCHEMA \
    "CREATE SCHEMA holdfast; COMMENT ON SCHEMA holdfast IS 'holdfast store, format 1';" \
    "CREATE TABLE hardened (times bigint); INSERT INTO hardened VALUES (0);" \
    "CREATE TABLE rows (tree bigint, key bytea, value bytea, PRIMARY KEY (tree, key));" \
    "CREATE FUNCTION hash(t bigint, k bytea) RETURNS bigint LANGUAGE sql IMMUTABLE AS" \
    "  $$ SELECT hashtextextended(encode(k, 'hex'), t) $$;" \
    /* modes: i(nsert), r(eplace), u(psert); e(rase), a(ny erase), both with v NULL */ \
    "CREATE FUNCTION put_row(t bigint, k bytea, v bytea, mode text) RETURNS text" \
    "  LANGUAGE plpgsql AS $$" \
    "DECLARE seen boolean; h bigint := hash(t, k);" \
    "BEGIN" \
    "  IF mode IN ('i', 'r', 'e') THEN" \
    "    seen := EXISTS (SELECT FROM rows WHERE tree = t AND key = k AND value IS NOT NULL);" \
    "    IF mode <> 'i' AND NOT seen THEN RETURN 'n'; END IF;" \
    "    IF mode = 'i' AND seen THEN" /* unchanged since? The lock that asks must not stay. */ \
    "      PERFORM FROM rows WHERE tree = t AND key = k FOR SHARE NOWAIT;" \
    "      RAISE SQLSTATE 'HF001';" \
    "    END IF;" \
    "  END IF;" \
    "  IF NOT pg_try_advisory_xact_lock(h) THEN RETURN 'c'; END IF;" \
    "  IF v IS NULL THEN" \
    "    PERFORM pg_advisory_xact_lock_shared((h >> 32)::int, (h << 32 >> 32)::int);" \
    "  END IF;" \
    "  INSERT INTO rows VALUES (t, k, v)" \
    "    ON CONFLICT (tree, key) DO UPDATE SET value = excluded.value;" \
    "  RETURN 'o';" \
    "EXCEPTION WHEN SQLSTATE 'HF001' THEN RETURN 'e';" \
    "  WHEN serialization_failure OR lock_not_available THEN RETURN 'c';" \
    "  WHEN out_of_memory THEN RETURN 'f';" \
    "END $$;" \
    /* A key that is not seen is tried by an insert that is taken back. */ \
    "CREATE FUNCTION lock_row(t bigint, k bytea, exclusive boolean) RETURNS text" \
    "  LANGUAGE plpgsql AS $$" \
    "BEGIN" \
    "  IF NOT (CASE WHEN exclusive THEN pg_try_advisory_xact_lock(hash(t, k))" \
    "              ELSE pg_try_advisory_xact_lock_shared(hash(t, k)) END) THEN" \
    "    RETURN 'c';" \
    "  END IF;" \
    "  PERFORM FROM rows WHERE tree = t AND key = k FOR SHARE NOWAIT;" \
    "  IF NOT FOUND THEN" \
    "    BEGIN" \
    "      INSERT INTO rows VALUES (t, k, NULL);" \
    "      RAISE SQLSTATE 'HF001';" \
    "    EXCEPTION WHEN SQLSTATE 'HF001' THEN NULL;" \
    "    END;" \
    "  END IF;" \
    "  RETURN 'o';" \
    "EXCEPTION" \
    "  WHEN serialization_failure OR unique_violation OR lock_not_available THEN RETURN 'c';" \
    "  WHEN out_of_memory THEN RETURN 'f';" \
    "END $$;" \
    /* Every row lock or mark that is held in this database. */ \
    "CREATE VIEW locks AS SELECT classid, objid, objsubid, pid FROM pg_locks" \
    "  WHERE locktype = 'advisory' AND granted AND database =" \
    "    (SELECT oid FROM pg_database WHERE datname = current_database());" \
    /* Why an insert was refused, asked outside of its transaction: what is there now. */ \
    "CREATE FUNCTION refused(t bigint, k bytea) RETURNS text LANGUAGE sql AS $$" \
    "  SELECT CASE WHEN EXISTS (SELECT FROM rows WHERE tree = t AND key = k" \
    "                           AND value IS NOT NULL)" \
    "    AND NOT EXISTS (SELECT FROM locks WHERE objsubid = 2" \
    "                    AND classid = (hash(t, k) >> 32 & 4294967295)::oid" \
    "                    AND objid = (hash(t, k) & 4294967295)::oid) THEN 'e' ELSE 'c' END $$"

/* Takes the lock of the open store, and tells what is there. */
#define POSTGRES_CLAIM \
    "SELECT CASE WHEN NOT pg_try_advisory_lock(1212564550, 0) THEN 'u'" \
    "  WHEN to_regnamespace('holdfast') IS NULL THEN 'm'" \
    "  WHEN obj_description(to_regnamespace('holdfast'), 'pg_namespace')" \
    "    IS DISTINCT FROM 'holdfast store, format 1' THEN 'x' ELSE 'o' END"
/* clang-format on */

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * cases.c - the catalogue's program
 *
 *     jet-cases [AREA]        runs the cases, or those of an area
 *     jet-cases --catalogue   prints the table of docs/jet-cases.md
 */
#include "kit.h"

int main(int argc, char **argv)
{
    add_moving();
    add_seeking();
    add_ranges();
    add_places();
    add_filters();
    add_currency();
    add_updates();
    add_levels();
    add_temporary();
    add_sorts();
    add_enumerating();
    add_escrow();
    add_conditions();
    add_values();
    add_orders();
    add_types();
    add_long_values();
    add_schema();
    add_infos();
    add_sessions();
    add_sharing();
    return kit_run("jet-cases", argc, argv);
}

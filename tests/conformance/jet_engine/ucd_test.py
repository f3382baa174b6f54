#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The Unicode Character Database through the engine: its answers equal those of awk over the file.

    ucd_test.py PROGRAM
"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from tap import equal, run  # noqa: E402

DATA = "/usr/share/unicode/UnicodeData.txt"
AWK = r"""
function hex(s,   i, n) {
    n = 0
    for (i = 1; i <= length(s); i++)
        n = n * 16 + index("0123456789ABCDEF", substr(s, i, 1)) - 1
    return n
}
BEGIN { best = -1 }
{
    c = hex($1); rows++; category[$3]++; last[$3] = c
    if (c <= 127) r1++
    if (c >= 880 && c <= 1023) r2++
    if (c >= 19968 && c <= 40959) r3++
    if (c >= 128512 && c <= 128591) r4++
    if (index($2, "LATIN SMALL LETTER ") == 1) n1++
    if (index($2, "GREEK ") == 1) n2++
    if (index($2, "BRAILLE PATTERN DOTS-") == 1) n3++
    if ($2 == "SNOWMAN") snowman = c
    if ($13 != "") { upper++; sum += c }
    if ($10 == "Y") mirrored++
    if ($4 + 0 > best) { best = $4 + 0; first = c }
}
END {
    print "rows", rows
    n = split("Cc Cf Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So " \
              "Zl Zp Zs Xx", all, " ")
    for (i = 1; i <= n; i++) {
        print "category", all[i], category[all[i]] + 0
        if (category[all[i]] > 0) print "last", all[i], last[all[i]]
    }
    print "range 0 127", r1 + 0
    print "range 880 1023", r2 + 0
    print "range 19968 40959", r3 + 0
    print "range 128512 128591", r4 + 0
    print "range 1114112 2097152 0"
    print "names LATIN SMALL LETTER ", n1 + 0
    print "names GREEK ", n2 + 0
    print "names BRAILLE PATTERN DOTS-", n3 + 0
    print "names ZZZ 0"
    print "named SNOWMAN", snowman
    print "upper", upper, sum
    print "class-first", first
    print "mirrored", mirrored
}
"""


def lines(command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()


def answers():
    with tempfile.TemporaryDirectory() as folder:
        ours = lines([sys.argv[1], folder, DATA])
    theirs = lines(["awk", "-F;", AWK, DATA])
    equal(len(ours), len(theirs), "number of answers")
    for have, want in zip(ours, theirs):
        equal(" ".join(have.split()), " ".join(want.split()), "answer")


run([answers])

"""Measures ndisk beside what people use today, and writes docs/benchmarks.md. Run by scripts/bench, as root.

    python3 -B tests/bench/bench.py BUILD [--quick] [--runs N] [--root DIR] [NAME...]
"""

import argparse
import datetime
import os
import time

import report
import work_crowd
import work_durable
import work_edits
import work_eight_files
import work_idle
import work_known_content
import work_large_file
import work_long_distance
import work_small_files
import work_start
import work_unchanged
from stage import Stage

# Name, what it plays, and the names of its outcomes in the order of the page.
WORKS = {
    "large": (work_large_file.encrypted, ["large-up", "large-down"]),
    "plain": (work_large_file.plaintext, ["large-up-plain", "large-down-plain"]),
    "eight": (work_eight_files.eight_at_once, ["eight-files"]),
    "small": (work_small_files.in_memory, ["small-up", "small-down"]),
    "durable": (work_durable.durable, ["small-durable"]),
    "unchanged": (work_unchanged.unchanged, ["small-unchanged"]),
    "edits": (work_edits.up_and_down, ["edits-up", "edits-down"]),
    "known": (work_known_content.put_elsewhere, ["known-content"]),
    "far": (work_long_distance.large_and_small, ["far-large", "far-small"]),
    "idle": (work_idle.thousand_sessions, ["idle"]),
    "crowd": (work_crowd.five_hundred_upload, ["crowd"]),
    "start": (work_start.list_and_ready, ["start"]),
}

LEAST_RUNS = 5


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--quick", action="store_true", help="once, with less; nothing is written")
    parser.add_argument("--runs", type=int, default=5, help=f"of each side, {LEAST_RUNS} at least, after one "
                        "that does not count where caches matter")
    parser.add_argument("--root", default=f"/dev/shm/ndisk-bench-{os.getpid()}", help="a folder of its own, in memory")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(WORKS))
    arguments = parser.parse_intermixed_args()
    if not arguments.quick and arguments.runs < LEAST_RUNS:
        parser.error(f"fewer than {LEAST_RUNS} runs say nothing on a machine that others use too")
    unknown = [name for name in arguments.names if name not in WORKS]
    if unknown:
        parser.error(f"no such work: {', '.join(unknown)} (there are {', '.join(WORKS)})")

    names = [name for name in WORKS if name in arguments.names or not arguments.names]
    if "known" in names:  # the last, as its file has to settle
        names.sort(key="known".__eq__)
        work_known_content.make_settled_file(arguments.root, arguments.quick)
    try:
        behind = sum(play(name, arguments) for name in names)
    finally:
        work_known_content.forget_settled_file(arguments.root)
    if arguments.quick:
        print("a quick run: the marks are meant for the whole works")
    print(f"BEHIND: {behind} marks are not met" if behind else "every mark is met")


def play(name, arguments):
    """Plays a work and keeps what came of it; how many marks are not met."""
    print(f"== {name}", flush=True)
    work, _ = WORKS[name]
    behind, began = 0, time.monotonic()
    with Stage(arguments.build, arguments.root, arguments.quick, 1 if arguments.quick else arguments.runs) as stage:
        for outcome in work(stage):
            behind += show(outcome)
            if not arguments.quick:
                report.keep(outcome, datetime.date.today().isoformat(), arguments.runs)
                report.write([outcome for _, outcomes in WORKS.values() for outcome in outcomes])
    print(f"  ({name} took {time.monotonic() - began:.0f} s)", flush=True)
    return behind


def show(outcome):
    """Prints it; how many marks are not met."""
    print(f"{outcome.title}:")
    for row in outcome.rows:
        moved = f"  {sorted(row.bytes_moved)[len(row.bytes_moved) // 2]:,} bytes" if row.bytes_moved else ""
        print(f"  {row.side:38} {row.median:9.3f} s  {outcome.speed(row):12,.1f} {outcome.unit}{moved}")
    for row in outcome.faster_rivals():
        print(f"  BEHIND {row.side}")
    for note in outcome.notes:
        print(f"  {note}")
    for mark in outcome.marks:
        word = "met" if mark.reached else "BEHIND"
        sign = "at most" if mark.at_most else "at least"
        print(f"  {word}: {mark.text}: {report.number(mark.got, mark.unit)}, "
              f"wanted {sign} {report.number(mark.wanted, mark.unit)}", flush=True)
    return sum(not mark.reached for mark in outcome.marks)


if __name__ == "__main__":
    main()

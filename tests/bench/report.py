"""docs/benchmarks.md: what was measured last of each contest, as tables and plots. Results are kept in JSON beside."""

import json
import os
import platform
import statistics
import subprocess

from plot import draw

PAGE = "docs/benchmarks.md"
FOLDER = "docs/benchmarks"

HEAD = """# Benchmarks

Made by `scripts/bench`; do not edit. Every figure is of a run that took place, on the machine that its section names;
what is compared took turns within that run. Seconds are medians; ratios count, not figures. Every result was compared
byte for byte with its source. ndisk encrypts, verifies SHA-256 at both ends and has every file on stable storage before
it says so, unless a title says otherwise; what a rival leaves out is said at its name.

`scripts/bench` runs everything again, `scripts/bench NAME...` some of it, `--quick` a short form whose figures are not
kept. `scripts/bench --micro [FILTER]` measures parts alone (frames, digests, chunks, catalog, TLS:
`tests/bench/micro_*`), so that a change can be seen where it was made.

What bounds large and small files where both ends share two cores: [0008](decisions/0008-what-a-large-file-costs.md),
[0011](decisions/0011-what-small-files-cost.md).
"""


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as cpus:
        models = [line.partition(":")[2].strip() for line in cpus if line.startswith("model name")]
    return f"{len(models)} × {models[0] if models else platform.machine()}, Linux {platform.release()}"


def keep(outcome, day, runs):
    """Writes what an outcome says, in the place of the last one of its name."""
    os.makedirs(FOLDER, exist_ok=True)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    kept = {"name": outcome.name, "title": outcome.title, "day": day, "machine": machine(), "commit": commit.strip(),
            "runs": runs, "amount": outcome.amount, "unit": outcome.unit, "notes": outcome.notes,
            "rows": [{"side": row.side, "seconds": row.seconds, "bytes": row.bytes_moved, "part": row.part}
                     for row in outcome.rows],
            "faster": [row.side for row in outcome.faster_rivals()],
            "marks": [{"text": mark.text, "got": mark.got, "wanted": mark.wanted, "unit": mark.unit,
                       "at_most": mark.at_most} for mark in outcome.marks]}
    with open(os.path.join(FOLDER, f"{outcome.name}.json"), "w", encoding="utf-8") as file:
        json.dump(kept, file, indent=1, ensure_ascii=False)
        file.write("\n")


def write(order):
    """The page of all that is kept, in this order of names."""
    kept = [load(name) for name in order if os.path.exists(os.path.join(FOLDER, f"{name}.json"))]
    with open(PAGE, "w", encoding="utf-8") as page:
        page.write(HEAD + "\n## Marks\n\n" + marks_table(kept))
        for outcome in kept:
            page.write(section(outcome))


def load(name):
    with open(os.path.join(FOLDER, f"{name}.json"), encoding="utf-8") as file:
        return json.load(file)


def marks_table(kept):
    lines = ["| mark | measured | wanted | |", "| --- | --- | --- | --- |"]
    for outcome in kept:
        for mark in outcome["marks"]:
            sign = "at most" if mark["at_most"] else "at least"
            lines.append(f"| {mark['text']} | {number(mark['got'], mark['unit'])} "
                         f"| {sign} {number(mark['wanted'], mark['unit'])} "
                         f"| {'met' if reached(mark) else '**behind**'} |")
    return "\n".join(lines) + "\n"


def reached(mark):
    return mark["got"] <= mark["wanted"] if mark["at_most"] else mark["got"] >= mark["wanted"]


def number(value, unit):
    shown = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return f"{shown} {unit}".strip()


def section(outcome):
    """A table and a plot; only words where nothing was timed."""
    lines = [f"\n## {outcome['title']}\n"]
    if outcome["rows"]:
        lines += table(outcome)
        picture = f"{outcome['name']}.svg"
        rates = [(row["side"], outcome["amount"] / seconds_for_all(row)) for row in outcome["rows"]]
        with open(os.path.join(FOLDER, picture), "w", encoding="utf-8") as file:
            file.write(draw(outcome["title"], outcome["unit"], rates))
        lines += ["", f"![{outcome['title']}, {outcome['unit']}](benchmarks/{picture})"]
    if outcome["faster"]:
        lines += ["", f"**Behind** {', '.join(outcome['faster'])}."]
    lines += ["", *(f"{note}\n" for note in outcome["notes"]),
              f"{outcome['day']}, {outcome['machine']}, commit {outcome['commit']}, "
              f"{outcome['runs']} runs of each side.", ""]
    return "\n".join(lines)


def seconds_for_all(row):
    return statistics.median(row["seconds"]) / row["part"]


def table(outcome):
    rows = outcome["rows"]
    ours = seconds_for_all(next((row for row in rows if row["side"].startswith("ndisk")), rows[0]))
    counted = any(row["bytes"] for row in outcome["rows"])
    lines = [f"| | seconds | {outcome['unit']} | its time over ndisk's |" + (" bytes on the wire |" if counted else ""),
             "| --- | --- | --- | --- |" + (" --- |" if counted else "")]
    for row in rows:
        line = (f"| {row['side']} | {statistics.median(row['seconds']):.3f} "
                f"| {number(outcome['amount'] / seconds_for_all(row), '')} | {seconds_for_all(row) / ours:.2f} |")
        lines.append(line + (f" {statistics.median(row['bytes']):,.0f} |" if counted and row["bytes"] else ""))
    return lines

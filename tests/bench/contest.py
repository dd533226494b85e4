"""Sides that do the same work, in turns, so that what else the machine does hits all of them alike."""

import statistics
from dataclasses import dataclass, field
from typing import Callable

from stage import remove


@dataclass
class Side:
    """`work` returns the seconds that count; `before` and `check` are outside of them."""
    name: str
    work: Callable[[], float]
    before: Callable[[], None] = lambda: None
    check: Callable[[], None] = lambda: None
    part: float = 1.0


@dataclass
class Row:
    """What one side did. `bytes_moved` is empty where nobody counted. A slow side may have had only a `part` of the
    others' amount to do: its name says so, and its speed is what counts."""
    side: str
    seconds: list
    bytes_moved: list = field(default_factory=list)
    part: float = 1.0

    @property
    def median(self):
        return statistics.median(self.seconds)


@dataclass
class Mark:
    """What the issue asks for. `got` and `wanted` are of one unit."""
    text: str
    got: float
    wanted: float
    unit: str
    at_most: bool

    @property
    def reached(self):
        return self.got <= self.wanted if self.at_most else self.got >= self.wanted


@dataclass
class Outcome:
    """Of one contest: one table and one plot. `amount` of `unit` is what was done in each row's seconds."""
    name: str
    title: str
    rows: list
    marks: list
    amount: float
    unit: str
    notes: list = field(default_factory=list)

    def row(self, side):
        return next(row for row in self.rows if row.side == side)

    def times_faster(self, side, other):
        slow, fast = self.row(other), self.row(side)
        return (slow.median / slow.part) / (fast.median / fast.part)

    def speed(self, row):
        """In units a second."""
        return self.amount * row.part / row.median

    def faster_rivals(self):
        """Rows of others (a `limit` is none) that are ahead of ndisk's first."""
        ours = next((row for row in self.rows if row.side.startswith("ndisk")), None)
        return [row for row in self.rows if ours and not row.side.startswith(("ndisk", "limit"))
                and self.speed(row) > self.speed(ours)]


def take_turns(stage, title, sides, warm=True):
    """A row for each side. The first turn of all warms caches and does not count, unless it is a quick run or what is
    waited for is nothing that caches shorten."""
    seconds = {side.name: [] for side in sides}
    warming = 1 if warm and not stage.quick else 0
    for turn in range(warming + stage.runs):
        for side in sides:
            side.before()
            took = side.work()
            side.check()
            if turn >= warming:
                seconds[side.name].append(took)
            stage.say(f"  {title}: {side.name}: {took:.3f} s")
    return [Row(side.name, seconds[side.name], part=side.part) for side in sides]


def clear(*paths):
    """A `before` that removes what the last turn made."""
    return lambda: remove(*paths)

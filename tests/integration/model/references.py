"""Numbers that the server chooses (versions, changes, trash, times), told apart by what the model calls them.

The model answers with references in place of such numbers. The first time that a reference meets a number the two
belong together for good; within a kind, what was made later has the greater number.
"""

import bisect
from typing import NamedTuple


class Reference(NamedTuple):
    kind: tuple  # what is numbered, and whose
    key: object
    order: int   # of its making, within the kind; numbers grow with it. None: they don't


class OneOf(NamedTuple):
    """Where docs/protocol.md leaves the answer open."""
    values: tuple


class _Anything:
    def __repr__(self):
        return "ANYTHING"


ANYTHING = _Anything()


class References:
    def __init__(self, floors=None):
        """`floors`: the greatest number of each kind that was seen before this sequence."""
        self.floors = floors or {}
        self.numbers = {}
        self.keys = {}
        self.sorted = {}

    def copy(self):
        other = References(self.floors)
        other.numbers = dict(self.numbers)
        other.keys = dict(self.keys)
        other.sorted = {kind: list(items) for kind, items in self.sorted.items()}
        return other

    def number(self, kind, key):
        """What the server calls it, as far as is known; else nothing."""
        return self.numbers.get((kind, key))

    def meet(self, reference, number):
        """What is wrong with this number for this reference; None: nothing."""
        kind, key, order = reference
        known = self.numbers.get((kind, key))
        if known is not None:
            return None if known == number else f"{number} for {key}, which was {known} before"
        if self.keys.get((kind, number), key) != key:
            return f"{number} for {key}, and for {self.keys[kind, number]} before"
        if order is not None:
            if wrong := self._sort_in(kind, order, number):
                return wrong
            self.keys[kind, number] = key
        self.numbers[kind, key] = number
        return None

    def _sort_in(self, kind, order, number):
        items = self.sorted.setdefault(kind, [])
        at = bisect.bisect(items, (order, number))
        below = items[at - 1][1] if at else self.floors.get(kind, -1)
        if number <= below:
            return f"{number}, which is not above the earlier {below}"
        if at < len(items) and number >= items[at][1]:
            return f"{number}, which is not below the later {items[at][1]}"
        items.insert(at, (order, number))
        return None

    def tops(self):
        """The floors for the next sequence."""
        return {**self.floors, **{kind: items[-1][1] for kind, items in self.sorted.items() if items}}


def difference(expected, actual, references, where="answer"):
    """How a server's answer differs from the model's, in words; None: they agree. Fields of the server's that the model
    does not speak of are passed over."""
    if expected is ANYTHING:
        return None
    if isinstance(expected, Reference):
        wrong = references.meet(expected, actual)
        return wrong and f"{where}: {wrong}"
    if isinstance(expected, OneOf):
        for value in expected.values:
            trial = references.copy()
            found = difference(value, actual, trial, where)
            if found is None:
                return difference(value, actual, references, where)
        return found
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name, value in expected.items():
            if found := difference(value, actual.get(name), references, f"{where}.{name}"):
                return found
        return None
    if isinstance(expected, list) and isinstance(actual, list):
        for number, (one, other) in enumerate(zip(expected, actual)):
            if found := difference(one, other, references, f"{where}[{number}]"):
                return found
        if len(expected) != len(actual):
            return f"{where}: {len(actual)} of them, expected {len(expected)}"
        return None
    return None if expected == actual else f"{where}: {actual!r}, expected {expected!r}"

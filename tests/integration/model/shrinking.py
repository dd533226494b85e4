"""Makes a sequence that fails shorter, by leaving things out as long as it still fails."""

import time


def shrink(steps, fails, seconds=20):
    """`fails(steps)` plays them. The shortest list that was found to fail within that time."""
    end = time.monotonic() + seconds
    length = max(1, len(steps) // 2)
    while time.monotonic() < end:
        fewer = without(steps, length, fails, end)
        if length == 1 and len(fewer) == len(steps):
            break
        steps, length = fewer, max(1, length // 2)
    for number in range(len(steps)):
        steps = with_fewer(steps, number, "do", 1, fails, end)
        steps = with_fewer(steps, number, "meanwhile", 0, fails, end)
    return steps


def without(steps, length, fails, end):
    """Leaves out each stretch of that length that is not needed."""
    at = 0
    while at < len(steps) and time.monotonic() < end:
        fewer = steps[:at] + steps[at + length:]
        if fewer and fails(fewer):
            steps = fewer
        else:
            at += length
    return steps


def with_fewer(steps, number, field, least, fails, end):
    """The same for the operations of one step."""
    operations = steps[number].get(field, [])
    for operation in list(operations):
        fewer = [each for each in operations if each is not operation]
        candidate = [*steps[:number], {**steps[number], field: fewer}, *steps[number + 1:]]
        if len(fewer) >= least and time.monotonic() < end and fails(candidate):
            operations, steps = fewer, candidate
    return steps

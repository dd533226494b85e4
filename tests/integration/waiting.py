"""Waiting for a condition, never for a time."""

import os
import time

# Sanitizers and slow machines stretch everything; a deadline only decides how long a failure takes.
DEADLINE = 120.0 if os.environ.get("NDISK_SANITIZED") == "1" else 60.0


def wait_until(condition, what, deadline=DEADLINE, pause=0.01):
    """Polls every `pause` seconds until condition() is true and returns its value.

    AssertionError, naming `what`, at the deadline."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline:.0f} s in vain for: {what}")
        time.sleep(pause)

"""Content that can be told apart, and made again from its number: nothing has to be kept to know what is right."""

import hashlib
import os
import random
from dataclasses import dataclass

FIRST_MTIME = 1_600_000_000_000_000_000  # nanoseconds; each file has another, so size and mtime tell which it is


@dataclass(frozen=True)
class File:
    """What the drive must hold by a name."""
    size: int
    mtime: int
    sha256: str

    def __str__(self):
        return f"{self.size} bytes of mtime {self.mtime}, {self.sha256[:12]}…"


FOLDER = "a folder"


class Contents:
    """Makes files; one thread. `prefix` keeps those of several makers apart."""

    def __init__(self, prefix):
        self._prefix = prefix
        self._count = 0
        self._recent = []  # (number, size): some content comes twice, as in life

    def write(self, chance, path, size):
        """Writes a file of `size` bytes (or one that was made before, of its own size, now and then)."""
        self._count += 1
        number = self._count
        if self._recent and chance.random() < 0.1:
            number, size = chance.choice(self._recent)
        elif size <= 64 * 1024:
            self._recent = [*self._recent[-20:], (number, size)]
        content = random.Random(f"{self._prefix} {number}").randbytes(size)
        with open(path, "wb") as file:
            file.write(content)
        mtime = FIRST_MTIME + self._count * 1_000_000_007
        os.utime(path, ns=(mtime, mtime))
        return File(size, mtime, hashlib.sha256(content).hexdigest())


def small_size(chance):
    """Empty, tiny, and on both sides of what travels in one frame (64 KiB)."""
    return chance.choice([0, 1, chance.randrange(500), chance.randrange(9000), chance.randrange(60_000),
                          65_536, 65_537])


def large_size(chance):
    """On both sides of the checkpoints of an upload."""
    return chance.choice([chance.randrange(200_000, 3_000_000), chance.randrange(3_000_000, 12_000_000), 4 << 20,
                          chance.randrange(30_000_000, 50_000_000)])

"""Files to transfer. The same seed gives the same bytes."""

import os
import random
import shutil

from stage import MIB

SMALL_AT_MOST = 256 * 1024


def large_file(path, size, seed=1):
    """Bytes that nothing can compress."""
    source = random.Random(seed)
    with open(path, "wb") as file:
        for _ in range(size // MIB):
            file.write(source.randbytes(MIB))
        file.write(source.randbytes(size % MIB))
    return path


def small_tree(path, files, folders=100):
    """Sizes as home folders have them: most of some KiB, few large. 10,000 files are 107 MB."""
    source = random.Random(7)
    for number in range(files):
        folder = os.path.join(path, f"d{number % folders:02d}")
        os.makedirs(folder, exist_ok=True)
        size = min(SMALL_AT_MOST, max(200, int(source.lognormvariate(8.6, 1.2))))
        with open(os.path.join(folder, f"f{number:05d}.dat"), "wb") as file:
            file.write(source.randbytes(size))
    return path


def edited_copy(original, path, inserted=MIB, edits=100, edit_bytes=4096):
    """`original` with bytes inserted near its front and pieces overwritten all over it."""
    source = random.Random(11)
    front = 3 * MIB + 123
    with open(original, "rb") as old, open(path, "wb") as new:
        new.write(old.read(front))
        new.write(source.randbytes(inserted))
        shutil.copyfileobj(old, new, 4 * MIB)
        size = new.tell()
        for _ in range(edits):
            new.seek(source.randrange(size - edit_bytes))
            new.write(source.randbytes(edit_bytes))
    return path


def size_of(path):
    """Of a file, or of all files below a folder."""
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(path) for name in names)

"""A fresh ext4 with a journal, in a loop image: a machine's own disk may have none, and other work on it."""

import os

from stage import run

IMAGE_BYTES = 4 << 30


class JournaledDisk:
    """Needs root. The image is a file on the disk of TMPDIR, so that a sync means what it does there."""

    def __init__(self, stage):
        self.image = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"ndisk-bench-{os.getpid()}.ext4")
        self.mounted = stage.folder("disk")
        with open(self.image, "wb") as image:
            image.truncate(IMAGE_BYTES)
        run(["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", self.image])
        run(["mount", "-o", "loop", self.image, self.mounted])
        stage.add(self)

    def path(self, name):
        return os.path.join(self.mounted, name)

    def folder(self, name):
        os.makedirs(self.path(name), exist_ok=True)
        return self.path(name)

    def settle(self):
        """All that is to be written is on it."""
        run(["sync", "--file-system", self.mounted])

    def close(self):
        run(["umount", self.mounted])
        os.remove(self.image)

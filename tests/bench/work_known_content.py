"""A file that the account already has, put elsewhere: nothing is sent. Mark 8."""

import os
import shutil
import time

from contest import Mark, Outcome, Side, take_turns
from drive import Drive
from networks import Namespace
from sources import large_file
from stage import MIB, remove, require_same_file, run

MOST_BYTES = 64 * 1024
SETTLED_SECONDS = 61
REMEMBERED_MS = 50


class KnownContent:
    """`settled` was written long enough ago for its digest to be remembered; `touched` has the same bytes, and is
    touched before each turn."""

    def __init__(self, stage):
        self.settled = make_settled_file(stage.root, stage.quick)
        self.touched = stage.path("touched.bin")
        shutil.copyfile(self.settled, self.touched)
        self.network = Namespace(stage, "known")
        self.drive = Drive(stage, stage.path("known"), server_wrap=self.network.wrap, client_wrap=self.network.wrap)
        self.moved = []
        # Of a file that was changed a moment ago nothing is remembered.
        time.sleep(max(0, os.stat(self.settled).st_ctime + SETTLED_SECONDS - time.time()))
        self.drive.client("put", self.settled, "--name", "first")

    def side(self, name, source, before=lambda: None):
        def put():
            carried = self.network.bytes_carried()
            took = self.drive.client("put", source, "--name", "elsewhere")
            self.moved.append(self.network.bytes_carried() - carried)
            return took

        def check():
            self.drive.wait_for_tree(1, "elsewhere")
            require_same_file(source, self.drive.stored("elsewhere"))
            self.drive.client("rm", "elsewhere")
        return Side(name, put, before, check)


def make_settled_file(root, quick):
    """The file of this work, made by the first who asks: who asks early does not have to wait for it to settle."""
    path = settled_path(root)
    return path if os.path.exists(path) else large_file(path, (64 if quick else 1024) * MIB)


def settled_path(root):
    return f"{root}-settled.bin"


def forget_settled_file(root):
    remove(settled_path(root))


def put_elsewhere(stage):
    play = KnownContent(stage)
    title = "content that the account has, put elsewhere"
    digest = ["openssl", "dgst", "-sha256", play.settled]
    rows = take_turns(stage, title, [
        play.side("ndisk, digest not remembered", play.touched, lambda: os.utime(play.touched)),
        play.side("ndisk, digest remembered", play.settled),
        Side("limit: openssl dgst -sha256", lambda: run(digest))])
    outcome = Outcome("known-content", title, rows, [], os.path.getsize(play.settled) / 1e6, "MB/s")
    outcome.marks += [
        Mark(f"{title}: most bytes on the wire", max(play.moved), MOST_BYTES, "bytes", True),
        Mark(f"{title}: time over the local digest's",
             outcome.times_faster("limit: openssl dgst -sha256", "ndisk, digest not remembered"), 1.0, "", True),
        Mark(f"{title}, digest remembered: time", outcome.row("ndisk, digest remembered").median * 1000,
             REMEMBERED_MS, "ms", True)]
    yield outcome

"""A file that the account already has, put elsewhere: nothing is sent. Mark 8."""

import hashlib
import os
import time

from contest import Mark, Outcome, Side, take_turns
from drive import Drive
from networks import Namespace
from sources import large_file
from stage import MIB

MOST_BYTES = 64 * 1024
SETTLED_SECONDS = 61
REMEMBERED_MS = 50
TIMES_DIGEST = 1.1  # the process and its handshake come on top of the digest


def put_elsewhere(stage):
    network = Namespace(stage, "known")
    drive = Drive(stage, stage.path("known"), server_wrap=network.wrap, client_wrap=network.wrap)
    source = large_file(stage.path("known.bin"), (64 if stage.quick else 1024) * MIB)
    # Of a file that was changed a moment ago nothing is remembered.
    time.sleep(max(0, os.stat(source).st_ctime + SETTLED_SECONDS - time.time()))
    drive.client("put", source)
    moved, turns = [], iter(range(1000))

    def put():
        before = network.bytes_carried()
        took = drive.client("put", source, "--name", f"elsewhere-{next(turns)}")
        moved.append(network.bytes_carried() - before)
        return took

    def put_unremembered():
        os.utime(source)
        return put()

    def digest():
        began = time.perf_counter()
        with open(source, "rb") as file:
            hashlib.file_digest(file, "sha256")
        return time.perf_counter() - began

    title = "content that the account has, put elsewhere"
    rows = take_turns(stage, title, [Side("ndisk, digest not remembered", put_unremembered),
                                     Side("ndisk, digest remembered", put), Side("the digest alone", digest)])
    outcome = Outcome("known-content", title, rows, [], os.path.getsize(source) / 1e6, "MB/s")
    outcome.marks += [
        Mark(f"{title}: most bytes on the wire", max(moved), MOST_BYTES, "bytes", True),
        Mark(f"{title}: time over the local digest's",
             outcome.times_faster("the digest alone", "ndisk, digest not remembered"), TIMES_DIGEST, "", True),
        Mark(f"{title}, digest remembered: time", outcome.row("ndisk, digest remembered").median * 1000,
             REMEMBERED_MS, "ms", True)]
    yield outcome

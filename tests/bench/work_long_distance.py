"""100 ms, 100 Mbit/s, 0.5 % loss: one file of 60 MB up, and 1,000 small files. Marks 9 and 10."""

import os

from contest import Mark, Outcome, Side, clear, take_turns
from drive import Drive
from networks import SERVER, LongLine
from peers import RsyncDaemon, Ssh
from sources import large_file, size_of, small_tree
from stage import require_same_file, require_same_tree, run

LARGE_BYTES = 60_000_000
SMALL_FILES = 1000
LARGE_SECONDS = 7.0
SMALL_SECONDS = 2.5


class FarAway:
    def __init__(self, stage):
        self.stage = stage
        self.line = LongLine(stage, rtt_ms=100, mbit_per_second=100, loss_percent=0.5)
        far, near = self.line.server.wrap, self.line.client.wrap
        self.near = near
        self.drive = Drive(stage, stage.path("far"), host=SERVER, server_wrap=far, client_wrap=near)
        self.daemon = RsyncDaemon(stage, "rsyncd-far", host=SERVER, wrap=far)
        self.ssh = Ssh(stage, "ssh-far", host=SERVER, wrap=far)

    def peer(self, name, arguments, server, source, same):
        stored = os.path.join(server.files, os.path.basename(source))
        return Side(name, lambda: run([*arguments, source, server.at()], wrap=self.near), clear(stored),
                    lambda: same(source, stored))

    def ours(self, files, arguments, source, same):
        name = os.path.basename(source)

        def check():
            self.drive.wait_for_tree(files, name)
            same(source, self.drive.stored(name))
            self.drive.reset()
        return Side("ndisk", lambda: self.drive.client(*arguments, source), self.drive.reset, check)


def large(stage, play):
    source = large_file(stage.path("far.bin"), LARGE_BYTES)
    title = "60 MB up, 100 ms, 100 Mbit/s, 0.5 % loss"
    rows = take_turns(stage, title, [
        play.ours(1, ["put"], source, require_same_file),
        play.peer("rsync daemon, plaintext", ["rsync", "-aW"], play.daemon, source, require_same_file),
        play.peer("rsync over ssh", play.ssh.rsync("-aW"), play.ssh, source, require_same_file),
        play.peer("scp", play.ssh.scp(), play.ssh, source, require_same_file)])
    outcome = Outcome("far-large", title, rows, [], LARGE_BYTES / 1e6, "MB/s")
    outcome.marks.append(Mark(f"{title}: time", outcome.row("ndisk").median, LARGE_SECONDS, "s", True))
    yield outcome


def small(stage, play):
    source = small_tree(stage.path("far-tree"), SMALL_FILES, folders=50)
    title = f"{SMALL_FILES} small files up, 100 ms, 100 Mbit/s, 0.5 % loss"
    rows = take_turns(stage, title, [
        play.ours(SMALL_FILES, ["put", "-r"], source, require_same_tree),
        play.peer("rsync daemon, plaintext", ["rsync", "-aW"], play.daemon, source, require_same_tree),
        play.peer("rsync over ssh", play.ssh.rsync("-aW"), play.ssh, source, require_same_tree)])
    outcome = Outcome("far-small", title, rows, [], SMALL_FILES, "files/s")
    outcome.notes.append(f"{size_of(source) / 1e6:.1f} MB. scp needs minutes and is left out.")
    outcome.marks.append(Mark(f"{title}: time", outcome.row("ndisk").median, SMALL_SECONDS, "s", True))
    yield outcome


def large_and_small(stage):
    play = FarAway(stage)
    yield from large(stage, play)
    yield from small(stage, play)

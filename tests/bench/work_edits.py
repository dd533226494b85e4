"""A large file of which a little changed: up over the older version, down over the older local copy. Mark 7."""

import os
import shutil
import statistics

from contest import Mark, Outcome, Side, take_turns
from drive import Drive
from networks import Namespace
from peers import RsyncDaemon, Ssh
from sources import edited_copy, large_file
from stage import MIB, remove, require_same_file, run


class Edits:
    """`old` and `new` of one file; what a side moves is counted on a loopback that carries nothing else."""

    def __init__(self, stage):
        self.stage = stage
        self.old = large_file(stage.path("old.bin"), (64 if stage.quick else 1024) * MIB)
        self.new = edited_copy(self.old, stage.path("new.bin"))
        self.network = Namespace(stage, "edits")
        self.drive = Drive(stage, stage.path("edits"), server_wrap=self.network.wrap, client_wrap=self.network.wrap)
        self.ssh = Ssh(stage, "ssh-edits", wrap=self.network.wrap)
        self.daemon = RsyncDaemon(stage, "rsyncd-edits", wrap=self.network.wrap)
        self.local = stage.path("edited.bin")
        self.moved = {}

    def counted(self, name, work):
        def work_and_count():
            before = self.network.bytes_carried()
            took = work()
            self.moved.setdefault(name, []).append(self.network.bytes_carried() - before)
            return took
        return work_and_count

    def rsync(self, name, arguments, server, upwards):
        """A side whose server holds the file, beside the clients of the others."""
        here, there = self.local, server.at("edited.bin")
        stored = os.path.join(server.files, "edited.bin")
        command = [*arguments, "--no-whole-file", *((here, there) if upwards else (there, here))]

        def before():
            replace(self.old if upwards else self.new, stored)
            self.have(self.new if upwards else self.old)

        return Side(name, self.counted(name, lambda: run(command, wrap=self.network.wrap)), before,
                    lambda: require_same_file(self.new, stored if upwards else self.local))

    def rsyncs(self, upwards):
        return [self.rsync("rsync over ssh", self.ssh.rsync("-a"), self.ssh, upwards),
                self.rsync("rsync daemon, plaintext", ["rsync", "-a"], self.daemon, upwards)]

    def put_old(self):
        self.drive.reset()
        self.have(self.old)
        self.drive.client("put", self.local)

    def have(self, source):
        replace(source, self.local)

    def outcome(self, name, title, rows):
        outcome = Outcome(name, title, rows, [], os.path.getsize(self.new) / 1e6, "MB/s")
        for row in rows:
            row.bytes_moved = self.moved[row.side][-len(row.seconds):]
        ours, *theirs = (statistics.median(row.bytes_moved) for row in rows)
        fastest = min(rows[1:], key=lambda row: row.median)
        outcome.marks += [
            Mark(f"{title}: bytes on the wire, of rsync's", ours / min(theirs), 1.0, "", True),
            Mark(f"{title}: times as fast as {fastest.side}", outcome.times_faster("ndisk", fastest.side), 1.0, "",
                 False)]
        self.moved.clear()
        return outcome


def replace(source, target):
    remove(target)
    shutil.copyfile(source, target)


def up(stage, play):
    def before():
        play.put_old()
        play.have(play.new)

    def check():
        back = stage.path("back.bin")
        play.drive.client("get", "edited.bin", "-o", back)
        require_same_file(play.new, back)
        remove(back)

    title = "1 MiB inserted and 100 edits, up"
    ours = Side("ndisk", play.counted("ndisk", lambda: play.drive.client("put", play.local)), before, check)
    yield play.outcome("edits-up", title, take_turns(stage, title, [ours, *play.rsyncs(upwards=True)]))


def down(stage, play):
    play.put_old()
    play.have(play.new)
    play.drive.client("put", play.local)
    get = play.counted("ndisk", lambda: play.drive.client("get", "edited.bin", "-o", play.local))

    title = "1 MiB inserted and 100 edits, down"
    ours = Side("ndisk", get, lambda: play.have(play.old), lambda: require_same_file(play.new, play.local))
    yield play.outcome("edits-down", title, take_turns(stage, title, [ours, *play.rsyncs(upwards=False)]))


def up_and_down(stage):
    play = Edits(stage)
    yield from up(stage, play)
    yield from down(stage, play)

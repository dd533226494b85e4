"""A large file of which a little changed: up over the older version, down over the older local copy. Mark 7."""

import os
import shutil

from contest import Mark, Outcome, Side, take_turns
from drive import Drive
from networks import Namespace
from peers import Ssh
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
        self.local = stage.path("edited.bin")
        self.moved = {}

    def counted(self, name, work):
        def work_and_count():
            before = self.network.bytes_carried()
            took = work()
            self.moved.setdefault(name, []).append(self.network.bytes_carried() - before)
            return took
        return work_and_count

    def rsync(self, *arguments):
        return run([*self.ssh.rsync("-a", "--no-whole-file"), *arguments], wrap=self.network.wrap)

    def put_old(self):
        self.drive.reset()
        self.have(self.old)
        self.drive.client("put", self.local)

    def have(self, source):
        remove(self.local)
        shutil.copyfile(source, self.local)

    def outcome(self, name, title, rows):
        outcome = Outcome(name, title, rows, [], os.path.getsize(self.new) / 1e6, "MB/s")
        for row in rows:
            row.bytes_moved = self.moved[row.side][-len(row.seconds):]
        ours, theirs = (sorted(row.bytes_moved)[len(row.bytes_moved) // 2] for row in rows)
        outcome.marks += [
            Mark(f"{title}: bytes on the wire, of rsync's", ours / theirs, 1.0, "", True),
            Mark(f"{title}: times as fast as rsync over ssh", outcome.times_faster("ndisk", "rsync over ssh"), 1.0, "",
                 False)]
        self.moved.clear()
        return outcome


def up(stage, play):
    stored = os.path.join(play.ssh.files, "edited.bin")

    def drive_has_old():
        play.put_old()
        play.have(play.new)

    def peer_has_old():
        remove(stored)
        shutil.copyfile(play.old, stored)
        play.have(play.new)

    def check_drive():
        back = stage.path("back.bin")
        play.drive.client("get", "edited.bin", "-o", back)
        require_same_file(play.new, back)
        remove(back)

    title = "1 MiB inserted and 100 edits, up"
    rows = take_turns(stage, title, [
        Side("ndisk", play.counted("ndisk", lambda: play.drive.client("put", play.local)), drive_has_old, check_drive),
        Side("rsync over ssh",
             play.counted("rsync over ssh", lambda: play.rsync(play.local, play.ssh.at("edited.bin"))), peer_has_old,
             lambda: require_same_file(play.new, stored))])
    yield play.outcome("edits-up", title, rows)


def down(stage, play):
    stored = os.path.join(play.ssh.files, "edited.bin")
    shutil.copyfile(play.new, stored)
    play.put_old()
    play.have(play.new)
    play.drive.client("put", play.local)

    def have_old():
        play.have(play.old)

    def check():
        require_same_file(play.new, play.local)

    title = "1 MiB inserted and 100 edits, down"
    rows = take_turns(stage, title, [
        Side("ndisk", play.counted("ndisk", lambda: play.drive.client("get", "edited.bin", "-o", play.local)), have_old,
             check),
        Side("rsync over ssh",
             play.counted("rsync over ssh", lambda: play.rsync(play.ssh.at("edited.bin"), play.local)), have_old,
             check)])
    yield play.outcome("edits-down", title, rows)


def up_and_down(stage):
    play = Edits(stage)
    yield from up(stage, play)
    yield from down(stage, play)

"""Ten thousand small files: up, down, onto a journaled disk, and again when nothing changed. Marks 4 to 6."""

import os
import subprocess

from contest import Mark, Outcome, Side, clear, take_turns
from drive import Drive
from journaled_disk import JournaledDisk
from peers import RsyncDaemon, Ssh
from sources import small_tree
from stage import remove, require_same_tree, run

TIMES_RSYNC_OVER_SSH = 2.0
TIMES_DURABLE_RSYNC = 3.0
SHARE_OF_STORAGE = 0.75
UNCHANGED_FILES_PER_SECOND = 100_000


class SmallFiles:
    def __init__(self, stage):
        self.stage = stage
        self.files = 1000 if stage.quick else 10_000
        self.source = small_tree(stage.path("tree"), self.files)
        self.back = stage.folder("back")

    def drive_up(self, drive):
        def check():
            drive.wait_for_tree(self.files, "tree")
            require_same_tree(self.source, drive.stored("tree"))
            drive.reset()
        return Side("ndisk", lambda: drive.client("put", "-r", self.source), drive.reset, check)

    def up(self, name, arguments, server):
        stored = os.path.join(server.files, "tree")
        return Side(name, lambda: run([*arguments, self.source, server.at()]), clear(stored),
                    lambda: require_same_tree(self.source, stored))

    def down(self, name, work):
        target = os.path.join(self.back, "tree")
        return Side(name, work, clear(target), lambda: require_same_tree(self.source, target))

    def outcome(self, name, title, rows):
        return Outcome(name, title, rows, [], self.files, "files/s")


def in_memory(stage):
    play = SmallFiles(stage)
    drive, ssh, daemon = Drive(stage, stage.path("small")), Ssh(stage, "ssh-small"), RsyncDaemon(stage, "rsyncd-small")

    title = "small files up, TLS"
    rows = take_turns(stage, title, [play.drive_up(drive), play.up("rsync daemon, plaintext", ["rsync", "-aW"], daemon),
                                     play.up("rsync over ssh", ssh.rsync("-aW"), ssh)])
    yield with_marks(play.outcome("small-up", title, rows))

    for folder in (ssh.files, daemon.files):
        remove(os.path.join(folder, "tree"))
        run(["cp", "-a", play.source, folder])
    drive.reset()
    drive.client("put", "-r", play.source)
    title = "small files down, TLS"
    rows = take_turns(stage, title, [
        play.down("ndisk", lambda: drive.client("get", "-r", "tree", "-t", play.back)),
        play.down("rsync daemon, plaintext", lambda: run(["rsync", "-aW", daemon.at("tree"), play.back])),
        play.down("rsync over ssh", lambda: run([*ssh.rsync("-aW"), ssh.at("tree"), play.back]))])
    yield with_marks(play.outcome("small-down", title, rows))


def with_marks(outcome):
    for rival, wanted in (("rsync daemon, plaintext", 1.0), ("rsync over ssh", TIMES_RSYNC_OVER_SSH)):
        outcome.marks.append(Mark(f"{outcome.title}: times as fast as {rival}",
                                  outcome.times_faster("ndisk", rival), wanted, "", False))
    return outcome


def durable(stage):
    """Every file is on the disk when the command ends, of every side."""
    play = SmallFiles(stage)
    disk = JournaledDisk(stage)
    drive = Drive(stage, disk.path("durable"))
    ssh = Ssh(stage, "ssh-durable", files=disk.folder("ssh"))
    title = "small files up, durable, ext4 with a journal"

    def storage_alone():
        done = subprocess.run([stage.program("tests/bench/store_files"), disk.path("alone"), play.source], check=True,
                              capture_output=True, text=True)
        return float(done.stdout)

    rows = take_turns(stage, title, [
        play.drive_up(drive),
        Side("storage alone", storage_alone, clear(disk.path("alone")), clear(disk.path("alone"))),
        play.up("rsync --fsync over ssh", ssh.rsync("-aW", "--fsync"), ssh)])
    outcome = play.outcome("small-durable", title, rows)
    outcome.marks.append(Mark(f"{title}: times as fast as rsync --fsync over ssh",
                              outcome.times_faster("ndisk", "rsync --fsync over ssh"), TIMES_DURABLE_RSYNC, "", False))
    outcome.marks.append(Mark(f"{title}: share of the storage layer's speed",
                              outcome.times_faster("ndisk", "storage alone"), SHARE_OF_STORAGE, "", False))
    yield outcome


def unchanged(stage):
    play = SmallFiles(stage)
    drive, ssh = Drive(stage, stage.path("unchanged")), Ssh(stage, "ssh-unchanged")
    drive.client("put", "-r", play.source)
    run([*ssh.rsync("-aW"), play.source, ssh.at()])
    title = "put -r of small files when nothing changed"
    rows = take_turns(stage, title, [
        Side("ndisk", lambda: drive.client("put", "-r", play.source)),
        Side("rsync over ssh", lambda: run([*ssh.rsync("-aW"), play.source, ssh.at()]))])
    outcome = play.outcome("small-unchanged", title, rows)
    outcome.marks.append(Mark(title, play.files / outcome.row("ndisk").median, UNCHANGED_FILES_PER_SECOND, "files/s",
                              False))
    yield outcome

"""Ten thousand small files onto a fresh disk with a journal, where all sides wait for it. Mark 5."""

import subprocess

from contest import Mark, Side, take_turns
from drive import Drive
from journaled_disk import JournaledDisk
from peers import Ssh
from stage import remove, require_same_tree
from work_small_files import SmallFiles

TIMES_DURABLE_RSYNC = 3.0
TIMES_STORAGE = 1.25


def durable(stage):
    """Every file is on the disk when the command ends, of every side."""
    play = SmallFiles(stage)
    disk = JournaledDisk(stage)
    drive = Drive(stage, disk.path("durable"))
    ssh = Ssh(stage, "ssh-durable", files=disk.folder("ssh"))
    alone = disk.path("alone")
    title = "small files up, durable, ext4 with a journal"

    def storage_alone():
        done = subprocess.run([stage.program("tests/bench/store_files"), alone, play.source], check=True,
                              capture_output=True, text=True)
        return float(done.stdout)

    def settled(side):
        """What the turn before left to be written is not to slow this one down."""
        def before():
            side.before()
            disk.settle()
        return Side(side.name, side.work, before, side.check)

    def serve_alone():
        """What the storage layer has is compared as the tree that a server makes of it."""
        served = Drive(stage, alone)
        served.wait_for_tree(play.files)
        require_same_tree(play.source, served.stored())
        served.stop()
        remove(alone, served.home)

    rows = take_turns(stage, title, [settled(side) for side in (
        play.drive_up(drive),
        Side("limit: storage alone", storage_alone, lambda: remove(alone), serve_alone),
        play.up("rsync --fsync over ssh", ssh.rsync("-aW", "--fsync"), ssh))], warm=False)
    outcome = play.outcome("small-durable", title, rows)
    outcome.notes.append("scp, nginx and rclone don't wait for the disk.")
    outcome.marks.append(Mark(f"{title}: times as fast as rsync --fsync over ssh",
                              outcome.times_faster("ndisk", "rsync --fsync over ssh"), TIMES_DURABLE_RSYNC, "", False))
    outcome.marks.append(Mark(f"{title}: time over the storage layer's alone",
                              outcome.times_faster("limit: storage alone", "ndisk"), TIMES_STORAGE, "", True))
    yield outcome

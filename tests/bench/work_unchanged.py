"""A tree of small files put again when nothing changed. Mark 6."""

import os

from contest import Mark, Side, take_turns
from drive import Drive
from peers import RsyncDaemon, Ssh
from stage import require_same_tree, run
from work_small_files import SmallFiles

FILES_PER_SECOND = 100_000


def unchanged(stage):
    play = SmallFiles(stage)
    drive, ssh, daemon = Drive(stage, stage.path("drive")), Ssh(stage, "ssh"), RsyncDaemon(stage, "rsyncd")
    rsync = [*ssh.rsync("-aW"), play.source, ssh.at()]
    plain_rsync = ["rsync", "-aW", play.source, daemon.at()]
    rclone = ssh.rclone("copy", play.source, ssh.at_rclone("rclone"))
    drive.client("put", "-r", play.source)
    drive.wait_for_tree(play.files, "tree")
    for command in (rsync, plain_rsync, ["cp", "-a", play.source, os.path.join(ssh.files, "rclone")]):
        run(command)

    def side(name, work, stored):
        return Side(name, work, check=lambda: require_same_tree(play.source, stored))

    title = "put -r of small files when nothing changed"
    rows = take_turns(stage, title, [
        side("ndisk", lambda: drive.client("put", "-r", play.source), drive.stored("tree")),
        side("rsync daemon, plaintext", lambda: run(plain_rsync), os.path.join(daemon.files, "tree")),
        side("rsync over ssh", lambda: run(rsync), os.path.join(ssh.files, "tree")),
        side("rclone over sftp", lambda: run(rclone), os.path.join(ssh.files, "rclone"))])
    outcome = play.outcome("small-unchanged", title, rows)
    outcome.marks.append(Mark(title, play.files / outcome.row("ndisk").median, FILES_PER_SECOND, "files/s", False))
    yield outcome

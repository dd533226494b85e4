"""Ten thousand small files, up and down. Mark 4; the works of marks 5 and 6 play on the same tree."""

import os

from contest import Mark, Outcome, Side, clear, take_turns
from drive import Drive
from peers import Nginx, RsyncDaemon, Ssh
from sources import small_tree
from stage import remove, require_same_tree, run

TIMES_RSYNC_OVER_SSH = 2.0
SLOW_PART = 0.1  # of the files, for a rival that would need minutes


class SmallFiles:
    def __init__(self, stage):
        self.stage = stage
        self.files = 1000 if stage.quick else 10_000
        self.source = small_tree(stage.path("tree"), self.files)
        self.few = small_tree(stage.path("few"), round(self.files * SLOW_PART))
        self.back = stage.folder("back")

    def drive_up(self, drive):
        def check():
            drive.wait_for_tree(self.files, "tree")
            require_same_tree(self.source, drive.stored("tree"))
            drive.reset()
        return Side("ndisk", lambda: drive.client("put", "-r", self.source), drive.reset, check)

    def up(self, name, arguments, server):
        return self.side(name, lambda: run([*arguments, self.source, server.at()]), server.files)

    def down(self, name, work):
        return self.side(name, work, self.back)

    def side(self, name, work, into):
        stored = os.path.join(into, "tree")
        return Side(name, work, clear(stored), lambda: require_same_tree(self.source, stored))

    def slow_side(self, name, work, into):
        stored = os.path.join(into, "few")
        return Side(f"{name}, {SLOW_PART:.0%} of them", work, clear(stored),
                    lambda: require_same_tree(self.few, stored), SLOW_PART)

    def outcome(self, name, title, rows):
        return Outcome(name, title, rows, [], self.files, "files/s")


class Rivals:
    """Servers whose files are in memory, with the commands for the tree."""

    def __init__(self, stage, play):
        self.play = play
        self.ssh, self.daemon = Ssh(stage, "ssh-small"), RsyncDaemon(stage, "rsyncd-small")
        self.nginx = Nginx(stage, "nginx-small")

    def up(self):
        play, ssh, nginx = self.play, self.ssh, self.nginx
        return [play.up("rsync daemon, plaintext", ["rsync", "-aW"], self.daemon),
                play.up("rsync over ssh", ssh.rsync("-aW"), ssh),
                play.up("scp", ssh.scp("-r"), ssh),
                play.side("nginx + curl, unverified", lambda: run(nginx.curl_tree_up(play.source)), nginx.files),
                play.slow_side("rclone over sftp", lambda: run(ssh.rclone("--no-check-dest", "copy", play.few,
                                                                          ssh.at_rclone("few"))), ssh.files)]

    def hold_files(self):
        for server in (self.ssh, self.daemon, self.nginx):
            remove(os.path.join(server.files, "tree"), os.path.join(server.files, "few"))
            run(["cp", "-a", self.play.source, self.play.few, server.files])

    def down(self):
        play, ssh, nginx, back = self.play, self.ssh, self.nginx, self.play.back
        return [play.down("rsync daemon, plaintext", lambda: run(["rsync", "-aW", self.daemon.at("tree"), back])),
                play.down("rsync over ssh", lambda: run([*ssh.rsync("-aW"), ssh.at("tree"), back])),
                play.down("scp", lambda: run([*ssh.scp("-r"), ssh.at("tree"), back])),
                play.down("nginx + curl, unverified",
                          lambda: run(nginx.curl_tree_down("tree", os.path.join(back, "tree")))),
                play.slow_side("rclone over sftp", lambda: run(ssh.rclone(
                    "--no-check-dest", "copy", ssh.at_rclone("few"), os.path.join(back, "few"))), back)]


def in_memory(stage):
    play = SmallFiles(stage)
    drive, rivals = Drive(stage, stage.path("small")), Rivals(stage, play)
    title = "small files up, TLS"
    yield with_marks(play.outcome("small-up", title, take_turns(stage, title, [play.drive_up(drive), *rivals.up()])))

    rivals.hold_files()
    drive.reset()
    drive.client("put", "-r", play.source)
    title = "small files down, TLS"
    ours = play.down("ndisk", lambda: drive.client("get", "-r", "tree", "-t", play.back))
    yield with_marks(play.outcome("small-down", title, take_turns(stage, title, [ours, *rivals.down()])))


def with_marks(outcome):
    for rival, wanted in (("rsync daemon, plaintext", 1.0), ("rsync over ssh", TIMES_RSYNC_OVER_SSH)):
        outcome.marks.append(Mark(f"{outcome.title}: times as fast as {rival}",
                                  outcome.times_faster("ndisk", rival), wanted, "", False))
    return outcome

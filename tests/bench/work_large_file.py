"""One large file, up and down, with TLS and without. Marks 1 and 2."""

import os
import subprocess

from contest import Mark, Outcome, Side, clear, take_turns
from drive import Drive
from peers import Nginx, RsyncDaemon, Ssh
from sources import large_file
from stage import MIB, remove, require_same_file, run

SHARE_OF_LIMIT = 0.9


class LargeFile:
    def __init__(self, stage):
        self.stage = stage
        self.bytes = (64 if stage.quick else 2048) * MIB
        self.source = large_file(stage.path("large.bin"), self.bytes)
        self.target = stage.path("back.bin")

    def limit(self, transport, who):
        def work():
            done = subprocess.run([self.stage.program("tests/bench/limit"), self.source, self.target, transport, who],
                                  check=True, capture_output=True, text=True)
            return float(done.stdout)
        return Side(f"limit {transport} {who}", work, clear(self.target), self.same_target)

    def same_target(self):
        require_same_file(self.source, self.target)
        remove(self.target)

    def up(self, name, work, stored, before=lambda: None):
        def check():
            require_same_file(self.source, stored)
            before()
        return Side(name, work, before, check)

    def drive_up(self, drive):
        def check():
            drive.wait_for_tree(1, "large.bin")
            require_same_file(self.source, drive.stored("large.bin"))
            drive.reset()
        return Side("ndisk", lambda: drive.client("put", self.source), drive.reset, check)

    def down(self, name, work):
        return Side(name, work, clear(self.target), self.same_target)

    def drive_down(self, drive):
        drive.reset()
        drive.client("put", self.source)
        return self.down("ndisk", lambda: drive.client("get", "large.bin", "-o", self.target))

    def outcome(self, name, title, rows, rivals, limit):
        outcome = Outcome(name, title, rows, [], self.bytes / 1e6, "MB/s")
        share = outcome.times_faster("ndisk", limit)
        outcome.marks.append(Mark(f"{title}: share of `{limit}`", share, SHARE_OF_LIMIT, "", False))
        for rival in rivals:
            text = f"{title}: times as fast as {rival}"
            outcome.marks.append(Mark(text, outcome.times_faster("ndisk", rival), 1.0, "", False))
        return outcome


def encrypted(stage):
    play = LargeFile(stage)
    drive, ssh, nginx = Drive(stage, stage.path("drive")), Ssh(stage, "ssh"), Nginx(stage, "nginx")
    at_ssh, at_nginx = os.path.join(ssh.files, "large.bin"), os.path.join(nginx.files, "large.bin")
    rsync, source, target = ssh.rsync("-aW"), play.source, play.target
    rclone = nginx.rclone("--no-check-dest", "copyto")
    rivals = ["scp", "rsync over ssh", "nginx + curl, unverified"]

    title = "one large file up, TLS"
    rows = take_turns(stage, title, [
        play.limit("tls", "both"),
        play.drive_up(drive),
        play.up("scp", lambda: run([*ssh.scp(), source, ssh.at("large.bin")]), at_ssh, clear(at_ssh)),
        play.up("rsync over ssh", lambda: run([*rsync, source, ssh.at("large.bin")]), at_ssh, clear(at_ssh)),
        play.up("nginx + curl, unverified", lambda: run([*nginx.curl("-T", source), nginx.at("large.bin")]), at_nginx,
                clear(at_nginx)),
        play.up("nginx + rclone, unverified", lambda: run([*rclone, source, ":webdav:large.bin"]), at_nginx,
                clear(at_nginx))])
    yield play.outcome("large-up", title, rows, rivals, "limit tls both")

    run(["cp", source, at_ssh])
    run(["cp", source, at_nginx])
    title = "one large file down, TLS"
    rows = take_turns(stage, title, [
        play.limit("tls", "receiver"),
        play.drive_down(drive),
        play.down("scp", lambda: run([*ssh.scp(), ssh.at("large.bin"), target])),
        play.down("rsync over ssh", lambda: run([*rsync, ssh.at("large.bin"), target])),
        play.down("nginx + curl, unverified", lambda: run([*nginx.curl("-o", target), nginx.at("large.bin")])),
        play.down("nginx + rclone, unverified", lambda: run([*rclone, ":webdav:large.bin", target]))])
    yield play.outcome("large-down", title, rows, rivals, "limit tls receiver")


def plaintext(stage):
    play = LargeFile(stage)
    drive, daemon = Drive(stage, stage.path("plain"), plain=True), RsyncDaemon(stage, "rsyncd")
    nginx = Nginx(stage, "nginx-plain", plain=True)
    stored, at_nginx = os.path.join(daemon.files, "large.bin"), os.path.join(nginx.files, "large.bin")

    title = "one large file up, plaintext"
    rows = take_turns(stage, title, [
        play.limit("plain", "both"),
        play.drive_up(drive),
        play.up("rsync daemon", lambda: run(["rsync", "-aW", play.source, daemon.at("large.bin")]), stored,
                clear(stored)),
        play.up("nginx + curl, unverified", lambda: run([*nginx.curl("-T", play.source), nginx.at("large.bin")]),
                at_nginx, clear(at_nginx))])
    yield play.outcome("large-up-plain", title, rows, ["rsync daemon"], "limit plain both")

    run(["cp", play.source, stored])
    run(["cp", play.source, at_nginx])
    title = "one large file down, plaintext"
    rows = take_turns(stage, title, [
        play.limit("plain", "receiver"),
        play.drive_down(drive),
        play.down("rsync daemon", lambda: run(["rsync", "-aW", daemon.at("large.bin"), play.target])),
        play.down("nginx + curl, unverified", lambda: run([*nginx.curl("-o", play.target), nginx.at("large.bin")]))])
    yield play.outcome("large-down-plain", title, rows, ["rsync daemon"], "limit plain receiver")

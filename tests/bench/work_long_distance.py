"""100 ms, 100 Mbit/s, 0.5 % loss: one file of 60 MB up, and 1,000 small files. Marks 9 and 10."""

import os

from contest import Mark, Outcome, Side, clear, take_turns
from drive import Drive
from networks import SERVER, LongLine
from peers import Nginx, RsyncDaemon, Ssh
from sources import large_file, size_of, small_tree
from stage import require_same_file, require_same_tree, run
from work_small_files import SLOW_PART

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
        self.nginx = Nginx(stage, "nginx-far", host=SERVER, wrap=far)

    def peer(self, name, command, server, source, same, part=1.0):
        stored = os.path.join(server.files, os.path.basename(source))
        return Side(name, lambda: run(command, wrap=self.near), clear(stored), lambda: same(source, stored), part)

    def rsyncs(self, source, same):
        return [self.peer("rsync daemon, plaintext", ["rsync", "-aW", source, self.daemon.at()], self.daemon, source,
                          same),
                self.peer("rsync over ssh", [*self.ssh.rsync("-aW"), source, self.ssh.at()], self.ssh, source, same)]

    def ours(self, files, arguments, source, same):
        name = os.path.basename(source)

        def check():
            self.drive.wait_for_tree(files, name)
            same(source, self.drive.stored(name))
            self.drive.reset()
        return Side("ndisk", lambda: self.drive.client(*arguments, source), self.drive.reset, check)


def large(stage, play):
    megabytes = 6 if stage.quick else 60
    source = large_file(stage.path("far.bin"), megabytes * 1_000_000)
    ssh, nginx = play.ssh, play.nginx
    title = f"{megabytes} MB up, 100 ms, 100 Mbit/s, 0.5 % loss"
    rows = take_turns(stage, title, [
        play.ours(1, ["put"], source, require_same_file),
        *play.rsyncs(source, require_same_file),
        play.peer("scp", [*ssh.scp(), source, ssh.at()], ssh, source, require_same_file),
        play.peer("nginx + curl, unverified", [*nginx.curl("-T", source), nginx.at("far.bin")], nginx, source,
                  require_same_file),
        play.peer("nginx + rclone, unverified", nginx.rclone("--no-check-dest", "copyto", source, ":webdav:far.bin"),
                  nginx, source, require_same_file)], warm=False)
    outcome = Outcome("far-large", title, rows, [], megabytes, "MB/s")
    outcome.marks.append(Mark(f"{title}: time", outcome.row("ndisk").median, LARGE_SECONDS, "s", True))
    yield outcome


def small(stage, play):
    files = 200 if stage.quick else 1000
    source = small_tree(stage.path("far-tree"), files, folders=50)
    few = small_tree(stage.path("far-few"), round(files * SLOW_PART), folders=50)
    rclone = play.ssh.rclone("--no-check-dest", "copy", few, play.ssh.at_rclone("far-few"))
    title = f"{files} small files up, 100 ms, 100 Mbit/s, 0.5 % loss"
    rows = take_turns(stage, title, [
        play.ours(files, ["put", "-r"], source, require_same_tree),
        *play.rsyncs(source, require_same_tree),
        play.peer("nginx + curl, unverified", play.nginx.curl_tree_up(source, at_once=50), play.nginx, source,
                  require_same_tree),
        play.peer(f"rclone over sftp, {SLOW_PART:.0%} of them", rclone, play.ssh, few, require_same_tree,
                  SLOW_PART)], warm=False)
    outcome = Outcome("far-small", title, rows, [], files, "files/s")
    outcome.notes.append(f"{size_of(source) / 1e6:.1f} MB. scp needs minutes and is left out.")
    outcome.marks.append(Mark(f"{title}: time", outcome.row("ndisk").median, SMALL_SECONDS, "s", True))
    yield outcome


def large_and_small(stage):
    play = FarAway(stage)
    yield from large(stage, play)
    yield from small(stage, play)

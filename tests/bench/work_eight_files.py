"""Eight files at once beside one of their size together. Mark 3."""

import os

from contest import Mark, Outcome, Side, clear, take_turns
from drive import Drive
from peers import Nginx, Ssh
from sources import large_file
from stage import MIB, require_same_file, run

FILES = 8


class EightFiles:
    def __init__(self, stage):
        self.bytes = (64 if stage.quick else 2048) * MIB
        self.whole = large_file(stage.path("large.bin"), self.bytes)
        self.parts = [large_file(os.path.join(stage.folder("eight"), f"part{number}.bin"), self.bytes // FILES,
                                 seed=number + 2) for number in range(FILES)]

    def ours(self, drive, name, sources):
        def check():
            for source in sources:
                drive.wait_for_tree(1, os.path.basename(source))
                require_same_file(source, drive.stored(os.path.basename(source)))
            drive.reset()
        return Side(name, lambda: drive.client("put", *sources), drive.reset, check)

    def peer(self, name, arguments, server):
        stored = [os.path.join(server.files, os.path.basename(part)) for part in self.parts]

        def check():
            for part, there in zip(self.parts, stored):
                require_same_file(part, there)
            clear(*stored)()
        return Side(name, lambda: run(arguments), clear(*stored), check)


def eight_at_once(stage):
    play = EightFiles(stage)
    drive, ssh, nginx = Drive(stage, stage.path("drive")), Ssh(stage, "ssh"), Nginx(stage, "nginx")
    title = "eight files at once, TLS"
    rows = take_turns(stage, title, [
        play.ours(drive, "ndisk, eight files", play.parts),
        play.ours(drive, "ndisk, one file", [play.whole]),
        play.peer("scp, eight files", [*ssh.scp(), *play.parts, ssh.at()], ssh),
        play.peer("rsync over ssh, eight files", [*ssh.rsync("-aW"), *play.parts, ssh.at()], ssh),
        play.peer("nginx + rclone, eight files", nginx.rclone(
            "--no-check-dest", "--transfers", str(FILES), "copy", os.path.dirname(play.parts[0]), ":webdav:"), nginx)])
    outcome = Outcome("eight-files", title, rows, [], play.bytes / 1e6, "MB/s")
    outcome.marks.append(Mark("eight files at once: times as fast as one of their size",
                              outcome.times_faster("ndisk, eight files", "ndisk, one file"), 1.0, "", False))
    yield outcome

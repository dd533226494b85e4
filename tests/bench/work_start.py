"""What a whole process costs: a listing of a small folder, and a server that becomes ready. Mark 13."""

import os
import subprocess
import time

from contest import Mark, Outcome, Side, take_turns
from drive import Drive
from peers import Ssh
from sources import small_tree
from stage import STAY_ROOT, run

LIST_MS = 15
READY_MS = 50
TURNS_OF_A_RUN = 4  # they are short


def list_and_ready(stage):
    drive, ssh = Drive(stage, stage.path("start")), Ssh(stage, "ssh-start")
    small = small_tree(stage.path("few"), 20, folders=1)
    drive.client("put", "-r", small)
    run(["cp", "-a", small, ssh.files])

    require_listing(drive, os.path.join(small, "d00"))

    def start():
        drive.stop()
        began = time.perf_counter()
        process = subprocess.Popen([stage.program("server/ndiskd"), "--data", drive.data, "--no-invite", "--listen",
                                    f"127.0.0.1:{drive.port}", *STAY_ROOT], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True)
        ready = process.stdout.readline()
        took = time.perf_counter() - began
        drive.process = process
        if not ready.startswith("ready "):
            raise SystemExit("ndiskd did not become ready")
        return took

    title = "a listing of a small folder, and a server's start"
    stage.runs *= TURNS_OF_A_RUN
    rows = take_turns(stage, title, [
        Side("ndisk list", lambda: drive.client("list", "few/d00")),
        Side("ssh ls", lambda: run(["ssh", "-F", ssh.client, "peer", "ls", os.path.join(ssh.files, "few/d00")])),
        Side("ndiskd, to ready", start)])
    outcome = Outcome("start", title, rows, [], 1, "times/s")
    for side, mark, wanted in (("ndisk list", "ndisk list of a small folder", LIST_MS),
                               ("ndiskd, to ready", "ndiskd from start to ready", READY_MS)):
        outcome.marks.append(Mark(mark, outcome.row(side).median * 1000, wanted, "ms", True))
    yield outcome


def require_listing(drive, folder):
    listed = subprocess.run(drive.arguments("list", "few/d00"), env=drive.environment, check=True, capture_output=True,
                            text=True).stdout.splitlines()
    if sorted(listed) != sorted(os.listdir(folder)):
        raise SystemExit(f"the listing is not what the folder holds: {listed}")

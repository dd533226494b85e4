"""Five hundred clients at once: all are served, and fairly. Mark 12."""

import os
import statistics
import subprocess
import time

from contest import Mark, Outcome, Row
from drive import Drive, environment_of
from networks import Namespace
from sources import large_file
from stage import MIB, require_same_file

SLOWEST_OF_MEDIAN = 3.0
SERVER_BYTES = 256 * MIB
USERS = 10


def addresses(count):
    """A server bounds what one address may have, so the clients come from several."""
    return [f"10.78.0.{number}" for number in range(1, count + 1)]


class Crowd:
    """Devices of several users, each with a home of its own, on a network of its own."""

    def __init__(self, stage, name, devices):
        self.stage = stage
        self.network = Namespace(stage, name)
        self.hosts = addresses(USERS)
        self.network.add_addresses(self.hosts)
        self.drive = Drive(stage, stage.path(name), host="0.0.0.0", options=["--threads", "2"],
                           server_wrap=self.network.wrap, client_wrap=self.network.wrap)
        for user in range(USERS):
            self.drive.administer("user", "add", f"user{user}")
        self.homes = [self.enrol(number) for number in range(devices)]

    def enrol(self, number):
        home = self.stage.folder("crowd", str(number))
        self.drive.log_in(environment_of(home), f"user{number % USERS}", self.hosts[number % USERS])
        return home

    def start(self, number, *arguments, **options):
        return subprocess.Popen([*self.network.wrap, *self.drive.arguments(*arguments)],
                                env=environment_of(self.homes[number]), stdin=subprocess.DEVNULL, **options)


def five_hundred_upload(stage):
    clients = 50 if stage.quick else 500
    crowd = Crowd(stage, "crowd", clients)
    sources = [large_file(stage.path(f"crowd-{number}.bin"), 4 * MIB, seed=number) for number in range(clients)]
    began, ended, failed, refused = {}, {}, [], set()
    for number, source in enumerate(sources):
        process = crowd.start(number, "put", source, stderr=subprocess.PIPE)
        began[process.pid] = (time.perf_counter(), number, process)
    for _ in range(clients):
        pid, status = os.wait()
        started, number, process = began[pid]
        process.returncode = os.waitstatus_to_exitcode(status)
        ended[number] = time.perf_counter() - started
        if status != 0:
            refused.add(number)
            failed.append(f"client {number}: {process.returncode}, {process.stderr.read().decode().strip()[-200:]}")
        process.stderr.close()
    memory = crowd.drive.memory("VmHWM")
    for number, source in enumerate(sources):
        stored = os.path.join(crowd.drive.data, "tree", f"user{number % USERS}", os.path.basename(source))
        if number not in refused:
            require_same_file(source, stored)

    title = f"{clients} clients upload 4 MiB each at once, 2 I/O threads"
    times = sorted(ended.values())
    outcome = Outcome("crowd", title, [Row("the median client", [statistics.median(times)]),
                                       Row("the slowest client", [times[-1]])], [], 4 * MIB / 1e6, "MB/s")
    outcome.notes += [f"{len(failed)} failed.", *failed[:5]]
    outcome.marks += [Mark(f"{title}: failed", len(failed), 0, "", True),
                      Mark(f"{title}: slowest over the median", times[-1] / statistics.median(times),
                           SLOWEST_OF_MEDIAN, "", True),
                      Mark(f"{title}: server's peak memory", memory / MIB, SERVER_BYTES / MIB, "MiB", True)]
    yield outcome

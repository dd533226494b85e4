"""Five hundred clients at once: all are served, and fairly. Mark 12."""

import os
import statistics
import subprocess
import time

from contest import Mark, Outcome, Row
from drive import Drive, environment_of
from networks import Namespace
from sources import large_file
from stage import MIB, require_same_file, run

SLOWEST_OF_MEDIAN = 3.0
SERVER_BYTES = 256 * MIB
FILE_BYTES = 4 * MIB
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

    def start(self, number, *arguments):
        return subprocess.Popen([*self.network.wrap, *self.drive.arguments(*arguments)],
                                env=environment_of(self.homes[number]), stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def upload(self, sources):
        """All clients at once, one file each: the seconds of each that succeeded, and what the others said."""
        running = {}
        for number, source in enumerate(sources):
            process = self.start(number, "put", source)
            running[process.pid] = (number, process, time.perf_counter())
        seconds, failures = {}, []
        while running:
            pid, status = os.wait()
            number, process, began = running.pop(pid)
            process.returncode = os.waitstatus_to_exitcode(status)
            if status == 0:
                seconds[number] = time.perf_counter() - began
            else:
                failures.append(f"client {number}: {process.returncode}, {process.stderr.read().decode()[-200:]}")
            process.stderr.close()
        return seconds, failures

    def check(self, sources, numbers):
        for number in numbers:
            user, name = f"user{number % USERS}", os.path.basename(sources[number])
            self.drive.wait_for_tree(1, name, user=user)
            require_same_file(sources[number], self.drive.stored(name, user=user))

    def forget(self):
        """What was uploaded is gone, and its space is free."""
        for user in range(USERS):
            for command in (["rm", "-f", "crowd-*"], ["trash", "empty"]):
                run(self.drive.arguments(*command), environment_of(self.homes[user]), self.network.wrap)
        self.drive.administer("gc")


def five_hundred_upload(stage):
    clients = 50 if stage.quick else 500
    crowd = Crowd(stage, "crowd", clients)
    sources = [large_file(stage.path(f"crowd-{number}.bin"), FILE_BYTES, seed=number) for number in range(clients)]
    title = f"{clients} clients upload {FILE_BYTES // MIB} MiB each at once, 2 I/O threads"
    medians, slowest, failures = [], [], []
    for _ in range(stage.runs):
        seconds, failed = crowd.upload(sources)
        crowd.check(sources, seconds)
        crowd.forget()
        failures += failed
        medians.append(statistics.median(seconds.values()))
        slowest.append(max(seconds.values()))
        stage.say(f"  {title}: median {medians[-1]:.3f} s, slowest {slowest[-1]:.3f} s, {len(failed)} failed")

    outcome = Outcome("crowd", title, [Row("ndisk, the median client", medians), Row("ndisk, the slowest", slowest)],
                      [], FILE_BYTES / 1e6, "MB/s")
    outcome.notes += [f"{len(failures)} uploads failed.", *failures[:5]]
    ratio = statistics.median(slow / median for slow, median in zip(slowest, medians))
    outcome.marks += [Mark(f"{title}: failed", len(failures), 0, "", True),
                      Mark(f"{title}: slowest over the median", ratio, SLOWEST_OF_MEDIAN, "", True),
                      Mark(f"{title}: server's peak memory", crowd.drive.memory("VmHWM") / MIB, SERVER_BYTES / MIB,
                           "MiB", True)]
    yield outcome

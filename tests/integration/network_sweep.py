"""Transfers over a bad network, at places that a seed chooses: each ends complete, or with exit code 10 and is resumed
by the same command; afterwards the server has no session left. Used by test_networks.py and scripts/networks."""

import hashlib
import json
import os
import shutil
import subprocess
import threading
from dataclasses import dataclass, field

from client import Client
from harness import KIB, MIB
from network_proxy import ABRUPT, Fault, NetworkProxy, chance_of, random_faults
from replays import check_replay
from waiting import DEADLINE, wait_until

QUICK = ["reset", "close", "half-close", "delay", "split", "replay"]
EVERY = [*QUICK, "flip", "half-open", "hole"]  # with those for which somebody has to wait for a deadline
LONGEST_SILENCE = 330  # seconds; a server notices after 60 that nobody is there any more, or 300 without a stream
LARGE = 3 * MIB + 7  # bytes of the large file
TRANSFERS = ["put tree", "put large", "put pipe", "put edited", "get large", "get tree", "get edited"]


class Broken(AssertionError):
    """A transfer that did not do as promised."""


@dataclass
class Point:
    number: int
    transfer: str
    transport: str  # "tls" or "plain"
    faults: tuple   # the last is what the point is about

    @property
    def fault(self):
        return self.faults[-1]

    @property
    def comes_through(self):
        """Each connection ends, both ends know of it, and brings the transfer further."""
        return self.fault.connection == -1 and self.fault.kind in ABRUPT

    def __str__(self):
        faults = ", then ".join(str(fault) for fault in self.faults)
        return f"point {self.number}: {self.transfer} over {self.transport}, {faults}"


@dataclass
class Counts:
    points: int = 0
    struck: int = 0   # the fault took place before the transfer had ended
    at_once: int = 0  # complete at the first try
    resumed: int = 0  # ended with 10, and complete after the same command
    by_kind: dict = field(default_factory=dict)
    struck_by_kind: dict = field(default_factory=dict)
    replays: int = 0  # what a client had sent was played again, and the answer looked at


class Sweep:
    """A server with something on it, and sources to put. Points may be tried by several threads at once."""

    def __init__(self, test, seed, environment=None):
        """`test` is a DriveTest, whose folder and helpers are used; `environment` is added to that of each transfer."""
        self.test = test
        self.seed = seed
        self.environment = environment or {}
        self.counts = Counts()
        self.lock = threading.Lock()
        self.server = test.start_server("--plaintext=loopback")
        self.local = test.local_client(self.server)
        test.enrol(self.server, "device")
        self.held = test.path("held")
        self.make_sources(self.held, "held")
        self.local.do("put", "-r", self.held, "-t", "/")
        self._totals = {}

    def make_sources(self, folder, name):
        """The same sizes each time, and content that the drive does not hold: what it holds is not sent."""
        chance = chance_of(self.seed, name)
        sizes = [100, 30_000, 65_536, 1] * 5
        os.mkdir(folder)
        for number, size in enumerate(sizes):
            self.test.write(f"{folder}/tree/{number % 4}/{number}", chance.randbytes(size))
        self.test.write(f"{folder}/tree/large", chance.randbytes(300 * KIB))
        self.test.write(f"{folder}/large", chance.randbytes(LARGE))

    def _total(self, transfer, transport):
        """How many bytes go in each direction where nothing goes wrong."""
        if (transfer, transport) not in self._totals:
            proxy, _ = self._try(Point(-1, transfer, transport, (Fault("none", "up", 1 << 60),)))
            self._totals[transfer, transport] = dict(proxy.bytes)
            if transfer.endswith("edited") and sum(proxy.bytes.values()) > LARGE // 2:
                raise Broken(f"{transfer}: what the other end had was sent: {proxy.bytes}")
        return self._totals[transfer, transport]

    def point(self, number, kinds):
        """The number-th point of this seed."""
        chance = chance_of(self.seed, number)
        transfer = chance.choice(TRANSFERS)
        transport = chance.choice(["tls", "tls", "plain"])
        allowed = [kind for kind in kinds if kind != "flip" or transport == "tls"]
        return Point(number, transfer, transport, random_faults(chance, self._total(transfer, transport), allowed))

    def run(self, point):
        """The proxy, with what it counted. Broken, naming the point, if the transfer did not do as promised."""
        try:
            proxy, resumed = self._try(point)
            for answer in proxy.replays:
                check_replay(answer, point.transport)
            if resumed and point.comes_through:
                raise Broken("it needed a second command")
        except (AssertionError, OSError) as problem:
            raise Broken(f"{point} of seed {self.seed}: {problem}") from problem
        with self.lock:
            self._count(point, proxy, resumed)
        return proxy

    def _count(self, point, proxy, resumed):
        counts, kind, struck = self.counts, point.fault.kind, proxy.struck.is_set()
        counts.points += 1
        counts.struck += struck
        counts.resumed += resumed
        counts.at_once += not resumed
        counts.replays += len(proxy.replays)
        counts.by_kind[kind] = counts.by_kind.get(kind, 0) + 1
        counts.struck_by_kind[kind] = counts.struck_by_kind.get(kind, 0) + struck

    def _try(self, point):
        proxy = NetworkProxy(self.server.port, *point.faults)
        folder = self.test.path(f"point-{point.number}-{point.transfer}-{point.transport}")
        if point.transfer.startswith("put"):
            self.make_sources(folder, os.path.basename(folder))
        else:
            os.mkdir(folder)
        if point.transfer == "put edited":
            older = self.test.write(f"{folder}/older", older_than(os.path.join(folder, "large")))
            self.local.do("put", older, "--name", os.path.basename(folder) + "/large")
        elif point.transfer == "get edited":
            self.test.write(f"{folder}/large", older_than(os.path.join(self.held, "large")))
        try:
            return proxy, Try(self, point, proxy, folder).run()
        finally:
            proxy.close()
            shutil.rmtree(folder)

    def device(self, point, proxy):
        """The one device, as it would be with another address of the server in its settings."""
        client = Client(self.test.path("device"))
        client.server = ("plain:" if point.transport == "plain" else "") + proxy.address
        client.environment |= self.environment
        return client

    def check_no_session_is_left(self, deadline=DEADLINE):
        """But the one that asks, on the Unix socket."""
        wait_until(lambda: self.sessions() == 0, "the server's sessions to end", deadline, 0.05)

    def sessions(self):
        listed = [json.loads(line) for line in self.server.command("--json", "device", "list").stdout.splitlines()]
        return sum(item["sessions"] for item in listed if not item["local"])


class Try:
    """One transfer through one proxy."""

    def __init__(self, sweep, point, proxy, folder):
        self.sweep = sweep
        self.point = point
        self.folder = folder
        self.proxy = proxy
        self.client = sweep.device(point, proxy)
        self.remote = os.path.basename(folder)
        self.before = self.found() if point.transfer.endswith("edited") else {}

    def run(self):
        """Whether it took the same command twice."""
        code, errors = self.transfer()
        resumed = code == 10
        if resumed:
            self.check_partial()
            self.proxy.faults = ()
            code, errors = self.transfer()
        if code != 0:
            raise Broken(f"ended with {code}: {errors}")
        self.check_whole()
        return resumed

    def transfer(self):
        piped = self.point.transfer == "put pipe"
        with open(os.path.join(self.folder, "large") if piped else os.devnull, "rb") as source:
            process = self.client.start(*self.arguments(), stdin=source)
            try:
                _, errors = process.communicate(timeout=4 * DEADLINE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                raise Broken("it never ended") from None
            return process.returncode, errors.decode("utf-8", "replace")

    def arguments(self):
        return {"put tree": ("put", "-r", os.path.join(self.folder, "tree"), "-t", self.remote),
                "put large": ("put", os.path.join(self.folder, "large"), "-t", self.remote),
                "put pipe": ("put", "-", "--name", self.remote + "/large"),
                "put edited": ("put", os.path.join(self.folder, "large"), "-t", self.remote),
                "get large": ("get", "held/large", "-t", self.folder),
                "get edited": ("get", "held/large", "-t", self.folder),
                "get tree": ("get", "-r", "held/tree", "-t", self.folder)}[self.point.transfer]

    def expected(self):
        """Relative path → digest."""
        source = self.folder if self.point.transfer.startswith("put") else self.sweep.held
        if self.point.transfer.endswith("tree"):
            return digests_below(source, "tree")
        return {"large": digest_of(os.path.join(source, "large"))}

    def found(self):
        if self.point.transfer.startswith("get"):
            return digests_below(self.folder, "")
        listed = self.sweep.local.run("--json", "list", "-r", self.remote)
        if listed.code == 3:
            return {}
        return {item["path"][len(self.remote) + 1:]: item["sha256"] for item in listed.objects()
                if item["type"] == "file"}

    def check_partial(self):
        """What is there is whole: what was to come, or what was there before."""
        expected = self.expected()
        wrong = {name: digest for name, digest in self.found().items()
                 if ".ndisk-" not in name and digest not in (expected.get(name), self.before.get(name))}
        if wrong:
            raise Broken(f"after it was cut short, these are wrong: {wrong}")

    def check_whole(self):
        expected, found = self.expected(), self.found()
        if expected != found:
            raise Broken(f"expected {len(expected)} files, found {len(found)}; differing: "
                         f"{sorted(dict(expected.items() ^ found.items()))}")
        if self.point.transfer.startswith("put"):
            for name in list(found)[:1] + ["large" if "large" in found else "tree/large"]:
                self.check_stored_once(f"{self.remote}/{name}", 2 if name in self.before else 1)

    def check_stored_once(self, path, versions):
        """Neither a repetition nor a replay stored anything a second time."""
        about = self.sweep.local.do("--json", "stat", path).objects()[0]
        if about["versions"] != versions:
            raise Broken(f"{path} has {about['versions']} versions, not {versions}")


def older_than(path):
    """The content that a file had before some of it was written: most of it, in other places."""
    with open(path, "rb") as file:
        content = file.read()
    third, written = len(content) // 3, 20 * KIB
    return content[written:third] + content[third + written:2 * third] + content[2 * third + written:]


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digests_below(root, below):
    found = {}
    for folder, _, names in os.walk(os.path.join(root, below)):
        for name in names:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, root)] = digest_of(path)
    return found

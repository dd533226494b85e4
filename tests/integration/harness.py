"""The base of every integration test: directories, servers, clients and proxies that end with the test."""

import hashlib
import os
import random
import shutil
import sys
import tempfile
import unittest

from client import Client, through
from cut_proxy import CutProxy
from server import Server
from waiting import wait_until

SANITIZED = os.environ.get("NDISK_SANITIZED") == "1"
KIB = 1024
MIB = 1024 * KIB


def memory_folder():
    """Where small tests keep their files, so that they don't wait for the disk; None: where all others do."""
    shared = "/dev/shm"
    if "TMPDIR" in os.environ or not os.access(shared, os.W_OK):
        return None
    return shared if shutil.disk_usage(shared).free > 512 * MIB else None


class DriveTest(unittest.TestCase):
    """A fresh directory a test; what the helpers below start is stopped at its end."""

    on_disk = False  # True for tests of large files, and of what the disk's own file system does

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="ndisk-test-", dir=None if self.on_disk else memory_folder())
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self._servers = []

    def run(self, result=None):
        """As usual; after a failure, what the servers had to say is printed."""
        before = len(result.failures) + len(result.errors) if result else 0
        result = super().run(result) or result
        if result and len(result.failures) + len(result.errors) > before:
            for server in getattr(self, "_servers", []):
                print(f"{self.id()}: the end of the log of {server.data}:\n{server.last_words}", file=sys.stderr)

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def start_server(self, *options, name="data", **more):
        server = Server(self.path(name), *options, **more)
        self.addCleanup(server.close)
        self._servers.append(server)
        return server

    def start_proxy(self, server):
        proxy = CutProxy(server.port)
        self.addCleanup(proxy.close)
        return proxy

    def enrol(self, server, name="client", at=None):
        """A new device of the server's owner; `at` (HOST:PORT) is where it will connect to from then on."""
        client = Client(self.path(name))
        client.do("login", through(server.new_invite(), at or server.address))
        return client

    def start_and_hold(self, client, proxy, direction, count, *arguments, **options):
        """Starts a command and holds the proxy at the count-th byte; returns the process once it stands there."""
        proxy.hold_at(direction, count)
        process = client.start(*arguments, **options)

        def held_or_ended():
            return proxy.held() or process.poll() is not None

        try:
            wait_until(held_or_ended, f"ndisk {arguments[0]} to come to byte {count} ({direction})")
        except AssertionError as error:
            process.kill()
            raise AssertionError(f"{error}; passed on: {proxy.bytes}; it said: {process.communicate()[1]}") from None
        if not proxy.held():
            self.fail(f"ndisk {arguments} ended with {process.returncode} before byte {count}: "
                      f"{process.communicate()[1]}; passed on: {proxy.bytes}, not reached: {proxy.unreached}")
        return process

    def local_client(self, server, name="local"):
        """Over the Unix socket: quicker than enrolling where a test is not about the network."""
        return Client(self.path(name), server=server.socket)

    def write(self, name, content=b"", mode=0o644, mtime_ns=None):
        """A file (folders are made as needed); its full path. `name` is text or bytes."""
        path = os.path.join(os.fsencode(self.directory), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, mode)
        if mtime_ns is not None:
            os.utime(path, ns=(mtime_ns, mtime_ns))
        return os.fsdecode(path)

    def write_large(self, name, size, seed=1):
        """A file of `size` bytes in which no two stretches are alike; its full path."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        block = random.Random(seed).randbytes(MIB)
        with open(path, "wb") as file:
            for number in range(0, size, MIB):
                file.write((number.to_bytes(8, "big") + block[8:])[:size - number])
        return path

    def read(self, *parts):
        with open(self.path(*parts), "rb") as file:
            return file.read()

    def assert_content(self, content, expected):
        """assertEqual, without megabytes of content in the message."""
        self.assertEqual((len(content), hashlib.sha256(content).hexdigest()),
                         (len(expected), hashlib.sha256(expected).hexdigest()), content[:80])

    def assert_same_content(self, one, other):
        self.assertEqual(sha256_of(one), sha256_of(other), f"{one} and {other} differ")

    def assert_fails(self, result, code, *words):
        """The exit code, and words that the message must have, whatever their case."""
        self.assertEqual(result.code, code, result.err)
        for word in words:
            self.assertIn(word.lower(), result.err.lower())


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

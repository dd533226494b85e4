"""Memory stays bounded whatever the size of a file and the number of files. (scripts/big-file tries 10 GiB.)"""

import os
import shutil
import subprocess
import unittest

from client import Client
from harness import KIB, MIB, SANITIZED, DriveTest

LIMIT = 64 * MIB


@unittest.skipIf(SANITIZED, "a sanitizer's own memory is not the program's")
class Memory(DriveTest):
    on_disk = True

    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.client = self.enrol(self.server)

    def test_a_file_of_1_gib_goes_up_and_down_within_64_mib_at_both_ends(self):
        source = self.path("large")
        with open(source, "wb") as file:
            for number in range(16):
                file.seek(number * 64 * MIB)
                file.write(b"%d" % number)
            file.truncate(1024 * MIB)
        self.assertLess(self.client.peak_memory_of("put", source), LIMIT)
        self.assertLess(self.client.peak_memory_of("get", "large", "-o", self.path("back")), LIMIT)
        self.assertLess(self.server.peak_memory(), LIMIT)
        self.assert_same_content(source, self.path("back"))

    def test_5000_files_go_up_and_down_within_64_mib_at_both_ends(self):
        for number in range(5000):
            self.write(f"many/{number % 10}/{number}", os.urandom(4 * KIB))
        os.mkdir(self.path("back"))
        self.assertLess(self.client.peak_memory_of("put", "-r", self.path("many")), LIMIT)
        self.assertLess(self.client.peak_memory_of("get", "-r", "many", "-t", self.path("back")), LIMIT)
        self.assertLess(self.server.peak_memory(), LIMIT)
        compared = subprocess.run(["diff", "-r", self.path("many"), self.path("back", "many")], check=False)
        self.assertEqual(compared.returncode, 0)


def small_disk(folder, mib):
    """A prefix that runs a command in a mount namespace where `folder` is a file system of that size."""
    return ["unshare", "--mount", "sh", "-c",
            f'mount -t tmpfs -o size={mib}m,mode=0777 none "{folder}" && exec "$@"', "sh"]


def can_mount():
    if os.getuid() != 0 or not shutil.which("unshare"):
        return False
    return subprocess.run(small_disk("/mnt", 1) + ["true"], capture_output=True, check=False).returncode == 0


@unittest.skipUnless(can_mount(), "needs root, for a small file system")
class FullDisk(DriveTest):
    on_disk = True

    def test_a_full_disk_of_the_server_is_said_and_loses_nothing(self):
        os.mkdir(self.path("data"))
        server = self.start_server(wrap=small_disk(self.path("data"), 64))
        client = self.enrol_without_socket(server)
        client.do("put", self.write("small", b"kept"))
        self.assert_fails(client.run("put", self.write_large("large", 100 * MIB)), 9, "large")
        self.assertEqual(client.names(), ["small"])
        self.assertEqual(client.do("get", "small", "-o", "-").raw, b"kept")
        client.do("put", self.write("after", b"still works"))

    def test_a_disk_that_fills_up_during_a_stream_is_said_and_loses_nothing(self):
        os.mkdir(self.path("data"))
        server = self.start_server(wrap=small_disk(self.path("data"), 64))
        client = self.enrol_without_socket(server)
        with open(self.write_large("large", 100 * MIB), "rb") as stream:
            upload = client.start("put", "-", "--name", "stream", stdin=stream)
            _, errors = upload.communicate()
        self.assertEqual(upload.returncode, 9, errors)
        self.assertEqual(client.names(), [])
        self.assertIsNone(server.process.poll())

    def test_a_full_disk_of_the_client_is_said_and_leaves_the_old_file(self):
        server = self.start_server()
        self.local_client(server).do("put", self.write_large("large", 40 * MIB))
        os.mkdir(self.path("here"))
        client = self.local_client(server, "second")
        client.wrap = small_disk(self.path("here"), 16)
        self.assert_fails(client.run("get", "large", "-t", self.path("here")), 9, "here")

    def enrol_without_socket(self, server):
        """The socket in the data directory is out of sight from here: the invite of the first start is used."""
        client = Client(self.path("client"))
        client.do("login", server.invite)
        return client


if __name__ == "__main__":
    unittest.main()

"""What the server's process gave up, what was planted in its data directory, and the unit it is shipped with."""

import errno
import glob
import hashlib
import os
import shutil
import signal
import stat
import subprocess
import unittest

from harness import KIB, DriveTest
from process_status import status_of
from server import NDISKD, STAY_ROOT
from waiting import wait_until
from wire import Wire, local_socket

INTRUDER = os.environ.get("NDISK_PRELOADED_INTRUDER")
UNIT = os.path.join(os.path.dirname(__file__), "..", "..", "packaging", "ndiskd.service")


class Confinement(DriveTest):
    def object_of(self, server, content):
        """Where the server keeps this content."""
        digest = hashlib.sha256(content).hexdigest()
        return glob.glob(os.path.join(server.data, "objects", digest[:2], digest + ".*"))[0]

    def assert_a_planted_link_is_not_followed(self, server):
        """The folder that an object lies in is moved out of the data directory, and a link to it planted."""
        client = self.local_client(server)
        client.do("put", self.write("song", b"la la"))
        folder = os.path.dirname(self.object_of(server, b"la la"))
        shutil.move(folder, self.path("outside"))
        os.symlink(self.path("outside"), folder)
        refused = client.run("cat", "song")
        self.assert_fails(refused, 8)
        self.assertEqual(refused.raw, b"")

    def has_landlock(self, server):
        return "without Landlock" not in server.log()

    def test_a_folder_of_objects_that_became_a_link_is_not_followed(self):
        self.assert_a_planted_link_is_not_followed(self.start_server())

    def test_it_is_not_followed_either_where_the_kernel_confines_nothing(self):
        self.assert_a_planted_link_is_not_followed(self.start_server("--confine=off"))

    def test_no_thread_can_gain_privileges(self):
        server = self.start_server()
        if not self.has_landlock(server):
            self.skipTest("this kernel has no Landlock")
        self.assertEqual(status_of(server.process.pid, "NoNewPrivs"), {"1"})

    def test_what_it_makes_is_for_nobody_else(self):
        server = self.start_server()
        self.local_client(server).do("put", self.write("song", b"la la"))
        self.assertEqual(status_of(server.process.pid, "Umask"), {"0077"})
        open_to_others = [name for name in os.listdir(server.data)
                          if name != "tree" and os.lstat(os.path.join(server.data, name)).st_mode & 0o077]
        self.assertEqual(open_to_others, [])


@unittest.skipUnless(INTRUDER, "needs NDISK_PRELOADED_INTRUDER, the library that breaks out of the server's process")
class BreakingOut(DriveTest):
    """What somebody can do who runs code of their own in the server's process: tests/faults/preloaded_intruder.cpp."""

    OUTSIDE = ("read", "write", "make", "move", "remove", "run")

    def break_out(self, *options):
        """The error of each try to leave the data directory, and of one to write in it."""
        self.write("outside/secret", b"not of the drive")
        self.write("outside/victim", b"not of the drive")
        plan = "\n".join(self.path(name) for name in ("outside", "data", "report"))
        server = self.start_server(*options, wrap=["env", f"LD_PRELOAD={INTRUDER}", f"NDISK_INTRUDER={plan}"])
        if not options and "without Landlock" in server.log():
            self.skipTest("this kernel has no Landlock")
        os.kill(server.process.pid, signal.SIGUSR1)
        wait_until(lambda: b"end 0" in self.read("report"), "the tries to end")
        self.assertEqual(self.local_client(server).names(), [])
        return {what: int(error) for what, error in map(str.split, self.read("report").decode().splitlines())}

    def test_a_server_that_is_confined_reaches_nothing_outside_of_its_data_directory(self):
        errors = self.break_out()
        self.assertEqual({what: errors[what] for what in self.OUTSIDE}, dict.fromkeys(self.OUTSIDE, errno.EACCES))
        self.assertEqual(errors["inside"], 0)
        self.assertEqual(sorted(os.listdir(self.path("outside"))), ["secret", "victim"])
        self.assertEqual(self.read("outside", "secret"), b"not of the drive")

    def test_one_that_is_not_does(self):
        errors = self.break_out("--confine=off")
        # What was moved away can't be removed.
        self.assertEqual(errors, dict.fromkeys(self.OUTSIDE, 0) | {"remove": errno.ENOENT, "inside": 0, "end": 0})
        self.assertEqual(sorted(os.listdir(self.path("outside"))), ["made", "moved", "secret"])
        self.assertEqual(self.read("outside", "secret"), b"broken intodrive")


class Decoys(DriveTest):
    """Planted while the server was down: it starts, or says which of them is in its way; it follows and awaits none."""

    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.client = self.local_client(self.server)
        self.client.do("put", self.write("song", b"la la"))
        self.write("outside/secret", b"not of the drive")

    def data(self, *parts):
        return os.path.join(self.server.data, *parts)

    def plant(self, kind, path):
        if os.path.lexists(path):
            os.rename(path, self.path("moved"))
        if kind == "link":
            os.symlink(self.path("outside", "secret"), path)
        elif kind == "link to a folder":
            os.symlink(self.path("outside"), path)
        elif kind == "pipe":
            os.mkfifo(path)
        else:
            os.mkdir(path)

    def start_again(self):
        """The exit code of a start, None if it serves."""
        arguments = [NDISKD, "--data", self.server.data, "--listen", "127.0.0.1:0", *STAY_ROOT]
        with open(self.path("second.out"), "wb") as out, open(self.path("second.err"), "wb") as err:
            process = subprocess.Popen(arguments, stdout=out, stderr=err)
        try:
            wait_until(lambda: process.poll() is not None or b"ready" in self.read("second.out"),
                       "it to start or to say why not")
            return process.poll()
        finally:
            process.kill()
            process.wait()

    def assert_outside_is_untouched(self):
        self.assertEqual(os.listdir(self.path("outside")), ["secret"])
        self.assertEqual(self.read("outside", "secret"), b"not of the drive")
        self.assertEqual(stat.S_IMODE(os.stat(self.path("outside", "secret")).st_mode), 0o644)

    def test_what_the_server_needs_is_never_replaced_by_something_else(self):
        self.server.terminate()
        for name in ("ndisk.db", "lock", "objects", "objects/ab", "staging", "tls", "tls/key.pem",
                     "tls/certificate.pem"):
            for kind in ("link", "link to a folder", "pipe"):
                with self.subTest(name=name, kind=kind):
                    kept = self.path("kept")
                    os.rename(self.data(name), kept)
                    self.plant(kind, self.data(name))
                    if (name, kind) != ("lock", "pipe"):  # a pipe can be locked as well as a file
                        self.assertNotIn(self.start_again(), (None, 0))
                        self.assertIn(name.encode(), self.read("second.err"))
                    self.assert_outside_is_untouched()
                    os.unlink(self.data(name))
                    os.rename(kept, self.data(name))
        self.server.restart()
        self.assertEqual(self.client.names(), ["song"])

    def test_an_upload_whose_bytes_became_a_pipe_or_a_link_does_not_stop_the_start(self):
        for kind in ("pipe", "link", "folder"):
            with self.subTest(kind):
                self.offer(kind, "Send")
                self.server.kill()
                staged = self.data("staging", os.listdir(self.data("staging"))[0])
                os.unlink(staged)
                self.plant(kind, staged)
                self.server.restart()
                self.assertEqual(self.client.names(), ["song"])
                self.offer(kind, "Send", "Error")
                self.assert_outside_is_untouched()
                self.server.terminate()
                for name in os.listdir(self.data("staging")):
                    path = self.data("staging", name)
                    os.rmdir(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
                self.server.restart()

    def offer(self, name, *answers):
        """Offers an upload of 1 MiB, always the same; sends half of it where that is asked for, and leaves."""
        wire = Wire(local_socket(self.server.data))
        wire.log_in()
        stream = wire.stream()
        wire.send("Offer", stream, request_id=os.urandom(16), path=name.encode(), size=1024 * KIB,
                  attributes={"mtime_ns": 1, "mode": 0o600})
        if wire.receive(*answers).name == "Send":
            for offset in range(0, 512 * KIB, 128 * KIB):
                wire.send("Data", stream, offset=offset, content=bytes(128 * KIB))
            wire.send("Ping", 0)
            wire.receive("Pong")
        wire.close()
        wait_until(lambda: self.server.log().count("session open") == self.server.log().count("session end"),
                   "the session to end")

    def test_an_object_that_became_something_else_is_not_served(self):
        path = glob.glob(self.data("objects", "*", "*"))[0]
        os.unlink(path)
        for kind in ("link", "pipe", "folder"):
            with self.subTest(kind):
                self.plant(kind, path)
                refused = self.client.run("cat", "song")
                self.assert_fails(refused, 8)
                self.assertEqual(refused.raw, b"")
                os.rmdir(path) if kind == "folder" else os.unlink(path)

    def test_what_was_planted_in_the_tree_gives_way_and_is_not_followed(self):
        tree = self.data("tree", "owner")
        wait_until(lambda: os.path.exists(os.path.join(tree, "song")), "the tree to show the file")
        for name, kind in (("a", "link"), ("b", "pipe"), ("c", "link to a folder"), ("d", "folder")):
            self.plant(kind, os.path.join(tree, name))
        for name in "abcd":
            self.client.do("put", self.write(name, name.encode()), "--name", f"{name}/inner" if name == "c" else name)
        shown = [os.path.join(tree, *name.split("/")) for name in ("a", "b", "c/inner", "d")]
        wait_until(lambda: all(os.path.isfile(path) for path in shown), "the tree to show the files")
        for path in shown:
            self.assertTrue(stat.S_ISREG(os.lstat(path).st_mode))
        self.assert_outside_is_untouched()

    def test_what_lies_in_the_sockets_place_gives_way(self):
        self.server.terminate()
        for kind in ("link", "pipe"):
            with self.subTest(kind):
                self.plant(kind, self.data("ndisk.sock"))
                self.server.restart()
                self.assertTrue(stat.S_ISSOCK(os.lstat(self.data("ndisk.sock")).st_mode))
                self.assertEqual(self.client.names(), ["song"])
                self.server.terminate()
        self.assert_outside_is_untouched()


@unittest.skipUnless(shutil.which("systemd-analyze"), "needs systemd-analyze")
class Unit(DriveTest):
    def analyze(self, *arguments):
        with open(UNIT, encoding="utf-8") as unit:
            text = unit.read().replace("ExecStart=ndiskd", "ExecStart=" + NDISKD)
        path = self.write("ndiskd.service", text.encode())
        return subprocess.run(["systemd-analyze", *arguments, path], capture_output=True, text=True, check=False)

    def test_systemd_understands_all_of_it(self):
        done = self.analyze("verify", "--man=no")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_it_leaves_little_open(self):
        done = self.analyze("security", "--offline=true", "--no-pager", "--threshold=15")
        self.assertEqual(done.returncode, 0, done.stdout[-1000:])


if __name__ == "__main__":
    unittest.main()

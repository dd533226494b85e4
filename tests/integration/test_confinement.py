"""What the server's process gave up, what was planted in its data directory, and the unit it is shipped with."""

import glob
import hashlib
import os
import re
import shutil
import socket
import stat
import subprocess
import unittest

from harness import KIB, SANITIZED, DriveTest
from server import NDISKD, STAY_ROOT
from waiting import DEADLINE, wait_until
from wire import Wire, local_socket

NOBODY = 65534
NAMELESS = 60742  # kNamelessUser
UNIT = os.path.join(os.path.dirname(__file__), "..", "..", "packaging", "ndiskd.service")


def status_of(pid, field):
    """A field of every thread's status, as a set."""
    found = set()
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        with open(path, encoding="ascii") as status:
            found |= {line.split(":", 1)[1].strip() for line in status if line.startswith(field + ":")}
    return found


class Confinement(DriveTest):
    def object_of(self, server, content):
        """Where the server keeps this content."""
        digest = hashlib.sha256(content).hexdigest()
        return glob.glob(os.path.join(server.data, "objects", digest[:2], digest + ".*"))[0]

    def lead_outside(self, server, content):
        """Moves the folder that an object lies in out of the data directory, and plants a link to it."""
        folder = os.path.dirname(self.object_of(server, content))
        shutil.move(folder, self.path("outside"))
        os.symlink(self.path("outside"), folder)

    def has_landlock(self, server):
        return "without Landlock" not in server.log()

    def test_a_planted_path_outside_is_not_opened(self):
        server = self.start_server()
        if not self.has_landlock(server):
            self.skipTest("this kernel has no Landlock")
        client = self.local_client(server)
        client.do("put", self.write("song", b"la la"))
        self.lead_outside(server, b"la la")
        refused = client.run("cat", "song")
        self.assertNotEqual(refused.code, 0)
        self.assertEqual(refused.raw, b"")

    def test_the_same_path_is_opened_where_that_was_asked_for(self):
        """So the test above would see it if the server weren't confined."""
        server = self.start_server("--confine=off")
        client = self.local_client(server)
        client.do("put", self.write("song", b"la la"))
        self.lead_outside(server, b"la la")
        self.assertEqual(client.do("cat", "song").raw, b"la la")

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


@unittest.skipUnless(os.getuid() == 0, "needs root, to give it up")
class Root(DriveTest):
    def setUp(self):
        super().setUp()
        os.chmod(self.directory, 0o711)

    def assert_serves_as_nobody(self, server):
        self.assert_serves_as(NOBODY, server)

    def assert_is(self, account, server):
        for field in ("Uid", "Gid"):
            self.assertEqual(status_of(server.process.pid, field), {"\t".join([str(account)] * 4)}, field)

    def assert_serves_as(self, account, server):
        self.assert_is(account, server)
        self.assertEqual(status_of(server.process.pid, "CapEff"), {"0" * 16})
        client = self.local_client(server)
        client.do("put", self.write("song", b"la la"))
        self.assertEqual(client.do("cat", "song").raw, b"la la")
        tree = os.path.join(server.data, "tree", "owner", "song")
        wait_until(lambda: os.path.exists(tree), "the tree to show the file")
        owners = {os.lstat(os.path.join(folder, name)).st_uid
                  for folder, folders, names in os.walk(server.data) for name in folders + names}
        self.assertEqual(owners, {account})
        self.assertEqual(os.stat(server.data).st_uid, account)

    def start_as(self, *options, wrap=(), **more):
        environment = ["env", "ASAN_OPTIONS=detect_leaks=0"] if SANITIZED else []
        return self.start_server(*options, wrap=environment + list(wrap), stay_root=False, **more)

    def test_it_becomes_the_owner_of_the_data_directory(self):
        os.mkdir(self.path("data"), 0o711)
        os.chown(self.path("data"), NOBODY, NOBODY)
        self.assert_serves_as_nobody(self.start_as())

    def test_it_becomes_who_it_is_told_and_makes_the_directory_theirs(self):
        server = self.start_as("--run-as", "nobody")
        self.assert_serves_as_nobody(server)
        server.terminate()
        server.options = []
        server.restart()
        self.assert_serves_as_nobody(server)

    def test_a_new_data_directory_is_served_by_nobody_in_particular(self):
        """Root administers it, and it stays whose it is."""
        server = self.start_as("--advertise", "127.0.0.1")
        self.assertTrue(server.invite.startswith("ndisk://127.0.0.1"), server.output())
        self.assertTrue(server.new_invite().startswith("ndisk://127.0.0.1"))
        self.assertIn("root given up user=60742", server.log())
        self.assert_serves_as(NAMELESS, server)
        server.terminate()
        server.restart()
        self.assert_serves_as(NAMELESS, server)

    def test_folders_that_are_made_above_let_it_through_whatever_roots_umask(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:  # so that it ends, once it has opened the drive
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            done = self.serve("--listen", address, data="above/data", umask=0o077)
        self.assertIn(address, done.stderr)
        self.assertEqual(os.stat(self.path("above", "data", "ndisk.db")).st_uid, NAMELESS)

    def test_an_empty_data_directory_of_roots_is_given_away_and_what_is_in_it_confined(self):
        os.mkdir(self.path("data"), 0o700)
        server = self.start_as()
        client = self.enrol(server)
        client.do("put", self.write("over tls", b"la la"))
        self.assert_serves_as(NAMELESS, server)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(server.data, "tls", "key.pem")).st_mode), 0o600)

    @unittest.skipUnless(shutil.which("unshare"), "needs unshare, for another /etc/passwd")
    def test_a_new_data_directory_is_the_packages_account_where_there_is_one(self):
        with open("/etc/passwd", encoding="utf-8") as passwd:
            known = passwd.read()
        self.write("passwd", f"{known}ndisk:x:61001:61001::/var/lib/ndisk:/usr/sbin/nologin\n".encode())
        server = self.start_as(wrap=["unshare", "--mount", "sh", "-c",
                                     f'mount --bind {self.path("passwd")} /etc/passwd && exec "$@"', "sh"])
        self.assertIn("root given up user=ndisk", server.log())
        self.assert_serves_as(61001, server)

    def test_it_stays_root_where_the_files_are_roots_and_says_how_to_change_that(self):
        server = self.start_server()
        self.local_client(server).do("put", self.write("song", b"la la"))
        self.assertEqual(server.terminate(), 0)
        server.account = []
        server.restart()
        self.assert_is(0, server)
        said = re.search(r"serving as root.*stop the server, (chown -R \S+ \S+),", server.log())
        self.assertEqual(server.terminate(), 0)
        done = self.serve("--run-as", "nobody")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("chown -R nobody", done.stderr)
        subprocess.run(said[1].split(), check=True)
        server.restart()
        self.assert_serves_as(NAMELESS, server)

    def test_it_stays_root_if_it_is_told_to_and_says_so_once(self):
        os.mkdir(self.path("data"), 0o711)
        os.chown(self.path("data"), NOBODY, NOBODY)
        server = self.start_as("--run-as", "root")
        self.assert_is(0, server)
        self.assertEqual(server.log().count("serving as root, as --run-as says"), 1)
        self.assertEqual(server.log().count("serving as root"), 1)

    def test_a_folder_above_that_is_closed_is_named_before_anything_is_made(self):
        os.mkdir(self.path("closed"), 0o700)
        before = os.stat(self.path("closed")).st_mtime_ns
        for data in ("closed/data", "closed/above/data"):
            for options in ((), ("--run-as", "nobody")):
                with self.subTest(data=data, options=options):
                    done = self.serve(*options, data=data)
                    self.assertEqual(done.returncode, 4, done.stderr)
                    for words in (f'{self.path("closed")} is closed', f'chmod o+x {self.path("closed")}',
                                  "--run-as root"):
                        self.assertIn(words, done.stderr)
        self.assertEqual(os.listdir(self.path("closed")), [])
        self.assertEqual(os.stat(self.path("closed")).st_mtime_ns, before)

    def test_each_way_out_of_a_closed_folder_leads_out(self):
        os.mkdir(self.path("closed"), 0o700)
        server = self.start_as("--run-as", "root", name="closed/data")
        self.assert_is(0, server)
        os.chmod(self.path("closed"), 0o701)
        other = self.start_as(name="closed/other")
        self.assert_serves_as(NAMELESS, other)

    def test_an_unknown_user_or_group_is_said_before_anything_is_made(self):
        for option in ("--run-as", "--tree-group"):
            done = self.serve(option, "no-such-name")
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn("no-such-name", done.stderr)
            self.assertFalse(os.path.exists(self.path("data")))

    def test_a_port_that_is_out_of_reach_is_refused_with_what_to_do(self):
        with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as setting:
            if int(setting.read()) <= 443:
                self.skipTest("this machine lets everybody have port 443")
        done = self.serve("--run-as", "nobody", "--listen", "127.0.0.1:443")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("ip_unprivileged_port_start", done.stderr)

    def test_the_group_of_the_tree_is_found_though_it_can_not_be_looked_up_any_more(self):
        server = self.start_as("--run-as", "nobody", "--tree-group", "daemon")
        self.local_client(server).do("put", self.write("song", b"la la"))
        tree = os.path.join(server.data, "tree", "owner")
        wait_until(lambda: os.path.exists(os.path.join(tree, "song")), "the tree to show the file")
        self.assertEqual(os.stat(tree).st_gid, 1)

    def test_what_root_asks_for_without_a_server_is_done_as_the_owner(self):
        server = self.start_as("--run-as", "nobody")
        self.local_client(server).do("put", self.write("song", b"la la"))
        server.terminate()
        for command in (("fsck", "--read-data", "--repair"), ("gc",)):
            done = server.command(*command)
            self.assertEqual(done.returncode, 0, done.stderr)
        server.options = []
        server.restart()
        self.assert_serves_as_nobody(server)

    def test_the_tree_may_be_roots_to_rebuild_and_stays_the_servers(self):
        server = self.start_as("--run-as", "nobody")
        self.local_client(server).do("put", self.write("song", b"la la"))
        tree = os.path.join(server.data, "tree", "owner", "song")
        wait_until(lambda: os.path.exists(tree), "the tree to show the file")
        server.terminate()
        for name in glob.glob(os.path.join(server.data, "ndisk.db*")):
            os.unlink(name)
        done = server.command("rebuild")
        self.assertEqual(done.returncode, 0, done.stderr)
        server.options = []
        server.restart()
        self.assert_serves_as_nobody(server)

    def serve(self, *options, data="data", **more):
        return subprocess.run([NDISKD, "--data", self.path(data), "--listen", "127.0.0.1:0", *options],
                              capture_output=True, text=True, timeout=DEADLINE, check=False, **more)


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

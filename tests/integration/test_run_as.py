"""Who the server becomes when root starts it."""

import glob
import os
import re
import shutil
import socket
import stat
import subprocess
import unittest

from harness import SANITIZED, DriveTest
from process_status import status_of
from server import NDISKD
from waiting import DEADLINE, wait_until

NOBODY = 65534
NAMELESS = 60742  # kNamelessUser


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


if __name__ == "__main__":
    unittest.main()

"""What stands behind the name of `get -o`: a link, or a descriptor that the shell opened, keeps all that it had."""

import os
import subprocess
import unittest

from harness import MIB, DriveTest


class GetThrough(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())
        self.client.do("put", self.write("source/small", b"content\n"))
        os.mkdir(self.path("links"))

    def link(self, target, name="link"):
        """In place of /dev/stdout, which a fault must not be able to replace."""
        os.symlink(target, self.path("links", name))
        return self.path("links", name)

    def shell(self, script, *arguments, get="small"):
        """`$get ARGUMENTS` is get of a file; what the script wrote is in the file `out`."""
        command = ["sh", "-c", script, "sh", *self.client.arguments(["get", get]), *arguments]
        return subprocess.run(command, env=self.client.environment, cwd=self.directory, capture_output=True,
                              check=False)

    def test_standard_output_that_is_a_file_keeps_what_is_around_it(self):
        link = self.link("/proc/self/fd/1")
        done = self.shell('{ echo header; "$@"; echo footer; } > out', "-o", link)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.read("out"), b"header\ncontent\nfooter\n")
        self.assertEqual(os.readlink(link), "/proc/self/fd/1")

    def test_a_log_that_is_appended_to_keeps_all_that_it_held(self):
        self.write("out", b"of yesterday\n")
        done = self.shell('"$@" >> out', "-o", self.link("/proc/self/fd/1"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.read("out"), b"of yesterday\ncontent\n")

    def test_any_descriptor_that_the_shell_opened_is_written_through(self):
        for name in ("/dev/fd/5", "/proc/self/fd/5", "/proc/thread-self/fd/5"):
            with self.subTest(name):
                done = self.shell('{ echo header; "$@"; } 5> out >&5', "-o", self.link(name, name.replace("/", "-")))
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(self.read("out"), b"header\ncontent\n")

    def test_the_file_that_is_standard_output_by_its_own_name_is_written_through(self):
        done = self.shell('{ echo header; "$@"; echo footer; } > out', "-o", "out")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.read("out"), b"header\ncontent\nfooter\n")

    def test_a_large_file_goes_through_a_descriptor_whole(self):
        content = os.urandom(3 * MIB + 5)
        self.client.do("put", self.write("source/large", content))
        done = self.shell('{ echo header; "$@"; } > out', "-o", self.link("/proc/self/fd/1"), get="large")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_content(self.read("out"), b"header\n" + content)

    def test_a_deleted_file_that_is_standard_output_does_not_cost_the_link(self):
        link = self.link("/proc/self/fd/1")
        done = self.shell('exec 3<> out; rm out; "$@" >&3; cat /proc/self/fd/3', "-o", link)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, b"content\n")
        self.assertEqual(os.readlink(link), "/proc/self/fd/1")

    def test_a_descriptor_that_is_not_open_is_named(self):
        link = self.link("/proc/self/fd/77")
        self.assert_fails(self.client.run("get", "small", "-o", link), 3, "links/link", "77")
        self.assertEqual(os.readlink(link), "/proc/self/fd/77")

    def test_a_descriptor_of_its_own_is_not_written_to(self):
        """As many as it may have: its connection to the server is among them."""
        for number in range(3, 30):
            link = self.link(f"/proc/self/fd/{number}", str(number))
            self.assert_fails(self.client.run("get", "small", "-o", link), 3, f"links/{number}")

    def test_an_open_file_of_another_process_is_left_alone(self):
        with open(self.write("theirs", b"theirs and longer than the content"), "r+b") as file:
            link = self.link(f"/proc/{os.getpid()}/fd/{file.fileno()}")
            self.assert_fails(self.client.run("get", "small", "-o", link), 2, "another process")
        self.assertEqual(self.read("theirs"), b"theirs and longer than the content")

    def test_a_dry_run_writes_nothing_through_a_descriptor(self):
        done = self.shell('"$@" > out', "-n", "-o", self.link("/proc/self/fd/1"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(b"content", self.read("out"))

    def test_a_link_to_a_file_gets_the_file_behind_it_replaced(self):
        self.write("behind/file", b"older")
        link = self.link(self.link("../behind/file", "second"))
        self.client.do("get", "small", "-o", link)
        self.assertEqual(self.read("behind", "file"), b"content\n")
        self.assertTrue(os.path.islink(link))

    def test_behind_a_link_that_leads_to_nothing_the_file_is_made(self):
        os.mkdir(self.path("behind"))
        link = self.link("../behind/file")
        self.client.do("get", "small", "-o", link)
        self.assertEqual(self.read("behind", "file"), b"content\n")
        self.assertEqual(os.readlink(link), "../behind/file")

    def test_a_link_into_a_folder_that_is_not_there_stays_and_is_not_found(self):
        link = self.link(self.path("not-mounted", "file"))
        self.assert_fails(self.client.run("get", "small", "-o", link), 3, "links/link", "not-mounted")
        self.assertEqual(os.readlink(link), self.path("not-mounted", "file"))

    def test_links_that_lead_to_each_other_stay(self):
        link = self.link("other")
        self.link("link", "other")
        self.assert_fails(self.client.run("get", "small", "-o", link), 2, "links/link")
        self.assertTrue(os.path.islink(link))


if __name__ == "__main__":
    unittest.main()

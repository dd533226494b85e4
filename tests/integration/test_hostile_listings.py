"""A server that lists what can't be: nothing is written outside the target."""

import os
import unittest

from client import Client
from harness import DriveTest
from hostile_server import FILE, FOLDER, LINK, HostileServer, entry


class HostileListings(DriveTest):
    def setUp(self):
        super().setUp()
        os.makedirs(self.path("outside"))
        os.makedirs(self.path("here"))

    def get(self, *pages, content=b"planted"):
        server = HostileServer(self.path("socket"), list(pages), content)
        self.addCleanup(server.close)
        client = Client(self.path("client"), server=server.address)
        return client.run("get", "-r", "tree", "-t", self.path("here"))

    def assert_nothing_outside(self):
        self.assertEqual(os.listdir(self.path("outside")), [])
        self.assertEqual(sorted(set(os.listdir(self.directory)) - {"socket", "client"}), ["here", "outside"])
        self.assertEqual(set(os.listdir(self.path("here"))) - {"tree"}, set())

    def link_out(self, name=b"a"):
        return entry(name, LINK, os.fsencode(self.path("outside")))

    def test_a_file_below_a_link_is_a_broken_protocol(self):
        result = self.get([self.link_out(), entry(b"a/planted")])
        self.assert_fails(result, 1, "server", "no folder")
        self.assert_nothing_outside()

    def test_what_is_below_a_link_of_the_page_before_is_passed_over(self):
        """The link may have become a folder since: in good faith, too."""
        result = self.get([self.link_out()], [entry(b"a/planted"), entry(b"b")])
        self.assert_fails(result, 7, "tree/a: the server sent another content")  # this server has but one
        self.assert_nothing_outside()
        self.assertEqual(self.read("here", "tree", "b"), b"planted")

    def test_a_file_that_becomes_a_folder_between_two_pages_ends_nothing(self):
        self.assertEqual(self.get([entry(b"a")], [entry(b"a/b", FOLDER), entry(b"a/b/c"), entry(b"d")]).code, 0)
        self.assertEqual((self.read("here", "tree", "a"), self.read("here", "tree", "d")), (b"planted", b"planted"))

    def test_a_link_that_becomes_a_folder_is_a_broken_protocol(self):
        self.assert_fails(self.get([self.link_out(), entry(b"a", FOLDER), entry(b"a/planted")]), 1, "out of order")
        self.assert_nothing_outside()

    def test_a_folder_that_becomes_a_link_is_a_broken_protocol(self):
        self.assert_fails(self.get([entry(b"a", FOLDER), self.link_out(), entry(b"a/planted")]), 1, "out of order")
        self.assert_nothing_outside()

    def test_paths_that_can_not_be_are_a_broken_protocol(self):
        for path in (b"../outside/planted", b"/planted", b"a//planted", b"./planted", b"..", b"a/../../planted", b"",
                     b"nul\0byte", b"x" * 256):
            with self.subTest(path):
                self.setUp()
                self.assert_fails(self.get([entry(path)]), 1, "server")
                self.assert_nothing_outside()

    def test_a_link_that_stood_there_before_is_not_written_through(self):
        os.makedirs(self.path("here", "tree"))
        os.symlink(self.path("outside"), self.path("here", "tree", "a"))
        self.assert_fails(self.get([entry(b"a", FOLDER), entry(b"a/planted"), entry(b"b")]), 7, "is a link here")
        self.assert_nothing_outside()
        self.assertEqual(self.read("here", "tree", "b"), b"planted")

    def test_a_link_in_place_of_the_operands_own_folder_is_not_written_through(self):
        os.symlink(self.path("outside"), self.path("here", "tree"))
        self.assert_fails(self.get([entry(b"planted")]), 2, "is a link here")
        self.assert_nothing_outside()

    def test_a_file_replaces_a_link_and_not_what_it_leads_to(self):
        victim = self.write("here/victim", b"planted", mode=0o600)
        os.makedirs(self.path("here", "tree"))
        os.symlink(victim, self.path("here", "tree", "a"))
        self.assertEqual(self.get([entry(b"a")]).code, 0)
        self.assertEqual(os.stat(victim).st_mode & 0o777, 0o600)
        self.assertFalse(os.path.islink(self.path("here", "tree", "a")))

    def test_a_link_that_becomes_a_file_under_the_name_of_o_leads_nowhere(self):
        """The same command twice, as one does to resume."""
        victim = self.write("outside/victim", b"kept")
        server = HostileServer(self.path("socket"), [], b"planted")
        self.addCleanup(server.close)
        client = Client(self.path("client"), server=server.address)
        for kind, content in ((LINK, os.fsencode(victim)), (FILE, b"planted")):
            server.stands, server.content = entry(b"x", kind, content), content
            client.run("get", "x", "-o", self.path("out"))
        self.assertEqual(self.read("outside", "victim"), b"kept")
        self.assertEqual(self.read("out"), b"planted")

    def test_content_that_is_not_what_was_listed_is_not_taken(self):
        self.assert_fails(self.get([entry(b"a", FILE, b"other")], content=b"planted"), 1, "another content")
        self.assertEqual(os.listdir(self.path("here", "tree")), [])


if __name__ == "__main__":
    unittest.main()

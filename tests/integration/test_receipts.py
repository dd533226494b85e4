"""Receipts: what put writes, what verify proves by them, and local files that go only after a proof."""

import json
import os
import shutil
import unittest

from harness import KIB, DriveTest


def damage_objects(data):
    """Other bytes in every object of a server, of the same size and time."""
    for folder, _, names in os.walk(os.path.join(data, "objects")):
        for name in names:
            path = os.path.join(folder, name)
            status = os.stat(path)
            os.chmod(path, 0o600)
            with open(path, "r+b") as file:
                first = file.read(1)
                file.seek(0)
                file.write(bytes([first[0] ^ 1]))
            os.chmod(path, 0o444)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


class Receipts(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.client = self.enrol(self.server)
        self.receipts = self.path("receipts")

    def put(self, *arguments, **options):
        return self.client.do("put", *arguments, "--receipt", self.receipts, **options)

    def lines(self):
        with open(self.receipts, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def write_lines(self, lines):
        with open(self.receipts, "w", encoding="utf-8") as file:
            for line in lines:
                file.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n")

    def differences(self, code=8):
        result = self.client.run("--json", "verify", self.receipts)
        self.assertEqual(result.code, code, result.err)
        return [(item["difference"], item.get("sequence")) for item in result.objects() if item["type"] == "difference"]


class Writing(Receipts):
    def test_each_file_has_a_line_that_agrees_with_the_drive(self):
        self.write("x/a", b"content")
        self.write_large("x/large", 300 * KIB)
        os.symlink("a", self.path("x", "link"))
        self.put("-r", self.path("x"))
        listed = {item["path"]: item for item in self.client.do("--json", "list", "-r").objects() if "version" in item}
        lines = self.lines()
        self.assertEqual({line["path"] for line in lines}, {"x/a", "x/large", "x/link"})
        for line in lines:
            for key in ("version", "size", "sha256"):
                self.assertEqual(line[key], listed[line["path"]][key])
        self.assertEqual(sorted(line["sequence"] for line in lines), [1, 2, 3])

    def test_the_file_is_its_users_alone(self):
        self.put(self.write("a", b"content"))
        self.assertEqual(os.stat(self.receipts).st_mode & 0o777, 0o600)

    def test_an_unchanged_file_gets_a_receipt_too_and_no_new_version(self):
        path = self.write("a", b"content")
        self.client.do("put", path)
        self.put(path)
        self.put(path)
        self.assertEqual([line["sequence"] for line in self.lines()], [1, 2])
        self.assertEqual(len({line["version"] for line in self.lines()}), 1)

    def test_standard_input_gets_one(self):
        self.put("-", "--name", "s", stdin=b"from a pipe")
        self.assertEqual([(line["path"], line["size"]) for line in self.lines()], [("s", 11)])

    def test_a_file_of_something_else_is_refused_before_anything_is_sent(self):
        self.write("receipts", b"my diary\n")
        self.assert_fails(self.client.run("put", self.write("a", b"x"), "--receipt", self.receipts), 2, "receipts")
        self.assertEqual((self.client.names(), self.read("receipts")), ([], b"my diary\n"))

    def test_the_file_itself_is_not_put_while_it_grows(self):
        self.write("x/a", b"content")
        self.client.do("put", "-r", ".", "--receipt", "receipts", cwd=self.path("x"))
        self.assertEqual(self.client.names(), ["a"])

    def test_a_server_that_was_put_back_is_found_out_by_the_next_put(self):
        self.put(self.write("a", b"content"))
        self.server.terminate()
        shutil.copytree(self.server.data, self.path("older"), ignore=shutil.ignore_patterns("*.sock"))
        self.server.restart()
        self.put(self.write("b", b"content of b"))
        self.server.terminate()
        shutil.rmtree(self.server.data)
        shutil.move(self.path("older"), self.server.data)
        self.server.restart()
        result = self.client.run("put", self.write("c", b"content of c"), "--receipt", self.receipts)
        self.assert_fails(result, 8, "older state")
        self.assertEqual(self.differences(), [("unknown", 2)])


class Proving(Receipts):
    def setUp(self):
        super().setUp()
        for name in ("x/a", "x/b", "x/c"):
            self.write(name, b"content of " + name.encode())
        self.put("-r", self.path("x"))

    def test_what_the_server_still_holds_is_proved(self):
        result = self.client.do("--json", "verify", self.receipts).objects()
        self.assertEqual([item["type"] for item in result], ["verified"] * 3 + ["summary"])

    def test_over_the_unix_socket_it_is_proved_too(self):
        local = self.local_client(self.server)
        self.assertEqual(local.do("verify", self.receipts).out, "")

    def test_a_version_that_was_replaced_is_still_held(self):
        self.client.do("put", self.write("x/a", b"something else"), "-t", "x")
        self.assertEqual(self.differences(code=0), [])

    def test_bytes_that_changed_on_the_servers_disk_are_named(self):
        damage_objects(self.server.data)
        self.assertEqual(sorted(self.differences()), [("content", 1), ("content", 2), ("content", 3)])

    def test_a_receipt_that_was_changed_is_named_and_no_other(self):
        lines = self.lines()
        lines[1]["size"] += 1
        self.write_lines(lines)
        self.assertEqual(self.differences(), [("signature", lines[1]["sequence"])])

    def test_a_line_that_is_cut_off_is_named_and_the_rest_is_proved(self):
        with open(self.receipts, "r+", encoding="utf-8") as file:
            content = file.read()
            file.seek(0)
            file.truncate()
            file.write(content[:-100])
        result = self.client.run("verify", self.receipts)
        self.assertEqual(result.code, 8)
        self.assertEqual(len(result.lines()), 1)
        self.assertIn("line 3", result.out)

    def test_another_servers_receipts_prove_nothing(self):
        other = self.start_server(name="other")
        client = self.enrol(other, "other-client")
        client.do("put", self.write("x/a", b"x"), "--receipt", self.path("others"))
        self.receipts = self.path("others")
        self.assertEqual(self.differences(), [("signature", 1)])


class ThenRemove(Receipts):
    def test_local_files_and_links_go_and_folders_stay(self):
        self.write("x/deep/a", b"content")
        os.symlink("a", self.path("x", "deep", "link"))
        self.client.do("put", "-r", self.path("x"), "--then-remove")
        self.assertEqual(os.listdir(self.path("x", "deep")), [])
        self.assertEqual(self.client.do("get", "x/deep/a", "-o", "-").raw, b"content")

    def test_with_v_it_names_what_is_gone(self):
        path = self.write("a", b"content")
        self.assertIn(path, self.client.do("-v", "put", path, "--then-remove").out)

    def test_an_unchanged_file_goes_after_a_proof_too(self):
        path = self.write("a", b"content")
        self.client.do("put", path)
        self.client.do("put", path, "--then-remove")
        self.assertFalse(os.path.exists(path))

    def test_without_the_proof_the_local_file_stays(self):
        path = self.write("a", b"content")
        self.client.do("put", path)
        damage_objects(self.server.data)
        result = self.client.run("put", path, "--then-remove")
        self.assertEqual(result.code, 8, result.err)
        self.assertEqual(self.read("a"), b"content")

    def test_a_file_that_size_and_time_do_not_tell_apart_stays(self):
        path = self.write("a", b"one", mtime_ns=5)
        self.client.do("put", path)
        self.write("a", b"two", mtime_ns=5)
        self.assert_fails(self.client.run("put", path, "--then-remove"), 8, "not removed")
        self.assertEqual(self.read("a"), b"two")

    def test_what_no_clobber_kept_out_stays(self):
        path = self.write("a", b"one")
        self.client.do("put", path)
        self.write("a", b"another")
        self.client.do("put", path, "--no-clobber", "--then-remove")
        self.assertEqual(self.read("a"), b"another")

    def test_standard_input_is_nothing_to_remove(self):
        self.assert_fails(self.client.run("put", "-", "--name", "s", "--then-remove", stdin=b"x"), 2, "--then-remove")
        self.assertEqual(self.client.names(), [])


if __name__ == "__main__":
    unittest.main()

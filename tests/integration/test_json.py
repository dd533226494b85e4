"""--json of every command against the tables of docs/json.md, both ways."""

import base64
import json
import os
import re
import signal
import socket
import subprocess
import unittest

from client import NDISK, Client
from harness import MIB, DriveTest
from json_document import ROOT, Document

DOCUMENT = Document()


class JsonTest(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.client = self.local_client(self.server)
        self.seen = {}  # type: fields that came

    def run_json(self, command, *arguments, code=0, client=None, **options):
        """The objects without the summary; each is checked against the document."""
        result = (client or self.client).run("--json", command, *arguments, **options)
        self.assertEqual(result.code, code, result.out + result.err)
        objects = result.objects()
        for item in objects:
            self.assertEqual(DOCUMENT.faults(command, item), [], item)
            self.seen.setdefault(item["type"], set()).update(item)
        summary = objects.pop()
        self.assertEqual(summary["type"], "summary", "the last object is the summary")
        self.assertEqual((summary["schema"], summary["command"], summary["exit_code"]), (1, command, code))
        self.assertNotIn("summary", [item["type"] for item in objects])
        errors = [item for item in objects if item["type"] == "error"]
        self.assertLessEqual({item["code"] for item in errors}, set(DOCUMENT.codes))
        return objects

    def kinds(self, objects):
        return [item["type"] for item in objects]

    def put(self, remote, content=b"x"):
        return self.run_json("put", self.write("source", content), "--name", remote)

    def put_tree(self):
        self.write("tree/file", b"12345", mode=0o640)
        self.write(b"tree/latin\xe9", b"x")
        os.mkdir(self.path("tree", "folder"))
        os.symlink(b"to\xff", self.path("tree", "link"))
        return self.run_json("put", "-r", self.path("tree"))


class Shapes(JsonTest):
    def test_put(self):
        objects = self.put_tree()
        self.assertEqual(sorted(self.kinds(objects)), ["file", "file", "folder", "folder", "link"])
        large = os.urandom(200_000)
        self.put("a", large)
        again = self.put("b", large)[0]
        self.assertEqual((again["instant"], again["unchanged"]), (True, False))

    def test_put_skips(self):
        os.mkdir(self.path("tree"))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.path("tree", "socket"))
            self.assertIn("skipped", self.kinds(self.run_json("put", "-r", self.path("tree"))))

    def test_put_and_get_dry_run(self):
        self.write("tree/file", b"12345")
        self.assertEqual(set(self.kinds(self.run_json("put", "-rn", self.path("tree")))), {"plan"})
        self.put_tree()
        os.mkdir(self.path("back"))
        self.assertEqual(set(self.kinds(self.run_json("get", "-rn", "tree", "-t", self.path("back")))), {"plan"})

    def test_put_that_removes_and_its_receipts(self):
        source = self.write("source", b"text")
        kinds = self.kinds(self.run_json("put", source, "--then-remove", "--receipt", self.path("receipts")))
        self.assertEqual(kinds, ["file", "local_removed"])
        receipt = json.loads(self.read("receipts"))
        fields = DOCUMENT.objects["receipt"]
        self.assertEqual(set(receipt) - {"type"}, {name for name, (_, always) in fields.items() if always})

    def test_get(self):
        self.put_tree()
        os.mkdir(self.path("back"))
        objects = self.run_json("get", "-r", "tree", "-t", self.path("back"))
        self.assertEqual({item["path"] for item in objects if item["type"] == "link"}, {"tree/link"})
        local = {item["path"]: item["local"] for item in objects if item["type"] == "folder"}
        self.assertEqual(local, {name: self.path("back", name) for name in ("tree", "tree/folder")})
        self.assertTrue(all("local" in item for item in objects))

    def test_cat_has_no_room_for_objects(self):
        self.put("a")
        self.assertEqual(self.kinds(self.run_json("cat", "a", code=2)), ["error"])

    def test_list_and_find(self):
        self.put_tree()
        for command in (["list", "tree"], ["list", "-r"], ["find", "tree", "--type", "f,d,l"]):
            objects = self.run_json(*command)
            self.assertEqual(set(self.kinds(objects)), {"file", "folder", "link"})
            odd = [item for item in objects if "path_base64" in item]
            self.assertEqual(base64.b64decode(odd[0]["path_base64"]), b"tree/latin\xe9")

    def test_stat(self):
        self.put_tree()
        objects = self.run_json("stat", "tree/file", "tree", "tree/link", "/")
        self.assertEqual(self.kinds(objects), ["file", "folder", "link", "folder"])
        self.assertEqual(base64.b64decode(objects[2]["target_base64"]), b"to\xff")
        self.assertEqual((objects[1]["files"], objects[1]["folders"], objects[3]["path"]), (3, 1, ""))
        for kind, fields in (("file", 4), ("link", 4)):
            self.assertEqual(len(self.seen[kind] & {"created", "device", "change", "versions"}), fields)

    def test_du(self):
        self.put_tree()
        self.assertEqual(self.kinds(self.run_json("du")), ["usage"] * 3)
        self.assertEqual(self.run_json("du", "-s", "tree")[0]["files"], 3)

    def test_mkdir_mv_cp_rm(self):
        self.assertEqual(self.run_json("mkdir", "/d")[0]["path"], "d")
        self.put("a")
        moved = self.run_json("mv", "/a", "d")[0]
        self.assertEqual((moved["path"], moved["from"]), ("d/a", "a"))
        copied = self.run_json("cp", "-r", "d", "e")[0]
        self.assertEqual((copied["path"], copied["from"]), ("e", "d"))
        self.assertEqual(self.run_json("rm", "-r", "/d", "e")[1], {"type": "removed", "path": "e"})

    def test_versions_and_restore(self):
        self.put("a", b"one")
        self.put("a", b"two")
        versions = self.run_json("versions", "/a")
        self.assertEqual([item["current"] for item in versions], [True, False])
        self.assertEqual(self.run_json("restore", "a"), [{"type": "restored", "path": "a"}])

    def test_trash(self):
        self.put("a")
        self.run_json("rm", "a")
        item = self.run_json("trash", "list")[0]
        restored = self.run_json("trash", "restore", str(item["id"]), "--to", "b")
        self.assertEqual(restored, [{"type": "restored", "path": "b", "from": "a", "id": item["id"]}])
        self.run_json("rm", "b")
        self.assertEqual(self.run_json("trash", "empty"), [{"type": "emptied", "count": 1}])

    def test_uploads(self):
        proxy = self.start_proxy(self.server)
        remote = self.enrol(self.server, at=proxy.address)
        upload = self.start_and_hold(remote, proxy, "up", 8 * MIB, "put", self.write_large("big", 32 * MIB))
        upload.send_signal(signal.SIGINT)
        proxy.release()
        upload.communicate()
        item = self.run_json("uploads", client=remote)[0]
        self.assertEqual((item["path"], item["size"]), ("big", 32 * MIB))
        cancelled = self.run_json("uploads", "--cancel", item["id"], client=remote)
        self.assertEqual(cancelled, [{"type": "cancelled", "id": item["id"]}])

    def test_login_and_ping(self):
        client = Client(self.path("laptop"))
        self.assertEqual(self.kinds(self.run_json("login", self.server.invite, client=client)), ["login"])
        self.assertEqual(self.kinds(self.run_json("ping", client=client)), ["ping"])

    def test_progress(self):
        errors = self.client.run("--progress=json", "put", self.write_large("big", 32 * MIB)).err
        for line in errors.splitlines():
            item = json.loads(line)
            self.assertEqual(set(item) - {"type"}, set(DOCUMENT.objects["progress"]))


class Failures(JsonTest):
    def test_every_command_says_what_is_missing_as_an_object(self):
        for command in (["get", "missing"], ["list", "missing"], ["find", "missing"], ["stat", "missing"],
                        ["du", "missing"], ["mkdir", "missing/x"], ["mv", "missing", "x"], ["cp", "missing", "x"],
                        ["rm", "missing"], ["versions", "missing"], ["restore", "missing"],
                        ["trash", "restore", "missing"], ["put", self.path("missing")]):
            with self.subTest(command):
                errors = self.run_json(*command, code=3)
                self.assertEqual([item["code"] for item in errors], ["not_found"])

    def test_a_usage_error_is_an_object_and_a_summary_follows(self):
        for command in (["put"], ["find", "--size", "x"], ["rm", "--nonsense"], ["trash", "burn"], ["mv", "a"]):
            with self.subTest(command):
                self.assertEqual([item["code"] for item in self.run_json(*command, code=2)], ["invalid"])

    def test_a_word_that_is_no_command_has_an_empty_command_in_the_summary(self):
        objects = self.client.run("--json", "lsit").objects()
        self.assertEqual([item["type"] for item in objects], ["error", "summary"])
        self.assertEqual((objects[1]["command"], objects[1]["failed"], objects[1]["exit_code"]), ("", 1, 2))

    def test_a_link_that_gives_up_counts_what_failed(self):
        client = self.enrol(self.server)
        self.server.terminate()
        for command, failed in ((["list"], 1), (["rm", "a", "b", "c"], 3)):
            result = client.run("--json", *command)
            objects = result.objects()
            self.assertEqual([item["type"] for item in objects], ["error", "summary"])
            self.assertEqual(objects[0]["code"], "network")
            self.assertEqual((objects[1]["failed"], objects[1]["exit_code"]), (failed, 10))

    def test_some_of_several(self):
        self.put("a")
        objects = self.run_json("stat", "a", "missing", code=7)
        self.assertEqual(self.kinds(objects), ["file", "error"])
        self.assertEqual(objects[1]["path"], "missing")

    def test_errors_of_names_that_are_not_utf_8_have_them_exactly(self):
        error = self.run_json("stat", b"\xff", code=3)[0]
        self.assertEqual(base64.b64decode(error["path_base64"]), b"\xff")

    def test_errors_are_written_as_they_come(self):
        """Many more of them than memory would be spent on: here, that a reader has the first before the last."""
        process = subprocess.Popen([NDISK, "-s", self.client.server, "--json", "stat", *map(str, range(20_000))],
                                   env=self.client.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.assertEqual(json.loads(process.stdout.readline())["path"], "0")
        self.assertIsNone(process.poll(), "it waits for its reader")
        rest = process.stdout.read().splitlines()
        process.stdout.close()
        self.assertEqual((len(rest), process.wait()), (20_000, 3))


class TheDocument(unittest.TestCase):
    def test_it_has_a_row_for_every_command(self):
        text = subprocess.run([NDISK, "--help"], capture_output=True, text=True, check=True).stdout
        commands = {line.split()[0].strip(",") for line in text.splitlines()
                    if line.startswith("  ") and line[2].isalpha() and not line.startswith("  ndisk")}
        self.assertEqual(commands, set(DOCUMENT.commands))

    def test_every_object_that_a_command_prints_has_its_table(self):
        printed = set().union(*DOCUMENT.commands.values())
        self.assertEqual(printed | {"receipt", "progress"}, set(DOCUMENT.objects))

    def test_the_codes_of_errors_and_their_exit_codes_are_those_of_the_code(self):
        source = (ROOT / "common" / "error.cpp").read_text(encoding="utf-8")
        names = dict(re.findall(r'case ErrorCode::(\w+): return "(\w+)";', source))
        codes, waiting = {}, []
        for name, code in re.findall(r"case ErrorCode::(\w+):(?: return (\d+);)?", source):
            waiting.append(name)
            if code:
                codes.update({names[each]: int(code) for each in waiting})
                waiting = []
        self.assertEqual(DOCUMENT.codes, codes)

    def test_the_check_itself_sees_what_is_wrong(self):
        right = {"type": "removed", "path": "a"}
        self.assertEqual(DOCUMENT.faults("rm", right), [])
        for wrong in ({"type": "removed"}, {**right, "colour": 1}, {**right, "path": 1}, {"type": "strange"}):
            self.assertTrue(DOCUMENT.faults("rm", wrong), wrong)
        self.assertTrue(DOCUMENT.faults("mv", right))


if __name__ == "__main__":
    unittest.main()

"""Users of one server: they see nothing of each other, share no byte of a quota, and end when they are told to."""

import json
import os
import threading
import unittest

from client import Client
from harness import KIB, MIB, DriveTest
from model.sessions import Device
from users_test import UsersTest
from waiting import wait_until
from wire_test import CONFLICT, INVALID, NO_SPACE, NOT_ALLOWED, NOT_FOUND, sha256


class Isolation(UsersTest):
    def test_names_are_nobody_elses(self):
        self.put_as(self.anna, b"secret/plan", b"x")
        self.assertEqual(self.rows("List", "ListPage", "entries", wire=self.ben, path=b"", recursive=1), [])
        for request in ("Stat", "Open", "List", "ListVersions", "Verify"):
            with self.subTest(request):
                self.refused(request, NOT_FOUND, wire=self.ben, path=b"secret/plan")

    def test_the_same_path_is_another_file(self):
        self.put_as(self.anna, b"a", b"of anna")
        self.put_as(self.ben, b"a", b"of ben")
        self.assertEqual(self.ask("Open", "SmallFile", wire=self.anna, path=b"a").content, b"of anna")
        self.assertEqual(self.ask("Open", "SmallFile", wire=self.ben, path=b"a").content, b"of ben")

    def test_a_version_is_not_there_for_others_like_one_that_never_was(self):
        held = self.put_as(self.anna, b"a", b"of anna")["version"]
        for request in ("Open", "Verify"):
            with self.subTest(request):
                other = self.refused(request, NOT_FOUND, wire=self.ben, path=b"", version=held)
                none = self.refused(request, NOT_FOUND, wire=self.ben, path=b"", version=held + 1000)
                self.assertEqual(other.replace(str(held), "N"), none.replace(str(held + 1000), "N"))

    def test_content_of_another_is_never_used(self):
        content = os.urandom(100 * KIB)
        stream = self.offer_as(self.anna, b"large", len(content))
        self.anna.receive("Send")
        self.anna.send("Data", stream, offset=0, content=content)
        self.anna.send("Commit", stream, size=len(content), sha256=sha256(content))
        self.anna.receive("Committed")
        self.offer_as(self.ben, b"mine", len(content), sha256=sha256(content))
        self.assertEqual(self.ben.receive("Send", "Committed")["same_size_held"], 0)
        self.offer_as(self.anna, b"copy", len(content), sha256=sha256(content))
        self.assertEqual(self.anna.receive("Send", "Committed")["instant"], 1)

    def test_the_trash_is_nobody_elses(self):
        self.put_as(self.anna, b"a", b"x")
        self.ask("Remove", "Done", wire=self.anna, request_id=os.urandom(16), path=b"a")
        (item,) = self.rows("ListTrash", "TrashPage", "entries", wire=self.anna)
        self.assertEqual(self.rows("ListTrash", "TrashPage", "entries", wire=self.ben), [])
        self.refused("RestoreTrash", NOT_FOUND, wire=self.ben, request_id=os.urandom(16), id=item["id"])
        emptied = self.ask("EmptyTrash", "Done", wire=self.ben, request_id=os.urandom(16), ids=[item["id"]])
        self.assertEqual(emptied["count"], 0)
        self.assertEqual(len(self.rows("ListTrash", "TrashPage", "entries", wire=self.anna)), 1)

    def test_uploads_are_nobody_elses(self):
        stream = self.offer_as(self.anna, b"large", MIB)
        self.anna.receive("Send")
        self.anna.send("Data", stream, offset=0, content=b"x" * KIB)
        (upload,) = self.rows("ListUploads", "UploadsPage", "uploads", wire=self.anna)
        self.assertEqual(self.rows("ListUploads", "UploadsPage", "uploads", wire=self.ben), [])
        self.refused("CancelUpload", NOT_FOUND, wire=self.ben, upload_id=upload["upload_id"])

    def test_receipts_are_counted_for_each(self):
        for _ in range(3):
            self.put_as(self.anna, b"a", os.urandom(5), receipt=1)
        self.assertEqual(self.put_as(self.ben, b"a", b"x", receipt=1)["receipt"]["sequence"], 1)
        self.assertEqual(self.ask("CheckReceipt", "ReceiptState", wire=self.ben, sequence=2)["sha256"], b"")

    def test_nobody_administers_over_the_network(self):
        for request, fields in (("CreateUser", {"name": "carol"}), ("RemoveUser", {"name": "ben", "with_files": 1}),
                                ("SetQuota", {"name": "ben", "quota": 0}), ("ListUsers", {}), ("ListDevices", {}),
                                ("RevokeDevice", {"device_id": bytes(16)}), ("CreateInvite", {"user": "anna"}),
                                ("GetStatus", {})):
            with self.subTest(request):
                self.refused(request, NOT_ALLOWED, wire=self.anna, **fields)


class Revocation(UsersTest):
    def assert_ends(self, wire, *words):
        """With a reason, and the connection closes. (How long it takes is a deadline's to say.)"""
        frames = wire.until_end()
        self.assertEqual([(frame.name, frame.stream, frame["code"]) for frame in frames], [("Error", 0, NOT_ALLOWED)])
        for word in words:
            self.assertIn(word, frames[0]["message"])

    def assert_refused_login(self, device):
        with self.assertRaisesRegex(AssertionError, "Error"):
            device.log_in(self.server)

    def test_a_revoked_devices_open_sessions_end_on_every_thread(self):
        sessions = [self.anna] + [self.session(self.annas) for _ in range(7)]
        self.assertEqual(self.devices("anna")[0]["sessions"], 8)
        self.revoke("anna")
        for wire in sessions:
            self.assert_ends(wire, "revoked")
        (device,) = self.devices("anna")
        self.assertEqual(device["sessions"], 0)
        self.assertGreater(device["revoked_ns"], 0)
        self.assert_refused_login(self.annas)

    def test_other_devices_and_users_go_on(self):
        (revoked,) = self.devices("anna")
        other = self.session(Device(self.server, self.directory, "anna", "another"))
        self.ask("RevokeDevice", "Done", device_id=revoked["device_id"])
        self.assert_ends(self.anna)
        for wire in (other, self.ben):
            self.assertEqual(self.put_as(wire, b"a", b"x").name, "Committed")

    def test_it_ends_in_the_middle_of_an_upload_and_of_a_download(self):
        content = os.urandom(3 * MIB)
        stream = self.offer_as(self.anna, b"large", len(content))
        self.anna.receive("Send")
        for offset in range(0, len(content), 256 * KIB):
            self.anna.send("Data", stream, offset=offset, content=content[offset:offset + 256 * KIB])
        self.anna.send("Commit", stream, size=len(content), sha256=sha256(content))
        self.anna.receive("Committed")
        reader = self.session(self.annas)
        reader.send("Open", reader.stream(), path=b"large")
        reader.receive("FileInfo")  # and no more is read: the rest waits in the server and the sockets
        stream = self.offer_as(self.anna, b"more", 2 * MIB)
        self.anna.receive("Send")
        self.anna.send("Data", stream, offset=0, content=b"x" * KIB)
        # What is taken later may be refused by itself, as the upload goes before the session does.
        while self.anna.receive("Progress")["received"] < KIB:
            pass
        self.revoke("anna")
        self.assert_ends(self.anna, "revoked")
        wait_until(lambda: self.devices("anna")[0]["sessions"] == 0, "the reader's session to end")

    def test_revoking_twice_is_fine_and_what_is_none_is_not_found(self):
        for _ in range(2):
            self.revoke("anna")
        self.refused("RevokeDevice", NOT_FOUND, device_id=bytes(16))
        self.refused("RevokeDevice", INVALID, device_id=self.welcome["device_id"])

    def test_a_removed_users_sessions_end_and_nothing_is_left(self):
        self.put_as(self.anna, b"a", b"x")
        self.refused("RemoveUser", CONFLICT, name="anna")
        self.assertEqual(self.put_as(self.anna, b"b", b"y").name, "Committed")
        self.ask("RemoveUser", "Done", name="anna", with_files=1)
        self.assert_ends(self.anna, "anna", "removed")
        self.assert_refused_login(self.annas)
        self.refused("ListDevices", NOT_FOUND, user="anna")
        self.refused("RemoveUser", NOT_FOUND, name="anna", with_files=1)

    def test_a_name_that_is_used_again_is_another_user(self):
        self.put_as(self.anna, b"a", b"x", receipt=1)
        self.ask("RemoveUser", "Done", name="anna", with_files=1)
        self.ask("CreateUser", "Done", name="anna")
        self.assert_refused_login(self.annas)
        wire = self.session(Device(self.server, self.directory, "anna", "fresh"))
        self.assertEqual(self.rows("List", "ListPage", "entries", wire=wire, path=b""), [])
        self.assertEqual(self.rows("ListTrash", "TrashPage", "entries", wire=wire), [])
        self.assertEqual(self.put_as(wire, b"b", b"y", receipt=1)["receipt"]["sequence"], 1)


class Quotas(UsersTest):
    def together(self, *actions):
        """Runs them at the same time."""
        barrier, results = threading.Barrier(len(actions)), [None] * len(actions)

        def run(number):
            barrier.wait()
            results[number] = actions[number]()

        threads = [threading.Thread(target=run, args=(number,)) for number in range(len(actions))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    def test_two_uploads_can_not_both_take_the_last_byte(self):
        self.ask("SetQuota", "Done", name="anna", quota=3 * MIB // 2)
        other = self.session(self.annas)

        def offering(wire, name):
            def offer():
                self.offer_as(wire, name, MIB)
                return wire.receive("Send", "Error")
            return offer

        answers = self.together(offering(self.anna, b"one"), offering(other, b"two"))
        self.assertEqual(sorted(answer.name for answer in answers), ["Error", "Send"])
        (error,) = (answer for answer in answers if answer.name == "Error")
        self.assertEqual(error["code"], NO_SPACE)

    def test_small_files_from_many_sessions_fill_it_to_the_byte(self):
        self.ask("SetQuota", "Done", name="anna", quota=10 * KIB)
        sessions = [self.anna] + [self.session(self.annas) for _ in range(3)]

        def putting(number, wire):
            def put():
                for count in range(10):
                    content = os.urandom(KIB)
                    wire.send("PutSmall", wire.stream(), request_id=os.urandom(16), content=content,
                              path=b"%d/%d" % (number, count), sha256=sha256(content),
                              attributes={"mtime_ns": 1, "mode": 0o644})
                return [wire.receive("Committed", "Error") for _ in range(10)]
            return put

        answers = sum(self.together(*(putting(*each) for each in enumerate(sessions))), [])
        self.assertEqual(sum(answer.name == "Committed" for answer in answers), 10)
        self.assertEqual({answer["code"] for answer in answers if answer.name == "Error"}, {NO_SPACE})
        self.assertEqual(self.user("anna")["stored_bytes"], 10 * KIB)

    def test_it_is_one_users_alone(self):
        self.ask("SetQuota", "Done", name="anna", quota=0)
        self.assertEqual(self.put_as(self.anna, b"a", b"x")["code"], NO_SPACE)
        self.assertEqual(self.put_as(self.ben, b"a", b"x").name, "Committed")

    def test_taken_away_it_stops_nobody(self):
        self.ask("SetQuota", "Done", name="anna", quota=0)
        self.ask("SetQuota", "Done", name="anna")
        self.assertEqual(self.put_as(self.anna, b"a", b"x").name, "Committed")

    def test_history_and_trash_count(self):
        self.ask("SetQuota", "Done", name="anna", quota=25)
        for _ in range(2):
            self.put_as(self.anna, b"a", os.urandom(10))
        self.ask("Remove", "Done", wire=self.anna, request_id=os.urandom(16), path=b"a")
        self.assertEqual(self.put_as(self.anna, b"b", os.urandom(10))["code"], NO_SPACE)
        self.ask("EmptyTrash", "Done", wire=self.anna, request_id=os.urandom(16))
        wait_until(lambda: self.user("anna")["stored_bytes"] == 0, "the collector to free what was in the trash")
        self.assertEqual(self.put_as(self.anna, b"b", os.urandom(10)).name, "Committed")


class Commands(DriveTest):
    """The same from ndiskd's command line."""

    def setUp(self):
        super().setUp()
        self.server = self.start_server()

    def do(self, *arguments):
        done = self.server.command(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def objects(self, *arguments):
        return [json.loads(line) for line in self.do(*arguments, "--json").splitlines()]

    def fails(self, code, *arguments):
        done = self.server.command(*arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"^ndiskd: .+\n")
        return done.stderr

    def test_a_user_comes_changes_and_goes(self):
        self.assertEqual(self.do("user", "add", "anna", "--quota", "1.5G"), "")
        owner, anna = sorted(self.objects("user", "list"), key=lambda user: user["name"] != "owner")
        self.assertEqual((owner["name"], owner["quota"]), ("owner", None))
        self.assertEqual((anna["type"], anna["name"], anna["quota"], anna["files"], anna["devices"]),
                         ("user", "anna", 3 << 29, 0, 0))
        self.do("user", "quota", "anna", "none")
        self.assertIsNone(self.objects("user", "list")[0]["quota"])
        self.do("user", "remove", "anna")
        self.assertEqual([user["name"] for user in self.objects("user", "list")], ["owner"])

    def test_tables_for_people_are_aligned(self):
        self.do("user", "add", "a-rather-long-name")
        lines = self.do("user", "list").splitlines()
        self.assertRegex(lines[0], r"^NAME +FILES +BYTES +STORED +QUOTA +DEVICES  CREATED$")
        self.assertEqual([line[lines[0].index("CREATED") - 2:][:4] for line in lines[1:]], ["  20", "  20"], lines)

    def test_a_users_first_device_comes_by_an_invite(self):
        self.do("user", "add", "anna")
        Device(self.server, self.directory, "anna", "laptop")
        (device,) = (device for device in self.objects("device", "list", "--user", "anna") if not device["local"])
        self.assertEqual((device["user"], device["revoked"], device["sessions"]), ("anna", None, 0))
        (done,) = self.objects("device", "revoke", device["id"][:6].upper())
        self.assertEqual((done["action"], done["id"]), ("device_revoke", device["id"]))
        revoked = next(each for each in self.objects("device", "list") if each["id"] == device["id"])
        self.assertGreater(revoked["revoked"], 0)
        self.assertIn("revoked", self.do("device", "list"))

    def test_what_can_not_be_is_refused_with_the_cause(self):
        self.do("user", "add", "anna")
        self.assertIn("anna", self.fails(6, "user", "add", "anna"))
        self.assertIn("Anna", self.fails(2, "user", "add", "Anna"))
        self.fails(3, "user", "remove", "ben")
        self.fails(3, "user", "quota", "ben", "1G")
        self.fails(2, "user", "remove", "owner")
        self.fails(3, "device", "list", "--user", "ben")
        self.assertIn("device list", self.fails(3, "device", "revoke", "ffffffffffff"))
        self.fails(3, "invite", "--user", "ben")

    def test_a_local_device_can_not_be_revoked(self):
        (local,) = self.objects("device", "list")
        self.assertTrue(local["local"])
        self.fails(2, "device", "revoke", local["id"])

    def test_a_user_with_files_goes_only_when_that_is_said(self):
        self.do("user", "add", "anna")
        Device(self.server, self.directory, "anna", "laptop")
        Client(self.path("laptop")).do("put", self.write("song", b"la la"))
        self.assertIn("--with-files", self.fails(6, "user", "remove", "anna"))
        self.do("user", "remove", "anna", "--with-files")

    def test_errors_are_objects_too(self):
        done = self.server.command("user", "remove", "ben", "--json")
        self.assertEqual(done.returncode, 3)
        error = json.loads(done.stdout)
        self.assertEqual((error["type"], error["code"]), ("error", "not_found"))

    def test_without_a_running_server_it_says_so(self):
        self.server.terminate()
        done = self.server.command("user", "list")
        self.assertEqual(done.returncode, 10, done.stderr)
        self.assertIn("running", done.stderr)


if __name__ == "__main__":
    unittest.main()

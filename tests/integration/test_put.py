"""Putting files, folders and streams."""

import os
import unittest

from harness import KIB, MIB, DriveTest, sha256_of
from waiting import wait_until


class Put(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.client = self.local_client(self.server)

    def content(self, remote):
        return self.client.do("get", remote, "-o", "-").raw

    def test_a_file_lands_at_the_top_under_its_own_name(self):
        self.client.do("put", self.write("somewhere/song.mp3", b"la"))
        self.assertEqual(self.client.names(), ["song.mp3"])
        self.assertEqual(self.content("song.mp3"), b"la")

    def test_it_prints_nothing_on_standard_output(self):
        self.assertEqual(self.client.do("put", self.write("song.mp3", b"la")).out, "")

    def test_with_v_it_names_what_it_put(self):
        self.assertIn("song.mp3", self.client.do("-v", "put", self.write("song.mp3", b"la")).out)

    def test_t_is_a_remote_folder_that_is_made(self):
        self.client.do("put", self.write("a.bin", b"a"), self.write("b.bin", b"b"), "-t", "/music/new/")
        self.assertEqual(self.client.names("/music/new"), ["a.bin", "b.bin"])

    def test_name_names_the_one_result(self):
        self.client.do("put", self.write("a.bin", b"a"), "--name", "deep/down/other.bin")
        self.assertEqual(self.content("/deep/down/other.bin"), b"a")

    def test_name_takes_one_source_only(self):
        self.assert_fails(self.client.run("put", self.write("a", b"a"), self.write("b", b"b"), "--name", "c"), 2)

    def test_standard_input_is_put_under_the_given_name(self):
        content = os.urandom(3 * MIB + 17)
        self.client.do("put", "-", "--name", "photos.tar", stdin=content)
        self.assert_content(self.content("photos.tar"), content)

    def test_empty_standard_input_is_an_empty_file(self):
        self.client.do("put", "-", "--name", "nothing", stdin=b"")
        self.assertEqual(self.content("nothing"), b"")

    def test_standard_input_needs_a_name(self):
        self.assert_fails(self.client.run("put", "-", stdin=b"x"), 2, "--name")

    def test_an_empty_file_comes_back_empty(self):
        self.client.do("put", self.write("empty"))
        self.assertEqual(self.content("empty"), b"")

    def test_files_on_both_sides_of_the_frame_sizes_come_back_whole(self):
        sizes = [1, 64 * KIB, 192 * KIB - 1, 192 * KIB, 192 * KIB + 1, 256 * KIB - 1, 256 * KIB, 256 * KIB + 1, MIB]
        sources = [self.write_large(f"size-{size}", size) for size in sizes]
        self.client.do("put", *sources)
        os.mkdir(self.path("back"))
        self.client.do("get", *(os.path.basename(source) for source in sources), "-t", self.path("back"))
        for source in sources:
            self.assert_same_content(source, self.path("back", os.path.basename(source)))

    def test_a_put_over_a_file_replaces_its_content(self):
        self.client.do("put", self.write("song.mp3", b"old"))
        self.client.do("put", self.write("song.mp3", b"new and longer"))
        self.assertEqual(self.content("song.mp3"), b"new and longer")

    def test_a_put_over_a_file_makes_a_new_version(self):
        versions = []
        for content in (b"old", b"new"):
            self.client.do("put", self.write("song.mp3", content))
            versions.append(self.client.do("--json", "list").objects()[0]["version"])
        self.assertLess(versions[0], versions[1])

    def test_a_file_where_a_folder_is_needed_is_a_usage_error(self):
        self.client.do("put", self.write("song.mp3", b"la"))
        self.assert_fails(self.client.run("put", self.write("b", b"b"), "-t", "/song.mp3"), 2, "song.mp3")
        self.assertEqual(self.content("song.mp3"), b"la")

    def test_a_folder_is_not_replaced_by_a_file(self):
        self.client.do("put", self.write("x", b"x"), "-t", "/music")
        self.assert_fails(self.client.run("put", self.write("music", b"la")), 2, "music")
        self.assertEqual(self.client.names("/music"), ["x"])

    def test_a_source_that_is_not_there_is_not_found(self):
        self.assert_fails(self.client.run("put", self.path("no-such-file")), 3, "no-such-file")

    def test_the_rest_is_put_when_one_source_is_bad(self):
        result = self.client.run("put", self.write("a", b"a"), self.path("missing"), self.write("b", b"b"))
        self.assert_fails(result, 7, "missing")
        self.assertEqual(self.client.names(), ["a", "b"])

    def test_remote_paths_that_can_not_be_are_usage_errors(self):
        source = self.write("a", b"a")
        for remote in ("../a", "x/../a", "./a", "n" * 256, "/".join(["p" * 200] * 25)):
            with self.subTest(remote[:20]):
                self.assert_fails(self.client.run("put", source, "--name", remote), 2)
        self.assertEqual(self.client.names(), [])

    def test_the_longest_name_works(self):
        self.client.do("put", self.write("a", b"a"), "--name", "n" * 255)
        self.assertEqual(self.client.names(), ["n" * 255])

    def test_json_describes_each_file_and_ends_with_a_summary(self):
        objects = self.client.do("--json", "put", self.write("a", b"12345")).objects()
        self.assertEqual([item["type"] for item in objects], ["file", "summary"])
        self.assertEqual(objects[0]["path"].lstrip("/"), "a")
        self.assertEqual(objects[0]["size"], 5)
        self.assertRegex(objects[0]["sha256"], r"^[0-9a-f]{64}$")

    def test_json_gives_errors_as_objects(self):
        result = self.client.run("--json", "put", self.path("missing"))
        self.assertEqual(result.code, 3)
        self.assertEqual([item["type"] for item in result.objects()], ["error", "summary"])


class PutFolder(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())

    def test_a_folder_without_r_is_a_usage_error(self):
        self.write("photos/a.jpg", b"a")
        self.assert_fails(self.client.run("put", self.path("photos")), 2, "-r")
        self.assertEqual(self.client.names(), [])

    def test_r_puts_a_folder_with_everything_in_it(self):
        self.write("photos/a.jpg", b"a")
        self.write("photos/2024/b.jpg", b"b")
        self.client.do("put", "-r", self.path("photos"), "-t", "/backup/")
        self.assertEqual(self.client.names("-r"),
                         ["backup/", "backup/photos/", "backup/photos/2024/", "backup/photos/2024/b.jpg",
                          "backup/photos/a.jpg"])

    def test_a_slash_behind_the_folder_changes_nothing(self):
        self.write("photos/a.jpg", b"a")
        self.client.do("put", "-r", self.path("photos") + "/")
        self.assertEqual(self.client.names(), ["photos/"])

    def test_empty_folders_are_put_too(self):
        os.makedirs(self.path("photos", "empty"))
        self.client.do("put", "-r", self.path("photos"))
        self.assertEqual(self.client.names("-r"), ["photos/", "photos/empty/"])

    def test_one_bad_file_does_not_stop_the_rest(self):
        self.write("photos/a.jpg", b"a")
        self.write("photos/z.jpg", b"z")
        os.mkfifo(self.path("photos", "pipe"))
        os.symlink("nowhere", self.path("photos", "dangling"))
        result = self.client.run("put", "-r", "--follow", self.path("photos"))
        self.assert_fails(result, 7, "dangling", "pipe")
        self.assertEqual(self.client.names("/photos"), ["a.jpg", "z.jpg"])

    def test_a_second_put_of_the_same_folder_makes_no_new_versions(self):
        self.write("photos/a.jpg", b"a")
        listings = []
        for _ in range(2):
            self.client.do("put", "-r", self.path("photos"))
            listings.append(self.client.do("--json", "list", "/photos").objects()[0])
        self.assertEqual(listings[0], listings[1])


class ManyFiles(DriveTest):
    on_disk = True

    def test_five_thousand_small_files_go_up_in_one_command(self):
        client = self.local_client(self.start_server())
        for number in range(5000):
            self.write(f"many/{number % 50:02}/{number:04}", b"content of %d" % number)
        client.do("put", "-r", self.path("many"))
        files = [name for name in client.names("-r", "/many") if not name.endswith("/")]
        self.assertEqual(len(files), 5000)
        self.assertEqual(client.do("get", "/many/17/4967", "-o", "-").raw, b"content of 4967")


class Pipelining(DriveTest):
    def test_small_files_go_up_without_waiting_for_each_others_answers(self):
        server = self.start_server()
        proxy = self.start_proxy(server)
        client = self.enrol(server, at=proxy.address)
        for number in range(300):
            self.write(f"many/{number}", os.urandom(KIB))
        before = proxy.down
        client.do("list")
        # As much as a session needs to begin, and a few answers: then no more of them.
        proxy.hold_at("down", proxy.down - before + 500, only=True)
        sent = proxy.up
        upload = client.start("put", "-r", self.path("many"))
        wait_until(lambda: proxy.held() and proxy.up - sent > 200 * KIB, "200 files to go up before their answers come")
        proxy.release()
        _, errors = upload.communicate()
        self.assertEqual(upload.returncode, 0, errors)
        self.assertEqual(len(client.names("/many")), 300)


class TwoDevices(DriveTest):
    on_disk = True

    def test_two_devices_put_at_once_and_each_file_is_whole(self):
        server = self.start_server()
        sources = [self.write_large(f"from-{name}", 24 * MIB, seed) for seed, name in enumerate(("one", "two"))]
        devices = [self.enrol(server, name) for name in ("one", "two")]
        running = [device.start("put", source) for device, source in zip(devices, sources)]
        for process in running:
            _, errors = process.communicate()
            self.assertEqual(process.returncode, 0, errors)
        for source in sources:
            devices[0].do("get", os.path.basename(source), "-o", self.path("back"))
            self.assert_same_content(source, self.path("back"))

    def test_two_devices_put_to_one_name_and_one_of_the_two_files_stands(self):
        server = self.start_server()
        sources = [self.write_large(f"{name}/same", 8 * MIB, seed) for seed, name in enumerate(("one", "two"))]
        devices = [self.enrol(server, name) for name in ("one", "two")]
        running = [device.start("put", source) for device, source in zip(devices, sources)]
        for process in running:
            _, errors = process.communicate()
            self.assertEqual(process.returncode, 0, errors)
        devices[0].do("get", "same", "-o", self.path("back"))
        self.assertIn(sha256_of(self.path("back")), [sha256_of(source) for source in sources])


if __name__ == "__main__":
    unittest.main()

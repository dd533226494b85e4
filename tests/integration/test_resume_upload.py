"""An upload goes on where it was: after a kill of either side, after a cut, or not at all if the source changed."""

import os
import signal
import unittest

from harness import KIB, MIB, DriveTest

SLACK = 2 * MIB  # frames, TLS records, handshakes


class ResumeUpload(DriveTest):
    on_disk = True
    size = 160 * MIB

    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.proxy = self.start_proxy(self.server)
        self.client = self.enrol(self.server, at=self.proxy.address)
        self.source = self.write_large("big.bin", self.size)
        self.proxy.bytes["up"] = 0

    def start_and_hold_at(self, count):
        return self.start_and_hold(self.client, self.proxy, "up", count, "put", self.source)

    def kill(self, upload):
        upload.send_signal(signal.SIGKILL)
        upload.communicate()
        self.proxy.cut()
        self.proxy.release()

    def assert_arrived(self):
        self.local_client(self.server).do("get", os.path.basename(self.source), "-o", self.path("back"))
        self.assert_same_content(self.source, self.path("back"))

    def test_the_same_command_goes_on_after_a_killed_client(self):
        self.kill(self.start_and_hold_at(130 * MIB))
        self.client.do("put", self.source)
        self.assert_arrived()
        self.assertLess(self.proxy.up, self.size + 64 * MIB + SLACK)

    def test_nothing_is_visible_before_the_commit(self):
        self.kill(self.start_and_hold_at(20 * MIB))
        self.assertEqual(self.client.names(), [])

    def test_an_unfinished_upload_is_listed(self):
        self.kill(self.start_and_hold_at(40 * MIB))
        self.assertIn("big.bin", self.client.do("uploads").out)
        self.client.do("put", self.source)
        self.assertNotIn("big.bin", self.client.do("uploads").out)

    def test_the_same_command_goes_on_after_a_killed_server(self):
        upload = self.start_and_hold_at(130 * MIB)
        self.server.kill()
        self.kill(upload)
        self.server.restart()
        self.client.do("put", self.source)
        self.assert_arrived()
        self.assertLess(self.proxy.up, self.size + 64 * MIB + SLACK)

    def test_the_running_client_goes_on_by_itself_after_a_killed_server(self):
        upload = self.start_and_hold_at(130 * MIB)
        self.server.kill()
        self.proxy.cut()
        self.proxy.release()
        self.server.restart()
        _, errors = upload.communicate()
        self.assertEqual(upload.returncode, 0, errors)
        self.assert_arrived()
        self.assertLess(self.proxy.up, self.size + 64 * MIB + SLACK)

    def test_the_running_client_goes_on_by_itself_after_a_cut(self):
        self.proxy.cut_at("up", 100 * MIB)
        self.client.do("put", self.source)
        self.assertGreaterEqual(self.proxy.connections, 2)
        self.assert_arrived()
        self.assertLess(self.proxy.up, self.size + 16 * MIB + SLACK)

    def test_a_lost_answer_does_not_send_the_file_again(self):
        self.proxy.cut_at("up", self.size + 64 * KIB)
        self.client.do("put", self.source)
        self.assert_arrived()
        self.assertLess(self.proxy.up, self.size + 16 * MIB + SLACK)

    def test_a_source_that_changed_between_the_tries_is_sent_anew_with_a_word_about_it(self):
        self.kill(self.start_and_hold_at(100 * MIB))
        times = os.stat(self.source)
        with open(self.source, "r+b") as file:
            file.seek(5 * MIB)
            file.write(b"changed")
        os.utime(self.source, ns=(times.st_atime_ns, times.st_mtime_ns))
        again = self.client.do("put", self.source)
        self.assertRegex(again.err.lower(), r"chang|differ|anew|start(s|ed|ing)? over|again")
        self.assert_arrived()

    def test_a_source_with_another_time_is_another_upload(self):
        self.kill(self.start_and_hold_at(100 * MIB))
        with open(self.source, "r+b") as file:
            file.write(b"changed")
        self.client.do("put", self.source)
        self.assert_arrived()


class StandardInput(DriveTest):
    on_disk = True

    def test_a_stream_goes_on_within_the_process_after_a_cut(self):
        server = self.start_server()
        proxy = self.start_proxy(server)
        client = self.enrol(server, at=proxy.address)
        source = self.write_large("stream", 48 * MIB)
        proxy.cut_at("up", 30 * MIB)
        with open(source, "rb") as stream:
            upload = client.start("put", "-", "--name", "stream", stdin=stream)
            _, errors = upload.communicate()
        self.assertEqual(upload.returncode, 0, errors)
        client.do("get", "stream", "-o", self.path("back"))
        self.assert_same_content(source, self.path("back"))


class ManySmallFiles(DriveTest):
    on_disk = True

    def test_a_cut_in_the_middle_of_many_small_files_loses_none_and_doubles_none(self):
        server = self.start_server()
        proxy = self.start_proxy(server)
        client = self.enrol(server, at=proxy.address)
        for number in range(1000):
            self.write(f"many/{number:04}", b"%d " % number * 1000)
        proxy.cut_at("up", MIB)
        client.do("put", "-r", self.path("many"))
        self.assertGreaterEqual(proxy.connections, 2)
        self.assertEqual(len(client.names("/many")), 1000)


class MovingSource(DriveTest):
    """The source changes while it is read: the upload is held half-way, the source is changed, the upload goes on."""

    on_disk = True

    def put_while(self, change):
        server = self.start_server()
        proxy = self.start_proxy(server)
        client = self.enrol(server, at=proxy.address)
        source = self.write_large("moving", 48 * MIB)
        upload = self.start_and_hold(client, proxy, "up", 8 * MIB, "put", source)
        change(source)
        proxy.release()
        _, errors = upload.communicate()
        return client, source, upload.returncode, errors.decode()

    def assert_whole_or_absent(self, client, source, code, errors):
        """Either a consistent state of the source was kept, or it is a conflict and nothing is visible."""
        self.assertIn(code, (0, 6), errors)
        if code == 0:
            client.do("get", "moving", "-o", self.path("back"))
            self.assert_same_content(source, self.path("back"))
        else:
            self.assertEqual(client.names(), [])
        self.assertIn("moving", errors)

    def test_a_file_that_shrinks_while_it_is_read_is_never_kept_half(self):
        self.assert_whole_or_absent(*self.put_while(lambda source: os.truncate(source, 20 * MIB)))

    def test_a_file_that_grows_while_it_is_read_is_never_kept_half(self):
        def grow(source):
            with open(source, "ab") as file:
                file.write(b"more" * MIB)
        self.assert_whole_or_absent(*self.put_while(grow))


if __name__ == "__main__":
    unittest.main()

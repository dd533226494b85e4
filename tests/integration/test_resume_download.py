"""A download goes on where it was, and never shows a half or a wrong file."""

import os
import signal
import unittest

from harness import MIB, DriveTest

SLACK = 2 * MIB


class ResumeDownload(DriveTest):
    on_disk = True
    size = 128 * MIB

    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.proxy = self.start_proxy(self.server)
        self.client = self.enrol(self.server, at=self.proxy.address)
        self.source = self.write_large("source/big.bin", self.size)
        self.local_client(self.server).do("put", self.source)
        os.mkdir(self.path("here"))
        self.target = self.path("here", "big.bin")
        self.proxy.bytes["down"] = 0

    def start_and_hold_at(self, count):
        return self.start_and_hold(self.client, self.proxy, "down", count, "get", "big.bin", "-t", self.path("here"))

    def kill(self, download):
        download.send_signal(signal.SIGKILL)
        download.communicate()
        self.proxy.cut()
        self.proxy.release()

    def get_again(self):
        result = self.client.do("get", "big.bin", "-t", self.path("here"))
        self.assert_same_content(self.source, self.target)
        self.assertEqual(os.listdir(self.path("here")), ["big.bin"])
        return result

    def test_the_same_command_goes_on_after_a_killed_client(self):
        self.kill(self.start_and_hold_at(100 * MIB))
        self.assertFalse(os.path.exists(self.target))
        self.get_again()
        self.assertLess(self.proxy.down, self.size + 64 * MIB + SLACK)

    def test_the_running_client_goes_on_by_itself_after_a_cut(self):
        self.proxy.cut_at("down", 100 * MIB)
        self.get_again()
        self.assertGreaterEqual(self.proxy.connections, 2)
        self.assertLess(self.proxy.down, self.size + 16 * MIB + SLACK)

    def test_the_running_client_goes_on_by_itself_after_a_killed_server(self):
        download = self.start_and_hold_at(100 * MIB)
        self.server.kill()
        self.proxy.cut()
        self.proxy.release()
        self.server.restart()
        _, errors = download.communicate()
        self.assertEqual(download.returncode, 0, errors)
        self.assert_same_content(self.source, self.target)
        self.assertLess(self.proxy.down, self.size + 64 * MIB + SLACK)

    def test_standard_output_goes_on_after_a_cut_without_a_byte_twice(self):
        self.proxy.cut_at("down", 60 * MIB)
        with open(self.path("out"), "wb") as out:
            download = self.client.start("get", "big.bin", "-o", "-", stdout=out)
            _, errors = download.communicate()
        self.assertEqual(download.returncode, 0, errors)
        self.assert_same_content(self.source, self.path("out"))

    def test_an_old_file_stays_until_the_new_one_is_whole(self):
        self.write("here/big.bin", b"old")
        self.kill(self.start_and_hold_at(40 * MIB))
        self.assertEqual(self.read("here", "big.bin"), b"old")
        self.get_again()

    def test_a_file_that_changed_on_the_server_between_the_tries_comes_whole(self):
        self.kill(self.start_and_hold_at(60 * MIB))
        with open(self.source, "r+b") as file:
            file.write(b"changed")
        self.local_client(self.server).do("put", self.source)
        self.get_again()

    def test_a_part_that_was_altered_between_the_tries_is_noticed(self):
        self.kill(self.start_and_hold_at(60 * MIB))
        parts = [os.path.join(folder, name) for folder, _, names in os.walk(self.path("here")) for name in names]
        self.assertEqual(len(parts), 1, parts)
        with open(parts[0], "r+b") as part:
            part.write(b"altered")
        self.get_again()


if __name__ == "__main__":
    unittest.main()

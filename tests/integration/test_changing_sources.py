"""Files that somebody writes, links or gives another mode while they are sent."""

import os
import unittest

from harness import MIB, DriveTest
from waiting import DEADLINE

SIZE = 24 * MIB


class ChangingSources(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.proxy = self.start_proxy(self.server)
        self.client = self.enrol(self.server, at=self.proxy.address)
        self.source = self.write("container", b"A" * SIZE)

    def put_while(self, meanwhile):
        """Something is done to the source after the first bytes of it were sent."""
        put = self.start_and_hold(self.client, self.proxy, "up", 4 * MIB, "put", "-c", self.source)
        meanwhile()
        self.proxy.release()
        _, err = put.communicate(timeout=DEADLINE)
        self.assertEqual(put.returncode, 0, err)

    def write_and_take_back_the_time(self):
        times = os.stat(self.source)
        with open(self.source, "r+b") as file:
            file.write(b"B" * SIZE)
        os.utime(self.source, ns=(times.st_atime_ns, times.st_mtime_ns))

    def test_one_that_gets_its_old_time_back_is_stored_as_it_was_at_some_moment(self):
        self.put_while(self.write_and_take_back_the_time)
        self.assertEqual(self.local_client(self.server).do("cat", "container").raw, b"B" * SIZE)

    def test_one_that_gets_another_name_is_read_once_more_and_sent_once(self):
        self.put_while(lambda: os.link(self.source, self.path("another")))
        self.assertEqual(self.local_client(self.server).do("cat", "container").raw, b"A" * SIZE)
        self.assertLess(self.proxy.up, SIZE + 2 * MIB)


if __name__ == "__main__":
    unittest.main()

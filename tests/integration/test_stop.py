"""A server that is told to stop, with work under way that would take long."""

import os
import unittest

from faults import NAME, FaultsTest
from waiting import wait_until

SHUTTING_DOWN = 18  # on the wire


class Stop(FaultsTest):
    def leave_litter(self, count):
        """Files of an earlier run that nothing refers to; the folder in which they are."""
        folder = os.path.join(self.server.data, "objects", "ab", "")
        for number in range(count):
            self.write(f"{folder}{'ab':0<60}{number:04}.1", b"litter")
        return folder

    def test_a_collection_that_somebody_asked_for_is_cut_short(self):
        self.server.terminate()
        folder = self.leave_litter(400)
        self.faults.slow_down(NAME, folder, 50)
        self.server.restart()
        wait_until(lambda: self.faults.failed() > 0, "a collection to be under way")
        self.wire = self.connect()
        self.wire.log_in()
        self.wire.send("CollectNow", self.wire.stream())
        self.wire.send("Ping", 0)
        self.wire.receive("Pong")
        # The watchdog would end it with another exit code.
        self.assertEqual(self.server.terminate(), 0, self.server.log()[-2000:])
        answers = [frame for frame in self.wire.until_end() if frame.name == "Error"]
        self.assertEqual({frame.fields["code"] for frame in answers}, {SHUTTING_DOWN})


if __name__ == "__main__":
    unittest.main()

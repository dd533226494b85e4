"""Memory that the real server can't get: whoever asked for what needs it is told so, or loses the session; all others
are served, and the same works later."""

import unittest

from harness import KIB
from memory_test import LARGE, MOST_POINTS, MemoryTest


class FailingMemory(MemoryTest):
    def refuse_each(self, operation, least):
        """Each such allocation in turn, once; how many points there were, and how many of them the request felt."""
        points = felt = 0
        while points < MOST_POINTS:
            self.faults.refuse_memory(least, after=points, times=1)
            done = self.attempt(operation)
            self.faults.give_memory()
            self.assert_others_are_served()
            if self.faults.refused() == 0:
                self.assertTrue(done, operation.__name__)
                return points, felt
            points += 1
            felt += not done
            self.assertTrue(self.attempt(operation), f"{operation.__name__} after point {points}")
        raise AssertionError(f"{operation.__name__} does not end")

    def operations(self):
        return (self.log_in, self.put_small_file, self.put_large_file, self.get_small, self.get_large, self.verify,
                self.list_folder)

    def test_each_large_allocation_of_each_request_that_fails_ends_that_request_alone(self):
        self.make_folder()
        tried = {}
        for operation in self.operations():
            tried[operation.__name__] = self.refuse_each(operation, LARGE)
        print("large allocations refused, and felt:", tried)
        for name in ("put_small_file", "put_large_file", "get_small", "get_large", "verify", "list_folder"):
            self.assertGreater(tried[name][1], 0, tried)

    def test_while_nothing_large_can_be_had_small_requests_are_served_and_the_rest_is_told(self):
        self.make_folder()
        self.faults.refuse_memory(64 * KIB)
        for operation in (self.put_small_file, self.put_large_file, self.get_large, self.verify):
            self.assertFalse(self.attempt(operation), operation.__name__)
            self.assert_others_are_served()
        self.assertTrue(self.attempt(self.log_in))
        self.assertGreater(self.faults.refused(), 0)
        self.faults.give_memory()
        for operation in self.operations():
            self.assertTrue(self.attempt(operation), operation.__name__)


if __name__ == "__main__":
    unittest.main()

"""docs/security.md names the test that shows each promise: these tests are there, and so are their classes."""

import re
import unittest

from source_tree import files, text

PAGE = "docs/security.md"


class SecurityDocument(unittest.TestCase):
    def test_every_test_that_it_names_is_there(self):
        there = {file.rpartition("/")[2]: file for file in files(".py", ".cpp") if file.startswith("tests/")}
        named = re.findall(r'`(test_\w+\.(?:py|cpp))`(?:, "(\w+)")?', text(PAGE))
        self.assertGreater(len(named), 15)
        missing = [name for name, _ in named if name not in there]
        missing += [f"{name}, {group}" for name, group in named
                    if group and name in there and f"class {group}(" not in text(there[name])]
        self.assertEqual(missing, [])

    def test_every_threat_has_a_test(self):
        rows = [line for line in text(PAGE).splitlines() if line.startswith("| ") and "---" not in line]
        self.assertEqual([row for row in rows[1:] if "`test_" not in row], [])


if __name__ == "__main__":
    unittest.main()

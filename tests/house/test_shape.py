"""Rules of shape: small files, one way to begin a header, names that say something."""

import re
import unittest
from pathlib import Path

from source_tree import ROOT, files, text

SOURCES = (".hpp", ".cpp", ".py", ".proto")
MOST_LINES = 400
LONGEST_LINE = 120
EMPTY_NAMES = re.compile(r"(^|_)(manager|helpers?|utils?|misc|common)(_|\.|$)")


class Shape(unittest.TestCase):
    def fail_if_any(self, found):
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_no_source_file_is_longer_than_400_lines(self):
        lengths = ((file, len(text(file).splitlines())) for file in files(*SOURCES))
        self.fail_if_any([f"{file}: {lines} lines" for file, lines in lengths if lines > MOST_LINES])

    def test_no_line_is_longer_than_120_columns(self):
        self.fail_if_any([f"{file}:{number}: {len(line)} columns" for file in files(*SOURCES)
                          for number, line in enumerate(text(file).splitlines(), 1) if len(line) > LONGEST_LINE])

    def test_every_header_opens_with_a_comment_and_is_included_once(self):
        headers = [file for file in files(".hpp")]
        self.fail_if_any([f"{file}: no opening comment" for file in headers if not text(file).startswith("//")]
                         + [f"{file}: no #pragma once" for file in headers if "#pragma once" not in text(file)])

    def test_no_file_has_a_name_that_says_nothing(self):
        self.fail_if_any([file for file in files(*SOURCES) if EMPTY_NAMES.search(Path(file).name)])

    def test_no_header_opens_a_namespace_to_its_readers(self):
        self.fail_if_any([f"{file}: using namespace" for file in files(".hpp", ".cpp")
                          if re.search(r"^\s*using namespace", text(file), re.MULTILINE)])

    def test_every_unit_of_the_tree_is_compiled(self):
        """A .cpp that no CMakeLists.txt names is a test or a program that nobody runs."""
        orphans = []
        for file in files(".cpp"):
            lists = [ROOT / folder / "CMakeLists.txt" for folder in Path(file).parents]
            known = any(re.search(rf"(^|[\s/(]){re.escape(Path(file).name)}([\s)]|$)", path.read_text())
                        for path in lists if path.is_file())
            if not known:
                orphans.append(f"{file}: in no CMakeLists.txt")
        self.fail_if_any(orphans)


if __name__ == "__main__":
    unittest.main()

"""The documents: links that lead somewhere, and tables that agree with the code."""

import re
import unittest
from pathlib import Path

from source_tree import ROOT, files, text

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(file):
    """The names that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ +(.*)$", FENCE.sub("", text(file)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_nowhere(file, link):
    target, _, anchor = link.partition("#")
    page = (ROOT / file).parent / target if target else ROOT / file
    if not page.exists():
        return True
    return bool(anchor) and page.suffix == ".md" and anchor not in anchors(page.resolve().relative_to(ROOT))


class Documents(unittest.TestCase):
    def test_every_link_between_documents_leads_somewhere(self):
        found = [f"{file}: {link}" for file in files(".md") for link in LINK.findall(FENCE.sub("", text(file)))
                 if "://" not in link and leads_nowhere(file, link)]
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_files_that_comments_point_to_exist(self):
        """`docs/protocol.md` in a comment of the code is a link, too."""
        named = re.compile(r"\b(docs/[\w./-]+\.md|scripts/[\w-]+)\b")
        found = sorted({f"{file}: {name}" for file in files(".hpp", ".cpp", ".proto", ".py", ".cmake", ".md")
                        for name in named.findall(text(file)) if not (ROOT / name).exists()})
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_what_a_newcomer_looks_for_is_there(self):
        expected = ["README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "CMakePresets.json", ".clang-format",
                    ".clang-tidy", ".editorconfig", "docs/architecture.md", "docs/protocol.md",
                    "docs/storage-format.md", "docs/operations.md", "docs/security.md",
                    "docs/from-a-socket-to-a-drive.md", "packaging/ndiskd.service"]
        self.assertEqual([name for name in expected if not (ROOT / name).is_file()], [])

    def test_the_scripts_can_be_run(self):
        scripts = [path for folder in ("scripts", ".ci") for path in (ROOT / folder).iterdir() if path.is_file()]
        self.assertEqual([str(path) for path in scripts if not path.stat().st_mode & 0o100], [])

    def test_the_readme_lists_the_exit_codes_of_the_code(self):
        code = text("common/error.cpp")
        given = {int(number) for number in re.findall(r"return (\d+);", code)} | {0}
        listed = {int(number) for number in re.findall(r"^\| (\d+) \|", text("README.md"), re.MULTILINE)}
        self.assertEqual(given, listed)


if __name__ == "__main__":
    unittest.main()

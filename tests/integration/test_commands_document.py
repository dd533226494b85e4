"""Every example of docs/commands.md, run in its order as it stands there."""

import os
import re
import subprocess
import unittest
from pathlib import Path

from client import NDISK
from console import Command, Shell, commands_of, fault, with_programs
from harness import DriveTest
from server import NDISKD

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "commands.md"


class Examples(DriveTest):
    def test_they_do_what_the_document_says(self):
        server = self.start_server()
        client = self.local_client(server, name="home")
        environment = with_programs(client.environment, self.path("bin"), ndisk=NDISK, ndiskd=NDISKD)
        environment.update(INVITE=server.invite, TZ="UTC", DATA=server.data)
        os.mkdir(self.path("work"))
        shell = Shell(self.path("work"), environment)
        self.addCleanup(shell.close)
        faults = [fault(command, shell.run(command.text)) for command in commands_of(DOCUMENT.read_text("utf-8"))]
        found = [each for each in faults if each]
        self.assertEqual(found, [], "\n\n" + "\n\n".join(found))


class TheDocument(unittest.TestCase):
    def test_every_command_has_a_section_with_an_example(self):
        text = DOCUMENT.read_text("utf-8")
        known = subprocess.run([NDISK, "--help"], capture_output=True, text=True, check=True).stdout
        commands = {line.split()[0].strip(",") for line in known.splitlines()
                    if line.startswith("  ") and line[2].isalpha() and not line.startswith("  ndisk")}
        for name in sorted(commands):
            with self.subTest(name):
                section = re.search(rf"^### {name}$.*?(?=^##)", text + "\n##", re.MULTILINE | re.DOTALL)
                self.assertIsNotNone(section, "has no section")
                examples = [command.text for command in commands_of(section[0])]
                self.assertTrue(any(re.search(rf"\bndisk( -\S+)* {name}\b", example) for example in examples))

    def test_every_option_of_a_command_is_named_in_its_section(self):
        text = DOCUMENT.read_text("utf-8")
        sections = re.findall(r"^### [a-z]+$.*?(?=^##)", text + "\n##", re.MULTILINE | re.DOTALL)
        self.assertGreaterEqual(len(sections), 18)
        for section in sections:
            name = re.match(r"### ([a-z]+)", section)[1]
            shown = subprocess.run([NDISK, name, "--help"], capture_output=True, text=True, check=True).stdout
            options = set(re.findall(r"^  (?:-\w,)*(--[a-z-]+|-\d)", shown, re.MULTILINE)) - {"--help"}
            with self.subTest(name):
                self.assertEqual({option for option in options if option not in section}, set())

    def test_the_check_itself_sees_a_difference(self):
        self.assertIsNone(fault(Command(1, "x", ["a … HEX"]), ["a b c 0f"]))
        for printed in ([], ["a b c xyz"], ["a b 0f", "more"]):
            self.assertIsNotNone(fault(Command(1, "x", ["a … HEX"]), printed))


if __name__ == "__main__":
    unittest.main()

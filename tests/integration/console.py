"""The ```console blocks of a document: commands, what they print, and a shell that runs them as they stand there."""

import os
import re
import subprocess
from dataclasses import dataclass, field

BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
MARK = "--- console: end of command ---"


@dataclass
class Command:
    line: int  # in the document
    text: str
    expected: list = field(default_factory=list)  # lines; "…" stands for anything, HEX for hexadecimal digits


def commands_of(text):
    found = []
    for block in BLOCK.finditer(text):
        first = text[:block.start(1)].count("\n") + 1
        for number, line in enumerate(block[1].splitlines(), first):
            if line.startswith("$ "):
                found.append(Command(number, line[2:]))
            elif line.startswith("> "):
                found[-1].text += "\n" + line[2:]
            else:
                found[-1].expected.append(line)
    return found


def matches(expected, printed):
    pattern = re.escape(expected).replace("…", ".*").replace("HEX", "[0-9a-f]+")
    return re.fullmatch(pattern, printed) is not None


def fault(command, printed):
    """What is wrong with the lines that a command printed; None if nothing is."""
    same = len(printed) == len(command.expected) and all(map(matches, command.expected, printed))
    if same:
        return None
    return "\n".join([f"line {command.line}: $ {command.text}", "expected:", *command.expected, "printed:", *printed])


class Shell:
    """One bash for all commands, so that `cd` and `$?` mean what they mean to a person."""

    def __init__(self, folder, environment):
        self.process = subprocess.Popen(["bash", "--norc", "--noprofile"], cwd=folder, env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.run("umask 022")

    def run(self, text):
        """The lines that it prints, on both streams."""
        self.process.stdin.write(f"{text}\n__code=$?; printf '%s\\n' '{MARK}'; (exit $__code)\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.endswith(MARK + "\n"):
                rest = line[:-len(MARK) - 1]
                return lines + ([rest] if rest else [])
            lines.append(line.rstrip("\n"))
        raise AssertionError(f"the shell ended in: {text}")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def with_programs(environment, folder, **programs):
    """The environment with these programs in front of all others, by their names."""
    os.makedirs(folder, exist_ok=True)
    for name, path in programs.items():
        os.symlink(os.path.realpath(path), os.path.join(folder, name))
    return {**environment, "PATH": folder + os.pathsep + environment["PATH"]}

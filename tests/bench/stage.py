"""Where a benchmark plays: its folders, the programs of a build, and how commands are run and timed."""

import filecmp
import os
import shutil
import subprocess
import time

MIB = 1 << 20
# Root's server would give root up, and not come to folders that are closed to others.
STAY_ROOT = ["--run-as", "root"] if os.geteuid() == 0 else []


class Stage:
    """Makes `root` at the start and removes it at the end; everything that plays on it is closed first."""

    def __init__(self, build, root, quick, runs):
        self.build, self.root, self.quick, self.runs = os.path.abspath(build), root, quick, runs
        self.players = []
        shutil.rmtree(root, ignore_errors=True)
        os.makedirs(root)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        while self.players:
            self.players.pop().close()
        shutil.rmtree(self.root, ignore_errors=True)

    def program(self, name):
        return os.path.join(self.build, name)

    def path(self, *names):
        return os.path.join(self.root, *names)

    def folder(self, *names):
        os.makedirs(self.path(*names), exist_ok=True)
        return self.path(*names)

    def add(self, player):
        """Closed at the end, the last first."""
        self.players.append(player)
        return player

    def say(self, text):
        print(text, flush=True)


def run(arguments, environment=None, wrap=()):
    """Seconds that a command took, as a process; it has to succeed."""
    began = time.perf_counter()
    done = subprocess.run([*wrap, *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False)
    took = time.perf_counter() - began
    if done.returncode != 0:
        error = done.stderr.decode(errors="replace").strip()[-400:]
        raise SystemExit(f"{' '.join(arguments)[:200]} ended with {done.returncode}: {error}")
    return took


def remove(*paths):
    for path in paths:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.remove(path)


def require_same_file(left, right):
    if not filecmp.cmp(left, right, shallow=False):
        raise SystemExit(f"{right} is not what {left} is")


def require_same_tree(left, right):
    """The same names with the same bytes; nothing more on either side."""
    done = subprocess.run(["diff", "--recursive", "--brief", left, right], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{right} is not what {left} is: {done.stdout[:400]}{done.stderr[:400]}")

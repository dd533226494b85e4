"""A real server and real clients under load, killed at random moments; in the end every promise was kept.

See scripts/crashtest. The seed decides what is done; when a kill comes, and what it meets, differs from run to run.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "integration"))

from campaign import Campaign  # noqa: E402  pylint: disable=wrong-import-position
from harness import memory_folder  # noqa: E402  pylint: disable=wrong-import-position

ROUNDS_A_DRIVE = 12  # then a fresh one: what was proved once need not be read again for ever


def parse(arguments):
    parser = argparse.ArgumentParser(prog="crashtest", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the number of the first round, to begin later")
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--commands", type=int, default=12, help="of each client in a round")
    parser.add_argument("--kills", type=int, default=3, help="of the server in a round, at most")
    parser.add_argument("--directory", help="where the drives are (default: memory if there is room, else the disk)")
    return parser.parse_args(arguments)


class Sum:
    def __init__(self):
        self.totals = {}
        self.longest_start = 0.0

    def add(self, campaign):
        for worker in campaign.workers:
            figures = vars(worker.device.figures)
            for name, value in figures.items():
                self.totals[name] = self.totals.get(name, 0) + (sum(value.values()) if name == "commands" else value)
        self.totals["server_kills"] = self.totals.get("server_kills", 0) + campaign.arena.kills
        self.totals["of_them_stops"] = self.totals.get("of_them_stops", 0) + campaign.arena.stops
        self.longest_start = max(self.longest_start, campaign.arena.longest_start)

    def __str__(self):
        listed = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in self.totals.items())
        return f"{listed}, longest start {self.longest_start:.2f} s"


def play(settings, total, say):
    """All rounds; the first problem ends it, and its drive is kept."""
    parent = settings.directory or memory_folder()
    last = settings.first + settings.rounds
    for begin in range(settings.first, last, ROUNDS_A_DRIVE):
        folder = tempfile.mkdtemp(prefix="ndisk-crashtest-", dir=parent)
        campaign = Campaign(folder, f"{settings.seed} {begin}", settings.clients)
        number = begin
        try:
            for number in range(begin, min(begin + ROUNDS_A_DRIVE, last)):
                kills = number % settings.kills + 1 if settings.kills else 0
                campaign.play(f"{settings.seed} {number}", settings.commands, kills)
                say(f"round {number}: {campaign.count_files()} files, "
                    f"{campaign.arena.kills} ends of the server so far on this drive")
        except BaseException as problem:
            problem.add_note(f"crashtest --seed {settings.seed} --first {begin} --rounds {number - begin + 1} "
                             f"--clients {settings.clients} --commands {settings.commands} --kills {settings.kills}"
                             f"; kept: {folder}")
            raise
        finally:
            total.add(campaign)
            campaign.close()
        shutil.rmtree(folder)


def main():
    settings = parse(sys.argv[1:])
    total = Sum()
    begin = time.monotonic()
    print(f"crashtest --seed {settings.seed} --rounds {settings.rounds}", flush=True)
    try:
        play(settings, total, lambda line: print(line, flush=True))
    finally:
        print(f"after {time.monotonic() - begin:.0f} s: {total}", flush=True)
    print(f"{settings.rounds} rounds: every promise was kept.")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    sys.exit(main())

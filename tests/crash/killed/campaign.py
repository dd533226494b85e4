"""Rounds on one drive: clients at work while their server is killed; then everything is counted and read back."""

import os
import threading

from arena import Arena
from contents import FOLDER
from device import Device
from disk_check import check_disk
from ledger import Violation, compare
from readback import read_tree
from waiting import wait_until
from worker import Worker

USERS = ["owner", "owner", "second", "third"]  # of the clients, in turn; each client has a folder of its own
CLEAN_WITHIN = 20  # seconds
OWN_CHECKS = (("fsck", "--read-data"), ("gc",))


class Campaign:
    def __init__(self, folder, seed, clients):
        self.arena = Arena(os.path.join(folder, "data"), ["--keep-versions", "2"])
        users = [USERS[number % len(USERS)] for number in range(clients)]
        for user in sorted(set(users) - {"owner"}):
            self.arena.command("user", "add", user)
        self.workers = []
        for number, user in enumerate(users):
            device = Device(self.arena, os.path.join(folder, f"client-{number}"), user, f"{seed} device {number}")
            self.workers.append(Worker(device, f"c{number}", users.count(user) > 1, seed))

    def play(self, seed, commands, kills):
        """One round. Violation, or another AssertionError that says what went wrong."""
        problems = []

        def work(worker):
            try:
                worker.work(commands)
            except Exception as problem:  # pylint: disable=broad-except  # raised below
                problem.add_note(f"by {worker.root.decode()} of user {worker.device.user}")
                problems.append(problem)

        threads = [threading.Thread(target=work, args=(worker,)) for worker in self.workers]
        self.arena.begin_killing(seed, kills, longest_pause=1.2)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.arena.finish_killing(at_once=True)
        if problems:
            raise problems[0]
        self.check(gently=kills % 2 == 0)

    def check(self, gently):
        """Nothing is under way: what every client was promised is there, and nothing else is on the disk."""
        for worker in self.workers:
            for upload in worker.uploads():
                worker.device.do("uploads", "--cancel", upload)
        self.arena.restart(gently)
        for worker in self.workers:
            worker.check()
        self.check_users()
        self.check_tree()
        self.await_clean_disk()
        self.check_by_ndiskd()
        self.arena.check_alive()

    def files_of(self, user):
        return {path: value for worker in self.workers if worker.device.user == user
                for path, value in worker.ledger.state.items()}

    def check_users(self):
        for item in self.arena.command("user", "list"):
            files = [value for value in self.files_of(item["name"]).values() if value != FOLDER]
            expected = (len(files), sum(file.size for file in files), 0)
            seen = (item["files"], item["bytes"], item["staged_bytes"])
            if seen != expected:
                raise Violation(f"user {item['name']} has {seen} files, bytes and staged bytes, expected {expected}")

    def check_tree(self):
        """The tree on the server's disk shows the same, as soon as it has caught up."""
        for user in {worker.device.user for worker in self.workers}:
            expected = self.names_and_contents(self.files_of(user))
            root = os.path.join(os.fsencode(self.arena.server.data), b"tree", user.encode())
            try:
                wait_until(lambda root=root, expected=expected: self.tree_at(root) == expected, "the tree", 20, 0.1)
            except AssertionError:
                compare(expected, self.tree_at(root), f"tree/{user}")

    @staticmethod
    def names_and_contents(files):
        return {path: value if value == FOLDER else (value.size, value.sha256) for path, value in files.items()}

    def tree_at(self, root):
        try:
            return self.names_and_contents(read_tree(root))
        except FileNotFoundError:
            return None  # it moves

    def await_clean_disk(self):
        """The collector's first run after the start has removed all litter."""
        data = self.arena.server.data
        try:
            wait_until(lambda: not check_disk(data), "a clean disk", CLEAN_WITHIN, 0.2)
        except AssertionError:
            if found := check_disk(data):
                listed = "\n  ".join(found[:20])
                raise Violation(f"{CLEAN_WITHIN} s after the start the disk is not clean:\n  {listed}") from None

    def check_by_ndiskd(self):
        """Its own check reads every byte and finds nothing; its collector has nothing left to do."""
        for arguments in OWN_CHECKS:
            done = self.arena.server.command(*arguments)
            if done.returncode != 0:
                raise Violation(f"ndiskd {' '.join(arguments)} ended with {done.returncode}: "
                                f"{done.stdout}{done.stderr}")
        if found := check_disk(self.arena.server.data):
            raise Violation("after ndiskd's own checks the disk is not as before:\n  " + "\n  ".join(found[:20]))

    def count_files(self):
        return sum(len(worker.ledger.files()) for worker in self.workers)

    def close(self):
        self.arena.close()


"""Long random sequences of operations, played on a real server and on the model: they have to agree at every step.

The environment chooses other sequences than the suite's: NDISK_MODEL_SEED, NDISK_MODEL_SEQUENCES (how many),
NDISK_MODEL_FIRST (the number of the first) and NDISK_MODEL_LENGTH (operations in each, more or less). A failure prints
those that play it again.
"""

import os
import tempfile
import unittest
from unittest import mock

from harness import SANITIZED, DriveTest
from model import nodes
from model.drive import OPERATIONS, Drive
from model.player import Disagreement, Player
from model.sequences import Sequence
from model.sessions import Farm
from model.shrinking import shrink


def setting(name, default):
    return int(os.environ.get(f"NDISK_MODEL_{name}", default))


SEED = setting("SEED", 1)
FIRST = setting("FIRST", 0)
COUNT = setting("SEQUENCES", 100 if SANITIZED else 1000)
LENGTH = setting("LENGTH", 45)


def interruptions(number):
    """Some sequences have the server stopped in the middle, some have it killed."""
    return ["restart"] * (number % 50 == 7) + ["crash"] * (number % 25 == 3)


class AgreementTest(DriveTest):
    def make_farm(self, tree):
        farm = Farm(tempfile.mkdtemp(dir=self.directory), tree)
        self.addCleanup(farm.close)
        return farm

    def play(self, farm, steps):
        """What went wrong; None: nothing."""
        try:
            farm.empty()
            Player(farm).play(steps)
            return None
        except (AssertionError, OSError, EOFError) as problem:
            farm.recover()
            return problem

    def play_number(self, farm, number):
        steps = Sequence(f"{SEED} {number}", LENGTH, interruptions(number)).steps
        problem = self.play(farm, steps)
        if problem is None:
            return
        about = getattr(problem, "about", None)
        shorter = shrink(steps, lambda fewer: getattr(self.play(farm, fewer), "about", "nothing") == about)
        last = self.play(farm, shorter)
        listed = "\n".join(f"  {step}" for step in shorter)
        self.fail(f"the server and the model disagree; to play it again:\n  NDISK_MODEL_SEED={SEED} "
                  f"NDISK_MODEL_FIRST={number} NDISK_MODEL_SEQUENCES=1 NDISK_MODEL_LENGTH={LENGTH}\n"
                  f"at step {getattr(problem, 'step', '?')}: {problem!s}\n"
                  f"the shortest sequence that was found to fail:\n{listed}\nwhich ends with: {last!s}")


class Agreement(AgreementTest):
    def test_the_server_does_as_the_model_in_random_sequences(self):
        farms = {}
        for number in range(FIRST, FIRST + COUNT):
            tree = number % 20 == 11
            if tree not in farms:
                farms[tree] = self.make_farm(tree)
            self.play_number(farms[tree], number)


class WrongModels(AgreementTest):
    """The test of the test: a model that is a little wrong is found out."""

    ENOUGH = 60

    def assert_found_out(self, wrong):
        farm = self.make_farm(tree=False)
        with wrong:
            found = (self.play(farm, Sequence(f"wrong {number}", 45).steps) for number in range(self.ENOUGH))
            first = next(filter(None, found), None)
        self.assertIsInstance(first, Disagreement)

    def test_one_that_forgets_a_version(self):
        def add_version(drive, file, version):
            file.versions = [*file.versions[-1:], version]

        self.assert_found_out(mock.patch.object(Drive, "add_version", add_version))

    def test_one_that_does_a_request_twice(self):
        self.assert_found_out(mock.patch.object(Drive, "once", lambda drive, operation, do: do()))

    def test_one_that_keeps_the_time_of_an_existing_folder(self):
        right = Drive.make_folder

        def make_folder(drive, operation, seen):
            node = drive.find(operation["path"]) if operation["path"].count(b"//") == 0 else None
            kept = {name: value for name, value in operation.items() if name != "attributes" or node is None}
            return right(drive, kept, seen)

        self.assert_found_out(mock.patch.dict("model.drive.OPERATIONS", {"make_folder": make_folder}))

    def test_one_that_forgets_that_names_are_taken_when_it_restores(self):
        self.assert_found_out(mock.patch("model.history.free_name", lambda folder, name, is_folder: name))

    def test_one_that_does_not_count_what_is_deeper_than_a_folders_own_entries(self):
        right = nodes.totals

        def totals(folder):
            return {**right(folder), "files": sum(not child.is_folder for child in folder.children.values())}

        self.assert_found_out(mock.patch("model.nodes.totals", totals))

    def test_one_that_moves_a_file_without_its_history(self):
        right = OPERATIONS["move"]

        def move(drive, operation, seen):
            answer = right(drive, operation, seen)
            if answer["name"] == "Done" and not (moved := drive.find(answer["path"]) or drive.root).is_folder:
                moved.versions = moved.versions[-1:]
            return answer

        self.assert_found_out(mock.patch.dict("model.drive.OPERATIONS", {"move": move}))

    def test_one_that_takes_content_of_another_user_for_held(self):
        self.assert_found_out(mock.patch("model.uploads.is_held", lambda drive, content: True))


if __name__ == "__main__":
    unittest.main()

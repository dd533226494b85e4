"""What one client's folder of the drive must hold: the model that the server is compared with.

A command is one or more steps, each of which is done whole or not at all. A step is a dictionary: for each path that it
touches what stands there afterwards (a File, FOLDER, or None: nothing). Paths are bytes, relative to the drive.
"""


from contents import FOLDER


class Violation(AssertionError):
    """A promise that was broken."""


class Ledger:
    def __init__(self):
        self.state = {}

    def below(self, folder):
        return {path: value for path, value in self.state.items() if path.startswith(folder + b"/")}

    def files(self, below=b""):
        return [path for path, value in self.state.items() if value != FOLDER and path.startswith(below)]

    def folders(self):
        return [path for path, value in self.state.items() if value == FOLDER]

    def do(self, step):
        for path, value in step.items():
            if value is None:
                self.state.pop(path, None)
            else:
                self.state[path] = value

    def check(self, actual, what="the drive"):
        """Everything is known: it has to be exactly so."""
        compare(self.state, actual, what)

    def settle(self, actual, steps, acknowledged):
        """After a command that did not end well: each step was done or not, and those of which a path was reported as
        done were. From then on what was found counts. Returns how many steps were done."""
        touched = set().union(*steps) if steps else set()
        compare({path: value for path, value in self.state.items() if path not in touched},
                {path: value for path, value in actual.items() if path not in touched},
                "what the command did not touch")
        done = 0
        for step in steps:
            seen = {path: actual.get(path) for path in step}
            if seen == step:
                done += 1
                self.do(step)
            elif acknowledged & step.keys():
                raise Violation(f"reported as done, and it is not: expected {shown(step)}, found {shown(seen)}")
            elif seen != {path: self.state.get(path) for path in step}:
                before = {path: self.state.get(path) for path in step}
                raise Violation(f"half done: before {shown(before)}, afterwards {shown(step)}, found {shown(seen)}")
        return done


def compare(expected, actual, what):
    wrong = {path for path in expected.keys() | actual.keys() if expected.get(path) != actual.get(path)}
    if wrong:
        listed = "\n".join(f"  {path!r}: expected {expected.get(path)}, found {actual.get(path)}"
                           for path in sorted(wrong)[:20])
        raise Violation(f"{what}: {len(wrong)} paths are not as they must be:\n{listed}")


def shown(step):
    listed = ", ".join(f"{path!r}: {value}" for path, value in sorted(step.items())[:8])
    return "{" + listed + (", …}" if len(step) > 8 else "}")

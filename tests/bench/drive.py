"""A real ndiskd on a port of its own with a client that is enrolled, for benchmarks."""

import os
import re
import subprocess
import time

from stage import STAY_ROOT, remove, run

SECONDS_FOR_TREE = 60
READY = re.compile(r"^ready (\S+):(\d+)$")


class Drive:
    """Its data are in `data`; reset() makes them anew. TLS unless `plain`."""

    def __init__(self, stage, data, plain=False, options=(), host="127.0.0.1", server_wrap=(), client_wrap=()):
        self.stage, self.data, self.plain, self.host = stage, data, plain, host
        self.options = [*options, *(["--plaintext=always"] if plain else [])]
        self.server_wrap, self.client_wrap = list(server_wrap), list(client_wrap)
        self.home = stage.folder("homes", os.path.basename(data))
        self.environment = environment_of(self.home)
        self.process = None
        stage.add(self)
        self.start()

    def start(self):
        with open(self.data + ".log", "ab") as log:
            self.process = subprocess.Popen(
                [*self.server_wrap, self.stage.program("server/ndiskd"), "--data", self.data, "--no-invite",
                 "--listen", f"{self.host}:0", *STAY_ROOT, *self.options],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
        ready = READY.match(self.process.stdout.readline())
        if not ready:
            raise SystemExit(f"ndiskd did not start: see {self.data}.log")
        self.port = int(ready[2])
        self.log_in(self.environment)

    def log_in(self, environment, user=None, host=None):
        made = self.administer("invite", *(["--user", user] if user else [])).strip()
        invite = re.sub(r"//[^/]*/", f"//{host or self.host}:{self.port}/", made)
        run([self.stage.program("client/ndisk"), "login", invite], environment, self.client_wrap)

    def administer(self, *arguments):
        return subprocess.run([self.stage.program("server/ndiskd"), "--data", self.data, *arguments], check=True,
                              capture_output=True, text=True).stdout

    def arguments(self, *arguments):
        plain = ["-s", f"plain:{self.host}:{self.port}"] if self.plain else []
        return [self.stage.program("client/ndisk"), *plain, *arguments]

    def client(self, *arguments):
        """Seconds that the whole process took."""
        return run(self.arguments(*arguments), self.environment, self.client_wrap)

    def stored(self, *names, user="owner"):
        """Where a file stands in the server's tree."""
        return os.path.join(self.data, "tree", user, *names)

    def wait_for_tree(self, files, *names, user="owner"):
        """Until so many files are below the folder (or one is the file) of that name: the tree follows the commits."""
        path, end = self.stored(*names, user=user), time.monotonic() + SECONDS_FOR_TREE
        while count_files(path) < files:
            if time.monotonic() > end:
                raise SystemExit(f"{path} does not show what was stored")
            time.sleep(0.05)

    def memory(self, field="VmRSS"):
        """Of the server, in bytes."""
        with open(f"/proc/{self.pid()}/status", encoding="ascii") as status:
            return int(re.search(rf"{field}:\s+(\d+)", status.read())[1]) * 1024

    def pid(self):
        return self.process.pid

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def reset(self):
        """An empty drive, and the client enrolled there."""
        self.stop()
        remove(self.data, self.home)
        os.makedirs(self.home)
        self.start()

    close = stop


def count_files(path):
    if os.path.isfile(path):
        return 1
    return sum(len(names) for _, _, names in os.walk(path))


def environment_of(home):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NDISK", "XDG_"))}
    return {**kept, "HOME": home, "XDG_CONFIG_HOME": os.path.join(home, "config"),
            "XDG_CACHE_HOME": os.path.join(home, "cache")}

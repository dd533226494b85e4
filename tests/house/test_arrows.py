"""The arrows of the house (docs/architecture.md): which folder may include what."""

import unittest

from source_tree import ROOT, Include, includes

# A file belongs to the first folder here that it lies in. Only these folders of ours may be included from it.
MAY_INCLUDE = {
    "common/protocol": {"common", "common/protocol"},
    "common/net": {"common", "common/protocol", "common/net"},
    "common": {"common"},
    "storage": {"common", "storage"},
    "server": {"common", "common/protocol", "common/net", "storage", "server"},
    "client": {"common", "common/protocol", "common/net", "client"},
}

NETWORK = ("asio", "openssl/ssl.h", "sys/socket.h", "netinet/")
CLOCKS_AND_THREADS = ("chrono", "ctime", "time.h", "sys/time.h", "thread", "mutex", "condition_variable", "future")
# What each folder never includes, nor anything below it in the library's tree.
NEVER = {
    "common/protocol": NETWORK + CLOCKS_AND_THREADS + ("openssl/", "sqlite3.h", "filesystem", "fstream", "fcntl.h",
                                                       "unistd.h", "sys/", "common/clock.hpp"),
    "common": ("asio", "sqlite3.h", "google/protobuf", "ndisk.pb.h", "administration.pb.h"),
    "storage": NETWORK + ("google/protobuf", "ndisk.pb.h", "administration.pb.h"),
    "server": ("sqlite3.h", "openssl/"),
    "client": ("sqlite3.h", "openssl/"),
}

# These libraries are included by the files that wrap them and by no others.
ONLY_IN = {
    "sqlite3.h": ("storage/sqlite", "tests/crash/simulated_vfs.cpp", "tests/crash/database_locks.hpp"),
    "CLI/": ("server/main.cpp", "client/main.cpp", "client/commands/", "server/commands/",
             "server/options", "client/options"),
    "catch2/": ("tests/catch.hpp",),
}


def folder_of(file):
    return next((folder for folder in MAY_INCLUDE if file.startswith(folder + "/")), None)


def names(header, rule):
    """Whether a rule ("asio", "sys/", "sqlite3.h") is about this header."""
    return header == rule or header.startswith(rule if rule.endswith("/") else rule + "/") or header == rule + ".hpp"


def faults(include):
    folder = folder_of(include.file)
    if folder:
        if include.own and (ROOT / include.header).exists() and folder_of(include.header) not in MAY_INCLUDE[folder]:
            yield f"{folder} may not know {folder_of(include.header) or include.header}"
        for rule in NEVER.get(folder, ()):
            if names(include.header, rule):
                yield f"{folder} may never include {rule}"
    for rule, places in ONLY_IN.items():
        if names(include.header, rule) and not include.file.startswith(places):
            yield f"{rule} is for {', '.join(places)} only"


class Arrows(unittest.TestCase):
    def test_every_include_follows_the_arrows_of_the_house(self):
        found = [f"{include.file}:{include.line}: includes {include.header}: {fault}"
                 for include in includes() for fault in faults(include)]
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_own_headers_are_named_from_the_root(self):
        generated = {"administration.pb.h", "ndisk.pb.h"}
        found = [f"{include.file}:{include.line}: {include.header} is not a path from the root"
                 for include in includes()
                 if include.own and include.header not in generated and not (ROOT / include.header).is_file()]
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_the_scan_itself_sees_a_wrong_arrow(self):
        wrong = [Include("storage/drive.cpp", 1, "common/protocol/frame.hpp", True),
                 Include("storage/objects.cpp", 1, "asio.hpp", False),
                 Include("storage/objects.cpp", 1, "asio/ip/tcp.hpp", False),
                 Include("common/protocol/frame.cpp", 1, "filesystem", False),
                 Include("common/protocol/frame.cpp", 1, "common/clock.hpp", True),
                 Include("common/bytes.cpp", 1, "common/protocol/frame.hpp", True),
                 Include("client/put.cpp", 1, "storage/drive.hpp", True),
                 Include("server/session.cpp", 1, "sqlite3.h", False),
                 Include("client/transfer.cpp", 1, "CLI/CLI.hpp", False),
                 Include("tests/storage/test_drive.cpp", 1, "catch2/catch.hpp", False)]
        for include in wrong:
            with self.subTest(include):
                self.assertTrue(list(faults(include)))

    def test_the_scan_lets_right_arrows_pass(self):
        right = [Include("server/session.cpp", 1, "storage/drive.hpp", True),
                 Include("common/net/socket.cpp", 1, "asio/ip/tcp.hpp", False),
                 Include("storage/sqlite_database.cpp", 1, "sqlite3.h", False),
                 Include("client/commands/put.cpp", 1, "CLI/CLI.hpp", False)]
        for include in right:
            with self.subTest(include):
                self.assertEqual(list(faults(include)), [])


if __name__ == "__main__":
    unittest.main()

"""A data directory against its catalog, without a word to ndiskd: what is recorded is there, whole; nothing else is."""

import hashlib
import os
import sqlite3

from readback import read_tree

HEALTHY = 0


def check_disk(data):
    """What is wrong with a data directory at rest (its collector has run), in words, one an item."""
    catalog = sqlite3.connect(f"file:{os.path.join(data, 'ndisk.db')}?mode=ro", uri=True)
    try:
        return [*check_catalog(catalog), *check_objects(catalog, os.path.join(data, "objects")),
                *check_staging(catalog, os.path.join(data, "staging"))]
    finally:
        catalog.close()


def check_catalog(catalog):
    for (said,) in catalog.execute("PRAGMA integrity_check"):
        if said != "ok":
            yield f"integrity_check: {said}"
    wrong = {
        "objects with wrong refs": "SELECT id FROM objects o WHERE refs != "
                                   "(SELECT count(*) FROM versions WHERE object = o.id)",
        "objects that are not healthy": f"SELECT id FROM objects WHERE state != {HEALTHY}",
        "objects that nothing refers to": "SELECT id FROM objects WHERE refs = 0",
        "versions without an object": "SELECT id FROM versions WHERE object NOT IN (SELECT id FROM objects)",
        "versions without a node": "SELECT id FROM versions WHERE node NOT IN (SELECT id FROM nodes)",
        "files whose current version is not their newest": "SELECT id FROM nodes n WHERE kind != 2 AND version != "
                                                           "(SELECT max(id) FROM versions WHERE node = n.id)",
        "files that differ from their version": "SELECT n.id FROM nodes n JOIN versions v ON v.id = n.version "
                                                "JOIN objects o ON o.id = v.object WHERE n.kind != 2 AND "
                                                "(n.size, n.mtime, n.sha256) IS NOT (o.size, v.mtime, o.sha256)",
        "doomed nodes": "SELECT id FROM nodes WHERE parent = 0",
        "users with wrong stored bytes": "SELECT id FROM users u WHERE stored != "
                                         "(SELECT ifnull(sum(size), 0) FROM objects WHERE user = u.id)",
        "users with wrong totals": "SELECT u.id FROM users u LEFT JOIN folders f ON f.id = u.root "
                                   "WHERE (u.files, u.bytes) IS NOT (f.files, f.bytes)",
        "folders with wrong files": folder_totals("files", "c.kind != 2", "files", "1"),
        "folders with wrong bytes": folder_totals("bytes", "c.kind != 2", "bytes", "c.size"),
        "folders with wrong folders": folder_totals("folders", "c.kind = 2", "folders + 1", "1"),
    }
    for what, query in wrong.items():
        ids = [str(row[0]) for row in catalog.execute(query)]
        if ids:
            yield f"{what}: {len(ids)}, {', '.join(ids[:8])}"


def folder_totals(column, own, below, each):
    """Folders whose total is not that of their own entries and of the folders in them."""
    inner = below.replace("folders", "b.folders").replace("files", "b.files").replace("bytes", "b.bytes")
    entries = f"SELECT sum({each}) FROM nodes c WHERE c.parent = f.id AND {own}"
    if column == "folders":
        return (f"SELECT id FROM folders f WHERE {column} != ifnull((SELECT sum({inner}) FROM nodes c "
                "JOIN folders b ON b.id = c.id WHERE c.parent = f.id AND c.kind = 2), 0)")
    return (f"SELECT id FROM folders f WHERE {column} != ifnull(({entries}), 0) + ifnull((SELECT sum({inner}) "
            "FROM nodes c JOIN folders b ON b.id = c.id WHERE c.parent = f.id AND c.kind = 2), 0)")


def check_objects(catalog, folder):
    recorded = {}
    for number, sha256, size, mtime in catalog.execute("SELECT id, sha256, size, disk_mtime FROM objects"):
        recorded[f"{sha256.hex()[:2]}/{sha256.hex()}.{number}"] = (size, mtime, sha256.hex())
    found = {os.fsdecode(path): file for path, file in read_tree(os.fsencode(folder)).items() if b"/" in path}
    for name in sorted(recorded.keys() - found.keys()):
        yield f"object {name} is recorded and not there"
    for name in sorted(found.keys() - recorded.keys()):
        yield f"object {name} is there and nobody's"
    for name in sorted(found.keys() & recorded.keys()):
        seen = (found[name].size, found[name].mtime, found[name].sha256)
        if seen != recorded[name]:
            yield f"object {name} is {seen}, and recorded as {recorded[name]}"


def check_staging(catalog, folder):
    recorded = {row[0].hex() for row in catalog.execute("SELECT id FROM uploads")}
    found = set(os.listdir(folder))
    yield from (f"upload {name} is recorded and its bytes are not there" for name in sorted(recorded - found))
    yield from (f"staged file {name} is there and nobody's" for name in sorted(found - recorded))

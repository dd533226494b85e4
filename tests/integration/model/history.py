"""Earlier versions and the trash."""

from .nodes import (INVALID, IS_FOLDER, MAX_PART, NOT_FOLDER, NOT_FOUND, Refused, clone, files_of, find, split,
                    way_is_blocked)
from .references import ANYTHING, Reference


AFTER_ALL = 1 << 62


class TrashItem:
    def __init__(self, reference, path, node, device):
        self.reference, self.path, self.node, self.device = reference, path, node, device

    def clone(self):
        return TrashItem(self.reference, self.path, clone(self.node), self.device)


def list_versions(drive, operation, seen):
    node = drive.must_find(operation["path"])
    if node.is_folder:
        raise Refused(IS_FOLDER)
    versions = [{"version": version.reference, "size": version.size, "attributes": version.attributes,
                 "sha256": version.content.sha256, "device_name": drive.name_of(version.device),
                 "change": version.change, "current": int(version is node.current), "kind": version.kind,
                 "created_ns": Reference(("time", drive.user), version.reference.key, None)}
                for version in reversed(node.versions)]
    return {"name": "Versions", "versions": versions}


def restore(drive, operation, seen):
    path, wanted = operation["path"], operation.get("version")
    parts = split(path)

    def do():
        node = find(drive.root, parts)
        if node is not None and node.is_folder:
            raise Refused(IS_FOLDER)
        if node is None:
            return restore_from_trash(drive, path, wanted)
        if wanted is None:
            if len(node.versions) < 2:
                raise Refused(NOT_FOUND)
            version = node.versions[-2]
        else:
            version = next((each for each in node.versions if each.reference.key == tuple(wanted)), None)
            if version is None:
                raise Refused(NOT_FOUND)
        change = drive.changed()
        drive.add_version(node, drive.make_version(version.kind, version.content, version.mtime, version.mode))
        return {"name": "Done", "change": change, "path": path}

    return drive.once(operation, do)


def restore_from_trash(drive, path, wanted):
    item = next((each for each in reversed(drive.trash) if each.path == path), None)
    if item is None or wanted is not None:
        raise Refused(NOT_FOUND)
    return put_back(drive, item, split(path))


def put_back(drive, item, to):
    if not to:
        raise Refused(INVALID)
    if way_is_blocked(drive.root, to):
        raise Refused(NOT_FOLDER)
    name = free_name(find(drive.root, to[:-1]), to[-1], item.node.is_folder)
    drive.trash.remove(item)
    drive.make_way(to[:-1]).children[name] = item.node
    return {"name": "Done", "change": drive.changed(), "path": b"/".join([*to[:-1], name])}


def free_name(folder, name, is_folder):
    """`name`, or beside it where that is taken."""
    if folder is None:
        return name
    candidate, number = name, 0
    while candidate in folder.children:
        number += 1
        candidate = restored_name(name, is_folder, number)
    return candidate


def restored_name(name, is_folder, number):
    """"NAME (restored).EXT"; a name that is all extension is not split, and one that gets too long is cut before the
    mark, between characters."""
    mark = b" (restored)" if number == 1 else b" (restored %d)" % number
    stem, dot, extension = name.rpartition(b".")
    if not stem or is_folder or len(dot + extension + mark) >= MAX_PART:
        stem, dot, extension = name, b"", b""
    room = MAX_PART - len(mark + dot + extension)
    while 0 < room < len(stem) and stem[room] & 0xC0 == 0x80:
        room -= 1
    return stem[:room] + mark + dot + extension


def list_trash(drive, operation, seen):
    entries = []
    for item in reversed(drive.trash):
        files = files_of(item.node)
        entries.append({"id": item.reference, "path": item.path, "kind": item.node.kind, "files": len(files),
                        "device_name": drive.name_of(item.device), "bytes": sum(file.current.size for file in files),
                        "removed_ns": Reference(("time", drive.user), ("trash", item.reference.key), None),
                        "expires_ns": ANYTHING})
    return {"name": "Trash", "entries": entries}


def restore_trash(drive, operation, seen):
    to = split(operation["to"]) if operation.get("to") else None

    def do():
        item = next((each for each in drive.trash if each.reference.key == operation["trash"]), None)
        if item is None:
            raise Refused(NOT_FOUND)
        return put_back(drive, item, to or split(item.path))

    return drive.once(operation, do)


def empty_trash(drive, operation, seen):
    def do():
        ids = operation.get("trash")
        gone = [item for item in drive.trash if ids is None or item.reference.key in ids]
        if operation.get("before", AFTER_ALL) < AFTER_ALL:
            gone = []  # the sequences know only times before and after all of their own
        drive.trash = [item for item in drive.trash if item not in gone]
        for item in gone:
            for file in files_of(item.node):
                for version in file.versions:
                    drive.given_up.add(version.content.sha256)
        return {"name": "Done", "count": len(gone), "change": drive.changed() if gone else drive.change()}

    return drive.once(operation, do)

"""Moving and copying: where things end up, and what is in the way."""

from .nodes import (CONFLICT, INVALID, IS_FOLDER, MAX_PATH, NOT_FOLDER, NOT_FOUND, File, Folder, Refused, find, split,
                    way_is_blocked)


def target_of(drive, operation, is_folder_fine=True):
    """(source, its parts, parts of where it goes): the naming that Move and Copy share."""
    source, to = split(operation["from"]), split(operation["to"])
    node = find(drive.root, source)
    if not source:
        raise Refused(INVALID)
    if node is None:
        raise Refused(NOT_FOUND)
    if node.is_folder and not is_folder_fine:
        raise Refused(IS_FOLDER)
    there = find(drive.root, to)
    if there is not None and there.is_folder and not operation.get("exact"):
        to = [*to, source[-1]]
        split(b"/".join(to))
    if not to:
        raise Refused(INVALID)
    return node, source, to


def check_way(drive, to):
    parent = find(drive.root, to[:-1])
    if way_is_blocked(drive.root, to):
        raise Refused(NOT_FOLDER)
    if parent is None:
        raise Refused(NOT_FOUND)
    return parent


def check_itself(node, source, to):
    if source == to or (node.is_folder and to[:len(source)] == source):
        raise Refused(INVALID)


def check_replace(node, existing, no_clobber):
    if node.is_folder != existing.is_folder:
        raise Refused(NOT_FOLDER if node.is_folder else IS_FOLDER)
    if no_clobber:
        raise Refused(CONFLICT)


def move(drive, operation, seen):
    split(operation["from"]), split(operation["to"])

    def do():
        node, source, to = target_of(drive, operation)
        check_itself(node, source, to)
        parent = check_way(drive, to)
        existing = parent.children.get(to[-1])
        if existing is not None:
            check_replace(node, existing, operation.get("no_clobber"))
            if existing.is_folder and existing.children:
                raise Refused(CONFLICT)
            if not existing.is_folder:
                drive.put_in_trash(b"/".join(to), existing)
        del find(drive.root, source[:-1]).children[source[-1]]
        parent.children[to[-1]] = node
        return {"name": "Done", "change": drive.changed(), "path": b"/".join(to)}

    return drive.once(operation, do)


def copy(drive, operation, seen):
    split(operation["from"]), split(operation["to"])

    def do():
        node, source, to = target_of(drive, operation, is_folder_fine=may_be_folder)
        check_itself(node, source, to)
        parent = check_way(drive, to)
        check_merge(node, parent.children.get(to[-1]), to, operation.get("no_clobber"), node)
        version = None if node.is_folder else chosen_version(node, operation.get("version"))
        change = drive.changed()
        paste(drive, parent, to[-1], node, version)
        return {"name": "Done", "change": change, "path": b"/".join(to)}

    may_be_folder = operation.get("recursive") and operation.get("version") is None
    return drive.once(operation, do)


def chosen_version(file, wanted):
    if wanted is None:
        return file.current
    for version in file.versions:
        if version.reference.key == tuple(wanted):
            return version
    raise Refused(NOT_FOUND)


def check_merge(node, existing, path, no_clobber, source):
    """All of it fits, or none of it is done. Folders that are there are filled."""
    if len(b"/".join(path)) > MAX_PATH:
        raise Refused(INVALID)
    if existing is not None:
        check_replace(node, existing, no_clobber and not node.is_folder)
        if existing is source:
            raise Refused(INVALID)
    if node.is_folder:
        for name, child in sorted(node.children.items()):
            there = existing.children.get(name) if existing is not None else None
            check_merge(child, there, [*path, name], no_clobber, source)


def paste(drive, parent, name, node, version):
    existing = parent.children.get(name)
    if not node.is_folder:
        if existing is None:
            existing = parent.children[name] = File()
        drive.add_version(existing, drive.make_version(version.kind, version.content, version.mtime, version.mode))
        return
    if existing is None:
        existing = parent.children[name] = Folder(node.mtime, node.mode)
    for child_name, child in sorted(node.children.items()):
        paste(drive, existing, child_name, child, None if child.is_folder else child.current)

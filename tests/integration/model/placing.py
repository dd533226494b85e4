"""Moving and copying: where things end up, and what is in the way."""

from .nodes import CONFLICT, INVALID, IS_FOLDER, NOT_FOLDER, NOT_FOUND, File, Folder, Refused, find, split, \
    way_is_blocked
from .references import Reference


def target_of(drive, operation):
    """(source, parts of where it goes): the naming that Move and Copy share."""
    source, to = split(operation["from"]), split(operation["to"])
    node = find(drive.root, source)
    if not source:
        raise Refused(INVALID)
    if node is None:
        raise Refused(NOT_FOUND)
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


def check_itself(node, source, to, existing):
    if source == to:
        raise Refused(INVALID)
    if node.is_folder and to[:len(source)] == source:
        raise Refused(INVALID)


def move(drive, operation, seen):
    split(operation["from"]), split(operation["to"])

    def do():
        node, source, to = target_of(drive, operation)
        check_itself(node, source, to, None)
        parent = check_way(drive, to)
        existing = parent.children.get(to[-1])
        if existing is not None:
            if operation.get("no_clobber"):
                raise Refused(CONFLICT)
            if node.is_folder and not existing.is_folder:
                raise Refused(NOT_FOLDER)
            if existing.is_folder and not node.is_folder:
                raise Refused(IS_FOLDER)
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
        node, source, to = target_of(drive, operation)
        if node.is_folder and not operation.get("recursive"):
            raise Refused(IS_FOLDER)
        check_itself(node, source, to, None)
        parent = check_way(drive, to)
        wanted = operation.get("version")
        version = None
        if not node.is_folder:
            version = node.current
            if wanted is not None:
                version = next((each for each in node.versions if each.reference.key == tuple(wanted)), None)
                if version is None:
                    raise Refused(NOT_FOUND)
        elif wanted is not None:
            raise Refused(IS_FOLDER)
        check_merge(node, parent.children.get(to[-1]), operation.get("no_clobber"))
        change = drive.changed()
        paste(drive, parent, to[-1], node, version)
        return {"name": "Done", "change": change, "path": b"/".join(to)}

    return drive.once(operation, do)


def check_merge(node, existing, no_clobber):
    """All of it fits, or none of it is done."""
    if existing is None:
        return
    if node.is_folder != existing.is_folder:
        raise Refused(NOT_FOLDER if node.is_folder else IS_FOLDER)
    if not node.is_folder:
        if no_clobber:
            raise Refused(CONFLICT)
        return
    for name, child in node.children.items():
        check_merge(child, existing.children.get(name), no_clobber)


def paste(drive, parent, name, node, version):
    existing = parent.children.get(name)
    if not node.is_folder:
        if existing is None:
            existing = parent.children[name] = File()
        source = version or node.current
        drive.add_version(existing, drive.make_version(source.kind, source.content, source.mtime, source.mode))
        return
    if existing is None:
        existing = parent.children[name] = Folder(node.mtime, node.mode)
    for child_name, child in sorted(node.children.items()):
        paste(drive, existing, child_name, child, None)

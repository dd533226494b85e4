"""Requests that change nothing."""

import hashlib

from chunk_cuts import SMALLEST_LOG2, lengths_of

from .nodes import FOLDER, INVALID, IS_FOLDER, NOT_FOUND, Refused, entry, is_shown, split, totals, walk
from .references import ANYTHING, Reference

MAX_SMALL = 192 * 1024


def find_version(drive, operation):
    """(file or None, version) that Open and Verify mean."""
    path, wanted = operation["path"], operation.get("version")
    split(path)
    if wanted is None or path:
        node = drive.find(path)
        if node is not None and node.is_folder:
            raise Refused(IS_FOLDER)
        if node is None:
            raise Refused(NOT_FOUND)
        if wanted is None:
            return node.current
        candidates = node.versions
    else:
        candidates = drive.versions()
    for version in candidates:
        if version.reference.key == tuple(wanted):
            return version
    raise Refused(NOT_FOUND)


def open_file(drive, operation, seen):
    version = find_version(drive, operation)
    offset, length = operation.get("offset", 0), operation.get("length")
    condition = operation.get("if_content")
    if condition is not None and drive.contents(condition).sha256 != version.content.sha256:
        offset, length = 0, None
    if offset > version.size:
        raise Refused(INVALID)
    end = version.size if length is None else min(version.size, offset + length)
    return {"name": "SmallFile" if (offset, end) == (0, version.size) and end <= MAX_SMALL else "FileInfo",
            "size": version.size, "sha256": version.content.sha256, "attributes": version.attributes,
            "version": version.reference, "offset": offset, "kind": version.kind,
            "content": version.content.data[offset:end]}


def parts(drive, operation, seen):
    version = find_version(drive, operation)
    reached, content = 0, b""
    for part in operation["ranges"]:
        end = part["offset"] + part["length"]
        if part["offset"] < reached or end > version.size:
            raise Refused(INVALID)
        content += version.content.data[part["offset"]:end]
        reached = end
    return {"name": "Parts", "sha256": version.content.sha256, "version": version.reference, "content": content}


def chunks(drive, operation, seen):
    version = find_version(drive, operation)
    return {"name": "Chunks", "sha256": version.content.sha256, "version": version.reference,
            "lengths": lengths_of(version.content.data, SMALLEST_LOG2)}


def verify(drive, operation, seen):
    version = find_version(drive, operation)
    node = drive.find(operation["path"])
    current = node is not None and not node.is_folder and operation["path"] != b"" and node.current is version
    if operation["path"] == b"":
        current = any(below.current is version for _, below in walk(drive.root) if not below.is_folder)
    return {"name": "Verified", "version": version.reference, "size": version.size,
            "sha256": version.content.sha256, "current": int(current),
            "proof": hashlib.sha256(operation["nonce"] + version.content.data).digest()}


def check_receipt(drive, operation, seen):
    number = operation["sequence"]  # 0: the last one of an earlier sequence, if there was one
    digest = Reference(("receipt", drive.user), number, None) if 0 < number <= drive.receipts else b""
    return {"name": "ReceiptState", "last": drive.receipts, "change": drive.change(),
            "sha256": digest if number else ANYTHING}


def list_folder(drive, operation, seen):
    path = operation["path"]
    after = tuple(split(operation.get("after") or b""))
    node = drive.must_find(path)
    rule, with_totals = operation.get("filter"), operation.get("with_totals", False)
    if not node.is_folder:
        name = split(path)[-1]
        shown = (rule is None or is_shown(name, node, rule)) and not operation.get("folders_only")
        return {"name": "List", "is_file": True, "entries": [entry(name, node)] if shown else []}
    depth = operation.get("max_depth") or float("inf") if operation.get("recursive") else 1
    entries = []
    for parts, below in walk(node):
        if len(parts) > depth or parts <= after:
            continue
        if operation.get("folders_only") and not below.is_folder:
            continue
        if rule is None or is_shown(parts[-1], below, rule):
            entries.append(entry(b"/".join(parts), below, with_totals))
    return {"name": "List", "is_file": False, "entries": entries}


def stat(drive, operation, seen):
    path = operation["path"]
    node = drive.must_find(path)
    answer = {"name": "StatInfo", "entry": entry(path, node, with_totals=True)}
    if node.is_folder:
        if not path:
            answer["entry"] = {"path": b"", "kind": FOLDER, "totals": totals(node), "attributes": ANYTHING}
        return answer
    current = node.current
    return {**answer, "versions": len(node.versions), "change": current.change,
            "device_name": drive.name_of(current.device),
            "created_ns": Reference(("time", drive.user), current.reference.key, None)}

"""Large uploads: offers, cuts, resumption, content that is held already."""

from .nodes import FILE, INTEGRITY, INVALID, NOT_FOUND, Refused, split


def is_held(drive, content):
    """None: only emptied trash had it, and it may be gone by now; or it is in every drive at times (no bytes)."""
    if any(version.content.sha256 == content.sha256 for version in drive.versions()):
        return True
    return None if not content.data or content.sha256 in drive.given_up else False


def key_of(drive, operation):
    size = len(drive.contents(operation["content"]).data) if operation.get("sized", True) else None
    return drive.device, operation["path"], size, operation["mtime"]


def upload(drive, operation, seen):
    """The whole of one try: {"offset": where it went on, "end": the last answer}. It may stop after `cut` bytes."""
    answer = offer(drive, operation, seen)
    return answer if "end" in answer else end(drive, operation, answer)


def offer(drive, operation, seen):
    """Up to the last Data: the answer as far as it is known, with "end" if that was all."""
    split(operation["path"])
    content = drive.contents(operation["content"])
    again = drive.requests.get((drive.device, operation["request"]))
    if again:
        if again[0] != "commit":
            raise Refused(INVALID)
        return {"name": "Upload", "offset": None, "end": again[1]}
    key = key_of(drive, operation)
    drive.check_place(split(operation["path"]), operation.get("precondition"))
    if operation.get("with_digest"):
        held = is_held(drive, content)
        if held or held is None and (seen.get("end") or {}).get("instant"):
            drive.uploads.pop(key, None)
            return {"name": "Upload", "offset": None, "end": committed(drive, operation, content, instant=True)}
    staged = b"" if operation.get("start_over") else drive.uploads.get(key, b"")
    offset = len(staged) if content.data.startswith(staged) else 0  # else the client starts over
    length = len(content.data)
    cut = length if operation.get("cut") is None else max(offset, min(operation["cut"], length))
    drive.uploads.pop(key, None)
    drive.refused.discard(key)
    answer = {"name": "Upload", "offset": offset}
    try:
        came = what_comes(drive, operation, content.data, offset)[:cut]
    except Refused as refused:
        if offset:
            drive.uploads[key] = content.data[:offset]
            drive.refused.add(key)
        return {**answer, "end": {"name": "Error", "code": refused.code}}
    if cut:
        drive.uploads[key] = came
    return answer if operation.get("cut") is None else {**answer, "end": {"name": "Cut"}}


def what_comes(drive, operation, data, offset):
    """The content, of which a part may be taken from a version: of the same place, whatever stands there."""
    count = min(operation.get("copied_bytes", 0), len(data) - offset)
    if count <= 0:
        return data
    for version in drive.versions():
        if version.reference.key == tuple(operation["copied"]):
            if offset + count > version.size:
                raise Refused(INVALID)
            return data[:offset] + version.content.data[offset:offset + count] + data[offset + count:]
    raise Refused(NOT_FOUND)


def end(drive, operation, answer):
    """The Commit. What it is refused for leaves the upload waiting, but for a digest that differs. Nobody said that it
    is durable, as the answer to a Cancel does, so a crash may lose it."""
    content = drive.contents(operation["content"])
    staged = drive.uploads.pop(key_of(drive, operation), None)
    if operation.get("damaged") or (staged or b"") != content.data:
        return {**answer, "end": {"name": "Error", "code": INTEGRITY}}
    try:
        return {**answer, "end": committed(drive, operation, content, instant=False)}
    except Refused as refused:
        if staged:
            drive.uploads[key_of(drive, operation)] = staged
            drive.refused.add(key_of(drive, operation))
        return {**answer, "end": {"name": "Error", "code": refused.code}}


def committed(drive, operation, content, instant):
    return drive.once(operation, lambda: drive.commit(operation, FILE, content, instant))


def list_uploads(drive, operation, seen):
    listed = {(each["path"], each["size"]): each["durable"] for each in seen.get("uploads", ())}
    for key in drive.unsure & set(drive.uploads):
        drive.uploads[key] = drive.uploads[key][:listed.get((key[1], key[2] or 0), 0)]
        if not drive.uploads[key]:
            del drive.uploads[key]
    drive.unsure = set()
    waiting = [{"path": path, "size": size or 0} for _, path, size, _ in drive.uploads]
    waiting.sort(key=lambda upload: (upload["path"], upload["size"]))
    return {"name": "Uploads", "uploads": waiting}

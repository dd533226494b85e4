"""The messages of protocol ndisk/1, written from docs/protocol.md and ndisk.proto: frame type and fields of each."""

ATTRIBUTES = {"mtime_ns": (1, "sfixed64"), "mode": (2, "varint")}
PRECONDITION = {"must_not_exist": (1, "varint"), "if_version": (2, "varint")}
RECEIPT = {"sequence": (1, "varint"), "previous": (2, "bytes"), "durable_ns": (3, "sfixed64"),
           "signature": (4, "bytes"), "public_key": (5, "bytes"), "user": (6, "text")}
FILE_INFO = {"size": (1, "varint"), "sha256": (2, "bytes"), "attributes": (3, ATTRIBUTES), "version": (4, "varint"),
             "offset": (5, "varint"), "kind": (6, "varint")}
RANGE = {"offset": (1, "varint"), "length": (2, "varint")}
TOTALS = {"files": (1, "varint"), "folders": (2, "varint"), "bytes": (3, "varint")}
ENTRY = {"path": (1, "bytes"), "kind": (2, "varint"), "size": (3, "varint"), "attributes": (4, ATTRIBUTES),
         "version": (5, "varint"), "sha256": (6, "bytes"), "totals": (7, TOTALS)}
FILTER = {"names": (1, ["bytes"]), "kinds": (2, ["varint"]), "min_size": (3, "varint"), "max_size": (4, "varint"),
          "newer_than_ns": (5, "sfixed64"), "older_than_ns": (6, "sfixed64"), "empty": (7, "varint")}
VERSION = {"version": (1, "varint"), "size": (2, "varint"), "attributes": (3, ATTRIBUTES), "sha256": (4, "bytes"),
           "created_ns": (5, "sfixed64"), "device_name": (6, "text"), "change": (7, "varint"),
           "current": (8, "varint"), "kind": (9, "varint")}
TRASHED = {"id": (1, "varint"), "path": (2, "bytes"), "kind": (3, "varint"), "removed_ns": (4, "sfixed64"),
           "device_name": (5, "text"), "files": (6, "varint"), "bytes": (7, "varint"), "expires_ns": (8, "sfixed64")}
UPLOAD = {"upload_id": (1, "bytes"), "path": (2, "bytes"), "size": (3, "varint"), "durable": (4, "varint"),
          "started_ns": (5, "sfixed64"), "touched_ns": (6, "sfixed64"), "device_name": (7, "text"),
          "active": (8, "varint")}
USER = {"name": (1, "text"), "files": (2, "varint"), "bytes": (3, "varint"), "stored_bytes": (4, "varint"),
        "quota": (5, "optional varint"), "devices": (6, "varint"), "created_ns": (7, "sfixed64"),
        "staged_bytes": (8, "varint")}
DEVICE = {"device_id": (1, "bytes"), "name": (2, "text"), "user": (3, "text"), "created_ns": (4, "sfixed64"),
          "revoked_ns": (5, "optional sfixed64"), "sessions": (6, "varint"), "local": (7, "varint")}
FINDING = {"kind": (1, "text"), "user": (2, "text"), "path": (3, "bytes"), "version": (4, "varint"),
           "cause": (5, "text"), "advice": (6, "text"), "damage": (7, "varint"), "mended": (8, "varint"),
           "kept": (9, "text")}
PROGRESS = {"phase": (1, "text"), "done": (2, "varint"), "total": (3, "varint")}
CHECK_SUMMARY = {"objects": (1, "varint"), "bytes": (2, "varint"), "damage": (3, "varint"), "mended": (4, "varint"),
                 "litter": (5, "varint"), "skipped_bytes": (6, "varint"), "kept": (7, "varint")}
COLLECT_SUMMARY = {"expired_uploads": (1, "varint"), "trash": (2, "varint"), "versions": (3, "varint"),
                   "nodes": (4, "varint"), "objects": (5, "varint"), "litter": (6, "varint"),
                   "damaged": (7, "varint"), "newly_damaged": (8, "varint"),
                   "held_up": (9, "varint")}

MESSAGES = {  # name: (frame type, fields)
    "Hello": (0x01, {"version_min": (1, "varint"), "version_max": (2, "varint"), "software": (3, "text"),
                     "nonce": (4, "bytes")}),
    "ServerHello": (0x02, {"version": (1, "varint"), "software": (2, "text"), "nonce": (3, "bytes"),
                           "time_ns": (4, "sfixed64"), "max_streams": (5, "varint")}),
    "Login": (0x03, {"public_key": (1, "bytes"), "signature": (2, "bytes")}),
    "LocalLogin": (0x04, {}),
    "Enrol": (0x05, {"token": (1, "bytes"), "public_key": (2, "bytes"), "signature": (3, "bytes"),
                     "device_name": (4, "text")}),
    "Welcome": (0x06, {"user": (1, "text"), "device_id": (2, "bytes")}),
    "Error": (0x10, {"code": (1, "varint"), "message": (2, "text"), "retryable": (3, "varint")}),
    "Cancel": (0x11, {}),
    "Ping": (0x12, {"payload": (1, "bytes")}),
    "Pong": (0x13, {"payload": (1, "bytes"), "time_ns": (2, "sfixed64")}),
    "Progress": (0x14, {"received": (1, "varint"), "durable": (2, "varint")}),
    "GoAway": (0x15, {"reason": (1, "text")}),
    "End": (0x16, {}),

    "PutSmall": (0x20, {"request_id": (1, "bytes"), "path": (2, "bytes"), "attributes": (3, ATTRIBUTES),
                        "sha256": (4, "bytes"), "precondition": (5, PRECONDITION), "kind": (6, "varint"),
                        "receipt": (7, "varint")}),
    "Offer": (0x21, {"request_id": (1, "bytes"), "path": (2, "bytes"), "attributes": (3, ATTRIBUTES),
                     "size": (4, "varint"), "sha256": (5, "bytes"), "precondition": (6, PRECONDITION),
                     "start_over": (7, "varint"), "receipt": (8, "varint")}),
    "Resume": (0x22, {"upload_id": (1, "bytes"), "offset": (2, "varint"), "sha256": (3, "bytes")}),
    "Send": (0x23, {"upload_id": (1, "bytes"), "same_size_held": (2, "varint"), "held_samples": (3, ["bytes"])}),
    "Data": (0x24, None),
    "Commit": (0x25, {"sha256": (1, "bytes"), "size": (2, "varint")}),
    "Committed": (0x26, {"version": (1, "varint"), "size": (2, "varint"), "sha256": (3, "bytes"),
                         "change": (4, "varint"), "unchanged": (5, "varint"), "instant": (6, "varint"),
                         "receipt": (7, RECEIPT)}),
    "CopyRange": (0x27, {"offset": (1, "varint"), "version": (2, "varint"), "version_offset": (3, "varint"),
                         "length": (4, "varint")}),
    "GetChunks": (0x28, {"path": (1, "bytes"), "version": (2, "varint"), "average_log2": (3, "varint"),
                         "fixed": (4, "varint"), "ranges": (5, [RANGE])}),
    "ChunksPage": (0x29, {"hashes": (1, ["fixed64"]), "lengths": (2, ["varint"])}),

    "Open": (0x30, {"path": (1, "bytes"), "version": (2, "varint"), "offset": (3, "varint"), "length": (4, "varint"),
                    "if_sha256": (5, "bytes"), "ranges": (6, [RANGE])}),
    "FileInfo": (0x31, FILE_INFO),
    "SmallFile": (0x32, FILE_INFO),
    "Verify": (0x33, {"path": (1, "bytes"), "version": (2, "varint"), "nonce": (3, "bytes")}),
    "Verified": (0x34, {"version": (1, "varint"), "size": (2, "varint"), "sha256": (3, "bytes"), "proof": (4, "bytes"),
                        "current": (5, "varint")}),
    "CheckReceipt": (0x35, {"sequence": (1, "varint")}),
    "ReceiptState": (0x36, {"sha256": (1, "bytes"), "last": (2, "varint"), "change": (3, "varint")}),

    "List": (0x40, {"path": (1, "bytes"), "recursive": (2, "varint"), "after": (3, "bytes"), "filter": (4, FILTER),
                    "with_totals": (5, "varint"), "max_depth": (6, "varint"), "folders_only": (7, "varint")}),
    "ListPage": (0x41, {"entries": (1, [ENTRY]), "is_file": (2, "varint")}),
    "Stat": (0x42, {"path": (1, "bytes")}),
    "StatInfo": (0x43, {"entry": (1, ENTRY), "created_ns": (2, "sfixed64"), "device_name": (3, "text"),
                        "versions": (4, "varint"), "change": (5, "varint")}),
    "ListVersions": (0x44, {"path": (1, "bytes")}),
    "VersionsPage": (0x45, {"versions": (1, [VERSION])}),
    "ListTrash": (0x46, {}),
    "TrashPage": (0x47, {"entries": (1, [TRASHED])}),

    "Remove": (0x50, {"request_id": (1, "bytes"), "path": (2, "bytes"), "recursive": (3, "varint")}),
    "MakeFolder": (0x51, {"request_id": (1, "bytes"), "path": (2, "bytes"), "attributes": (3, ATTRIBUTES),
                          "must_not_exist": (4, "varint")}),
    "Done": (0x52, {"change": (1, "varint"), "path": (2, "bytes"), "count": (3, "varint")}),
    "ListUploads": (0x53, {}),
    "UploadsPage": (0x54, {"uploads": (1, [UPLOAD])}),
    "CancelUpload": (0x55, {"upload_id": (1, "bytes")}),
    "Move": (0x56, {"request_id": (1, "bytes"), "from": (2, "bytes"), "to": (3, "bytes"), "exact": (4, "varint"),
                    "no_clobber": (5, "varint")}),
    "Copy": (0x57, {"request_id": (1, "bytes"), "from": (2, "bytes"), "to": (3, "bytes"), "exact": (4, "varint"),
                    "no_clobber": (5, "varint"), "recursive": (6, "varint"), "version": (7, "varint")}),
    "Restore": (0x58, {"request_id": (1, "bytes"), "path": (2, "bytes"), "version": (3, "varint")}),
    "RestoreTrash": (0x59, {"request_id": (1, "bytes"), "id": (2, "varint"), "to": (3, "bytes")}),
    "EmptyTrash": (0x5A, {"request_id": (1, "bytes"), "ids": (2, ["varint"]), "removed_before_ns": (3, "sfixed64")}),

    "CreateInvite": (0x60, {"user": (1, "text"), "lifetime_seconds": (2, "varint")}),
    "Invite": (0x61, {"link": (1, "text")}),
    "GetStatus": (0x62, {}),
    "Status": (0x63, {"software": (1, "text"), "users": (2, "varint"), "devices": (3, "varint"),
                      "files": (4, "varint"), "bytes": (5, "varint"), "stored_bytes": (6, "varint"),
                      "free_bytes": (7, "varint"), "sessions": (8, "varint"), "uploads": (9, "varint"),
                      "uptime_seconds": (10, "varint"), "damaged_objects": (11, "varint"),
                      "damaged_versions": (12, "varint"), "scrub_read_bytes": (13, "varint"),
                      "scrub_total_bytes": (14, "varint"), "scrub_started_ns": (15, "optional sfixed64"),
                      "scrub_ended_ns": (16, "optional sfixed64")}),
    "CreateUser": (0x64, {"name": (1, "text"), "quota": (2, "varint")}),
    "RemoveUser": (0x65, {"name": (1, "text"), "with_files": (2, "varint")}),
    "SetQuota": (0x66, {"name": (1, "text"), "quota": (2, "varint")}),
    "ListUsers": (0x67, {}),
    "UsersPage": (0x68, {"users": (1, [USER])}),
    "ListDevices": (0x69, {"user": (1, "text")}),
    "DevicesPage": (0x6A, {"devices": (1, [DEVICE])}),
    "RevokeDevice": (0x6B, {"device_id": (1, "bytes")}),
    "Check": (0x6C, {"read_data": (1, "varint"), "repair": (2, "varint"), "rate": (3, "varint"),
                     "restart": (4, "varint")}),
    "CollectNow": (0x6D, {}),
    "Maintenance": (0x6F, {"findings": (1, [FINDING]), "progress": (2, PROGRESS), "check": (3, CHECK_SUMMARY),
                           "collect": (4, COLLECT_SUMMARY)}),
}

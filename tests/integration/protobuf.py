"""Just enough of protobuf's wire format for the messages of ndisk.proto, written without its compiler.

A message is a dict of field names; a schema maps names to (number, kind). Kinds: "varint" (uint32, uint64, bool, enum),
"bytes", "text", "sfixed64", "fixed64", or a schema for a message; in a list for a repeated
field. After "optional " a field that is not there reads as None, not as 0.
"""

VARINT, FIXED64, LENGTH = 0, 1, 2


def encode(schema, message):
    out = b""
    for name, value in message.items():
        number, kind = schema[name]
        for item in value if isinstance(kind, list) else [value]:
            out += _field(number, kind[0] if isinstance(kind, list) else kind, item)
    return out


def _field(number, kind, value):
    kind = _plain(kind)
    if kind == "varint":
        return _varint(number << 3 | VARINT) + _varint(int(value))
    if kind in ("sfixed64", "fixed64"):
        return _varint(number << 3 | FIXED64) + value.to_bytes(8, "little", signed=kind == "sfixed64")
    if kind == "text":
        value = value.encode()
    elif kind != "bytes":
        value = encode(kind, value)
    return _varint(number << 3 | LENGTH) + _varint(len(value)) + value


def _plain(kind):
    return kind.removeprefix("optional ") if isinstance(kind, str) else kind


def _varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def decode(schema, payload):
    """Fields that are not there have their default; unknown ones are passed over."""
    names = {number: (name, kind) for name, (number, kind) in schema.items()}
    message = {name: _default(kind) for name, (_, kind) in schema.items()}
    at = 0
    while at < len(payload):
        key, at = _read_varint(payload, at)
        value, at = _read_value(payload, at, key & 7)
        if key >> 3 in names:
            name, kind = names[key >> 3]
            if not isinstance(kind, list):
                message[name] = _as(kind, value)
            elif kind[0] == "fixed64" and key & 7 == LENGTH:
                message[name] += [int.from_bytes(value[i:i + 8], "little") for i in range(0, len(value), 8)]
            elif kind[0] == "varint" and key & 7 == LENGTH:
                message[name] += _packed(value)
            else:
                message[name].append(_as(kind[0], value))
    return message


def _packed(payload):
    values, at = [], 0
    while at < len(payload):
        value, at = _read_varint(payload, at)
        values.append(value)
    return values


def _default(kind):
    if isinstance(kind, list):
        return []
    if isinstance(kind, dict) or kind.startswith("optional "):
        return None
    return {"varint": 0, "sfixed64": 0, "bytes": b"", "text": ""}[kind]


def _as(kind, value):
    kind = _plain(kind)
    if kind in ("sfixed64", "fixed64"):
        return int.from_bytes(value, "little", signed=kind == "sfixed64")
    if kind == "text":
        return value.decode()
    return decode(kind, value) if isinstance(kind, dict) else value


def _read_varint(payload, at):
    value = shift = 0
    while True:
        byte = payload[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _read_value(payload, at, wire_type):
    if wire_type == VARINT:
        return _read_varint(payload, at)
    size = 8
    if wire_type == LENGTH:
        size, at = _read_varint(payload, at)
    elif wire_type != FIXED64:
        raise ValueError(f"wire type {wire_type}")
    if at + size > len(payload):
        raise ValueError("cut off")
    return payload[at:at + size], at + size

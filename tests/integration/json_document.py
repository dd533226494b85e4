"""docs/json.md as data: what each command may print, and which fields each object has."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "json.md"
TYPES = {"string": str, "number": (int, float), "boolean": bool}


def rows(text):
    """The cells of each row of the tables in a text, without headings."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and not set(cells[0]) <= {"-"} and cells[0] not in ("field", "command", "code"):
            yield cells


def names_in(text):
    return set(re.findall(r"`([a-z_0-9]+)`", text))


class Document:
    def __init__(self):
        text = DOCUMENT.read_text(encoding="utf-8")
        commands, _, objects = text.partition("## Objects")
        self.commands = {}
        self.objects = {}  # type: {field: (type, whether it is always there)}
        for cells in rows(commands):
            self.commands[cells[0].strip("`")] = names_in(cells[1]) | {"error", "summary"}
        for section in objects.split("\n### ")[1:]:
            name = section.splitlines()[0].strip("`")
            self.objects[name] = {cells[0].strip("`"): (TYPES[cells[1]], cells[2] == "always")
                                  for cells in rows(section) if len(cells) == 4}
        self.codes = {cells[0].strip("`"): int(cells[1]) for cells in rows(objects) if len(cells) == 2}

    def faults(self, command, item):
        """What an object has that the document does not say, and the other way round."""
        kind = item.get("type")
        if kind not in self.objects:
            return [f"{kind}: is in no table"]
        fields = self.objects[kind]
        found = [f"{kind}: comes from {command}"] if kind not in self.commands[command] else []
        for name, value in item.items():
            if name == "type":
                continue
            if name not in fields:
                found.append(f"{kind}.{name}: is in no table")
            elif not isinstance(value, fields[name][0]) or (isinstance(value, bool) != (fields[name][0] is bool)):
                found.append(f"{kind}.{name}: {value!r} is of another type")
        return found + [f"{kind}.{name}: is missing" for name, (_, always) in fields.items()
                        if always and name not in item]

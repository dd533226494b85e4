"""Writes the seed corpora of tests/fuzz from real encodings: one of everything that the wire knows, whole and cut.

    python3 make_seeds.py          into corpus/TARGET/, replacing what an earlier run wrote

The encodings are those of the independent protocol client (tests/integration/wire_messages.py). Seeds that libFuzzer
found and that are worth keeping stand beside them; only files named seed-* are this script's.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

import seed_frames  # noqa: E402
import seed_texts  # noqa: E402


def write(target, seeds):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("seed-*"):
        old.unlink()
    for name, content in seeds.items():
        (folder / f"seed-{name}").write_bytes(content)


def main():
    for module in (seed_frames, seed_texts):
        for target, seeds in module.SEEDS.items():
            write(target, seeds() if callable(seeds) else seeds)


if __name__ == "__main__":
    main()

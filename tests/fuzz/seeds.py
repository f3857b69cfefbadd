#!/usr/bin/env python3
"""Puts inputs to begin from into FOLDER/TARGET: real messages, configurations, instrument files and the like.

  tests/fuzz/seeds.py FOLDER
"""

import pathlib
import random
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
data = root / "tests/data"
# As in decoders.cpp.
codecs = ["ev44", "da00", "f144", "ad00", "x5f2", "6s4t", "pl72", "commands", "acknowledgements"]


def decoders():
    for file in sorted(data.glob("*.bin")):
        for number, codec in enumerate(codecs):
            if file.name.startswith(codec):
                yield bytes([number]) + file.read_bytes()
    for text in re.findall(r"^\{.*?^\}", (root / "docs/commands.md").read_text(), re.M | re.S):
        for number in (7, 8):
            yield bytes([number]) + text.encode()


def configuration():
    yield (root / "tools/demo.conf").read_bytes()
    for page in (root / "docs").glob("*.md"):
        for block in re.findall(r"^livedata \{.*?^\}", page.read_text(), re.M | re.S):
            yield block.encode()
    for file in (root / "packaging").rglob("*.conf"):
        yield file.read_bytes()


def instrument_file():
    for file in sorted((root / "instruments").glob("*.json")):
        if file.name != "instrument.schema.json" and file.stat().st_size < 30000:
            yield file.read_bytes()


def recording_file():
    magic = b"livedrec"
    for version in (1, 2):
        yield magic + version.to_bytes(4, "little")
    for file in sorted(data.rglob("*.rec")):
        yield file.read_bytes()[:20000]


def view_request():
    for line in ("GET /api/v1/status", "GET /api/v1/jobs", "GET /metrics", "GET /", "GET /api/v1/jobs/bank0/1/outputs/image?format=json"):
        yield line.encode() + b"\naccept: */*\n\n"
    yield b'POST /api/v1/jobs\norigin: http://localhost\n\n{"workflow": "a/b/1", "source": "bank0", "params": {}}'
    yield b'{"subscribe": [{"job": "bank0/1", "output": "image", "max_size": 256}]}'


def snapshot():
    """Of each form one: content of a file, a file, records with a manifest and chunks, the state of a service."""
    yield b"\0" + b"content"
    yield b"\1" + b"LDSNAP\n\0" + (1).to_bytes(4, "little") + bytes(32) + b"content"
    manifest = bytes([2, 0, 0, 2]) + (5).to_bytes(8, "little") + (9).to_bytes(8, "little") + (1).to_bytes(4, "little")
    chunk = bytes([3, 0]) + (0).to_bytes(2, "little") + bytes([1, 17]) + (5).to_bytes(8, "little") + b"a content"
    yield bytes([2, 3]) + chunk + manifest
    yield bytes([2, 1]) + manifest + chunk + bytes([2, 0, 1, 0])
    for content in numbers(4, 200):
        yield b"\3" + content
    table = [3, 4, 0, 0]
    yield b"\4" + b"".join(n.to_bytes(8, "little") for n in table) + b"head"


def numbers(how_many, size):
    """Numbers at random: for targets that build something of their input."""
    source = random.Random(1)
    for _ in range(how_many):
        yield source.randbytes(size)


kinds = {
    "decoders": decoders,
    "configuration": configuration,
    "instrument_file": instrument_file,
    "recording_file": recording_file,
    "saved_state": lambda: numbers(4, 200),
    "snapshot": snapshot,
    "nexus_file": lambda: numbers(20, 60),
    "engine": lambda: numbers(10, 400),
    "view_request": view_request,
}

for name, make in kinds.items():
    folder = pathlib.Path(sys.argv[1]) / name
    folder.mkdir(parents=True, exist_ok=True)
    for i, content in enumerate(make()):
        (folder / f"seed_{i:03}").write_bytes(content)

"""What the files of Tools/Fuzz say about themselves in their first lines."""

import dataclasses
import pathlib
import re

from . import TARGETS

SUPPORT = TARGETS / "Support.swift"


class Failed(Exception):
    """What cannot be built, and why."""


@dataclasses.dataclass(frozen=True)
class Fault:
    """Text of a source file, and what takes its place in the copy."""
    file: str
    text: str
    instead: str

    @property
    def module(self):
        return self.file.split("/")[1]

    def plant(self, source):
        if source.count(self.text) != 1:
            raise Failed(f"{self.file} has {source.count(self.text)} times what the fault replaces: {self.text}")
        return source.replace(self.text, self.instead)


@dataclasses.dataclass(frozen=True)
class Target:
    name: str
    path: pathlib.Path
    modules: tuple  # built with instrumentation
    others: tuple  # taken as they are, beside what the modules need
    faults: tuple
    length: int  # of the longest input, bytes


def all_targets():
    return [read(path) for path in sorted(TARGETS.glob("*.swift")) if path != SUPPORT]


def read(path):
    said = re.findall(r"^// (modules|others|planted|length): (.*)$", path.read_text(), re.MULTILINE)
    modules, others = (tuple(name for key, value in said if key == wanted for name in value.split()) for wanted in ("modules", "others"))
    faults = tuple(Fault(*(part.strip().replace(r"\n", "\n") for part in value.split(" | "))) for key, value in said if key == "planted")
    length = next((int(value) for key, value in said if key == "length"), 4096)
    return Target(path.stem.lower(), path, modules, others, faults, length)

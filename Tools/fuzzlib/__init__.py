"""The parts of Tools/fuzz."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGETS = ROOT / "Tools" / "Fuzz"
CORPORA = TARGETS / "corpora"
BUILD = ROOT / ".build" / "fuzz"

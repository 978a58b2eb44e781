"""Bytes per entity update on the checked-in trace: runs the program that encodes it, if this checkout has one."""
import json
import os
import pathlib
import subprocess
import tempfile

from showlib.relay import ROOT

PROGRAM = pathlib.Path(os.environ.get("WIRECOST", ROOT / ".build/release/wirecost"))
WHAT = "bytes per entity update"
BOUND = 5  # bytes
# Where each figure stands in the program's JSON, how the table calls it, and its target.
FIGURES = {
    "per_update": (("bytesPerUpdate",), "bytes per entity update", BOUND),
    "per_frame": (("bytesPerFrame",), "bytes per frame, of 8 players", None),
    "entropy": (("entropyBytesPerUpdate",), "the trace's own entropy, per update", None),
    "byte_oriented": (("others", "byteOriented"), "whole bytes instead of bits, per update", None),
    "float32": (("others", "float32"), "raw float32, per update", None),
    "json": (("others", "json"), "JSON, per update", None),
}


def look_up(found, path):
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, (int, float)) else None


def measure(findings):
    findings.begin("Bytes", "8 players, seeded random walk, x y z to 1 cm and yaw to 0.5°, 30 Hz, 60 s")
    if not os.access(PROGRAM, os.X_OK):
        return findings.skip(WHAT, f"there is no {PROGRAM.relative_to(ROOT) if PROGRAM.is_relative_to(ROOT) else PROGRAM}: swift build -c release --product wirecost")
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        ran = subprocess.run([PROGRAM, "--json", file.name], cwd=ROOT, capture_output=True, text=True, timeout=120)
        text = pathlib.Path(file.name).read_text()
    if ran.returncode or not text.strip():
        return findings.skip(WHAT, f"{PROGRAM.name} ended with {ran.returncode}: {(ran.stderr or ran.stdout).strip()[-200:]}")
    found = json.loads(text)
    figures = {name: look_up(found, path) for name, (path, _, _) in FIGURES.items()}
    if figures["per_update"] is None:
        return findings.skip(WHAT, f"{PROGRAM.name} says nothing of it, but of: {', '.join(sorted(found))}")
    findings.data["wire"] = {name: figure for name, figure in figures.items() if figure is not None}
    for name, figure in findings.data["wire"].items():
        findings.add(FIGURES[name][1], figure, "bytes", FIGURES[name][2])

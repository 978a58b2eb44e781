"""Bytes per entity update on the checked-in trace: runs the program that encodes it, if this checkout has one."""
import json
import os
import pathlib
import subprocess
import tempfile

from showlib.relay import ROOT

PROGRAM = pathlib.Path(os.environ.get("WIRECOST", ROOT / ".build/release/wirecost"))
WHAT = "bytes per entity update"
# What may stand in the program's JSON, and how the table calls it.
LINES = {
    "bytes_per_update": ("bytes per entity update", 5),
    "bytes_per_frame": ("bytes per frame", None),
    "entropy_bytes_per_update": ("the trace's own entropy, per update", None),
    "json_bytes_per_update": ("the same as JSON", None),
    "float32_bytes_per_update": ("the same as raw float32", None),
}


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
    findings.data["wire"] = found
    for key, (what, bound) in LINES.items():
        if isinstance(found.get(key), (int, float)):
            findings.add(what, found[key], "bytes", bound)
    if "bytes_per_update" not in found:
        findings.skip(WHAT, f"{PROGRAM.name} says nothing of bytes_per_update, but: {', '.join(sorted(found))}")

"""What takes long and costs next to nothing, beside the rest and away from the server's core: RTT behind a known delay, from a
stall to its verdict, returns after a gap. Processes of their own, each printing JSON at the end."""
import atexit
import json
import os
import subprocess
import sys

from showlib.relay import spawn

from . import TOOLS
from .figures import median
from .machine import ON_LOAD
from .roundtrip import DELAY

PYTHON = [*ON_LOAD, sys.executable, "-m"]


class Lab:
    def __init__(self, gaps):
        self.gaps = gaps
        self.running = {
            "verdict": self._start([*PYTHON, "benchlib.verdict"]),
            "returning": self._start([*PYTHON, "benchlib.returning", *map(str, gaps)]),
        }
        self.has_network = os.geteuid() == 0 and os.path.exists("/dev/net/tun")
        if self.has_network:
            atexit.register(self._clean_up)
            self.running["roundtrip"] = self._start([*ON_LOAD, str(TOOLS / "netns-lab"), str(DELAY), "0", "0", "--", sys.executable, "-m", "benchlib.roundtrip"])

    def _start(self, argv):
        return spawn(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(TOOLS)})

    def _clean_up(self):
        """The network it made is removed by itself, if it gets the time."""
        if self.running["roundtrip"].poll() is None:
            self.running["roundtrip"].terminate()
            self.running["roundtrip"].wait(10)

    def _said(self, findings, name, what):
        """What a process printed, or None after a visible skip."""
        out, errors = self.running[name].communicate(timeout=max(self.gaps) + 60)
        lines = [line for line in out.splitlines() if line.startswith("{")]
        if self.running[name].returncode == 0 and lines:
            return json.loads(lines[-1])
        findings.skip(what, (errors.strip().splitlines() or ["it printed nothing"])[-1])
        return None

    def collect(self, findings):
        findings.begin("Round trips, stalls, returns", "on the load's core")
        if not self.has_network:
            findings.skip("RTT behind a known delay", "takes root and /dev/net/tun")
        elif found := self._said(findings, "roundtrip", "RTT behind a known delay"):
            self._roundtrip(findings, found)
        if found := self._said(findings, "verdict", "from a stall to its verdict"):
            self._verdict(findings, found)
        findings.say("waiting for the longest gap to end")
        if found := self._said(findings, "returning", "returns after a gap"):
            self._returning(findings, found)

    def _roundtrip(self, findings, found):
        error = found["relay_ms"] - found["truth_ms"]
        findings.add("RTT error", abs(error), "ms", note=f"{found['relay_ms']:.2f} ms where a TCP handshake takes {found['truth_ms']:.2f} ms; no ping was sent")
        findings.data["roundtrip"] = found

    def _verdict(self, findings, found):
        late = sorted(found["late_ms"])
        if not late:
            return findings.skip("from a stall to its verdict", "nobody was seen to stall")
        findings.add(
            "from a stall to its verdict, at most beyond stallAfter", late[-1], "ms",
            note=f"median {median(late):.1f} ms of {len(late)} of {found['silent']} players, as another player sees it; decided at ticks, 33.3 ms apart; stallAfter is {found['stall_after_ms'] / 1000:g} s")
        findings.data["verdict"] = found

    def _returning(self, findings, found):
        for one in found["returns"]:
            findings.add(
                f"return after {one['gap']:g} s: bytes against what changed", one["ratio"], "×", 1.2,
                f"{one['bytes']} bytes, {one['coding']}; the entries that changed take {one['changed_bytes']}, a snapshot {one['snapshot_bytes']}")
        findings.add(
            "from asking for the seat to the first frame", median(found["quick_ms"]), "ms", round(found["tick_ms"] + 1, 1),
            f"{min(found['quick_ms']):.1f} to {max(found['quick_ms']):.1f} ms in {len(found['quick_ms'])} returns; one tick is {found['tick_ms']:.1f} ms, the rest is loopback and Python", 1)
        findings.data["returning"] = found

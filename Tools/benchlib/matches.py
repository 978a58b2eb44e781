"""A match: a server on one core, players on the other, both playing; and what it cost. Ours, the floor, and the peers."""
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from showlib.relay import Bots, Relay, resident_bytes, spawn, wait_until

from . import TOOLS
from .machine import ON_LOAD, ON_SERVER, CoreWatch, cpu_ns

RATE, PAYLOAD = 30, 24
# Where more players are compared than one core carries at RATE: the floor alone would take all of it.
SLOW_RATE = 10
# Moments of a tick over which players are spread, 250 µs apart: real players are not in step with each other.
SPREAD = 133
IN_STEP = 8
SETTLE = 0.5  # seconds before a measurement
WARM_UP = 3.0  # of node, whose compiler takes so long to make the best of it (measured: a quarter off)
MOST_ASKED = 1000  # players up to which the relay may be asked about itself while it is measured
PEERS = TOOLS / "peers"
GO_PATH = "/usr/share/gocode"
NODE_PATH = "/usr/share/nodejs"
LABELS = {"relay": "TickRelay", "floor": "the floor (C)", "ws": "node ws", "gorilla": "Go gorilla/websocket"}


@dataclasses.dataclass(frozen=True)
class Shape:
    rooms: int
    players: int  # in each
    spread: int = SPREAD
    rate: int = RATE  # ticks per second

    @property
    def everybody(self):
        return self.rooms * self.players

    @property
    def turns(self):
        """Ticks of players in a second."""
        return self.rate * self.everybody

    def __str__(self):
        in_step = " in step" if self.spread == IN_STEP else ""
        return f"{self.rooms}×{self.players}{in_step}" + (f" at {self.rate} Hz" if self.rate != RATE else "")


@dataclasses.dataclass
class Sample:
    """What one match cost. Microseconds are per player and tick."""

    cpu_us: float
    load_us: float
    carried: float  # frames that came, of those that should have
    busy: float  # of the server's core, by the server
    others: float  # of the server's core, by others
    stolen: float
    resident: int  # bytes the server grew by, from before the first player
    frame_bytes: float = 0.0
    delivery: dict = dataclasses.field(default_factory=dict)  # percentiles, ms
    interval: dict = dataclasses.field(default_factory=dict)  # from one frame of a player to its next, likewise
    late_load: bool = False  # whether the load, not the server, was the limit


class Match:
    """Start one, `measure` it, `stop` it."""

    settle = SETTLE

    def __init__(self, shape):
        self.shape = shape

    def measure(self, seconds):
        time.sleep(self.settle)
        self.restart()
        watch, began = CoreWatch(self.server_pid), time.monotonic()
        before = cpu_ns(self.server_pid), cpu_ns(self.load_pid)
        time.sleep(seconds)
        after = cpu_ns(self.server_pid), cpu_ns(self.load_pid)
        length = time.monotonic() - began
        others, stolen = watch.end()
        resident = resident_bytes(self.server_pid) - self.resident_before
        turns = length * self.shape.turns
        server, load = ((late - early) / 1000 / turns for early, late in zip(before, after))
        sample = Sample(server, load, 0.0, (after[0] - before[0]) / 1e9 / length, others, stolen, resident)
        self.end(sample, turns)
        return sample

    def restart(self):
        """What is measured begins now."""


class OurMatch(Match):
    """`tickrelay serve` with one arena thread, and `tickrelay bots`. `is_judged`: wait for the bots' own report.

    Nothing is asked of the relay while bots measure delivery: an answer about thousands of seats takes a while, on its core.
    """

    def __init__(self, shape, seconds, is_judged=False, **settings):
        super().__init__(shape)
        self.is_judged = is_judged or shape.everybody > MOST_ASKED
        self.relay = Relay(prefix=ON_SERVER, threads=1, tickRate=shape.rate, **settings)
        self.server_pid, self.resident_before = self.relay.pid, resident_bytes(self.relay.pid)
        self.bots = Bots(
            self.relay.url, prefix=ON_LOAD, rooms=shape.rooms, players=shape.players, payload=PAYLOAD, slots=shape.spread,
            duration=SETTLE + seconds + (1 if self.is_judged else 60),
            # Where only cost counts, players read as games do; where size counts, they spare themselves for it.
            extra=() if self.is_judged else ("--read-every-tick",),
        )
        self.load_pid = self.bots.pid
        idle = descriptors(self.relay.pid)
        if not wait_until(lambda: descriptors(self.relay.pid) >= idle + shape.everybody, 20 + shape.everybody / 200, 0.05):
            raise RuntimeError(f"only {descriptors(self.relay.pid) - idle} of {shape.everybody} came:\n{self.bots.says()}")

    def restart(self):
        if not self.is_judged:
            self.looked_at, self.before = time.monotonic(), self.relay.stats()["threads"][0]

    def end(self, sample, turns):
        if self.is_judged:
            return self.judge(sample)
        looked_at, after = time.monotonic(), self.relay.stats()["threads"][0]
        frames, sent = (after[key] - self.before[key] for key in ("frames_sent", "bytes_sent"))
        ticks = int((looked_at - self.looked_at) * self.shape.rate)  # whole ones: the looks are not in step with them
        sample.carried = min(1.0, frames / max(1, ticks * self.shape.everybody))
        sample.frame_bytes = sent / max(1, frames)

    def judge(self, sample):
        """What the bots say; and what the relay says of itself, before they all leave at once."""
        self.thread = self.relay.stats()["threads"][0]
        self.bots.wait(60)
        report = self.bots.report()
        if not report:
            raise RuntimeError(f"the bots did not end well:\n{self.bots.says()}")
        frames = report["frames"]
        sample.carried = min(1.0, frames["received"] / (report["seconds"] * self.shape.turns))
        payload = frames["bytes"] / max(1, frames["received"])
        sample.frame_bytes = payload + (2 if payload < 126 else 4)
        sample.delivery, sample.interval, sample.late_load = report["delivery_ms"], report["frame_interval_ms"], report["generator"]["saturated"]

    def stop(self):
        if self.bots.process.poll() is None:
            self.bots.process.kill()
            self.bots.process.wait()
        self.relay.stop()


class FloorMatch(Match):
    """`floor.c`, carrying frames as long as the relay's."""

    def __init__(self, shape, tools, frame_bytes):
        super().__init__(shape)
        common = ["--connections", str(shape.everybody), "--rate", str(shape.rate), "--room", str(shape.players)]
        self.server = spawn([*ON_SERVER, tools["floor"], "serve", "--bytes", str(frame_bytes), *common], stdout=subprocess.PIPE, text=True)
        port = self.server.stdout.readline().split()[-1]
        self.server_pid, self.resident_before = self.server.pid, resident_bytes(self.server.pid)
        self.frame_bytes = frame_bytes
        self.load = spawn([*ON_LOAD, tools["floor"], "load", "--port", port, "--bytes", str(uplink_bytes()), *common], stdout=subprocess.PIPE, text=True)
        self.load_pid = self.load.pid
        self.server.stdout.readline()  # joined
        self.played = time.monotonic()

    def end(self, sample, turns):
        self.server.terminate()
        played = time.monotonic() - self.played
        said = self.server.stdout.read().split()
        sample.carried = min(1.0, int(said[4]) / (played * self.shape.turns))
        sample.frame_bytes = self.frame_bytes

    def stop(self):
        for process in (self.server, self.load):
            process.terminate()
            process.wait(5)


class PeerMatch(Match):
    """A relay of the same shape made of something else, and `peers/load.c`."""

    def __init__(self, shape, server, tools, environment, settle=SETTLE):
        super().__init__(shape)
        self.settle = settle
        self.server = spawn([*ON_SERVER, *server], stdout=subprocess.PIPE, text=True, env=os.environ | environment)
        port = self.server.stdout.readline().split()[-1]
        time.sleep(0.2)  # a runtime that has just started is still at it
        self.server_pid, self.resident_before = self.server.pid, resident_bytes(self.server.pid)
        self.load = spawn(
            [*ON_LOAD, tools["load"], "--port", port, "--rooms", str(shape.rooms), "--players", str(shape.players), "--rate", str(shape.rate),
             "--phases", str(shape.spread)], stdout=subprocess.PIPE, text=True)
        self.load_pid = self.load.pid
        if not self.load.stdout.readline().startswith("joined"):
            raise RuntimeError("the load did not get in")

    def restart(self):
        os.kill(self.load_pid, signal.SIGUSR1)

    def end(self, sample, turns):
        self.load.terminate()
        said = json.loads(self.load.stdout.read() or "{}")
        if not said:
            raise RuntimeError("the load ended early")
        sample.carried = min(1.0, said["entries"] / (turns * self.shape.players)) if not said["lost"] else 0.0
        sample.frame_bytes = said["frame_bytes"] / max(1, said["frames"])
        sample.delivery, sample.interval = said["delivery_ms"], said["frame_interval_ms"]
        sample.late_load = said["late_ms_p99"] > 1000 / self.shape.rate / 2

    def stop(self):
        for process in (self.load, self.server):
            process.terminate()
            process.wait(5)


def descriptors(pid):
    """How many a process has open: who has come, without asking it."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def uplink_bytes():
    """Of the relay's players: a WebSocket header with its mask, and an uplink that sets one field to the payload."""
    return 6 + 1 + 3 + 3 + 2 + 1 + 1 + 2 + 1 + 1 + 2 + PAYLOAD


class Contenders:
    """Who is there to be compared on this machine, compiled and ready. `missing`: who is not, and why."""

    def __init__(self, directory, names):
        self.missing, self.versions = {}, {}
        self.tools = {name: f"{directory}/{name}" for name in ("floor", "load", "text", "timer")}
        self._compile(TOOLS / "floor.c", "floor")
        for name in ("load", "text", "timer"):
            self._compile(PEERS / f"{name}.c", name)
        self.names = [name for name in names if name in ("relay", "floor") or getattr(self, f"_prepare_{name}")(directory)]
        self.frame_bytes = {}  # of the relay, by shape: the floor carries the same

    def _compile(self, source, name):
        subprocess.run(["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", self.tools[name], str(source)], check=True)

    def _prepare_ws(self, _):
        node = shutil.which("node")
        if not node or not pathlib.Path(NODE_PATH, "ws").exists():
            self.missing["ws"] = "no node, or no ws (Debian: nodejs, node-ws)"
            return False
        version = json.loads(pathlib.Path(NODE_PATH, "ws/package.json").read_text())["version"]
        self.versions["ws"] = f"node {said([node, '--version'])}, ws {version}"
        return True

    def _prepare_gorilla(self, directory):
        go = shutil.which("go")
        if not go or not pathlib.Path(GO_PATH, "src/github.com/gorilla/websocket").exists():
            self.missing["gorilla"] = "no go, or no gorilla/websocket (Debian: golang-go, golang-github-gorilla-websocket-dev)"
            return False
        self.tools["gorilla"] = f"{directory}/gorilla"
        built = subprocess.run(
            [go, "build", "-o", self.tools["gorilla"], str(PEERS / "relay-gorilla.go")], capture_output=True, text=True,
            env=os.environ | {"GO111MODULE": "off", "GOPATH": GO_PATH, "GOFLAGS": ""})
        if built.returncode:
            self.missing["gorilla"] = f"it does not build: {built.stderr.strip().splitlines()[-1]}"
            return False
        self.versions["gorilla"] = said([go, "version"]).removeprefix("go version ") + ", gorilla/websocket of Debian"
        return True

    def match(self, name, shape, seconds, is_judged=False):
        if name == "relay":
            return OurMatch(shape, seconds, is_judged)
        if name == "floor":
            return FloorMatch(shape, self.tools, round(self.frame_bytes[shape]))
        if name == "ws":
            return PeerMatch(shape, ["node", str(PEERS / "relay-ws.js"), "--rate", str(shape.rate)], self.tools, {"NODE_PATH": NODE_PATH}, WARM_UP)
        return PeerMatch(shape, [self.tools["gorilla"], "-rate", str(shape.rate)], self.tools, {"GOMAXPROCS": "1"})

    def play(self, name, shape, seconds, is_judged=False):
        """One match from beginning to end."""
        match = self.match(name, shape, seconds, is_judged)
        try:
            sample = match.measure(seconds)
        finally:
            match.stop()
        if name == "relay":
            self.frame_bytes[shape] = sample.frame_bytes
        return sample


def said(argv):
    return subprocess.run(argv, capture_output=True, text=True).stdout.strip()

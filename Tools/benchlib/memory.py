"""Resident memory of the server: per idle connection, per active one, and what readers who never read add."""
import selectors
import threading
import time

from showlib import wire
from showlib.relay import Bots, Relay, resident_bytes, wait_until
from showlib.websocket import WebSocket, frame

from .machine import ON_LOAD, ON_SERVER
from .matches import LABELS, PAYLOAD

ROOM = 8
FEW, MANY = 400, 2400  # idle players: the slope between the two leaves out what the process takes anyway
IDLE_BOUND = 6 * 1024
NEVER_READ = (1, 10, 100)
WATCHED = 6.5  # seconds that never-readers are watched


class IdlePlayers:
    """Players who joined and do nothing but acknowledge the heartbeats. One thread for all; no replica: section 3 of the
    specification is enough to find a frame's tick."""

    def __init__(self, address):
        self.address, self.selector, self.count, self.is_over = address, selectors.DefaultSelector(), 0, False
        threading.Thread(target=self._run, daemon=True).start()

    def join(self, until):
        while self.count < until:
            player = WebSocket(self.address).upgrade()
            player.send(wire.hello(f"idle-{self.count // ROOM}"))
            player.socket.setblocking(False)
            self.selector.register(player.socket, selectors.EVENT_READ, player)
            self.count += 1

    def _run(self):
        while not self.is_over:
            for key, _ in self.selector.select(0.1):
                self._hear(key.data)

    def _hear(self, player):
        for _, payload, _ in player.poll():
            if payload[0] != 0x82:
                continue
            reader = wire.Reader(payload)
            reader.raw(2)
            player.send_raw(frame(2, wire.ack(reader.varint(), 0)))
        if player.is_over:
            self.selector.unregister(player.socket)

    def leave(self):
        self.is_over = True
        for key in list(self.selector.get_map().values()):
            key.data.close()


def per_idle_connection(findings):
    relay = Relay(prefix=ON_SERVER, threads=1, logLevel="error")
    players, sizes = IdlePlayers(relay.address), []
    try:
        for count in (FEW, MANY):
            players.join(count)
            if not wait_until(lambda: relay.stats()["seats"]["live"] >= count, 15, 0.2):
                raise RuntimeError(f"only {relay.stats()['seats']} of {count} idle players are there")
            time.sleep(1.5)
            sizes.append(resident_bytes(relay.pid))
            findings.say(f"{count} idle players: {sizes[-1] / 2**20:.1f} MiB resident")
        alive = relay.stats()["seats"]
    finally:
        players.leave()
        relay.stop()
    if alive["live"] < MANY or alive["stalled"]:
        findings.remark(f"idle players were lost: {alive}")
    return (sizes[1] - sizes[0]) / (MANY - FEW)


def growth(count):
    """A relay with a room of eight and so many who never read: a function that says, later, how much it has grown."""
    relay = Relay(prefix=ON_SERVER, threads=1, logLevel="error", graceWindow="60s")
    extra = ["--never-read", str(count)] if count else []
    bots = Bots(relay.url, prefix=ON_LOAD, rooms=1, players=ROOM, payload=PAYLOAD, duration=WATCHED + 20, extra=extra)
    if not wait_until(lambda: relay.stats()["seats"]["live"] >= ROOM + count, 10, 0.05):
        raise RuntimeError(f"the room did not fill:\n{bots.says()}")
    time.sleep(0.7)  # they still read for a second
    before = resident_bytes(relay.pid)

    def grown():
        size, seats = resident_bytes(relay.pid) - before, relay.stats()["seats"]
        bots.process.kill()
        relay.stop()
        return size, seats["stalled"]

    return grown


def never_readers(findings):
    """All at once: it is memory that is measured, not time."""
    rooms = {count: growth(count) for count in (0, *NEVER_READ)}
    time.sleep(WATCHED)
    found = {count: grown() for count, grown in rooms.items()}
    base = found[0][0]
    for count in NEVER_READ:
        size, stalled = found[count]
        findings.say(f"{count} never-readers: {(size - base) / 1024:.0f} KiB more than without, {stalled} of them stalled")
        findings.add(f"growth with {count} who never read", (size - base) / 1024, "KiB", note=f"{stalled} stalled; {WATCHED:g} s; without any: {base / 1024:.0f} KiB", digits=0)
    return {str(count): found[count][0] - base for count in NEVER_READ}


def measure(findings):
    findings.begin("Memory", "resident, of the server")
    idle = per_idle_connection(findings)
    findings.add("per idle connection", idle / 1024, "KiB", IDLE_BOUND / 1024, f"from {FEW} to {MANY} idle players in rooms of {ROOM}")
    active = findings.data.get("active_memory", {})
    for name, size in active.items():
        if name != "floor":
            findings.add(f"per active connection, {LABELS[name]}", size / 1024, "KiB", note="800 players at 30 Hz, from before the first")
    findings.data["memory"] = {"idle": idle, "active": active, "never_readers": never_readers(findings)}

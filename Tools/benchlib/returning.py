"""What a return costs: `python3 -m benchlib.returning GAP...`, prints JSON.

A room of 250 things that rest and 50 that move. Players leave it for so many seconds each and take their seats back; how
long until the first frame, of how many bytes, beside the bytes of the entries that changed meanwhile.
"""
import json
import sys
import threading
import time

from showlib import wire
from showlib.client import Client
from showlib.relay import Relay

RESTING, MOVING, SETS_AN_UPLINK = 250, 50, 50
ROOM = "returning"
STEP = 0.1
QUICK_RETURNS = 8  # of a second each: for the time, where one value says little


class Returning(Client):
    """Notes the size of the first frame of each connection, and when it came."""

    def connect(self, message, **options):
        self.first = None
        self.asked_at = time.monotonic_ns()
        return super().connect(message, **options)

    def open(self, receive_buffer):
        opened = super().open(receive_buffer)
        self.asked_at = time.monotonic_ns()  # the upgrade is done: next comes the message that asks for the seat
        return opened

    def _receive(self, payload, read_at):
        if self.first is None and payload[0] == 0x82:
            self.first = (len(payload), payload[1] & 3, (read_at - self.asked_at) / 1e6)
        super()._receive(payload, read_at)


class Mover:
    """Writes everything once, and then the moving things ten times a second."""

    def __init__(self, address):
        self.client = Client(address, ROOM)
        self.client.join()
        self.client.start()
        ids = [wire.entity_id(number, self.client.seat) for number in range(RESTING + MOVING)]
        for at in range(0, len(ids), SETS_AN_UPLINK):
            self.client.uplink(*(self.placed(one, 0) for one in ids[at : at + SETS_AN_UPLINK]))
            time.sleep(STEP)
        self.moving = ids[RESTING:]
        threading.Thread(target=self.run, daemon=True).start()

    def placed(self, entity, step):
        names = [self.client.name(name) for name in ("x", "y", "yaw")]
        return wire.op_set(entity, list(zip(names, (1000 + 7 * step + entity, 2000 - 5 * step, 300 + step % 720))))

    def run(self):
        step = 0
        while not self.client.ws.is_over:
            step += 1
            self.client.uplink(*(self.placed(one, step) for one in self.moving))
            time.sleep(STEP)


def entry_bytes(replica, entities):
    """What these entities take as entries of a merged frame, by section 5 of the specification."""
    size = 0
    for entity in entities:
        _, fields = replica.entities[entity]
        size += len(wire.varint(entity)) + len(wire.varint(len(fields)))
        size += sum(len(wire.varint(index)) + len(wire.value(item)) for index, item in fields.items())
    return size


def absence(client, seconds, mover):
    client.ws.reset()
    time.sleep(seconds)
    welcome = client.rejoin()
    if not welcome:
        raise RuntimeError(f"refused with {client.ws.close_code}")
    client.wait_for(lambda: client.first, 3)
    size, coding, took = client.first
    # The entries of the gap, and the row of the roster that says who is back.
    changed = entry_bytes(client.replica, mover.moving) + len(wire.varint(client.seat)) + 3 + len(wire.varint(client.roster_joined()))
    client.play(0.5)
    return {
        "gap": seconds, "bytes": size, "changed_bytes": changed, "ratio": size / changed, "ms": took, "resumed": welcome.resumed,
        "coding": ("delta", "merged", "snapshot")[coding], "snapshot_bytes": client.snapshot_bytes,
    }


class Leaver(Returning):
    def roster_joined(self):
        return self.replica.roster[self.seat][2]

    def play(self, seconds):
        self.wait_for(lambda: self.ws.is_over, seconds)
        return self

    def settle(self):
        """In the room, with everything: the first frame was a snapshot."""
        self.join()
        self.wait_for(lambda: self.first and len(self.replica.entities) == RESTING + MOVING, 3)
        self.snapshot_bytes = self.first[0]
        return self.play(1.0)


def main(gaps):
    relay = Relay(threads=1, logLevel="error", seatHold="120s")
    mover = Mover(relay.address)
    time.sleep(1)
    results = []
    threads = [threading.Thread(target=lambda gap=gap: results.append(absence(Leaver(relay.address, ROOM).settle(), gap, mover))) for gap in gaps]
    for thread in threads:
        thread.start()
        time.sleep(0.3)
    quick = Leaver(relay.address, ROOM).settle()
    times = [absence(quick, 1, mover)["ms"] for _ in range(QUICK_RETURNS)]
    for thread in threads:
        thread.join()
    relay.stop()
    print(json.dumps({"returns": sorted(results, key=lambda one: one["gap"]), "quick_ms": times, "tick_ms": 1000 / 30}))


if __name__ == "__main__":
    main([float(word) for word in sys.argv[1:]])

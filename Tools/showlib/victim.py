"""A player in a process of its own, to be stopped and killed: `python3 -m showlib.victim HOST PORT ROOM`.

At each step it sends one uplink: a counter of the room raised by compare and set from what it was to one more, and an event
with the same number. Whatever is applied twice or not at all shows in both. On SIGTERM it waits until everything is
confirmed and prints what it knows as JSON.
"""
import json
import random
import signal
import sys
import time

from . import wire
from .client import Client
from .websocket import Refused

STEP = 0.05
COUNTER = wire.entity_id(7, 0)


def rejoin(client):
    """Section 14: uniform in 0 to 250 ms, then doubling."""
    bound = 0.25
    while not client.ws.is_over or client.ws.close_code not in (4012, 4013, 4014, 4015):
        time.sleep(random.uniform(0, bound))
        bound = min(5, bound * 2)
        try:
            if client.rejoin():
                return
        except (OSError, Refused):
            pass  # nobody listens there now, or has time for us
    sys.exit(f"refused with {client.ws.close_code}")


def main(host, port, room):
    client = Client((host, int(port)), room)
    client.join()
    state = {"over": False}
    signal.signal(signal.SIGTERM, lambda *_: state.update(over=True))
    print(client.seat, flush=True)
    count, rejoins, until = 0, 0, None
    codes = []
    while until is None or (client.unconfirmed and time.monotonic() < until):
        if client.ws.is_over:
            codes.append(client.ws.close_code)
            rejoins += 1
            rejoin(client)
        if not state["over"]:
            count += 1
            client.uplink(
                wire.op_compare_and_set(COUNTER, "count", count - 1 or None, count), wire.op_event("step", count)
            )
        elif until is None:
            until = time.monotonic() + 3
        step = time.monotonic() + STEP
        while (left := step - time.monotonic()) > 0 and client.pump(left):
            pass
    failed = sum(code != 0 for code in client.results.values())
    print(json.dumps({
        "seat": client.seat, "sent": count, "unconfirmed": len(client.unconfirmed), "failed": failed, "rejoins": rejoins,
        "close_codes": codes, "diverged": client.diverged, "own_events": [event.value[1] for event in client.events if event.sender == client.seat],
        "gaps": client.gaps,
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])

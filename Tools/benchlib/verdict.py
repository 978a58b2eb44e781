"""From a stall to its verdict: `python3 -m benchlib.verdict`, prints JSON. Eight players of one room fall silent, one after
the other; a ninth sees in the roster when each is called stalled."""
import json
import threading
import time

from showlib import wire
from showlib.client import Client
from showlib.relay import Relay, wait_until

SILENT = 8
ROOM = "verdict"
STEP = 0.1


def keep_writing(client):
    value = 0
    while not client.ws.is_over:
        value += 1
        client.set(client.mine, x=value)
        time.sleep(STEP)


def main():
    relay = Relay(threads=1)
    watcher = Client(relay.address, ROOM)
    watcher.join()
    watcher.start()
    threading.Thread(target=keep_writing, args=(watcher,), daemon=True).start()
    silent = [Client(relay.address, ROOM) for _ in range(SILENT)]
    for client in silent:
        client.join()
        client.wait_for(lambda: client.acknowledged, 3)  # one that never acknowledged is not held
        client.pump(0.037)  # and now it is silent, each at another moment of a tick
    wait_until(lambda: len(relay.notes("seat stalled", room=ROOM)) == SILENT, 8)
    time.sleep(0.2)
    late = []
    for note in relay.notes("seat stalled", room=ROOM):
        row = watcher.when(int(note["seat"]), wire.STALLED)
        if row:
            late.append((row[0] - int(note["handed_over_ns"])) / 1e6 - watcher.welcome.stallAfter)
    relay.stop()
    print(json.dumps({"stall_after_ms": watcher.welcome.stallAfter, "late_ms": late, "silent": SILENT}))


if __name__ == "__main__":
    main()

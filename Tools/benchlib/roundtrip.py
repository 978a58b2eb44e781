"""The relay's RTT of players behind a known delay: `python3 -m benchlib.roundtrip` inside of Tools/netns-lab, prints JSON."""
import json
import os
import statistics
import time

from showlib.far import enter, probe
from showlib.relay import Bots, Relay, wait_until

DELAY = 25  # ms, one way
PLAYERS = 4


def main():
    far = ["ip", "netns", "exec", os.environ["NS_B"]]
    enter(os.environ["NS_A"])
    relay = Relay(host=os.environ["IP_A"], threads=1, logLevel="error")
    truth, _ = probe(far, relay.address)
    bots = Bots(relay.url, prefix=far, rooms=1, players=PLAYERS, duration=9)
    wait_until(lambda: relay.stats()["seats"]["live"] == PLAYERS, 10, 0.05)
    time.sleep(3)
    seen = []
    for _ in range(50):
        seen += [row["rtt_microseconds"] / 1000 for room in relay.stats()["rooms"] for row in room["seats"] if row["rtt_microseconds"]]
        time.sleep(0.1)
    bots.process.kill()
    relay.stop()
    print(json.dumps({"truth_ms": truth, "relay_ms": statistics.median(seen), "samples": len(seen), "set_ms": 2 * DELAY}))


if __name__ == "__main__":
    main()

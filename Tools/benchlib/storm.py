"""Everybody loses the connection at the same moment, and comes back."""
from showlib.relay import Bots, Relay

from .machine import ON_LOAD, ON_SERVER
from .matches import PAYLOAD

ROOMS, PLAYERS = 100, 8
AT, DURATION = 3, 8.5


def measure(findings):
    findings.begin("Reconnect storm", f"all players of {ROOMS} rooms of {PLAYERS} at once")
    relay = Relay(prefix=ON_SERVER, threads=1, logLevel="error")
    bots = Bots(relay.url, prefix=ON_LOAD, rooms=ROOMS, players=PLAYERS, payload=PAYLOAD, duration=DURATION, storm_at=AT)
    try:
        bots.wait(60)
        report, stats = bots.report(), relay.stats()
    finally:
        relay.stop()
    back, times = report["players"]["rejoined"], report["rejoin_ms"]
    findings.say(f"{back} of {ROOMS * PLAYERS} back, the last after {times['max']:.0f} ms; verdict {report['verdict']} {report['failures'] or ''}")
    findings.add("players back in their seats", back, f"of {ROOMS * PLAYERS}", digits=0, note=f"verdict of the players: {report['verdict']}")
    findings.add("until back, p50", times["p50"], "ms", note="of which the client waits 0 to 250 ms by itself", digits=0)
    findings.add("until back, p99", times["p99"], "ms", digits=0)
    findings.add("until the last is back", times["max"], "ms", digits=0)
    findings.add("a room's last frame, at most late", max(one["frame_lateness"]["maximum_microseconds"] for one in stats["threads"]) / 1000, "ms", note="joining and the storm included")
    findings.data["storm"] = {"players": ROOMS * PLAYERS, "back": back, "rejoin_ms": times}

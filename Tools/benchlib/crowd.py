"""One reader who never reads, in a room of two hundred: what it costs the server, and the others."""
import time

from showlib.relay import Bots, Relay, resident_bytes, wait_until

from .figures import median
from .machine import ON_LOAD, ON_SERVER
from .matches import PAYLOAD

PLAYERS = 200
MEMORY_BOUND_KIB = 1024


def play(never_read, seconds):
    """(p99 of delivery and of the frame interval of the others in ms, bytes the server grew by while it was not read, …)."""
    relay = Relay(prefix=ON_SERVER, threads=1, logLevel="error", graceWindow=f"{seconds + 60:.0f}s")
    extra = ["--never-read", str(never_read)] if never_read else []
    bots = Bots(relay.url, prefix=ON_LOAD, rooms=1, players=PLAYERS, payload=PAYLOAD, duration=seconds, extra=extra)
    try:
        if not wait_until(lambda: relay.stats()["seats"]["live"] >= PLAYERS + never_read, 15, 0.1):
            raise RuntimeError(f"the room did not fill:\n{bots.says()}")
        time.sleep(0.8)
        before, most, until = resident_bytes(relay.pid), 0, time.monotonic() + seconds - 1.5
        while time.monotonic() < until:
            time.sleep(0.2)
            most = max(most, resident_bytes(relay.pid))
        stalled = relay.stats()["seats"]["stalled"]
        bots.wait(30)
        report = bots.report()
    finally:
        if bots.process.poll() is None:
            bots.process.kill()
        relay.stop()
    return report["delivery_ms"]["p99"], report["frame_interval_ms"]["p99"], most - before, stalled, report["failures"]


def measure(findings, rounds, seconds):
    findings.begin("A room of 200 with one who never reads", f"{seconds:.0f} s, against the same room without")
    p99, apart, grown = {0: [], 1: []}, {0: [], 1: []}, {0: [], 1: []}
    for number in range(rounds):
        for never_read in (0, 1):
            late, interval, size, stalled, failures = play(never_read, seconds)
            p99[never_read].append(late)
            apart[never_read].append(interval)
            grown[never_read].append(size)
            findings.say(f"round {number + 1} of {rounds}  {'with' if never_read else 'without'}: delivery p99 {late:.1f} ms, frame interval p99 {interval:.1f} ms, {size / 1024:.0f} KiB grown, {stalled} stalled {failures or ''}")
    with_one, without = median(p99[1]), median(p99[0])
    more = (median(grown[1]) - median(grown[0])) / 1024
    findings.add("delivery p99 of the others, against without", with_one / without if without else 0, "×", 1.10, f"{with_one:.1f} ms, without {without:.1f} ms")
    with_one, without = median(apart[1]), median(apart[0])
    findings.add("frame interval p99 of the others, against without", with_one / without if without else 0, "×", 1.10, f"{with_one:.1f} ms, without {without:.1f} ms")
    findings.add("memory, more than without", more, "KiB", MEMORY_BOUND_KIB, f"grew by {median(grown[1]) / 1024:.0f} KiB, without {median(grown[0]) / 1024:.0f} KiB", 0)
    findings.data["crowd"] = {"p99_with": median(p99[1]), "p99_without": median(p99[0]), "interval_p99_with": with_one, "interval_p99_without": without, "kib": more}

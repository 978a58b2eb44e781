"""How late slots and frames are at half load, beside a thread on the same core that does nothing but wait for a timer."""
import json
import subprocess
import time

from .capacity import half_load
from .figures import median
from .machine import ON_SERVER, QUIET
from .matches import OurMatch, Shape

SLOTS = 240  # a second, of the relay's arena
SLOT_MS = 1000 / SLOTS
TIMER = 3  # seconds of the bare loop, before and after
MEMORY = 20.5  # seconds from the first player to when /stats, which speaks of the last 10 to 20, has forgotten the joining


def bare_timer(tools, seconds):
    ran = subprocess.run([*ON_SERVER, tools["timer"], str(SLOTS), str(seconds)], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


def at_half_load(findings, contenders):
    """What the relay says of itself, when nobody joins any more and nobody leaves yet. The players tell whether it was so."""
    shape, began = Shape(half_load(findings), 8), time.monotonic()
    match = OurMatch(shape, MEMORY)
    try:
        sample = match.measure(max(1.0, MEMORY - (time.monotonic() - began)))
        findings.heard(sample)
    finally:
        match.stop()
    findings.say(f"{shape.everybody} players, {sample.busy * 100:.0f} % of the core: slots p99 {match.thread['slot_lateness']['p99_microseconds']} µs late")
    return shape, sample, match.thread


def measure(findings, contenders, rounds):
    findings.begin("Lateness at half load", f"against a bare timerfd loop at {SLOTS} Hz on the same core, just before and just after")
    bare, slots, frames = [], [], []
    for _ in range(rounds):
        bare.append(bare_timer(contenders.tools, TIMER))
        shape, sample, thread = at_half_load(findings, contenders)
        slots.append(thread["slot_lateness"])
        frames.append(thread["frame_lateness"])
        bare.append(bare_timer(contenders.tools, TIMER))
        findings.say(f"bare timer p99 {bare[-2]['p99']} µs before, {bare[-1]['p99']} µs after")
    rows = {}
    for key, short in (("p50", "p50_microseconds"), ("p99", "p99_microseconds"), ("p999", "p999_microseconds")):
        rows[key] = {
            "slot": median(one[short] for one in slots), "frame": median(one[short] for one in frames),
            "timer": median(one[key] for one in bare),
        }
    load = f"{shape.everybody} players, {sample.busy * 100:.0f} % of a core"
    is_void = sample.others > QUIET  # then the others' lateness is measured, on a core that the bare timer had for itself
    ratio = rows["p99"]["slot"] / max(1, rows["p99"]["timer"])
    findings.add("slot lateness p99 against the bare timer", ratio, "×", 2, f"{rows['p99']['slot']:.0f} µs, timer {rows['p99']['timer']:.0f} µs; {load}", is_void=is_void)
    findings.add("frame lateness p99", rows["p99"]["frame"] / 1000, "ms", round(SLOT_MS, 2), f"one slot is {SLOT_MS:.2f} ms long", is_void=is_void)
    if is_void:
        findings.remark(f"others used {sample.others * 100:.0f} % of the server's core meanwhile")
    for key, text in (("p50", "p50"), ("p99", "p99"), ("p999", "p99.9")):
        findings.add(f"{text}: slot, frame, bare timer", rows[key]["slot"], "µs", note=f"frame {rows[key]['frame']:.0f} µs, timer {rows[key]['timer']:.0f} µs", digits=0)
    findings.data["lateness"] = {"percentiles": rows, "players": shape.everybody, "busy": sample.busy, "slot_ms": SLOT_MS}

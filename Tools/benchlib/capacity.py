"""How many players fit on one core, with 99 of 100 inputs at the others in under two ticks, and 99 of 100 frames no further apart."""
from .figures import median
from .matches import LABELS, RATE, Shape

TWO_TICKS = 2000 / RATE  # ms
ROOM = 8
MOST_ROOMS = 2200  # so that everybody has a descriptor


def fits(findings, contenders, name, rooms, seconds):
    """(whether so many fit, whether the load was the limit)."""
    shape = Shape(rooms, ROOM)
    try:
        sample = contenders.play(name, shape, seconds, is_judged=True)
    except RuntimeError as error:
        findings.say(f"{shape}  {LABELS[name]}: {str(error).splitlines()[0]}")
        return False, False
    p99, apart = sample.delivery.get("p99", 0), sample.interval.get("p99", 0)
    holds = 0 < p99 <= TWO_TICKS and 0 < apart <= TWO_TICKS and sample.carried > 0.95
    findings.say(f"{shape.everybody:6} players  {LABELS[name]:<20} delivery p99 {p99:6.1f} ms, frame interval p99 {apart:6.1f} ms, {sample.busy * 100:3.0f} % of the core"
                 f"{', the load was late' if sample.late_load else ''}  {'fits' if holds else 'too many'}")
    return holds, sample.late_load and not holds


def largest(findings, contenders, name, expected, trials, seconds):
    """Bisects from what the cost promises. Returns (players, whether the load gave up before the server did)."""
    most, least, rooms, is_limited = MOST_ROOMS + 1, 0, max(1, min(MOST_ROOMS, expected // ROOM)), False
    for _ in range(trials):
        holds, was_limited = fits(findings, contenders, name, rooms, seconds)
        if holds:
            least = rooms
        else:
            most, is_limited = rooms, was_limited
        step = max(1, rooms // 6)
        rooms = (least + most) // 2 if least and most <= MOST_ROOMS else min(MOST_ROOMS, rooms + step) if holds else rooms - step
        if rooms <= least or rooms >= most:
            break
    return least * ROOM, is_limited


def measure(findings, contenders, trials, seconds):
    """Ours, and the peers'."""
    findings.begin("Players on one core", f"rooms of {ROOM}; the most with the p99 of delivery and of the frame interval under two ticks ({TWO_TICKS:.0f} ms)")
    costs = next(entry["medians"] for entry in findings.data["cost"] if entry["shape"] == "100×8")
    found = {}
    for name in (name for name in contenders.names if name != "floor"):
        expected = int(0.85 / (RATE * costs[name] / 1e6))
        players, is_limited = largest(findings, contenders, name, expected, trials, seconds)
        found[name] = {"players": players, "is_lower_bound": is_limited}
        note = "" if not is_limited else "at least: beyond that the load, not the server, was too slow" if players else "of the sizes tried the load could play none"
        findings.add(LABELS[name], players, "players", note=note, digits=0)
    findings.data["capacity"] = found


def half_load(findings):
    """Rooms of eight that take half of a core: by what was measured, else by what the cost promises."""
    known = findings.data.get("capacity", {}).get("relay", {}).get("players")
    costs = [entry["medians"]["relay"] for entry in findings.data["cost"]]
    return max(1, round((known / 2 if known else 0.45 / (RATE * median(costs[:1]) / 1e6)) / ROOM))

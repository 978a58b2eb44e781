"""CPU per player and tick: ours, the floor, the peers, in turn; and how it grows with rooms and with players."""
import dataclasses

from .figures import median, spread
from .matches import IN_STEP, LABELS, RATE, SLOW_RATE, Shape

MAIN = Shape(100, 8)
BOUNDS = {"floor": 1.25, "gorilla": 0.40, "ws": 0.55}
ENOUGH = 0.97  # of the frames must have come, or the cost is of something else


def compare(findings, contenders, shape, rounds, seconds):
    """Rounds of A B C A B C. Returns {name: [sample]}."""
    samples = {name: [] for name in contenders.names}
    for number in range(rounds):
        for name in contenders.names:
            is_judged = name == "relay" and shape == MAIN
            sample = contenders.play(name, shape, seconds, is_judged)
            findings.heard(sample)
            samples[name].append(sample)
            findings.say(f"{shape}  round {number + 1} of {rounds}  {LABELS[name]:<20} {sample.cpu_us:6.2f} µs{shortfall(sample)}")
    return samples


def is_whole(sample):
    """Whether everything was sent and came: the cost of less than that proves nothing."""
    return sample.carried >= ENOUGH and not sample.late_load


def shortfall(sample):
    if is_whole(sample):
        return ""
    return ", the load was late" if sample.late_load else f", only {sample.carried * 100:.0f} % of the frames came"


def whole(samples):
    """Those that carried everything; all of them if none did, which is then said."""
    return [sample for sample in samples if is_whole(sample)] or samples


def is_short(samples):
    return not any(is_whole(sample) for sample in samples)


def against(samples, name):
    """Ours against another's, round by round, so that a machine that slows down slows both: (median, least, most)."""
    pairs = [(ours, other) for ours, other in zip(samples["relay"], samples[name]) if is_whole(ours) and is_whole(other)]
    ratios = [ours.cpu_us / other.cpu_us for ours, other in pairs or zip(samples["relay"], samples[name])]
    return median(ratios), min(ratios), max(ratios)


def compare_shape(findings, contenders, shape, rounds, seconds, bounds):
    """Compares and writes it down; `bounds`: targets for the ratios. Returns {name: median}."""
    samples = compare(findings, contenders, shape, rounds, seconds)
    medians = {name: median(sample.cpu_us for sample in whole(of)) for name, of in samples.items()}
    ratios = {name: against(samples, name) for name in contenders.names[1:]}
    findings.data.setdefault("cost", []).append({
        "shape": str(shape), "rooms": shape.rooms, "players": shape.players, "rate": shape.rate, "medians": medians,
        "ratios": {name: ratio for name, (ratio, _, _) in ratios.items()},
        "samples": {name: [dataclasses.asdict(sample) for sample in of] for name, of in samples.items()},
    })
    findings.add(f"{shape}: {LABELS['relay']}", medians["relay"], "µs", note=f"frames of {median(s.frame_bytes for s in samples['relay']):.0f} bytes")
    for name in contenders.names[1:]:
        ratio, least, most = ratios[name]
        is_void = is_short(samples["relay"]) or is_short(samples[name])
        note = f"{medians[name]:.2f} µs" + (f"; {least:.2f} to {most:.2f} in {rounds} rounds" if rounds > 1 else "")
        if name in bounds and name != "floor":
            note += f"; the floor itself: {1 / against(samples | {'relay': samples[name]}, 'floor')[0]:.2f}"
        findings.add(f"{shape}: against {LABELS[name]}", ratio, "×", bounds.get(name), note, is_void=is_void)
    for name, of in samples.items():
        if is_short(of):
            findings.remark(f"{shape}: {LABELS[name]} did not carry everything{shortfall(of[0])}: its cost is of less")
    return samples


def compare_main(findings, contenders, rounds, seconds):
    """The figure of figures. Also says how far the floor wandered, which is what all ratios here are worth."""
    findings.begin("CPU per player and tick", f"{MAIN} rooms × players, {RATE} Hz, 24 bytes of input each, one core")
    samples = compare_shape(findings, contenders, MAIN, rounds, seconds, BOUNDS)
    findings.noise["floor_spread"] = spread([sample.cpu_us for sample in samples["floor"]])
    findings.data["generators"] = {name: median(sample.load_us for sample in of) for name, of in samples.items()}
    findings.data["active_memory"] = {name: median(sample.resident for sample in of) / MAIN.everybody for name, of in samples.items()}
    delivery, interval = medians_of(samples, "delivery", "late_share"), medians_of(samples, "interval", "late_time_share")
    findings.data["delivery"], findings.data["frame_interval"] = delivery, interval
    for name, found in delivery.items():
        findings.add(f"delivery p99, {LABELS[name]}", found["p99"], "ms", note=f"p50 {found['p50']:.1f} ms: from one player's turn to another player; {found['late_share'] * 100:.2f} % later than two ticks")
    for name, found in interval.items():
        findings.add(f"frame interval p99, {LABELS[name]}", found["p99"], "ms", note=f"p50 {found['p50']:.1f} ms, longest {found['max']:.1f} ms: from one frame of a player to its next; {found['late_time_share'] * 100:.2f} % of the time in ones of more than two ticks")


def medians_of(samples, what, share):
    """Of the percentiles that were measured at players: by name, over the matches of each."""
    keys = ("p50", "p90", "p99", "p999", "max", share)
    return {name: {key: median(getattr(one, what)[key] for one in of) for key in keys} for name, of in samples.items() if all(getattr(one, what) for one in of)}


def compare_others(findings, contenders, shapes, rounds, seconds):
    findings.begin("CPU per player and tick, other shapes", "the same, for " + ", ".join(map(str, shapes)))
    for shape in shapes:
        bounds = {"floor": 1.15} if shape.rooms == 600 else {}
        compare_shape(findings, contenders, shape, rounds, seconds, bounds)


def compare_in_step(findings, contenders, rounds, seconds):
    """Players who all send in the same eight moments of a tick: no real ones do, but servers that wake up for input like it."""
    findings.begin("Players in step", "the same load, sent in 8 moments of a tick instead of spread over it")
    compare_shape(findings, contenders, dataclasses.replace(MAIN, spread=IN_STEP), rounds, seconds, {})


def grow(findings, contenders, rounds, seconds):
    """More rooms of four, then more players in one room: the relay alone."""
    findings.begin("How cost grows", f"rooms of 4 at {SLOW_RATE} Hz, so that 1,000 of them fit on one core; then players in one room")
    by_rooms, by_players = [Shape(count, 4, rate=SLOW_RATE) for count in (1, 10, 100, 1000)], [Shape(1, count) for count in (2, 8, 32, 128, 500)]
    costs = {shape: [] for shape in by_rooms + by_players}
    for number in range(rounds):
        for shape, of in costs.items():
            sample = contenders.play("relay", shape, seconds)
            findings.heard(sample)
            of.append(sample)
            findings.say(f"{shape}  round {number + 1} of {rounds}  {sample.cpu_us:6.2f} µs, {sample.busy * 100:.0f} % of a core, frames of {sample.frame_bytes:.0f} bytes")
    medians = {shape: median(sample.cpu_us for sample in whole(of)) for shape, of in costs.items()}
    ten, most = by_rooms[1], by_rooms[-1]
    findings.add("from 10 to 1,000 rooms", medians[most] / medians[ten], "×", 1.15, f"{medians[ten]:.2f} µs to {medians[most]:.2f} µs", is_void=is_short(costs[ten]) or is_short(costs[most]))
    for shape in by_players:
        findings.add(f"{shape.players} players in one room", medians[shape], "µs", note=f"frames of {median(s.frame_bytes for s in costs[shape]):.0f} bytes")
    findings.data["growth"] = {
        "rooms": [{"rooms": shape.rooms, "cpu_us": medians[shape]} for shape in by_rooms], "rate": SLOW_RATE,
        "players": [{"players": shape.players, "cpu_us": medians[shape], "frame_bytes": median(s.frame_bytes for s in costs[shape])} for shape in by_players],
    }
    for shape, of in costs.items():
        if is_short(of):
            findings.remark(f"{shape}: not everything was carried{shortfall(of[0])}: its cost is of less")

"""Plots as inline SVG: small, readable on a phone, in the page's colors (`var(--...)`), every mark with a tooltip."""
import html
import math

WIDTH = 480
LABEL, VALUE = 132, 84  # room for what stands left and right of a bar
BAR, GAP, GROUP_GAP = 20, 7, 16


def escape(text):
    return html.escape(str(text))


def svg(height, parts, title):
    return (f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">' + "".join(parts) + "</svg>")


def text(x, y, content, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(content)}</text>'


def bar(x, y, length, color, tooltip):
    """From the axis, with its far end rounded."""
    length, radius = max(length, 1.5), min(4, max(length, 1.5) / 2)
    path = f"M{x:.1f},{y:.1f}h{length - radius:.1f}q{radius},0 {radius},{radius}v{BAR - 2 * radius:.1f}q0,{radius} {-radius},{radius}h{radius - length:.1f}z"
    return f'<path d="{path}" style="fill:var(--{color})"><title>{escape(tooltip)}</title></path>'


def bars(groups, title, unit="", reference=None, digits=2):
    """Horizontal bars. `groups`: (heading or "", [(label, value, color, note)]). `reference`: (value, what it is)."""
    values = [value for _, items in groups for _, value, _, _ in items] + ([reference[0]] if reference else [])
    scale = (WIDTH - LABEL - VALUE) / (max(values) or 1)
    parts, y = [], 18 if reference else 2
    for heading, items in groups:
        if heading:
            parts.append(text(0, y + 14, heading, "heading"))
            y += 24
        for label, value, color, note in items:
            shown = f"{value:,.{digits}f}{' ' if unit else ''}{unit}"
            parts.append(text(LABEL - 8, y + BAR / 2 + 4.5, label, "strong" if color == "ours" else "label", "end"))
            parts.append(bar(LABEL, y, value * scale, color, f"{heading} {label}: {shown} {note}".strip()))
            parts.append(text(LABEL + value * scale + 6, y + BAR / 2 + 4.5, shown, "strong" if color == "ours" else "value"))
            y += BAR + GAP
        y += GROUP_GAP - GAP
    y -= GROUP_GAP - GAP
    if reference:
        x = LABEL + reference[0] * scale
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="14" y2="{y:.0f}" class="reference"/>')
        parts.append(text(x, 10, reference[1], "note", "middle" if x < WIDTH - 60 else "end"))
    return svg(y, parts, title)


def ticks(most):
    """Round steps from 0 to a little more than the largest value."""
    raw = most / 4 or 1
    power = 10 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw)
    return [step * index for index in range(int(math.ceil(most / step - 1e-9)) + 1)]


def number(value):
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:g}"


def line(points, title, x_title, unit, bound=None):
    """One line over a logarithmic x from 0 up: [(x, y, note)]. `bound`: (y, what it is), drawn across."""
    left, right, top, bottom, height = 44, WIDTH - 26, 34, 222, 266
    steps = ticks(max([y for _, y, _ in points] + ([bound[0]] if bound else [])) * 1.08)
    logs = [math.log10(x) for x, _, _ in points]
    across = lambda x: left + 18 + (math.log10(x) - logs[0]) / ((logs[-1] - logs[0]) or 1) * (right - left - 18)  # noqa: E731
    up = lambda y: bottom - y / steps[-1] * (bottom - top)  # noqa: E731
    parts = [f'<line x1="{left}" x2="{WIDTH}" y1="{up(y):.1f}" y2="{up(y):.1f}" class="grid"/>' + text(left - 8, up(y) + 4, number(y), "note", "end") for y in steps]
    parts.append(text(left - 8, 12, unit, "note", "end"))
    if bound:
        parts.append(f'<line x1="{left}" x2="{WIDTH}" y1="{up(bound[0]):.1f}" y2="{up(bound[0]):.1f}" class="reference"/>')
        parts.append(text(WIDTH, up(bound[0]) - 5, bound[1], "note", "end"))
    parts.append(f'<polyline class="line" points="{" ".join(f"{across(x):.1f},{up(y):.1f}" for x, y, _ in points)}"/>')
    before = 0
    for x, y, note in points:
        falls, before = y < 0.8 * before, y  # then the line comes from above, where the label would stand
        parts.append(f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="5" class="dot"><title>{escape(note)}</title></circle>')
        parts.append(text(across(x) + (1 if falls else 0), up(y) - 11, number(round(y, 2)), "strong", "start" if falls and x < points[-1][0] else "middle"))
        parts.append(text(across(x), bottom + 18, number(x), "note", "middle"))
    parts.append(text((left + right) / 2, bottom + 38, x_title, "note", "middle"))
    return svg(height, parts, title)


def duration(power):
    """A power of ten of microseconds, for an axis."""
    return f"{10**power} µs" if power < 3 else f"{10 ** (power - 3)} ms" if power < 6 else f"{10 ** (power - 6)} s"


def dots(rows, columns, title):
    """Microseconds on one logarithmic scale: rows [(label, {column: value})], columns [(key, name, color)]; each dot is labelled."""
    values = [value for _, of in rows for value in of.values() if value > 0]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values) * 1.01))
    left, right, pitch = 64, WIDTH - 40, 62
    across = lambda value: left + (math.log10(max(value, 10**low)) - low) / ((high - low) or 1) * (right - left)  # noqa: E731
    height = 26 + pitch * len(rows) + 20
    parts, x = [], left
    for _, name, color in columns:
        parts.append(f'<circle cx="{x + 5}" cy="8" r="5" style="fill:var(--{color})"/>' + text(x + 15, 12, name, "label"))
        x += 27 + 6.6 * len(name)
    for power in range(low, high + 1):
        at = across(10**power)
        parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="24" y2="{height - 20:.0f}" class="grid"/>' + text(at, height - 5, duration(power), "note", "middle"))
    for index, (label, of) in enumerate(rows):
        y = 26 + pitch * index + 6
        parts.append(text(0, y + 25, label, "strong"))
        for offset, (key, name, color) in enumerate(columns):
            value, at = of[key], y + 6 + offset * 16
            parts.append(f'<line x1="{left}" x2="{across(value):.1f}" y1="{at:.1f}" y2="{at:.1f}" style="stroke:var(--{color})" class="stem"/>')
            parts.append(f'<circle cx="{across(value):.1f}" cy="{at:.1f}" r="5" style="fill:var(--{color})"><title>{escape(f"{label} {name}: {value:,.0f} µs")}</title></circle>')
            parts.append(text(across(value) + 9, at + 4, f"{value:,.0f}", "value"))
    return svg(height, parts, title)

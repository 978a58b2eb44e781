"""What comes out: rows of the table, each perhaps with a target, and the samples behind them for plots and --json."""
import contextlib
import dataclasses
import statistics
import sys
import time
import traceback

BOLD, DIM, RED, GREEN, YELLOW, PLAIN = ("\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[33m", "\033[0m") if sys.stdout.isatty() else ("",) * 6


@dataclasses.dataclass
class Row:
    """One line of the table. `bound`: the target, which `value` must not exceed; None if there is none. `is_void`: what was
    measured is not what was meant, so it is no evidence either way."""

    what: str
    value: float
    unit: str = ""
    bound: float | None = None
    note: str = ""
    digits: int = 2
    is_void: bool = False

    @property
    def verdict(self):
        if self.bound is None:
            return ""
        if self.is_void:
            return "void"
        return "met" if self.value <= self.bound else f"missed by {(self.value / self.bound - 1) * 100:.0f} %"

    @property
    def text(self):
        return f"{self.value:,.{self.digits}f}{' ' if self.unit else ''}{self.unit}"

    @property
    def target(self):
        return "" if self.bound is None else f"≤ {self.bound:g}"


@dataclasses.dataclass
class Section:
    title: str
    rows: list = dataclasses.field(default_factory=list)
    remarks: list = dataclasses.field(default_factory=list)


class Findings:
    """Collects, in order of measuring. `data`: by subject, whatever its plot needs."""

    def __init__(self):
        self.began = time.monotonic()
        self.sections, self.data, self.skipped, self.broken = [], {}, [], []
        self.noise = {"floor_spread": None, "others": [], "stolen": [], "load_average": []}

    def section(self, title):
        self.sections.append(Section(title))
        return self.sections[-1]

    def add(self, what, value, unit="", bound=None, note="", digits=2, is_void=False):
        self.sections[-1].rows.append(Row(what, value, unit, bound, note, digits, is_void))

    def remark(self, text):
        self.sections[-1].remarks.append(text)

    def skip(self, what, why):
        """Something that this machine, or this checkout, cannot show."""
        self.skipped.append({"what": what, "why": why})
        self.say(f"{YELLOW}skipped{PLAIN} {what}: {why}")

    @contextlib.contextmanager
    def attempt(self, what):
        """If a measurement breaks, the others still count; the run says so, and does not end well."""
        try:
            yield
        except Exception as error:  # whatever it is, it is this measurement's
            traceback.print_exc()
            self.broken.append(what)
            self.skip(what, f"it broke: {error!r}")

    def heard(self, sample):
        """Every sample says how quiet the machine was."""
        self.noise["others"].append(sample.others)
        self.noise["stolen"].append(sample.stolen)

    def say(self, text):
        print(f"{DIM}{time.monotonic() - self.began:5.0f} s{PLAIN}  {text}", flush=True)

    def begin(self, title, text):
        self.section(title)
        print(f"\n{BOLD}{title}{PLAIN}  {DIM}{text}{PLAIN}", flush=True)

    def as_json(self):
        return {
            "sections": [
                {"title": section.title, "remarks": section.remarks, "rows": [dataclasses.asdict(row) | {"verdict": row.verdict} for row in section.rows]}
                for section in self.sections
            ],
            "data": self.data, "skipped": self.skipped, "noise": self.noise, "seconds": round(time.monotonic() - self.began, 1),
        }

    def print_table(self):
        width = max((len(row.what) for section in self.sections for row in section.rows), default=0)
        for section in self.sections:
            if not section.rows and not section.remarks:
                continue
            print(f"\n{BOLD}{section.title}{PLAIN}")
            for row in section.rows:
                color = {"met": GREEN, "void": YELLOW}.get(row.verdict, RED)
                verdict = f"{row.target:>8}  {color}{row.verdict}{PLAIN}" if row.verdict else ""
                print(f"  {row.what:<{width}}  {row.text:>14}  {verdict}{'  ' if row.note else ''}{DIM}{row.note}{PLAIN}".rstrip())
            for remark in section.remarks:
                print(f"  {DIM}{remark}{PLAIN}")
        for skipped in self.skipped:
            print(f"\n{YELLOW}skipped{PLAIN}  {skipped['what']}: {skipped['why']}")

    def targets(self):
        """(met, all that say something): how many rows with a target."""
        verdicts = [row.verdict for section in self.sections for row in section.rows if row.verdict not in ("", "void")]
        return verdicts.count("met"), len(verdicts)


def median(values):
    values = list(values)
    return statistics.median(values) if values else 0.0


def spread(values):
    """How far apart values are, relative to their median."""
    middle = median(values)
    return (max(values) - min(values)) / middle if middle else 0.0

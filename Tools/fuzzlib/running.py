"""Runs targets, and keeps what they find."""

import base64
import dataclasses
import os
import re
import shutil
import subprocess
import time

from . import BUILD, CORPORA, ROOT

KEPT_BYTES = 40_000  # of a target's kept inputs, together
MEMORY = 2048  # MiB that an input may make the process take
PATIENCE = 60  # seconds for one input, which takes milliseconds: a busy machine is no finding


@dataclasses.dataclass
class Outcome:
    finding: str | None
    reason: str
    log: str
    runs: int
    coverage: int
    seconds: float


def environment(**more):
    # Leaks: Swift keeps flags in the spare bits of pointers, and what is only known by such a pointer is a leak to the sanitizer.
    options = "detect_leaks=0:abort_on_error=0:allocator_may_return_null=0"
    return os.environ | {"ASAN_OPTIONS": options, "SWIFT_BACKTRACE": "enable=no", "FUZZ_VECTORS": str(ROOT / "Protocol/vectors"), **more}


def fuzz(target, program, seconds, name=None):
    """Runs the seeds, the kept inputs, those of earlier runs, and then what libFuzzer makes of them."""
    scratch = BUILD / "runs" / (name or target.name)
    seeds, kept, grown = prepare(target, program, scratch)
    log, findings = scratch / "log", BUILD / "findings"
    findings.mkdir(parents=True, exist_ok=True)
    command = [program, grown, kept, seeds, f"-max_total_time={seconds}", f"-max_len={target.length}", f"-timeout={PATIENCE}",
               f"-rss_limit_mb={MEMORY}", f"-artifact_prefix={findings}/{scratch.name}-", "-print_final_stats=1", "-use_value_profile=1"]
    words = seeds.with_suffix(".words")
    command += [f"-dict={words}"] if words.stat().st_size else []
    started = time.monotonic()
    with open(log, "w") as output:
        status = subprocess.run([*map(str, command)], cwd=ROOT, env=environment(), stdout=output, stderr=subprocess.STDOUT).returncode
    return judge(status, log, time.monotonic() - started)


def judge(status, log, seconds):
    text = log.read_text(errors="replace")
    runs = re.findall(r"^stat::number_of_executed_units: (\d+)", text, re.MULTILINE) or re.findall(r"^#(\d+)", text, re.MULTILINE)
    coverage = re.findall(r" cov: (\d+)", text)
    # Slow inputs are written too, and the run goes on: on a busy machine any may be slow.
    finding = re.search(r"Test unit written to (\S+)", text) if status != 0 else None
    reason = re.search(r"NOT HELD: .*|Fatal error: .*|SUMMARY: .*", text)
    outcome = Outcome(finding.group(1) if finding else None, reason.group(0) if reason else f"exit status {status}", str(log),
                      int(runs[-1]) if runs else 0, int(coverage[-1]) if coverage else 0, seconds)
    if status != 0 and outcome.finding is None:
        outcome.finding = "none: it did not get so far"
    return outcome


def prepare(target, program, scratch):
    """Directories of seeds, of kept inputs, and of what this machine has found so far."""
    seeds, kept, grown = scratch / "seeds", scratch / "kept", scratch / "grown"
    for directory in (seeds, kept):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
    grown.mkdir(exist_ok=True)
    subprocess.run([program], env=environment(FUZZ_SEEDS=str(seeds)), cwd=ROOT, check=True)
    for number, content in enumerate(read_kept(target)):
        (kept / f"kept-{number}").write_bytes(content)
    return seeds, kept, grown


# --- the corpora: a text file a target, an input a line in base64; lines that begin with # say what was found with the next one ---

def read_kept(target):
    file = CORPORA / f"{target.name}.txt"
    lines = file.read_text().splitlines() if file.exists() else []
    return [base64.b64decode(line) for line in lines if not line.startswith("#")]


def findings_of(target):
    """The lines of inputs that were findings once: kept for ever."""
    file = CORPORA / f"{target.name}.txt"
    lines = file.read_text().splitlines() if file.exists() else []
    places = [place for place, line in enumerate(lines) if line.startswith("#")]
    return [line for place in places for line in lines[place:place + 2]]


def keep(target, program):
    """Keeps those inputs that reach what the seeds do not, the shortest first. Returns how many."""
    scratch = BUILD / "runs" / target.name
    merged = scratch / "merged"
    shutil.rmtree(merged, ignore_errors=True)
    shutil.copytree(scratch / "seeds", merged)
    seeds = {path.name for path in merged.iterdir()}
    command = [program, "-merge=1", f"-max_len={target.length}", f"-timeout={PATIENCE}", merged, scratch / "kept", scratch / "grown"]
    subprocess.run([*map(str, command)], cwd=ROOT, env=environment(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lines, size = findings_of(target), 0
    for content in sorted((path.read_bytes() for path in merged.iterdir() if path.name not in seeds), key=lambda content: (len(content), content)):
        line = base64.b64encode(content).decode()
        size += len(line)
        if size > KEPT_BYTES:
            break
        if content and line not in lines:
            lines.append(line)
    CORPORA.mkdir(exist_ok=True)
    (CORPORA / f"{target.name}.txt").write_text("".join(line + "\n" for line in lines))
    return len(lines)

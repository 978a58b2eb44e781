"""A relay of our own on free ports, what it says about itself, and what the kernel says about it."""
import atexit
import ctypes
import json
import os
import pathlib
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from . import tls

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / "Tools"
BINARY = os.environ.get("TICKRELAY") or str(ROOT / ".build/release/tickrelay")
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
PR_SET_PDEATHSIG = 1
EX_SKIPPED = 77
EX_TEMPFAIL = 75
_libc = ctypes.CDLL(None, use_errno=True)
_children = []


def spawn(argv, *, ahead=False, **options):
    """A child that ends with us, whatever ends us. `ahead`: ahead of everybody else's work on this machine, where that is permitted."""
    child = subprocess.Popen(argv, preexec_fn=lambda: _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL), start_new_session=ahead, **options)
    _children.append(child)
    if ahead:
        go_ahead(child.pid)
    return child


def go_ahead(session):
    """The kernel shares cores between sessions first; nice values count only within one."""
    try:
        pathlib.Path(f"/proc/{session}/autogroup").write_text("-20")
    except OSError:
        pass  # not root, or another scheduler: then neighbours may be heard


@atexit.register
def end_children():
    for child in _children:
        if child.poll() is None:
            child.kill()
            child.wait()


def cpu_seconds(pid):
    """User and system time of a process, children not included."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def resident_bytes(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def wait_for_end(process, timeout):
    """Its exit status; it is killed when time is up."""
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


class Relay:
    """`tickrelay serve` with settings, and a token for its operators unless `adminToken` is among them. `prefix`: words before it, such
    as `taskset -c 0`; `extra`: words behind; `ahead`: see `spawn`; `stderr`: where its log goes, if not into a file; `encrypted`: whether players speak TLS with it."""

    def __init__(
        self, *, prefix=(), extra=(), host="127.0.0.1", listen=None, admin=None, ahead=False, stderr=None, encrypted=tls.IS_ON, **settings
    ):
        if not os.access(BINARY, os.X_OK):
            print(f"no {BINARY}: build it, or name one in TICKRELAY")
            sys.exit(1)
        self.log_file = tempfile.NamedTemporaryFile(prefix="tickrelay-show-", suffix=".log")
        self.token = None
        if "adminToken" not in settings:
            self.token = secrets.token_hex(32)
            self.token_file = tempfile.NamedTemporaryFile(prefix="tickrelay-show-", suffix=".token")
            pathlib.Path(self.token_file.name).write_text(self.token + "\n")
            settings["adminToken"] = self.token_file.name
        listen = listen or f"{host}:0"
        if encrypted:
            settings = {"tlsListen": listen} | tls.settings() | settings
            listen = f"{host}:0"
        if settings.get("proxies") or not all(place.startswith("127.") for place in [listen, settings.get("tlsListen", listen)]):
            settings.setdefault("access", "open")  # where others could connect it has to be said
        argv = [*prefix, BINARY, "serve", "--listen", listen, "--admin", admin or f"{host}:0"]
        for key, value in settings.items():
            argv += ["--set", f"{key}={value}"] if value is not None else []
        self.process = spawn([*argv, *extra], ahead=ahead, stdout=subprocess.PIPE, stderr=stderr or self.log_file, text=True)
        line = self.process.stdout.readline()
        plain = re.search(r"ws://(\S+):(\d+)|ws\+unix:(\S+)", line)
        if not plain:
            print(self.log())
            raise SystemExit("the relay did not start")
        self.plain_address = plain[3] or (plain[1].strip("[]"), int(plain[2]))  # of the listener without TLS; the path of a Unix socket
        found = re.search(r"wss://(\S+):(\d+)", line)
        self.url, self.admin = (found if encrypted else plain)[0], re.search(r"admin (http(?:://|\+unix:)\S+)", line)[1]
        self.address = (found[1], int(found[2])) if encrypted else self.plain_address
        self.page = self.url.replace("ws", "http", 1) + "/"
        self.pid = self.process.pid

    def request(self, path, method="GET"):
        """What asks the admin API, in the operator's name."""
        return urllib.request.Request(self.admin + path, method=method, headers={"Authorization": f"Bearer {self.token}"} if self.token else {})

    def stats(self, timeout=5):
        with urllib.request.urlopen(self.request("/stats"), timeout=timeout) as answer:
            return json.load(answer)

    def ask(self, path, timeout):
        """What the admin API answers, status and text, or why it does not."""
        try:
            with urllib.request.urlopen(self.request(path), timeout=timeout) as answer:
                return f"{answer.status} {answer.read().decode().strip()}"
        except OSError as error:
            return str(error)

    def counter(self, name):
        return self.stats()["counters"].get(name, 0)

    def seat(self, room, seat):
        """A seat as /stats shows it, or None."""
        rooms = [found for found in self.stats()["rooms"] if found["name"] == room]
        return next((found for found in rooms[0]["seats"] if found["seat"] == seat), None) if rooms else None

    def post(self, path):
        """What the admin API answers to a POST: the status."""
        with urllib.request.urlopen(self.request(path, "POST"), timeout=5) as answer:
            return answer.status

    def log(self):
        return pathlib.Path(self.log_file.name).read_text()

    def notes(self, sentence, **fields):
        """Lines of the log with this sentence and these fields, as dictionaries."""
        notes = []
        for line in self.log().splitlines():
            note = dict(re.findall(r"(\w+)=(\S+)", line))
            if sentence in line and all(note.get(key) == str(value) for key, value in fields.items()):
                notes.append(note)
        return notes

    def pause(self):
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.pid, signal.SIGCONT)

    def is_alive(self):
        return self.process.poll() is None

    def stop(self):
        """SIGTERM; the exit status."""
        self.process.terminate()
        return self.wait(10)

    def wait(self, timeout):
        """The exit status; kills it when time is up."""
        return wait_for_end(self.process, timeout)


class Bots:
    """`tickrelay bots` against a relay."""

    def __init__(self, url, *, prefix=(), seed=1, extra=(), ahead=False, **options):
        self.json_file = tempfile.NamedTemporaryFile(prefix="tickrelay-bots-", suffix=".json")
        self.output = tempfile.NamedTemporaryFile(prefix="tickrelay-bots-", suffix=".log")
        argv = [*prefix, BINARY, "bots", "--url", url, "--json", self.json_file.name, "--seed", str(seed)]
        if url.startswith("wss:"):
            argv += ["--authorities", str(tls.authority().certificate)]
        for key, value in options.items():
            argv += [f"--{key.replace('_', '-')}", str(value)]
        self.process = spawn([*argv, *extra], ahead=ahead, stdout=self.output, stderr=self.output)
        self.pid = self.process.pid
        self.last_cpu = 0.0

    def cpu(self):
        """Also after the end: as of the last look."""
        try:
            self.last_cpu = cpu_seconds(self.pid)
        except (OSError, IndexError):
            pass
        return self.last_cpu

    def wait(self, timeout):
        """The exit status; kills it when time is up."""
        return wait_for_end(self.process, timeout)

    def report(self):
        """What --json holds; empty if there is nothing."""
        text = pathlib.Path(self.json_file.name).read_text()
        return json.loads(text) if text.strip() else {}

    def says(self, lines=12):
        return "\n".join(pathlib.Path(self.output.name).read_text().splitlines()[-lines:])


def faults(report):
    """What the bots hold against a relay that was stopped or killed on purpose: everything but that it was late."""
    return [failure for failure in report.get("failures", ["no report"]) if failure not in report.get("late", [])]


def free_port():
    """One that nobody has just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_until(condition, timeout, step=0.02):
    """Whether it came true in time."""
    until = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= until:
            return False
        time.sleep(step)
    return True

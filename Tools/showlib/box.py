"""The relay under a real systemd: `Tools/systemd-box` around the show, and what systemd says of the service."""
import atexit
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from .relay import BINARY, EX_SKIPPED, ROOT, wait_until

PACKAGE = ROOT / "Tools/package"
UNIT = "tickrelay.service"
TOKEN = "shows-make-things-hang-and-die-0123456789"  # what the box's operators say; it guards nothing else
PLAYERS, ADMIN = "ws://127.0.0.1:7777", "http://127.0.0.1:7778"

# Connects again and again until it is interrupted; prints how often, and how often it was refused.
KNOCK = """
import socket, time
refused = tried = 0
try:
    while True:
        tried += 1
        try: socket.create_connection(("127.0.0.1", 7777), 5).close()
        except ConnectionRefusedError: refused += 1
        time.sleep(0.02)
except KeyboardInterrupt:
    print(tried, refused)
"""


def enter(show, *, stage_with, hidden=()):
    """Runs the show again inside of a box, unless it is there already; returns in the box only.

    `stage_with` fills a directory with what is laid over the box's root; `hidden` directories are not seen there."""
    if "BOX_ROOT" in os.environ:
        return
    if os.geteuid() != 0:
        print("a real systemd needs root here")
        sys.exit(EX_SKIPPED)
    stage = pathlib.Path(tempfile.mkdtemp(prefix="tickrelay-stage-"))
    atexit.register(shutil.rmtree, stage, True)
    stage_with(stage)
    hiding = [word for directory in hidden for word in ("--hide", directory)]
    sys.exit(subprocess.call([ROOT / "Tools/systemd-box", *hiding, stage, "--", sys.executable, show, *sys.argv[1:]]))


def install(stage):
    """What the package would bring, without the package, and with the commands that make things hang."""
    units = stage / "etc/systemd/system"
    shutil.copytree(PACKAGE / "units", units)
    for directory in ("usr/bin", "usr/lib/sysusers.d", "etc/tickrelay"):
        (stage / directory).mkdir(parents=True)
    shutil.copy2(BINARY, stage / "usr/bin/tickrelay")
    shutil.copy2(PACKAGE / "sysusers.conf", stage / "usr/lib/sysusers.d/tickrelay.conf")
    (stage / "etc/tickrelay/tickrelay.json").write_text('{"access": "open"}')
    drop_in = units / f"{UNIT}.d"
    drop_in.mkdir()
    command = "/usr/bin/tickrelay serve --debug-faults --config /etc/tickrelay/tickrelay.json"
    token = stage / "etc/tickrelay/admin-token"
    token.write_text(TOKEN + "\n")
    token.chmod(0o600)
    credential = "LoadCredential=admin-token:/etc/tickrelay/admin-token\nEnvironment=TICKRELAY_ADMIN_TOKEN=credential:admin-token\n"
    (drop_in / "faults.conf").write_text(f"[Service]\nExecStart=\nExecStart={command}\n{credential}")


def inside(*argv):
    """The command as it is run from outside of the box."""
    return [*os.environ["IN"].split(), *argv]


def run(*argv, check=True, timeout=60):
    """Runs in the box; standard output."""
    done = subprocess.run(inside(*argv), capture_output=True, text=True, timeout=timeout)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def systemctl(*argv, **options):
    return run("systemctl", "--no-pager", *argv, **options)


def begin(name, *argv):
    """Runs something in the background, as a unit of the box."""
    run("systemd-run", f"--unit={name}", "-q", "-p", f"StandardOutput=file:/var/tmp/{name}", "-p", "StandardError=inherit", *argv)


def end(name, timeout=60):
    """Interrupts it; its exit status and what it said."""
    systemctl("kill", "-s", "INT", name)
    wait_until(lambda: shown("MainPID", name) == "0", timeout, 0.1)
    return int(shown("ExecMainStatus", name) or 0), file(f"/var/tmp/{name}").read_text()


def shown(name, unit=UNIT):
    """A property of a unit."""
    return systemctl("show", "-P", name, unit)


def file(path):
    """A file of the box, from outside."""
    return pathlib.Path(os.environ["BOX_ROOT"]) / path.lstrip("/")


def fetch(path, method="GET", timeout=2):
    """What the admin API answers; empty when nobody does."""
    token = () if method == "GET" else ("-H", f"Authorization: Bearer {TOKEN}")
    return run("curl", "-s", "-m", str(timeout), "-X", method, *token, ADMIN + path, check=False)


def stats():
    text = fetch("/stats")
    return json.loads(text) if text.startswith("{") else {}


def live():
    """Seats with a player in them."""
    return stats().get("seats", {}).get("live", 0)


def journal(*matches):
    """Entries of the box's journal, as dictionaries."""
    return [json.loads(line) for line in run("journalctl", "--no-pager", "-o", "json", *matches).splitlines()]


def said(*words, since=0.0):
    """Times of systemd's own lines about the service with all these words in them: seconds, realtime clock."""
    entries = journal(f"UNIT={UNIT}", "_PID=1")
    times = [int(entry["__REALTIME_TIMESTAMP"]) / 1e6 for entry in entries if all(word in str(entry["MESSAGE"]) for word in words)]
    return [moment for moment in times if moment >= since]


def pid():
    return int(shown("MainPID"))


def wait_for_next(old, timeout=20):
    """Waits for another process that says it is ready; whether it came."""
    return wait_until(lambda: shown("ActiveState") == "active" and pid() not in (0, old), timeout)

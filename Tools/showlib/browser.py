"""Real Chromium by Playwright, and pages of the relay in it."""
import contextlib
import importlib.util
import os
import pathlib
import shutil
import signal
import sys

from .relay import ROOT, wait_until
from .report import skip

BROWSERS = "SHOW_BROWSERS"  # "no": as in the gate, which lets pages play in one show, if it has the time
sys.path.append(str(ROOT / ".build-browsers"))  # where the gate puts Playwright
SHOTS = ROOT / ".build/web-shots"
PATIENCE = 30  # seconds for anything that a page does: a bound, never a judgement
DESKTOP = {"viewport": {"width": 1280, "height": 760}}
PHONE = {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


def missing_browser():
    """Why there is no browser for a show; None if there is one."""
    if os.environ.get(BROWSERS) == "no":
        return "browsers play in Tools/test --all, and when this is run alone"
    if not importlib.util.find_spec("playwright"):
        return "needs Playwright: pip install playwright"
    return None if program() else "needs Chromium: apt-get install chromium"


def program():
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextlib.contextmanager
def chromium():
    """A browser; the show is skipped where there is none."""
    if why := missing_browser():
        skip(why)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Window:
    """A page of its own, as in another browser: nothing is shared with the others."""

    def __init__(self, browser, *, dark=False, **device):
        self.before = renderers()
        self.context = browser.new_context(color_scheme="dark" if dark else "light", **(device or DESKTOP))
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        self.complaints = []
        self.page.on("console", lambda message: message.type in ("error", "warning") and self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.renderers = set()

    def open(self, address):
        self.page.goto(address)
        self.renderers = renderers() - self.before
        return self

    def ask(self, expression, argument=None):
        return self.page.evaluate(expression, argument)

    def until(self, expression, argument=None):
        """Whether the expression becomes true in the page."""
        return wait_until(lambda: self.page.evaluate(expression, argument), PATIENCE)

    def shot(self, name):
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")

    def stand_still(self):
        """Stops the page's process: its sockets stay open, and nobody answers."""
        for pid in self.renderers:
            os.kill(pid, signal.SIGSTOP)

    def go_on(self):
        for pid in self.renderers:
            os.kill(pid, signal.SIGCONT)

    def close(self):
        self.context.close()


def renderers():
    """Processes of ours that draw pages."""
    found, parents = set(), {}
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError, IndexError, ValueError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if b"--type=renderer" in (folder / "cmdline").read_bytes():
                found.add(int(folder.name))
    return {pid for pid in found if descends(pid, os.getpid(), parents)}


def descends(pid, ancestor, parents):
    while pid in parents and pid != ancestor:
        pid = parents[pid]
    return pid == ancestor

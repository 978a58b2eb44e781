"""Real Chromium by Playwright, and pages of the relay in it."""
import contextlib
import os
import pathlib
import shutil
import signal
import urllib.parse
import urllib.request

from .relay import ROOT, wait_until
from .report import skip

SHOTS = ROOT / ".build/web-shots"
WEB = ROOT / "Sources/RelayWeb/Web"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# A page that `answer_from_tree` gave comes from nowhere, and may not connect to loopback otherwise.
ARGUMENTS = ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"]
PATIENCE = 30  # seconds for anything that a page does: a bound, never a judgement
DESKTOP = {"viewport": {"width": 1280, "height": 760}}
PHONE = {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


@contextlib.contextmanager
def chromium():
    """A browser; the show is skipped where there is none."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        skip("needs Playwright: pip install playwright")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        skip("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def serves_playground(address):
    """Whether this relay serves the page itself."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return b"/playground/playground.js" in answer.read()
    except OSError:
        return False


def answer_from_tree(route):
    """What a relay would answer that serves the sources as they are."""
    folder, _, name = urllib.parse.urlsplit(route.request.url).path.rpartition("/")
    file = {"/sdk/v1": WEB / "sdk", "/playground": WEB / "playground"}.get(folder, WEB / "playground") / (name or "index.html")
    if file.is_file():
        route.fulfill(body=file.read_bytes(), headers={"Content-Type": TYPES.get(file.suffix, "text/plain"), "Content-Security-Policy": POLICY})
    else:
        route.fulfill(status=404)


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
        """Of a relay that does not serve the page, everything but the connection comes from the sources."""
        origin = address.partition("#")[0]
        if not serves_playground(origin):
            self.context.route(f"{origin}**", answer_from_tree)
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

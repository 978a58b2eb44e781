"""The operators' page in real Chromium."""
import contextlib
import http.client
import http.server
import pathlib
import shutil
import threading
import urllib.parse
import urllib.request

from .relay import ROOT, wait_until
from .report import skip

SHOTS = ROOT / ".build/web-shots"
FILES = ROOT / "Sources/RelayWeb/Web/dashboard"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PATIENCE = 30  # seconds for anything that a page does: a bound, never a judgement
DESKTOP = {"viewport": {"width": 1360, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


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
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def page_address(relay):
    """The relay's own page if it serves one, else a server of the same files that passes everything else on."""
    request = urllib.request.Request(relay.admin + "/", headers={"Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        if "html" in answer.headers.get("Content-Type", ""):
            return relay.admin + "/"
    handler = type("PassOn", (PageHandler,), {"target": urllib.parse.urlparse(relay.admin).netloc})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/"


class PageHandler(http.server.BaseHTTPRequestHandler):
    target = ""

    def do_GET(self):
        path = self.path.split("?")[0]
        file = FILES / "index.html" if path == "/" else FILES / pathlib.PurePath(path).name if path.startswith("/dashboard/") else None
        if file is None:
            return self.pass_on()
        self.send_response(200)
        self.send_header("Content-Type", TYPES[file.suffix])
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(file.read_bytes())
        return None

    def pass_on(self):
        connection = http.client.HTTPConnection(self.target, timeout=PATIENCE)
        try:
            connection.request("GET", self.path)
            answer = connection.getresponse()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.end_headers()
            while part := answer.read1(1 << 16):
                self.wfile.write(part)
                self.wfile.flush()
        except (OSError, http.client.HTTPException):
            pass  # either side has gone: the page is to notice
        finally:
            connection.close()

    def log_message(self, *_):
        pass


class Page:
    """One page, on its own kind of screen."""

    def __init__(self, browser, address, name, screen, scheme):
        self.name, self.complaints = name, []
        self.page = browser.new_context(color_scheme=scheme, **screen).new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        self.page.on("console", lambda message: message.type in ("error", "warning") and self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.address = address

    def open(self, place=""):
        self.page.goto(self.address + place)
        return self

    def ask(self, expression, argument=None):
        return self.page.evaluate(expression, argument)

    def until(self, expression, argument=None):
        """Whether the expression becomes true in the page."""
        return wait_until(lambda: self.ask(expression, argument), PATIENCE, 0.1)

    def until_shows(self, selector, words):
        """Whether an element that matches shows these words."""
        return self.until("([selector, words]) => [...document.querySelectorAll(selector)].some(e => e.offsetParent && e.innerText.includes(words))", [selector, words])

    @property
    def verdict(self):
        return self.ask("document.querySelector('.verdict h1')?.innerText ?? ''")

    def shot(self, what):
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"dashboard-{what}-{self.name}.png", full_page=True)

    def is_within_its_screen(self):
        return self.ask("document.documentElement.scrollWidth <= innerWidth")

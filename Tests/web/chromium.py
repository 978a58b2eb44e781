"""The browser SDK in a real Chromium: golden vectors, two pages, a reload, a duplicated tab, a cut. Used by Tools/shows/75-browser-sdk."""
import functools
import http.server
import pathlib
import threading

from showlib.relay import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' ws://127.0.0.1:*; base-uri 'none'"
PATIENCE = 20  # seconds


class Pages(http.server.SimpleHTTPRequestHandler):
    """The tree, under a strict policy."""

    def end_headers(self):
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_):
        pass


Pages.extensions_map[".js"] = "text/javascript"


def serve_pages():
    """The address of the tree."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Pages, directory=str(ROOT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


class Tab:
    """A page that plays, or will."""

    def __init__(self, page, complaints):
        self.page = page
        page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))

    def wait(self, condition):
        # Playwright's own waiting evaluates text within the page, which the policy forbids.
        if not wait_until(lambda: self.page.evaluate(f"Boolean({condition})"), PATIENCE):
            raise TimeoutError(f"waited in vain for {condition}")

    def joined(self):
        self.wait("window.room?.players.length")
        return self

    def seat(self):
        return self.page.evaluate("room.me.seat")


def show_chromium(show, playwright, relay):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    complaints = []
    context = browser.new_context()
    address = f"{serve_pages()}/Tests/web/page.html"
    show_vectors(show, Tab(context.new_page(), complaints), address)
    first = Tab(context.new_page(), complaints)
    first.page.goto(f"{address}#{relay.url}/lobby")
    first.joined()
    other = Tab(browser.new_context().new_page(), complaints)
    other.page.goto(f"{address}#{relay.url}/lobby")
    other.joined()
    show_two_pages(show, first, other)
    show_reload(show, first, other)
    show_duplicate(show, context, first, complaints)
    show_back(show, first, address)
    show.check("no page complained, under a strict Content-Security-Policy", not complaints, "; ".join(complaints[:3]))
    browser.close()


def show_vectors(show, tab, address):
    tab.page.goto(address)
    tab.wait("window.vectors")
    for name, verdict in tab.page.evaluate("vectors()").items():
        figure = f"{verdict['passed']} passed, {verdict['leftOut']} left out" + "".join(f"; {failure[:200]}" for failure in verdict["failures"][:3])
        show.check(f"golden vectors in Chromium, {name}", verdict["passed"] > 0 and not verdict["failures"], figure)


def show_two_pages(show, first, other):
    show.check("two pages take two seats", first.seat() != other.seat(), f"{first.seat()} and {other.seat()}")
    first.page.evaluate("room.me.set({x: 1.5, name: '<b>Ada</b>'}), room.send('hello', 'you')")
    other.wait(f"room.player({first.seat()})?.get('x') === 1.5 && events.includes('hello you')")
    show.check("one sees what the other wrote, and its event once", other.page.evaluate("events.length") == 1)
    other.wait("room.quality.rtt !== null")
    badge = other.page.locator("#badge")
    show.check("the badge says that the connection is good", "Connection OK" in badge.inner_text(), badge.inner_text().replace("\n", " "))
    color = badge.locator("span").first.evaluate("element => getComputedStyle(element).color")
    show.check("it is styled in spite of the policy", color == "rgb(46, 158, 91)", color)


def show_reload(show, first, other):
    seat, events = first.seat(), other.page.evaluate("events.length")
    with first.page.expect_navigation():
        first.page.evaluate("for (let n = 0; n < 20; n++) room.send('last', n); room.me.set({x: 7}); location.reload()")
    first.joined()
    show.check("a reloaded page is back in its seat", first.seat() == seat, f"seat {first.seat()}")
    other.wait(f"events.length >= {events + 20} && room.player({seat})?.get('x') === 7")
    said = other.page.evaluate("events").copy()[events:]
    show.check("what it said in its last moment arrived once and in order", said == [f"last {n}" for n in range(20)], f"{len(said)} events")
    show.check("and it wrote on", first.page.evaluate("room.me.set({x: 8})"))
    other.wait(f"room.player({seat})?.get('x') === 8")


def show_duplicate(show, context, first, complaints):
    """A window that a page opens starts with a copy of its sessionStorage, as a duplicated tab does."""
    seat = first.seat()
    first.page.evaluate("sessionStorage.setItem('copied', 'yes')")
    with context.expect_page() as opened:
        first.page.evaluate("void window.open(location.href)")
    second = Tab(opened.value, complaints).joined()
    copied = second.page.evaluate("sessionStorage.getItem('copied')")
    show.check("a duplicated tab has a copy of the storage, and is another player", copied == "yes" and second.seat() != seat, f"seat {second.seat()}")
    first.wait("room.players.length === 3")
    show.check("the first one keeps its seat", first.seat() == seat and first.page.evaluate("room.quality.state") == "connected")
    second.page.evaluate("room.leave()")


def show_back(show, first, address):
    seat = first.seat()
    url = first.page.url
    first.page.goto(f"{address}?elsewhere")
    kept = first.page.evaluate("sessionStorage.length")
    first.page.goto(url)
    first.joined()
    show.check("a page that was left and is come back to has its seat", kept >= 1 and first.seat() == seat, f"seat {first.seat()}")

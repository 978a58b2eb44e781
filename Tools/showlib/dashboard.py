"""The operators' page in real Chromium."""
from .browser import PATIENCE, SHOTS
from .relay import wait_until

DESKTOP = {"viewport": {"width": 1360, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


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

    def press(self, name):
        """The button of exactly this name, of those that are to be seen."""
        self.page.get_by_role("button", name=name, exact=True).click()

    @property
    def verdict(self):
        return self.ask("document.querySelector('.verdict h1')?.innerText ?? ''")

    def shot(self, what):
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"dashboard-{what}-{self.name}.png", full_page=True)

    def is_within_its_screen(self):
        return self.ask("document.documentElement.scrollWidth <= innerWidth")

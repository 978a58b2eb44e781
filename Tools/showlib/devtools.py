"""Chromium driven by its own protocol, without Playwright, which keeps every page visible: here a tab can stand behind another one, and be frozen."""
import json
import re
import shutil
import subprocess
import tempfile
import time

from .browser import PATIENCE, missing_browser, program
from .relay import wait_until
from .report import skip
from .websocket import TEXT, WebSocket


class Chromium:
    """`with Chromium() as browser:` a browser with one window; the show is skipped where there is none."""

    def __enter__(self):
        if why := missing_browser():
            skip(why)
        self.profile = tempfile.mkdtemp(prefix="tickrelay-chromium-")
        argv = [program(), "--headless=new", "--no-sandbox", "--remote-debugging-port=0", f"--user-data-dir={self.profile}", "about:blank"]
        self.process = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)
        found = None
        while not found and (line := self.process.stderr.readline()):
            found = re.search(r"listening on ws://127.0.0.1:(\d+)(\S+)", line)
        self.socket = WebSocket(("127.0.0.1", int(found[1]))).upgrade(path=found[2], subprotocol=None)
        self.number, self.answers, self.complaints = 0, {}, []
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def send(self, method, session=None, **parameters):
        """What the browser answers."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        self.socket.send(json.dumps(message).encode(), TEXT)
        end = time.monotonic() + PATIENCE
        while self.number not in self.answers:
            if time.monotonic() > end or self.socket.is_over:
                raise TimeoutError(f"no answer to {method}")
            self.listen(0.1)
        answer = self.answers.pop(self.number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def listen(self, timeout):
        for _, payload, _ in self.socket.poll(timeout):
            message = json.loads(payload)
            if "id" in message:
                self.answers[message["id"]] = message
            elif message["method"] == "Runtime.exceptionThrown":
                self.complaints.append(message["params"]["exceptionDetails"]["text"])
            elif message["method"] == "Log.entryAdded" and message["params"]["entry"]["level"] in ("error", "warning"):
                self.complaints.append(message["params"]["entry"]["text"])

    def tab(self, address):
        """A new tab of the window, in front of the others."""
        return Tab(self, address)

    def window(self, address):
        """A tab in a window of its own: it stays in front there."""
        return Tab(self, address, newWindow=True)


class Tab:
    def __init__(self, browser, address, **options):
        self.browser = browser
        self.target = browser.send("Target.createTarget", url=address, **options)["targetId"]
        self.session = browser.send("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method, **parameters):
        return self.browser.send(method, self.session, **parameters)

    def ask(self, expression):
        """The value of an expression in the page. A frozen page does not answer."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"].get("exception", {}).get("description", answer["exceptionDetails"]["text"]))
        return answer["result"].get("value")

    def until(self, expression):
        return wait_until(lambda: self.ask(expression), PATIENCE)

    def bring_to_front(self):
        """Whichever tab stood there is hidden."""
        self.browser.send("Target.activateTarget", targetId=self.target)

    def stand_still(self):
        """Nothing of the page runs from its next statement on; its socket stays open, and what comes waits."""
        self.send("Debugger.enable")
        self.send("Debugger.pause")

    def go_on(self):
        self.send("Debugger.disable")

    def freeze(self):
        """As Chromium does with a tab that was hidden for long: nothing of it runs, and for the page its socket is lost; the relay does not hear of that."""
        self.send("Page.setWebLifecycleState", state="frozen")

    def thaw(self):
        self.send("Page.setWebLifecycleState", state="active")

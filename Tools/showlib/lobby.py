"""The lobby over HTTP, as somebody's program asks it: SPEC section 20, "Over HTTP"."""
import http.client
import http.server
import json
import pathlib
import subprocess
import sys
import threading
import time
import urllib.parse

JSON = {"Content-Type": "application/json"}
EVENTS = {"Accept": "text/event-stream"}


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json.get("code") if self.body else None

    def __repr__(self):
        return f"{self.status} {self.body[:200].decode(errors='replace')}"


def ask(address, path, method="GET", body=None, headers=None, timeout=10):
    """One request, one answer. `body`: bytes as they are, or what becomes JSON."""
    headers = dict(headers or {})
    if body is not None and not isinstance(body, (bytes, str)):
        body, headers = json.dumps(body).encode(), JSON | headers
    connection = http.client.HTTPConnection(*address, timeout=timeout)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def room_path(name):
    return "/lobby/rooms/" + urllib.parse.quote(name, safe="")


class Watcher:
    """Reads server-sent events on a thread of its own, each with the time at which it came."""

    def __init__(self, address, query="", headers=None):
        self.events, self.retry, self.comments, self.is_over = [], None, 0, False
        self.connection = http.client.HTTPConnection(*address, timeout=60)
        self.connection.request("GET", "/lobby/rooms" + query, headers=EVENTS | (headers or {}))
        self.answer = self.connection.getresponse()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        name = None
        try:
            for line in self.answer:
                line = line.decode().rstrip("\n")
                if line.startswith("retry: "):
                    self.retry = int(line[7:])
                elif line.startswith(":"):
                    self.comments += 1
                elif line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    self.events.append((name, json.loads(line[6:]), time.monotonic()))
        except (OSError, http.client.HTTPException):
            pass
        self.is_over = True

    def find(self, name, holds=lambda data: True, timeout=5):
        """The first event of this name for which it holds, or None: what it says, and when it came."""
        until = time.monotonic() + timeout
        while True:
            for found, data, at in list(self.events):
                if found == name and holds(data):
                    return data, at
            if time.monotonic() > until:
                return None
            time.sleep(0.01)

    def close(self):
        self.connection.close()
        self.answer.close()


class FaultyProxy:
    """Passes requests on to a relay, and spoils some answers. `spoil`: gets the request and the answer (status, headers, body), and returns another."""

    def __init__(self, address, spoil):
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
                connection = http.client.HTTPConnection(*address, timeout=10)
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                status, headers, text = spoil((self.command, self.path, body), (answer.status, dict(answer.headers), answer.read()))
                self.send_response(status)
                for key, value in headers.items():
                    if key.lower() not in ("content-length", "connection", "date", "server"):
                        self.send_header(key, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(text)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_TRACE = do_QUERY = pass_on

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()


# Of texts that are bounded in bytes, which JSON Schema cannot say: what the formats in the description mean.
HOOKS = '''
import os

import schemathesis
from hypothesis import strategies


def texts(count):
    return strategies.text(strategies.characters(codec="utf-8"), min_size=1, max_size=count).filter(lambda text: len(text.encode()) <= count)


schemathesis.openapi.format("utf8-64", texts(64))
schemathesis.openapi.format("utf8-32", texts(32))

if room := os.environ.get("LOBBY_ROOM"):

    @schemathesis.hook
    def map_path_parameters(context, parameters):
        return {**parameters, "room": room}
'''


class Schemathesis:
    """PyPI's `schemathesis`, which makes up requests from an OpenAPI description and judges the answers by it."""

    def __init__(self, directory):
        self.directory, self.library = pathlib.Path(directory), pathlib.Path(directory) / "library"
        (self.directory / "lobby_hooks.py").write_text(HOOKS)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(self.library), "schemathesis"]
        self.installing = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def missing(self):
        """Why it is not there; None if it is."""
        try:
            _, errors = self.installing.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.installing.kill()
            return "PyPI does not answer"
        return f"cannot install schemathesis from PyPI: {(errors.strip().splitlines() or ['?'])[-1]}" if self.installing.returncode else None

    def start(self, name, url, *options, room=None):
        """Begins a run in a directory of its own. With a room all requests for one are for this one."""
        place = self.directory / name
        place.mkdir()
        argv = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--checks", "all", "--mode", "all", "--request-timeout", "10"]
        argv += ["--no-color", "--seed", "1", "--generation-database", "none", "--warnings", "off", *options]
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(place), "PYTHONPATH": f"{self.library}:{self.directory}", "SCHEMATHESIS_HOOKS": "lobby_hooks", "LANG": "C.UTF-8"}
        if room:
            environment["LOBBY_ROOM"] = room
        return subprocess.Popen(argv, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @staticmethod
    def end(run, timeout):
        """Exit status, and what it said."""
        try:
            said, _ = run.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            run.kill()
            said, _ = run.communicate()
            return None, said
        return run.returncode, said

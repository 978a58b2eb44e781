#!/usr/bin/env python3
"""Serves the page beside this file, and nothing else, by https, on the relay's own machine and with its certificate.

    serve.py /etc/tickrelay/fullchain.pem /etc/tickrelay/privkey.pem [PORT]

The port is 8443 unless another is named. For trying things out: a game's pages come from a static host, or from the proxy before the relay.
"""
import http.server
import pathlib
import ssl
import sys

PAGE = pathlib.Path(__file__).with_name("index.html").read_bytes()
POLICY = "default-src 'none'; script-src 'unsafe-inline' https:; style-src 'unsafe-inline'; connect-src https: wss:; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class Page(http.server.BaseHTTPRequestHandler):
    timeout = 10  # seconds for a handshake, and for a request

    def do_GET(self):
        if self.path.partition("?")[0] != "/":
            return self.send_error(404)
        self.send_response(200)
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Length": len(PAGE), "Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # who breaks off, or does not believe the certificate


if len(sys.argv) not in (3, 4):
    sys.exit(__doc__)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(*sys.argv[1:3])
server = Server(("", int(sys.argv[3]) if len(sys.argv) > 3 else 8443), Page)
# A handshake takes its own thread, not the listener's.
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
try:
    server.serve_forever()
except KeyboardInterrupt:
    pass

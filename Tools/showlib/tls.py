"""TLS for shows: an authority of their own and what it certifies. With SHOW_TLS=yes a show's relay listens for TLS, and its players speak it."""
import functools
import os
import pathlib
import ssl
import subprocess
import tempfile

IS_ON = os.environ.get("SHOW_TLS") == "yes"
NAMES = "DNS:localhost,IP:127.0.0.1,IP:10.99.0.1"


DIRECTORY = "SHOW_TLS_DIRECTORY"  # in the environment of a show's own children, who believe the same authority


class Authority:
    """Makes certificates, in a directory that goes with the process that made it."""

    def __init__(self):
        if DIRECTORY in os.environ:
            self.directory = pathlib.Path(os.environ[DIRECTORY])
            self.certificate, self.key = self._files("authority")
            return
        self._temporary = tempfile.TemporaryDirectory(prefix="tickrelay-tls-")
        os.environ[DIRECTORY] = self._temporary.name
        self.directory = pathlib.Path(self._temporary.name)
        self.certificate, self.key = self._make("authority", "/CN=Show authority", "-addext", "basicConstraints=critical,CA:TRUE")

    def _files(self, name):
        return self.directory / f"{name}.pem", self.directory / f"{name}-key.pem"

    def _make(self, name, subject, *more):
        certificate, key = self._files(name)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
             "-keyout", key, "-out", certificate, "-subj", subject, *more], check=True, capture_output=True)
        return certificate, key

    def certify(self, name, names=NAMES):
        """A certificate and its key, as files."""
        signed = ["-CA", self.certificate, "-CAkey", self.key, "-addext", "basicConstraints=critical,CA:FALSE"]
        return self._make(name, f"/CN={name}", "-addext", f"subjectAltName={names}", *signed)

    def context(self, version=None):
        """For clients that believe this authority; `version`: of TLS, if not the best."""
        context = ssl.create_default_context(cafile=self.certificate)
        if version:
            context.minimum_version = context.maximum_version = version
        return context


@functools.cache
def authority():
    return Authority()


@functools.cache
def settings():
    """What a relay needs besides `tlsListen`."""
    certificate, key = authority().certify("relay")
    return {"tlsCertificate": certificate, "tlsKey": key}


def wrap(socket, context=None):
    """The client's side of TLS on a connected socket."""
    return (context or authority().context()).wrap_socket(socket, server_hostname="localhost")

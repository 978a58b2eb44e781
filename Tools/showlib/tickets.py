"""Tickets as a game's server would mint them, and as somebody who has no right to: SPEC section 19."""
import base64
import hashlib
import hmac
import json
import pathlib
import subprocess
import sys
import time

from .relay import BINARY


def encoded(data):
    """base64url without padding."""
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).rstrip(b"=").decode()


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims(**changes):
    """Of a good ticket; None takes a claim out."""
    now = int(time.time())
    good = {"sub": "u-1", "name": "Ann", "room": "lobby", "rights": ["create", "play"], "exp": now + 300, "nbf": now, "iss": "game", "aud": "relay"}
    return {name: value for name, value in (good | changes).items() if value is not None}


def hs256(payload, secret, **header):
    """Signed by a secret. `header` replaces what stands there."""
    signed = f"{encoded({'alg': 'HS256', 'typ': 'JWT'} | header)}.{encoded(payload)}"
    return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def tickrelay(*arguments, check=True):
    """Standard output and standard error of a command."""
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=20)
    if check and done.returncode:
        raise RuntimeError(f"{arguments}: {done.returncode} {done.stderr}")
    return done.stdout.strip(), done.stderr.strip()


def minted(keys, *, player="u-1", name="Ann", room="lobby", rights="create,play", **options):
    """By `tickrelay ticket`."""
    words = [word for option, value in ({"issuer": "game", "audience": "relay"} | options).items() for word in (f"--{option}", value)]
    return tickrelay("ticket", "--keys", keys, "--player", player, "--name", name, "--room", room, "--rights", rights, *words)[0]


def pyjwt(directory):
    """PyPI's library; None without the network."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", directory, "pyjwt"]
    if subprocess.run(command, capture_output=True, timeout=60).returncode:
        return None
    sys.path.insert(0, str(directory))
    import jwt

    return jwt


def jwks(path, *keys):
    """Writes a key file that is nobody else's to read."""
    path = pathlib.Path(path)
    path.write_text(json.dumps({"keys": list(keys)}))
    path.chmod(0o600)
    return path

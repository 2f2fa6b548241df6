"""Chromium without a window, driven over its WebDriver protocol."""

import base64
import json
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import Request, urlopen

_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1200,900",
]


def why_not():
    """Return why there is no browser here, or ''."""
    missing = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    return f"not on this machine: {', '.join(missing)}" if missing else ""


class Browser:
    """One window."""

    def __init__(self, address, profile):
        self._address = address
        options = {"args": [*_FLAGS, f"--user-data-dir={profile}"]}
        options["binary"] = shutil.which("chromium")
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        session = self._call("session", {"capabilities": {"alwaysMatch": wanted}})
        self._address = f"{address}/session/{session['sessionId']}"

    def open(self, path):
        self._call("url", {"url": path.as_uri()})

    def run(self, script, *arguments):
        return self._call("execute/sync", {"script": script, "args": arguments})

    def press(self, keys):
        """Press keys, as a user without a mouse does."""
        strokes = [
            {"type": kind, "value": key}
            for key in keys
            for kind in ("keyDown", "keyUp")
        ]
        actions = [{"type": "key", "id": "keys", "actions": strokes}]
        self._call("actions", {"actions": actions})

    def devtools(self, command, **parameters):
        body = {"cmd": command, "params": parameters}
        return self._call("goog/cdp/execute", body)

    def color_scheme(self, name):
        feature = {"name": "prefers-color-scheme", "value": name}
        self.devtools("Emulation.setEmulatedMedia", features=[feature])

    def complaints(self):
        """Return what the page was refused, or failed at."""
        return [entry["message"] for entry in self._call("se/log", {"type": "browser"})]

    def screenshot(self, path, whole=True):
        shot = self.devtools("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self):
        request = Request(self._address, method="DELETE")
        urlopen(request, timeout=20).close()

    def _call(self, name, body):
        request = Request(
            f"{self._address}/{name}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]


@contextmanager
def browsing():
    """Lend a browser."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    driver = subprocess.Popen(
        [shutil.which("chromedriver"), f"--port={port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            browser = _first_answer(f"http://127.0.0.1:{port}", profile)
            try:
                yield browser
            finally:
                browser.close()
    finally:
        driver.terminate()
        driver.wait(20)


def _first_answer(address, profile):
    for _ in range(300):
        try:
            urlopen(f"{address}/status", timeout=5).close()
            break
        except URLError:
            time.sleep(0.1)
    return Browser(address, profile)

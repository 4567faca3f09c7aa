"""A headless Chromium, spoken to over a pipe (the DevTools protocol): no port is opened, no package is needed."""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "Chromium is not installed; the report is opened in it"
_PATIENCE = 60.0


def executable() -> str | None:
    """The browser of this machine."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Page:
    """One tab, and every event that it has sent."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._write, self._read = to_browser, from_browser
        self._numbers = itertools.count(1)
        self._buffer = b""
        self._session = ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Accessibility"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command and wait for its answer."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer)
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def _receive(self) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0.0, until - time.monotonic()))
            assert ready, "the browser does not answer"
            more = os.read(self._read, 1 << 20)
            assert more, "the browser has ended"
            self._buffer += more
        raw, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(raw)
        return message

    def open(self, path: Path) -> None:
        """Load a file, and wait until it stands."""
        before = len(self.events)
        self.call("Page.navigate", url=path.absolute().as_uri())
        until = time.monotonic() + _PATIENCE
        while not any(event["method"] == "Page.loadEventFired" for event in self.events[before:]):
            assert time.monotonic() < until, "the page does not load"
            self.call("Runtime.evaluate", expression="0")
        self.value("new Promise(done => setTimeout(done, 200))")

    def value(self, expression: str) -> Any:
        """What an expression of ours comes to in the page; the page's own policy does not bind the debugger."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """One key of the keyboard."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def look(self, width: int, *, dark: bool = False, height: int = 900) -> None:
        """The size of the window and the theme that the person wants."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        wanted = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=wanted)

    def picture(self, height: int = 0) -> bytes:
        """PNG of the window, or of the page's first ``height`` pixels."""
        more: dict[str, Any] = {}
        if height:
            width = self.value("window.innerWidth")
            more = {
                "captureBeyondViewport": True,
                "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1},
            }
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", **more)["data"])

    def pdf(self) -> bytes:
        """The page as it prints."""
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True)["data"])

    def of(self, method: str) -> list[dict[str, Any]]:
        """The parameters of all events of that name."""
        self.call("Runtime.evaluate", expression="0")
        return [event["params"] for event in self.events if event["method"] == method]


@contextmanager
def chromium(folder: Path) -> Iterator[Page]:
    """A browser of our own with an empty profile in ``folder``; it ends with the block."""
    command = executable()
    assert command is not None
    down_read, down_write = os.pipe()
    up_read, up_write = os.pipe()
    flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
             "--no-first-run", "--disable-extensions", "--disable-background-networking", "--hide-scrollbars",
             "--disable-component-update", "--disable-sync", "--force-color-profile=srgb")  # fmt: skip

    def wire() -> None:
        # The protocol's numbers: 3 is read by the browser, 4 is written by it.
        first, second = os.dup(down_read), os.dup(up_write)
        os.dup2(first, 3)
        os.dup2(second, 4)

    browser = subprocess.Popen(
        [command, *flags, f"--user-data-dir={folder / 'profile'}", "about:blank"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        close_fds=False,
        preexec_fn=wire,
        start_new_session=True,
        env={**os.environ, "HOME": str(folder)},
    )
    try:
        os.close(down_read)
        os.close(up_write)
        yield Page(down_write, up_read)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(browser.pid, signal.SIGKILL)
        browser.wait(timeout=30)
        os.close(down_write)
        os.close(up_read)

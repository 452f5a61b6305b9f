"""Chromium over its debugging pipe: HTML in, pixels out. One process renders many pages; nothing goes to the network.

Needs Debian's `chromium` (or $CHROMIUM). A Browser is used by one thread at a time.
"""

from __future__ import annotations

import base64
import io
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
from PIL import Image

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--disable-extensions", "--disable-default-apps",
         "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
         "--force-color-profile=srgb", "--host-resolver-rules=MAP * ~NOTFOUND")
TIMEOUT = 120.0  # seconds for one answer

FONTCONFIG = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<selectfont><rejectfont>{rejected}</rejectfont></selectfont>
<match target="font"><edit name="rgba" mode="assign"><const>{rgba}</const></edit>
<edit name="lcdfilter" mode="assign"><const>lcddefault</const></edit><edit name="antialias" mode="assign"><bool>true</bool></edit></match>
<match target="pattern"><edit name="rgba" mode="assign"><const>{rgba}</const></edit></match>
</fontconfig>"""


@dataclass(frozen=True)
class Style:
    """How text is drawn: aligned (no hinting, glyphs where the layout says) or as shipped; coloured (LCD) or grey edges."""

    aligned: bool
    coloured: bool


def chromium() -> str | None:
    """The browser's command, or None."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


class Browser:
    """A headless Chromium of its own profile, at one device scale factor, without the font families `rejected`."""

    def __init__(self, factor: int, style: Style, rejected: tuple[str, ...] = ()) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="screens-"))
        fonts = self.folder / "fonts.conf"
        patterns = "".join(f'<pattern><patelt name="family"><string>{name}</string></patelt></pattern>' for name in rejected)
        fonts.write_text(FONTCONFIG.format(rejected=patterns, rgba="rgb" if style.coloured else "none"))
        flags = [f"--force-device-scale-factor={factor}", "--enable-lcd-text" if style.coloured else "--disable-lcd-text"]
        if style.aligned:
            flags.append("--font-render-hinting=none")
        down_read, down_write = os.pipe()
        up_read, up_write = os.pipe()
        command = [chromium() or "chromium", *FLAGS, *flags, f"--user-data-dir={self.folder / 'profile'}", "--remote-debugging-pipe",
                   "about:blank"]
        # Chromium reads commands from descriptor 3 and answers on 4.
        command = ["sh", "-c", f'exec "$@" 3<&{down_read} 4>&{up_write}', "sh", *command]
        environment = {**os.environ, "FONTCONFIG_FILE": str(fonts), "LANG": "C.UTF-8"}
        self.process = subprocess.Popen(command, pass_fds=(down_read, up_write), env=environment,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(down_read)
        os.close(up_write)
        self.down, self.up, self.rest, self.number, self.session = down_write, up_read, b"", 0, ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.frame = self.call("Page.getFrameTree")["frameTree"]["frame"]["id"]

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.down)
        os.close(self.up)
        for _ in range(20):  # its children may still be writing
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                break
            time.sleep(0.1)

    def receive(self, deadline: float) -> dict:
        """The next message."""
        while b"\0" not in self.rest:
            if not select.select([self.up], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError("Chromium does not answer")
            more = os.read(self.up, 1 << 20)
            if not more:
                raise RuntimeError("Chromium went away")
            self.rest += more
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method: str, **parameters: object) -> dict:
        """One command of the DevTools protocol, and its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        content = json.dumps(message).encode() + b"\0"
        while content:
            content = content[os.write(self.down, content) :]
        deadline = time.monotonic() + TIMEOUT
        while True:
            answer = self.receive(deadline)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def run(self, script: str) -> object:
        """The value of a JavaScript expression in the page; promises are awaited."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"]))
        return result["result"].get("value")

    def show(self, html: str, width: int, height: int) -> None:
        """Load the page in a window of width x height CSS pixels and wait until it is laid out."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=0, mobile=False)
        self.call("Page.setDocumentContent", frameId=self.frame, html=html)
        self.run("document.fonts.ready.then(() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))).then(() => 1)")

    def picture(self) -> np.ndarray:
        """What the window shows, (height*factor, width*factor, 3) uint8."""
        shot = self.call("Page.captureScreenshot", format="png", optimizeForSpeed=True)["data"]
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(shot))).convert("RGB"))

"""Keys pressed in a real headless browser, through the pipe that Chromium itself offers: no driver, no port."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from collections.abc import Sequence
from typing import Any

_KEYS = {"Tab": (9, None), "Enter": (13, "\r")}


class Keyboard:
    """A page in a browser of its own; `said` collects errors of its console."""

    def __init__(self, browser: Sequence[str], address: str) -> None:
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        command = shlex.join([*browser, "--remote-debugging-pipe", "--window-size=1280,1200", "about:blank"])
        self._process = subprocess.Popen(
            ["bash", "-c", f"exec {command} 3<&{to_browser} 4>&{from_browser}"],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._rest, self._number, self._session = b"", 0, ""
        self.said: list[str] = []
        page = next(t for t in self._ask("Target.getTargets")["targetInfos"] if t["type"] == "page")
        attached = self._ask("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._ask(f"{domain}.enable")
        self._ask("Page.navigate", url=address)
        self.wait_for("document.readyState === 'complete' && location.protocol !== 'about:'")

    def __enter__(self) -> Keyboard:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)
        os.close(self._write)
        os.close(self._read)

    def press(self, key: str) -> None:
        """One key, down and up."""
        code, text = _KEYS[key]
        told = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self._ask(
            "Input.dispatchKeyEvent",
            type="keyDown" if text else "rawKeyDown",
            **told,
            **({"text": text} if text else {}),
        )
        self._ask("Input.dispatchKeyEvent", type="keyUp", **told)

    def click(self, element: str) -> None:
        """Press and release the mouse over the middle of what a JavaScript expression gives, once it can be seen."""
        middle = f"""(() => {{
            const element = {element};
            if (!element || element.disabled) return null;
            element.scrollIntoView({{block: "center"}});
            const box = element.getBoundingClientRect();
            return box.width ? [box.x + box.width / 2, box.y + box.height / 2] : null;
        }})()"""
        self.wait_for(f"{middle} !== null")
        x, y = self.evaluate(middle)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self._ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page."""
        return self._ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait_for(self, expression: str, seconds: float = 30) -> None:
        """Until the expression is true; a page on its way may refuse to answer."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if self.evaluate(expression) is True:
                    return
            except RuntimeError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"never true: {expression}")

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        asked = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            asked["sessionId"] = self._session
        os.write(self._write, json.dumps(asked).encode() + b"\0")
        while True:
            answer = self._answer()
            if answer.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.said.append(json.dumps(answer["params"]))
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(answer["error"]["message"])
                return answer["result"]

    def _answer(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = os.read(self._read, 65536)
            if not piece:
                raise AssertionError("the browser is gone")
            self._rest += piece
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)

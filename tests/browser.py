"""Pages as a browser without a network shows them: headless Chromium."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tornado.websocket import websocket_connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SWITCHES = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND"),
    *("--enable-logging=stderr", "--window-size=1280,900"),
)


def browse(page: Path, fragment: str, profile: Path, *switches: str) -> subprocess.CompletedProcess:
    """Open a page at a fragment; with ``--dump-dom`` its elements come back as text."""
    command = [CHROMIUM, *SWITCHES, f"--user-data-dir={profile}", *switches, f"{page.as_uri()}#{fragment}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)


def converse(page: Path, fragment: str, profile: Path, talk: Callable[[Callable], Awaitable]) -> tuple[Any, list[dict]]:
    """Open a page and ask Chromium about it, by the DevTools protocol.

    Parameters
    ----------
    page : Path
    fragment : str
    profile : Path
        An empty folder.
    talk : coroutine function
        Given a coroutine function that sends a method with its parameters and returns the result.

    Returns
    -------
    result
        What ``talk`` returns.
    events : list of dict
        What the page asked of the network, and what failed, so far.
    """
    command = [CHROMIUM, *SWITCHES, f"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            return asyncio.run(_converse(f"{page.as_uri()}#{fragment}", profile / "DevToolsActivePort", talk))
        finally:
            process.terminate()


async def _converse(address: str, port_file: Path, talk: Callable[[Callable], Awaitable]) -> tuple[Any, list[dict]]:
    while not (port_file.exists() and port_file.read_text()):
        await asyncio.sleep(0.1)
    port = port_file.read_text().split()[0]
    with urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
        (target,) = (one for one in json.load(answer) if one["type"] == "page")
    socket = await websocket_connect(target["webSocketDebuggerUrl"], max_message_size=1 << 28)
    numbers, events = count(1), []

    async def send(method: str, **params) -> dict:
        number = next(numbers)
        await socket.write_message(json.dumps({"id": number, "method": method, "params": params}))
        while (message := json.loads(await socket.read_message())).get("id") != number:
            events.append(message)
        return message["result"]

    for domain in ("Page", "Runtime", "Network", "Log"):
        await send(f"{domain}.enable")
    await send("Page.navigate", url=address)
    result = await asyncio.wait_for(talk(send), 240)
    socket.close()
    return result, events

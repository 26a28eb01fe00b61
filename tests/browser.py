"""Pages as a browser without a network shows them: headless Chromium."""

import shutil
import subprocess
from pathlib import Path

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

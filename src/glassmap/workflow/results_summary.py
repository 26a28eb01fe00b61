"""Summary of a finished run for the terminal: results and exclusions."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from glassmap.workflow.paths import Paths


def what_to_open(paths: Paths, systems: Sequence[str], root: Path = Path()) -> list[str]:
    """Existing page, figures and table to open, and exclusions.

    Parameters
    ----------
    paths : Paths
    systems : sequence of str
    root : Path
        Working directory of the study.

    Returns
    -------
    list of str
        One line each.
    """
    page, table = root / paths.page("report"), root / paths.table("reproduction")
    figures = sorted((root / paths.figure("any", "png")).parent.glob("*.png"))
    lines = []
    if page.exists():
        lines.append(f"open      {page}")
    if figures:
        lines.append(f"figures   {figures[0].parent} ({len(figures)} of them, as PNG and PDF)")
    if table.exists():
        lines.append(f"numbers   {table} (the papers' beside ours)")
    missing = [*_crystals(paths, systems, root), *_failed_networks(root / paths.table("table2"))]
    if lines:
        lines.append(f"left out  {'; '.join(missing) or 'nothing'}")
    return lines


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _crystals(paths: Paths, systems: Sequence[str], root: Path) -> Iterator[str]:
    for system in systems:
        for path in sorted(root.glob(paths.crystals.format(system=system, phase="*"))):
            replicas = [row["replica"] for row in _rows(path) if row["crystallised"] not in ("", "0")]
            if replicas:
                samples = f"{system} {path.stem}" if paths.unrelated_states else system
                first = ", ".join(replicas[:5]) + ", ..." * (len(replicas) > 5)
                yield f"{samples}: {len(replicas)} crystallised (replica {first})"


def _failed_networks(table: Path) -> Iterator[str]:
    failed = sorted({(row["system"], row["network"]) for row in _rows(table) if row["status"] == "failed"})
    if failed:
        names = ", ".join(f"{system} {network}" for system, network in failed)
        yield f"{len(failed)} failed in training ({names})"

"""Draw docs/figures/architecture.png: the packages of glassmap, their modules, and who uses whom, read from the code.

python docs/draw_architecture.py
"""

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from glassmap.plotting.style import save
from glassmap.workflow.code_dependencies import PACKAGE, imported_modules, module_file

TARGET = Path(__file__).parent / "figures/architecture.png"
# packages from the left to the right, above those that they use, and how wide each is
ROWS = [
    {"papers": 8.4},
    {"analysis": 8.4},
    {"dynamics": 2.4, "learning": 5.8},
    {"simulation": 2.9, "structure": 2.9, "plotting": 2.2},
    {"io": 8.4},
    {"glassmap": 8.4},
]
LEFT, ASIDE, WIDTH_ASIDE, GAP = 0.4, "workflow", 2.4, 0.35
WIDTHS = {**{name: width for row in ROWS for name, width in row.items()}, ASIDE: WIDTH_ASIDE}
COLOUR, LINE = "#DDEBF5", "#0072B2"


def packages() -> dict[str, list[str]]:
    """Modules of each package, those at the top under ``glassmap``."""
    found: dict[str, list[str]] = {name: [] for name in WIDTHS}
    for path in sorted(PACKAGE.rglob("*.py")):
        *folders, name = path.relative_to(PACKAGE).with_suffix("").parts
        if name != "__init__":
            found[folders[0] if folders else "glassmap"].append("/".join([*folders[1:], name]))
    return found


def uses() -> set[tuple[str, str]]:
    """Pairs of packages of which the first imports the second."""
    pairs = set()
    for package, modules in packages().items():
        for module in modules:
            name = module.replace("/", ".") if package == "glassmap" else f"{package}.{module.replace('/', '.')}"
            for other in imported_modules(module_file(name), name):
                used = other.split(".")[0] if "." in other or other in WIDTHS else "glassmap"
                pairs.add((package, used))
    return {(one, other) for one, other in pairs if one != other}


def height(text: str) -> float:
    return 0.36 + 0.17 * (text.count("\n") + 1)


def wrapped(modules: list[str], width: float) -> str:
    """Names in lines of about 13 letters a unit of width; those of a folder begin a line, after its name."""
    lines, folder = [""], ""
    for module in modules:
        *folders, name = module.split("/")
        if folders and folders[0] != folder:
            folder = folders[0]
            lines.append(f"{folder}:  ")
        elif len(lines[-1]) + len(name) > 13 * width:
            lines.append("")
        lines[-1] += f"{name}  "
    return "\n".join(line.rstrip() for line in lines if line)


def places(texts: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Centre of each box: rows are as high as their highest, and lie below one another."""
    found, y = {}, 0.0
    for row in ROWS:
        tall = max(height(texts[name]) for name in row)
        x, space = LEFT, (8.4 - sum(row.values())) / max(len(row) - 1, 1)
        for name, width in row.items():
            found[name] = (x + width / 2, y - tall / 2)
            x += width + space
        y -= tall + GAP
    return {**found, ASIDE: (LEFT + 8.4 + 0.8 + WIDTH_ASIDE / 2, y / 2)}


def draw() -> Figure:
    texts = {
        # modules of the package itself before those of its folders
        name: wrapped(sorted(modules, key=lambda one: ("/" in one, one)), WIDTHS[name])
        for name, modules in packages().items()
    }
    centres = places(texts)
    bottom = min(y - height(texts[name]) / 2 for name, (_, y) in centres.items())
    figure = Figure(figsize=(9.0, 0.75 * (0.4 - bottom)), layout="constrained")
    axis = figure.add_subplot(xlim=(0.2, 12.2), ylim=(bottom - 0.2, 0.2))
    axis.set_axis_off()
    for name, (x, y) in centres.items():
        tall, width = height(texts[name]), WIDTHS[name]
        axis.add_patch(
            FancyBboxPatch(
                (x - width / 2, y - tall / 2), width, tall, boxstyle="round,pad=0.05", facecolor=COLOUR, edgecolor=LINE,
                linewidth=0.8, zorder=2,
            )
        )  # fmt: skip
        title = {"glassmap": "at the top"}.get(name, name)
        axis.text(x, y + tall / 2 - 0.02, title, ha="center", va="top", fontsize=8, fontweight="bold", zorder=3)
        axis.text(x, y - 0.12, texts[name], ha="center", va="center", fontsize=6.3, zorder=3)
    # only the nearest: what is used through another package is no arrow
    pairs = uses()
    nearest = {
        (one, other) for one, other in pairs if not any((one, mid) in pairs and (mid, other) in pairs for mid in WIDTHS)
    }
    for one, other in sorted(nearest):
        (x, y), (u, v) = centres[one], centres[other]
        aside = one == ASIDE
        start = (x - WIDTHS[one] / 2 - 0.05, y) if aside else (x, y - height(texts[one]) / 2 - 0.05)
        end = (u + WIDTHS[other] / 2 + 0.05, v) if aside else (u, v + height(texts[other]) / 2 + 0.05)
        style = {"arrowstyle": "-|>", "mutation_scale": 7, "color": "0.35", "linewidth": 0.7, "zorder": 1}
        axis.add_patch(FancyArrowPatch(start, end, shrinkA=0, shrinkB=0, **style))
    return figure


if __name__ == "__main__":
    save(draw(), [TARGET])

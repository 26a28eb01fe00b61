"""Draw docs/figures/architecture.png: the packages of glassmap, their modules, and who uses whom, read from the code.

python docs/draw_architecture.py
"""

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from glassmap.plotting.style import save
from glassmap.workflow.code_dependencies import PACKAGE, imported_modules, module_file

TARGET = Path(__file__).parent / "figures/architecture.png"
# centre of each box, and how wide it is; packages are above those that they use
PLACES = {
    "papers": (4.6, 7.4, 8.4),
    "analysis": (4.6, 6.0, 8.4),
    "dynamics": (1.5, 4.8, 2.2),
    "learning": (5.9, 4.8, 5.8),
    "simulation": (1.9, 3.3, 3.0),
    "structure": (5.1, 3.3, 2.8),
    "plotting": (7.8, 3.3, 2.0),
    "io": (4.6, 1.9, 8.4),
    "glassmap": (4.6, 0.7, 8.4),
    "workflow": (10.6, 4.0, 2.4),
}
COLOUR, LINE = "#DDEBF5", "#0072B2"


def packages() -> dict[str, list[str]]:
    """Modules of each package, those at the top under ``glassmap``."""
    found: dict[str, list[str]] = {name: [] for name in PLACES}
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
                used = other.split(".")[0] if "." in other or other in PLACES else "glassmap"
                pairs.add((package, used))
    return {(one, other) for one, other in pairs if one != other}


def height(text: str) -> float:
    return 0.42 + 0.17 * (text.count("\n") + 1)


def wrapped(modules: list[str], width: float) -> str:
    """Names in lines of about 12 letters a unit of width."""
    lines = [""]
    for name in modules:
        if len(lines[-1]) + len(name) > 12 * width:
            lines.append("")
        lines[-1] += f"{name}  "
    return "\n".join(line.rstrip() for line in lines)


def draw() -> Figure:
    figure = Figure(figsize=(9.0, 6.4), layout="constrained")
    axis = figure.add_subplot(xlim=(0.2, 12.0), ylim=(0.1, 8.2))
    axis.set_axis_off()
    texts = {
        name: wrapped([one.split("/")[-1] for one in modules], PLACES[name][2]) for name, modules in packages().items()
    }
    for name, (x, y, width) in PLACES.items():
        tall = height(texts[name])
        axis.add_patch(
            FancyBboxPatch(
                (x - width / 2, y - tall / 2), width, tall, boxstyle="round,pad=0.05", facecolor=COLOUR, edgecolor=LINE,
                linewidth=0.8, zorder=2,
            )
        )  # fmt: skip
        title = {"papers": "papers / oyama2023, jung2023, swanson2020", "glassmap": "at the top"}.get(name, name)
        axis.text(x, y + tall / 2 - 0.02, title, ha="center", va="top", fontsize=8, fontweight="bold", zorder=3)
        axis.text(x, y - 0.12, texts[name], ha="center", va="center", fontsize=6.3, zorder=3)
    # only the nearest: what is used through another package is no arrow
    pairs = uses()
    nearest = {
        (one, other) for one, other in pairs if not any((one, mid) in pairs and (mid, other) in pairs for mid in PLACES)
    }
    for one, other in sorted(nearest):
        (x, y, _), (u, v, _) = PLACES[one], PLACES[other]
        aside = one == "workflow"
        start = (x - PLACES[one][2] / 2 - 0.05, y) if aside else (x, y - height(texts[one]) / 2 - 0.05)
        end = (u + PLACES[other][2] / 2 + 0.05, v) if aside else (u, v + height(texts[other]) / 2 + 0.05)
        style = {"arrowstyle": "-|>", "mutation_scale": 7, "color": "0.35", "linewidth": 0.7, "zorder": 1}
        axis.add_patch(FancyArrowPatch(start, end, shrinkA=0, shrinkB=0, **style))
    return figure


if __name__ == "__main__":
    save(draw(), [TARGET])

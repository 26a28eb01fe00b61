"""A viewer of particles for a page: maps of a sample side by side, with all its data and without a network."""

import base64
import gzip
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from bokeh.embed import json_item
from bokeh.layouts import column, row
from bokeh.models import ColorBar, ColumnDataSource, CustomJS, HoverTool, LinearColorMapper, Range1d, Select
from bokeh.plotting import figure
from bokeh.resources import Resources
from matplotlib.colors import to_hex

from glassmap.io.export import Sample
from glassmap.plotting.style import VALUE_COLOURS

LEVELS, MISSING = 1000, 2**16 - 1  # values are kept as multiples of 1 / LEVELS of their range
SIDE, MARGIN = 275, 84  # of a map and of all that stands beside one, pixels
PALETTE = [to_hex(colour) for colour in VALUE_COLOURS(np.linspace(0, 1, 256))]
NO_VALUE = to_hex(VALUE_COLOURS.get_bad())
SYMBOLS = (("sigma*", "σ*"), ("epsilon*", "ε*"), ("^2", "²"))

SHOW = """
const sample = keys.indexOf(chosen.value)
const packed = stores[sample].data
const another = cb_obj === chosen
const length = lengths[sample]
if (another) {
  // the field of this name, or with this sample's coarse-graining length, or the one shown first
  const bare = (name) => name.replace(/_xi_.*/, "_xi_")
  choices.forEach((choice, panel) => {
    const names = fields[sample], wanted = choice.value
    const same = names.find((name) => name === wanted) ?? names.find((name) => bare(name) === bare(wanted))
    choice.options = names
    choice.value = same ?? first[sample][panel]
  })
  for (const range of ranges)
    range.setv({start: 0, end: length, reset_start: 0, reset_end: length})
}
const kinds = Array.from(packed.species)
const data = {
  x: packed.x,
  y: packed.y,
  radius: kinds.map((kind) => radii[sample][kind]),
  species: kinds.map((kind) => species[kind]),
}
choices.forEach((choice, panel) => {
  const place = fields[sample].indexOf(choice.value)
  const [low, high] = place < 0 ? [0, 1] : limits[sample][place]
  const codes = place < 0 ? kinds.map(() => missing) : Array.from(packed[choice.value])
  data[`value_${panel}`] = codes.map((code) => code === missing ? NaN : low + (high - low) * code / levels)
  mappers[panel].setv({low, high: high > low ? high : low + 1})
  bars[panel].title = titles[sample][place] ?? ""
})
shown.data = data
const values = choices.map((choice, panel) => [choice.value, `@value_${panel}{%.3g}`])
for (const hover of hovers)
  hover.tooltips = [...about, ...values]
"""
ABOUT = [("particle", "$index"), ("species", "@species"), ("x, y / σ*", "@x{0.00}, @y{0.00}")]


def viewer(groups: Mapping[str, Sequence[Sample]], first: Callable[[Sample], Sequence[str]],
           unit: Callable[[str], str]) -> dict:  # fmt: skip
    """Maps of one sample side by side, with a choice of the sample and of each map's field.

    The maps are moved and zoomed together; the values of a particle show under the pointer. A field without any value
    is left out.

    Parameters
    ----------
    groups : mapping of str to sequence of Sample
        Two-dimensional samples by the heading that they stand under, such as ``KAM glass``. The first of all is shown
        first. Their ``about`` has the ``replica``.
    first : callable
        Names of the fields that are shown of a sample at first, as many as there are maps.
    unit : callable
        Unit of a field, by its name.

    Returns
    -------
    dict
        For ``Bokeh.embed.embed_item`` on a page that has run `library`.
    """
    samples = [(f"{heading} {one.about['replica']}", one) for heading, group in groups.items() for one in group]
    letters = sorted({name for _, one in samples for name in np.unique(one.species).tolist()})
    known = [{name: values for name, values in one.fields.items() if np.isfinite(values).any()} for _, one in samples]
    packed = [{name: pack(values) for name, values in fields.items()} for fields in known]
    stores = [
        ColumnDataSource(
            {
                **dict(zip("xy", one.positions.T.astype(np.float32), strict=True)),
                "species": np.searchsorted(letters, one.species).astype(np.uint8),
                **{name: codes for name, (codes, _) in fields.items()},
            }
        )
        for (_, one), fields in zip(samples, packed, strict=True)
    ]
    limits = [[ends for _, ends in fields.values()] for fields in packed]
    titles = [[f"{name} ({printed(unit(name))})" for name in fields] for fields in packed]
    names, shown_first = [list(fields) for fields in packed], [list(first(one)) for _, one in samples]

    _, sample = samples[0]
    length = float(sample.box_lengths[0])
    shown = ColumnDataSource(
        {
            **dict(zip("xy", sample.positions.T, strict=True)),
            "radius": sample.diameters / 2,
            "species": sample.species.tolist(),
            **{f"value_{panel}": unpack(*packed[0][name]) for panel, name in enumerate(shown_first[0])},
        },
        name="shown",
    )
    ranges = [Range1d(0, length, reset_start=0, reset_end=length) for _ in "xy"]
    chosen = Select(
        title="sample",
        options={
            heading: [(f"{heading} {one.about['replica']}", f"{heading}, replica {one.about['replica']}")
                      for one in group]
            for heading, group in groups.items()
        },
        value=samples[0][0], width=SIDE, name="sample",
    )  # fmt: skip
    choices, mappers, bars, hovers, maps = [], [], [], [], []
    for panel, name in enumerate(shown_first[0]):
        place = names[0].index(name)
        low, high = limits[0][place]
        mapper = LinearColorMapper(PALETTE, low=low, high=high if high > low else low + 1, nan_color=NO_VALUE)
        values = [(field, f"@value_{other}{{%.3g}}") for other, field in enumerate(shown_first[0])]
        hover = HoverTool(
            tooltips=ABOUT + values, formatters={f"@value_{other}": "printf" for other in range(len(values))}
        )
        plot = figure(
            x_range=ranges[0], y_range=ranges[1], frame_width=SIDE, frame_height=SIDE,
            tools=["pan", "wheel_zoom", "box_zoom", "reset", "save", hover], active_scroll="wheel_zoom",
            toolbar_location="above", x_axis_label="x / σ*", y_axis_label="y / σ*", name=f"map_{panel}",
        )  # fmt: skip
        plot.toolbar.logo = None
        plot.grid.visible = False
        plot.circle(
            "x", "y", radius="radius", source=shown, line_color=None, hover_line_color="black", hover_line_width=2,
            fill_color={"field": f"value_{panel}", "transform": mapper}, fill_alpha=1,
        )  # fmt: skip
        bar = ColorBar(color_mapper=mapper, title=titles[0][place], height=12, title_text_font_style="normal",
                       title_text_font_size="10px")  # fmt: skip
        plot.add_layout(bar, "below")
        choice = Select(title=f"map {panel + 1}", options=names[0], value=name, width=SIDE, name=f"field_{panel}")
        for kept, one in ((choices, choice), (mappers, mapper), (bars, bar), (hovers, hover)):
            kept.append(one)
        maps.append(column(choice, plot, width=SIDE + MARGIN))
    show = CustomJS(
        args={
            "chosen": chosen, "choices": choices, "shown": shown, "mappers": mappers, "bars": bars, "hovers": hovers,
            "ranges": ranges, "keys": [key for key, _ in samples], "stores": stores, "fields": names, "limits": limits,
            "titles": titles, "first": shown_first, "lengths": [float(one.box_lengths[0]) for _, one in samples],
            "radii": [[_radius(one, letter) for letter in letters] for _, one in samples], "species": letters,
            "about": ABOUT, "levels": LEVELS, "missing": MISSING,
        },
        code=SHOW,
    )  # fmt: skip
    for widget in (chosen, *choices):
        widget.js_on_change("value", show)
    return json_item(column(chosen, row(*maps), name="particles"))


def library() -> str:
    """The code of Bokeh, compressed by gzip and in base64: a third of its size."""
    resources = Resources(mode="inline", components=["bokeh", "bokeh-widgets"], log_level="error")
    return base64.b64encode(gzip.compress("\n".join(resources.js_raw).encode(), mtime=0)).decode()


def pack(values: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """Values as multiples of 1 / `LEVELS` of their range, counted from the smallest, and the smallest and largest.

    Parameters
    ----------
    values : ndarray, shape (N,)
        At least one of them finite.

    Returns
    -------
    codes : ndarray of uint16, shape (N,)
        `MISSING` where a value is not finite.
    limits : list of float
    """
    finite = np.isfinite(values)
    low, high = float(values[finite].min()), float(values[finite].max())
    steps = np.where(finite, values - low, 0.0) * (LEVELS / (high - low) if high > low else 0.0)
    return np.where(finite, np.rint(steps), MISSING).astype(np.uint16), [low, high]


def unpack(codes: np.ndarray, limits: Sequence[float]) -> np.ndarray:
    """The values of `pack`, to half a step."""
    low, high = limits
    return np.where(codes == MISSING, np.nan, low + (high - low) * codes / LEVELS)


def printed(unit: str) -> str:
    """A unit as the reader writes it."""
    for name, symbol in SYMBOLS:
        unit = unit.replace(name, symbol)
    return "dimensionless" if unit == "1" else unit


def _radius(sample: Sample, species: str) -> float:
    """Radius of the particles of a species, 0 if there are none."""
    of_species = sample.diameters[sample.species == species]
    return float(of_species[0]) / 2 if len(of_species) else 0.0

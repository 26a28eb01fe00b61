"""Rule propensities: what the runs from each structure of a state say of its particles, structure by structure."""

import numpy as np
import xarray as xr

from glassmap.box import Box
from glassmap.dynamics.structure_propensities import (
    bond_breaking_propensity,
    bond_orientation_by_species,
    displacement_propensity,
    scattering_by_species,
)
from glassmap.errors import GlassmapError
from glassmap.io.datasets import opened_dataset, provenance, read_slices, write_dataset
from glassmap.io.schema import ISOCONFIGURATIONAL_RUNS, variable
from glassmap.system import pair_matrix
from glassmap.workflow.logging import job

wildcards, params, files = snakemake.wildcards, snakemake.params, snakemake.input
with job(snakemake.log[0], f"propensities of {wildcards.system} {wildcards.phase}") as report:
    about = []
    for path in files.runs:
        with opened_dataset(path, ISOCONFIGURATIONAL_RUNS) as opened:
            about.append(opened[["initial_position", "species", "box_length", "run", "time"]].load())
    structures = xr.concat(about, "sample", data_vars="minimal", coords="minimal", compat="override", join="exact")
    species, box = structures["species"].values, Box.cube(float(structures["box_length"]), structures.sizes["axis"])
    found = {name: [] for name in ("bond_breaking", "displacement", "scattering", "orientation")}
    initial = structures["initial_position"].values
    positions = read_slices(files.runs, ISOCONFIGURATIONAL_RUNS, "position", "sample")
    for number, (start, later) in enumerate(zip(initial, positions, strict=True)):
        try:
            broken = bond_breaking_propensity(start, later, species, box, pair_matrix(params.sigma))
        except GlassmapError as error:
            raise GlassmapError(f"{wildcards.system} {wildcards.phase}, structure {number}: {error}") from None
        found["bond_breaking"].append(broken)
        found["displacement"].append(displacement_propensity(start, later))
        found["scattering"].append(scattering_by_species(start, later, species))
        found["orientation"].append(bond_orientation_by_species(start, later, species, box))
    dims, words = ("sample", "time", "particle"), "over the isoconfigurational runs"
    variables = {name: structures[name] for name in ("initial_position", "species", "box_length")}
    for name, units, label in (
        ("bond_breaking", "1", "fraction C_B of the initial neighbours that are still there"),
        ("displacement", "sigma*", "length of the displacement"),
    ):
        mean = np.stack([one.mean for one in found[name]])
        variables[name] = variable(dims, mean, units, f"{label}, mean {words}")
        variables[f"{name}_halves"] = variable(
            ("half", *dims),
            np.stack([one.halves for one in found[name]], axis=1),
            units,
            f"{label}, mean over every second of the runs",
        )
        report(f"{name}: mean {mean.mean(axis=(0, 2))[-1]:.3g} after {float(structures['time'][-1]):g} tau")
    variables["scattering"] = variable(
        ("sample", "time", "kind"), np.stack(found["scattering"]), "1", f"F_s(t) of each species, mean {words}"
    )
    variables["bond_orientation"] = variable(
        ("sample", "time", "kind"),
        np.stack(found["orientation"]),
        "1",
        f"C_psi(t) of each species, mean {words}; NaN in three dimensions",
    )
    variables["runs"] = variable((), structures.sizes["run"], "1", "number of runs from each structure")
    dataset = xr.Dataset(variables, coords={name: structures[name] for name in ("replica", "split", "time")})
    dataset.attrs["temperature"] = params.temperature
    values = {"sigma": params.sigma, "temperature": params.temperature}
    attributes = provenance(snakemake.config["study"], params.base_seed, values, wildcards.system)
    write_dataset(dataset, snakemake.output.propensities, attributes)

"""Numbers printed in the paper, for its two-dimensional mixture (KA2D)."""

SYSTEM = "KA2D"
# temperature (epsilon*) to the time at which half of the bonds of the A particles are broken, tau
BOND_BREAKING_TIME = {0.4: 1.7e3, 0.3: 3.4e4, 0.23: 4.0e6}


def bond_breaking_time(system: str, temperature: float) -> float:
    """Published tau_BB, tau; NaN if there is none."""
    return BOND_BREAKING_TIME.get(temperature, float("nan")) if system == SYSTEM else float("nan")

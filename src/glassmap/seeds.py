"""Random seeds: every one derives from the base seed and the identity of what it is for."""

import hashlib

LARGEST_SEED = 900_000_000  # LAMMPS refuses larger ones


def derive_seed(base_seed: int, *identity: str | int) -> int:
    """Seed of one random stream.

    Parameters
    ----------
    base_seed : int
        The study's ``seed``.
    *identity : str or int
        What the stream is for, e.g. ``("KAM", 17, "velocities")``. It never holds a batch number, a
        thread count or a time, so that the same replica is the same replica in every study.

    Returns
    -------
    int
        Between 1 and 900,000,000, the range that LAMMPS takes.
    """
    text = "/".join(str(part) for part in (base_seed, *identity))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return 1 + int.from_bytes(digest, "big") % LARGEST_SEED


def network_seed(base_seed: int, system: str, network: str | int, *, shuffled: bool = False) -> int:
    """Seed of the initial weights and of the training of one network.

    Parameters
    ----------
    base_seed : int
    system : str
    network : str or int
        Its number, one of ``classifier.seeds``; of a network on shuffled labels counted from 0.
    shuffled : bool
        Whether it learns shuffled labels.
    """
    return derive_seed(base_seed, system, "shuffled network" if shuffled else "network", network)

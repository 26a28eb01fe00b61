"""Random seeds, each derived from the base seed and the purpose of the random stream."""

import hashlib

LARGEST_SEED = 900_000_000  # LAMMPS refuses larger ones


def derive_seed(base_seed: int, *identity: str | int) -> int:
    """Seed of one random stream.

    Parameters
    ----------
    base_seed : int
        The study's ``seed``.
    *identity : str or int
        Purpose of the stream, e.g. ``("KAM", 17, "velocities")``. It never includes batch number,
        thread count or time, so a replica is the same in every study.

    Returns
    -------
    int
        Between 1 and 900,000,000, the range that LAMMPS takes.
    """
    text = "/".join(str(part) for part in (base_seed, *identity))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return 1 + int.from_bytes(digest, "big") % LARGEST_SEED


def network_seed(base_seed: int, system: str, network: str | int, *, shuffled: bool = False) -> int:
    """Seed for the initial weights and the training of a network.

    Parameters
    ----------
    base_seed : int
    system : str
    network : str or int
        One of ``classifier.seeds``; for networks trained on shuffled labels, their index from 0.
    shuffled : bool
        Whether the network is trained on shuffled labels.
    """
    return derive_seed(base_seed, system, "shuffled network" if shuffled else "network", network)

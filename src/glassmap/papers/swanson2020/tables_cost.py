"""What the training of the networks costs (supplement, Sec. VII and Fig. 8)."""

import time
from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import torch

from glassmap.io.datasets import read_dataset
from glassmap.io.schema import CONFIGURATIONS
from glassmap.learning.epochs import train_epochs
from glassmap.learning.names import D_MPNN, IMAGE_CNN
from glassmap.learning.networks import (
    Configurations,
    Network,
    new_network,
    predict,
    schedule_of,
)
from glassmap.seeds import derive_seed

TRIALS = 3
# s per sample and epoch on a V100: 32.58 minutes of ten epochs of 16,000 samples with attention; at most
PUBLISHED = {("II", 0.4): 32.58 * 60 / (10 * 16_000)}
PUBLISHED_IMAGE_CNN = 7.5e-3


def training_cost(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Time of the training per sample and epoch, and of a verdict, against the size of the windows.

    Parameters
    ----------
    files : namespace
        ``configurations`` of both states of a dataset.
    params : namespace
        ``timed``: kind, name and options of every network; ``samples``, their number; ``gpu``, whether one may be used;
        ``base_seed``.

    Returns
    -------
    DataFrame
        Means over three epochs after a first one, with their standard deviation; on one core, and on a GPU if there is
        one. Times are those of this machine and of what else it does: no other table depends on them.
    """
    both = [Configurations.of_dataset(read_dataset(path, CONFIGURATIONS)) for path in files.configurations]
    members = np.arange(params.samples)
    positions = np.stack([both[one % 2].positions[one // 2 % len(both[one % 2])] for one in members])
    shown, classes = Configurations(positions, both[0].species, both[0].box), members % 2
    rows = []
    for device in [torch.device("cpu"), *([torch.device("cuda")] if params.gpu and torch.cuda.is_available() else [])]:
        for kind, model, options in params.timed:
            seed = derive_seed(params.base_seed, "cost", kind, model)
            network = new_network(kind, options, shown, int(shown.species.max()) + 1, seed)
            rows.append(
                {
                    "network": kind,
                    "model": model,
                    "window": options.get("window", 1.0),
                    **_times(network, shown, classes, options, seed, device),
                    "published": PUBLISHED.get((model, options.get("window")), np.nan),
                    "published_at_most": PUBLISHED_IMAGE_CNN if kind == IMAGE_CNN else np.nan,
                }
            )
    return pd.DataFrame(rows)


def _times(
    network: Network, shown: Configurations, classes: np.ndarray, options: Mapping, seed: int, device: torch.device
) -> dict[str, float | int | str]:
    """Seconds per sample of a network, whose drawing of windows or pictures is part of the training."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    draw, rng = network.sampling.drawn(shown), np.random.default_rng(seed)
    samples = draw(rng, False)
    schedule = replace(schedule_of(options), epochs=1 + TRIALS)
    epochs = train_epochs(
        network.module, lambda _: draw(rng, True), classes, (samples[:1], classes[:1]), schedule, seed, device
    )
    seconds = []
    for _ in range(1 + TRIALS):
        start = time.perf_counter()
        next(epochs)
        seconds.append((time.perf_counter() - start) / len(classes))
    start = time.perf_counter()
    predict(network, samples, device)
    verdict = (time.perf_counter() - start) / len(classes)
    torch.set_num_threads(threads)
    of_graphs = network.kind == D_MPNN
    return {
        "particles": float(np.mean([len(one.particle) for one in samples])) if of_graphs else shown.positions.shape[1],
        "device": device.type,
        "seconds": float(np.mean(seconds[1:])),
        "std": float(np.std(seconds[1:], ddof=1)),
        "samples_per_second": 1 / float(np.mean(seconds[1:])),
        "verdict_seconds": verdict,
        "samples": len(classes),
    }

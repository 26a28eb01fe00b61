"""Cost of training the classifier on this machine, and the speed-up over a plain PyTorch loop.

    python benchmarks/training.py [--device cpu|cuda] [--threads 1] [--seconds 4] [--quick]

Trains networks of several sizes with `glassmap.learning.cnn.train` on random fields with all symmetries, alternating
with the plain loop it replaced (`plain_epochs`: circular padding in each layer, symmetries drawn for each batch,
PyTorch's own dense layer and scheduler). Times are those of the fastest third of the epochs, on the CPU in processor
time, so that other programs have little effect. The share of peak is relative to a product of large float32 matrices on
the same device and threads, counting two operations for each multiplication of the forward pass and four for the
backward pass; the first layer needs no gradient of its input.
"""

import argparse
import itertools
import math
import time
from collections.abc import Iterator

import numpy as np
import torch
from torch.nn import functional

from glassmap.learning.cnn import (
    Architecture,
    Classifier,
    Protocol,
    choose_device,
    make_deterministic,
    new_classifier,
)
from glassmap.learning.cnn import train as trained

PUBLISHED = (8000, 5, 250)  # samples, batch, epochs
# channels, points per side, batch: twice the default study's batch, the default study, the paper's size, finer grids
SIZES = (
    ((8, 16, 16), 36, 10),
    ((8, 16, 16), 36, 5),
    ((16, 32, 64), 36, 10),
    ((16, 32, 64), 36, 5),
    ((8, 16, 16), 64, 5),
    ((8, 16, 16), 128, 5),
)
QUICK = (((4, 6), 12, 5),)
SYMMETRIES = ("translation", "rotation", "reflection")


def plain_epochs(
    model: Classifier, fields: np.ndarray, classes: np.ndarray, protocol: Protocol, device: torch.device
) -> Iterator[None]:
    """The reference: a plain PyTorch training loop."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.from_numpy(fields)[:, None].to(device)
    targets = torch.from_numpy(classes).to(device)
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=protocol.learning_rate, weight_decay=protocol.l2, fused=True)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    for _ in range(protocol.epochs):
        model.train()
        loss_sum, correct = torch.zeros((), device=device), torch.zeros((), device=device)
        for chosen in torch.randperm(len(inputs), generator=generator).split(protocol.batch_size):
            logits = model(plain_symmetries(inputs[chosen], generator))
            loss = functional.cross_entropy(logits, targets[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            loss_sum += loss.detach() * len(chosen)
            correct += (logits.argmax(1) == targets[chosen]).sum()
        float(loss_sum), float(correct)
        yield


def plain_symmetries(fields: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A random symmetry of each field of a batch, shape (B, 1, G, G), by an index for every point."""
    count, _, grid, _ = fields.shape
    shift_x, shift_y, turns, mirrored = (
        torch.randint(0, largest, (count, 1, 1), generator=generator) for largest in (grid, grid, 4, 2)
    )
    x, y = torch.meshgrid(torch.arange(grid), torch.arange(grid), indexing="ij")
    cosine, sine = torch.tensor([1, 0, -1, 0])[turns], torch.tensor([0, 1, 0, -1])[turns]
    from_x, from_y = cosine * x - sine * y, sine * x + cosine * y
    from_x = torch.where(mirrored == 1, -from_x, from_x)
    index = (((from_x + shift_x) % grid) * grid + (from_y + shift_y) % grid).reshape(count, 1, -1)
    return fields.flatten(2).gather(2, index.to(fields.device)).reshape(fields.shape)


def operations(architecture: Architecture) -> float:
    """Additions and multiplications per sample in a training step."""
    channels, points = (1, *architecture.channels), architecture.grid**2
    layers = [first * last * architecture.kernel_size**2 * points for first, last in itertools.pairwise(channels)]
    return 6.0 * (sum(layers) + channels[-1] * points * architecture.dense + architecture.dense * 2) - 2.0 * layers[0]


def peak(device: torch.device, size: int = 2048) -> float:
    """Operations per second in the fastest of five products of large float32 matrices."""
    left, right = torch.rand(size, size, device=device), torch.rand(size, size, device=device)
    times = []
    for _ in range(6):
        start = clock(device)
        left @ right
        times.append(clock(device) - start)
    return 2 * size**3 / min(times[1:])


def clock(device: torch.device) -> float:
    """Seconds: processor time on the CPU, wall-clock time after synchronisation on a GPU."""
    if device.type == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def compare(
    architecture: Architecture, batch: int, device: torch.device, seconds: float, threads: int
) -> dict[str, float]:
    """Seconds per step of each training method, alternating epochs for about ``seconds`` each."""
    samples = 20 * batch
    rng = np.random.default_rng(0)
    fields = rng.uniform(size=(samples, architecture.grid, architecture.grid)).astype(np.float32)
    classes = np.arange(samples) % 2
    methods = {}
    for name in ("plain", "float32", "bfloat16"):
        protocol = Protocol(
            1e-4, batch_size=batch, epochs=10**6, augmentation=SYMMETRIES,
            precision="bfloat16" if name == "bfloat16" else "float32",
        )  # fmt: skip
        model = new_classifier(architecture, 0)
        validation = (fields[:1], classes[:1])
        methods[name] = (
            plain_epochs(model, fields, classes, protocol, device)
            if name == "plain"
            else trained(model, (fields, classes), validation, protocol, 0, device)
        )
    spent: dict[str, list[float]] = {name: [] for name in methods}
    begin = time.monotonic()
    while time.monotonic() - begin < seconds * len(methods) or len(spent["plain"]) < 4:
        for name, epochs in methods.items():
            # the plain loop also paid for the debugging aid of deterministic torch
            torch.utils.deterministic.fill_uninitialized_memory = name == "plain"
            start = clock(device)
            next(epochs)
            spent[name].append((clock(device) - start) / (samples // batch))
    torch.utils.deterministic.fill_uninitialized_memory = False
    return {name: float(np.quantile(times[1:], 1 / 3)) for name, times in spent.items()}


def duration(seconds: float) -> str:
    """Hours, or minutes if less than two hours."""
    return f"{seconds / 3600:.1f} h" if seconds >= 7200 else f"{seconds / 60:.0f} min"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU")
    parser.add_argument("--seconds", type=float, default=4.0, help="for each row of the table")
    parser.add_argument("--quick", action="store_true", help="one small network and a few steps")
    arguments = parser.parse_args()
    make_deterministic(arguments.threads)
    device = choose_device(arguments.device)
    best = peak(device, 256 if arguments.quick else 2048 if device.type == "cpu" else 8192)
    where = f"{arguments.threads} thread(s)" if device.type == "cpu" else torch.cuda.get_device_name(device)
    samples, batch, epochs = PUBLISHED
    print(f"training on {device.type}, {where}; product of large float32 matrices: {best / 1e9:.0f} GFLOP/s")
    print(f"published protocol: {samples} samples, batch {batch}, {epochs} epochs, given where the batch is {batch}")
    print("channels    G  batch  way        us/step  samples/s  share of peak  published  to plain")
    for channels, grid, size in QUICK if arguments.quick else SIZES:
        architecture = Architecture(grid, channels, dense=16 if arguments.quick else 128)
        measured = compare(architecture, size, device, 0.1 if arguments.quick else arguments.seconds, arguments.threads)
        for name, step in measured.items():
            whole = duration(step * math.ceil(samples / batch) * epochs) if size == batch else "-"
            shape = "-".join(map(str, channels))
            print(
                f"{shape:9s} {grid:3d} {size:6d}  {name:8s} {1e6 * step:9.0f} {size / step:10.0f} "
                f"{operations(architecture) * size / step / best:14.2f} {whole:>10s} {measured['plain'] / step:9.2f}"
            )

"""Well-known pictures, downloaded from openml.org once."""

from typing import Annotated

import numpy as np

from alcore.catalog import DATASETS
from alcore.params import Range
from alcore.rng import stream
from alcore.types import Source

TEN_DIGITS = tuple(map(str, range(10)))
CLOTHES = (
    "T-shirt",
    "trousers",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@DATASETS.add(
    source="LeCun, Cortes & Burges 1998; OpenML 554",
    label="MNIST",
    family="images",
    licence="CC BY-SA 3.0",
    use="The pictures most papers report on. For a first look take digits, which needs no download.",
    size_mb=15,
    fallback="digits",
)
def mnist(seed: int, *, rows: Annotated[int, Range(500, 20_000)] = 5000) -> Source:
    """Pictures of handwritten digits, 28 by 28 pixels.

    Parameters
    ----------
    rows : int
        How many of the 70,000 pictures are drawn.
    """
    return _drawn(554, rows, seed, "mnist", TEN_DIGITS, (28, 28))


@DATASETS.add(
    source="Xiao, Rasul & Vollgraf 2017; OpenML 40996",
    label="Fashion-MNIST",
    family="images",
    licence="MIT",
    use="As large as MNIST but harder: shirts, coats and pullovers look alike, so doubts are real.",
    size_mb=38,
    fallback="digits",
)
def fashion_mnist(seed: int, *, rows: Annotated[int, Range(500, 20_000)] = 5000) -> Source:
    """Pictures of clothes, 28 by 28 pixels.

    Parameters
    ----------
    rows : int
        How many of the 70,000 pictures are drawn.
    """
    return _drawn(40996, rows, seed, "fashion_mnist", CLOTHES, (28, 28))


@DATASETS.add(
    source="Krizhevsky 2009; OpenML 40926, CIFAR_10_small",
    label="CIFAR-10",
    family="images",
    licence="research use; no licence stated",
    use="Colour pictures whose raw pixels say little: shows that no strategy makes up for poor features.",
    avoid="With slow learners: each picture has 3,072 numbers.",
    size_mb=80,
    fallback="digits",
)
def cifar10(seed: int, *, rows: Annotated[int, Range(500, 10_000)] = 2000) -> Source:
    """Colour pictures of animals and vehicles, 32 by 32 pixels.

    Parameters
    ----------
    rows : int
        How many of the 20,000 pictures of this sample are drawn.
    """
    return _drawn(40926, rows, seed, "cifar10", THINGS, (32, 32, 3))


def _drawn(
    data_id: int, rows: int, seed: int, name: str, classes: tuple[str, ...], image: tuple[int, ...]
) -> Source:
    """So many pictures, with values in [0, 1]."""
    from alcore.edge.openml import pictures

    entry = DATASETS[name]
    size, fallback = entry.facts["size_mb"], entry.facts["fallback"]
    found = pictures(data_id, name=entry.label, size_mb=size, fallback=fallback)
    at = np.sort(stream(seed, name).choice(len(found.labels), min(rows, len(found.labels)), replace=False))
    X = np.asarray(found.pixels[at], np.float64) / 255.0
    if len(image) == 3:  # stored colour after colour; a picture is rows of pixels of colours
        height, width, colours = image
        X = X.reshape(-1, colours, height, width).transpose(0, 2, 3, 1).reshape(len(at), -1)
    axes = np.indices(image).reshape(len(image), -1).T
    pixels = tuple("pixel " + ",".join(map(str, place)) for place in axes.tolist())
    return Source(X, found.labels[at], features=pixels, classes=classes, image=image, scale=False)

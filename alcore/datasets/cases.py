"""Cases of practice: what active learning is usually sold for, simulated where real rows may not be shared.

Whoever labels scans, contracts or payments cannot hand them out. These rows are drawn with the traits that
matter for labelling: how rare the interesting class is, into how many kinds it falls, and how gradual the
step from ordinary to interesting is. How many labels they need says nothing about a particular hospital.
"""

from functools import lru_cache
from importlib.resources import files
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from alcore.catalog import DATASETS
from alcore.params import Range
from alcore.rng import stream
from alcore.types import Floats, Ints, Source

CROWDS = 6  # kinds of ordinary pictures: devices, views, batches
SUBJECTS = 40  # what documents are about
RELEVANT = 3  # how many of the subjects matter in the case


@DATASETS.add(
    source="made here: crowds of normals, kinds of findings of graded severity",
    label="findings (simulated)",
    family="synthetic",
    licence="made here",
    use="Scans, or parts on a belt: most pictures are normal, a few show one of several kinds of findings.",
    avoid="As evidence about a real hospital or factory: only the traits are realistic, not the pictures.",
)
def findings(
    seed: int,
    *,
    rows: Annotated[int, Range(200, 20_000)] = 3000,
    share: Annotated[float, Range(0.01, 0.5, log=True)] = 0.3,
    kinds: Annotated[int, Range(1, 8)] = 4,
    dims: Annotated[int, Range(8, 64)] = 32,
    severity: Annotated[float, Range(0.5, 12.0)] = 5.0,
) -> Source:
    """Pictures as a pretrained network describes them, normal or with a finding.

    Normal ones come in six crowds, as from different devices. A finding pushes its row in the direction of
    its kind, mild ones a little and grave ones far; the second kind is half as common as the first, the third
    a third as common, and so on.

    Parameters
    ----------
    rows : int
        How many pictures are drawn.
    share : float
        Share of pictures with a finding; at least 5 have one.
    kinds : int
        How many kinds of findings there are.
    dims : int
        How many numbers describe a picture.
    severity : float
        How far a typical finding stands out, in standard deviations of one crowd.
    """
    rng = stream(seed, "findings")
    y = _some(rows, share, rng)
    X = rng.normal(size=(CROWDS, dims))[rng.integers(CROWDS, size=rows)] + rng.normal(size=(rows, dims))
    ways = rng.normal(size=(kinds, dims))
    ways /= np.sqrt((ways**2).sum(axis=1, keepdims=True))
    odds = 1.0 / np.arange(1, kinds + 1)
    kind = rng.choice(kinds, rows, p=odds / odds.sum())
    grade = severity * rng.gamma(6.0, 1.0 / 6.0, rows)
    X += (y * grade)[:, None] * ways[kind]
    return Source(X, y, classes=("normal", "finding"))


@DATASETS.add(
    source="made here: documents as mixtures of subjects, after Blei, Ng & Jordan 2003",
    label="documents (simulated)",
    family="synthetic",
    licence="made here",
    use="Legal review: few documents matter, and it is a question of degree how much they do.",
    avoid="As evidence about a real case: only the traits are realistic, there are no texts.",
)
def documents(
    seed: int,
    *,
    rows: Annotated[int, Range(200, 20_000)] = 4000,
    share: Annotated[float, Range(0.01, 0.5, log=True)] = 0.1,
    words: Annotated[int, Range(20, 5000, log=True)] = 200,
) -> Source:
    """Documents by how much of each of 40 subjects they hold; those about three of them are relevant.

    Each document mixes a few subjects. Its columns are counted from its words, so short documents are hard
    to judge, while the annotator, who reads for the meaning, sees the true mixture.

    Parameters
    ----------
    rows : int
        How many documents are drawn.
    share : float
        Share of relevant documents; at least 5 are.
    words : int
        Words of a typical document; half of them have fewer.
    """
    rng = stream(seed, "documents")
    mixture = rng.dirichlet(np.full(SUBJECTS, 0.08), rows)
    about = mixture[:, :RELEVANT].sum(axis=1)
    y = np.zeros(rows, np.int64)
    y[np.argsort(-about, kind="stable")[: max(5, round(share * rows))]] = 1
    length = np.maximum(10, np.round(words * np.exp(0.8 * rng.normal(size=rows)))).astype(np.int64)
    counted = rng.multinomial(length, mixture) / length[:, None]
    names = tuple(f"subject {k + 1}" for k in range(SUBJECTS))
    return Source(np.sqrt(counted), y, features=names, classes=("irrelevant", "relevant"))


@DATASETS.add(
    source="made here: three patterns of fraud in ordinary payments",
    label="payments (simulated)",
    family="synthetic",
    licence="made here",
    use="Fraud: one payment in fifty, in three patterns that each look ordinary column by column.",
    avoid="As evidence about a real bank: fraud answers to what is done against it, these rows do not.",
)
def payments(
    seed: int,
    *,
    rows: Annotated[int, Range(200, 20_000)] = 6000,
    share: Annotated[float, Range(0.005, 0.5, log=True)] = 0.02,
    disguise: Annotated[float, Range(0.0, 1.0)] = 0.3,
) -> Source:
    """Card payments, ordinary ones and three patterns of fraud.

    A stolen card is tried with many small payments, an account that was taken over buys far from home at
    night, and a false shop charges round, high amounts.

    Parameters
    ----------
    rows : int
        How many payments are drawn.
    share : float
        Share of fraud; at least 5 payments are.
    disguise : float
        How much a fraud resembles the customer's other payments: at 0 not at all, at 1 some of them entirely.
    """
    rng = stream(seed, "payments")
    y = _some(rows, share, rng)
    usual = _ordinary(rng, rows)
    fraud = np.stack([_tried(rng, rows), _taken_over(rng, rows), _false_shop(rng, rows)])
    pattern = rng.integers(3, size=rows)
    worn = disguise * rng.random((rows, 1))
    mixed = fraud[pattern, np.arange(rows)] * (1.0 - worn) + usual * worn
    return Source(np.where(y[:, None] == 1, mixed, usual), y, features=PAYMENT, classes=("honest", "fraud"))


PAYMENT = (
    "log amount",
    "hours from noon",
    "log km from home",
    "payments in the last hour",
    "days since the last one",
    "shop seen before",
    "log age of the shop",
    "amount against usual",
)


@DATASETS.add(
    source="Hutto & Gilbert 2014, ratings of reviews and tweets",
    label="sentiment of texts",
    family="real table",
    licence="MIT (of the ratings); the texts are not included",
    use="Text classification as most people do it first: word statistics and a linear learner.",
    avoid="Reading the rows: the texts belong to their writers, so only numbers made of them are here.",
)
def sentiment(seed: int, *, rows: Annotated[int, Range(500, 6000)] = 3000) -> Source:
    """Is a sentence from a review or a tweet positive or negative? 6,000 rated by twenty people each.

    Sentences whose mean rating is within half a point of neutral are left out. Columns are directions of the
    words' TF-IDF (latent semantic analysis), made once of all sentences without looking at a rating.

    Parameters
    ----------
    rows : int
        How many of the 6,000 sentences are drawn.
    """
    table, labels = _sentences()
    at = np.sort(stream(seed, "sentiment").choice(len(labels), min(rows, len(labels)), replace=False))
    names = tuple(f"topic {k + 1}" for k in range(table.shape[1]))
    return Source(
        table[at].astype(np.float64), labels[at].astype(np.int64), features=names,
        classes=("negative", "positive"), scale=False,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _sentences() -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    with (files("alcore.datasets") / "files" / "sentiment.npz").open("rb") as stored:
        found = np.load(stored, allow_pickle=False)
        return found["X"].astype(np.float32) * found["step"], found["y"]


def _some(rows: int, share: float, rng: np.random.Generator) -> Ints:
    """(rows,) ones in the given share, in random places."""
    return rng.permutation(np.arange(rows) < max(5, round(share * rows))).astype(np.int64)


def _ordinary(rng: np.random.Generator, n: int) -> Floats:
    """(n, 8) payments of customers; columns as in PAYMENT."""
    return _payments(
        rng.normal(3.3, 1.0, n), rng.normal(3.0, 4.0, n), rng.normal(1.5, 1.2, n), rng.poisson(0.3, n),
        rng.exponential(2.0, n), rng.random(n) < 0.7, rng.normal(3.0, 0.8, n), rng.normal(0.0, 0.8, n),
    )  # fmt: skip


def _tried(rng: np.random.Generator, n: int) -> Floats:
    return _payments(
        rng.normal(1.2, 0.6, n), rng.normal(3.0, 5.0, n), rng.normal(2.5, 1.2, n), 2 + rng.poisson(3.0, n),
        rng.exponential(0.1, n), rng.random(n) < 0.1, rng.normal(2.5, 0.8, n), rng.normal(-1.5, 0.7, n),
    )  # fmt: skip


def _taken_over(rng: np.random.Generator, n: int) -> Floats:
    return _payments(
        rng.normal(5.0, 0.8, n), rng.normal(12.0, 2.5, n), rng.normal(5.5, 1.0, n), rng.poisson(1.0, n),
        rng.exponential(2.0, n), rng.random(n) < 0.2, rng.normal(2.8, 0.8, n), rng.normal(1.5, 0.8, n),
    )  # fmt: skip


def _false_shop(rng: np.random.Generator, n: int) -> Floats:
    return _payments(
        rng.normal(4.6, 0.4, n), rng.normal(3.0, 4.0, n), rng.normal(1.5, 1.2, n), rng.poisson(0.3, n),
        rng.exponential(2.0, n), rng.random(n) < 0.05, rng.normal(0.3, 0.5, n), rng.normal(1.2, 0.6, n),
    )  # fmt: skip


def _payments(*columns: NDArray[np.generic]) -> Floats:
    return np.stack([np.asarray(c, np.float64) for c in columns], axis=1)

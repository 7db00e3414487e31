"""Make `alcore/datasets/files/sentiment_ratings.npz`: the single ratings of the rows of `sentiment.npz`.

    python -m tests.bench.make_ratings hutto_sentiment_3domains.csv.gz

The table is the one `tests.bench.make_sentiment` reads; the rows are the ones it draws, in the same order.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from tests.bench.make_sentiment import NEUTRAL, ROWS


def made(table: pd.DataFrame) -> dict[str, np.ndarray]:
    clear = table[table["mean"].abs() >= NEUTRAL].drop_duplicates("text")
    short = clear[clear["domain"] != "movies"]
    at = np.sort(np.random.default_rng(0).choice(len(short), ROWS, replace=False))
    return {"ratings": np.array([text.split() for text in short["ratings"].iloc[at]]).astype(np.int8)}


if __name__ == "__main__":
    where = Path(__file__).parents[2] / "alcore/datasets/files/sentiment_ratings.npz"
    np.savez_compressed(where, **made(pd.read_csv(sys.argv[1])))
    print(where, where.stat().st_size)

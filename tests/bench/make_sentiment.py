"""Make `alcore/datasets/files/sentiment.npz`: word statistics of rated sentences, without the sentences.

    python -m tests.bench.make_sentiment hutto_sentiment_3domains.csv.gz

The table has a row for each sentence: domain, id, mean rating from -4 to 4, text, and the single ratings, as
in the resources of vaderSentiment 3.3.2. What is made of it is said in `alcore/datasets/files/SOURCES.md`.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

ROWS, DIRECTIONS, NEUTRAL = 6000, 64, 0.5
WORDS = r"[\w']+|[:;=][-']?[()DPp/]+|!+"  # words, smileys, exclamation marks


def made(table: pd.DataFrame) -> dict[str, np.ndarray]:
    clear = table[table["mean"].abs() >= NEUTRAL].drop_duplicates("text")
    short = clear[clear["domain"] != "movies"]
    counted = TfidfVectorizer(
        sublinear_tf=True, min_df=2, ngram_range=(1, 2), max_features=20_000, token_pattern=WORDS
    ).fit_transform(short["text"])
    X = TruncatedSVD(DIRECTIONS, random_state=0).fit_transform(counted)
    at = np.sort(np.random.default_rng(0).choice(len(short), ROWS, replace=False))
    X = X[at] / X.std(axis=0).max()
    step = np.float32(np.abs(X).max() / 127)
    y = (short["mean"].to_numpy()[at] > 0).astype(np.int8)
    return {"X": np.round(X / step).astype(np.int8), "step": step, "y": y}


if __name__ == "__main__":
    where = Path(__file__).parents[2] / "alcore/datasets/files/sentiment.npz"
    np.savez_compressed(where, **made(pd.read_csv(sys.argv[1])))
    print(where, where.stat().st_size)

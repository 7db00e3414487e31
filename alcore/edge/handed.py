"""Data handed to a worker as a file: arrays in one archive that needs no pickle."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from alcore.types import Data, frozen

SUFFIX = ".npz"
_ARRAYS = ("X", "y", "train", "test", "cost", "group", "initial")
_NAMES = ("classes", "groups", "features", "notes")


def write(data: Data, path: Path) -> None:
    """Write all of it that a run reads: not the rows as their owner knows them, nor a known posterior."""
    names = json.dumps({name: getattr(data, name) for name in _NAMES} | {"image": data.image})
    np.savez(path, names=np.array(names), **{name: getattr(data, name) for name in _ARRAYS})


@lru_cache(maxsize=2)
def read(path: Path) -> Data:
    """Read what `write` wrote."""
    with np.load(path, allow_pickle=False) as found:
        parts: dict[str, Any] = {name: frozen(found[name]) for name in _ARRAYS}
        parts |= {name: tuple(value) for name, value in json.loads(str(found["names"])).items()}
    return Data(**parts)

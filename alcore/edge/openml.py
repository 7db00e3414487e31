"""Pictures from openml.org: downloaded once, kept as plain arrays, opened without reading them whole."""

import os
import shutil
import socket
import tempfile
import threading
import zlib
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import numpy as np
from numpy.typing import NDArray

from alcore.errors import UnavailableError

HOST, PORT = "www.openml.org", 443
WAIT = 1.5  # seconds until openml.org counts as out of reach


class Pictures(NamedTuple):
    """(M, pixels) values 0..255, opened but not read, and (M,) class codes."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]


def pictures(
    data_id: int,
    *,
    name: str,
    size_mb: int,
    fallback: str,
    progress: Callable[[str], None] | None = None,
) -> Pictures:
    """The pictures of one OpenML dataset, downloaded on the first call.

    Parameters
    ----------
    data_id : int
        OpenML's number of the dataset.
    name : str
        What to call it in messages.
    size_mb : int
        About how much is downloaded.
    fallback : str
        The dataset to offer when it cannot be had.
    progress : callable, optional
        Told in a sentence what is being done.

    Raises
    ------
    UnavailableError
        When there is no copy and openml.org cannot be reached within two seconds, or the download breaks off.
    """
    folder = home() / "openml" / str(data_id)
    kept = _kept(folder)
    if kept is not None:
        return kept
    tell = progress or (lambda sentence: None)
    tell("Looking for openml.org")
    if not reachable():
        raise UnavailableError(
            f"{name} must be downloaded once from openml.org (about {size_mb} MB), and that cannot be "
            f"reached now. Choose {fallback} instead, or try again with an internet connection."
        )
    tell(f"Downloading {name} from openml.org, about {size_mb} MB")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:
            _download(data_id, Path(work))
            tell(f"Keeping {name} for the next time")
            _move(Path(work) / "arrays", folder)
    except PermissionError as error:
        raise UnavailableError(
            f"{name} cannot be kept in {error.filename}: writing there is not allowed. Set the environment "
            f"variable ALCORE_HOME to a folder of your own, or choose {fallback} instead."
        ) from error
    except (OSError, ValueError, EOFError, HTTPException, zlib.error) as error:
        raise UnavailableError(
            f"Downloading {name} from openml.org broke off ({error}). Try again later, or choose {fallback} "
            "instead."
        ) from error
    found = _kept(folder)
    if found is None:
        raise UnavailableError(f"{name} could not be kept in {folder}. Choose {fallback} instead.")
    return found


def is_kept(data_id: int) -> bool:
    """Whether the dataset is on this machine already."""
    return _kept(home() / "openml" / str(data_id)) is not None


def reachable(seconds: float = WAIT) -> bool:
    """Whether a connection to openml.org, or to the proxy on the way to it, opens within `seconds`."""
    opened = threading.Event()

    def try_it() -> None:
        try:
            with socket.create_connection(_way(), timeout=seconds):
                opened.set()
        except (OSError, ValueError):
            pass
        finally:
            done.set()

    done = threading.Event()
    # A thread, because looking up the name can take longer than any timeout of the connection.
    threading.Thread(target=try_it, daemon=True).start()
    done.wait(seconds)
    return opened.is_set()


def home() -> Path:
    """Where downloads are kept: in ALCORE_HOME, else in scikit-learn's data folder."""
    if os.environ.get("ALCORE_HOME"):
        return Path(os.environ["ALCORE_HOME"])
    from sklearn.datasets import get_data_home

    return Path(get_data_home()) / "alcore"


def _way() -> tuple[str, int]:
    """Host and port to connect to first."""
    proxy = getproxies().get("https")
    if not proxy or proxy_bypass(HOST):
        return HOST, PORT
    parts = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    return parts.hostname or HOST, parts.port or 80


def _kept(folder: Path) -> Pictures | None:
    """The arrays in a folder, or None when there are none that can be read."""
    try:
        pixels = np.load(folder / "pixels.npy", mmap_mode="r", allow_pickle=False)
        labels = np.load(folder / "labels.npy", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return Pictures(pixels, labels) if len(pixels) == len(labels) > 0 else None


def _download(data_id: int, work: Path) -> None:
    """Fetch a dataset and write its arrays into ``work / "arrays"``."""
    from sklearn.datasets import fetch_openml

    bunch: Any = fetch_openml(data_id=data_id, as_frame=False, data_home=str(work / "openml"))
    (work / "arrays").mkdir()
    np.save(work / "arrays" / "pixels.npy", np.asarray(bunch.data).astype(np.uint8))
    np.save(work / "arrays" / "labels.npy", np.asarray(bunch.target).astype(np.int64))


def _move(made: Path, folder: Path) -> None:
    """Put a finished folder in its place at once; another process may have been quicker."""
    if folder.exists() and _kept(folder) is None:
        shutil.rmtree(folder)
    try:
        made.replace(folder)
    except OSError:
        if _kept(folder) is None:
            raise

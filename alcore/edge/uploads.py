"""Tables that visitors upload: kept for a short while, in a folder of their own, found by their owner alone.

A visitor is a secret word (the page's cookie). Neither it nor the name of the file ever reaches the disk:
folders and files are named by hashes.
"""

import hashlib
import os
import re
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alcore.catalog import DATASETS
from alcore.errors import DataError, UnavailableError
from alcore.spec import Choice, Spec
from alcore.types import Data

if TYPE_CHECKING:
    import pandas as pd

DATASET = "upload"  # a spec with this dataset is about the visitor's own file, named by its parameter "file"

_FILE = re.compile(r"[0-9a-f]{24}")


class Uploads:
    """The uploaded files of all visitors.

    Parameters
    ----------
    folder : Path
        Made when missing, open to this user alone.
    max_bytes : int
        Of one file.
    files : int
        A visitor keeps this many; the oldest make room for new ones.
    total_bytes : int
        Of all visitors' files.
    seconds : float
        A file nobody touched for so long is deleted.
    gone : callable, optional
        Told the path of every file that was deleted, for whatever reason; it must not ask for uploads itself.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        max_bytes: int = 5_000_000,
        files: int = 5,
        total_bytes: int = 200_000_000,
        seconds: float = 7200,
        gone: Callable[[Path], None] = lambda path: None,
    ) -> None:
        self.folder, self._gone = Path(folder), gone
        self._lock = threading.Lock()
        self.max_bytes, self.files, self.total_bytes, self.seconds = max_bytes, files, total_bytes, seconds
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep(self, owner: str, data: bytes) -> str:
        """Store a file and name it; the same bytes again are the same file.

        Parameters
        ----------
        owner : str
            The visitor's secret.
        data : bytes

        Returns
        -------
        str
            The file's name here, made of its content alone.

        Raises
        ------
        DataError
            When it is empty or too large.
        UnavailableError
            When there is no room left for uploads.
        """
        if not data:
            raise DataError("The file is empty")
        if len(data) > self.max_bytes:
            raise DataError(
                f"The file has {len(data) / 1e6:.1f} MB; at most {self.max_bytes / 1e6:g} MB can be taken."
                " Keep fewer rows or columns"
            )
        home = self._home(owner)
        path = home / hashlib.sha256(data).hexdigest()[:24]
        with self._lock:
            self._sweep()
            if not path.exists():
                if sum(size for _, size, _ in self._all()) + len(data) > self.total_bytes:
                    raise UnavailableError(
                        "There is no room for more uploads at the moment; try again in an hour"
                    )
                home.mkdir(mode=0o700, exist_ok=True)
                self._make_room(home)
                _write(path, data)
            os.utime(path)
        return path.name

    def path(self, owner: str, file: str) -> Path:
        """Where an owner's file is; it counts as touched.

        Raises
        ------
        DataError
            When this owner has no such file, or has it no more.
        """
        if not _FILE.fullmatch(str(file)):
            raise DataError("No uploaded file is named; upload one first")
        path = self._home(owner) / file
        try:
            os.utime(path)
        except OSError:
            raise DataError("This upload is not here any more; upload the file again") from None
        return path

    def has(self, owner: str, file: str) -> bool:
        """Whether an owner's file is here; that does not count as touching it."""
        return _FILE.fullmatch(file) is not None and (self._home(owner) / file).exists()

    def frame(self, owner: str, file: str) -> "pd.DataFrame":
        """The rows of an owner's file.

        Raises
        ------
        DataError
            When it is not there, or is not a table.
        """
        return read(self.path(owner, file))

    def remove(self, owner: str, file: str) -> None:
        """Delete one file of an owner."""
        with suppress(DataError):
            self._delete(self.path(owner, file))

    def forget(self, owner: str) -> None:
        """Delete all files of an owner."""
        home = self._home(owner)
        for path in home.glob("*"):
            self._delete(path)
        shutil.rmtree(home, ignore_errors=True)

    def sweep(self) -> int:
        """Delete what nobody touched for too long; how many files that were."""
        with self._lock:
            return self._sweep()

    def _sweep(self) -> int:
        old = [path for touched, _, path in self._all() if touched < time.time() - self.seconds]
        for path in old:
            self._delete(path)
        for home in self.folder.iterdir():
            with suppress(OSError):  # not empty
                home.rmdir()
        return len(old)

    def _home(self, owner: str) -> Path:
        if not owner:
            raise DataError("Uploads belong to a visitor, and nobody is named")
        return self.folder / hashlib.sha256(b"uploads of " + owner.encode()).hexdigest()[:32]

    def _make_room(self, home: Path) -> None:
        mine = sorted((path for path in home.iterdir()), key=lambda path: path.stat().st_mtime)
        for path in mine[: max(0, len(mine) - self.files + 1)]:
            self._delete(path)

    def _delete(self, path: Path) -> None:
        with suppress(OSError):
            path.unlink(missing_ok=True)
            self._gone(path)

    def _all(self) -> list[tuple[float, int, Path]]:
        """Time of last touch, size and path of every file."""
        found = []
        for path in self.folder.glob("*/*"):
            with suppress(OSError):  # deleted meanwhile
                facts = path.stat()
                found.append((facts.st_mtime, facts.st_size, path))
        return found


def read(path: Path, name: str = "The upload") -> "pd.DataFrame":
    """The rows of an uploaded file; `name` is what the visitor calls it, for messages.

    Raises
    ------
    DataError
        When it is not a table.
    """
    from alcore.datasets.table import read_table

    return read_table(path.read_bytes(), name)


def describe(path: Path, name: str) -> dict[str, Any]:
    """What a page needs to let its visitor say what the columns are for.

    Returns
    -------
    dict
        ``rows``: how many; ``columns``: see `alcore.datasets.table.describe`; ``roles``: a first guess, see
        `alcore.datasets.table.guess_roles`.

    Raises
    ------
    DataError
        When it is not a table.
    """
    from alcore.datasets import table

    frame = read(path, name)
    return {"rows": len(frame), "columns": table.describe(frame), "roles": table.guess_roles(frame)}


def data_of(spec: Spec, path: Path) -> Data:
    """The data of an experiment on an uploaded file, split and ready; kept for the next one on the same.

    Raises
    ------
    DataError
        When the file cannot be used the way the spec says.
    """
    return _data(path, spec.dataset, spec.test_share, spec.seed)


def forget() -> None:
    """Keep the rows of no upload in this process's memory."""
    _data.cache_clear()


def names(spec: Spec, file: str) -> bool:
    """Whether an experiment is about this uploaded file."""
    return spec.dataset.name == DATASET and dict(spec.dataset.params).get("file") == file


@lru_cache(maxsize=2)
def _data(path: Path, dataset: Choice, test_share: float, seed: int) -> Data:
    from alcore.data import prepare
    from alcore.datasets.table import from_frame

    roles: dict[str, Any] = DATASETS.settle(dataset)
    return prepare(from_frame(read(path), **roles), test_share, seed)


def _write(path: Path, data: bytes) -> None:
    """All of it or nothing, readable by this user alone."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    draft.replace(path)

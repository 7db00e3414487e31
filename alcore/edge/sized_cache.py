"""A cache with an upper bound on what it holds; the longest unused goes first."""

from collections import OrderedDict
from typing import Generic, TypeVar

V = TypeVar("V")


class SizedCache(Generic[V]):
    """Values by key, of at most so much size in all. Not safe for threads by itself.

    >>> cache = SizedCache(most=10)
    >>> for key in "abc":
    ...     cache.put(key, key.upper(), size=4)
    >>> cache.get("a"), cache.get("c")
    (None, 'C')
    """

    def __init__(self, most: float) -> None:
        self.most, self.size = most, 0.0
        self._held: OrderedDict[str, tuple[V, float]] = OrderedDict()

    def get(self, key: str) -> V | None:
        """The value, which is now the last to go, or None."""
        if key not in self._held:
            return None
        self._held.move_to_end(key)
        return self._held[key][0]

    def put(self, key: str, value: V, size: float) -> None:
        """Keep a value; one that is larger than the whole cache is not kept."""
        if key in self._held:
            self.size -= self._held.pop(key)[1]
        if size > self.most:
            return
        self._held[key] = (value, size)
        self.size += size
        while self.size > self.most:
            _, (_, freed) = self._held.popitem(last=False)
            self.size -= freed

    def drop(self, prefix: str) -> None:
        """Forget every value whose key begins so."""
        for key in [key for key in self._held if key.startswith(prefix)]:
            self.size -= self._held.pop(key)[1]

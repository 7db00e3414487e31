"""One painter for all visitors: makes the Atlas's pictures one after the other, and keeps them.

A page never waits for a picture. It shows those that are ready and says which others it would like; the
painter's thread makes what was asked for most recently, one call to the service at a time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import streamlit as st

from alcore.errors import AlcoreError
from alcore.spec import Spec
from pages.ui import atlas_pictures, live
from pages.ui.atlas_entries import Item, find
from pages.ui.atlas_pictures import OWNER, Picture

log = logging.getLogger(__name__)

EVERY = 0.6  # seconds between two looks of a page that waits for pictures
KEPT = 500  # pictures, about 40 KB each
INTEREST = 6.0  # seconds after which nobody waits for a picture any more, unless asked again
AGAIN = 60.0  # seconds until what could not be made is tried again
SORRY = "This picture could not be made."

Key: TypeAlias = tuple[str, str, str]  # kind, name, dataset
# A picture with its thumbnail, a sentence why there is none, or None while it is on its way.
Sight: TypeAlias = tuple[Picture, str] | str | None


class Studio:
    """Makes and keeps pictures.

    Parameters
    ----------
    service : Service
        Answers the calls.
    """

    def __init__(self, service: Any) -> None:
        self._service = service
        self._lock = threading.Condition()
        self._ready: OrderedDict[Key, tuple[Picture, str]] = OrderedDict()
        self._failed: dict[Key, tuple[str, float]] = {}
        self._wanted: dict[Key, float] = {}
        self._scenes: dict[str, Mapping[str, Any]] = {}
        self._closed = False
        self._thread = threading.Thread(target=self._paint, name="atlas-studio", daemon=True)
        self._thread.start()

    def see(self, items: Iterable[Item], dataset: str) -> dict[str, Sight]:
        """What there is to see of each entry, by its id; those that never have a picture are left out."""
        now = time.monotonic()
        found: dict[str, Sight] = {}
        with self._lock:
            for item in items:
                if not atlas_pictures.has_picture(item):
                    continue
                key = (item.kind, item.name, atlas_pictures.subject(item, dataset))
                found[item.id] = self._state(key, now)
                if found[item.id] is None:
                    self._wanted.setdefault(key, now)
                    self._wanted[key] = now
            self._lock.notify()
        return found

    def close(self) -> None:
        """Stop after the picture that is being made."""
        with self._lock:
            self._closed = True
            self._lock.notify()

    def _state(self, key: Key, now: float) -> Sight:
        if key in self._ready:
            self._ready.move_to_end(key)
            return self._ready[key]
        reason, since = self._failed.get(key, ("", -AGAIN))
        return reason if now - since < AGAIN else None

    def _paint(self) -> None:
        while (key := self._next()) is not None:
            try:
                item = find(key[0], key[1])
                assert item is not None
                picture = atlas_pictures.make(self._service, item, key[2], self._scene)
                made = picture, atlas_pictures.thumbnail(picture)
            except AlcoreError as error:
                self._done(key, failed=str(error))
            except Exception:
                log.exception("The picture of %s could not be made", key)
                self._done(key, failed=SORRY)
            else:
                self._done(key, made=made)

    def _next(self) -> Key | None:
        """Wait for a picture that somebody still wants; None when closed."""
        with self._lock:
            while not self._closed:
                now = time.monotonic()
                self._wanted = {k: t for k, t in self._wanted.items() if now - t < INTEREST}
                if self._wanted:
                    newest = max(self._wanted.values())
                    # First in line of the page that looked last.
                    return next(k for k, t in self._wanted.items() if t == newest)
                self._lock.wait(INTEREST)
        return None

    def _done(self, key: Key, made: tuple[Picture, str] | None = None, failed: str = "") -> None:
        with self._lock:
            self._wanted.pop(key, None)
            if made is None:
                self._failed[key] = failed, time.monotonic()
                return
            self._failed.pop(key, None)
            self._ready[key] = made
            while len(self._ready) > KEPT:
                self._ready.popitem(last=False)

    def _scene(self, spec: Spec) -> Mapping[str, Any]:
        """Where everything is; the same for all pictures of a dataset."""
        bare = Spec(dataset=spec.dataset, seed=spec.seed, test_share=spec.test_share)
        if bare.id not in self._scenes:
            while len(self._scenes) >= 64:
                self._scenes.pop(next(iter(self._scenes)))
            self._scenes[bare.id] = self._service.call("scene", bare, OWNER, 0)
        return self._scenes[bare.id]


@st.cache_resource(show_spinner=False, on_release=lambda studio: studio.close())
def studio() -> Studio:
    """The one of this server."""
    return Studio(live.service())

"""The Atlas's cards: a grid of links with pictures that arrive one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pages.ui import links
from pages.ui.atlas_entries import Item
from pages.ui.atlas_pictures import KINDS
from pages.ui.atlas_studio import Sight

NO_PICTURE = "Its rows are not on this server yet."
_cards = links.component("atlas_cards", "<ul></ul>")


def draw(
    items: Sequence[Item],
    sights: Mapping[str, Sight],
    key: str,
    query: Mapping[str, str],
    on_go: Callable[[], None],
    focus: str = "",
) -> None:
    """Draw the cards.

    Parameters
    ----------
    items
    sights : mapping
        By item id what `Studio.see` found; entries that are not in it get no picture.
    key : str
    query : mapping
        What the address of every card holds besides its entry.
    on_go : function
        Called after a click, before the page runs; it calls `links.follow`.
    focus : str
        The id of the card the reader comes back from.
    """
    cards = [_card(item, sights, query) for item in items]
    _cards(key=key, data={"cards": cards, "focus": focus}, on_go_change=on_go)


def _card(item: Item, sights: Mapping[str, Sight], query: Mapping[str, str]) -> dict[str, Any]:
    address = {"kind": item.kind, "item": item.name, **query}
    tags = [item.topic if item.recipe else item.family, *_needs(item), item.download]
    card: dict[str, Any] = {
        "id": item.id,
        "query": links.query_string(address),
        "title": item.label,
        "text": item.summary,
        "tags": [tag for tag in tags if tag],
    }
    if item.id not in sights:
        return card | {"picture": {"note": NO_PICTURE}} if item.kind in KINDS else card
    sight = sights[item.id]
    if sight is None:
        return card | {"picture": None}
    if isinstance(sight, str):
        return card | {"picture": {"note": sight}}
    picture, thumbnail = sight
    return card | {"picture": {"src": thumbnail, "alt": picture.alt}}


def _needs(item: Item) -> list[str]:
    words = {"members": "asks a committee", "linear": "linear learner", "embed": "network learner"}
    return [words[need] for need in words if need in item.needs]

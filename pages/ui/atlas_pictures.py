"""The Atlas's pictures: what an entry does on a small map, asked of the service and drawn as an SVG.

Every picture of a dataset starts from the same labels, so pictures can be compared with one another.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import numpy as np

from alcore.catalog import ACQUISITIONS, SELECTORS
from alcore.errors import UnavailableError
from alcore.link import to_query
from alcore.registry import Entry
from alcore.spec import Choice, Spec
from alcore.types import UNKNOWN
from pages.ui import charts, pixels
from pages.ui.atlas_entries import Item, on_map, with_able_learner
from pages.ui.colours import class_look
from pages.ui.form import spoken
from pages.ui.maps import NEUTRAL

OWNER = "atlas"  # in the service's queue the pictures stand in line as one more visitor
KINDS = ("recipe", "acquisition", "select", "committee", "learner", "dataset", "oracle", "start")
GRID = 48  # cells along each side
SHORTLISTS = ("candidates", "rows")  # parameters that say how many candidates are looked at
BATCH = 8  # rows a selector is asked for
MANY_LABELS = 60  # for oracles, so that their mistakes can be seen
DOTS = 260  # pool rows on a thumbnail
WIDE, HIGH = 480, 288  # the thumbnail's own units
PATIENCE = 60.0  # seconds until a run of one round is given up


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What one entry does on a map: answers of the service, and how to read them."""

    scene: Mapping[str, Any]
    alt: str
    caption: str
    field: Mapping[str, Any] | None = None
    background: str = "none"
    labelled: Mapping[int, float] | None = None
    asked: tuple[int, ...] = ()
    measure: str = ""
    unit: str = ""
    truth: bool = False

    def chart(self) -> charts.Chart:
        """As large as the page lets it, with axes and legends."""
        drawn = charts.map_chart(
            self.scene,
            labelled=self.labelled,
            asked=self.asked,
            field=self.field,
            background=self.background,  # type: ignore[arg-type]
            measure=self.measure,
            unit=self.unit,
            truth=self.truth,
            bayes=False,
        )
        return replace(drawn, alt=f"{self.alt} {drawn.alt}")


def has_picture(item: Item) -> bool:
    """Whether there is something to see on a map, without fetching anything from elsewhere."""
    return item.kind in KINDS and not item.download and item.name != "upload"


def subject(item: Item, dataset: str) -> str:
    """The dataset on the picture: the entry itself where it is one."""
    return item.name if item.kind == "dataset" else dataset


def make(service: Any, item: Item, dataset: str, keep: Callable[[Spec], Mapping[str, Any]]) -> Picture:
    """Ask the service for what the picture shows; one call after the other.

    Parameters
    ----------
    service : Service
    item, dataset
    keep : function
        Gives a spec's scene, kept from one picture to the next.

    Raises
    ------
    AlcoreError
        What the service says; UnavailableError when it takes too long.
    """
    if item.kind == "dataset":
        scene = keep(Spec(dataset=Choice(item.name)))
        known = any(label != UNKNOWN for label in scene["label"])
        return Picture(
            scene,
            f"The rows of {item.label}, by class.",
            scene["caption"].partition(". ")[0].rstrip(".") + ".",
            truth=known,
        )
    spec, parts = _experiment(item, dataset)
    asked, answers = _first_labels(service, spec)
    labelled = dict(zip(asked, answers, strict=True))
    picture = Picture(keep(spec), "", "", labelled=labelled)
    if item.kind == "start":
        return replace(
            picture,
            alt=f"The first {len(asked)} rows that {item.label} would label.",
            caption=f"The first {len(asked)} rows it would label." if len(asked) > 1 else "Its first row.",
        )
    if item.kind == "oracle":
        true = dict(zip(picture.scene["ids"], picture.scene["label"], strict=True))
        wrong = sum(a == a and true.get(row, a) != a for row, a in labelled.items())
        return replace(
            picture,
            alt=f"{len(asked)} answers of {item.label}, {wrong} of them wrong.",
            caption=f"{len(asked)} answers, {wrong} of them wrong: those are crossed.",
        )
    if item.kind == "learner":
        return replace(
            picture,
            field=_field(service, spec),
            background="classes",
            alt=f"What {item.label} has learnt from {len(asked)} labels.",
            caption=f"What it has learnt from {len(asked)} labels: its class at each place, stronger where "
            "it is surer.",
        )
    if item.kind in ("acquisition", "committee"):
        whose = "" if item.kind == "acquisition" else f", with {item.label} as the committee"
        picture, name = _with_scores(picture, service, spec, parts)
        return replace(
            picture,
            alt=f"{name}{whose}: brighter places would be asked sooner.",
            caption=f"{name} after {len(asked)} labels{whose}: brighter is asked sooner.",
        )
    batch = tuple(service.call("batch", spec, OWNER, 1, parts=parts, n=BATCH)["ids"])
    told = f"The {len(batch)} rows it would ask next are ringed. "
    if _ignores_scores(service, spec, parts, batch):
        picture = replace(picture, field=_field(service, spec), background="classes")
        told += "The ground is what the learner predicts; the choice does not depend on any score."
    else:
        picture, name = _with_scores(picture, service, spec, parts)
        told += f"The ground shows the score: {_inside(name)}, brighter is higher."
    if item.family == "money":
        told += " All labels cost the same here."
    return replace(
        picture,
        asked=batch,
        alt=f"The {len(batch)} rows that {item.label} would ask next, ringed.",
        caption=told,
    )


def thumbnail(picture: Picture) -> str:
    """The picture in little, as an address that holds it. Axes are stretched to fill the card."""
    left, right, bottom, top = picture.scene["box"]

    def place(x: float, y: float) -> tuple[int, int]:
        return round((x - left) / (right - left) * WIDE), round((top - y) / (top - bottom) * HIGH)

    spots = {
        row: place(x, y)
        for row, x, y in zip(picture.scene["ids"], picture.scene["x"], picture.scene["y"], strict=True)
    }
    labelled, heat = picture.labelled or {}, picture.background == "scores"
    drawn = [_ground(picture), *_pool(picture, spots, heat)]
    quiet = bool(picture.asked)  # then the batch is what counts
    for row, answer in labelled.items():
        if row in spots:
            drawn.append(_label(spots[row], answer, 6 if quiet else 8))
    true = dict(zip(picture.scene["ids"], picture.scene["label"], strict=True))
    for row, answer in labelled.items():
        if row in spots and answer == answer and true[row] not in (UNKNOWN, int(answer)):
            x, y = spots[row]
            cross = f"M{x - 7} {y - 7}l14 14m-14 0l14-14"
            drawn += [
                f'<path d="{cross}" stroke="#fff" stroke-width="7"/>',
                f'<path d="{cross}" stroke="#000" stroke-width="3"/>',
            ]
    for row in picture.asked:
        x, y = spots[row]
        ring = f'<circle cx="{x}" cy="{y}" r="12" fill='
        drawn.append(f'{ring}"#ffffff40" stroke="#000" stroke-width="8"/>')
        drawn.append(f'{ring}"none" stroke="#fff" stroke-width="4"/>')
    body = "".join(drawn)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}">{body}</svg>'
    return "data:image/svg+xml," + quote(svg, safe=" ='/:,;()+-")


# --- what is asked of the service -------------------------------------------------------------------------


def _experiment(item: Item, dataset: str) -> tuple[Spec, dict[str, str]]:
    """The run whose labels the picture starts from, and the strategy to ask about where it is another one."""
    spec = on_map(dataset)
    if item.kind in ("learner", "committee", "oracle", "start"):
        chosen: dict[str, Any] = {item.kind: Choice(item.name)}
        spec = replace(spec, **chosen)
        if item.kind == "committee":
            return spec, {"acquisition": "bald"}
        return (replace(spec, first=MANY_LABELS) if item.kind == "oracle" else spec), {}
    # The strategy itself is asked about the labels bought by lot; so only its needs shape the run.
    if item.recipe:
        chosen = item.recipe.parts()
    elif item.kind == "select":
        doubt = "bald" if "members" in SELECTORS[item.name].needs else "margin"
        chosen = {"select": Choice(item.name), "acquisition": Choice(doubt)}
    else:
        chosen = {item.kind: Choice(item.name)}
    wanted = with_able_learner(replace(spec, **chosen), item)
    spec = replace(spec, learner=wanted.learner, committee=wanted.committee)
    return spec, to_query(wanted, spec)


def _first_labels(service: Any, spec: Spec) -> tuple[list[int], list[float]]:
    """Rows and answers of the run's first round; waits for it."""
    key = service.start(spec, OWNER, rounds=1)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        seen = service.look(key)
        if seen is not None and seen.n_rounds:
            first = service.rounds(key)[0]
            return [row[0] for row in first.asked], [float(a[0]) for a in first.answers]
        if seen is None or not seen.live:
            raise UnavailableError(getattr(seen, "error", "") or "This picture could not be made")
        time.sleep(0.05)
    raise UnavailableError("This picture took too long to make")


def _field(service: Any, spec: Spec, measure: Choice | None = None) -> dict[str, Any]:
    """The map's ground, as small arrays: many pictures are kept."""
    asked: dict[str, Any] = {"size": GRID}
    if measure is not None:
        asked |= {"acquisition": measure.name, "params": _thorough(ACQUISITIONS[measure.name])}
    field = service.call("field", spec, OWNER, 1, **asked)
    field |= {"classes": np.array(field["classes"], np.int16)}
    return field | {n: np.array(field[n], np.float32) for n in ("confidence", "scores") if n in field}


def _thorough(entry: Entry[Any]) -> dict[str, Any]:
    """Parameters with which a function that looks at some candidates only looks at as many as it may."""
    return {p.name: int(p.range.high) for p in entry.params if p.name in SHORTLISTS and p.range}


def _with_scores(picture: Picture, service: Any, spec: Spec, parts: Mapping[str, str]) -> tuple[Picture, str]:
    """The picture with the strategy's acquisition function as its ground, and that one's name."""
    name = parts.get("acquisition", spec.acquisition.name)
    entry = ACQUISITIONS[name]
    ground = _field(service, spec, Choice(name))
    label, unit = spoken(entry.label), str(entry.facts.get("unit", ""))
    return replace(picture, field=ground, background="scores", measure=label, unit=unit), label


def _ignores_scores(service: Any, spec: Spec, parts: Mapping[str, str], batch: tuple[int, ...]) -> bool:
    """Whether the batch would be the same whatever the scores were."""
    if parts.get("acquisition", spec.acquisition.name) == "random":
        return True
    by_lot = {**parts, "acquisition": "random"}
    return tuple(service.call("batch", spec, OWNER, 1, parts=by_lot, n=BATCH)["ids"]) == batch


def _inside(name: str) -> str:
    """A label in the middle of a sentence: names that are written in capitals keep them."""
    return name[:1].lower() + name[1:] if name[1:2].islower() and " " not in name[:2] else name


# --- how a thumbnail is drawn -----------------------------------------------------------------------------


def _ground(picture: Picture) -> str:
    field = picture.field
    if field is None or picture.background == "none":
        return ""
    size = int(field["size"])
    if picture.background == "scores" and "scores" in field:
        low, high = float(field["low"]), float(field["high"])
        shown = pixels.heat(np.asarray(field["scores"], np.float64).reshape(size, size), low, high)
    else:
        codes = np.asarray(field["classes"], np.int64).reshape(size, size)
        sure = np.asarray(field["confidence"], np.float64).reshape(size, size)
        shown = pixels.tints(codes, sure, len(picture.scene["classes"]))
    data = base64.b64encode(pixels.png(shown)).decode()
    return (
        f'<image width="{WIDE}" height="{HIGH}" preserveAspectRatio="none" '
        f'href="data:image/png;base64,{data}"/>'
    )


def _pool(picture: Picture, spots: Mapping[int, tuple[int, int]], heat: bool) -> list[str]:
    """Rows without a label: grey, or by their true class; as one path for each colour."""
    rows = [row for row in spots if row not in (picture.labelled or {})]
    rows = rows[:: -(-len(rows) // DOTS)] if rows else rows
    code = dict(zip(picture.scene["ids"], picture.scene["label"], strict=True))
    groups: dict[int, list[int]] = {}
    for row in rows:
        groups.setdefault(int(code[row]) if picture.truth else UNKNOWN, []).append(row)
    drawn = []
    for group, members in sorted(groups.items()):
        path = "".join(f"M{spots[row][0]} {spots[row][1]}h0" for row in members)
        if group != UNKNOWN:
            # A square end makes a square dot: two classes can be told apart without their colours.
            cap, colour, width, opacity = ("round", "square")[group % 2], class_look(group).colour, 9, 0.8
        else:
            cap, colour, width, opacity = "round", "#ffffff" if heat else NEUTRAL, 5, 0.7
        drawn.append(
            f'<path d="{path}" stroke="{colour}" stroke-width="{width}" stroke-linecap="{cap}" '
            f'opacity="{opacity}"/>'
        )
    return drawn


def _label(spot: tuple[int, int], answer: float, size: int) -> str:
    """A labelled row in the colour and shape of its class; who could not say is a small grey square."""
    (x, y), outline = spot, 'stroke="#fff" stroke-width="2.5"'
    if answer != answer:
        return f'<path d="M{x - 5} {y - 5}h10v10h-10z" fill="{NEUTRAL}" {outline}/>'
    colour = class_look(int(answer)).colour
    if int(answer) % 2:
        r = size + 1
        return f'<path d="M{x} {y - r}l{r} {2 * r - 2}h-{2 * r}z" fill="{colour}" {outline}/>'
    return f'<circle cx="{x}" cy="{y}" r="{size}" fill="{colour}" {outline}/>'

"""The comparison of a page: kept in the session, shown in the address bar, one sheet for each contender."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from alcore.catalog import ACQUISITIONS, ADJUSTMENTS, SELECTORS
from alcore.comparison import CONTENDERS, RANDOM, Comparison, Contender
from alcore.errors import SpecError
from alcore.link import unpack
from alcore.params import Param
from alcore.recipes import RECIPES, match
from alcore.spec import Spec
from pages.ui import form
from pages.ui.editor import Editor
from pages.ui.share import COMPARISON as TOKEN


class ComparisonEditor(Editor):
    """An editor whose experiment is a comparison; `spec` is what all its contenders share.

    Parameters
    ----------
    page, view
        As for any editor.
    usual : Comparison
        The comparison of an empty address.
    """

    def __init__(self, page: str, view: tuple[Param, ...], usual: Comparison) -> None:
        super().__init__(page, view, usual.base)
        self.usual = usual

    @property
    def comparison(self) -> Comparison:
        """The comparison as the page last knew it."""
        return self.memory.notes.setdefault("comparison", self.usual)

    def put_in_place(self, comparison: Comparison) -> None:
        """Remember what the widgets say now."""
        self.memory.notes["comparison"] = comparison
        self.take(comparison.base)

    def replace(self, spec: Spec) -> None:
        """Put another shared experiment in place; on other datasets than its own it goes on as before."""
        super().replace(spec)
        others = self.comparison.datasets[1:]
        datasets = (spec.dataset, *(d for d in others if d != spec.dataset)) if others else ()
        self.memory.notes["comparison"] = replace(self.comparison, base=spec, datasets=datasets)

    # --- contenders ---------------------------------------------------------------------------------------

    @property
    def sheets(self) -> list[ContenderSheet]:
        """A sheet for each contender; it keeps its widgets when others come and go."""
        ids: list[int] = self.memory.notes.setdefault("ids", [])
        while len(ids) < len(self.comparison.contenders):
            self.memory.notes["last_id"] = self.memory.notes.get("last_id", 0) + 1
            ids.append(self.memory.notes["last_id"])
        return [ContenderSheet(self, at, ids[at]) for at in range(len(self.comparison.contenders))]

    def add(self, *contenders: Contender) -> None:
        """Add contenders, each under a name that is free, as far as there is room."""
        self._set((*self.comparison.contenders, *contenders))

    def instead(self, contenders: Sequence[Contender]) -> None:
        """Put these contenders in the place of all others."""
        self.memory.notes["ids"] = []
        self._set(contenders)

    def remove(self, at: int) -> None:
        """Take one contender out."""
        kept = list(self.comparison.contenders)
        sheet = self.sheets[at]
        form.reseed(sheet.widgets())
        del kept[at], self.memory.notes["ids"][at]
        self._set(kept)

    def change(self, at: int, contender: Contender) -> None:
        """Put another contender in one's place."""
        contenders = list(self.comparison.contenders)
        others = [c.label for k, c in enumerate(contenders) if k != at]
        contenders[at] = replace(contender, label=free_name(contender.label, others))
        self._set(contenders)

    def _set(self, contenders: Iterable[Contender]) -> None:
        taken: list[Contender] = []
        for contender in list(contenders)[:CONTENDERS]:
            label = free_name(contender.label, [c.label for c in taken])
            taken.append(replace(contender, label=label))
        self.memory.notes["comparison"] = replace(self.comparison, contenders=tuple(taken))
        self.touch()

    # --- the address --------------------------------------------------------------------------------------

    def _address(self) -> dict[str, str]:
        return self.comparison.to_query(self.usual)

    def _understand(self, now: dict[str, str]) -> list[str]:
        notes = self.memory.notes
        notes["ids"] = []
        try:
            usual = Comparison.from_json(unpack(now[TOKEN])) if TOKEN in now else self.usual
            found, problems = Comparison.from_query(now, usual)
        except SpecError as error:
            found, problems = self.usual, (str(error),)
        if found.datasets and found.base.dataset != found.datasets[0]:
            found = replace(found, base=replace(found.base, dataset=found.datasets[0]))
        if len(found.datasets) == 1:
            found = replace(found, datasets=())
        notes["comparison"] = found
        self.memory.spec = found.base
        return list(problems)


class ContenderSheet:
    """What the widgets of one contender need: its whole experiment, keys of its own, what it differs in."""

    params: dict[str, Param] = {}  # a contender has no view of its own  # noqa: RUF012

    def __init__(self, page: ComparisonEditor, at: int, number: int) -> None:
        self.page, self.at, self.number = page, at, number

    @property
    def contender(self) -> Contender:
        return self.page.comparison.contenders[self.at]

    @property
    def spec(self) -> Spec:
        return self.contender.over(self.page.spec)

    def key(self, *parts: str) -> str:
        return self.page.key("vs", str(self.number), *parts)

    def touch(self) -> None:
        self.page.touch()

    def take(self, spec: Spec, label: str = "") -> bool:
        """Remember this contender's experiment; a name that was only a description follows it."""
        before, now = self.spec, self.contender
        if not label:
            label = name_of(spec) if self.described else now.label
        self.page.change(self.at, Contender.between(label, self.page.spec, spec))
        if self.contender.label != now.label:
            form.reseed([self.key("name")])
        return spec != before

    @property
    def described(self) -> bool:
        """Whether its name says no more than what it is."""
        usual = name_of(self.spec)
        return self.contender.label == usual or self.contender.label.startswith(f"{usual} ")

    @property
    def open(self) -> bool:
        """Whether its form is; a new name makes a new expander, which must not shut."""
        return self.number in self.page.memory.notes.setdefault("opened", set())

    @open.setter
    def open(self, now: bool) -> None:
        opened: set[int] = self.page.memory.notes.setdefault("opened", set())
        (opened.add if now else opened.discard)(self.number)

    def put(self, **view: Any) -> None:
        """Nothing is shown of a contender alone."""

    def widgets(self) -> list[str]:
        """The keys of its widgets."""
        import streamlit as st

        return [k for k in st.session_state if isinstance(k, str) and k.startswith(f"{self.key()}.")]


def name_of(spec: Spec) -> str:
    """What a strategy is called when nobody gave it a name.

    >>> name_of(Spec()), name_of(Spec(acquisition="entropy", select="hybrid"))
    ('Uncertainty (margin)', 'Entropy + hybrid')
    """
    recipe = match(spec)
    if recipe == "random":
        return "Chance again"
    if recipe:
        return RECIPES[recipe].label
    parts = [form.spoken(ACQUISITIONS[spec.acquisition.name].label)]
    parts += [ADJUSTMENTS[c.name].label for c in spec.adjust]
    if spec.select.name != "top":
        parts.append(SELECTORS[spec.select.name].label)
    return " + ".join(parts)


def known_as(spec: Spec) -> str:
    """The name whose colour a strategy has wherever it is drawn."""
    if spec.select.name != "top":
        return spec.select.name
    return "+".join([spec.acquisition.name, *(c.name for c in spec.adjust)])


def free_name(label: str, taken: Sequence[str]) -> str:
    """The label, or with a number after it, that no other contender has.

    >>> free_name("BADGE", ["BADGE", "BADGE 2"])
    'BADGE 3'
    """
    label = "Chance" if label == RANDOM or label.startswith(f"{RANDOM} (") else label
    found, number = label, 2
    while found in taken:
        found, number = f"{label[:56]} {number}", number + 1
    return found

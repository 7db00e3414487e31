"""The race on the home page: random choice against active learning, computed once for all visitors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape

import streamlit as st

from alcore import tables
from alcore.errors import AlcoreError, UnavailableError
from alcore.spec import Choice, Spec
from alcore.types import Log
from pages.ui import charts, live
from pages.ui.colours import class_look, of
from pages.ui.maps import NEUTRAL

HEIGHT = 290  # pixels of the curves, about as tall as the maps
EVERY = 0.5  # seconds from one round to the next: 21 rounds take about ten
TARGET = 0.96  # all labels together give about 99 %
SEED = 19  # a typical race: 14 labels against 26; the medians of forty races are 13 and 26
METRIC = "accuracy"
BASE = Spec(
    dataset=Choice.of("moons", rows=600, noise=0.15),
    learner=Choice("gaussian_process"),
    acquisition=Choice("margin"),
    first=4,
    batch=2,
    budget=44,
)
ACTIVE, PASSIVE = "margin", "random"
TITLES = {PASSIVE: "Random choice", ACTIVE: "Active learning"}
NAMES = {PASSIVE: "random", ACTIVE: "active"}


@dataclass
class Show:
    """What one visitor sees of the race.

    Attributes
    ----------
    seed : which race
    shown : how many rounds are on the screen
    playing : whether more are shown, one every moment
    still : whether the visitor prefers no motion: then the end is shown at once
    problem : why the race could not go on
    """

    seed: int = SEED
    shown: int = 0
    playing: bool = True
    still: bool = False
    problem: str = ""

    @property
    def specs(self) -> dict[str, Spec]:
        """The two runs; they share points, split and first labels."""
        active = replace(BASE, seed=self.seed)
        return {PASSIVE: active.passive(), ACTIVE: active}

    @property
    def rounds(self) -> int:
        """How many rounds the budget pays for; the first labels are one."""
        return 1 + int(BASE.budget - BASE.first) // BASE.batch

    @property
    def ended(self) -> bool:
        return self.shown >= self.rounds

    def replay(self) -> None:
        """Play the same race from its start."""
        self.shown, self.playing, self.problem = 0, True, ""

    def another(self) -> None:
        """Race on other points."""
        self.seed += 1
        self.replay()

    def toggle(self) -> None:
        """Pause, or go on."""
        self.playing, self.problem = not self.playing, ""

    def move(self, ready: int) -> None:
        """Show what comes next of the rounds that are ready."""
        if self.still:
            self.shown = ready if ready >= self.rounds else 0
        else:
            self.shown = min(self.shown + 1, ready)
        self.playing = not self.ended


def style() -> None:
    """Hand out the show's style; before all else on the page, so that nothing moves when it comes."""
    st.html(STYLE)


def draw(show: Show) -> None:
    """Two maps, the curves, and a line that says how it stands; moves by itself while it plays."""

    was_playing = show.playing

    @st.fragment(run_every=EVERY if was_playing else None)
    def stage() -> None:
        logs, maps = {name: Log() for name in show.specs}, {}
        try:
            if show.playing:
                show.move(_ready(show))
            logs = {name: _log(spec, show.shown) for name, spec in show.specs.items()} if show.shown else logs
            maps = {name: _map(show.seed, name, show.shown) for name in logs} if show.shown else maps
        except AlcoreError as error:
            show.playing, show.problem = False, str(error)
        _columns(logs, maps)
        _verdict(show, logs)
        if was_playing and not show.playing:
            st.rerun()  # stops the timer and changes the buttons

    stage()


def buttons(show: Show) -> None:
    """Pause and play, again, another seed."""
    if show.ended:
        st.button("Play again", icon=":material/replay:", on_click=show.replay, key="home.replay")
    else:
        word, icon = ("Pause", "pause") if show.playing else ("Play", "play_arrow")
        st.button(word, icon=f":material/{icon}:", on_click=show.toggle, key="home.toggle")
    st.button("Another seed", icon=":material/casino:", on_click=show.another, key="home.another")


# --- what is known ----------------------------------------------------------------------------------------


def _ready(show: Show) -> int:
    """How many rounds both runs have; starts them, or lets them go on, where need be."""
    made = []
    for spec in show.specs.values():
        progress = live.service().look(live.service().start(spec, "", rounds=None))
        if progress.state == "failed":
            raise UnavailableError(progress.error)
        made.append(progress.n_rounds)
    return min(made)


def _log(spec: Spec, rounds: int) -> Log:
    key = live.service().start(spec, "", rounds=None)
    return Log(tuple(live.service().rounds(key)[:rounds]))


@st.cache_resource(show_spinner=False, max_entries=600)
def _map(seed: int, name: str, rounds: int) -> charts.Chart:
    """One picture of the show; visitors share it."""
    spec = Show(seed).specs[name]
    log = _log(spec, rounds)
    scene = live.service().call("scene", spec, rounds=0)
    field = live.service().call("field", spec, rounds=rounds, size=56)
    answers = {
        int(row[0]): float(a[0]) for r in log.rounds for row, a in zip(r.asked, r.answers, strict=True)
    }
    asked = [int(row[0]) for row in log.rounds[-1].asked]
    chart = charts.map_chart(
        scene, labelled=answers, asked=asked, field=field, bayes=False, legend=False, axes=False
    )
    return replace(chart, alt=f"{TITLES[name]}: {chart.alt}")


# --- how it is drawn --------------------------------------------------------------------------------------


def _columns(logs: Mapping[str, Log], maps: Mapping[str, charts.Chart]) -> None:
    left, right = st.columns([2, 1.05], gap="medium")
    with left:
        for column, (name, log) in zip(st.columns(2, gap="medium"), logs.items(), strict=True):
            with column:
                st.html(_head(name, log))
                with st.container(key=f"home_map_{name}"):
                    if name in maps:
                        charts.show(maps[name], key=f"home.map.{name}")
                    else:
                        st.html('<div class="race-wait">Drawing the points …</div>')
        st.html(f'<p class="race-key">{_key()}</p>')
    with right:
        st.html('<div class="race-head">Right answers on points kept aside</div>')
        frame = tables.curve(logs)
        lines = list(logs)
        curves = charts.curve(
            frame,
            METRIC,
            names=lines,
            labels=NAMES,
            budget=BASE.budget,
            target=TARGET,
            reached=tables.reaches(frame, METRIC, TARGET),
            height=HEIGHT,
        )
        charts.show(curves, key="home.curve")


def _head(name: str, log: Log) -> str:
    """Name, score and labels bought of one run, in a line of fixed height."""
    look, score = of(name), f"{log.rounds[-1].metrics[METRIC]:.0%}" if log.rounds else "–"
    line = f"border-top: 3px {'solid' if look.dash == (1, 0) else 'dashed'} {look.colour}"
    return (
        f'<div class="race-head"><i class="race-line" style="{line}"></i>{TITLES[name]}'
        f'<b class="race-score">{score}</b><span class="race-note">with {log.labels} labels</span></div>'
    )


def _verdict(show: Show, logs: Mapping[str, Log]) -> None:
    """What the numbers of this run say, in a place of fixed height."""
    if show.problem:
        words = f"The race could not go on. {escape(show.problem)}"
    elif not show.shown:
        words = "A process on this server is making the points and fitting the first models …"
    elif not show.ended:
        words = (
            f"Round {show.shown} of {show.rounds}: {logs[ACTIVE].labels} labels each. Random choice takes "
            "any points, active learning those the model is least sure of."
        )
    else:
        words = verdict(logs)
    st.html(f'<p class="race-verdict" role="status">{words}</p>')


def verdict(logs: Mapping[str, Log]) -> str:
    """The end of a race in measured numbers, and what they are worth."""
    table = tables.summary(logs, METRIC, TARGET, passive=PASSIVE).set_index("run")
    active, random = (table.loc[name, "labels_to_target"] for name in (ACTIVE, PASSIVE))
    goal, budget = f"{TARGET:.0%}", f"{BASE.budget:g}"
    if active == active and random == random:
        told = (
            f"Active learning reached {goal} with <b>{active:.0f}</b> labels, random choice with "
            f"<b>{random:.0f}</b>."
        )
    elif active == active:
        told = (
            f"Active learning reached {goal} with <b>{active:.0f}</b> labels, random choice had not "
            f"with {budget}."
        )
    elif random == random:
        told = (
            f"Random choice reached {goal} with <b>{random:.0f}</b> labels, active learning had not "
            f"with {budget}."
        )
    else:
        told = f"Neither reached {goal} with {budget} labels."
    return f"{told} One run is an anecdote: try another seed and see whether it holds."


def _key() -> str:
    """What the maps' colours and shapes mean; drawn once for both."""
    first, second = class_look(0).colour, class_look(1).colour
    entries = (
        (f"background: {first}; border-radius: 50%", "upper moon"),
        (f"background: {second}; clip-path: polygon(50% 5%, 100% 95%, 0 95%)", "lower moon"),
        (f"background: {NEUTRAL}; border-radius: 50%; transform: scale(.6)", "not labelled yet"),
        ("border: 2px solid; border-radius: 50%; transform: scale(1.15)", "just asked"),
        ("border-top: 2px solid; height: 0; width: 1.3rem", "the model's boundary"),
        (
            f"background: linear-gradient(90deg, {first}66, #0000, {second}66); width: 1.6rem",
            "the class it predicts",
        ),
    )
    return "".join(f'<span><i style="{look}"></i>{word}</span>' for look, word in entries)


STYLE = """<style>
@media (min-width: 640px) {
    [data-testid="stMainBlockContainer"] { padding: 4.5rem 2.5rem 3rem; max-width: 90rem; }
}
[data-testid="stMainBlockContainer"] h1 { font-size: 2.25rem; padding-top: 0; }
[data-testid="stMainBlockContainer"] h2 { font-size: 1.4rem; }
[data-testid="stMainBlockContainer"] h3 { font-size: 1.1rem; }
.st-key-motion { position: absolute; width: 1px; overflow: hidden; }
.race-head { display: flex; align-items: center; gap: .5rem; height: 2rem; font-weight: 600; }
.race-line { width: 1.6rem; flex: none; }
.race-score { margin-left: auto; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.race-note { font-weight: 400; min-width: 6.3rem; font-variant-numeric: tabular-nums; }
.st-key-home_map_random, .st-key-home_map_margin, .race-wait { aspect-ratio: 1.65; border-radius: .5rem; }
.st-key-home_map_random, .st-key-home_map_margin { overflow: hidden; }
.race-wait { display: grid; place-items: center; border: 1px dashed #8a8a8a; }
.race-key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: 0; font-size: .875rem; }
.race-key span { display: inline-flex; align-items: center; gap: .45rem; }
.race-key i { display: inline-block; width: .75rem; height: .75rem; flex: none; }
.race-verdict { font-size: 1.15rem; min-height: 1.8rem; margin: 0; }
@media (max-width: 1100px) { .race-verdict { min-height: 3.5rem; } }
@media (max-width: 640px) { .race-verdict { min-height: 7rem; } }
</style>"""

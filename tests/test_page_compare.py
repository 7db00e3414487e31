"""The Compare page's script: what it draws for which address, what its buttons do, what it says."""

import json
import math
import re
import time
from dataclasses import fields, replace
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

import pages.ui.contest
import pages.ui.live
import pages.ui.visitor
from alcore import Choice, Log, Spec, advance, outcomes
from alcore.comparison import Comparison, Contender
from pages.ui.compare_presets import PRESETS
from pages.ui.compare_results import SECTIONS
from pages.ui.compare_stage import USUAL, VIEW
from pages.ui.compare_words import unmarked
from tests.page_scripts import address, answered, click, healthy, open_page, status

SMALL = {"dataset": "blobs", "dataset.rows": "150", "first": "10", "batch": "5", "budget": "30", "seeds": "3"}
PAIR = SMALL | {"vs": "margin,entropy"}


@pytest.fixture
def open_at(service):
    return partial(open_page, "explore/compare.py")


def press(at: AppTest, name: str) -> AppTest:
    return click(at, f"compare.do.{name}")


def contest(at: AppTest):
    return at.session_state["compare!"].notes["contest"]


def comparison(at: AppTest) -> Comparison:
    return at.session_state["compare!"].notes["comparison"]


def said(at: AppTest) -> str:
    """What is read: names come escaped."""
    return "\n".join(bare(m.value) for m in at.markdown)


def bare(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def alts(at: AppTest) -> list[str]:
    return [c.proto.alt for c in at.get("vega_lite_chart")]


def table(at: AppTest, at_row: int = 0):
    return at.dataframe[at_row].value


def own_runs(wanted: Comparison) -> dict:
    return {(e.dataset, e.strategy, e.seed): Log(tuple(advance(e.spec))) for e in wanted.entries()}


# --- from an address to a result --------------------------------------------------------------------------


def test_first_visit_says_what_to_press_and_computes_nothing(open_at, service):
    at = open_at()
    assert at.title[0].value == "Compare"
    assert "Press **Run** to make 50 runs. 5 strategies, Digits, 10 seeds." in status(at)
    assert not service.jobs
    assert address(at) == {}
    assert at.button(key="compare.do.stop").disabled


def test_run_gives_curves_tables_and_an_address(open_at, service):
    at = press(open_at(**PAIR), "run")
    assert status(at).startswith("Finished: 9 runs.")
    assert address(at) == PAIR | {"show": "run"}
    wanted = comparison(at)
    assert {job.spec for job in service.jobs.values()} == {e.spec for e in wanted.entries()}
    frame = outcomes.curves(own_runs(wanted))
    twins = {"Uncertainty (margin)": "Random", "Most uncertain (entropy)": "Random"}
    expected = outcomes.area_table(frame, "accuracy", twins).set_index("strategy")
    shown = table(at).set_index("Strategy")
    assert list(shown.index) == ["Random", *twins]
    for name in shown.index:
        assert shown.loc[name, "Area"] == pytest.approx(expected.loc[name, "area"])
    assert shown.loc["Uncertainty (margin)", "More than random"] == (
        f"{expected.loc['Uncertainty (margin)', 'difference']:+.3f}"
    )


def test_two_runs_of_a_comparison_give_the_same_tables(open_at, service):
    one = press(open_at(**PAIR), "run")
    service.jobs.clear()
    other = press(open_at(**PAIR), "run")
    assert table(one).equals(table(other))
    assert [m.value for m in one.markdown] == [m.value for m in other.markdown]


def test_link_of_a_finished_comparison_shows_it_at_once(open_at, service):
    press(open_at(**PAIR), "run")
    jobs = len(service.jobs)
    at = open_at(**PAIR)
    assert status(at).startswith("Finished: 9 runs.")
    assert len(service.jobs) == jobs
    assert at.button(key="compare.do.run").disabled
    assert address(at) == PAIR


def test_link_of_a_comparison_that_was_run_starts_it(open_at):
    assert status(open_at(**PAIR, show="run")).startswith("Finished")


def test_part_of_a_comparison_is_shown_until_the_rest_is_run(open_at):
    press(open_at(**PAIR), "run")
    at = open_at(**PAIR | {"vs": "margin,entropy,least_confident"})
    assert "9 of 12 runs are there. **Run** makes the others" in status(at)
    assert at.button(key="compare.do.run").label == "Run 3 more"
    assert list(table(at)["Strategy"]) == ["Random", "Uncertainty (margin)", "Most uncertain (entropy)"]
    assert "Without runs so far: Least confident." in " ".join(c.value for c in at.caption)


def test_view_is_in_the_address(open_at):
    query = PAIR | {
        "show": "run", "metric": "log_loss", "target": "0.4", "x": "minutes", "pace": "30.0",
        "centre": "median", "band": "iqr", "threads": "true", "lit": '["Random"]', "tab": "target",
        "rule": "stable",
    }  # fmt: skip
    at = open_at(**query)
    assert address(at) == query
    assert at.selectbox(key="compare.view.metric").value == "log_loss"
    assert "minutes of an annotator's time" in alts(at)[0]
    assert set(table(at)["Counted in"]) == {"labels", "money", "minutes"}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"vs": "margin,nothing"}, "There is no recipe named 'nothing'"),
        ({"seeds": "9999"}, "seeds must be a whole number"),
        ({"on": "digits,nowhere"}, "There is no dataset named 'nowhere'"),
        ({"metric": "beauty"}, "metric must be one of"),
        ({"vs": "c1", "c1.acquisition": "<script>"}, "There is no acquisition"),
    ],
)
def test_link_that_is_wrong_gives_a_sentence_and_the_rest(open_at, query, sentence):
    assert sentence in open_at(**query).warning[0].value


def test_no_view_parameter_is_a_part_of_an_experiment():
    names = {p.name for p in VIEW}
    assert not names & {f.name for f in fields(Spec)}
    assert not names & {"vs", "seeds", "on"}


def test_page_switch_loses_nothing(open_at):
    at = press(open_at(**PAIR), "run")
    at.switch_page("home.py")
    at.query_params.clear()
    healthy(at.run())
    at.switch_page("explore/compare.py")
    healthy(at.run())
    assert status(at).startswith("Finished")
    assert address(at) == PAIR | {"show": "run"}


# --- who takes part ---------------------------------------------------------------------------------------


def test_strategies_are_added_removed_and_renamed(open_at):
    at = open_at(**SMALL, vs="margin")
    healthy(at.selectbox(key="compare.add").set_value("badge").run())
    assert [c.label for c in comparison(at).contenders] == ["Uncertainty (margin)", "BADGE"]
    assert address(at)["vs"] == "margin,badge"
    healthy(at.selectbox(key="compare.add").set_value("badge").run())
    assert comparison(at).contenders[2].label == "BADGE 2"
    sheet = sheets(at)[2]
    at.session_state[f"{sheet}.open"] = True
    healthy(at.run())
    healthy(at.text_input(key=f"{sheet}.name").set_value("Mine").run())
    assert comparison(at).contenders[2].label == "Mine"
    healthy(at.text_input(key=f"{sheet}.name").set_value("BADGE").run())
    assert "Two contenders are called 'BADGE'" in at.error[0].value
    assert comparison(at).contenders[2].label == "Mine"
    healthy(at.button(key=f"{sheet}.remove").click().run())
    assert [c.label for c in comparison(at).contenders] == ["Uncertainty (margin)", "BADGE"]


def sheets(at: AppTest) -> list[str]:
    return [f"compare.vs.{number}" for number in at.session_state["compare!"].notes["ids"]]


def test_a_contender_may_have_a_part_of_its_own_and_gets_a_twin(open_at):
    at = open_at(**SMALL, vs="margin")
    sheet = sheets(at)[0]
    at.session_state[f"{sheet}.open"] = True
    healthy(at.run())
    healthy(at.multiselect(key=f"{sheet}.differs").set_value(["oracle"]).run())
    healthy(at.selectbox(key=f"{sheet}.oracle").set_value("noisy").run())
    assert dict(comparison(at).contenders[0].changes)["oracle"] == Choice("noisy")
    assert comparison(at).twins["Uncertainty (margin)"] == "Random (noisy)"
    assert address(at)["c1.oracle"] == "noisy"
    at = press(at, "run")
    assert set(table(at)["Strategy"]) == {"Random", "Random (noisy)", "Uncertainty (margin)"}
    again = open_at(**address(at))
    assert comparison(again) == comparison(at)


def test_a_name_that_only_describes_follows_the_strategy(open_at):
    at = open_at(**SMALL, vs="margin")
    sheet = sheets(at)[0]
    at.session_state[f"{sheet}.open"] = True
    healthy(at.run())
    healthy(at.selectbox(key=f"{sheet}.recipe").set_value("entropy").run())
    assert comparison(at).contenders == (Contender.recipe("entropy"),)
    assert at.text_input(key=f"{sheet}.name").value == "Most uncertain (entropy)"
    healthy(at.selectbox(key=f"{sheet}.select").set_value("hybrid").run())
    assert comparison(at).contenders[0].label == "Entropy + hybrid"


@pytest.mark.parametrize("name", PRESETS)
def test_every_set_can_be_taken_and_linked_to(open_at, name):
    at = press(open_at(**SMALL), f"set_{name}")
    found = comparison(at)
    assert found == replace(found, contenders=PRESETS[name].contenders(found.base))
    assert comparison(open_at(**address(at))) == found


def test_another_comparison_waits_for_run_and_keeps_what_it_has(open_at, service):
    at = press(open_at(**PAIR), "run")
    healthy(at.number_input(key="compare.seeds").set_value(4).run())
    assert "show" not in address(at)
    assert "9 of 12 runs are there" in status(at)
    assert len(service.jobs) == 9


def test_several_datasets_have_a_chart_each_and_ranks(open_at):
    query = SMALL | {"on": "blobs,xor,circles", "vs": "margin,entropy", "tab": "wins"}
    query = {k: v for k, v in query.items() if k != "dataset.rows"}
    at = press(open_at(**query), "run")
    curves = [a for a in alts(at) if a.startswith("Learning curves")]
    assert len(curves) == 3
    assert any("Average ranks over 3 datasets" in a for a in alts(at))
    assert "Over all 3 datasets" in said(at)
    assert set(table(at)["Dataset"]) == {"Blobs", "Xor", "Circles"}


# --- while it runs ----------------------------------------------------------------------------------------


def test_stop_keeps_what_is_finished_and_run_goes_on(open_at, service, monkeypatch):
    monkeypatch.setattr(pages.ui.contest, "AHEAD", 2)
    service.pace = 2
    at = press(open_at(**PAIR), "run")
    for _ in range(20):
        if contest(at).logs:
            break
        healthy(at.run())
    assert contest(at).live
    assert "of 9 runs" in status(at)
    assert "The verdict comes when all are in" in said(at)
    at = press(at, "stop")
    made = len(contest(at).logs)
    assert 0 < made < 9
    assert not contest(at).live
    assert "show" not in address(at)
    assert f"{made} of 9 runs are there" in status(at)
    service.pace = None
    assert status(press(at, "run")).startswith("Finished: 9 runs.")


def test_only_whole_seeds_are_drawn(open_at, service):
    at = open_at(**PAIR)
    runs = contest(at)
    runs.recall()
    for e in runs.entries[:5]:  # the first seed, and two of three strategies of the second
        runs.logs[e.dataset, e.strategy, e.seed] = Log(tuple(advance(e.spec)))
    healthy(at.run())
    assert set(table(at)["Seeds"]) == {1}


# --- what it says -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tab", SECTIONS)
def test_every_section_has_a_chart_a_table_and_a_file(open_at, tab):
    at = answered(open_at(**PAIR, show="run", tab=tab))
    if tab == "stops":
        at = answered(press(at, "watch"))
    if tab == "picks":
        at = answered(healthy(at.toggle(key="compare.view.repeats").set_value(True).run()))
        assert len(at.dataframe) == 3
    assert len(at.dataframe) >= 1
    assert len(table(at)) >= 2
    assert len(alts(at)) >= 2
    assert all(len(alt) > 20 for alt in alts(at))
    assert any(b.label == "CSV" for b in at.get("download_button"))


def test_verdict_names_the_best_with_its_numbers(open_at):
    query = {"budget": "100", "vs": "hybrid,entropy", "show": "run"}
    at = open_at(**query)
    wanted = comparison(at)
    twins = {c.label: "Random" for c in wanted.contenders}
    frame = outcomes.curves(own_runs(wanted))
    rows = outcomes.versus(frame, "accuracy", twins).set_index("strategy")
    best = rows.loc["Hybrid (uncertain, then diverse)"]
    assert best["holm"] < 0.05 and best["difference"] > 0
    assert "**Hybrid (uncertain, then diverse)** does best" in said(at)
    assert f"**{100 * best['difference']:.1f} points of accuracy** better than random" in said(at)
    assert f"better in {best['wins']} of 10 seeds" in said(at)
    assert "Worse than random: Most uncertain (entropy)" in said(at)
    assert "10 seeds are enough to show; claim it with 20." in said(at)


@pytest.mark.parametrize("name", ["\\[Claim](https://evil.example)", "**x** <b>"])
@pytest.mark.parametrize("run", [False, True])
def test_names_from_the_address_are_never_markup(open_at, name, run):
    query = PAIR | {"vs": "c1", "c1.name": name, "c1.acquisition": "margin", "tab": "seeds"}
    at = open_at(**query | ({"show": "run", "seeds": "10"} if run else {}))
    shown = [*at.markdown, *at.warning, *at.caption, *at.error, *at.info]
    texts = [m.value for m in shown] + [e.label for e in at.expander]
    assert any(name in bare(text) for text in texts)
    for text in texts:
        left = re.sub(r"\\.", "", text)
        assert "](" not in left and "<b" not in left and "**x**" not in left


def test_a_part_of_the_runs_gives_a_preliminary_verdict(open_at):
    at = open_at(**PAIR)
    for e in contest(at).entries[:6]:
        contest(at).logs[e.dataset, e.strategy, e.seed] = Log(tuple(advance(e.spec)))
    healthy(at.run())
    assert "Stopped after 2 of 3 seeds: preliminary." in said(at)
    assert ":material/trophy:" not in said(at)


def test_the_verdict_is_told_without_its_markup():
    assert unmarked(r"To 90 %: at least **9** of \*a\*") == "To 90 %: at least 9 of *a*"


def test_no_winner_is_said_with_the_seeds_it_would_take(open_at):
    at = open_at(**SMALL | {"seeds": "10", "dataset": "noisy", "vs": "margin"}, show="run")
    assert "**no strategy beats random** here with 10 seeds" in said(at).lower()


def test_few_seeds_are_no_verdict(open_at):
    assert "One seed is an anecdote" in said(open_at(**PAIR | {"seeds": "1"}, show="run"))
    at = open_at(**PAIR | {"seeds": "3"}, show="run")
    assert "no difference could be told from chance" in said(at)


def test_target_never_reached_is_said_so_everywhere(open_at):
    at = open_at(**PAIR | {"dataset": "noisy"}, show="run", target="1.0", tab="target")
    shown = table(at)
    assert set(shown["Reached"]) == {"0 of 3"}
    assert set(shown["Half of the runs need"]) == {"not reached"}
    healthy(at.button_group(key="compare.view.tab").set_value("savings").run())
    assert set(table(at)["Saved"]) == {"no number"}
    assert "too few for a percentage" in " ".join(table(at)["Why no number"])


def test_a_contender_that_fails_does_not_take_the_others_along(open_at):
    at = press(open_at(**SMALL | {"vs": "margin,error_reduction"}, learner="nearest_neighbours"), "run")
    assert status(at).startswith("Finished: 6 runs, 3 failed")
    warned = [bare(w.value) for w in at.warning if w.value.startswith("Expected error reduction")]
    assert len(warned) == 1 and "(3 runs)" in warned[0]
    assert list(table(at)["Strategy"]) == ["Random", "Uncertainty (margin)"]


def test_a_contender_that_is_random_is_level_with_it(open_at):
    query = SMALL | {"vs": "c1", "c1.name": "Chance", "c1.acquisition": "random", "c1.select": "top"}
    at = open_at(**query, show="run", tab="wins")
    assert list(table(at)["Won – tied – lost"]) == ["0 – 3 – 0"]


@pytest.mark.parametrize(
    "odd",
    [
        {"budget": "0"},
        {"batch": "500", "budget": "600"},
        {"dataset": "blobs", "dataset.classes": "10", "dataset.rows": "120", "first": "2"},
        {"seeds": "1"},
        {"vs": "none"},
        {"budget_in": "money", "price": "per_class", "x": "money"},
        {"test_share": "0"},
        {"x": "seconds"},
    ],
)
def test_odd_comparisons_are_drawn(open_at, odd):
    at = open_at(**PAIR | odd, show="run")
    for tab in SECTIONS:
        at = answered(healthy(at.button_group(key="compare.view.tab").set_value(tab).run()))
        assert status(at).startswith("Finished")
        assert at.session_state["compare!"].view["tab"] == tab


def test_seeds_needed_are_taken_by_a_button(open_at):
    at = open_at(**PAIR, show="run", tab="seeds", within="0.5")
    needed = table(at)["Seeds to know"].str.replace(",", "").astype(float).max()
    name = next(b.key for b in at.button if b.key and b.key.startswith("compare.do.seeds_"))
    number = int(name.rpartition("_")[2])
    assert number in (min(200, int(needed)), 20)
    at = press(at, "seeds_20")
    assert comparison(at).seeds == 20
    assert status(at).startswith("Finished: 60 runs.")


def test_files_hold_the_numbers_unrounded(open_at):
    from pages.ui import share

    at = open_at(**PAIR, show="run")
    frame = outcomes.curves(own_runs(comparison(at)))
    twins = {k: v for k, v in comparison(at).twins.items() if k != v}
    expected = outcomes.area_table(frame, "accuracy", twins, level=0.95)
    held = next(v for k, v in contest(at).memo["numbers"].items() if k[0] == "area_table")
    assert share.csv(held) == share.csv(expected)


def test_ceiling_and_greedy_oracle_come_on_request(open_at):
    at = open_at(**PAIR, show="run", ceiling="true", greedy="true")
    end = time.monotonic() + 60
    while time.monotonic() < end:
        at = answered(at)
        bands = [v for k, v in contest(at).memo.items() if isinstance(k, tuple) and k[0] == "oracle"]
        if len(bands) == 2 and not any(b.pending for b in bands):
            break
        time.sleep(0.05)
    at = healthy(at.run())
    assert not at.warning
    assert "Greedy oracle" in alts(at)[0]
    assert "what all labels together give" in alts(at)[0]
    assert not any(math.isnan(v) for b in bands for v in b.value)


def test_a_rerun_of_a_large_comparison_is_quick(open_at):
    """Eight strategies, twenty seeds: nothing is worked out twice."""
    at = open_at(
        **SMALL | {"seeds": "20", "budget": "150", "dataset.rows": "300"},
        vs="margin,entropy,least_confident,hybrid,badge,core_set,stochastic_batch,class_balanced",
        show="run",
    )
    assert status(at).startswith("Finished: 180 runs.")
    spent = []
    for _ in range(3):
        start = time.process_time()
        healthy(at.run())
        spent.append(time.process_time() - start)
    assert min(spent) < 1.0  # about 0.1 s on an idle machine


def test_usual_comparison_is_quick_and_honest():
    assert len(USUAL.entries()) == 50
    assert "entropy" in json.dumps(USUAL.to_json())
    assert Spec("digits", first=20, batch=10, budget=200).passive() == USUAL.base

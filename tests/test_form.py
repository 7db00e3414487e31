"""Forms: every parameter of every plug-in becomes a widget that gives back what it was given."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from alcore import catalog
from alcore.params import Param, Range, Text
from alcore.spec import Choice
from pages.ui import form

REGISTRIES = [*catalog.PARTS.values()]


def draw(registry_name: str, name: str, given: dict) -> None:
    """Runs inside AppTest: a script that draws one plug-in's form and keeps the choice it makes."""
    import streamlit as st

    from alcore import catalog
    from alcore.spec import Choice
    from pages.ui import form

    registry = catalog.PARTS[registry_name]
    chosen = Choice.of(name, **given)
    if registry_name in ("adjust", "stop"):
        st.session_state["made"] = form.choose_many(registry, "Pick", "pick", (chosen,))
    else:
        st.session_state["made"] = form.choose(registry, "Pick", "pick", chosen)


def draw_field(param, value):
    import streamlit as st

    from pages.ui import form

    st.session_state["made"] = form.field(param, value, "knob")


def made_by(script, **arguments):
    at = AppTest.from_function(script, kwargs=arguments, default_timeout=30).run()
    assert not at.exception, at.exception[0].value
    return at


EVERY = [(part, name) for part, registry in catalog.PARTS.items() for name in registry]


@pytest.mark.parametrize(("part", "name"), EVERY, ids=["-".join(p) for p in EVERY])
def test_every_plugin_has_a_form_that_makes_its_defaults(part, name):
    at = made_by(draw, registry_name=part, name=name, given={})
    made = at.session_state["made"]
    assert (made[0] if isinstance(made, tuple) else made) == Choice(name)
    assert not at.error


@pytest.mark.parametrize(("part", "name"), EVERY, ids=["-".join(p) for p in EVERY])
def test_every_plugin_has_a_form_that_keeps_other_values(part, name):
    registry = catalog.PARTS[part]
    given = {p.name: other for p in registry[name].params if (other := another(p)) is not None}
    wanted = registry.normal(Choice.of(name, **given))
    at = made_by(draw, registry_name=part, name=name, given=given)
    made = at.session_state["made"]
    assert (made[0] if isinstance(made, tuple) else made) == wanted
    assert not at.error


def another(param: Param):
    """A value of the parameter that is not its default; None where the form cannot make one."""
    if param.text and param.text.hidden:
        return None
    if param.many:
        one = another(
            Param(**{f: getattr(param, f) for f in param.__slots__} | {"many": False, "default": None})
        )
        return None if one is None else (one,)
    if param.type is bool:
        return not param.default
    words = form._options(param, {})[0] if param.kind or param.choices else []
    if words:
        return next((w for w in reversed(words) if w != param.default), None)
    if param.type is str:
        return "a word"
    if param.range is None:
        return param.type(3)
    low, high = param.range.low, param.range.high
    return next(param.type(v) for v in (high, low) if param.type(v) != param.default)


@pytest.mark.parametrize(
    ("param", "kind"),
    [
        (Param("a", int, 3, range=Range(1, 50)), "slider"),
        (Param("a", int, 3, range=Range(1, 10_000)), "number_input"),
        (Param("a", float, 0.5, range=Range(0, 1)), "slider"),
        (Param("a", float, 5.0, range=Range(0, 1e6)), "number_input"),
        (Param("a", float, 1.0, range=Range(0.001, 1000, log=True)), "select_slider"),
        (Param("a", bool, False), "toggle"),
        (Param("a", str, "x", choices=("x", "y")), "button_group"),
        (Param("a", str, "x", choices=("x", "y", "z", "u", "v", "w")), "selectbox"),
        (Param("a", str, "logistic", many=False, kind="learner"), "selectbox"),
        (Param("a", str, ("logistic",), many=True, kind="learner"), "multiselect"),
        (Param("a", float, (1.0, 2.5), many=True), "text_input"),
        (Param("a", str, "", text=Text(10)), "text_input"),
    ],
)
def test_type_decides_the_widget(param, kind):
    at = made_by(draw_field, param=param, value=param.default)
    assert [w.type for w in at.main if hasattr(w, "key") and w.key == "knob"] == [kind]
    assert at.session_state["made"] == param.default


def test_hidden_text_has_no_widget_and_keeps_its_value():
    at = made_by(draw_field, param=Param("a", str, "", text=Text(10, hidden=True)), value="kept")
    assert not at.text_input
    assert at.session_state["made"] == "kept"


def test_refused_list_is_a_sentence_and_the_value_before_stays():
    at = made_by(draw_field, param=Param("levels", float, (0.8,), many=True, range=Range(0, 1)), value=(0.8,))
    at.text_input(key="knob").set_value("0.5, 7").run()
    assert "levels must be between 0 and 1, got 7" in at.error[0].value
    assert at.session_state["made"] == (0.8,)
    at.text_input(key="knob").set_value("0.5, half").run()
    assert "levels must be a number" in at.error[0].value
    at.text_input(key="knob").set_value("0.5, 0.25").run()
    assert at.session_state["made"] == (0.5, 0.25)
    assert not at.error


def test_form_follows_the_choice():
    at = made_by(draw, registry_name="dataset", name="moons", given={"noise": 0.4})
    assert at.session_state["made"] == Choice.of("moons", noise=0.4)
    at.selectbox(key="pick").set_value("iris").run()
    assert at.session_state["made"] == Choice("iris")
    assert not [s for s in at.slider if "moons" in s.key]
    assert catalog.DATASETS["iris"].summary in [c.value for c in at.caption]


def test_long_menus_keep_families_together():
    for registry in REGISTRIES:
        families = [form._family(e) for e in form.menu(registry).values()]
        starts = [f for f, before in zip(families, [None, *families], strict=False) if f != before]
        assert len(starts) == len(set(starts))
        assert sorted(form.menu(registry)) == sorted(registry)


@given(
    low=some.floats(1e-4, 1),
    factor=some.floats(2, 1e6),
    at=some.floats(0, 1),
)
def test_log_stops_rise_within_the_range_and_show_what_is_set(low, factor, at):
    high = low * factor
    set_to = low + at * (high - low)
    stops = form.log_stops(Param("c", float, low, range=Range(low, high, log=True)), (set_to,))
    assert stops == sorted(set(stops))
    assert stops[0] == low
    assert stops[-1] == high
    assert set_to in stops

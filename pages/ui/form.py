"""From a typed parameter to a widget: the one place where plug-ins become forms.

A widget's limits hold in the browser only, so every value is checked again by its parameter before it is
used; what is refused is said below the widget and the value before it stays.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from alcore import catalog
from alcore.errors import SpecError
from alcore.params import MANY, Param, Value
from alcore.registry import Entry, Registry
from alcore.spec import Choice

SLIDER_STEPS = 100  # a float slider has about this many stops
TYPED_STEPS = 1000  # the buttons of a typed float move it by about this share of its range
WIDE = 1000  # integers that span more are typed, not slid
LONG_MENU = 8  # entries: longer menus say the family of each
MENU_WIDTH = 24  # characters that a menu in the sidebar shows
FIRST, LAST = ("2-D", "uncertainty", "linear"), ("your own",)  # families at the top and the bottom of menus
RESEED = "form!"  # in the session state: keys of widgets whose value in the browser is to be overruled
SEGMENTS = 28  # characters: shorter lists of words are shown side by side

OnChange = Callable[[], None] | None


def field(
    param: Param,
    value: Value,
    key: str,
    *,
    label: str = "",
    names: Mapping[str, str] | None = None,
    on_change: OnChange = None,
    disabled: bool = False,
    segments: bool | None = None,
    typed: bool = False,
    hide_label: bool = False,
) -> Value:
    """Draw the widget of one parameter and return its checked value.

    Parameters
    ----------
    param : Param
    value : Value
        What the widget shows when it (re)appears; afterwards the widget keeps its own state under `key`.
    key : str
        Of the widget in the session state.
    label : str
        In place of the parameter's name.
    names : mapping, optional
        How to show the values of a list of words.
    segments : bool, optional
        Whether a list of words is shown side by side; by default when it is short.
    typed : bool
        A number is typed rather than slid, whatever its range.
    hide_label : bool
        The label is read aloud only.
    """
    if param.text and param.text.hidden:
        return value
    label = label or spoken(param.name)
    common: dict[str, Any] = {
        "key": key,
        "help": param.help or None,
        "on_change": on_change,
        "disabled": disabled,
        "label_visibility": "collapsed" if hide_label else "visible",
    }
    draw = _widget(param)
    if draw is _one_of and segments is not None:
        draw = _segments if segments else _menu
    if typed:
        draw = _number
    try:
        return param.check(draw(param, value, label, names or {}, common))
    except SpecError as error:
        st.error(f"{error}. It stays {param.to_text(value) or 'empty'} for now.", icon=":material/error:")
        return value


def choose(
    registry: Registry[Any],
    label: str,
    key: str,
    chosen: Choice,
    *,
    why_not: Callable[[Entry[Any]], str] | None = None,
    on_change: OnChange = None,
    help: str | None = None,
    disabled: bool = False,
) -> Choice:
    """Draw a menu of plug-ins and, below it, the parameters of the one that is picked.

    Parameters
    ----------
    registry, label, key
    chosen : Choice
        What the menu shows when it (re)appears.
    why_not : function, optional
        A sentence when an entry does not fit the rest of the experiment; it is shown, not hidden.
    """
    entry = pick(
        registry, label, key, chosen, why_not=why_not, on_change=on_change, help=help, disabled=disabled
    )
    return parameters(registry, entry, key, chosen, on_change=on_change, disabled=disabled)


def pick(
    registry: Registry[Any],
    label: str,
    key: str,
    chosen: Choice,
    *,
    why_not: Callable[[Entry[Any]], str] | None = None,
    on_change: OnChange = None,
    help: str | None = None,
    disabled: bool = False,
) -> Entry[Any]:
    """Draw a menu of plug-ins with a sentence on the one that is picked."""
    entries = menu(registry)
    name = st.selectbox(
        label,
        list(entries),
        format_func=lambda n: title(entries[n], grouped=len(entries) > LONG_MENU),
        key=key,
        help=help,
        on_change=on_change,
        disabled=disabled,
        **index(key, chosen.name, list(entries)),
    )
    entry = entries[name]
    st.caption(entry.summary)
    if why_not and (reason := why_not(entry)):
        st.warning(f"{reason}.", icon=":material/info:")
    return entry


def choose_many(
    registry: Registry[Any],
    label: str,
    key: str,
    chosen: tuple[Choice, ...],
    *,
    limit: int = 4,
    on_change: OnChange = None,
    help: str | None = None,
    placeholder: str = "None",
) -> tuple[Choice, ...]:
    """Draw a menu that takes several plug-ins, in the order picked, each followed by its parameters."""
    before = {c.name: c for c in chosen}
    entries = menu(registry)
    names = st.multiselect(
        label,
        list(entries),
        format_func=lambda n: title(entries[n]),
        key=key,
        help=help,
        max_selections=limit,
        placeholder=placeholder if entries else "None are available yet",
        on_change=on_change,
        disabled=not entries,
        **initial(key, list(before), "default"),
    )
    picked = []
    for name in names[:limit]:
        entry = entries[name]
        st.caption(f"**{title(entry)}.** {entry.summary}")
        picked.append(parameters(registry, entry, key, before.get(name, Choice(name)), on_change=on_change))
    return tuple(picked)


def parameters(
    registry: Registry[Any],
    entry: Entry[Any],
    key: str,
    chosen: Choice,
    *,
    on_change: OnChange = None,
    disabled: bool = False,
) -> Choice:
    """Draw the parameters of one plug-in and return the choice they make, defaults left out."""
    given = dict(chosen.params) if chosen.name == entry.name else {}
    values = {
        p.name: field(
            p,
            given.get(p.name, p.default),
            f"{key}.{entry.name}.{p.name}",
            on_change=on_change,
            disabled=disabled,
        )
        for p in entry.params
    }
    return registry.normal(Choice.of(entry.name, **values))


def menu(registry: Registry[Any]) -> dict[str, Entry[Any]]:
    """The entries of a menu by name: families together, those a newcomer should meet first at the top."""
    families = list(dict.fromkeys(_family(e) for e in registry.values()))
    families.sort(key=lambda f: (f not in FIRST, f in LAST))
    return {e.name: e for e in sorted(registry.values(), key=lambda e: families.index(_family(e)))}


def _family(entry: Entry[Any]) -> str:
    return str(entry.facts.get("family", ""))


def title(entry: Entry[Any], grouped: bool = False) -> str:
    """The display name; in a long menu followed by the family."""
    name = spoken(entry.label)
    family = _family(entry)
    fits = len(name) + len(family) <= MENU_WIDTH
    return (
        f"{name} · {family}" if grouped and fits and family and family.lower() not in name.lower() else name
    )


def spoken(name: str) -> str:
    """A name as the start of a sentence: ``test_share`` to ``Test share``."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def reseed(keys: Iterable[str]) -> None:
    """Forget what these widgets show; the next time they are drawn they show the value they are given."""
    waiting = st.session_state.setdefault(RESEED, set())
    for key in list(keys):
        st.session_state.pop(key, None)
        waiting.add(key)


def initial(key: str, value: Any, name: str = "value") -> dict[str, Any]:
    """The argument that gives a widget the value it shows while the browser has none for it.

    It is given in every run: a fragment may run again before the browser has heard of the widget, and would
    fall back to an empty default. A value that the browser holds already is overruled by the session state.
    """
    waiting = st.session_state.get(RESEED, set())
    if key in waiting:
        waiting.discard(key)
        st.session_state[key] = value
        return {}
    return {name: value}


def index(key: str, value: Any, options: list[Any]) -> dict[str, Any]:
    """The same for a menu of options; a value that is no option any more makes way for this one."""
    if key in st.session_state and st.session_state[key] not in options:
        reseed([key])
    start = initial(key, value, "index")
    return {"index": options.index(value)} if start else {}


def _widget(param: Param) -> Callable[..., Any]:
    if param.many:
        return _several if param.kind or param.choices else _list
    if param.type is bool:
        return _toggle
    if param.kind or param.choices:
        return _one_of
    if param.type is str:
        return _text
    if param.range is None:
        return _number
    if param.range.log:
        return _log_slider
    span = param.range.high - param.range.low
    return _slider if span <= (WIDE if param.type is int else SLIDER_STEPS / 2) else _number


def _toggle(param: Param, value: Value, label: str, names: Mapping[str, str], common: dict[str, Any]) -> bool:
    return st.toggle(label, **initial(common["key"], bool(value)), **common)


def _one_of(param: Param, value: Value, label: str, names: Mapping[str, str], common: dict[str, Any]) -> Any:
    options, shown = _options(param, names)
    short = len(options) <= 4 and sum(len(shown[o]) + 3 for o in options) <= SEGMENTS
    return (_segments if short else _menu)(param, value, label, names, common)


def _segments(
    param: Param, value: Value, label: str, names: Mapping[str, str], common: dict[str, Any]
) -> Any:
    options, shown = _options(param, names)
    start = initial(common["key"], value, "default")
    return st.segmented_control(label, options, format_func=shown.get, required=True, **start, **common)


def _menu(param: Param, value: Value, label: str, names: Mapping[str, str], common: dict[str, Any]) -> Any:
    options, shown = _options(param, names)
    start = index(common["key"], value, options)
    return st.selectbox(label, options, format_func=lambda o: shown.get(o, o), **start, **common)


def _several(param: Param, value: Value, label: str, names: Mapping[str, str], common: dict[str, Any]) -> Any:
    options, shown = _options(param, names)
    start = initial(common["key"], [v for v in dict.fromkeys(value) if v in options], "default")  # type: ignore[arg-type]
    return st.multiselect(
        label,
        options,
        format_func=lambda o: shown.get(o, o),
        max_selections=MANY,
        placeholder="None",
        **start,
        **common,
    )


def _list(param: Param, value: Value, label: str, names: Mapping[str, str], common: dict[str, Any]) -> Any:
    """Several numbers or words, typed with commas."""
    start = initial(common["key"], ", ".join(_typed(v) for v in value))  # type: ignore[union-attr]
    typed = st.text_input(label, max_chars=500, placeholder="none", **start, **common)
    return [_read(param, part.strip()) for part in typed.split(",") if part.strip()]


def _text(param: Param, value: Value, label: str, names: Mapping[str, str], common: dict[str, Any]) -> str:
    start = initial(common["key"], str(value))
    return st.text_input(label, max_chars=param.text.length if param.text else None, **start, **common)


def _number(param: Param, value: Value, label: str, names: Mapping[str, str], common: dict[str, Any]) -> Any:
    kind = param.type
    start = initial(common["key"], kind(value))  # type: ignore[arg-type]
    low, high = (kind(param.range.low), kind(param.range.high)) if param.range else (None, None)
    if kind is int:
        return st.number_input(
            label, low, high, step=_nice(param, 20) if param.range else 1, **start, **common
        )
    return st.number_input(
        label, low, high, step=float(_nice(param, TYPED_STEPS)), format="%.6g", **start, **common
    )


def _slider(param: Param, value: Value, label: str, names: Mapping[str, str], common: dict[str, Any]) -> Any:
    assert param.range
    start = initial(common["key"], param.type(value))
    low, high = param.type(param.range.low), param.type(param.range.high)
    if param.type is int:
        return st.slider(label, low, high, step=1, **start, **common)
    step = float(_nice(param, SLIDER_STEPS))
    digits = max(_digits(step), _digits(float(st.session_state.get(common["key"], value))))
    return st.slider(label, low, high, step=step, format=f"%.{digits}f", **start, **common)


def _log_slider(
    param: Param, value: Value, label: str, names: Mapping[str, str], common: dict[str, Any]
) -> Any:
    start = initial(common["key"], param.type(value))  # type: ignore[arg-type]
    shown = st.session_state.get(common["key"], value)
    return st.select_slider(label, log_stops(param, (shown, value)), format_func=_short, **start, **common)


def log_stops(param: Param, also: Sequence[Any] = ()) -> list[Any]:
    """1, 2, 5, 10, ... within the range, with its ends, the default and whatever else must be shown."""
    assert param.range
    low, high = param.range.low, param.range.high
    powers = range(math.floor(math.log10(low)) if low > 0 else -6, math.ceil(math.log10(high)) + 1)
    stops = {float(f"{m}e{p}") for p in powers for m in (1, 2, 5)}
    stops = {s for s in stops if low <= s <= high} | {low, high, param.default, *also}  # type: ignore[arg-type]
    return sorted({param.type(s) for s in stops if low <= s <= high})  # type: ignore[operator]


def _options(param: Param, names: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """The values of a list of words or of plug-in names, and how to show them."""
    if param.kind:
        registry = catalog.PARTS[param.kind]
        return list(registry), {name: title(entry) for name, entry in registry.items()}
    return list(param.choices), {c: names.get(c, spoken(c)) for c in param.choices}


def _nice(param: Param, steps: int) -> Any:
    """A step of 1, 2 or 5 times a power of ten that divides the range in about `steps`."""
    if param.range is None:
        return 0.1
    span = (param.range.high - param.range.low) / steps
    power = 10.0 ** math.floor(math.log10(span)) if span > 0 else 1.0
    step = next((m for m in (1, 2, 5, 10) if m * power >= span * 0.99), 10) * power
    return max(1, round(step)) if param.type is int else float(f"{step:.6g}")


def _digits(number: float) -> int:
    return len(f"{number:.6f}".rstrip("0").partition(".")[2])


def _short(value: Any) -> str:
    return (
        f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)
    )


def _typed(value: Any) -> str:
    """As one would type it between commas."""
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def _read(param: Param, text: str) -> Any:
    """A typed number as a number; anything else is left for the parameter's own check to refuse."""
    if param.type is str:
        return text
    try:
        return float(text)
    except ValueError:
        return text

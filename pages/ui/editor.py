"""The experiment of a page: kept in the session, shown in the address bar.

Widgets forget their values when the visitor goes to another page, and Streamlit clears the address. So a
page keeps its spec and its view (which metric, which round, ...) under a key that is no widget's, seeds its
widgets from it when they reappear, and writes the address itself. The address is read again whenever it is
not the one written last and no widget was touched: then it was a link, or the browser's back button.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

import streamlit as st

from alcore.errors import SpecError
from alcore.link import START, from_query, from_token, to_query
from alcore.params import Param, Value
from alcore.spec import Spec
from pages.ui import form

TOKEN = "spec"  # the parameter of a permanent link


class Sheet(Protocol):
    """What widgets need of whoever holds their values: an experiment, keys, and to be told of a change."""

    @property
    def spec(self) -> Spec: ...

    def key(self, *parts: str) -> str: ...

    def touch(self) -> None: ...


@dataclass
class Memory:
    """What a page remembers of one visitor between runs."""

    spec: Spec
    view: dict[str, Value]
    seen: dict[str, str] | None = None  # the address as it was read or written last
    meant: dict[str, str] | None = None  # what that address says, in its shortest form
    problems: tuple[str, ...] = ()
    touched: bool = False  # a widget was changed since: the widgets are newer than the address
    intent: str = ""  # the button that was pressed
    notes: dict[str, Any] = field(default_factory=dict)  # whatever else the page keeps


class Editor:
    """Binds one page's widgets, its memory and the address bar.

    Parameters
    ----------
    page : str
        Prefix of all its keys in the session state.
    view : tuple of Param
        The view parameters, kept in the address beside those of the spec.
    default : Spec
        The experiment of an empty address.
    """

    def __init__(self, page: str, view: tuple[Param, ...] = (), default: Spec | None = None) -> None:
        self.page = page
        self.default = default or START
        self.params: Mapping[str, Param] = {p.name: p for p in view}

    @property
    def memory(self) -> Memory:
        key = f"{self.page}!"  # no widget's key begins like this
        if key not in st.session_state:
            st.session_state[key] = Memory(self.default, {n: p.default for n, p in self.params.items()})
        return st.session_state[key]

    @property
    def spec(self) -> Spec:
        """The experiment as the page last knew it."""
        return self.memory.spec

    @property
    def view(self) -> dict[str, Value]:
        """The view parameters as the page last knew them."""
        return self.memory.view

    def key(self, *parts: str) -> str:
        """A widget's key on this page."""
        return ".".join((self.page, *parts))

    def read(self) -> None:
        """Take over an address that came from outside; call it before any widget of the page."""
        memory, now = self.memory, st.query_params.to_dict()
        reappeared = not self._widgets()  # Streamlit drops the state of widgets that are not on screen
        if memory.seen is None:
            self._read(now)
        elif reappeared and not now:
            memory.meant = None  # the visitor was on another page, which cleared the address: write it again
        elif not memory.touched and now != memory.seen:
            self._read(now)

    def go(self, address: Mapping[str, str]) -> None:
        """Callback of a link to this page: take over where it leads; `write` then shows that in the bar.

        The address that comes with the click's run is not read. It is the one before the click, or that of a
        timer that rang since.
        """
        self._read(dict(address))
        self.memory.meant = None
        self.memory.touched = True

    def touch(self) -> None:
        """Callback of every widget: it is now newer than the address."""
        self.memory.touched = True
        self.memory.problems = ()

    def press(self, intent: str) -> None:
        """Callback of a button: the page acts on it once it has read its widgets."""
        self.touch()
        self.memory.intent = intent

    def pressed(self) -> str:
        """The button that was pressed, once."""
        intent, self.memory.intent = self.memory.intent, ""
        return intent

    def show(self, name: str, **options: Any) -> Value:
        """Draw the widget of one view parameter and return its value."""
        key = self.key("view", name)
        value = form.field(self.params[name], self.view[name], key, on_change=self.touch, **options)
        self.view[name] = value
        return value

    def put(self, **view: Value) -> None:
        """Set view parameters, also where their widgets are on screen."""
        for name, value in view.items():
            self.view[name] = self.params[name].check(value)
        form.reseed(k for k in (self.key("view", name) for name in view) if k in st.session_state)

    def take(self, spec: Spec) -> bool:
        """Remember what the widgets say now; whether that is another experiment than before."""
        changed, self.memory.spec = spec != self.memory.spec, spec
        return changed

    def replace(self, spec: Spec) -> None:
        """Put another experiment in place; widgets are seeded from it when they are drawn next."""
        self.forget()
        self.memory.spec = spec
        self.memory.touched = True

    def forget(self) -> None:
        """Drop the state of this page's widgets, so that they are seeded anew."""
        form.reseed(self._widgets())

    def again(self) -> NoReturn:
        """Run the whole page again from a timer, or from a button that changed the page itself.

        A timer sends the address as the browser had it when it rang. Where a link was followed since, that is
        the address before, and to read it would undo the click.
        """
        self.memory.touched = True
        st.rerun()

    def write(self) -> None:
        """Write the address where it no longer says what the page shows."""
        memory, wanted = self.memory, self.query()
        if wanted != memory.meant:
            st.query_params.from_dict(wanted)
            memory.seen = memory.meant = wanted
        memory.touched = False

    def query(self) -> dict[str, str]:
        """The address of what the page shows: what differs from the defaults."""
        view = {
            name: param.to_text(self.view[name])
            for name, param in self.params.items()
            if self.view[name] != param.default
        }
        return self._address() | view

    def _address(self) -> dict[str, str]:
        """The experiment's part of the address; a page that holds more than a spec says it here."""
        return to_query(self.spec, self.default)

    def _understand(self, now: dict[str, str]) -> list[str]:
        """Put the experiment of an address in place; a sentence for each thing that was not understood."""
        try:
            base = from_token(now[TOKEN]) if TOKEN in now else self.default
            self.memory.spec, found = from_query(now, base)
            return list(found)
        except SpecError as error:
            self.memory.spec = self.default
            return [str(error)]

    def _widgets(self) -> list[str]:
        return [k for k in st.session_state if isinstance(k, str) and k.startswith(f"{self.page}.")]

    def _read(self, now: dict[str, str]) -> None:
        memory, problems = self.memory, self._understand(now)
        memory.notes.pop("acted", None)  # what this address says was run is run
        for name, param in self.params.items():
            memory.view[name] = param.default
            if name in now:
                try:
                    memory.view[name] = param.from_text(now[name])
                except SpecError as error:
                    problems.append(str(error))
        self.forget()
        memory.seen, memory.meant, memory.problems = now, self.query(), tuple(problems)


def sentence(problems: tuple[str, ...]) -> str:
    """What to tell a visitor whose link could not be read in full."""
    said = "; ".join(re.sub(r"([\\`*_{}\[\]()<>#$|~:])", r"\\\1", p.rstrip(".")) for p in problems)
    return f"The link was not understood in full, so defaults are used there. {said}."

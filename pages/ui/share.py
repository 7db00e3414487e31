"""Take it along: the link, the code and the files of an experiment."""

import json
import re
from dataclasses import fields
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from alcore import tables
from alcore.comparison import Comparison
from alcore.link import pack, to_token
from alcore.notebook import spec_code
from alcore.spec import Spec
from alcore.types import Log

CODE = """\
from alcore import {names}

spec = {spec}
rounds = list(advance(spec{data}))
passive = list(advance(spec.passive(){data}))

print("{name}:", rounds[-1].metrics["accuracy"])
print("random:", passive[-1].metrics["accuracy"])
"""
OWN_CODE = """\
from pathlib import Path

from alcore.data import prepare
from alcore.datasets.table import from_frame, read_table

file = Path("your-table.csv")  # your own table, which never left you
frame = read_table(file.read_bytes(), file.name)
"""
OWN_DATA = "data = prepare(from_frame(frame, {roles}), spec.test_share, spec.seed)"


COMPARISON = "comparison"  # the parameter of a permanent link
# Parameters of an address that say what is compared; all others say how it is shown.
_SAYS_WHAT = re.compile(rf"({'|'.join(f.name for f in fields(Spec))}|vs|seeds|on|c[0-9]+|{COMPARISON})(\.|$)")


def code_of(spec: Spec) -> str:
    """Lines that repeat the experiment with `alcore` alone."""
    text = spec_code(spec)
    names = "Choice, Spec, advance" if "Choice" in text else "Spec, advance"
    body = CODE.format(
        names=names, spec=text, name=spec.acquisition.name, data=", data=data" if is_own(spec) else ""
    )
    if not is_own(spec):
        return body
    roles = ", ".join(f"{k}={v!r}" for k, v in spec.dataset.params if k != "file")
    made = OWN_DATA.format(roles=roles)
    head, spec_lines = body.split("\n\n", 1)
    return f"{OWN_CODE}\n{head}\n\n{spec_lines}".replace("\nrounds =", f"\n{made}\nrounds =", 1)


def address(query: dict[str, str]) -> str:
    """The full address of this page with a query."""
    base = (st.context.url or "").partition("?")[0]
    return f"{base}?{urlencode(query)}" if query else base


def reach(spec: Spec) -> str:
    """What whoever opens the link sees."""
    if not is_own(spec):
        return "The address bar is this experiment. Whoever opens it sees the same result."
    return (
        "The address bar holds the settings of this experiment, with the names of columns and a fingerprint "
        "of your file. Your rows are not in it and stay with you: whoever opens it sees a result only after "
        "uploading the same file."
    )


def permanent(spec: Spec, view: dict[str, str]) -> str:
    """An address that keeps its meaning when defaults change."""
    return address({"spec": to_token(spec)} | view)


def permanent_comparison(comparison: Comparison, link: str) -> str:
    """The address of a comparison's page that keeps its meaning; the view is that of `link`."""
    place, _, query = link.partition("?")
    view = {k: v for k, v in parse_qsl(query) if not _SAYS_WHAT.match(k)}
    return f"{place}?{urlencode({COMPARISON: pack(comparison.to_json())} | view)}"


def json_log(spec: Spec, logs: dict[str, Log], classes: list[str]) -> str:
    """Everything that happened, for a program to read."""
    frame = tables.queries(logs, classes)
    records = json.loads(frame.to_json(orient="records"))
    return json.dumps({"spec": json.loads(spec.to_json()), "classes": classes, "queries": records}, indent=1)


def csv(frame: Any) -> str:
    """A frame as CSV whose texts no spreadsheet takes for formulas."""
    safe = frame.copy()
    for column in safe.columns:
        if safe[column].dtype.kind not in "ifb":
            safe[column] = [_harmless(v) for v in safe[column]]
    return safe.to_csv(index=False)


def _harmless(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula, quoted; a plain number stays a number."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("=", "+", "-", "@"):
        return value
    return value if re.fullmatch(r"-\d+(\.\d+)?", value) else f"'{value}"


def is_own(spec: Spec) -> bool:
    """Whether it is about rows that a visitor uploaded."""
    return spec.dataset.name == "upload"

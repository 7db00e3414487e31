"""The dataset: one of ours, or a table of the visitor's own."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import streamlit as st

from alcore.catalog import DATASETS
from alcore.errors import AlcoreError
from alcore.spec import Choice
from pages.ui import form, live
from pages.ui.editor import Editor, Memory
from pages.ui.savings_words import plain
from pages.ui.visitor import visitor

MADE = (
    "race",
    "contest",
    "watch",
    "whatif",
    "errands",
    "later",
    "band",
    "why",
    "shown",
    "teams",
    "studies",
)  # of a table, in notes
OWN = "upload"  # the dataset that stands for the visitor's own table
USABLE = ("number", "category", "text", "date")  # kinds of columns a learner can learn from
NOBODY = ""
BRING = "Bring a table in **Data**: CSV or Parquet, with a column that holds the labels"
CHOOSE = "Choose in **Data** which column of your table holds the labels"
NO_LABELS = (
    "No column of this table can hold labels: a label column repeats at least two different values, "
    "such as yes and no"
)


def dataset(page: Editor) -> Choice:
    """Draw the choice of a dataset; for an own table, the upload and what its columns are for."""
    chosen, key = page.spec.dataset, page.key("dataset")
    entry = form.pick(DATASETS, "Dataset", key, chosen, on_change=page.touch)
    if entry.name == OWN:
        return _own(page, chosen if chosen.name == OWN else Choice(OWN))
    if entry.facts.get("size_mb"):
        st.caption(f":material/cloud_download: {entry.facts['size_mb']:g} MB are fetched the first time.")
    return form.parameters(DATASETS, entry, key, chosen, on_change=page.touch)


def table(page: Editor) -> Choice:
    """Draw the upload of an own table alone, with its labels and what to learn them from."""
    chosen = page.spec.dataset
    return _own(page, chosen if is_own(chosen) else Choice(OWN), bare=True)


def is_own(choice: Choice) -> bool:
    """Whether the rows are a visitor's own."""
    return choice.name == OWN


def lack(page: Editor) -> str:
    """What an experiment on the visitor's own rows lacks before it can begin, as a sentence; "" = nothing."""
    chosen = page.spec.dataset
    if not is_own(chosen):
        return ""
    given = dict(chosen.params)
    if not given.get("file"):
        return BRING
    table = page.memory.notes.get("uploads", {}).get(given["file"])
    if not given.get("target"):
        return NO_LABELS if table is not None and not _able(table) else CHOOSE
    columns = {} if table is None else {c["name"]: c for c in table["columns"]}
    fault = columns.get(given["target"], {}).get("label_fault", "")
    return str(fault).rstrip(".")


def _able(table: dict[str, Any]) -> list[str]:
    """The columns that can hold labels."""
    return [c["name"] for c in table["columns"] if not c["label_fault"]]


def _own(page: Editor, chosen: Choice, *, bare: bool = False) -> Choice:
    given = dict(chosen.params)
    known: dict[str, Any] = page.memory.notes.setdefault("uploads", {})
    uploader = page.key("file", *page.memory.notes.get("uploader", ()))
    size = live.service().uploads.max_bytes / 1e6
    file = st.file_uploader(
        "Your table",
        type=["csv", "tsv", "txt", "parquet"],
        key=uploader,
        max_upload_size=round(size),
        on_change=page.touch,
        help=f"CSV or Parquet, at most {size:g} MB, with a column that holds labels. Only you can see it, "
        "and it is deleted when you have not used it for two hours.",
    )
    if file is None:  # what the browser refuses is marked red there, and never heard of here
        st.caption(
            f"At most {size:g} MB. A larger file is marked red and not sent: leave out rows or columns, or "
            "save it as Parquet, which is smaller."
        )
    if file is not None and page.memory.notes.get("taken") != file.file_id:
        page.memory.notes["refusal"] = ""
        try:
            answer = live.service().upload(visitor(), file.name, file.getvalue())
            known[answer["file"]] = answer | {"name": file.name}
            given = {"file": answer["file"], **{k: v for k, v in answer["roles"].items() if k != "features"}}
        except AlcoreError as error:
            page.memory.notes["refusal"] = str(error)
        page.memory.notes["taken"] = file.file_id
    if page.memory.notes.get("refusal") and file is not None:
        st.error(plain(page.memory.notes["refusal"]), icon=":material/error:")
    name = str(given.get("file", ""))
    if name and name not in known:  # after a reload, or the file of a link
        with suppress(AlcoreError):
            known[name] = live.service().describe(visitor(), name) | {"name": "Your table"}
    if name in known:
        given = _roles(page, known[name], given, bare)
    elif name:
        st.caption(
            f"Labels: **{plain(str(given.get('target') or 'not chosen'))}**. "
            "Upload the table again to change columns."
        )
    if name in known:
        st.button(
            "Remove this file from the server",
            key=page.key("do", "remove_file"),
            icon=":material/delete:",
            on_click=_remove,
            args=(page, name),
            help="Deletes the table and everything that was computed from it, now.",
        )
    return DATASETS.normal(Choice.of(OWN, **given))


def _remove(page: Editor, name: str) -> None:
    """Callback: delete the file, here and in the uploader, whose own copy goes with its key."""
    live.service().forget(visitor(), name)
    notes = page.memory.notes
    notes.get("uploads", {}).pop(name, None)
    for memory in st.session_state.values():  # on whatever page something was made of it
        if isinstance(memory, Memory):
            for made in MADE:
                memory.notes.pop(made, None)
    notes["uploader"] = (str(int(notes.get("uploader", ("0",))[0]) + 1),)
    page.replace(replace(page.spec, dataset=DATASETS.normal(Choice(OWN))))


def _roles(page: Editor, table: dict[str, Any], given: dict[str, Any], bare: bool) -> dict[str, Any]:
    """Menus that say what each column is for; `bare` leaves out groups and costs."""
    columns = {c["name"]: c for c in table["columns"]}
    key = page.key("dataset", OWN, table["file"])
    st.caption(f"{plain(table['name'])}: {table['rows']:,} rows, {len(columns)} columns.")
    target = _column(page, f"{key}.target", "Labels", list(columns), given.get("target", NOBODY), columns)
    if target and columns[target]["label_fault"]:
        st.error(plain(columns[target]["label_fault"]), icon=":material/error:")
    elif not target and not _able(table):
        st.error(f"{NO_LABELS}.", icon=":material/error:")
    elif not target:
        st.warning("Choose the column that holds the labels.", icon=":material/label:")
    others = [c for c in columns if c != target]
    group = second = cost = NOBODY
    if not bare:
        group = _column(
            page, f"{key}.group", "Groups, for fairness", others, given.get("group", NOBODY), columns
        )
        if group:
            rest = [c for c in others if c != group]
            name = given.get("and_group", NOBODY)
            second = _column(page, f"{key}.and_group", "And groups by", rest, name, columns)
        amounts = [c for c in others if columns[c]["role"] == "number"]
        cost = _column(page, f"{key}.cost", "Cost of each label", amounts, given.get("cost", NOBODY), columns)
    usable = [c for c in others if columns[c]["role"] in USABLE and c not in (group, second, cost)]
    before = [c for c in given.get("features") or usable if c in others]
    features = st.multiselect(
        "Learn from",
        others,
        key=f"{key}.features",
        on_change=page.touch,
        format_func=lambda c: f"{c} ({columns[c]['role']})",
        help="All columns that can be used, unless you leave some out.",
        **form.initial(f"{key}.features", before, "default"),
    )
    left_out = [c for c in columns.values() if c["role"] not in USABLE]
    if left_out:
        told = ", ".join(f"{c['name']} ({c['role']})" for c in left_out[:6])
        st.caption(f"Not used by itself: {plain(told)}{' and more' if len(left_out) > 6 else ''}.")
    return {
        "file": table["file"],
        "target": target,
        "group": group,
        "and_group": second,
        "cost": cost,
        "features": () if set(features) == set(usable) else tuple(features),
    }


def _column(
    page: Editor, key: str, label: str, names: list[str], value: str, columns: dict[str, dict[str, Any]]
) -> str:
    options = [NOBODY, *names]
    return st.selectbox(
        label,
        options,
        key=key,
        on_change=page.touch,
        format_func=lambda c: f"{c}: {', '.join(columns[c]['examples'])}" if c else "none",
        **form.index(key, value if value in options else NOBODY, options),
    )

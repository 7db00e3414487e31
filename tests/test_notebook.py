"""The notebook of a comparison: a valid file, readable code, and the app's numbers when it is run."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcore import Choice, Log, Spec, advance, outcomes
from alcore.comparison import Comparison, Contender
from alcore.notebook import comparison_code, notebook, spec_code
from alcore.recipes import RECIPES

ROOT = Path(__file__).parents[1]
SMALL = Comparison(
    Spec("moons", first=6, batch=4, budget=22),
    (Contender.recipe("margin"), Contender.of('A "quoted" one', acquisition="entropy", batch=8)),
    seeds=2,
)
RUNS = {(e.dataset, e.strategy, e.seed): e.spec for e in SMALL.entries()}


def cells(text: str, kind: str) -> list[str]:
    return ["".join(c["source"]) for c in json.loads(text)["cells"] if c["cell_type"] == kind]


def check_format(text: str) -> None:
    """What the schema of format 4.5 asks of a notebook without outputs."""
    book = json.loads(text)
    assert set(book) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert set(book["metadata"]["kernelspec"]) >= {"name", "display_name"}
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])
    for cell in book["cells"]:
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", cell["id"])
        own = {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert set(cell) == {"id", "cell_type", "metadata", "source"} | own
        assert cell["cell_type"] in ("code", "markdown")
        assert cell.get("execution_count") is None and cell.get("outputs", []) == []
        assert all(isinstance(line, str) for line in cell["source"])
        assert all(line.endswith("\n") for line in cell["source"][:-1])


@pytest.fixture(scope="module")
def logs():
    return {key: Log(tuple(advance(spec))) for key, spec in RUNS.items()}


def test_file_is_a_notebook_and_its_code_is_python(logs):
    text = notebook(SMALL, logs, engine="0123456789ab")
    check_format(text)
    assert notebook(SMALL, logs, engine="0123456789ab") == text
    code = cells(text, "code")
    assert [c for c in code if "%pip" in c] == code[:1]
    for source in code[1:]:
        ast.parse(source)
    assert "0123456789ab" in cells(text, "markdown")[0]


def test_run_in_another_process_it_has_the_apps_numbers(logs, tmp_path):
    """Its cells, one after another, as a reader would run them."""
    text = notebook(SMALL, logs, metric="accuracy", target=0.8)
    script = "\n".join(c for c in cells(text, "code") if "%pip" not in c)
    frame = outcomes.curves(logs)
    tables = {
        "area": outcomes.area_table(frame, "accuracy", SMALL.twins),
        "savings": outcomes.savings(frame, "accuracy", 0.8, SMALL.twins),
    }
    for name, table in tables.items():
        table.to_pickle(tmp_path / name)
    script += f"""
import pandas as pd
area = outcomes.area_table(frame, METRIC, twins, AXIS)
pd.testing.assert_frame_equal(area, pd.read_pickle({str(tmp_path / "area")!r}))
savings = outcomes.savings(frame, METRIC, TARGET, twins)
pd.testing.assert_frame_equal(savings, pd.read_pickle({str(tmp_path / "savings")!r}))
assert chart.to_dict()["facet"]["field"] == "dataset"
assert max(apart) == 0.0
"""
    found = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert f"{len(RUNS)} of {len(RUNS)} runs" in found.stdout
    assert f"{len(RUNS)} runs are in both; the largest difference is 0" in found.stdout


def test_own_table_is_named_and_never_in_it():
    own = Comparison(Spec(Choice.of("upload", file="0" * 24, target="churn")), (Contender.recipe("margin"),))
    code = cells(notebook(own), "code")
    assert any('TABLE = "your-table.csv"' in c for c in code)
    assert any("data=TABLE" in c for c in code)
    assert not any("data=TABLE" in c for c in cells(notebook(SMALL), "code"))


numbers = st.floats(0.01, 100, allow_subnormal=False)
labels = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
    lambda t: t.strip() and not t.strip().startswith("Random")
)
contenders = st.one_of(
    st.builds(Contender.recipe, st.sampled_from(sorted(RECIPES))),
    st.builds(
        lambda label, rate, batch: Contender.of(
            label, acquisition="entropy", oracle=Choice.of("noisy", rate=rate), batch=batch
        ),
        labels,
        st.floats(0.01, 0.9),
        st.integers(1, 9),
    ),
    st.builds(
        lambda label, c: Contender.recipe("margin", label, learner=Choice.of("svm", C=c)), labels, numbers
    ),
)
comparisons = st.builds(
    Comparison,
    st.builds(
        Spec,
        st.sampled_from(["wine", Choice.of("moons", rows=300)]),
        budget=st.sampled_from([50, 62.5]),
        budget_in=st.sampled_from(["labels", "money"]),
        stop=st.sampled_from([(), ("stable_predictions",)]),
        seed=st.integers(0, 99),
    ),
    st.lists(contenders, max_size=4, unique_by=lambda c: c.label)
    .map(lambda found: [c for c in found if c.label != "Random"])
    .map(tuple),
    st.integers(1, 100),
    st.sampled_from([(), (Choice("wine"),), (Choice("wine"), Choice.of("moons", rows=300))]),
)


@given(comparisons)
@settings(max_examples=80)
def test_code_makes_the_same_comparison(comparison):
    found = {}
    exec(comparison_code(comparison), found)
    assert found["comparison"] == comparison
    assert found["comparison"].id == comparison.id
    check_format(notebook(comparison))


@given(labels)
def test_a_name_cannot_become_code_or_markup(label):
    text = notebook(Comparison(Spec(), (Contender.of(label, acquisition="entropy"),)), title=label)
    for source in cells(text, "code")[1:]:
        ast.parse(source)
    assert "<script" not in cells(text, "markdown")[0].replace("\\<", "")


def test_long_code_is_broken_into_lines():
    contenders = tuple(Contender.recipe(n, learner=Choice.of("logistic", C=3.0), batch=7) for n in RECIPES)[
        :8
    ]
    contenders = tuple(c for c in contenders if c.label != "Random")
    code = comparison_code(
        Comparison(Spec("wine", first=9, batch=3, budget=45, seed=7), contenders, seeds=20)
    )
    assert max(map(len, code.splitlines())) <= 110
    assert spec_code(Spec()) == "Spec()"

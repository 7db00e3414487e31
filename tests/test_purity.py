"""The engine is pure: no screen, no global dice, no I/O outside the edge; and what it exports is listed."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import alcore

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "alcore").rglob("*.py"))
HEAVY = {"sklearn", "pandas", "pyarrow"}  # imported where they are used, so that the web server stays light
IO = {
    "sqlite3",
    "subprocess",
    "socket",
    "urllib",
    "http",
    "os",
    "shutil",
    "tempfile",
    "threading",
    "multiprocessing",
}


def imports(tree: ast.AST) -> set[str]:
    found = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    return found | {
        n.module.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module
    }


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_no_screen_no_dice_no_input_or_output(file: Path) -> None:
    tree = ast.parse(file.read_text())
    assert not imports(tree) & {"streamlit", "altair", "random", "pickle"}
    if "edge" not in file.parts and file.name != "registry.py":
        assert not imports(tree) & IO
    called = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    assert not called & {"print", "open", "eval", "exec", "np.random.seed"}
    dice = {ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    legacy = {d for d in dice if re.fullmatch(r"np\.random\.\w+", d)}
    assert legacy <= {"np.random.SeedSequence", "np.random.default_rng", "np.random.Generator"}


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_heavy_libraries_are_imported_where_they_are_used(file: Path) -> None:
    top = [n for n in ast.parse(file.read_text()).body if isinstance(n, ast.Import | ast.ImportFrom)]
    assert not imports(ast.Module(top, [])) & HEAVY


def test_reading_every_registry_imports_no_heavy_library() -> None:
    code = (
        "import sys, alcore\nfrom alcore import catalog\n"
        "[list(r.values()) for r in (*catalog.PARTS.values(), catalog.METRICS)]\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.strip() == "[]"


def test_public_names_are_listed_and_there() -> None:
    assert alcore.__all__ == sorted(alcore.__all__)
    for name in alcore.__all__:
        assert getattr(alcore, name).__doc__, f"{name} has no docstring"


def test_no_package_marker_among_the_pages() -> None:
    assert not (ROOT / "pages" / "__init__.py").exists(), "Streamlit would take it for a page"

"""What the README and CONTRIBUTING say works when it is typed in as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def blocks(file: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / file).read_text(), re.S)


def test_the_readme_examples_run() -> None:
    code = "\n".join(blocks("README.md"))
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "barolo" in run.stdout


def test_adding_an_acquisition_function_is_one_file(tmp_path: Path) -> None:
    """The file of CONTRIBUTING, put where it says, is found, linked and keeps the laws."""
    import shutil

    shutil.copytree(
        ROOT / "alcore", tmp_path / "alcore", ignore=shutil.ignore_patterns("files", "__pycache__")
    )
    shutil.copytree(
        ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__", ".screenshots")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (code,) = blocks("CONTRIBUTING.md")
    place = re.match(r"# (\S+)", code)[1]
    (tmp_path / place).write_text(code.partition("\n")[2])
    env = {**os.environ, "PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1"}
    laws = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-k",
        "sharpened",
        "--rootdir",
        str(tmp_path),
    ]
    files = [str(tmp_path / "tests" / name) for name in ("test_laws.py", "test_runs.py")]
    run = subprocess.run(
        [*laws, *files], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    passed = re.search(r"(\d+) passed", run.stdout)
    assert run.returncode == 0 and passed and int(passed[1]) >= 8, run.stdout[-3000:] + run.stderr
    code = (
        "from alcore.link import from_query\n"
        "spec, problems = from_query({'acquisition': 'sharpened', 'acquisition.power': '3'})\n"
        "print(spec.acquisition.name, dict(spec.acquisition.params), problems)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "sharpened {'power': 3.0} ()"

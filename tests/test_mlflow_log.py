"""Writing to MLflow: what is written, what is said when it cannot be, and once for real (`-m extras`)."""

import json
import os
import socket
import subprocess
import sys
import types
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from alcore import Choice, DataError, Log, Spec, UnavailableError, advance
from alcore.comparison import Comparison, Contender
from alcore.edge.mlflow_log import log_comparison, log_run, spec_params
from alcore.edge.wire import fingerprint
from tests.waiting import until

ROOT = Path(__file__).parents[1]
SPEC = Spec(budget=30, oracle=Choice.of("noisy", rate=0.2))
COMPARISON = Comparison(Spec(budget=20), (Contender.recipe("margin"),), seeds=2)


class Server:
    """An MLflow client that keeps what it is told."""

    def __init__(self):
        self.runs, self.experiments, self.broken, self.addresses = {}, {}, "", []

    def module(self):
        class MlflowClient:
            def __init__(client, tracking_uri=None):
                self.addresses.append(tracking_uri)

            def get_experiment_by_name(client, name):
                if self.broken:
                    raise OSError(f"{self.broken}\nand a trace")
                found = self.experiments.get(name)
                return found and types.SimpleNamespace(experiment_id=found)

            def create_experiment(client, name):
                return self.experiments.setdefault(name, f"e{len(self.experiments)}")

            def create_run(client, experiment, tags):
                name = f"run{len(self.runs)}"
                empty = {"params": {}, "metrics": [], "files": {}, "state": "RUNNING"}
                self.runs[name] = {"experiment": experiment, "tags": tags, **empty}
                return types.SimpleNamespace(info=types.SimpleNamespace(run_id=name))

            def log_batch(client, run, metrics=(), params=()):
                assert len(metrics) <= 1000 and len(params) <= 100
                assert all(len(value) <= 500 for _, value in params)
                self.runs[run]["metrics"] += metrics
                self.runs[run]["params"] |= dict(params)

            def log_artifact(client, run, path):
                self.runs[run]["files"][Path(path).name] = Path(path).read_text()

            def set_terminated(client, run, state):
                self.runs[run]["state"] = state

        entities = types.SimpleNamespace(Metric=lambda *told: told, Param=lambda name, value: (name, value))
        return types.SimpleNamespace(MlflowClient=MlflowClient, entities=entities)


@pytest.fixture
def server(monkeypatch):
    made = Server()
    module = made.module()
    monkeypatch.setitem(sys.modules, "mlflow", module)
    monkeypatch.setitem(sys.modules, "mlflow.entities", module.entities)
    return made


def runs_of(comparison):
    return {(e.dataset, e.strategy, e.seed): Log(tuple(advance(e.spec))) for e in comparison.entries()}


def test_a_run_is_its_settings_its_curves_and_its_spec(server):
    log = Log(tuple(advance(SPEC)))
    run = server.runs[log_run(SPEC, log, address="http://tracking", tags={"team": "blue"})]
    assert server.addresses == ["http://tracking"]
    assert run["state"] == "FINISHED"
    assert run["tags"] == {"team": "blue", "mlflow.runName": "margin 0", "alcore.engine": fingerprint()}
    assert run["params"]["oracle"] == "noisy" and run["params"]["oracle.rate"] == "0.2"
    assert Spec.from_json(run["files"]["spec.json"]) == SPEC
    accuracy = [(value, step) for name, value, _, step in run["metrics"] if name == "accuracy"]
    labels = [sum(len(r.asked) for r in log.rounds[: i + 1]) for i in range(len(log))]
    assert accuracy == [(r.metrics["accuracy"], n) for r, n in zip(log.rounds, labels, strict=True)]
    assert ("money", log.spent, 0, 30) in run["metrics"]
    assert run["files"]["curves.csv"].startswith("run,round,labels")


def test_a_comparison_is_a_tree_of_runs(server):
    runs = runs_of(COMPARISON)
    top = log_comparison(COMPARISON, runs, each_run=True)
    tops = server.runs[top]
    assert Comparison.from_json(tops["files"]["comparison.json"]) == COMPARISON
    assert json.loads(tops["files"]["comparison.ipynb"])["nbformat"] == 4
    below = {n: r for n, r in server.runs.items() if r["tags"].get("mlflow.parentRunId") == top}
    assert [r["tags"]["mlflow.runName"] for r in below.values()] == [
        "Random on moons",
        "Uncertainty (margin) on moons",
    ]
    for name, run in below.items():
        strategy = run["tags"]["mlflow.runName"].removesuffix(" on moons")
        last = [runs["moons", strategy, seed].rounds[-1].metrics["accuracy"] for seed in (0, 1)]
        assert (pytest.approx(sum(last) / 2), 20) in [
            (v, s) for n, v, _, s in run["metrics"] if n == "accuracy"
        ]
        single = [r for r in server.runs.values() if r["tags"].get("mlflow.parentRunId") == name]
        assert [r["params"]["seed"] for r in single] == ["0", "1"]
    assert {run["state"] for run in server.runs.values()} == {"FINISHED"}


def test_without_the_client_the_way_to_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(UnavailableError, match=r"pip install -r requirements-mlflow\.txt"):
        log_run(SPEC, Log(tuple(advance(SPEC, rounds=1))))
    assert (ROOT / "requirements-mlflow.txt").exists()


def test_a_server_that_fails_is_one_sentence(server):
    server.broken = "connection refused"
    with pytest.raises(UnavailableError, match=r"could not be written to: connection refused$"):
        log_run(SPEC, Log(tuple(advance(SPEC, rounds=1))))


def test_an_uploaded_table_is_written_nowhere(server):
    own = Comparison(Spec(Choice.of("upload", file="0" * 24, target="churn")), (Contender.recipe("margin"),))
    with pytest.raises(DataError, match="not written"):
        log_comparison(own, {})
    assert not server.runs


def test_settings_are_short_texts():
    long = Spec(Choice.of("upload", file="0" * 24, target="t" * 900), stop=("stable_predictions",))
    params = spec_params(long)
    assert max(map(len, params.values())) == 500
    assert params["stop"] == '("stable_predictions",)'
    assert params["budget"] == "100.0"


# ---- the real thing: PYTHON with mlflow (all of it, for its server) in MLFLOW_PYTHON, or this one

SCRIPT = """
import sys
from alcore import Log, Spec, advance
from alcore.comparison import Comparison, Contender
from alcore.edge.mlflow_log import log_comparison
comparison = Comparison(Spec(budget=20), (Contender.recipe("margin"),), seeds=2)
runs = {(e.dataset, e.strategy, e.seed): Log(tuple(advance(e.spec))) for e in comparison.entries()}
print(log_comparison(comparison, runs, address=sys.argv[1]))
"""


@pytest.mark.extras
def test_a_real_tracking_server_has_it_all(tmp_path):
    python = os.environ.get("MLFLOW_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import mlflow.server"], capture_output=True, check=False).returncode:
        pytest.skip("MLflow is not installed; name a Python that has it in MLFLOW_PYTHON")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{tmp_path}/mlflow.db"]
    command += ["--artifacts-destination", str(tmp_path / "artifacts")]
    log = (tmp_path / "log").open("wb")
    server = subprocess.Popen(
        command, cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
    )

    def ask(path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(address + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def up():
        with suppress(OSError):
            return ask("/health") == b"OK"

    try:
        until(up, seconds=90, every=0.2)
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        made = subprocess.run(
            [python, "-c", SCRIPT, address], env=env, capture_output=True, text=True, timeout=120, check=False
        )
        assert made.returncode == 0, made.stderr
        top = made.stdout.split()[-1]
        run = json.loads(ask(f"/api/2.0/mlflow/runs/get?run_id={top}"))["run"]
        assert run["info"]["status"] == "FINISHED"
        assert {"key": "seeds", "value": "2"} in run["data"]["params"]
        files = json.loads(ask(f"/api/2.0/mlflow/artifacts/list?run_id={top}"))["files"]
        assert {f["path"] for f in files} == {"comparison.json", "comparison.ipynb", "curves.csv"}
        search = {"experiment_ids": [run["info"]["experiment_id"]],
                  "filter": f"tags.`mlflow.parentRunId` = '{top}'"}  # fmt: skip
        below = json.loads(ask("/api/2.0/mlflow/runs/search", search))["runs"]
        assert len(below) == 2
        curve = json.loads(
            ask(
                f"/api/2.0/mlflow/metrics/get-history?run_id={below[0]['info']['run_id']}&metric_key=accuracy"
            )
        )["metrics"]
        assert sorted(int(m["step"]) for m in curve) == [10, 15, 20]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, 15)
        server.wait(20)
        log.close()

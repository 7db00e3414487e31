"""Datasets: what they hold, that known posteriors are true, and how pictures are fetched."""

import hashlib
import socket
import threading
import time
from importlib.resources import files
from itertools import product
from urllib.error import URLError

import numpy as np
import pytest
from scipy.stats import norm

from alcore import Choice, Spec, UnavailableError, catalog
from alcore.data import prepare
from alcore.edge import openml
from alcore.loop import load

DATASETS = catalog.DATASETS
FAMILIES = {"2-D", "synthetic", "classic", "real table", "images", "your own"}
PICTURES = [name for name, entry in DATASETS.items() if "size_mb" in entry.facts]
HERE = [name for name in DATASETS if name not in (*PICTURES, "upload")]
DRAWN = [
    name for name in HERE if DATASETS[name].facts["family"] in ("2-D", "synthetic") and name != "tangled"
]


def source(name, seed=0, **params):
    return DATASETS.bind(Choice.of(name, **params))(seed)


@pytest.mark.parametrize("name", DATASETS)
def test_every_dataset_says_what_it_is_for(name):
    facts = DATASETS[name].facts
    assert facts["family"] in FAMILIES
    assert facts["licence"] and facts["use"][-1] in ".?"
    assert len(facts["use"]) <= 120


@pytest.mark.parametrize("name", DRAWN)
def test_the_seed_decides_the_rows(name):
    one, same, other = source(name, 3), source(name, 3), source(name, 4)
    np.testing.assert_array_equal(one.X, same.X)
    np.testing.assert_array_equal(one.y, same.y)
    assert not np.array_equal(one.X, other.X)


@pytest.mark.parametrize("name", DRAWN)
def test_limits_of_every_parameter_give_sound_rows(name):
    params = DATASETS[name].params
    ends = [(p.type(p.range.low), p.type(p.range.high)) for p in params]
    for values in product(*ends):
        given = dict(zip((p.name for p in params), values, strict=True))
        found = source(name, 1, **given | {"rows": min(given["rows"], 500)})
        assert np.isfinite(found.X).all()
        assert len(np.unique(found.y)) == len(found.classes) >= 2, given
        if found.posterior is not None:
            far = np.concatenate([found.X[:20], 50 * found.X[:20], np.zeros((1, found.X.shape[1]))])
            P = found.posterior(far)
            assert np.isfinite(P).all() and (P >= 0).all()
            np.testing.assert_allclose(P.sum(axis=1), 1.0)
            assert found.posterior(far[:0]).shape == (0, len(found.classes))


# ------------------------------------------------------------------------------------ known posteriors


def surprise(X, y, P):
    """The largest z-score of class counts against the posterior, over squares of the plane."""
    at = np.clip(((X[:, :2] + 3.0) * 2.5).astype(int), 0, 14)
    cell = at[:, 0] * 15 + at[:, 1]
    worst = 0.0
    for c in range(P.shape[1]):
        more = np.bincount(cell, (y == c) - P[:, c], minlength=225)
        spread = np.bincount(cell, P[:, c] * (1 - P[:, c]), minlength=225)
        worst = max(worst, (np.abs(more) / np.sqrt(np.maximum(spread, 4.0))).max())
    return worst


KNOWN = [
    ("moons", {}),
    ("moons", {"noise": 0.4}),
    ("circles", {"noise": 0.3}),
    ("spirals", {"noise": 0.3, "arms": 3}),
    ("blobs", {"classes": 5, "spread": 0.8}),
    ("xor", {"noise": 0.7}),
    ("checkerboard", {"noise": 0.2}),
    ("noisy", {}),
    ("noise_trap", {}),
    ("noise_trap", {"share": 0.2}),
    ("imbalanced", {"rare": 0.1, "distance": 1.5, "dims": 4}),
    ("linear", {"classes": 3, "dims": 2, "distance": 1.5}),
    ("linear", {"classes": 4, "dims": 2, "distance": 1.5}),
]


def many(name, params):
    """Forty thousand rows, of eight seeds; `linear` lies elsewhere for each seed, so it gets one."""
    found = [source(name, seed, rows=5000, **params) for seed in range(1 if name == "linear" else 8)]
    parts = [(s.X, s.y, s.posterior(s.X)) for s in found]
    return tuple(np.concatenate(p) for p in zip(*parts, strict=True))


@pytest.mark.parametrize(("name", "params"), KNOWN)
def test_known_posteriors_are_the_frequencies_of_the_labels(name, params):
    X, y, P = many(name, params)
    assert surprise(X, y, P) < 4.5
    assert P.max(axis=1).mean() == pytest.approx((P.argmax(axis=1) == y).mean(), abs=0.015)


@pytest.mark.parametrize(
    ("name", "true", "wrong"),
    [
        ("moons", {"noise": 0.3}, {"noise": 0.2}),
        ("circles", {"noise": 0.3}, {"noise": 0.2}),
        ("checkerboard", {"noise": 0.2}, {"noise": 0.1}),
        ("imbalanced", {"rare": 0.1}, {"rare": 0.2}),
    ],
)
def test_a_posterior_of_another_dataset_is_found_out(name, true, wrong):
    X, y, _ = many(name, true)
    assert surprise(X, y, source(name, **wrong).posterior(X)) > 6


def test_two_classes_apart_have_the_accuracy_of_theory():
    found = source("linear", distance=2.5, rows=20_000)
    assert found.posterior(found.X).max(axis=1).mean() == pytest.approx(norm.cdf(1.25), abs=0.005)


def test_classes_are_as_far_apart_as_asked():
    for classes, dims in [(2, 2), (3, 10), (6, 2), (10, 4), (10, 100)]:
        means = [
            s[0] for s in (m.centres for m in source("linear", classes=classes, dims=dims).posterior.mixtures)
        ]
        gaps = [np.linalg.norm(a - b) for i, a in enumerate(means) for b in means[:i]]
        assert min(gaps) == pytest.approx(2.5)
        assert dims < classes or max(gaps) == pytest.approx(2.5)


def test_curves_without_noise_have_no_posterior():
    for name in ("moons", "circles", "spirals"):
        assert source(name, noise=0.0).posterior is None


@pytest.mark.parametrize("name", [n for n in DRAWN if DATASETS[n].facts["family"] == "2-D"])
def test_planes_are_centred_and_keep_their_coordinates(name):
    found = source(name, 5)
    assert found.X.shape[1] == 2 and not found.scale
    assert np.abs(found.X.mean(axis=0)).max() < 0.2
    np.testing.assert_array_equal(
        np.sort(load(Spec(dataset=name, seed=5)).X, axis=0), np.sort(found.X, axis=0)
    )


def test_the_rare_class_is_as_rare_as_asked():
    for rare in (0.005, 0.05, 0.5):
        y = source("imbalanced", rows=1000, rare=rare).y
        assert y.sum() == max(5, round(1000 * rare))
    data = load(Spec(dataset=Choice.of("imbalanced", rows=200, rare=0.005)))
    assert (data.y[data.test] == 1).sum() >= 1 and (data.y[data.train] == 1).sum() >= 1


# ------------------------------------------------------------------------------------ classic


def test_tables_of_scikit_learn_are_standardised_on_the_pool():
    from sklearn.datasets import load_breast_cancer
    from sklearn.preprocessing import StandardScaler

    X, y = load_breast_cancer(return_X_y=True)
    data = load(Spec(dataset="breast_cancer", seed=2))
    np.testing.assert_allclose(data.X, StandardScaler().fit(X[data.train]).transform(X), atol=1e-9)
    np.testing.assert_array_equal(data.y, y)
    assert data.classes == ("malignant", "benign")
    assert data.rows["mean radius"].iloc[0] == 17.99, "rows are shown in their own units"


def test_digits_are_pixels_between_0_and_1():
    from sklearn.datasets import load_digits

    data = load(Spec(dataset="digits"))
    np.testing.assert_array_equal(data.X, load_digits().data / 16)
    assert data.image == (8, 8) and data.features[9] == "pixel 1,1" and data.classes[7] == "7"


def test_tangled_is_the_table_of_the_reference_results():
    from sklearn.datasets import make_classification

    settings = {"n_informative": 8, "n_redundant": 4, "n_classes": 4, "class_sep": 1.2, "flip_y": 0.03}
    X, y = make_classification(2000, 20, **settings, random_state=11)
    found = source("tangled", 7)
    np.testing.assert_array_equal(found.X, X)
    np.testing.assert_array_equal(found.y, y)


# ------------------------------------------------------------------------------------ shipped tables


def test_shipped_files_are_the_ones_described():
    folder = files("alcore.datasets") / "files"
    told = (folder / "SOURCES.md").read_text()
    for file in folder.iterdir():
        if file.name.endswith((".gz", ".zip")):
            assert f"| `{file.name}` |" in told
            assert hashlib.sha256(file.read_bytes()).hexdigest() in told


@pytest.mark.parametrize(
    ("name", "params", "counts", "width"),
    [
        ("adult", {"rows": 48_842}, [37_155, 11_687], 13),
        ("german_credit", {}, [700, 300], 20),
        ("bank_marketing", {"rows": 15_000}, [13_235, 1_765], 15),
        ("heart", {}, [150, 120], 13),
        ("pima", {}, [500, 268], 8),
    ],
)
def test_shipped_tables_have_their_known_counts(name, params, counts, width):
    found = source(name, **params)
    assert np.unique(found.y, return_counts=True)[1].tolist() == counts
    assert found.X.shape == (sum(counts), width)
    data = prepare(found, 0.33, 0)
    assert np.isfinite(data.X).all() and data.X.shape[1] == len(data.features) >= width - 1
    assert len(set(data.features)) == len(data.features)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("adult", {"income", "fnlwgt", "split"}),
        ("german_credit", {"risk"}),
        ("bank_marketing", {"y", "duration"}),
        ("heart", {"disease"}),
        ("pima", {"outcome"}),
    ],
)
def test_no_table_gives_its_answers_away(name, secret):
    assert not secret & set(source(name).X.columns)


def test_the_length_of_a_call_is_there_on_request():
    assert "duration" in source("bank_marketing", duration=True).X.columns


def test_rows_of_adult_are_drawn_by_the_seed_and_kept_whole():
    whole, one, other = (
        source("adult", rows=48_842),
        source("adult", 1, rows=700),
        source("adult", 2, rows=700),
    )
    assert len(one.X) == 700 and not one.X.equals(other.X)
    known = set(map(tuple, whole.X.astype(str).to_numpy().tolist()))
    assert all(row in known for row in map(tuple, one.X.astype(str).to_numpy().tolist()))
    assert whole.X["workclass"].isna().sum() == 2799
    assert (whole.group == "Female").sum() == 16_192
    ages = source("adult", rows=48_842, group="age").group
    assert (ages == "under 30").sum() == (whole.X["age"] < 30).sum()
    assert (ages == "50 and over").sum() == (whole.X["age"] >= 50).sum()


def test_changing_a_table_changes_no_later_one():
    first = source("german_credit")
    first.X["age"] = -1
    del first.X["purpose"]
    assert source("german_credit").X["age"].min() == 19
    assert "purpose" in source("german_credit").X.columns


def test_codes_are_words():
    german, heart = source("german_credit"), source("heart")
    assert german.X.iloc[0][["status", "purpose", "housing"]].tolist() == [
        "overdrawn",
        "radio or television",
        "own",
    ]
    assert german.group[:2].tolist() == ["male", "female"]
    assert not german.X.isna().any().any()
    assert heart.X.iloc[0][["sex", "cp", "thal"]].tolist() == ["male", "asymptomatic", "normal"]
    assert heart.X.drop(columns="oldpeak").notna().all().all()


def test_what_was_lost_or_never_measured_is_missing():
    oldpeak = source("heart").X["oldpeak"]
    assert oldpeak.iloc[0] == pytest.approx(2.4) and oldpeak.max() == pytest.approx(6.2)
    assert oldpeak.isna().sum() == 54 and (oldpeak == 0).sum() == 85
    pima = source("pima").X
    missing = pima.isna().sum()
    columns = ["glucose", "blood_pressure", "skin_thickness", "insulin", "bmi"]
    assert missing[columns].tolist() == [5, 35, 227, 374, 11] and missing.sum() == 652
    called = source("bank_marketing", rows=15_000).X["pdays"]
    assert called.min() > 0 and 0.8 < called.isna().mean() < 0.83


# ------------------------------------------------------------------------------------ pictures


class FakeOpenML:
    """Stands in for scikit-learn's `fetch_openml`: as many rows as asked for, labels as words."""

    def __init__(self, rows=900, fault=None):
        self.rows, self.fault, self.calls = rows, fault, []

    def __call__(self, *, data_id, as_frame, data_home):
        self.calls.append(data_id)
        assert not as_frame and data_home
        if self.fault:
            raise self.fault
        from sklearn.utils import Bunch

        width = 3072 if data_id == 40926 else 784
        pixels = np.arange(self.rows)[:, None] * 7 + np.arange(width)[None] // (width // 3)
        return Bunch(
            data=(pixels % 256).astype(float),
            target=np.array([str(i % 10) for i in range(self.rows)], object),
        )


@pytest.fixture
def fetched(monkeypatch, tmp_path):
    fake = FakeOpenML()
    monkeypatch.setenv("ALCORE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("sklearn.datasets.fetch_openml", fake)
    monkeypatch.setattr(openml, "reachable", lambda: True)
    return fake


@pytest.mark.parametrize(
    ("name", "data_id", "image"),
    [("mnist", 554, (28, 28)), ("fashion_mnist", 40996, (28, 28)), ("cifar10", 40926, (32, 32, 3))],
)
def test_pictures_are_fetched_once_and_drawn_by_the_seed(fetched, name, data_id, image):
    one = source(name, 1, rows=500)
    assert fetched.calls == [data_id]
    fetched.fault = AssertionError("fetched twice")
    same, other, all_ = source(name, 1, rows=500), source(name, 2, rows=500), source(name, 0)
    assert len(all_.X) == 900, "no more than there are"
    np.testing.assert_array_equal(one.X, same.X)
    assert not np.array_equal(one.X, other.X)
    assert one.X.shape == (500, np.prod(image)) and one.X.dtype == np.float64
    assert one.image == image and len(one.features) == one.X.shape[1] and not one.scale
    assert one.X.min() >= 0 and one.X.max() <= 1
    rows = np.round(one.X[:, 0] * 255).astype(int)
    assert {(7 * i % 256, i % 10) for i in range(900)} >= set(zip(rows.tolist(), one.y.tolist(), strict=True))
    data = prepare(one, 0.2, 0)
    assert data.classes == one.classes and len(set(data.classes)) == 10
    assert openml.is_kept(data_id) and not openml.is_kept(1)
    assert [p.name for p in (openml.home() / "openml").iterdir()] == [str(data_id)], (
        "nothing else stays behind"
    )


def test_colours_lie_side_by_side(fetched):
    found = source("cifar10", rows=500)
    picture = np.round(found.X[0].reshape(32, 32, 3) * 255).astype(int)
    red, green, blue = picture[0, 0]
    assert (green, blue) == ((red + 1) % 256, (red + 2) % 256)
    assert (picture == picture[0, 0]).all()
    assert found.features[:4] == ("pixel 0,0,0", "pixel 0,0,1", "pixel 0,0,2", "pixel 0,1,0")


def test_a_spoilt_copy_is_fetched_again(fetched):
    source("mnist", rows=500)
    file = openml.home() / "openml" / "554" / "pixels.npy"
    file.write_bytes(file.read_bytes()[:50])
    assert len(source("mnist", rows=500).X) == 500
    assert fetched.calls == [554, 554]


def test_progress_is_told_in_sentences(fetched):
    told = []
    openml.pictures(554, name="MNIST", size_mb=15, fallback="digits", progress=told.append)
    assert len(told) == 3 and "15 MB" in told[1]


@pytest.mark.parametrize(
    "fault",
    [URLError("name or service not known"), ValueError("md5 differs"), EOFError(), TimeoutError("slow")],
)
def test_a_broken_download_is_a_sentence_and_leaves_nothing(fetched, fault):
    fetched.fault = fault
    with pytest.raises(UnavailableError, match=r"Downloading MNIST .* broke off .* choose digits instead"):
        source("mnist")
    assert list((openml.home() / "openml").iterdir()) == []
    fetched.fault = None
    assert len(source("mnist", rows=500).X) == 500


def test_a_home_that_cannot_be_written_is_a_sentence(fetched, monkeypatch, tmp_path):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr("alcore.edge.openml.tempfile.TemporaryDirectory", refuse)
    with pytest.raises(UnavailableError, match="ALCORE_HOME"):
        source("mnist")


@pytest.mark.parametrize("name", PICTURES)
def test_every_download_names_a_dataset_to_take_instead(name):
    facts = DATASETS[name].facts
    assert facts["fallback"] in HERE and facts["size_mb"] > 0


@pytest.fixture
def offline(monkeypatch, tmp_path):
    monkeypatch.setenv("ALCORE_HOME", str(tmp_path))
    for proxy in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)


def refused_within_two_seconds(name):
    started = time.perf_counter()
    with pytest.raises(
        UnavailableError, match=r"must be downloaded once from openml\.org.*Choose digits instead"
    ):
        source(name)
    assert time.perf_counter() - started < 2.0


@pytest.mark.parametrize("name", PICTURES)
def test_without_internet_a_sentence_comes_at_once(offline, monkeypatch, name):
    with socket.socket() as taken:  # bound but not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setattr(openml, "HOST", "127.0.0.1")
        monkeypatch.setattr(openml, "PORT", taken.getsockname()[1])
        refused_within_two_seconds(name)


def test_an_internet_that_never_answers_is_not_waited_for(offline, monkeypatch):
    over = threading.Event()

    def wait_for_ever(*args, **kwargs):
        over.wait(30)
        raise OSError

    monkeypatch.setattr(openml.socket, "create_connection", wait_for_ever)
    refused_within_two_seconds("mnist")
    over.set()


def test_the_way_may_lead_through_a_proxy(offline, monkeypatch):
    monkeypatch.setattr(openml, "HOST", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        port = proxy.getsockname()[1]
        monkeypatch.setattr(openml, "PORT", port)
        assert openml.reachable()
        monkeypatch.setattr(openml, "HOST", "openml.invalid")
        for address in (f"http://127.0.0.1:{port}", f"127.0.0.1:{port}"):
            monkeypatch.setenv("https_proxy", address)
            assert openml.reachable()
    assert not openml.reachable()

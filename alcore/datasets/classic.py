"""The tables everybody knows, as scikit-learn ships them."""

from typing import Any

from alcore.catalog import DATASETS
from alcore.types import Source

LICENCE = "CC BY 4.0 (UCI Machine Learning Repository)"


@DATASETS.add(
    source="Fisher 1936; UCI 53",
    family="classic",
    licence=LICENCE,
    use="Small and well known. One class is easy, two overlap: a dozen well chosen labels can be enough.",
)
def iris(seed: int) -> Source:
    """Measurements of 150 iris flowers of three species."""
    from sklearn.datasets import load_iris

    return _table(load_iris(as_frame=True), ("setosa", "versicolor", "virginica"))


@DATASETS.add(
    source="Aeberhard & Forina 1992; UCI 109",
    family="classic",
    licence=LICENCE,
    use="Easy for a linear learner: shows how little there is to save when few labels are enough anyway.",
)
def wine(seed: int) -> Source:
    """Chemical analysis of 178 wines from three growers in one region of Italy."""
    from sklearn.datasets import load_wine

    return _table(load_wine(as_frame=True), ("cultivar 1", "cultivar 2", "cultivar 3"))


@DATASETS.add(
    source="Wolberg, Street & Mangasarian 1995; UCI 17",
    label="breast cancer",
    family="classic",
    licence=LICENCE,
    use="Two classes with a clear structure: the case where almost every strategy beats random.",
)
def breast_cancer(seed: int) -> Source:
    """Cell measurements of 569 breast tumours, malignant or benign."""
    from sklearn.datasets import load_breast_cancer

    return _table(load_breast_cancer(as_frame=True), ("malignant", "benign"))


@DATASETS.add(
    source="Alpaydin & Kaynak 1998; UCI 80",
    family="classic",
    licence=LICENCE,
    use="Pictures without a download, ten classes: strategies differ most here, and entropy loses to random.",
)
def digits(seed: int) -> Source:
    """Pictures of 1,797 handwritten digits, 8 by 8 pixels."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    pixels = tuple(f"pixel {row},{column}" for row in range(8) for column in range(8))
    names = tuple(map(str, range(10)))
    return Source(X / 16.0, y, features=pixels, classes=names, image=(8, 8), scale=False)


def _table(bunch: Any, classes: tuple[str, ...]) -> Source:
    frame = bunch.data.rename(columns=lambda name: str(name).replace("_", " "))
    return Source(frame, bunch.target.to_numpy(), classes=classes)

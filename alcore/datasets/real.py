"""Tables about people, shipped with the engine; `files/SOURCES.md` says where each comes from.

Columns are kept readable: codes are replaced by words, and marks for "not known" by missing values.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from alcore.catalog import DATASETS
from alcore.datasets.crossing import crossed
from alcore.params import Range
from alcore.rng import stream
from alcore.types import Source

if TYPE_CHECKING:
    import pandas as pd

GROUPS = "(group)"  # a column that goes along while rows are drawn
LICENCE = "CC BY 4.0 (UCI Machine Learning Repository)"


@DATASETS.add(
    source="Becker & Kohavi 1996; UCI 2",
    label="adult income",
    family="real table",
    licence=LICENCE,
    use="The standard table of fairness studies: who is asked about, and who is served well?",
)
def adult(
    seed: int,
    *,
    rows: Annotated[int, Range(500, 48_842)] = 5000,
    group: Literal["sex", "race", "age"] = "sex",
    and_group: Literal["none", "sex", "race", "age"] = "none",
) -> Source:
    """Does a person earn more than 50,000 dollars a year? US census of 1994.

    Parameters
    ----------
    rows : int
        How many of the 48,842 people are drawn.
    group : str
        Which groups the fairness measures compare.
    and_group : str
        A second way to group people: compared are then those who share both, such as women under 30.
    """
    frame = _read("adult")
    names = _by({"age": _bands(frame["age"], (30, 50))}, frame, group, and_group)
    frame = _drawn(frame.assign(**{GROUPS: names}), rows, seed, "adult")
    groups = frame.pop(GROUPS).to_numpy(object)
    labels = (frame["income"] == ">50K").to_numpy(np.int64)
    frame = frame.drop(columns=["income", "fnlwgt", "split"])
    return Source(frame, labels, group=groups, classes=("up to 50K", "over 50K"))


@DATASETS.add(
    source="Hofmann 1994; UCI 144",
    label="German credit",
    family="real table",
    licence=LICENCE,
    use="A small, noisy decision about people: few strategies beat random by much. Practice for fairness.",
    avoid="As evidence about lending: several of its codes are documented wrongly, that of sex among them "
    "(Grömping 2019).",
)
def german_credit(
    seed: int,
    *,
    group: Literal["sex", "age"] = "sex",
    and_group: Literal["none", "sex", "age"] = "none",
) -> Source:
    """Is a customer a good or a bad credit risk? 1,000 loans of a German bank, 1973 to 1975.

    Parameters
    ----------
    group : str
        Which groups the fairness measures compare.
    and_group : str
        A second way to group people: compared are then those who share both.
    """
    frame = _read("german_credit")
    groups = _by({"age": _bands(frame["age"], (26,))}, frame, group, and_group)
    labels = frame["risk"].to_numpy(np.int64)
    frame = frame.drop(columns=["risk", "sex"])  # personal_status_sex says it already
    for column, words in GERMAN.items():
        frame[column] = frame[column].map(words)
    return Source(frame, labels, group=groups, classes=("good risk", "bad risk"))


@DATASETS.add(
    source="Moro, Rita & Cortez 2014; UCI 222",
    family="real table",
    licence=LICENCE,
    use="A product manager's case: one customer in nine says yes, and every call costs money.",
)
def bank_marketing(
    seed: int,
    *,
    rows: Annotated[int, Range(500, 15_000)] = 4000,
    duration: bool = False,
    group: Literal["age", "marital"] = "age",
    and_group: Literal["none", "age", "marital"] = "none",
) -> Source:
    """Does a customer subscribe after a phone call? Campaigns of a Portuguese bank, 2008 to 2010.

    Parameters
    ----------
    rows : int
        How many of the 15,000 calls are drawn.
    duration : bool
        Use the length of the call as a feature. It is known only after the call, so with it every score is
        too good.
    group : str
        Which groups the fairness measures compare.
    and_group : str
        A second way to group customers: compared are then those who share both.
    """
    frame = _read("bank_marketing_15k")
    names = _by({"age": _bands(frame["age"], (30, 60))}, frame, group, and_group)
    frame = _drawn(frame.assign(**{GROUPS: names}), rows, seed, "bank_marketing")
    groups = frame.pop(GROUPS).to_numpy(object)
    labels = (frame["y"] == "yes").to_numpy(np.int64)
    frame = frame.drop(columns=["y"] if duration else ["y", "duration"])
    frame["pdays"] = frame["pdays"].where(frame["pdays"] >= 0)  # -1 stands for: never called before
    return Source(frame, labels, group=groups, classes=("declined", "subscribed"))


@DATASETS.add(
    source="US Census Bureau, American Community Survey 2015 to 2018; after Ding et al. 2021 (folktables)",
    label="ACS employment",
    family="real table",
    licence="public domain (US Census Bureau)",
    use="A newer census table for fairness studies: people with a disability are few and differ most.",
)
def acs_employment(
    seed: int,
    *,
    rows: Annotated[int, Range(500, 20_000)] = 5000,
    group: Literal["sex", "race", "age", "disability"] = "disability",
    and_group: Literal["none", "sex", "race", "age", "disability"] = "none",
) -> Source:
    """Does a person have a job? US census survey of Massachusetts, people of 16 and more.

    Parameters
    ----------
    rows : int
        How many of the 20,000 people are drawn.
    group : str
        Which groups the fairness measures compare.
    and_group : str
        A second way to group people: compared are then those who share both.
    """
    frame = _read("acs_employment_ma_2015_2018")
    race = frame["RAC1P"].map(lambda code: ACS["RAC1P"][code] if code in (1, 2, 6) else "other")
    disability = frame["DIS"].map({1: "with a disability", 2: "without a disability"})
    own = {"age": _bands(frame["AGEP"], (25, 65)), "race": race, "disability": disability}
    own["sex"] = frame["SEX"].map(ACS["SEX"])
    frame = _drawn(frame.assign(**{GROUPS: _by(own, frame, group, and_group)}), rows, seed, "acs_employment")
    groups = frame.pop(GROUPS).to_numpy(object)
    labels = frame["employed"].to_numpy(np.int64)
    frame = frame.drop(columns=["employed", "year"])
    for column, words in ACS.items():
        frame[column] = frame[column].map(words)
    frame = frame.rename(columns=ACS_NAMES)
    return Source(frame, labels, group=groups, classes=("not employed", "employed"))


@DATASETS.add(
    source="Statlog; Janosi, Steinbrunn, Pfisterer & Detrano 1988; UCI 145",
    label="heart disease",
    family="real table",
    licence=LICENCE,
    use="Few rows and tests that cost money: how many diagnoses does a first model need?",
)
def heart(seed: int) -> Source:
    """Does a patient have heart disease? 270 patients of a hospital in Cleveland.

    The shipped copy lost the decimal point of `oldpeak`. Values of 5 and more are divided by ten; 1 to 4 may
    stand for 0.1 to 0.4 or for 1 to 4, which nobody can tell any more: these 54 values are missing.
    """
    frame = _read("heart_statlog")
    labels = frame["disease"].to_numpy(np.int64)
    sex = frame["sex"].map({0: "female", 1: "male"})
    lost = frame["oldpeak"].isin([1.0, 2.0, 3.0, 4.0])
    frame = frame.drop(columns="disease").assign(sex=sex, oldpeak=(frame["oldpeak"] / 10).mask(lost))
    for column, words in HEART.items():
        frame[column] = frame[column].map(words)
    return Source(frame, labels, group=sex.to_numpy(object), classes=("no heart disease", "heart disease"))


@DATASETS.add(
    source="Smith et al. 1988, National Institute of Diabetes and Digestive and Kidney Diseases",
    label="Pima diabetes",
    family="real table",
    licence="public domain (CC0)",
    use="Many values are missing: shows what that does to a learner and to its doubts.",
)
def pima(seed: int) -> Source:
    """Does a woman develop diabetes within five years? 768 women of Pima heritage.

    Zeros in glucose, blood pressure, skin thickness, insulin and bmi stand for "not measured" and are taken
    as missing; many published results keep them as zeros.
    """
    frame = _read("pima")
    labels = (frame["outcome"] == "tested_positive").to_numpy(np.int64)
    frame = frame.drop(columns="outcome")
    for column in ("glucose", "blood_pressure", "skin_thickness", "insulin", "bmi"):
        frame[column] = frame[column].where(frame[column] > 0)
    return Source(frame, labels, classes=("no diabetes", "diabetes"))


def _read(name: str) -> "pd.DataFrame":
    """A table of our own to change; the file is read once."""
    return _file(name).copy()


@lru_cache(maxsize=8)
def _file(name: str) -> "pd.DataFrame":
    import pandas as pd

    with (files("alcore.datasets") / "files" / f"{name}.csv.gz").open("rb") as stream_:
        return pd.read_csv(stream_, compression="gzip", keep_default_na=False, na_values=["?"])


def _drawn(frame: "pd.DataFrame", rows: int, seed: int, name: str) -> "pd.DataFrame":
    """So many rows of the table, in its own order."""
    at = np.sort(stream(seed, name).choice(len(frame), min(rows, len(frame)), replace=False))
    return frame.iloc[at].reset_index(drop=True)


def _by(own: Mapping[str, Any], frame: "pd.DataFrame", group: str, second: str) -> np.ndarray:
    """The group of each row: by one column, or by two; `own` holds those that are not columns themselves."""
    first, other = (
        np.asarray(own[name] if name in own else frame[name], object)
        for name in (group, group if second == "none" else second)
    )
    return first if second in ("none", group) else crossed(first, other)


def _bands(ages: "pd.Series", starts: tuple[int, ...]) -> np.ndarray:
    """The age band of each row, in words."""
    middle = [f"{a} to {b - 1}" for a, b in pairwise(starts)]
    words = np.array([f"under {starts[0]}", *middle, f"{starts[-1]} and over"], object)
    return words[np.searchsorted(starts, ages.to_numpy(), side="right")]


ACS_NAMES = {
    "AGEP": "age",
    "SCHL": "schooling",  # 1 none ... 16 high school ... 21 bachelor ... 24 doctorate: a scale
    "MAR": "marital_status",
    "RELP": "relationship",
    "DIS": "disability",
    "ESP": "parents_employment",
    "CIT": "citizenship",
    "MIG": "moved",
    "MIL": "military",
    "ANC": "ancestry",
    "NATIVITY": "nativity",
    "DEAR": "hearing_difficulty",
    "DEYE": "vision_difficulty",
    "DREM": "cognitive_difficulty",
    "SEX": "sex",
    "RAC1P": "race",
}
YES_NO = {1: "yes", 2: "no"}
ACS = {
    "MAR": {1: "married", 2: "widowed", 3: "divorced", 4: "separated", 5: "never married"},
    "RELP": {
        0: "reference person",
        1: "husband or wife",
        2: "son or daughter",
        3: "adopted son or daughter",
        4: "stepson or stepdaughter",
        5: "brother or sister",
        6: "father or mother",
        7: "grandchild",
        8: "parent-in-law",
        9: "son-in-law or daughter-in-law",
        10: "other relative",
        11: "roomer or boarder",
        12: "housemate or roommate",
        13: "unmarried partner",
        14: "foster child",
        15: "other nonrelative",
        16: "in an institution",
        17: "in other group quarters",
    },
    "DIS": YES_NO,
    "ESP": {
        0: "does not apply",
        1: "two parents, both in the labour force",
        2: "two parents, father in the labour force",
        3: "two parents, mother in the labour force",
        4: "two parents, neither in the labour force",
        5: "father only, in the labour force",
        6: "father only, not in the labour force",
        7: "mother only, in the labour force",
        8: "mother only, not in the labour force",
    },
    "CIT": {
        1: "born in the US",
        2: "born in US territories",
        3: "born abroad of American parents",
        4: "naturalised",
        5: "not a citizen",
    },
    "MIG": {1: "same house as a year ago", 2: "from abroad", 3: "from another US house"},
    "MIL": {
        0: "under 17",
        1: "on active duty",
        2: "on active duty in the past",
        3: "training for the reserves only",
        4: "never served",
    },
    "ANC": {1: "single", 2: "multiple", 3: "unclassified", 4: "not reported"},
    "NATIVITY": {1: "native", 2: "foreign born"},
    "DEAR": YES_NO,
    "DEYE": YES_NO,
    "DREM": YES_NO,
    "SEX": {1: "male", 2: "female"},
    "RAC1P": {
        1: "White",
        2: "Black",
        3: "American Indian",
        4: "Alaska Native",
        5: "American Indian or Alaska Native, tribe as given",
        6: "Asian",
        7: "Pacific Islander",
        8: "some other race",
        9: "two or more races",
    },
}

GERMAN = {
    "status": {
        "A11": "overdrawn",
        "A12": "0 to 200 DM",
        "A13": "200 DM and more",
        "A14": "no checking account",
    },
    "credit_history": {
        "A30": "no credits taken, or all paid back duly",
        "A31": "all credits at this bank paid back duly",
        "A32": "existing credits paid back duly till now",
        "A33": "delay in the past",
        "A34": "critical account, or credits elsewhere",
    },
    "purpose": {
        "A40": "new car",
        "A41": "used car",
        "A42": "furniture",
        "A43": "radio or television",
        "A44": "appliances",
        "A45": "repairs",
        "A46": "education",
        "A47": "vacation",
        "A48": "retraining",
        "A49": "business",
        "A410": "other",
    },
    "savings": {
        "A61": "under 100 DM",
        "A62": "100 to 500 DM",
        "A63": "500 to 1,000 DM",
        "A64": "1,000 DM and more",
        "A65": "unknown or none",
    },
    "employment": {
        "A71": "unemployed",
        "A72": "under 1 year",
        "A73": "1 to 4 years",
        "A74": "4 to 7 years",
        "A75": "7 years and more",
    },
    "personal_status_sex": {
        "A91": "male, divorced or separated",
        "A92": "female, divorced, separated or married",
        "A93": "male, single",
        "A94": "male, married or widowed",
        "A95": "female, single",
    },
    "other_debtors": {"A101": "none", "A102": "co-applicant", "A103": "guarantor"},
    "property": {
        "A121": "real estate",
        "A122": "building society savings or life insurance",
        "A123": "car or other",
        "A124": "unknown or none",
    },
    "other_installment": {"A141": "bank", "A142": "stores", "A143": "none"},
    "housing": {"A151": "rent", "A152": "own", "A153": "for free"},
    "job": {
        "A171": "unemployed or unskilled non-resident",
        "A172": "unskilled resident",
        "A173": "skilled",
        "A174": "management, self-employed or highly qualified",
    },
    "telephone": {"A191": "none", "A192": "yes"},
    "foreign_worker": {"A201": "yes", "A202": "no"},
}

HEART = {
    "cp": {1: "typical angina", 2: "atypical angina", 3: "non-anginal pain", 4: "asymptomatic"},
    "fbs": {0: "up to 120 mg/dl", 1: "over 120 mg/dl"},
    "restecg": {0: "normal", 1: "ST-T abnormality", 2: "left ventricular hypertrophy"},
    "exang": {0: "no", 1: "yes"},
    "slope": {1: "up", 2: "flat", 3: "down"},
    "thal": {3: "normal", 6: "fixed defect", 7: "reversible defect"},
}

"""Sixteen imbalanced tables of the KEEL repository; `files/SOURCES.md` says where they come from."""

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal
from zipfile import ZipFile

import numpy as np

from alcore.catalog import DATASETS
from alcore.types import Source

if TYPE_CHECKING:
    import pandas as pd


@DATASETS.add(
    source="Alcalá-Fdez et al. 2011, KEEL; Fernández et al. 2008; UCI",
    label="KEEL imbalanced",
    family="real table",
    licence="CC BY 4.0 (UCI Machine Learning Repository, by way of KEEL)",
    use="Rare classes in real tables: from one row in four to one in a hundred and thirty.",
    avoid="Sure conclusions from one of them: the rarest classes have about ten test rows or fewer.",
)
def keel(
    seed: int,
    *,
    which: Literal[
        "haberman",
        "new-thyroid1",
        "segment0",
        "page-blocks0",
        "vowel0",
        "ecoli4",
        "glass5",
        "car-good",
        "yeast4",
        "yeast6",
        "shuttle-2_vs_5",
        "winequality-red-3_vs_5",
        "kddcup-buffer_overflow_vs_back",
        "poker-8_vs_6",
        "kddcup-rootkit-imap_vs_back",
        "abalone19",
    ] = "page-blocks0",
) -> Source:
    """One rare kind of glass, cell, vowel, attack or wine against all others: sixteen tables to choose from.

    The name says which class of the original table is the rare one. Words and codes without an order, such
    as a card's suit, are read as categories; a column that only says which rows others tested on is left out.

    Parameters
    ----------
    which : str
        The table; further down the list the class is rarer, from 1 in 4 to 1 in 130.
    """
    frame = _table(which).copy()
    labels = (frame.pop("class") == "positive").to_numpy(np.int64)
    return Source(frame, labels, classes=("negative", "positive"))


@lru_cache(maxsize=4)
def _table(which: str) -> "pd.DataFrame":
    """The columns by name, numbers as numbers and the rest as words, and the column `class`."""
    import pandas as pd

    columns, words, left_out = COLUMNS[which.rstrip("0123456789").partition("-")[0]]
    names = [*columns.split(), "class"]
    archive = files("alcore.datasets") / "files" / "keel_imbalanced_16.zip"
    with archive.open("rb") as stored, ZipFile(stored).open(f"{which}.csv") as rows:
        frame = pd.read_csv(
            rows,
            names=names,
            skipinitialspace=True,
            keep_default_na=False,
            dtype=dict.fromkeys(words.split(), str),
        )
    return frame.drop(columns=left_out.split())


COLUMNS = {  # of a table's original: its columns, those that hold words or codes, those of no use
    "abalone": (
        "sex length diameter height whole_weight shucked_weight viscera_weight shell_weight",
        "sex",
        "",
    ),
    "car": (
        "buying maintenance doors persons luggage_boot safety",
        "buying maintenance doors persons luggage_boot safety",
        "",
    ),
    "ecoli": ("mcg gvh lip chg aac alm1 alm2", "", ""),
    "glass": ("refraction sodium magnesium aluminium silicon potassium calcium barium iron", "", ""),
    "haberman": ("age year_of_operation positive_nodes", "", ""),
    "kddcup": (
        "duration protocol service flag source_bytes target_bytes land wrong_fragment urgent hot "
        "failed_logins logged_in compromised root_shell su_attempted root_accesses file_creations shells "
        "access_files outbound_commands hot_login guest_login count service_count serror_rate "
        "service_serror_rate rerror_rate service_rerror_rate same_service_rate different_service_rate "
        "service_different_host_rate host_count host_service_count host_same_service_rate "
        "host_different_service_rate host_same_source_port_rate host_service_different_host_rate "
        "host_serror_rate host_service_serror_rate host_rerror_rate host_service_rerror_rate",
        "protocol service flag",
        "",
    ),
    "new": ("t3_resin thyroxine triiodothyronine tsh tsh_difference", "", ""),
    "page": (
        "height length area eccentricity black_share black_share_smoothed mean_transitions black_pixels "
        "black_pixels_smoothed transitions",
        "",
        "",
    ),
    "poker": (
        "suit_1 rank_1 suit_2 rank_2 suit_3 rank_3 suit_4 rank_4 suit_5 rank_5",
        "suit_1 suit_2 suit_3 suit_4 suit_5",
        "",
    ),
    "segment": (
        "centroid_column centroid_row pixels line_density_5 line_density_2 vertical_edge_mean "
        "vertical_edge_sd horizontal_edge_mean horizontal_edge_sd intensity red blue green excess_red "
        "excess_blue excess_green value saturation hue",
        "",
        "",
    ),
    "shuttle": (" ".join(f"sensor_{k}" for k in range(1, 10)), "", ""),
    "vowel": ("tested_on speaker sex " + " ".join(f"formant_{k}" for k in range(10)), "speaker", "tested_on"),
    "winequality": (
        "fixed_acidity volatile_acidity citric_acid residual_sugar chlorides free_sulfur_dioxide "
        "total_sulfur_dioxide density ph sulphates alcohol",
        "",
        "",
    ),
    "yeast": ("mcg gvh alm mit erl pox vac nuc", "", ""),
}

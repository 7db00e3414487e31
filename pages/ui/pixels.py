"""What a map's background is made of: small pictures and the lines between their regions.

Rows of every grid go from the top of the map to its bottom, as `alcore.calls.field` gives them.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pages.ui.colours import VIRIDIS, class_look, rgb

Box = Sequence[float]  # left, right, bottom, top
Line = list[tuple[float, float]]
FAINT, STRONG, STEPS = 0.08, 0.38, 16  # a tint's opacity from a coin flip to certainty; few steps pack well


def png(pixels: NDArray[np.uint8]) -> bytes:
    """(height, width, 4) red, green, blue, opacity as a PNG file; row 0 is the top."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 4 * width), np.uint8)  # each row begins with its filter: 0 = none
    rows[:, 1:] = np.ascontiguousarray(pixels, np.uint8).reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body


def uri(pixels: NDArray[np.uint8]) -> str:
    """The picture as an address that holds the picture itself."""
    return "data:image/png;base64," + base64.b64encode(png(pixels)).decode()


def tints(codes: NDArray[np.int64], confidence: NDArray[np.float64], n_classes: int) -> NDArray[np.uint8]:
    """Decision regions: (n, n) class codes in their colours, the surer the stronger; (n, n, 4) pixels.

    `confidence` is max P: from 1/C, where the learner guesses, to 1.
    """
    palette = np.array([rgb(class_look(code).colour) for code in range(max(n_classes, 1))], np.uint8)
    chance = 1.0 / max(n_classes, 2)
    sure = np.clip((confidence - chance) / (1.0 - chance), 0.0, 1.0)
    sure = np.round(sure * STEPS) / STEPS
    opacity = np.round(255 * (FAINT + (STRONG - FAINT) * sure)).astype(np.uint8)
    return np.dstack([palette[codes], opacity])


def heat(scores: NDArray[np.float64], low: float, high: float) -> NDArray[np.uint8]:
    """(n, n) scores in viridis from `low` to `high`; where there is no finite score the pixel is clear."""
    anchors = np.array([rgb(colour) for colour in VIRIDIS], np.float64)
    finite = np.isfinite(scores)
    share = np.clip((np.where(finite, scores, low) - low) / max(high - low, 1e-12), 0.0, 1.0)
    places = np.arange(len(anchors)) / (len(anchors) - 1)
    channels = [np.interp(np.round(share * 63) / 63, places, anchors[:, c]) for c in range(3)]
    return np.dstack([np.round(np.dstack(channels)), np.where(finite, 255, 0)]).astype(np.uint8)


def contours(codes: NDArray[np.int64], box: Box, confidence: NDArray[np.float64] | None = None) -> list[Line]:
    """The lines between regions of different codes, as chains of (x, y) places.

    Marching squares on the centres of the cells. With two classes and their confidence max P a line crosses
    between two centres where P = 1/2 by linear interpolation; otherwise half way, or near it.
    """
    # One more cell on every side, so that lines run to the edge of the map.
    codes = np.pad(codes, 1, mode="edge")
    sure = np.full(codes.shape, 1.0) if confidence is None else np.pad(confidence, 1, mode="edge")
    sure = np.maximum(sure - 0.5, 1e-3)
    size = codes.shape[0] - 2
    left, right, bottom, top = box
    wide, high = (right - left) / size, (top - bottom) / size

    def place(row: float, column: float) -> tuple[float, float]:
        return left + (column - 0.5) * wide, top - (row - 0.5) * high

    def crossing(a: tuple[int, int], b: tuple[int, int]) -> tuple[float, float]:
        share = sure[a] / (sure[a] + sure[b])
        return place(a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))

    links: dict[tuple[float, float], list[tuple[float, float]]] = {}
    corners = np.stack([codes[:-1, :-1], codes[:-1, 1:], codes[1:, 1:], codes[1:, :-1]])
    for row, column in np.argwhere((corners != corners[0]).any(axis=0)).tolist():
        around = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
        sides = zip(around, [*around[1:], around[0]], strict=True)
        # Both neighbours of a side must name its crossing alike, to the last bit: sort its ends.
        met = [crossing(*sorted(side)) for side in sides if codes[side[0]] != codes[side[1]]]
        ends = [(met[0], met[1])] if len(met) == 2 else [(m, place(row + 0.5, column + 0.5)) for m in met]
        for a, b in ends:
            links.setdefault(a, []).append(b)
            links.setdefault(b, []).append(a)
    return _chains(links)


def smooth(chain: Line, reach: int = 3) -> Line:
    """A chain without the steps of its grid: each point is the mean of its neighbours; the ends stay."""
    if len(chain) < 3:
        return chain
    at, last = np.asarray(chain), len(chain) - 1
    for _ in range(2):
        spans = [min(reach, i, last - i) for i in range(last + 1)]
        at = np.array([at[i - span : i + span + 1].mean(axis=0) for i, span in enumerate(spans)])
    return [(float(x), float(y)) for x, y in at]


def _chains(links: dict[tuple[float, float], list[tuple[float, float]]]) -> list[Line]:
    """Walk along the links, each once: first from loose ends and forks, then around closed loops."""
    lines = []
    for start in sorted(links, key=lambda p: len(links[p]) == 2):
        while links[start]:
            line = [start]
            while links[line[-1]]:
                here, there = line[-1], links[line[-1]].pop()
                links[there].remove(here)
                line.append(there)
                if len(links[there]) != 1:  # a fork or an end
                    break
            lines.append(line)
    return lines

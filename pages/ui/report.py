"""A page to hand out: one self-contained HTML file that prints on one sheet of A4 or Letter.

    text = report(Report("Title", "The sentence.", facts=(Fact("Saved", "52 %", "40 to 60 %"),), ...))

It fetches nothing and runs nothing: charts are small SVG drawings, and its policy forbids everything else.
Every text is escaped here, so callers hand over plain words, also those of strangers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

ROWS = 12  # of a table; more would not fit
NAME = 26  # letters of a name in a chart
WIDE, HIGH = 460, 240  # of a chart, in its own units
INK, FAINT, RULE = "#1a1a1a", "#595959", "#d9d9d9"
TINT = "#0b6fcf"

STYLE = """
@page { margin: 11mm 12mm; }
* { box-sizing: border-box; }
:root { color-scheme: light; }
body { margin: 0 auto; padding: 8mm 5mm; max-width: 196mm; background: #fff; color: #1a1a1a;
  font: 9pt/1.38 "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, sans-serif;
  print-color-adjust: exact; -webkit-print-color-adjust: exact; overflow-wrap: anywhere; }
h1 { margin: 0 0 1.2mm; font-size: 17pt; line-height: 1.2; letter-spacing: -.01em; }
h2 { margin: 0 0 1mm; font-size: 10pt; }
p { margin: 0; }
.when { color: #595959; font-size: 8.4pt; }
.lead { margin: 2.6mm 0 2.8mm; padding: 2.2mm 3.4mm; border-left: 1.1mm solid #0b6fcf; background: #f1f6fc;
  font-size: 10.8pt; line-height: 1.38; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(30mm, 1fr)); gap: 2.2mm; margin: 0; }
.facts div { border: .25mm solid #d9d9d9; border-radius: 1.6mm; padding: 1.3mm 2.2mm; }
dt { font-size: 8pt; color: #595959; line-height: 1.25; }
dd { margin: 0; font-size: 13.5pt; font-weight: 600; line-height: 1.25; }
dd small { display: block; font-size: 8.2pt; font-weight: 400; color: #595959; line-height: 1.3; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(80mm, 1fr)); gap: 2.6mm 5mm;
  margin-top: 3mm; }
figure, section { margin: 0; min-width: 0; break-inside: avoid; }
svg { display: block; width: 100%; height: auto; font-family: inherit; }
table { width: 100%; border-collapse: collapse; font-size: 8pt; line-height: 1.25;
  font-variant-numeric: tabular-nums; }
th, td { padding: .7mm 0 .7mm 2mm; border-bottom: .2mm solid #e3e3e3; text-align: right;
  vertical-align: top; }
tbody td { white-space: nowrap; }
th:first-child { text-align: left; padding-left: 0; }
thead th { border-bottom: .3mm solid #8c8c8c; font-weight: 600; }
tbody th { font-weight: 400; }
.more { color: #595959; font-size: 8.2pt; }
ul { margin: 0; padding-left: 4.2mm; }
.small { font-size: 8.2pt; }
footer { margin-top: 3.2mm; padding-top: 1.6mm; border-top: .25mm solid #d9d9d9; color: #595959;
  font-size: 8pt; line-height: 1.35; }
footer a { color: #0060a0; }
@media print { body { padding: 0; max-width: none; } }
@media (max-width: 120mm) { .two { grid-template-columns: 1fr; } body { padding: 5mm 4mm; } }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Fact:
    """A key number with what it counts and, in the note, its interval."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve, and a band where `low` and `high` are as long; NaN leaves a gap."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    colour: str = TINT
    dash: tuple[int, ...] = (1, 0)


@dataclass(frozen=True, slots=True)
class LineChart:
    """Curves; `level` is a named horizontal line, such as the target."""

    title: str
    x_title: str
    y_title: str
    lines: tuple[Line, ...]
    level: float | None = None
    level_name: str = "target"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, the ends of its interval where known, and what to write beside it; NaN draws no bar.

    An infinite `high` is an open end: an arrow to the edge of the plot.
    """

    name: str
    value: float
    text: str
    low: float = math.nan
    high: float = math.nan
    colour: str = TINT


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars from zero, one below the other: a ladder of costs, for example."""

    title: str
    x_title: str
    bars: tuple[Bar, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A small table of texts; its first column names the rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What stands on the page.

    Attributes
    ----------
    title, lead : the question, and the answer in a sentence or two
    facts : key numbers, at most six
    charts, tables : two of each fill the page
    assumptions : what was assumed, a sentence each
    method : how it was measured, a sentence each
    link : where it can be opened again; "" for nowhere
    made : the date, in words
    engine : fingerprint of the engine
    seeds : which repetitions, in words
    """

    title: str
    lead: str
    facts: tuple[Fact, ...] = ()
    charts: tuple[LineChart | BarChart, ...] = ()
    tables: tuple[Table, ...] = ()
    assumptions: tuple[str, ...] = ()
    method: tuple[str, ...] = ()
    link: str = ""
    made: str = ""
    engine: str = ""
    seeds: str = ""


def report(content: Report) -> str:
    """The page as HTML."""
    parts = [
        f"<header><h1>{escape(content.title)}</h1>{_when(content)}</header>",
        f'<p class="lead">{escape(content.lead)}</p>',
        _facts(content.facts),
        _side_by_side([_figure(chart) for chart in content.charts]),
        _side_by_side([_table(table) for table in content.tables]),
        _side_by_side(
            [
                _list("What is assumed", content.assumptions),
                _list("How it was measured", content.method),
            ]
        ),
        _footer(content),
    ]
    body = "\n".join(part for part in parts if part)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(content.title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


# --- parts of the page ------------------------------------------------------------------------------------


def _when(content: Report) -> str:
    said = [escape(text) for text in (content.made, content.seeds) if text]
    return f'<p class="when">{" · ".join(said)}</p>' if said else ""


def _facts(facts: Sequence[Fact]) -> str:
    cards = [
        f"<div><dt>{escape(f.label)}</dt><dd>{escape(f.value)}"
        f"{f'<small>{escape(f.note)}</small>' if f.note else ''}</dd></div>"
        for f in facts[:6]
    ]
    return f'<dl class="facts">{"".join(cards)}</dl>' if cards else ""


def _side_by_side(parts: Sequence[str]) -> str:
    parts = [part for part in parts if part]
    return f'<div class="two">{"".join(parts)}</div>' if parts else ""


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in table.columns)
    rows = [
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(v)}</td>" for v in row[1:])
        + "</tr>"
        for row in table.rows[:ROWS]
    ]
    left = len(table.rows) - len(rows)
    notes = [table.note] * bool(table.note) + [f"And {left} more rows, in the downloads."] * bool(left)
    return (
        f"<section><h2>{escape(table.title)}</h2><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>{_notes(notes)}</section>"
    )


def _list(title: str, sentences: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f'<section class="small"><h2>{escape(title)}</h2><ul>{items}</ul></section>' if items else ""


def _footer(content: Report) -> str:
    parts = []
    if content.link:
        shown = escape(content.link if len(content.link) <= 160 else content.link[:157] + "...")
        web = content.link.startswith(("https://", "http://"))
        linked = f'<a href="{escape(content.link)}" rel="noreferrer">{shown}</a>' if web else shown
        parts.append(f"Open it again: {linked}")
    if content.engine:
        parts.append(f"Engine {escape(content.engine)}: the same engine gives the same numbers.")
    return f"<footer>{'<br>'.join(parts)}</footer>" if parts else ""


def _notes(notes: Sequence[str]) -> str:
    return "".join(f'<p class="more">{escape(note)}</p>' for note in notes)


# --- charts -----------------------------------------------------------------------------------------------


def _figure(chart: LineChart | BarChart) -> str:
    drawn = _lines(chart) if isinstance(chart, LineChart) else _bars(chart)
    note = _notes([chart.note]) if chart.note else ""
    return f"<figure><h2>{escape(chart.title)}</h2>{drawn}{note}</figure>"


def _lines(chart: LineChart) -> str:
    """Curves with their names at their ends."""
    lines = [line for line in chart.lines if any(map(math.isfinite, line.y))]
    values = [v for line in lines for v in (*line.y, *line.low, *line.high) if math.isfinite(v)]
    level = [] if chart.level is None or not math.isfinite(chart.level) else [chart.level]
    across = [x for line in lines for x in line.x if math.isfinite(x)]
    if not lines:
        return _svg(f"{chart.title}: no data", _say(WIDE / 2, HIGH / 2, "No data yet", anchor="middle"))
    names = [_short(line.name) for line in lines]
    right = WIDE - 34 - 6.1 * max([len(name) for name in names] + [len(chart.level_name)] * bool(level))
    left, top, bottom = 46.0, 10.0, HIGH - 36.0
    x_ticks, y_ticks = ticks(min(across), max(across), 5), ticks(min(values + level), max(values + level), 4)
    x_span, y_span = (min(across), max(across)), (y_ticks[0], y_ticks[-1])

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            left + (right - left) * _part(x, *x_span),
            bottom - (bottom - top) * _part(y, *y_span),
        )

    parts = _axes(chart, x_ticks, y_ticks, at, left, right, top, bottom, x_span)
    for line in lines:
        if len(line.low) == len(line.x) == len(line.high):
            for run in _runs(line.x, line.low, line.high):
                edge = [at(x, high) for x, _, high in run] + [at(x, low) for x, low, _ in reversed(run)]
                parts.append(f'<path d="{_path(edge)}Z" fill="{escape(line.colour)}" fill-opacity=".13"/>')
    ends = []
    if level:
        y = at(x_span[0], level[0])[1]
        parts.append(
            f'<path d="M{left:.1f},{y:.1f}H{right:.1f}" stroke="{INK}" stroke-dasharray="2 3" fill="none"/>'
        )
        ends.append((y, chart.level_name, INK, (2, 3)))
    for line, name in zip(lines, names, strict=True):
        for run in _runs(line.x, line.y):
            parts.append(
                f'<path d="{_path([at(x, y) for x, y in run])}" fill="none" stroke="{escape(line.colour)}"'
                f' stroke-width="2"{_dashed(line.dash)}/>'
            )
        last = next(
            (x, y) for x, y in zip(reversed(line.x), reversed(line.y), strict=True) if math.isfinite(y)
        )
        point = at(*last)
        parts.append(
            f'<circle cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="2.6" fill="{escape(line.colour)}"/>'
        )
        ends.append((point[1], name, line.colour, line.dash))
    for (y, name, colour, dash), place in zip(
        ends, _apart([end[0] for end in ends], top, bottom), strict=True
    ):
        told = escape(colour)
        parts.append(
            f'<path d="M{right + 2:.1f},{y:.1f}L{right + 10:.1f},{place:.1f}" stroke="{told}" opacity=".6"/>'
            f'<path d="M{right + 10:.1f},{place:.1f}h18" stroke="{told}" stroke-width="2"{_dashed(dash)}/>'
        )
        parts.append(_say(right + 32, place + 3.8, name))
    return _svg(f"{chart.title}. {chart.y_title} by {chart.x_title}: {', '.join(names)}.", "".join(parts))


def _axes(chart, x_ticks, y_ticks, at, left, right, top, bottom, x_span) -> list[str]:
    parts = []
    for tick in y_ticks:
        y = at(x_span[0], tick)[1]
        parts.append(f'<path d="M{left:.1f},{y:.1f}H{right:.1f}" stroke="{RULE}"/>')
        parts.append(_say(left - 5, y + 3.6, _number(tick, y_ticks), anchor="end", colour=FAINT))
    for tick in x_ticks:
        if x_span[0] - 1e-9 <= tick <= x_span[1] + 1e-9:
            x = at(tick, y_ticks[0])[0]
            parts.append(f'<path d="M{x:.1f},{bottom:.1f}v4" stroke="{FAINT}"/>')
            parts.append(_say(x, bottom + 15, _number(tick, x_ticks), anchor="middle", colour=FAINT))
    parts.append(_say((left + right) / 2, HIGH - 5, chart.x_title, anchor="middle"))
    middle = (top + bottom) / 2
    title = _say(0, 0, chart.y_title, anchor="middle")
    parts.append(f'<g transform="translate(11 {middle:.1f}) rotate(-90)">{title}</g>')
    return parts


def _bars(chart: BarChart) -> str:
    """Bars with their names before and their numbers behind them."""
    shown = [b for b in chart.bars if math.isfinite(b.value)]
    most = max([v for b in shown for v in (b.value, b.high) if math.isfinite(v)] + [0.0]) or 1.0
    if any(math.isinf(b.high) for b in shown):
        most *= 1.12  # room for the arrow of an open end
    step = min(30.0, (HIGH - 28.0) / max(1, len(chart.bars)))
    left = 12 + 6.2 * max((len(_short(b.name)) for b in chart.bars), default=4)
    right = WIDE - 14 - 6.2 * max((len(_short(b.text)) for b in chart.bars), default=4)
    right = max(right, left + 60)
    height = step * len(chart.bars) + 24
    parts = []
    for number, bar in enumerate(chart.bars):
        middle = 4 + step * (number + 0.5)
        parts.append(_say(left - 7, middle + 3.6, _short(bar.name), anchor="end"))
        end = left
        if math.isfinite(bar.value):
            wide = max(0.0, bar.value) / most * (right - left)
            thick = step * 0.6
            parts.append(
                f'<rect x="{left:.1f}" y="{middle - thick / 2:.1f}" width="{wide:.1f}" height="{thick:.1f}"'
                f' rx="1.5" fill="{escape(bar.colour)}" fill-opacity=".85"/>'
            )
            end = left + wide
            if math.isfinite(bar.low) and math.isfinite(bar.high):
                low, high = (left + max(0.0, v) / most * (right - left) for v in (bar.low, bar.high))
                parts.append(
                    f'<path d="M{low:.1f},{middle:.1f}H{high:.1f}M{low:.1f},{middle - 4:.1f}v8'
                    f'M{high:.1f},{middle - 4:.1f}v8" stroke="{INK}" stroke-width="1.2" fill="none"/>'
                )
                end = max(end, high)
            elif math.isfinite(bar.low) and bar.high == math.inf:
                low, end = left + max(0.0, bar.low) / most * (right - left), right
                parts.append(
                    f'<path d="M{low:.1f},{middle:.1f}H{right:.1f}M{low:.1f},{middle - 4:.1f}v8'
                    f'M{right - 5:.1f},{middle - 4:.1f}l5,4l-5,4" stroke="{INK}"'
                    ' stroke-width="1.2" fill="none"/>'
                )
        parts.append(_say(end + 7, middle + 3.6, _short(bar.text)))
    parts.append(f'<path d="M{left:.1f},2V{height - 20:.1f}" stroke="{FAINT}"/>')
    parts.append(_say(left, height - 5, chart.x_title, colour=FAINT))
    told = "; ".join(
        f"{b.name}: {b.text}{', no upper end' if b.high == math.inf else ''}" for b in chart.bars
    )
    return _svg(f"{chart.title}. {told}.", "".join(parts), height)


def ticks(low: float, high: float, about: int) -> list[float]:
    """Round numbers from at or below `low` to at or above `high`, in even steps.

    >>> ticks(0.72, 0.97, 4)
    [0.7, 0.8, 0.9, 1.0]
    """
    if not high > low:
        low, high = low - 0.5, high + 0.5
    raw = (high - low) / about
    scale = 10.0 ** math.floor(math.log10(raw))
    step = next(scale * m for m in (1, 2, 2.5, 5, 10) if scale * m >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def _apart(places: Sequence[float], top: float, bottom: float, gap: float = 14.5) -> list[float]:
    """Heights near the wanted ones in which names do not overlap."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    found = [0.0] * len(places)
    below = top - gap
    for i in order:
        below = found[i] = max(places[i], below + gap)
    above = bottom + gap
    for i in reversed(order):
        above = found[i] = min(found[i], above - gap)
    return found


def _runs(*columns: Sequence[float]) -> list[list[tuple[float, ...]]]:
    """The stretches in which no column is NaN."""
    found: list[list[tuple[float, ...]]] = [[]]
    for point in zip(*columns, strict=True):
        if all(map(math.isfinite, point)):
            found[-1].append(point)
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def _part(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) if high > low else 0.5


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _dashed(dash: Sequence[int]) -> str:
    return "" if tuple(dash) == (1, 0) else f' stroke-dasharray="{" ".join(str(int(d)) for d in dash)}"'


def _say(x: float, y: float, text: str, *, anchor="start", colour: str = INK) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="11" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(text)}</text>"
    )


def _number(value: float, among: Sequence[float]) -> str:
    """A tick with the digits its neighbours need."""
    step = abs(among[1] - among[0]) if len(among) > 1 else 1.0
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    if step < 1 and round(step, digits) != round(step, digits + 1):
        digits += 1  # steps of 2.5
    return f"{value:,.{digits}f}"


def _short(name: str) -> str:
    return name if len(name) <= NAME else name[: NAME - 1].rstrip() + "…"


def _svg(told: str, inside: str, height: float = HIGH) -> str:
    return (
        f'<svg viewBox="0 0 {WIDE} {height:.0f}" role="img" aria-label="{escape(told)}">'
        f'<g aria-hidden="true">{inside}</g></svg>'
    )

"""Detection of delimiter, quote and escape from the beginning of a text."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from bnfit.arrays import at_most
from bnfit.errors import UsageError
from bnfit.table.cell_types import EXPONENT, is_typed, kind_of, plausibility, thousands
from bnfit.table.row_parser import Scanner
from bnfit.table.types import Dialect, ReadOptions

# How likely a delimiter is before looking at the file; commas, tabs and the like need no more evidence than a tie.
_PRIOR = {",": 1.0, ";": 1.0, "\t": 1.0, "|": 0.99, " ": 0.9, ":": 0.8, "^": 0.9, "~": 0.9, "\x01": 0.95, "\x1f": 0.95}
_SAMPLE_ROWS = 400
_SAMPLE_CELLS = 8_000
_SPELLED = {"\\t": "\t", "tab": "\t", "space": " "}  # what people type in a shell
_SEP_LINE = re.compile(r'"?sep=(.)"?[ \t]*(\r\n|\n|\r)', re.IGNORECASE)
_COMMA = re.compile(rf"[-+]?(\d+|\d{{1,3}}{thousands(r'[.]')}),\d+{EXPONENT}?%?")
_POINT = re.compile(rf"[-+]?(\d+|\d{{1,3}}{thousands(',')})?\.\d+{EXPONENT}?%?")


@dataclass(frozen=True)
class _Candidate:
    dialect: Dialect
    score: float


def checked(options: ReadOptions) -> ReadOptions:
    """The options with the delimiter as it stands in the file.

    Raises:
        UsageError: delimiter, quote or decimal mark is of no use, whatever the file.
    """
    delimiter, quote = _SPELLED.get(options.delimiter or "", options.delimiter), options.quote
    if delimiter is not None and (not delimiter or len(delimiter.rstrip(" ") or " ") > 1 or delimiter in "\r\n"):
        raise UsageError(f"delimiter {delimiter!r}: one character is needed (spaces may follow it)")
    alike = quote and delimiter is not None and quote == (delimiter.rstrip(" ") or " ")
    if quote is not None and (len(quote) > 1 or quote in ("\r", "\n") or alike):
        raise UsageError(f"quote {quote!r}: one character that is not the delimiter is needed, or nothing")
    if options.decimal not in (None, ".", ","):
        raise UsageError(f"decimal mark {options.decimal!r}: '.' or ',' is needed")
    return replace(options, delimiter=delimiter)


def detect_dialect(sample: str, options: ReadOptions, encoding: str, complete: bool = True) -> Dialect:
    """Find the dialect under which the sample looks most like one table of whole cells.

    The layout (header, preamble, trailing delimiter) is not looked at here.

    Args:
        sample: the beginning of the text, cut at a line break.
        options: what the user stated, which is not questioned.
        encoding: to be noted in the result.
        complete: whether the sample is the whole text.

    Raises:
        UsageError: a stated delimiter, quote or decimal mark is of no use.
    """
    options = checked(options)
    found = _SEP_LINE.match(sample)  # a line that Excel writes and reads
    stated = options.delimiter if options.delimiter is not None else found.group(1) if found else None
    skipped = 1 if found else 0
    body = sample[found.end() :] if found else sample
    base = Dialect(encoding=encoding, skipped_lines=skipped, newline=_newline(sample))
    candidates = [_rate(body, dialect, complete) for dialect in _proposals(body, base, stated, options.quote)]
    if stated is None:
        candidates.append(_one_column(body, base, options.quote, complete))
    best = max(candidates, key=lambda candidate: candidate.score).dialect
    return replace(best, decimal=options.decimal or _decimal(body, best, complete))


def _newline(sample: str) -> str:
    windows = sample.count("\r\n")
    if not windows and "\r" in sample and "\n" not in sample:
        return "\r"
    return "\r\n" if windows and windows == sample.count("\n") else "\n"


def _proposals(body: str, base: Dialect, stated: str | None, quote: str | None) -> list[Dialect]:
    """Every dialect worth rating: delimiters that occur, with and without spaces after them, by quote."""
    quotes = [quote] if quote is not None else ['"'] + (["'"] if "'" in body else [])
    delimiters = [stated.rstrip(" ") or " "] if stated else [d for d in _PRIOR if d in body]
    proposals = []
    for delimiter in delimiters:
        spaced = body.count(delimiter + " ")
        for skip_space in [stated.strip(" ") not in ("", stated)] if stated else [False, True]:
            if skip_space and not stated and spaced < (0.02 if delimiter == " " else 0.8) * body.count(delimiter):
                continue
            proposals += [replace(base, delimiter=delimiter, quote=q, skip_space=skip_space) for q in quotes]
    return [replace(dialect, escape=_escape(body, dialect)) for dialect in proposals]


def _rate(body: str, dialect: Dialect, complete: bool) -> _Candidate:
    """Score = how even the rows are x how whole the cells look x the prior; 0 for fewer than two columns."""
    rows = [placed.row for placed in Scanner(dialect).rows(body, limit=_SAMPLE_ROWS, final=complete)]
    widths = Counter(len(row.cells) for row in rows)
    wide = {width: count for width, count in widths.items() if width > 1}
    if not wide:
        return _Candidate(dialect, 1e-6 if len(rows) <= 1 else 0.0)
    width = max(wide, key=lambda w: (wide[w], w))
    even = [row for row in rows if len(row.cells) == width]
    rated = even[1:] or even
    # Whole rows: every so many cells of a wide table could all be of the same columns.
    sample = at_most(np.arange(len(rated)), max(_SAMPLE_CELLS // width, 1))
    cells = [cell for i in sample for cell in rated[i].cells]
    whole = sum(map(plausibility, cells)) / len(cells)
    empty = sum(not cell.strip() for cell in cells) / len(cells)
    evenness = len(even) / len(rows)
    broken = sum(row.broken is not None for row in rows) / len(rows)
    score = evenness**1.5 * whole * _PRIOR.get(dialect.delimiter, 0.9) * (1 - 0.5 * broken) * (1 - 0.3 * empty)
    if dialect.quote == "'":
        score *= 1.02 if _really_quotes(body, dialect) else 0.5
    if dialect.skip_space:
        score *= 1.01 if dialect.delimiter != " " or not empty else 0.8  # strip them where that costs nothing
    return _Candidate(dialect, score * (1 + 0.002 * min(width, 20)))


def _really_quotes(body: str, dialect: Dialect) -> bool:
    """Whether apostrophes stand around whole cells, at least twice and more often than quotes open one."""
    d, text = re.escape(dialect.delimiter), body[:50_000]
    cells = len(re.findall(rf"(?:^|{d} ?)'[^'\r\n]*'(?={d}|\r|\n|$)", text, re.MULTILINE))
    return cells >= 2 and cells > len(re.findall(rf'(?:^|{d} ?)"', text, re.MULTILINE))


def _one_column(body: str, base: Dialect, quote: str | None, complete: bool) -> _Candidate:
    """Rate the text as one column, a cell per line."""
    dialect = replace(base, delimiter="", quote='"' if quote is None else quote)
    dialect = replace(dialect, escape=_escape(body, dialect))
    rows = [placed.row for placed in Scanner(dialect).rows(body, limit=_SAMPLE_ROWS, final=complete)]
    lines = [row.cells[0] for row in rows]
    rated = lines[1:] or lines
    if not rated or 5 * sum(row.broken is not None or row.repaired for row in rows) > len(rows):
        return _Candidate(dialect, 1e-6)
    typed = sum(map(is_typed, rated)) / len(rated)
    if len(lines) > 1 and kind_of(lines[0]) == "word" and typed > 0.9:
        return _Candidate(dialect, 1.2)  # a name and then numbers: "1,5" under "dose" has a decimal comma
    if len(lines) > 1 and re.match(r'"(?:[^"]|"")*"[ \t]*(\r|\n|$)', body) and quote != "":
        return _Candidate(dialect, 1.0)  # a quoted name alone on its line
    whole = sum(map(_one_cell, rated)) / len(rated) * (0.3 if _one_cell(lines[0]) < 0.5 else 0.95)
    return _Candidate(dialect, whole)


def _one_cell(line: str) -> float:
    """Score a line as one cell, from 0 to 1: a comma in a number may be its decimal mark, other delimiters speak up."""
    if is_typed(line):
        return (1.0, 0.5, 0.1)[min(line.count(","), 2)]
    return 0.1 if re.search(r",(?! )|[;|\t]", line) else plausibility(line)


def _escape(body: str, dialect: Dialect) -> str:
    """A backslash, if it stands before quotes inside quoted cells and no quote is doubled there."""
    if not dialect.quote or dialect.quote not in body:
        return ""
    q, d = re.escape(dialect.quote), re.escape(dialect.delimiter or "\n")
    escaped = len(re.findall(rf"\\{q}(?!{q}|{d}|\r|\n|$)", body))
    if not escaped:
        return ""
    doubled = len(re.findall(rf"(?<=[^{d}\r\n{q}\\]){q}{q}(?!{q})", body))
    return "\\" if escaped > doubled else ""


def _decimal(body: str, dialect: Dialect, complete: bool) -> str:
    """The decimal mark of most numbers that have one."""
    rows = [placed.row.cells for placed in Scanner(dialect).rows(body, limit=_SAMPLE_ROWS, final=complete)]
    cells = [cell.strip() for row in rows for cell in row if "," in cell or "." in cell]
    cells = [cells[i] for i in at_most(np.arange(len(cells)), _SAMPLE_CELLS)]
    comma = sum(_COMMA.fullmatch(cell) is not None for cell in cells)
    point = sum(_POINT.fullmatch(cell) is not None for cell in cells)
    return "," if comma > point else "."

r"""The forms of single cells: words for "missing", and the parts of the patterns of numbers, dates and times.

Two readers use them. Here cells are only told apart by kind, before delimiters and columns are known, so that a pattern
is lenient where it costs nothing and never matches what could be a plain word. `bnfit.schema` knows the column a cell
belongs to and reads it strictly: one way of writing for the whole column. Both build their patterns from these parts.
The digits are `\d`: of any script here, of ASCII alone in the schema, which compiles with `re.ASCII`.
"""

from __future__ import annotations

import math
import re
from typing import Literal

Kind = Literal["empty", "number", "time", "word", "text"]

MISSING = (
    *(
        "",
        "NA",
        "N/A",
        "n/a",
        "#N/A",
        "NaN",
        "nan",
        "NAN",
        "-nan",
        "null",
        "NULL",
        "Null",
        "None",
        "<NA>",
        "NaT",
        r"\N",
    ),
)
"""Cells that mean "no value" in the files people have, in most columns; matched exactly."""
WORDS = frozenset(MISSING) - {""}
"""Those that are written: they may as well be levels, as NA is for Namibia."""
OF_PROGRAMS = WORDS - {"NA", "N/A", "n/a", "None"}
"""Words that programs write for "no value", and nobody for anything else."""
MISSING_CODES = frozenset(
    (
        *(word.lower() for word in MISSING if word),
        *("-", "--", "---", "–", "—", ".", "..", "...", "?", "??", "*", "**", "/"),
        *("n.a.", "n.a", "na.", "n/d", "nd", "n.d.", "nil", "no data"),
        *("unk", "unknown", "not known", "miss", "missing", "empty", "blank", "void", "undefined", "undef", "tbd"),
        *("not available", "not applicable", "#div/0!", "#value!", "#ref!", "#name?", "#null!", "#num!"),
    )
)
"""Lower-case texts that mean "no value" in a column of numbers, times or booleans, where a word is out of place."""
INFINITE = {"inf": math.inf, "+inf": math.inf, "-inf": -math.inf}
INFINITE |= {"infinity": math.inf, "+infinity": math.inf, "-infinity": -math.inf, "∞": math.inf, "-∞": -math.inf}
"""Lower-case texts for infinite numbers."""
# Not all codes: "unknown" or "blank" may as well be a column's name or a level.
_EMPTY = frozenset(("", "-", "?", *INFINITE, *(word.lower() for word in MISSING)))

CURRENCY_SIGN = "[$€£¥₹₽₩₪₺฿₴₫]"
EXPONENT = r"(?:[eE][-+]?\d+)"
_GROUP_MARKS = r"[,.'\u00a0\u202f]"

DATE_MARK = "[-/.]"
YEAR, DAY = r"\d{4}", r"\d{1,2}"  # a month in digits looks like a day
HALF_DAY = "[AaPp]{0}[Mm]{0}"  # to be formatted with the pattern of the points, if there may be any
OFFSET = r"[-+]\d{2}"


def thousands(mark: str) -> str:
    """Return the pattern of the digits behind the first few of a number in groups of three, each after `mark`."""
    return rf"(?:{mark}\d{{3}})+"


_DIGITS = rf"(\d{{1,3}}{thousands(_GROUP_MARKS)}([.,]\d+)?|\d+[.,]?\d*|[.,]\d+)"
_NUMBER = re.compile(rf"[-+(]?{CURRENCY_SIGN}?\s?[-+]?{_DIGITS}{EXPONENT}?\s?(?:{CURRENCY_SIGN}|[%)])?")
_NUMERIC_DATE = rf"{YEAR}{DATE_MARK}{DAY}{DATE_MARK}{DAY}|{DAY}{DATE_MARK}{DAY}{DATE_MARK}\d{{2,4}}"
_DATE = rf"({_NUMERIC_DATE}|{DAY}[- ][A-Za-z]{{3}}[- ]\d{{2,4}})"
_HALF = HALF_DAY.format("")
_CLOCK = rf"(\d{{1,2}}:\d{{2}}(:\d{{2}}([.,]\d+)?)?( ?{_HALF})?)"
_TIME = re.compile(rf"({_DATE}([T ]{_CLOCK})?|{_CLOCK})(Z| ?{OFFSET}:?\d{{2}})?")
_DELIMITERS = re.compile(r"[,;|\t]")
_LONGEST = 40  # characters of a number, a time or a word


def kind_of(cell: str) -> Kind:
    """Classify a cell by its form; texts that mean "missing" count as empty."""
    text = cell.strip()
    if text.lower() in _EMPTY:
        return "empty"
    if len(text) > _LONGEST:
        return "text"
    if _NUMBER.fullmatch(text):
        return "number"
    if _TIME.fullmatch(text):
        return "time"
    return "text" if _DELIMITERS.search(text) or not any(c.isalnum() for c in text) else "word"


def plausibility(cell: str) -> float:
    """Score a cell from 1, one whole cell, to 0, several glued together or a piece of one."""
    kind = kind_of(cell)
    if kind in ("number", "time"):
        return 1.0
    if kind == "empty":
        return 0.8
    if kind == "word":
        return 0.9
    glued = len(_DELIMITERS.findall(cell)) - cell.count(", ")
    return 0.8 if not glued else 0.4 if glued * 20 <= len(cell) and "\t" not in cell else 0.1


def is_typed(cell: str) -> bool:
    """Whether the cell is a number, a date or a time."""
    return kind_of(cell) in ("number", "time")

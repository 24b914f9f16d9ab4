"""What single cells look like: just enough of types to tell delimiters apart and header rows from data."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["empty", "number", "time", "word", "text"]

_DIGITS = r"(\d{1,3}([,.'\u00a0\u202f]\d{3})+([.,]\d+)?|\d+[.,]?\d*|[.,]\d+)"
_NUMBER = re.compile(rf"[-+(]?[$€£¥]?\s?[-+]?{_DIGITS}([eE][-+]?\d+)?\s?[%$€£¥)]?")
_DATE = r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}[- ][A-Za-z]{3}[- ]\d{2,4})"
_CLOCK = r"(\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp][Mm])?)"
_TIME = re.compile(rf"({_DATE}([T ]{_CLOCK})?|{_CLOCK})(Z| ?[-+]\d{{2}}:?\d{{2}})?")
_SPECIAL = {
    "na",
    "n/a",
    "nan",
    "null",
    "none",
    "inf",
    "-inf",
    "+inf",
    "infinity",
    "-infinity",
    "#n/a",
    "<na>",
    "-",
    "?",
}
_DELIMITERS = re.compile(r"[,;|\t]")


def kind_of(cell: str) -> Kind:
    """Say what a cell looks like; texts that mean "missing" count as empty."""
    text = cell.strip()
    if not text or text.lower() in _SPECIAL:
        return "empty"
    if len(text) > 40:
        return "text"
    if _NUMBER.fullmatch(text):
        return "number"
    if _TIME.fullmatch(text):
        return "time"
    return "text" if _DELIMITERS.search(text) or not any(c.isalnum() for c in text) else "word"


def plausibility(cell: str) -> float:
    """How much the cell looks like one whole cell (1) rather than several glued together or a piece of one (0)."""
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

"""Numbers with a unit behind them, one unit throughout a column: 65.3 kg."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from bnfit.table.cell_types import EXPONENT, MISSING_CODES

LONGEST = 20
"""Characters of a unit."""
_SAMPLE = 50
_LETTER = "(?:[^\\W\\d_]|[°‰%²³⁻¹])"
# Digits are part of a unit as powers only: m2, 10^9/L, 1.73m²; "A4" and "Q1" are no units.
_WORD = rf"{_LETTER}+(?:(?<=[a-z])[23](?!\d)|\^-?\d)?"
_UNIT = rf"(?:[x×] ?10\^?\d{{1,2}}/)?{_WORD}(?:(?: per |[ ./·*-])(?:1[.,]73 ?)?{_WORD}){{0,3}}"
_MEASURED = re.compile(
    rf"(?P<number>[-+−]?\s?[0-9.,'’\s]*[0-9][.,]?{EXPONENT}?)\s?(?P<unit>{_UNIT})",
)
# The ends of ordinals and of times of day look like units.
_NO_UNITS = frozenset(("st", "nd", "rd", "th", "am", "pm", "a.m", "p.m"))
_CODE = re.compile(r"0\d+")
_MICRO = str.maketrans({"\u03bc": "µ"})  # the Greek letter for the sign, which look alike


def common_unit(texts: Sequence[str]) -> str:
    """Return the unit that stands behind the number in at least half of a column's distinct texts, else nothing.

    Singular and plural, as in 1 year and 2 years, are one unit.
    """
    there = [text for text in texts if text.lower() not in MISSING_CODES]
    for part in (there[:_SAMPLE], there):
        matches = [match for text in part if (match := _MEASURED.fullmatch(text))]
        if 2 * len(matches) < max(len(part), 1) or any(_CODE.fullmatch(match["number"].strip()) for match in matches):
            return ""
    counts = Counter(match["unit"].translate(_MICRO) for match in matches)
    if not counts:
        return ""
    together = {unit: sum(counts[form] for form in _forms(unit)) for unit in counts}
    unit = max(counts, key=lambda form: (together[form], counts[form], form))
    good = 2 * together[unit] >= len(there) and len(unit) <= LONGEST and unit.lower() not in _NO_UNITS
    return unit if good else ""


def without_unit(text: str, unit: str) -> str | None:
    """The number of a text as it stands before its unit, in the singular or the plural; None without the unit."""
    text = text.translate(_MICRO)
    for form in _forms(unit):
        if text.endswith(form) and text[: -len(form)].rstrip()[-1:].isdigit():
            return text[: -len(form)].rstrip()
    return None


def has_unit(text: str) -> bool:
    """Whether a text is a number with a unit behind it."""
    return _MEASURED.fullmatch(text) is not None


def _forms(unit: str) -> tuple[str, ...]:
    """A unit in the singular and the plural: year and years, but m is not ms."""
    stem = unit.removesuffix("s")
    return (unit,) if len(stem) < 2 else (unit, f"{stem}s" if stem == unit else stem)

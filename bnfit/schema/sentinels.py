"""Numbers that likely stand for "no value": -999, 9999 and the like, where no other value is near."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from bnfit.arrays import Floats
from bnfit.errors import listed
from bnfit.schema.numbers import parse_texts, read_numbers
from bnfit.schema.profile import ColumnProfile
from bnfit.schema.types import Column
from bnfit.table.place import NOWHERE

# Nines, eights and sevens; the last ones of a scale (97, 98, 99); with decimals of nines, and the -999.25 of well logs.
_NINES = re.compile(r"9{1,10}|8{1,10}|7{1,10}|9{1,9}[5-8]|9{2,6}\.9|9{3,6}\.(?:99|25)")
_LIMITS = frozenset((2.0**15 - 1, -(2.0**15), 2.0**16 - 1, 2.0**31 - 1, -(2.0**31), 2.0**32 - 1, 2.0**63))
_HUGE = 1e20
_FEWEST_ROWS, _LEAST_SHARE, _SHARE_OF_DIGIT = 2, 0.01, 0.05
_FEWEST_OTHERS = 2
_ENDING_IN_9 = 0.3


def likely_codes(values: Floats) -> tuple[float, ...]:
    """Return the numbers of a column (n,) that likely stand for "no value", by size; NaN is no value at all.

    Such a number is written like a code, comes again, and lies as far from all others as these from each other, or
    below 0 where no other does. Where many others end in 9, as prices do, 999 is one of them.
    """
    rest, codes = values[~np.isnan(values)], set[float]()
    total = len(rest)
    # From both ends inwards, as long as there is something like a code.
    while len(rest) and (ends := set(filter(_is_code, (float(rest.min()), float(rest.max()))))):
        codes |= ends
        rest = rest[~np.isin(rest, list(ends))]
    if not codes or len(np.unique(rest)) < _FEWEST_OTHERS:
        return ()
    return tuple(
        code
        for code in sorted(codes)
        if _is_apart(code, rest) and (values == code).sum() >= max(_FEWEST_ROWS, _least_share(code) * total)
    )


def tell_codes(columns: Iterable[tuple[Column, ColumnProfile]]) -> list[str]:
    """Name the likely codes for missing in columns of numbers, columns with the same codes together."""
    holders: dict[tuple[tuple[str, ...], bool], list[str]] = {}
    for column, profile in columns:
        plain = profile.form in ("number", "plain") and column.number.decimal == "."
        values = profile.values if plain else None
        values = read_numbers(profile.column, column, NOWHERE) if values is None else values
        if codes := likely_codes(values):
            texts = _as_written(codes, column, profile)
            rest = values[~np.isnan(values) & ~np.isin(values, codes)]
            rows = f"'{column.name}' ({int(np.isin(values, codes).sum())} of {len(values)} rows, "
            rows += f"the others from {rest.min():g} to {rest.max():g})"
            holders.setdefault((texts, profile.form == "number"), []).append(rows)
    return [_sentence(*key, held) for key, held in holders.items()]


def _is_apart(code: float, rest: Floats) -> bool:
    low, high = float(rest.min()), float(rest.max())
    if code < 0 <= low:
        return True
    alike = code > 0 and np.mean(np.floor(rest) % 10 == 9) > _ENDING_IN_9
    return max(low - code, code - high) >= high - low and not alike


def _least_share(code: float) -> float:
    return _SHARE_OF_DIGIT if abs(code) < 10 else _LEAST_SHARE


def _is_code(value: float) -> bool:
    return value in _LIMITS or abs(value) >= _HUGE or _NINES.fullmatch(f"{abs(value):.12g}") is not None


def _as_written(codes: tuple[float, ...], column: Column, profile: ColumnProfile) -> tuple[str, ...]:
    """The texts by which a column writes its codes, in their order."""
    cells = profile.cells
    values, _ = parse_texts(cells.texts, column.number)
    return tuple(
        dict.fromkeys(text for code in codes for text, v in zip(cells.texts, values, strict=True) if v == code)
    )


def _sentence(texts: tuple[str, ...], typed: bool, held: list[str]) -> str:
    many = len(held) > 1
    what = f"column{'s' * many} {listed(held, 3)} hold{'s' * (not many)} {listed(list(texts), 5)}"
    codes = "a code" if len(texts) == 1 else "codes"
    # `na` takes the texts of text files, between commas.
    repair = (
        "empty these cells" if typed or "," in "".join(texts) else f"read them as missing with `na={','.join(texts)!r}`"
    )
    return f"{what}, likely {codes} for missing: if so, {repair}"

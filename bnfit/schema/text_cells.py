"""The cells of one column, whatever the frame holds it as: text, numbers, booleans or times."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bnfit.arrays import Bools, Floats, Ints
from bnfit.scratch import keep
from bnfit.table.cell_types import MISSING_CODES, WORDS

_WHOLE = re.compile(r"(?<![\w.])(\d+)\.0+$", re.ASCII)


@dataclass(frozen=True)
class TextCells:
    """Text cells by their distinct texts, so that work is done once for each.

    Attributes:
        codes: for each row the index into `texts`, or -1 for a missing cell.
        texts: the distinct texts that occur, trimmed; two may be equal after trimming.
    """

    codes: Ints
    texts: list[str]

    @property
    def missing(self) -> Bools:
        """Whether each row's cell is missing."""
        return self.codes < 0

    def counts(self) -> Ints:
        """Count the rows that hold each of `texts`."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts)).astype(np.int64)

    def spread(self, values: npt.NDArray[Any], missing: Any) -> npt.NDArray[Any]:
        """Give each row the value of its text.

        Args:
            values: one value for each of `texts`.
            missing: the value of missing cells.
        """
        return np.append(values, np.asarray([missing], dtype=values.dtype))[self.codes]

    def first(self, chosen: Sequence[bool] | Bools) -> int:
        """The first row whose text is chosen; there must be one."""
        return int(np.argmax(self.spread(np.asarray(chosen, dtype=bool), False)))


def text_cells(column: pd.Series[Any], words: Collection[str] = ()) -> TextCells:
    """Read any column as text; numbers as `number_text` writes them, so that 1 and 1.0 are one level.

    Args:
        column: n cells.
        words: texts that usually mean "missing" (`bnfit.table.cell_types.WORDS`) and are texts like others here.
    """
    codes, distinct = _factorized(column)
    texts = [_as_text(value) for value in distinct.tolist()]
    cells = TextCells(keep(codes.astype(np.int64)), texts)
    missing = {"", *WORDS}.difference(words)
    kept = np.fromiter((text not in missing for text in texts), dtype=bool, count=len(texts))
    if is_category(column):
        kept &= cells.counts() > 0
    if kept.all():
        return cells
    renumbered = np.where(kept, np.cumsum(kept) - 1, -1)
    return TextCells(
        cells.spread(renumbered, -1), [text for text, keep in zip(texts, kept.tolist(), strict=True) if keep]
    )


def are_missing_codes(texts: Sequence[str]) -> Bools:
    """Whether each text stands for "no value" in a column of numbers, times or booleans."""
    return np.fromiter((text.lower() in MISSING_CODES for text in texts), dtype=bool, count=len(texts))


def _factorized(column: pd.Series[Any]) -> tuple[npt.NDArray[np.intp], Any]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype(np.intp), column.cat.categories
    try:
        return pd.factorize(column)
    except TypeError:  # lists and the like, which Parquet files may hold
        return pd.factorize(column.map(str, na_action="ignore"))


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, pd.Timestamp):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")  # as pandas writes a date to a file
    return str(value).strip()


def number_text(value: float) -> str:
    """Write a number so that it reads back exactly, and whole numbers without a fraction."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)


def whole_text(text: str) -> str:
    """The text without the `.0` that a whole number got where it was held as a float."""
    return _WHOLE.sub(r"\1", text)


def is_number(column: pd.Series[Any]) -> bool:
    """Whether the column is typed as real numbers, or as time spans, which count in seconds; not as booleans."""
    kind = column.dtype
    if isinstance(kind, np.dtype):
        return kind.kind in "iufm"
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)


def is_boolean(column: pd.Series[Any]) -> bool:
    """Whether the column is typed as booleans."""
    return not is_category(column) and pd.api.types.is_bool_dtype(column.dtype)


def is_time(column: pd.Series[Any]) -> bool:
    """Whether the column is typed as points in time."""
    return pd.api.types.is_datetime64_any_dtype(column.dtype)


def is_category(column: pd.Series[Any]) -> bool:
    """Whether the column is typed as a category."""
    return isinstance(column.dtype, pd.CategoricalDtype)


def plain_floats(column: pd.Series[Any], decimal: str = ".") -> Floats | None:
    """Read a text column in which every cell that is there is a plain finite number, exactly.

    Args:
        column: n cells; of those that are there some may hold one of `WORDS`, which are missing values among numbers.
        decimal: the decimal mark, "." or ","; with a comma no cell may have a point, which could be anything.

    Returns:
        float64 (n,), NaN where missing; None if any cell is something else (also a blank).
    """
    floats = _arrow_floats(column, decimal)
    if floats is None:
        floats = _object_floats(column, decimal)
    if floats is not None and np.isfinite(floats[~column.isna().to_numpy()]).all():
        return floats
    there = _without_words(column)
    return None if there is None else plain_floats(there, decimal)


def _without_words(column: pd.Series[Any]) -> pd.Series[Any] | None:
    """The column with the words for "missing" left empty; None if it has none, or holds no text."""
    if not isinstance(column.dtype, pd.StringDtype | np.dtype):
        return None
    words = column.isin(list(WORDS))
    return column.mask(words) if words.any() else None


def _arrow_floats(column: pd.Series[Any], decimal: str) -> Floats | None:
    """The fast way, for text that pandas keeps in Arrow memory; None if that is not so, or it is no plain number."""
    export: Callable[[], Any] | None = getattr(column.array, "__arrow_array__", None)
    if export is None or not isinstance(column.dtype, pd.StringDtype):
        return None
    import pyarrow  # type: ignore[import-untyped, unused-ignore]
    import pyarrow.compute as pc  # type: ignore[import-untyped, unused-ignore]

    try:
        cells = export()
        if decimal != ".":
            if pc.any(pc.match_substring(cells, ".")).as_py():
                return None
            cells = pc.replace_substring(cells, decimal, ".")
        floats = pc.cast(cells, pyarrow.float64())
    except (pyarrow.ArrowInvalid, AttributeError):
        return None
    result: Floats = floats.to_numpy(zero_copy_only=False)
    return result


def _object_floats(column: pd.Series[Any], decimal: str) -> Floats | None:
    cells = column.to_numpy(dtype=object, na_value="nan")
    try:
        joined = "".join(cells)
        if decimal != ".":
            cells = np.array([cell.replace(decimal, ".") for cell in cells], dtype=object)
        floats: Floats = cells.astype(np.float64)
    except (TypeError, ValueError):
        return None
    # Python also reads 1_000 and digits of other scripts as numbers; a code such as 12_7 must not become 127.
    plain = joined.isascii() and "_" not in joined and (decimal == "." or "." not in joined)
    return floats if plain else None


def typed_floats(column: pd.Series[Any]) -> Floats:
    """The values of a numeric or boolean column as float64 (n,), NaN where missing."""
    if pd.api.types.is_timedelta64_dtype(column.dtype):
        column = column.dt.total_seconds()
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy().astype(np.float64)
    return column.to_numpy(dtype=np.float64, na_value=np.nan)

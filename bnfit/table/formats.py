"""Recognise files that are no tables, to say what they are instead of reading nonsense."""

from __future__ import annotations

import re

from bnfit.errors import DataError

_MARKUP = re.compile(r"\s*(<!doctype|<html|<\?xml|<svg)", re.IGNORECASE)
_JSON = re.compile(r"\s*(\{\s*(\"|$)|\[\s*(\{|\[))")
# Control characters that no text has; two that Hive and others delimit cells with are not among them.
_CONTROL = dict.fromkeys([*range(2, 9), *range(14, 27), *range(0x7F, 0xA0)], None)
_LOOKED_AT = 1 << 16


def refuse_other_formats(sample: str, source: str) -> None:
    """Raise for web pages, JSON and binary data.

    Raises:
        DataError: naming what the file is.
    """
    head = sample[:_LOOKED_AT]
    if _MARKUP.match(head):
        raise DataError(
            f"'{source}' is a web page or XML, not a table", "was a login page downloaded instead of the data?"
        )
    if _JSON.match(head):
        raise DataError(f"'{source}' is JSON, not a table", "convert it to CSV first")
    strange = len(head) - len(head.translate(_CONTROL))
    if strange > 0.02 * len(head):
        raise DataError(f"'{source}' is not a text file", "CSV, Parquet and Arrow can be read; Excel can save as CSV")

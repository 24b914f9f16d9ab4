"""Columns that name or number rows instead of measuring something: keys by their name, row numbers by their values."""

from __future__ import annotations

import re

import numpy as np

from bnfit.arrays import Floats
from bnfit.table.place import Place

_KEY_NAME = re.compile(r"(.*[^a-z])?(id|ids|idx|key|uuid|guid|pk)|index|row|rowid|rownum|nr|no|number", re.IGNORECASE)
_NO_NAME = re.compile(r"unnamed: \d+|column_\d+", re.IGNORECASE)
_ID_NAME = re.compile(r"(.*[^A-Za-z])?[Ii][Dd]|.*[a-z]I[Dd]|(.*[^A-Z])?ID")
_OWNER = re.compile(
    r"(patient|subject|participant|respondent|person|customer|client|user|student|pupil|animal|family|household)s?"
    r"([ _-]?(name|no|nr|number|code|key))?",
    re.IGNORECASE,
)
_CAMEL_KEY = re.compile(r".*[a-z](ID|Id|Key)")
_FEWEST_COUNTED = 10
_HEADER_LINES = 1


def is_id_name(name: str) -> bool:
    """Whether a column is called what names a person or a thing: id, patient_id, customerID."""
    return bool(_ID_NAME.fullmatch(name))


def is_owner_name(name: str) -> bool:
    """Whether a column is called what names whose a row is: an id, a patient, a customer."""
    return is_id_name(name) or bool(_OWNER.fullmatch(name))


def is_key(name: str, values: Floats) -> bool:
    """Whether a column of whole numbers (n,) is a key: all different, and called what keys are called.

    A column without a name of its own, as row numbers have in many files, must also count without a gap.
    """
    if len(np.unique(values)) < len(values):
        return False
    if _NO_NAME.fullmatch(name):
        return float(values.max() - values.min()) == len(values) - 1
    return bool(_KEY_NAME.fullmatch(name) or _CAMEL_KEY.fullmatch(name))


def counts_rows(values: Floats, place: Place) -> bool:
    """Whether a column of numbers (n,) counts the rows of its file by one, from 0 or 1, whatever it is called.

    Rows that a condition left out, and files that each count anew, show in the rows' places. A handful of rows may
    well be numbered by what was done to them: those are no row numbers.
    """
    if len(values) < _FEWEST_COUNTED:
        return False
    rows = np.arange(1, len(values) + 1)
    if np.array_equal(values, rows) or np.array_equal(values, rows - 1):
        return True
    if place.numbers is None:
        return False
    ahead = place.numbers - values
    return bool(ahead[0] in range(_HEADER_LINES + 2) and (ahead == ahead[0]).all())

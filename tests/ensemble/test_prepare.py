"""What is told of a table before training."""

from __future__ import annotations

import pandas as pd

from bnfit.ensemble.prepare import prepare
from bnfit.schema.types import SchemaOptions
from bnfit.table.source import Source


def test_a_row_number_is_told_with_the_way_to_take_it_after_all():
    rows = range(1, 31)
    frame = pd.DataFrame({"S.No": rows, "x": [v * 7 % 11 for v in rows], "y": [v * 5 % 13 for v in rows]})
    notes = prepare(Source(frame), "y", SchemaOptions()).notes
    assert (
        "column 'S.No' left out: identifier, counts the rows of the file one by one; "
        "if it measures something, state `types='S.No=number'`"
    ) in notes

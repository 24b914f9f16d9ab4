"""Which rows an error was measured on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OriginKind = Literal["out_of_fold", "later_rows", "new_rows", "refolded_rows", "training_rows", "unknown_rows"]


@dataclass(frozen=True)
class Origin:
    """The rows that a model's errors and importances were measured on.

    Attributes:
        kind: "out_of_fold", the training table, each row predicted by members that never saw it; "later_rows", the
            training table, each row predicted by members that saw only earlier ones; "new_rows", a table of which the
            model was trained on no row; "refolded_rows", a table with training rows, each of them predicted by members
            that never saw it; "training_rows", a table with rows that the model was trained on, which flatter it;
            "unknown_rows", a table of which nobody knows whether the model was trained on it.
        table: the table's name; empty for the training table.
        rows: rows of the table; None for the training table.
        trained: how many of these the model was trained on, where that is known.
    """

    kind: OriginKind
    table: str = ""
    rows: int | None = None
    trained: int = 0

"""Where errors come from, in words."""

from __future__ import annotations

from bnfit.results.origin import Origin

_ENDS = {
    "new_rows": ", none recognised as training rows",
    "refolded_rows": "; the {trained} that were trained on, by members that never saw them",
    "training_rows": "",
    "unknown_rows": "; whether the model was trained on any of them is not known",
}


def origin_text(origin: Origin, rows: int) -> str:
    """Name the rows, so many, that errors were measured on, as the end of a sentence."""
    if origin.kind == "out_of_fold":
        return f"{rows} out-of-fold rows of the training table"
    if origin.kind == "later_rows":
        return f"{rows} rows later than all that their judges saw"
    return f"all {origin.rows} rows of {origin.table}{_ENDS[origin.kind].format(trained=origin.trained)}"

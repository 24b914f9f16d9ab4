"""Figure files: which endings there are, and how a figure becomes a file that is whole or not there."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bnfit.atomic import check_target, write_whole
from bnfit.errors import UsageError
from bnfit.results import Explanation, FitReport, SearchReport

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
NO_DATE: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}
"""What keeps the time out of a file, by format: the same figure is the same bytes."""


def check_plot(path: Path | None, force: bool) -> None:
    """Refuse a figure that could not be written. Call it before long work.

    Raises:
        UsageError: the name does not end in a format of figures, or as `bnfit.atomic.check_target`.
    """
    if path is None:
        return
    if _format(path) not in FORMATS:
        raise UsageError(f"--plot: '{path}' is no kind of figure", "end its name in .png, .svg or .pdf")
    check_target(path, force=force)


def write_plot(
    path: Path, result: FitReport | SearchReport | Explanation, facts: Mapping[str, Any], *, force: bool
) -> None:
    """Draw a result into a file.

    Args:
        path: the file; its ending says the format.
        result: what a function of the pipeline returned.
        facts: the facts of the model, which hold the curves and the out-of-fold predictions.
        force: replace an existing file.

    Raises:
        UsageError, BnfitError: as `bnfit.atomic.write_whole`.
    """
    write_whole(path, rendered(draw(result, facts), _format(path)), force=force)


def draw(result: FitReport | SearchReport | Explanation, facts: Mapping[str, Any]) -> Figure:
    """The figure of a result; see `write_plot`."""
    if isinstance(result, SearchReport):
        from bnfit.figures.leaderboard import search_figure

        return search_figure(result)
    if isinstance(result, FitReport):
        from bnfit.figures.training import fit_figure

        return fit_figure(result, facts)
    from bnfit.figures.importances import explain_figure

    return explain_figure(result)


def rendered(figure: Figure, form: str) -> bytes:
    """The figure as the content of a file of that format."""
    from bnfit.figures.style import styled

    out = io.BytesIO()
    with styled():
        figure.savefig(out, format=form, metadata=NO_DATE[form])
    return out.getvalue()


def _format(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")

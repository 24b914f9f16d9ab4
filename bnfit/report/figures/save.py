"""Figure files: their formats, and writing them whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bnfit.errors import UsageError
from bnfit.files import check_target, write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bnfit.results.explanation import Explanation
    from bnfit.results.fit import FitReport, LossCurves, OutOfFoldPredictions
    from bnfit.results.search import SearchReport


FORMATS = ("png", "svg", "pdf")
PAGE = "html"
"""Ending of a page: `bnfit.report.html.page`."""
NO_DATE: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}
"""Metadata that omits the date, by format: equal figures give equal bytes."""


def check_plot(path: Path | None, force: bool) -> None:
    """Refuse a figure that could not be written. Call it before long work.

    Raises:
        UsageError: the name does not end in a format of figures, or as `bnfit.files.check_target`.
    """
    if path is None:
        return
    if _format(path) not in (*FORMATS, PAGE):
        raise UsageError(f"`plot`: '{path}' is no kind of figure", "end its name in .png, .svg, .pdf or .html")
    check_target(path, force=force)


def write_plot(
    path: Path,
    result: FitReport | SearchReport | Explanation,
    curves: Sequence[LossCurves] = (),
    out_of_fold: OutOfFoldPredictions | None = None,
    *,
    force: bool,
) -> None:
    """Draw a result into a file.

    Args:
        path: the file; its ending says the format.
        result: what a function of the pipeline returned.
        curves: losses by epoch of each member, for the figure of `fit`.
        out_of_fold: predictions of rows that members never saw, for the same; None where they are not known.
        force: replace an existing file.

    Raises:
        UsageError, BnfitError: as `bnfit.files.write_whole`.
    """
    write_whole(path, rendered(draw(result, curves, out_of_fold), _format(path)), force=force)


def draw(
    result: FitReport | SearchReport | Explanation,
    curves: Sequence[LossCurves] = (),
    out_of_fold: OutOfFoldPredictions | None = None,
) -> Figure:
    """Draw the figure of a result; see `write_plot`."""
    from bnfit.results.fit import FitReport  # results, which `check_plot` and `--help` do without
    from bnfit.results.search import SearchReport

    # each of these modules loads matplotlib
    if isinstance(result, SearchReport):
        from bnfit.report.figures.search import search_figure

        return search_figure(result)
    if isinstance(result, FitReport):
        from bnfit.report.figures.fit import fit_figure

        return fit_figure(result, curves, out_of_fold)
    from bnfit.report.figures.explain import explain_figure

    return explain_figure(result)


def rendered(figure: Figure, form: str) -> bytes:
    """Render the figure as the bytes of a file of that format."""
    from bnfit.report.figures.style import styled  # matplotlib

    out = io.BytesIO()
    with styled():
        figure.savefig(out, format=form, metadata=NO_DATE[form])
    return out.getvalue()


def is_page(path: Path) -> bool:
    """Whether a file is to be a page rather than a figure."""
    return _format(path) == PAGE


def _format(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")

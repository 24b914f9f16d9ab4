"""`--plot`: a figure, or a page with the model in it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bnfit.cli.flags import lines_with_flags
from bnfit.cli.streams import shell
from bnfit.report.figures.save import is_page, write_plot

if TYPE_CHECKING:
    from bnfit.model.model import Model
    from bnfit.report.html.page import About
    from bnfit.results.explanation import Explanation
    from bnfit.results.fit import FitReport
    from bnfit.results.search import SearchReport


def about_table(data: str) -> About:
    """Return what a page says beside a result that no model belongs to: the command, hashes and versions."""
    from bnfit.model.page import facts_of  # jinja2, as what follows
    from bnfit.report.html.page import About

    return About(_command(), tuple(facts_of(data)))


def draw(
    path: Path,
    result: FitReport | SearchReport | Explanation,
    model: Model,
    *,
    name: str,
    data: str | None,
    force: bool,
) -> None:
    """Write what --plot asks for.

    Args:
        path: the file, whose ending says the format.
        result: what to show.
        model: the model that it is of.
        name: the model's file.
        data: the table that was named; None without one.
        force: replace an existing file.
    """
    if is_page(path):
        from bnfit.model.page import write_page  # jinja2

        command = _command()
        write_page(path, model, result, name=name, command=command, data=data, force=force, reword=lines_with_flags)
    else:
        write_plot(path, result, model.metadata.curves, model.metadata.out_of_fold, force=force)


def _command() -> str:
    return shell("bnfit", *sys.argv[1:])

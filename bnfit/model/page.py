"""A result and its model as one page to send; see `bnfit.report.html.page`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from bnfit.errors import DataError
from bnfit.files import write_whole
from bnfit.model.live import live_model
from bnfit.model.model import Model
from bnfit.report.html.page import About, Reword, render_page
from bnfit.results.explanation import Explanation
from bnfit.results.fit import FitReport
from bnfit.results.search import SearchReport
from bnfit.results.versions import installed_versions

MOST_BYTES = 2_000_000
"""Of a page; the model is left out of one that would be larger."""
MOST_FILES = 10
"""Files of one table whose hashes a page names."""
PIECE = 1 << 20


def write_page(
    path: Path,
    model: Model,
    result: FitReport | SearchReport | Explanation,
    *,
    name: str,
    command: str = "",
    data: str | None = None,
    force: bool = False,
    reword: Reword = list,
) -> None:
    """Write the page of a result: one file that fetches nothing, with the model in it where that is small enough.

    Args:
        path: the file.
        model: the model that the result is of.
        result: returned by a function of the pipeline.
        name: of the model file.
        command: what repeats it.
        data: path or glob of the table, whose files' SHA-256 are told; None or "-" without one.
        force: replace an existing file.
        reword: changes the blocks of text, as the command line names its options.

    Raises:
        UsageError, BnfitError: as `bnfit.files.write_whole`.
    """
    facts = (*_training(model, name), *facts_of(data))
    about = About(command, facts, model.schema.report(), live_model(model))
    page = render_page(result, about, reword).encode()
    if len(page) > MOST_BYTES:
        page = render_page(result, About(command, facts, about.columns), reword).encode()
    write_whole(path, page, force=force)


def facts_of(data: str | None) -> Iterator[tuple[str, str]]:
    """Yield what a repetition needs: the SHA-256 of each file of a table (see `write_page`), and versions."""
    yield from _hashes(data)
    yield "versions", ", ".join(f"{name} {version}" for name, version in installed_versions().items() if version)


def _training(model: Model, name: str) -> Iterator[tuple[str, str]]:
    yield "model", name
    fit = model.metadata.fit
    if fit is not None:
        yield "networks", f"{fit.architecture}, arm {fit.arm}, {fit.members} members, {fit.folds} folds"
        yield "recipe and seed", f"{fit.recipe}, seed {fit.seed}"


def _hashes(data: str | None) -> Iterator[tuple[str, str]]:
    """Yield the SHA-256 of each file of a table."""
    if data is None:
        return
    from bnfit.table.byte_streams import find_parts  # pyarrow, which a page without a table does without

    try:
        paths = [part.path for part in find_parts(data) if part.path is not None]
    except DataError:  # it is gone since it was read
        paths = [Path(data)]
    for path in paths[:MOST_FILES]:
        yield f"SHA-256 of {path.name}", _sha256(path)
    if len(paths) > MOST_FILES:
        yield "further files", str(len(paths) - MOST_FILES)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        if not path.is_file():  # a pipe was read already
            return "not known"
        with open(path, "rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
    except OSError:
        return "not known"
    return digest.hexdigest()

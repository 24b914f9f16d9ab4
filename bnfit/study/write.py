"""A study as a folder: report, tables and figures, all there or none."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bnfit.errors import BnfitError, UsageError
from bnfit.files import similar_names, write_whole
from bnfit.report.blocks import Block
from bnfit.report.documents import to_json, to_markdown
from bnfit.report.figures.save import rendered
from bnfit.report.html.page import About, render_study
from bnfit.report.study import study_blocks
from bnfit.results.study import StudyReport
from bnfit.study.drawing import CAPTIONS, figures
from bnfit.study.tables import as_csv, as_json, tables

if TYPE_CHECKING:
    from bnfit.study.run import Evidence

    Reword = Callable[[list[Block]], list[Block]]


REPORT = "report.md"
TOP = 20
FIGURES = ("svg", "png")


def check_folder(folder: Path, force: bool) -> None:
    """Raise early what `write_study` would raise: call it before long work.

    Raises:
        UsageError: the folder is a file, or holds anything and `force` is not set, or its parent is missing.
    """
    try:
        if folder.is_dir():
            if not force and any(folder.iterdir()):
                raise UsageError(f"the folder '{folder}' is not empty", "`force=True` replaces what the study writes")
        elif os.path.lexists(folder):
            raise UsageError(f"'{folder}' is not a folder", "name a folder for the study with `output`")
        elif not folder.absolute().parent.is_dir():
            raise UsageError(f"there is no folder '{folder.parent}'", similar_names(folder.parent))
        if not os.access(folder if folder.is_dir() else folder.absolute().parent, os.W_OK | os.X_OK):
            raise UsageError(f"cannot write '{folder}': no permission")
    except UsageError:
        raise
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot write '{folder}': {error}") from error


def write_study(
    report: StudyReport,
    evidence: Evidence,
    folder: Path,
    *,
    force: bool,
    reword: Reword = list,
    page: tuple[Path, About] | None = None,
) -> list[str]:
    """Write a study's files into a folder; with `force` those of an earlier study are replaced, others stay.

    Args:
        report, evidence: as `run_study` returns them.
        folder: where to write; it may be missing.
        force: whether to replace files.
        reword: applied to the blocks of the report before they become Markdown.
        page: the file of a page with all of it, and what stands in it beside the report; None for no page.

    Returns:
        The names of the files.

    Raises:
        UsageError: see `check_folder`.
        BnfitError: the system refused to write.
    """
    check_folder(folder, force)
    files = study_files(report, evidence, reword)
    if page is not None:
        write_whole(page[0], study_html(report, files, page[1], reword).encode(), force=force)
    if folder.is_dir():
        for name, content in files.items():
            write_whole(folder / name, content, force=True)
        return list(files)
    temporary = folder.absolute().parent / f".bnfit-{secrets.token_hex(8)}.tmp"
    try:
        temporary.mkdir()
        for name, content in files.items():
            (temporary / name).write_bytes(content)
        temporary.rename(folder)
    except OSError as error:
        raise BnfitError(f"cannot write '{folder}': {(error.strerror or str(error)).lower()}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return list(files)


def study_files(report: StudyReport, evidence: Evidence, reword: Reword = list) -> dict[str, bytes]:
    """Make every file of the study by name, the report last."""

    files: dict[str, bytes] = {}
    for name, rows in tables(report, evidence).items():
        files[f"{name}.csv"], files[f"{name}.json"] = as_csv(rows), as_json(rows)
    drawn = figures(report, evidence)
    for name, figure in drawn.items():
        for form in FIGURES:
            files[f"{name}.{form}"] = rendered(figure, form)
    files["study.json"] = (to_json(report) + "\n").encode()
    return files | {REPORT: markdown(report, list(drawn), reword).encode()}


def study_html(report: StudyReport, files: Mapping[str, bytes], about: About, reword: Reword = list) -> str:
    """Make one page of the report and the figures among its files."""
    pictures = {caption: files[f"{name}.svg"] for name, caption in CAPTIONS.items() if f"{name}.svg" in files}
    return render_study(report.target, reword(study_blocks(report, TOP)), pictures, about)


def markdown(report: StudyReport, figures: list[str], reword: Reword = list) -> str:
    """Render the report with its figures."""
    shown = [f"![{CAPTIONS[name]}]({name}.svg)\n\n{CAPTIONS[name]}" for name in figures]
    text = to_markdown(reword(study_blocks(report, TOP))).removeprefix("#")  # the first heading is the title
    return "\n\n".join([text, "## Figures", *shown]) + "\n"

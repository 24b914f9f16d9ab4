"""A study as a folder: report, tables and figures, all there or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bnfit.files import write_whole
from bnfit.folders import check_folder, write_folder
from bnfit.report.blocks import Block
from bnfit.report.documents import to_json, to_markdown
from bnfit.report.figures.save import rendered
from bnfit.report.html.page import About, render_study
from bnfit.report.study import study_blocks
from bnfit.results.study import StudyReport
from bnfit.study.drawing import CAPTIONS, figures
from bnfit.study.tables import TABLES, as_csv, as_json, tables

if TYPE_CHECKING:
    from bnfit.study.run import Evidence

    Reword = Callable[[list[Block]], list[Block]]


REPORT, JSON = "report.md", "study.json"
TOP = 20
FIGURES = ("svg", "png")
NAMES = frozenset(
    (
        REPORT,
        JSON,
        *(f"{name}.{form}" for name in TABLES for form in ("csv", "json")),
        *(f"{name}.{form}" for name in CAPTIONS for form in FIGURES),
    )
)
"""Names of the files that studies write."""


def check_study(folder: Path, force: bool) -> None:
    """Raise early what `write_study` would raise: call it before long work.

    Raises:
        UsageError: see `bnfit.folders.check_folder`.
    """
    check_folder(folder, NAMES, force=force)


def write_study(
    report: StudyReport,
    evidence: Evidence,
    folder: Path,
    *,
    force: bool,
    reword: Reword = list,
    page: tuple[Path, About] | None = None,
) -> list[str]:
    """Write a study's files into a folder; with `force` in the place of an earlier study's.

    Args:
        report, evidence: as `run_study` returns them.
        folder: where to write; it may be missing.
        force: whether to replace a folder of an earlier study, and the page.
        reword: applied to the blocks of the report before they become Markdown.
        page: the file of a page with all of it, and what stands in it beside the report; None for no page.

    Returns:
        The names of the files.

    Raises:
        UsageError: see `check_study`.
        BnfitError: the system refused to write.
    """
    check_study(folder, force)
    files = study_files(report, evidence, reword)
    written = None if page is None else study_html(report, files, page[1], reword).encode()
    write_folder(folder, files, NAMES, force=force)
    if page is not None and written is not None:
        write_whole(page[0], written, force=force)
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
    files[JSON] = (to_json(report) + "\n").encode()
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

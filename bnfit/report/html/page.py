"""One page to send: a result as a self-contained HTML file that fetches nothing and holds no row of the table."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from bnfit.report.blocks import Block, Grid, Line, counted, printable
from bnfit.report.curves import curve_blocks
from bnfit.report.drift import drift_blocks
from bnfit.report.effects import interaction_blocks
from bnfit.report.html.charts import calibration_chart, effect_chart, error_chart
from bnfit.report.importances import importance_blocks, remark_blocks, skill_grid
from bnfit.report.leaderboard import leaderboard, saved_blocks
from bnfit.report.origin import origin_text
from bnfit.report.verdict import verdict_blocks
from bnfit.results.explanation import Explanation
from bnfit.results.fit import FitReport
from bnfit.results.search import SearchReport

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
ROWS = 200
"""Rows of a table, at most."""
Reword = Callable[[list[Block]], list[Block]]


@dataclass(frozen=True)
class About:
    """What a page says beside its result.

    Attributes:
        command: what repeats it.
        facts: name and value of what else is needed for that: seed, versions, hashes of files.
        columns: `name`, `kind`, `use` and `reason` of each column of the training table.
        live: the model as `bnfit.model.live.live_model` makes it; None where it is not in the page.
    """

    command: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    columns: Sequence[Mapping[str, str]] = ()
    live: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Section:
    """A part of the page: a title, blocks of text and tables, charts as SVG with their captions."""

    id: str
    title: str
    blocks: Sequence[Block] = ()
    charts: Sequence[tuple[str, str]] = field(default=())
    sortable: bool = False


def render_page(result: FitReport | SearchReport | Explanation, about: About, reword: Reword = list) -> str:
    """Make the page of a result.

    Args:
        result: returned by a function of the pipeline.
        about: what stands beside it.
        reword: changes the blocks of text, as the command line names its options.
    """
    found = _explanation(result)
    verdict = verdict_blocks(found)
    if isinstance(result, SearchReport) and result.saved is not None and result.corrected is not None:
        verdict += saved_blocks(result.saved, result.corrected, result.fit.task != "regression")
    sections = [replaced for section in _sections(result, found) if (replaced := _reworded(section, reword))]
    live = None if about.live is None else _embedded(about.live)
    return _page(found.target or "the target", reword(verdict), sections, about, live)


def render_study(target: str, blocks: Sequence[Block], pictures: Mapping[str, bytes], about: About) -> str:
    """Make the page of a study.

    Args:
        target: the column that is predicted.
        blocks: of its report, which begins with a heading; each further heading begins a section.
        pictures: SVG files by caption.
        about: what stands beside it; no model.
    """
    starts = [k for k, block in enumerate(blocks) if isinstance(block, Line) and block.style == "heading"]
    parts = [list(blocks[a:b]) for a, b in zip(starts, [*starts[1:], len(blocks)], strict=True)]
    sections = [
        Section(f"part-{k}", title.text, rest) for k, (title, *rest) in enumerate(parts[1:]) if isinstance(title, Line)
    ]
    images = [(caption, _image(caption, content)) for caption, content in pictures.items()]
    first = [block for block in parts[0] if isinstance(block, Line)] if parts else []
    opening = [Section("study", "The study", [b for b in parts[0] if isinstance(b, Grid)])] if parts else []
    shown = [s for s in opening if s.blocks] + sections
    return _page(target, first, [*shown, Section("figures", "Figures", (), images)], about, has_model=False)


def _image(caption: str, content: bytes) -> str:
    """Embed an SVG file as a picture, which can run nothing."""
    data = base64.b64encode(content).decode()
    return f'<img alt={quoteattr(printable(caption))} src="data:image/svg+xml;base64,{data}">'


def _explanation(result: FitReport | SearchReport | Explanation) -> Explanation:
    fit = result.fit if isinstance(result, SearchReport) else result
    return fit.explanation if isinstance(fit, FitReport) else fit


def _sections(result: FitReport | SearchReport | Explanation, found: Explanation) -> list[Section]:
    """Make the parts of the page that say something, in order."""
    origin = Line(f"On {origin_text(found.origin, found.rows)}.")
    charts = [("The error beside what is simpler; the line is its 95 % interval", error_chart(found))]
    if found.calibration:
        charts.append(("Predictions beside what came true; on the dashed line they are right", _calibration(found)))
    sections = [
        Section("error", "Error", [origin, skill_grid(found)], charts),
        Section("importances", "What matters", importance_blocks(found, ROWS)[1:], sortable=True),
        Section(
            "effects",
            "How the prediction changes along each column",
            [Line("From its mean; the band, or the line at a bar, is one standard error.")],
            [(f"{e.column} ({e.of})" if e.of else e.column, effect_chart(e)) for e in found.effects],
        ),
        Section(
            "interactions", "Pairs of columns that act together", interaction_blocks(found, ROWS)[1:], sortable=True
        ),
        Section("drift", "Drift", drift_blocks(found.drift, ROWS)),
    ]
    if isinstance(result, SearchReport):
        sections.append(
            Section("search", "Leaderboard", [_tried(result), *leaderboard(result.leaderboard, ROWS)], sortable=True)
        )
        sections.append(Section("curves", "Losses by epoch", curve_blocks(result.curves)[1:]))
    notes = [Line(note, "note") for note in result.notes] if isinstance(result, SearchReport) else []
    sections.append(Section("remarks", "Remarks", [*remark_blocks(found), *notes]))
    return [section for section in sections if section.charts or (section.blocks and section.id != "effects")]


def _calibration(found: Explanation) -> str:
    return calibration_chart(found.calibration, found.confusion is not None)


def _tried(result: SearchReport) -> Line:
    candidates = sum(row.reference is None for row in result.leaderboard)
    return Line(
        f"{counted(candidates, 'candidate')}, {counted(result.trainings, 'training')} over {result.folds} folds."
    )


def _reworded(section: Section, reword: Reword) -> Section:
    return Section(section.id, section.title, reword(list(section.blocks)), section.charts, section.sortable)


def _embedded(live: Mapping[str, Any]) -> str:
    """Write the model as JSON in which nothing can end the element that holds it."""
    text = json.dumps(live, allow_nan=False, ensure_ascii=True)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _page(
    target: str,
    verdict: Sequence[Block],
    sections: Sequence[Section],
    about: About,
    live: str | None = None,
    has_model: bool = True,
) -> str:
    style, script = _file("page.css"), ("" if live is None else _file("model.js")) + _file("page.js")
    sources = f"style-src {_digest(style)}; script-src {_digest(script)}"
    values = {"target": target, "verdict": verdict, "sections": sections, "about": about, "live": live}
    files = {"style": style, "script": script, "policy": f"default-src 'none'; img-src data:; {sources}"}
    return _environment().get_template("page.html").render(**values, **files, has_model=has_model)


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # no other report needs it

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["shown"] = printable
    return made


def _file(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """Return the source expression of a Content-Security-Policy that allows this text alone."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

"""Before training: which columns pay, and which carry no more than shuffled copies."""

from __future__ import annotations

from dataclasses import dataclass

from bnfit.ensemble.plan import FitPlan
from bnfit.ensemble.prepare import Prepared
from bnfit.feature_selection.elimination import SHARE, Selection, choose
from bnfit.feature_selection.shadows import against_shadows
from bnfit.progress import Progress, part
from bnfit.results.shadows import ShadowTest
from bnfit.schema.schema import column_positions

SHADOW_SHARE = 0.5
"""Share of the work that the comparison with shuffled copies takes."""


@dataclass(frozen=True)
class Selected:
    """Columns as they were found before training.

    Attributes:
        selection: the columns that each fold chose; None for all.
        shadows: each column beside shuffled copies; None where nobody asked.
        on_progress: told the share that is done of the rest of the work.
    """

    selection: Selection | None
    shadows: ShadowTest | None
    on_progress: Progress | None


ALL_COLUMNS = Selected(None, None, None)


def select(prepared: Prepared, plan: FitPlan, on_progress: Progress | None = None) -> Selected:
    """Compare columns with shuffled copies, and choose those that pay, as far as the plan asks for it."""
    selection = shadows = None
    if plan.options.shadow:
        shadows = _shadows(prepared, plan, part(on_progress, 0.0, SHADOW_SHARE))
        on_progress = part(on_progress, SHADOW_SHARE, 1.0)
    if plan.sparse:
        progress = part(on_progress, 0.0, SHARE)
        architecture, splits = plan.base_learners[0].architecture, plan.division.splits
        selection = choose(architecture, prepared.dataset, splits, plan.seed, progress)
        on_progress = part(on_progress, SHARE, 1.0)
    return Selected(selection, shadows, on_progress)


def _shadows(prepared: Prepared, plan: FitPlan, on_progress: Progress | None) -> ShadowTest:
    schema, output = prepared.schema, plan.base_learners[0].architecture.output_activation
    names, columns, splits = [column.name for column in schema.inputs], column_positions(schema), plan.division.splits
    return against_shadows(prepared.dataset, names, columns, splits, output, plan.seed, on_progress)

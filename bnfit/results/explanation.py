"""Importances of a model's columns: plain values, ready for any report. Errors are in the target's own units."""

from __future__ import annotations

from dataclasses import dataclass, field

from bnfit.results.calibration import CalibrationGroup
from bnfit.results.drift import ColumnDrift
from bnfit.results.effects import Effect, Interaction
from bnfit.results.origin import Origin
from bnfit.results.roc import RocCurve
from bnfit.results.shadows import ShadowTest

SKILL_LEVEL = 0.025
"""Skill is claimed where less than this is the chance of as much without any."""


@dataclass(frozen=True)
class Increase:
    """Increase of the squared error (of classes, the Brier score) with a column switched off in one way.

    Attributes:
        baseline: "zero", "mean", "permute" or "conditional" (drawn anew given the other columns).
        increase: mean over the test rows of paired differences, averaged over shuffles.
        low, high: its interval, which belongs to `p`: with p below 0.05, low is above 0. It allows for the number of
            columns, and for the rows that folds share in training; None where there is but one row, group or block.
        p: of an increase of 0 or less, by Student's t over rows, groups or blocks in time, adjusted for the number of
            columns (Holm); None alike.
    """

    baseline: str
    increase: float
    low: float | None
    high: float | None
    p: float | None


@dataclass(frozen=True)
class Importance:
    """Importance of one column, by γ and by switching the column off on rows that the member never saw.

    Attributes:
        column: the column's name.
        gamma: calibrated γ: RMS change of the prediction per standard deviation of the column; of a category's levels
            the standard deviation over them of the prediction with the column set to each.
        gamma_raw: the layer's γ as training left it (mean over members of |γ|); None without a γ.
        gamma_se: standard error of `gamma`, by a grouped jackknife over folds; None without folds.
        mspe_intact: mean squared prediction error with every column as it is; for classes that of the probabilities,
            over rows and classes: the Brier score.
        mspe_zero: the same with the column's raw value set to 0.
        mspe_mean: the same with the column set to its mean (0 after the first layer).
        mspe_permute: the same with the column's values shuffled among the rows.
        mean_error_zero: |mean error| with the column at raw 0, the paper's "MSPE".
        log_loss_intact, log_loss_zero, log_loss_mean, log_loss_permute: as `mspe_...`, the log-loss; None for numbers.
        kept: where columns were chosen, the share of folds whose members keep the column.
        score: where columns were chosen, the column's share of γ, averaged over the rounds of the choice with the
            members' skill as weights.
        mspe_conditional, log_loss_conditional: as `..._permute`, with the column drawn anew given the other columns;
            None where nobody asked.
        increases: the increase of the error, with its interval, for each way of switching off.
        verdict: what the increase with the column shuffled says: "matters" (p below 0.05), "none" (no sign of an
            effect: the interval ends below 1 % of a constant guess's error) or "unclear"; None where nothing was
            tested.
        verdict_conditional: the same of the column drawn anew given the others: "none" is no sign that it adds anything
            beyond them; None where nobody asked.
        direction: "up" or "down" where the prediction moves with or against the column nearly everywhere, "both" where
            it does either, "levels" for a category of several inputs; None where there is no one slope (of several
            classes, of a date's parts).
        straightness: mean slope ÷ γ, from -1 to 1: 1 for a line that rises everywhere; None alike.
        total: total effect: √ of half the mean squared change of the prediction with the column shuffled (Jansen 1999),
            a standard deviation in the prediction's units.
        bound: the most that the column can have a part in of the prediction's variance, as a share, if columns are
            independent: γ² ÷ variance times 1 for about normal values, 1.22 for about uniform ones; None for others.
        zero_is_off: whether raw 0 lies over 3 standard deviations from the column's mean, off the data.
    """

    column: str
    gamma: float | None
    gamma_raw: float | None
    gamma_se: float | None
    mspe_intact: float
    mspe_zero: float
    mspe_mean: float
    mspe_permute: float
    mean_error_zero: float
    log_loss_intact: float | None = None
    log_loss_zero: float | None = None
    log_loss_mean: float | None = None
    log_loss_permute: float | None = None
    kept: float | None = None
    score: float | None = None
    mspe_conditional: float | None = None
    log_loss_conditional: float | None = None
    increases: tuple[Increase, ...] = ()
    verdict: str | None = None
    verdict_conditional: str | None = None
    direction: str | None = None
    straightness: float | None = None
    total: float | None = None
    bound: float | None = None
    zero_is_off: bool = False


@dataclass(frozen=True)
class RankAgreement:
    """Rank correlation over columns of γ with the increase of the error by one way of switching off.

    Attributes:
        baseline: the way, as in `Increase`.
        spearman: the correlation; None where it is not defined.
        low, high: its 95 % interval, from drawing the columns anew; None below 10 columns, or where every draw agrees.
    """

    baseline: str
    spearman: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Agreement:
    """Agreement of γ with the zero-out error.

    Attributes:
        spearman: rank correlation over columns of calibrated γ with the zero-out MSPE; None below 3 columns.
        pearson: correlation over folds × columns of calibrated γ with the increase of the zero-out MSPE.
        pearson_raw: the same for the raw γ.
        sentence: one plain sentence on whether they agree and whether to believe the ranking.
        ranks: rank correlations of γ with each way of switching off.
        remarks: columns on which they disagree with the likely reasons, and columns without evidence.
    """

    spearman: float | None
    pearson: float | None
    pearson_raw: float | None
    sentence: str
    ranks: tuple[RankAgreement, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class ColumnStatistics:
    """One column of the first layer's statistics, in the column's units.

    Attributes:
        column: the column's name.
        mean, sd: moving mean and standard deviation.
    """

    column: str
    mean: float
    sd: float


@dataclass(frozen=True)
class Confusion:
    """Confusion matrix.

    Attributes:
        classes: the target's classes.
        counts: rows of each class by predicted class, `counts[true][predicted]`, in the order of `classes`.
    """

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class NodeImportance:
    """Importance of one hidden node.

    Attributes:
        layer, node: which, both counted from 1; only layers with a normalisation count.
        gamma: calibrated γ: RMS change of the prediction per standard deviation of the node.
        gamma_raw: |γ| of the node's normalisation.
        mspe_intact, mspe_zero: mean squared prediction error, also with the node's incoming weights and bias at 0.
        mean_error_zero: |mean error| with them at 0, the paper's "MSPE".
    """

    layer: int
    node: int
    gamma: float
    gamma_raw: float
    mspe_intact: float
    mspe_zero: float
    mean_error_zero: float


@dataclass(frozen=True)
class ComparedColumn:
    """One column by bnfit's measures and by those of other packages, on the same rows; None where not measured.

    Attributes:
        column: the column's name.
        gamma: calibrated γ.
        permute: bnfit's increase of the squared error (of classes, the Brier score) with the column shuffled.
        sklearn: the same by scikit-learn's `permutation_importance`.
        shap: mean |SHAP value|, in the prediction's units.
    """

    column: str
    gamma: float | None
    permute: float | None
    sklearn: float | None
    shap: float | None


@dataclass(frozen=True)
class Comparison:
    """Importances beside those of other packages.

    Attributes:
        columns: one entry per input column, in the table's order.
        spearman: rank correlation over columns of γ with each of `permute`, `sklearn` and `shap`; None where there is
            none.
        missing: packages that are not installed.
    """

    columns: tuple[ComparedColumn, ...]
    spearman: dict[str, float | None]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """The importances of a model, with the skill that says whether they mean anything.

    Attributes:
        metrics: the model's error on rows it never saw: `mse`, `rmse`, `mae`, `r2`, or for classes `log_loss`, `brier`,
            `ece`, `accuracy`, `balanced_accuracy`, `roc_auc`.
        reference: the same metrics for predicting the mean, or the class shares, of the rows trained on.
        importances: one entry per input column, in the table's order.
        agreement: γ against the zero-out error.
        statistics: the first layer's moving mean and sd of each column; empty when the first layer has none.
        rows: how many rows the errors were measured on.
        origin: which rows these are.
        notes: remarks that a reader should know.
        target: the column that is predicted.
        intervals: 95 % intervals of `mse`, `rmse`, `mae` and `r2`, or of `log_loss` and `accuracy`, by Student's t over
            rows, groups or blocks in time; empty where there is but one, and in files of earlier versions.
        linear: the same metrics for a linear model on the same rows, each fold predicted from the others; empty on
            another table than that of the training.
        warnings: what puts the errors or the importances in doubt, the worst first.
        base: the same metrics for another model on the same rows; empty where nobody asked.
        drift: how far the columns' values are from those of training, what moves predictions most first; empty where
            nothing was measured afresh.
        confusion: for classes, the confusion matrix; None for numbers.
        roc: for classes, the receiver operating characteristic of each against the rest, of two classes of the second.
        calibration: predictions beside what came true, in groups of rows.
        groups: columns that were switched off together, as if they were one.
        baselines: the ways of switching off that were asked for.
        shadows: which columns carry something beyond chance in the training table; None where nobody asked.
        compare: the importances beside those of other packages; None where nobody asked.
        skill_p: the chance of errors as far below those of the constant guess without any skill; None in files of
            earlier versions.
        share_se: standard error of the share of the constant guess's error that the model removes, of numbers R².
        ece_by_chance: the calibration error that perfectly calibrated probabilities show on so many rows; None for
            numbers.
        effects: how the prediction changes along each column, those of the largest γ first.
        interactions: pairs of columns that act together, the strongest first; None where nobody asked.
        error_se: standard error of the error that decides, `mse` or `log_loss`, over rows, groups or blocks in time.
        gain_se: standard error of how far it is below that of the constant guess, from paired differences.
    """

    metrics: dict[str, float]
    reference: dict[str, float]
    importances: tuple[Importance, ...]
    agreement: Agreement
    statistics: tuple[ColumnStatistics, ...]
    rows: int
    origin: Origin
    notes: tuple[str, ...] = ()
    target: str = ""
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    linear: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    base: dict[str, float] = field(default_factory=dict)
    drift: tuple[ColumnDrift, ...] = ()
    confusion: Confusion | None = None
    roc: tuple[RocCurve, ...] = ()
    calibration: tuple[CalibrationGroup, ...] = ()
    groups: tuple[Importance, ...] = ()
    baselines: tuple[str, ...] = ()
    shadows: ShadowTest | None = None
    compare: Comparison | None = None
    skill_p: float | None = None
    error_se: float | None = None
    gain_se: float | None = None
    share_se: float | None = None
    ece_by_chance: float | None = None
    effects: tuple[Effect, ...] = ()
    interactions: tuple[Interaction, ...] | None = None

    @property
    def error(self) -> str:
        """Name of the error that decides."""
        return "mse" if self.confusion is None else "log_loss"

    @property
    def skilled(self) -> bool:
        """True if the model surely predicts better than a constant; if not, its importances rank nothing."""
        model, constant = self.metrics.get(self.error), self.reference.get(self.error)
        if model is None or constant is None:
            return True
        return model < constant and (self.skill_p is None or self.skill_p <= SKILL_LEVEL)

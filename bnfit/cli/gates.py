"""`--fail-if`: conditions that end a command with exit code 1, after all of its output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bnfit.cli.streams import say

if TYPE_CHECKING:
    from bnfit.report.gates import Gate
    from bnfit.results.gates import GateResult
    from bnfit.schema.schema import Schema
    from bnfit.schema.types import SchemaOptions
    from bnfit.table.source import Source


@dataclass(frozen=True)
class Gates:
    """The conditions of a command.

    Attributes:
        conditions: to fail on.
        more: names of the figures that the command has beside errors and γ.
    """

    conditions: tuple[Gate, ...] = ()
    more: tuple[str, ...] = ()

    @classmethod
    def of(cls, expressions: Sequence[str] | None, *more: str) -> Gates:
        """Read the conditions.

        Raises:
            UsageError: one is none.
        """
        if not expressions:
            return cls()
        from bnfit.report.gates import parse_gate  # all results, as in `emit`

        return cls(tuple(parse_gate(expression) for expression in expressions), more)

    def check_training(self, source: Source, target: str, options: SchemaOptions) -> None:
        """Refuse unknown figures before a training.

        Args:
            source: the table.
            target: the column to predict.
            options: what is known about the columns.

        Raises:
            UsageError: the target has no such error, or there is no such column.
        """
        if not self.conditions:
            return
        from bnfit.api import inspect_table  # pandas
        from bnfit.report.gates import check_names, names_of  # all results, as in `emit`

        found = inspect_table(source, target, options=options)
        columns = [column.name for column in found.schema.columns if column.use == "input"]
        check_names(self.conditions, names_of(found.task, columns, self.more))

    def check_model(self, schema: Schema, *, columns: bool, base: bool, table: bool = True) -> None:
        """Refuse figures that a loaded model does not have.

        Args:
            schema: the model's.
            columns: whether there are γ and intervals.
            base: whether there is a model to compare with.
            table: whether there is a table, whose drift is measured.

        Raises:
            UsageError: naming one.
        """
        if not self.conditions:
            return
        from bnfit.report.gates import check_names, names_of  # all results, as in `emit`

        names = [column.name for column in schema.inputs]
        known = names_of(schema.task, names if columns else [], self.more, base, names if table else [])
        check_names(self.conditions, known)

    def results(self, result: object, source: Source | None = None) -> tuple[GateResult, ...]:
        """Check the conditions on what was found; `source` tells the share of rejected rows."""
        if not self.conditions:
            return ()
        from bnfit.report.gates import figures  # all results, as in `emit`

        rejected = None if source is None else source.rejected / max(source.rows_read + source.rejected, 1)
        known = figures(result, rejected)
        return tuple(gate.check(known) for gate in self.conditions)


def conclude(results: Sequence[GateResult]) -> None:
    """Say of each gate whether it was passed, and end with exit code 1 if one was not."""
    if not results:
        return
    import typer  # as every command does

    from bnfit.report.gates import gate_line  # all results, as in `emit`

    for result in results:
        say(gate_line(result))
    if not all(result.passed for result in results):
        raise typer.Exit(1)

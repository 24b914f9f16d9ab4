"""Keep the rows for which an expression over the columns holds."""

from __future__ import annotations

import ast
import itertools
import operator
from collections.abc import Callable
from typing import Any

import pandas as pd

from bnfit.arrays import Bools
from bnfit.errors import UsageError
from bnfit.table.cell_types import WORDS
from bnfit.table.column_names import require_known

COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
HINT = "write a comparison of columns and values, such as `where='Ueq >= Upos'` or `where='`sex at birth` == \"f\"'`"


def keep_rows(frame: pd.DataFrame, expression: str, source: str = "") -> Bools:
    """Return whether the expression holds for each row (n,); a comparison with a missing value does not hold.

    The expression knows columns by name (in backticks where the name is no plain word), numbers, texts, + - * /,
    comparisons, `and`, `or`, `not` and brackets. Nothing in it is run as Python.

    Raises:
        UsageError: it is no such expression, or names a column that does not exist.
    """
    plain, names = _plain_names(expression)
    try:
        tree = ast.parse(plain, mode="eval").body
    except (SyntaxError, RecursionError, MemoryError) as error:
        why = getattr(error, "msg", "it is too long")
        raise UsageError(f"cannot read the condition '{expression[:200]}': {why}", HINT) from error
    result = _Evaluation(frame, names, expression, source).of(tree)
    if not isinstance(result, pd.Series) or not pd.api.types.is_bool_dtype(result):
        raise UsageError(f"the condition '{expression}' is not true or false for a row", HINT)
    return result.fillna(False).to_numpy(dtype=bool)


def _plain_names(expression: str) -> tuple[str, dict[str, str]]:
    """The expression with each name in backticks replaced by a plain word, and what the words stand for."""
    parts = expression.split("`")
    if len(parts) % 2 == 0:
        raise UsageError(f"a backtick is not closed in the condition '{expression}'", HINT)
    names = {f"_column_{i}": part for i, part in enumerate(parts) if i % 2}
    return "".join(f"_column_{i}" if i % 2 else part for i, part in enumerate(parts)).strip(), names


class _Evaluation:
    def __init__(self, frame: pd.DataFrame, names: dict[str, str], expression: str, source: str) -> None:
        self.frame, self.names, self.expression, self.source = frame, names, expression, source

    def of(self, node: ast.expr) -> Any:
        match node:
            case ast.Name(id=name):
                return self._column(self.names.get(name, name))
            case ast.Constant(value=int() | float() | str() as value):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._number(self.of(operand))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ~self._truth(operand)
            case ast.BoolOp(op=op, values=values):
                return self._combined(op, values)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
                return ARITHMETIC[type(op)](self._number(self.of(left)), self._number(self.of(right)))
            case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in COMPARE for op in ops):
                sides = [self.of(side) for side in (left, *others)]
                return _all(self._compare(op, *pair) for op, pair in zip(ops, itertools.pairwise(sides), strict=True))
        raise UsageError(f"cannot use '{ast.unparse(node)}' in the condition '{self.expression}'", HINT)

    def _column(self, name: str) -> pd.Series[Any]:
        require_known([name], [str(column) for column in self.frame.columns], self.source)
        column = self.frame[name]
        if pd.api.types.is_numeric_dtype(column):
            return column
        number = pd.to_numeric(column, errors="coerce")
        return number if number.notna().sum() == (column.notna() & ~_are_words(column)).sum() else column

    def _truth(self, node: ast.expr) -> pd.Series[Any]:
        value = self.of(node)
        if not isinstance(value, pd.Series) or not pd.api.types.is_bool_dtype(value):
            raise UsageError(
                f"'{ast.unparse(node)}' is neither true nor false in the condition '{self.expression}'", HINT
            )
        return value

    def _combined(self, op: ast.boolop, nodes: list[ast.expr]) -> pd.Series[Any]:
        values = [self._truth(node) for node in nodes]
        result = values[0]
        for value in values[1:]:
            result = result & value if isinstance(op, ast.And) else result | value
        return result

    def _number(self, value: Any) -> Any:
        if isinstance(value, str) or (isinstance(value, pd.Series) and not pd.api.types.is_numeric_dtype(value)):
            raise UsageError(f"the condition '{self.expression}' calculates with text", HINT)
        return value

    def _compare(self, op: ast.cmpop, left: Any, right: Any) -> Any:
        if _is_text(left) != _is_text(right):
            text, other = (left, right) if _is_text(left) else (right, left)
            shown = f"column '{text.name}' holds text" if isinstance(text, pd.Series) else f"'{text}' is text"
            beside = f"column '{other.name}'" if isinstance(other, pd.Series) else f"{other}"
            raise UsageError(f"{shown} and cannot be compared with {beside}, a number", HINT)
        result = COMPARE[type(op)](left, right)
        for side, other in ((left, right), (right, left)):
            if isinstance(side, pd.Series):
                # Who asks for NA, as for the country, means the text.
                missing = side.isna() if isinstance(other, str) and other in WORDS else side.isna() | _are_words(side)
                result = result & ~missing
        return result


def _are_words(column: pd.Series[Any]) -> Any:
    """Whether each cell of a text column holds a text that means "missing"."""
    return column.isin(list(WORDS)) & _is_text(column)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, pd.Series) and not pd.api.types.is_numeric_dtype(value))


def _all(values: Any) -> Any:
    result = None
    for value in values:
        result = value if result is None else result & value
    return result

"""Any file to a data frame, whole or in pieces, without a silent loss."""

from bnfit.table.reader import read_chunks, read_table
from bnfit.table.types import MISSING, Dialect, ReadOptions, RejectedRow, Table

__all__ = ["MISSING", "Dialect", "ReadOptions", "RejectedRow", "Table", "read_chunks", "read_table"]

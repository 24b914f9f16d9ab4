"""What the commands do, as plain functions on files and data frames. They return results and print nothing."""

from bnfit.model import load_model, save_model
from bnfit.pipeline.searching import SEARCH_FOLDS, search_table
from bnfit.pipeline.training import ACTIVATION, ARM, fit_table, inspect_table
from bnfit.pipeline.using import explain_model, predict_file, predict_table
from bnfit.sources import Source, load_table

__all__ = [
    "ACTIVATION",
    "ARM",
    "SEARCH_FOLDS",
    "Source",
    "explain_model",
    "fit_table",
    "inspect_table",
    "load_model",
    "load_table",
    "predict_file",
    "predict_table",
    "save_model",
    "search_table",
]

"""Splits, metrics, reference models, intervals and predictors with the rows they never saw."""

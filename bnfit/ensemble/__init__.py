"""Fitting a table: prepare, select, cross-fit, explain, assemble."""

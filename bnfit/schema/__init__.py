"""Ordered columns with their kinds, and the way from a table to the float64 matrix of the first layer."""

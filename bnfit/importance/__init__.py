"""γ beside the error with a column switched off."""

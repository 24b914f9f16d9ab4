"""Any file to a data frame, whole or in pieces, without a silent loss."""

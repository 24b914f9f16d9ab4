"""The options of the commands; how their values are read is in `bnfit.cli.parse`."""

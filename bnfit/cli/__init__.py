"""The command line: options, lazy imports, and the one place that turns errors into messages and exit codes."""

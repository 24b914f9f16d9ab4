"""The headings under which `--help` lists the options."""

READING, COLUMNS, NETWORK, TRAINING, OUTPUT = "Reading", "Columns", "Network", "Training", "Output"

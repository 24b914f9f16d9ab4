"""Which columns pay, and which carry nothing."""

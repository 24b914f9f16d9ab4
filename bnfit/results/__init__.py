"""Plain frozen values that the commands return and reports are made of."""

"""Training many small networks at once, in one compiled program."""

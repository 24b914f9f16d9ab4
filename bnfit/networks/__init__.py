"""An architecture, its layers in NumPy, members merged into one network, γ calibrated."""

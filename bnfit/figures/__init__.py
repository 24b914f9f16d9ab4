"""Results as figures: PNG, SVG or PDF by the file's ending. matplotlib is imported when something is drawn, not before.

check_plot(path, force)                 # before long work
write_plot(path, result, facts, force)  # after it
"""

from bnfit.figures.files import FORMATS, check_plot, draw, write_plot

__all__ = ["FORMATS", "check_plot", "draw", "write_plot"]

"""Results as figures: PNG, SVG or PDF by the file's ending. matplotlib is imported when something is drawn, not before.

check_plot(path, force)                 # before long work
write_plot(path, result, curves, out_of_fold, force=force)  # after it
"""

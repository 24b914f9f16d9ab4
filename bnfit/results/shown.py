"""What a report of importances shows on request."""

from __future__ import annotations

SHOWN = {
    "effects": "how the prediction changes along each column",
    "interactions": "which pairs of columns act together; needs a table",
    "bounds": "the most of the prediction's variance that a column can have a part in",
    "nodes": "the hidden nodes, each switched off, in normalised layers; needs a table",
    "compare": "scikit-learn's permutation importance and SHAP values beside; needs a table",
    "statistics": "the first layer's moving means and standard deviations",
}
"""By name, what it is."""

"""What a training says of itself."""

import pandas as pd
import pytest
from random_networks import table

from bnfit.ensemble.fit_table import fit_table


@pytest.mark.slow
def test_scales_that_ran_away_are_told(rng):
    x = table(rng, 60)
    frame = pd.DataFrame(x, columns=list("abcd")).assign(y=x[:, 0])
    settings = {"layers": 1, "units": 2, "epochs": 10, "folds": 2, "members": 2}
    report, _ = fit_table(frame, "y", learning_rate=1e6, **settings)
    assert any("the steps are too long; lower `learning_rate`" in text for text in report.explanation.warnings)
    report, _ = fit_table(frame, "y", **settings)
    assert not any("steps are too long" in text for text in report.explanation.warnings)

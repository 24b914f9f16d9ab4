"""A search goes on from a shorter one, and gives what it gives without that."""

import pandas as pd
import pytest

from bnfit.model.model import save_model
from bnfit.tuning.journal import Journal
from bnfit.tuning.search_table import search_table

pytestmark = pytest.mark.slow


@pytest.fixture
def search(rng, tmp_path):
    """Searches a small table with so many trials; returns the bytes of the model and how many jobs were spared."""
    x = rng.normal(size=(80, 3))
    frame = pd.DataFrame(x, columns=list("abc")).assign(y=x[:, 0] + x[:, 1] ** 2)
    how = {"folds": 3, "members": 3, "epochs": 6, "layers": (1, 2), "units": (2, 4), "activations": ("tanh", "relu")}

    def run(trials, name, strategy, **more):
        journal = Journal(tmp_path / f"{name}.journal")
        _, model = search_table(frame, "y", strategy=strategy, trials=trials, journal=journal, **how, **more)
        journal.close()
        path = tmp_path / f"{name}{trials}.keras"
        save_model(model, path, force=True)
        return path.read_bytes(), journal.found

    return run


@pytest.mark.parametrize("strategy", ["random", "halving"])
def test_more_trials_spare_the_first_and_end_with_the_same_bytes(search, strategy):
    first, _ = search(8, "one", strategy)
    longer, spared = search(16, "one", strategy)
    fresh, none = search(16, "other", strategy)
    assert spared > none + 1
    assert longer == fresh
    assert longer != first


def test_the_same_search_again_trains_nothing(search):
    first, _ = search(4, "one", "random")
    second, spared = search(4, "one", "random")
    _, again = search(4, "one", "random", budget=60.0)
    assert first == second
    assert spared > 0
    assert again > 0  # with a budget calls are shorter, so that only what fit trains is found

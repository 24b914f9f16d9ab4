"""`import bnfit` loads next to nothing; what it names is loaded when it is asked for, without log lines."""

import textwrap

import pytest
from command_line import python

import bnfit

HEAVY = ("numpy", "pandas", "tensorflow", "keras", "sklearn", "matplotlib", "pyarrow", "typer", "rich")


def run(code):
    """Run code in a process of its own, which starts as a user's does, and return what it prints."""
    done = python("-c", textwrap.dedent(code), check=True)
    return done.stdout, done.stderr


def test_import_loads_no_package():
    out, _ = run(f"import sys, bnfit; dir(bnfit); print([name for name in {HEAVY} if name in sys.modules])")
    assert out.strip() == "[]"


def test_reading_a_model_loads_no_tensorflow():
    out, _ = run("import sys, bnfit; bnfit.Model, bnfit.load_model; print('tensorflow' in sys.modules)")
    assert out.strip() == "False"


@pytest.mark.parametrize("name", bnfit.__all__)
def test_each_name_is_there_and_listed(name):
    assert name in dir(bnfit)
    assert getattr(bnfit, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'bnfit' has no attribute 'fti'"):
        bnfit.fti  # noqa: B018


@pytest.mark.slow
def test_training_writes_nothing_to_the_terminal():
    out, err = run("""
        import numpy as np
        import bnfit
        x = np.random.default_rng(0).normal(size=(40, 2))
        model = bnfit.fit(x, x[:, 0], layers=1, units=2, epochs=2, folds=2, members=2)
        assert len(model.predict(x)) == 40
    """)
    assert (out, err) == ("", "")

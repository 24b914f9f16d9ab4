"""The sample table: its script still makes it, and it looks like the patients of the paper's Table 2."""

import csv
import importlib.util
import statistics
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "sample_data"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_dialysis", FOLDER / "make_dialysis.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look their own module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def table():
    with (FOLDER / "dialysis.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_remaking_it_gives_the_same_file(script):
    assert script.to_csv(script.make_table()).encode() == (FOLDER / "dialysis.csv").read_bytes()


def test_another_seed_gives_other_patients(script):
    assert script.make_table(seed=script.SEED + 1) != script.make_table()


@pytest.mark.parametrize(
    ("column", "mean", "sd"),
    [("Upre", 149, 34), ("U120", 80, 23), ("Upos", 53, 17), ("PP", 73, 17), ("UF", 2.7, 1.2)],
)
def test_means_and_spreads_are_those_of_table_2(table, column, mean, sd):
    values = [float(row[column]) for row in table]
    assert statistics.mean(values) == pytest.approx(mean, rel=0.02)
    assert statistics.stdev(values) == pytest.approx(sd, rel=0.05)


def test_urea_rebounds_in_every_patient(table):
    assert len(table) == 120
    assert all(int(row["Ueq"]) >= int(row["Upos"]) for row in table)
    assert all(int(row["Upre"]) > int(row["U120"]) > int(row["Upos"]) for row in table)


def test_without_exchange_between_the_pools_there_is_more_rebound_to_come(script):
    patient = script.Patient(150, 70, 2.5, 40, 0.2, 0.6, 5, 0)
    walled = script.Patient(150, 70, 2.5, 40, 0.2, 0.2, 5, 0)
    _, end, rebound = script.simulate(patient)
    _, low_end, low_rebound = script.simulate(walled)
    assert low_end < end
    assert low_rebound / low_end > rebound / end > 1


def test_the_simulated_pools_lose_what_the_dialyser_takes(script):
    """With the barrier open and no generation the model is one pool: urea falls by about exp(-K t / V)."""
    patient = script.Patient(150, 70, 0.0, 40, 0.2, 50, 0, 0)
    _, end, _ = script.simulate(patient, steps_per_minute=16)
    assert end == pytest.approx(150 * 2.718281828 ** (-0.2 * 240 / 40), rel=0.01)

"""Rows that belong together: what is told of copies, of combinations that come again, of weights and of groups."""

import numpy as np
import pandas as pd
import pytest

from bnfit.ensemble.prepare import prepare
from bnfit.schema.types import SchemaOptions
from bnfit.table.source import Source

PEOPLE, VISITS = 20, 10


def notes_of(frame, **options):
    prepared = prepare(Source(frame), "y", SchemaOptions(**options))
    return (*prepared.warnings, *prepared.notes)


def told(notes, words):
    return [note for note in notes if words in note]


def patients(rng, people=PEOPLE, visits=VISITS):
    own = pd.DataFrame(rng.normal(size=(people, 3)).round(4), columns=["weight", "height", "dose"])
    rows = own.loc[np.repeat(np.arange(people), visits)].reset_index(drop=True)
    return rows.assign(hour=rng.normal(size=len(rows)), y=rng.normal(size=len(rows)))


@pytest.mark.parametrize(("people", "visits"), [(20, 10), (12, 4), (100, 2)])
def test_rows_of_one_person_are_told_by_what_they_share(rng, people, visits):
    notes = notes_of(patients(rng, people, visits))
    wanted = f"{people * visits} rows share {people} combinations of 'weight', 'height', 'dose'"
    assert told(notes, wanted)
    assert told(notes, "with `group`")


def test_a_stated_group_or_time_is_enough(rng):
    frame = patients(rng).assign(id=np.repeat(np.arange(PEOPLE), VISITS).astype(str), when=np.arange(PEOPLE * VISITS))
    assert not told(notes_of(frame, roles={"id": "group"}), "combinations")
    assert not told(notes_of(frame.drop(columns="id"), roles={"when": "time"}), "combinations")


def test_values_that_come_again_alone_are_not_told(rng):
    rows = 240
    celsius = rng.integers(100, 300, 24)[rng.integers(0, 24, rows)] / 10
    month = rng.integers(1, 13, rows)
    tables = {
        "chance": {"a": rng.integers(0, 40, rows) / 10, "b": rng.integers(0, 40, rows) / 10},
        "two units": {"celsius": celsius, "fahrenheit": (1.8 * celsius + 32).round(2)},
        "whole numbers": {"month": month, "quarter": (month + 2) // 3, "code": (7 * month) % 13},
        "few settings": {"a": rng.integers(0, 3, rows) / 4, "b": rng.integers(0, 3, rows) / 4},
    }
    for columns in tables.values():
        frame = pd.DataFrame({**columns, "z": rng.normal(size=rows), "y": rng.normal(size=rows)})
        assert not told(notes_of(frame), "combinations")


def test_copies_with_another_target_are_told(rng):
    frame = pd.DataFrame(rng.normal(size=(50, 3)), columns=["a", "b", "y"])
    changed = frame.head(4).assign(y=lambda rows: rows["y"] + 1)
    notes = notes_of(pd.concat([frame, changed, frame.tail(7)], ignore_index=True))
    assert told(notes, "4 of 61 rows have the inputs of another row and another target")
    assert told(notes, "7 of 61 rows are copies of others")
    assert not told(notes_of(frame), "of another row")


@pytest.mark.parametrize("name", ["patient", "Patient_ID", "customer", "household_no", "user name"])
def test_a_column_that_names_persons_is_proposed_as_the_group(rng, name):
    frame = pd.DataFrame({name: np.repeat([f"P{i}" for i in range(12)], 8), "x": rng.normal(size=96)})
    frame["y"] = rng.normal(size=96) + np.repeat(rng.normal(size=12), 8) * 3
    assert told(notes_of(frame), f"column '{name}' says whose the rows are")
    assert not told(notes_of(frame, roles={name: "group"}), "says whose")
    assert not told(notes_of(frame.rename(columns={name: "colour"})), "says whose")


def test_rows_without_a_group_are_counted(rng):
    ids = [*np.repeat(["a", "b", "c", "d"], 8), None, "", "NA"]
    frame = pd.DataFrame({"id": ids, "x": rng.normal(size=35), "y": rng.normal(size=35)})
    prepared = prepare(Source(frame), "y", SchemaOptions(roles={"id": "group"}))
    assert told(prepared.notes, "3 rows without a value of 'id' stay together as one group")
    assert len(np.unique(prepared.dataset.groups)) == 5
    assert not told(notes_of(frame.head(32), roles={"id": "group"}), "without a value")


def test_weights_that_few_rows_carry_are_told(rng):
    frame = pd.DataFrame(
        {"x": rng.normal(size=100), "y": rng.normal(size=100), "w": np.where(np.arange(100) < 5, 1000, 1)}
    )
    heavy = told(notes_of(frame, roles={"w": "weight"}), "rows of equal weight")
    effective = frame["w"].sum() ** 2 / (frame["w"] ** 2).sum()
    assert heavy == [f"weights: 100 rows tell as much as {effective:.3g} rows of equal weight would"]
    assert not told(notes_of(frame.assign(w=1 + np.arange(100) % 3), roles={"w": "weight"}), "rows of equal weight")

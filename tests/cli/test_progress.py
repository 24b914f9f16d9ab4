"""Progress on a terminal, the model that is saved before its columns are measured, and quiet runs."""

import re
import sys

import pytest
from command_line import exit_code
from documents import ROOT
from stand_in import Pipeline

import bnfit
from bnfit.api import load_table, predict_table
from bnfit.cli.progress_bar import Pace, clock_text
from bnfit.ensemble.fit_table import fit_table
from bnfit.errors import DataError
from bnfit.progress import Ticker, part
from bnfit.table.source import Source

sys.path.insert(0, str(ROOT / "benchmarks"))
from progress_truth import on_terminal

SAMPLE = ROOT / "sample_data" / "dialysis.csv"
SMALL = ("--layers", "1", "--units", "3", "--epochs", "5", "--members", "2", "--folds", "2")


class Clock:
    def __init__(self):
        self.time = 100.0

    def __call__(self):
        return self.time


def test_what_is_left_goes_by_the_estimate_at_first_and_then_by_the_pace():
    clock = Clock()
    pace = Pace(now=clock)
    assert pace.left() is None
    pace.tell(0.0, 20.0)
    clock.time += 4
    assert pace.left() == 16
    pace.tell(0.1, None)
    assert pace.left() == pytest.approx(36), "a tenth took 4 s"
    clock.time += 6
    assert pace.left() == pytest.approx(30)
    clock.time += 60
    assert pace.left() == 0


def test_nothing_is_said_to_be_left_where_nobody_knows():
    pace = Pace(now=Clock())
    pace.tell(0.0, None)
    assert pace.left() is None


@pytest.mark.parametrize(("seconds", "text"), [(6.6, "0:07"), (725, "12:05"), (3600, "1:00:00")])
def test_times_are_short(seconds, text):
    assert clock_text(seconds) == text


def test_a_part_keeps_its_place_in_the_whole_and_its_phase():
    told = []
    half = part(lambda share, phase="", seconds=None: told.append((share, phase, seconds)), 0.5, 1.0, "training")
    ticker = Ticker(part(half, 0.0, 0.5), 2, lambda done: "counted" if done == 2 else "")
    ticker.add(1)
    ticker.add(1)
    half(1.0, "saving", 9.0)
    assert told == [(0.625, "training", None), (0.75, "counted", None), (1.0, "saving", None)]
    assert part(None, 0.0, 1.0) is None


@pytest.fixture
def pipeline(monkeypatch, tmp_path):
    stand_in = Pipeline(Source(None, "a.csv"))
    for name, function in stand_in.installed().items():
        monkeypatch.setattr(name, function)
    monkeypatch.chdir(tmp_path)
    return stand_in


@pytest.mark.parametrize("command", ["fit", "search"])
def test_the_model_is_kept_where_what_follows_fails(pipeline, capsys, command):
    pipeline.fails[f"{command}_table"] = DataError("the columns cannot be measured")
    assert exit_code(command, "a b.csv", "--target", "Ueq") == 3
    assert pipeline.calls["save_model"][0] == ("unmeasured model", "model.keras", False, True)
    said = capsys.readouterr().err
    kept = "model.keras is kept, but its importances are not measured; next: bnfit explain model.keras 'a b.csv'"
    assert f"{kept}\n" in said


@pytest.mark.parametrize("command", ["fit", "search"])
def test_a_quiet_run_prints_its_report_alone(pipeline, capsys, command):
    assert exit_code(command, "a.csv", "--target", "Ueq", "-q") == 0
    out, err = capsys.readouterr()
    assert out.startswith("Ueq: off by")
    assert err == ""


@pytest.mark.slow
def test_the_model_that_is_kept_predicts_as_the_measured_one_does(tmp_path):

    table, kept, told = load_table(str(SAMPLE)), [], []
    _, model = fit_table(
        table,
        "Ueq",
        layers=1,
        units=3,
        epochs=5,
        members=2,
        folds=2,
        on_model=kept.append,
        on_progress=lambda share, phase="", seconds=None: told.append((share, phase, seconds)),
    )
    assert predict_table(kept[0], table)[0].equals(predict_table(model, table)[0])
    with pytest.raises(bnfit.ModelFileError, match="not measured"):
        kept[0].explanation()
    shares = [share for share, _, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    phases = [phase for _, phase, _ in told]
    assert list(dict.fromkeys(p.split()[0] for p in phases)) == ["loading", "compiling", "training", "measuring"]
    assert phases[-1] == "measuring columns 5/5"
    assert told[0][2] > 0


def shown_by(*words):
    """What a command shows on a terminal, piece by piece, without colours and movements."""
    return [ESCAPES.sub("", text) for _, text in on_terminal(*words)]


ESCAPES = re.compile("\x1b\\[[0-9;?]*[a-zA-Z]")


@pytest.mark.slow
def test_a_terminal_shows_each_phase_from_the_start(tmp_path):
    shown = shown_by("fit", str(SAMPLE), "--target", "Ueq", "-o", str(tmp_path / "m.keras"), *SMALL)
    text = "".join(shown)
    places = [text.index(phase) for phase in ("reading", "loading TensorFlow", "compiling", "training", "saving")]
    assert places == sorted(places)
    assert re.search(r"\d:\d\d left", text)
    quiet = shown_by("fit", str(SAMPLE), "--target", "Ueq", "-o", str(tmp_path / "q.keras"), "-q", *SMALL)
    assert quiet[0].lstrip().startswith("Ueq: ")

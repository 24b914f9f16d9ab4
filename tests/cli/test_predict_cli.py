"""`bnfit predict` as a command: streams, forms, files in place only when complete, signals and closed pipes."""

import csv
import io
import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from command_line import exit_code, python, shell, start_python
from random_models import model_of

from bnfit.api import predict_table
from bnfit.cli.streams import Screen
from bnfit.model.model import save_model

ROWS = 'id,x,z\n"a, b",1.5,10\nc,2.5,20\n'


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    return model_of(pd.DataFrame({"x": rng.normal(size=50), "z": 20 * rng.normal(size=50), "y": rng.normal(size=50)}))


@pytest.fixture(scope="module")
def saved(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "m.keras"
    save_model(model, path)
    return path


@pytest.fixture
def folder(saved, tmp_path, monkeypatch):
    """The current folder, with the model and a table of two rows."""
    (tmp_path / "m.keras").write_bytes(saved.read_bytes())
    (tmp_path / "new.csv").write_text(ROWS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    return tmp_path


@pytest.fixture
def bnfit(folder, capsys):
    def call(*words):
        return exit_code(*words), *capsys.readouterr()

    return call


QUIET = "Drift: none of 2 columns differs from training beyond chance\n"


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_to_stdout_goes_csv_alone(bnfit, model):
    code, out, err = bnfit("predict", "m.keras", "new.csv", "--keep", "id,z")
    rows = list(csv.DictReader(io.StringIO(out)))
    frame, _ = predict_table(model, pd.read_csv(io.StringIO(ROWS)))
    assert (code, out.splitlines()[0]) == (0, "id,z,prediction")
    assert [(row["id"], row["z"]) for row in rows] == [("a, b", "10"), ("c", "20")]
    assert [float(row["prediction"]) for row in rows] == frame["prediction"].tolist()
    assert err == f"2 rows predicted\n{QUIET}"


def test_predictions_chain_under_new_names(bnfit, folder):
    assert bnfit("predict", "m.keras", "new.csv", "--keep", "id,x,z", "-o", "one.csv")[0] == 0
    code, out, _ = bnfit("predict", "m.keras", "one.csv", "--keep", "id,prediction=first")
    assert (code, out.splitlines()[0]) == (0, "id,first,prediction")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["first"] for row in rows] == [row["prediction"] for row in rows]


def test_kept_cells_are_as_written(bnfit, folder):
    (folder / "raw.csv").write_text("id,n,x,z\nNA,1.50,1,2\nNone,007,3,4\n,1e3,5,6\n")
    code, out, _ = bnfit("predict", "m.keras", "raw.csv", "--keep", "id,n,x")
    assert code == 0
    assert [line.rpartition(",")[0] for line in out.splitlines()[1:]] == ["NA,1.50,1", "None,007,3", ",1e3,5"]
    document = json.loads(bnfit("predict", "m.keras", "raw.csv", "--keep", "id,n", "--json")[1])
    assert [(row["id"], row["n"]) for row in document["predictions"]] == [
        ("NA", "1.50"),
        ("None", "007"),
        (None, "1e3"),
    ]


def test_to_a_file_goes_csv_and_the_summary_to_stdout(bnfit, folder):
    code, out, err = bnfit("predict", "m.keras", "new.csv", "-o", "p q.csv")
    assert (code, out, err) == (0, f"2 rows predicted\n{QUIET}", "wrote 'p q.csv'\n")
    assert (folder / "p q.csv").read_text() == bnfit("predict", "m.keras", "new.csv")[1]
    code, out, err = bnfit("predict", "m.keras", "new.csv", "-o", "p q.csv")
    assert (code, out) == (2, "")
    assert err.splitlines()[0] == "bnfit: error: 'p q.csv' exists"
    assert bnfit("predict", "m.keras", "new.csv", "-o", "p q.csv", "--force")[0] == 0


def test_one_document_has_the_numbers_of_the_csv(bnfit):
    written = [float(line) for line in bnfit("predict", "m.keras", "new.csv")[1].split()[1:]]
    code, out, _ = bnfit("predict", "m.keras", "new.csv", "--keep", "id", "--json")
    document = json.loads(out)
    assert (code, document["rows"], document["rejected"], document["metrics"]) == (0, 2, 0, {})
    assert document["predictions"] == [
        {"id": "a, b", "prediction": written[0]},
        {"id": "c", "prediction": written[1]},
    ]
    document = json.loads(bnfit("predict", "m.keras", "new.csv", "-o", "p.csv", "--json")[1])
    assert document["output"] == "p.csv"
    assert "predictions" not in document
    assert bnfit("predict", "m.keras", "new.csv", "--md", "--keep", "id")[1].endswith(f"| c | {written[1]} |\n")


def test_errors_are_measured_where_the_target_is_there(bnfit, folder):
    (folder / "with.csv").write_text("z,y,x\n10,1.5,1\n20,,2\n30,2.5,3\n")
    document = json.loads(bnfit("predict", "m.keras", "with.csv", "--json")[1])
    said = [row["prediction"] for row in document["predictions"]]
    assert document["metrics"]["mae"] == pytest.approx((abs(said[0] - 1.5) + abs(said[2] - 2.5)) / 2, rel=1e-5)


def test_what_is_known_of_the_file_reaches_the_reader(bnfit, folder):
    (folder / "odd.csv").write_bytes("id~x~z\nä~1.5~10\nb~?!~20\nc~1\nd~1\n".encode("latin-1"))
    words = [
        "--csv",
        "delimiter=~",
        "--csv",
        "header=yes",
        "--csv",
        "encoding=latin-1",
        "--na",
        "?!",
        "--max-bad-rows",
        "0.5",
    ]
    code, out, err = bnfit("predict", "m.keras", "odd.csv", "--keep", "id", *words)
    assert (code, [line.split(",")[0] for line in out.splitlines()]) == (0, ["id", "ä", "b"])
    assert err.startswith("2 rows predicted, 2 rows rejected\n")
    assert "empty cells of 'x', read as the mean: 1" in err
    assert json.loads(bnfit("predict", "m.keras", "odd.csv", "--json", *words)[1])["rows"] == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--csv", "delimiter=::"], 2, "--csv delimiter takes one character, not '::'"),
        (["-o", "there.csv"], 2, "'there.csv' exists"),
        (["-o", "p.xlsx"], 2, "cannot write 'p.xlsx': no tables are written as .xlsx"),
        (["-o", "nowhere/p.csv"], 2, "cannot write 'nowhere/p.csv': there is no folder 'nowhere'"),
        (["-o", "."], 2, "'.' is a folder"),
        (["--keep", "idd"], 2, "column 'idd' not found in new.csv; did you mean 'id'?"),
        (["--json", "--md"], 2, "--json and --md exclude each other"),
    ],
)
def test_what_cannot_be_written_is_said_before_any_work(bnfit, folder, words, code, said):
    (folder / "there.csv").write_text("mine")
    before = content(folder)
    got, out, err = bnfit("predict", "m.keras", "new.csv", *words)
    assert (got, out) == (code, "")
    assert err.startswith(f"bnfit: error: {said}")
    assert len(err.splitlines()) <= 2
    assert content(folder) == before


def start(folder, *words, **pipes):
    return start_python("-m", "bnfit", "predict", "m.keras", *words, cwd=folder, **pipes)


def leave(running):
    """Close the process' stdin, though it may have stopped reading."""
    with suppress(BrokenPipeError):
        running.stdin.close()
    running.stdin = None


def wait_for(found, seconds=20):
    until = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_signals_leave_nothing_behind(folder, number, code, said):
    before = content(folder)
    with start(folder, "-", "-o", "out.csv", stdin=subprocess.PIPE) as running:
        running.stdin.write("x,z\n" + "1,2\n" * 700_000)
        running.stdin.flush()
        wait_for(lambda: any(path.suffix == ".tmp" and path.stat().st_size for path in folder.iterdir()))
        running.send_signal(number)
        assert running.wait(timeout=10) == code
        assert running.stderr.read() == f"bnfit: error: {said}\n"
        leave(running)
    assert content(folder) == before


def test_an_error_does_not_wait_for_the_rest_of_stdin(folder):
    with start(folder, "-", "-o", "out.csv", "--max-bad-rows", "0", stdin=subprocess.PIPE) as running:
        with suppress(BrokenPipeError):
            running.stdin.write("x,z\n" + "1,2\n" * 300_000 + "1,oops\n" + "1,2\n" * 500_000)
            running.stdin.flush()
        assert running.wait(timeout=20) == 3
        assert "'oops' in line 300002 of <stdin>" in running.stderr.read()
        leave(running)
    assert not (folder / "out.csv").exists()


def test_rows_come_out_while_others_still_go_in(folder):
    seen = threading.Event()

    def feed(stdin):
        stdin.write("x,z\n" + "1,2\n" * 700_000)
        stdin.flush()
        seen.wait(20)
        stdin.write("3,4\n" * 5)
        stdin.close()

    with start(folder, "-", stdin=subprocess.PIPE) as running:
        threading.Thread(target=feed, args=(running.stdin,), daemon=True).start()
        running.stdin = None
        assert running.stdout.readline() == "prediction\n"
        first = running.stdout.readline()
        seen.set()
        rest = running.stdout.read().splitlines()
        assert running.wait(timeout=20) == 0
    assert set(rest[:-5]) == {first.strip()}
    assert len(rest) == 700_004


def test_a_closed_pipe_ends_quietly(folder):
    (folder / "many.csv").write_text("x,z\n" + "1,2\n" * 200_000)
    line = f"set -o pipefail; {sys.executable} -m bnfit predict m.keras many.csv | head -1"
    done = shell(line)
    assert (done.stdout, done.returncode, done.stderr) == ("prediction\n", 141, "")


CLOSED = "bnfit: error: standard output is closed\n  send it to a file, or to /dev/null if nobody reads it\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("> /dev/full", 3, "bnfit: error: No space left on device\n"),
        (">&-", 2, CLOSED),
        ("-o - >&-", 2, CLOSED),
        ("-o p.csv > /dev/full", 3, "bnfit: error: No space left on device\n"),
        ("-o p.csv >&-", 0, "wrote p.csv\n"),
        ("--output=q.csv >&-", 0, "wrote q.csv\n"),
    ],
)
def test_a_full_or_closed_stdout(folder, words, code, said):
    line = f"{sys.executable} -m bnfit predict m.keras new.csv {words}"
    done = shell(line)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", said)


def test_tensorflow_is_not_loaded_and_progress_is_for_terminals_only(folder):
    code = (
        "import sys\nsys.argv = ['bnfit', 'predict', 'm.keras', 'new.csv', '-o', 'p.csv']\n"
        "from bnfit.__main__ import main\ntry:\n    main()\n"
        "finally:\n    print(*({'tensorflow', 'keras', 'jax', 'torch'} & {*sys.modules}), file=sys.stderr)"
    )
    done = python("-c", code)
    assert (done.returncode, done.stderr) == (0, "wrote p.csv\n\n")


def test_a_terminal_gets_no_control_characters_from_cells():
    terminal = io.BytesIO()
    screen = Screen(terminal)
    text = "id\tprediction\na\x1b[31mred\x1b]0;title\x07\x9b,ü,1\n\x00\x08end\n"
    for byte in text.encode():
        assert screen.write(bytes([byte])) == 1
    lone = "\N{REPLACEMENT CHARACTER}"
    assert (
        terminal.getvalue().decode()
        == f"id\tprediction\na{lone}[31mred{lone}]0;title{lone}{lone},ü,1\n{lone}{lone}end\n"
    )

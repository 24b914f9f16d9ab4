"""Whatever fails or ends a run, nothing is half-written, and what was interrupted goes on to the same bytes."""

import os
import random
import signal
import time
from pathlib import Path

import pytest
from command_line import ENVIRONMENT, bnfit, python, start_python

DRIVER = Path(__file__).parents[1] / "fault_driver.py"
TABLE = Path(__file__).parents[2] / "sample_data" / "dialysis.csv"
SMALL = ("--folds", "2", "--epochs", "2")
COMMANDS = {
    "fit": ("fit", "t.csv", "--target", "Ueq", "-o", "m.keras", "--members", "2", *SMALL),
    "search": (
        *("search", "t.csv", "--target", "Ueq", "-o", "m.keras", "--members", "2", *SMALL),
        *("--layers", "1,2", "--units", "2,3", "--activation", "tanh"),
    ),
    "study": (
        *("study", "t.csv", "--target", "Ueq", "-o", "out", "--folds", "2", "--repeats", "1"),
        *("--layers", "1", "--units", "2,3", "--activation", "tanh"),
    ),
    "predict": ("predict", "f.keras", "t.csv", "-o", "p.csv"),
}
RESULTS = {"fit": "m.keras", "search": "m.keras", "study": "out", "predict": "p.csv"}
ROWS = len(TABLE.read_text().splitlines()) - 1
EXITS = 0, 2, 3
SAID = 4
"""Lines on stderr of a run that failed, at most: what is trained, what is kept, the error and its hint."""

pytestmark = pytest.mark.slow


class Folder:
    """A folder with a table, a model and the command that writes a result there."""

    def __init__(self, path, model, command):
        self.path, self.command = path, command
        (path / "t.csv").write_bytes(TABLE.read_bytes())
        (path / "f.keras").write_bytes(model)

    def run(self, what="count", number=0):
        """Run the command with a fault; return its exit code, what it said, and the operations up to then."""
        log = self.path.with_suffix(".log")
        log.unlink(missing_ok=True)
        done = python(DRIVER, log, what, number, *COMMANDS[self.command], timeout=300, cwd=self.path)
        return done.returncode, done.stderr, log.read_text().splitlines()

    def result(self):
        """The bytes of the result's files; None without it. A study's report and figures tell the time it took."""
        path = self.path / RESULTS[self.command]
        if path.is_dir():
            return {p.name: p.read_bytes() for p in sorted(path.iterdir()) if p.suffix == ".csv"}
        return path.read_bytes() if path.exists() else None

    def others(self):
        """Names of files that are neither the inputs nor the result."""
        known = {"t.csv", "f.keras", RESULTS[self.command]}
        return sorted(entry.name for entry in self.path.iterdir() if entry.name not in known)

    def age(self):
        """Let all files be older than those of a run that may still go on."""
        for path in self.path.iterdir():
            os.utime(path, (time.time() - 3600,) * 2, follow_symlinks=False)


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """The bytes of a fitted model."""
    path = tmp_path_factory.mktemp("fitted")
    done = bnfit("fit", TABLE, "--target", "Ueq", "-o", path / "f.keras", "--members", "2", *SMALL)
    assert done.returncode == 0, done.stderr
    return (path / "f.keras").read_bytes()


@pytest.fixture(scope="session")
def reference(tmp_path_factory, model):
    """For each command the result and the operations of a run without a fault."""
    found = {}

    def of(command):
        if command not in found:
            folder = Folder(tmp_path_factory.mktemp(command), model, command)
            code, said, operations = folder.run()
            assert (code, folder.others()) == (0, []), said
            found[command] = folder.result(), operations
        return found[command]

    return of


@pytest.fixture
def folder(tmp_path, model):
    """Makes the folder of a command and a number."""

    def make(command, number=0):
        path = tmp_path / f"{command}{number}"
        path.mkdir()
        return Folder(path, model, command)

    return make


def finish(folder, expected):
    """Run the command again after an interrupt: it ends with the expected result and leaves nothing else."""
    folder.age()
    found = folder.result()
    if found is not None and folder.command == "fit":  # whole, though perhaps not measured yet
        done = bnfit("predict", "m.keras", "t.csv", cwd=folder.path)
        assert (done.returncode, len(done.stdout.splitlines())) == (0, ROWS + 1)
        return
    if found is not None and folder.command != "search":
        assert found == expected
        return
    code, said, _ = folder.run()
    whole = code == 2 and "exists" in said  # killed between the last write and the end
    assert code == 0 or whole, said
    assert folder.result() == expected
    assert [name for name in folder.others() if not whole or not name.endswith(".journal")] == []


def survive_kill(folder, number, expected):
    code, said, _ = folder.run("kill", number)
    assert code == -signal.SIGKILL, said
    assert len(folder.others()) <= 2  # a temporary file and the journal
    finish(folder, expected)


def survive_fault(folder, what, number, expected):
    code, said, operations = folder.run(what, number)
    assert code in EXITS, said
    assert "Traceback" not in said
    assert len(said.splitlines()) <= SAID, said
    if what != "fail" or not operations[-1].startswith("os.remove"):  # what cannot be removed stays
        assert [name for name in folder.others() if not name.endswith(".journal")] == []
    finish(folder, expected)


def points(operations, most):
    """Numbers of operations, evenly over all that there are."""
    count = len(operations)
    return sorted({1 + k * count // min(most, count) for k in range(min(most, count))})


def test_the_driver_fails_what_it_says(folder, reference):
    _, operations = reference("predict")
    assert {name.split()[0] for name in operations} >= {"open", "fsync", "os.link"}
    code, said, _ = folder("predict").run("full", 1)
    assert (code, "no space left on device" in said) == (3, True)


@pytest.mark.parametrize("most", [3, pytest.param(100, marks=pytest.mark.torture)])
def test_predict_survives_a_fault_at_any_operation(folder, reference, tally, most):
    expected, operations = reference("predict")
    for number in points(operations, most):
        for what in ("fail", "full"):
            survive_fault(folder("predict", f"{what}{number}"), what, number, expected)
            tally("faults injected")
        survive_kill(folder("predict", f"kill{number}"), number, expected)
        tally("kill points survived")


@pytest.mark.parametrize(("command", "share"), [("search", 0.5), ("study", 0.3)])
def test_a_killed_run_goes_on_to_the_same_bytes(folder, reference, tally, command, share):
    expected, operations = reference(command)
    survive_kill(folder(command), int(share * len(operations)), expected)
    tally("kill points survived")


@pytest.mark.parametrize("command", ["search"])
def test_a_full_disk_is_told_and_leaves_nothing(folder, reference, tally, command):
    expected, operations = reference(command)
    survive_fault(folder(command), "full", len(operations) // 2, expected)
    tally("faults injected")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_search_says_what_it_keeps_and_goes_on(folder, reference, number):
    expected, _ = reference("search")
    place = folder("search")
    journal = place.path / "m.keras.journal"
    with start_python("-m", "bnfit", *COMMANDS["search"], cwd=place.path) as running:
        deadline = time.monotonic() + 100
        while (not journal.exists() or b'"key"' not in journal.read_bytes()) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)  # until it is on record, while the next network compiles
        running.send_signal(number)
        _, said = running.communicate(timeout=30)
    code = 128 + number
    if running.returncode == 0:
        pytest.skip("the search was done before the signal came")
    assert running.returncode == code
    assert "m.keras.journal keeps " in said
    assert "the same command goes on from there" in said
    done = bnfit(*COMMANDS["search"], cwd=place.path, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    assert "going on from m.keras.journal: " in done.stderr
    assert "best so far: " in done.stderr
    assert place.result() == expected
    assert place.others() == []


def test_other_options_are_named_and_restart_begins_anew(folder, reference):
    expected, operations = reference("search")
    place = folder("search")
    place.run("kill", len(operations) // 2)
    words = list(COMMANDS["search"])
    words[words.index("2,3")] = "2,4"
    done = bnfit(*words, cwd=place.path)
    assert done.returncode == 2
    assert "keeps an interrupted run that differs in --units ((2, 3) then, (2, 4) now)" in done.stderr
    (place.path / "t.csv").write_bytes(TABLE.read_bytes().replace(b"58", b"59", 1))
    done = bnfit(*COMMANDS["search"], cwd=place.path)
    assert (done.returncode, "differs in the table" in done.stderr) == (2, True)
    (place.path / "t.csv").write_bytes(TABLE.read_bytes())
    done = bnfit(*COMMANDS["search"], "--restart", cwd=place.path)
    assert (done.returncode, "going on" in done.stderr) == (0, False)
    assert place.result() == expected


@pytest.mark.torture
@pytest.mark.parametrize("command", ["fit", "search", "study"])
def test_every_kill_point(folder, reference, tally, command):
    expected, operations = reference(command)
    for number in range(1, len(operations) + 1):
        survive_kill(folder(command, number), number, expected)
        tally("kill points survived")


@pytest.mark.torture
@pytest.mark.parametrize("what", ["fail", "full"])
@pytest.mark.parametrize("command", ["fit", "search", "study"])
def test_every_fault(folder, reference, tally, command, what):
    expected, operations = reference(command)
    for number in range(1, len(operations) + 1):
        survive_fault(folder(command, number), what, number, expected)
        tally("faults injected")


@pytest.mark.torture
@pytest.mark.parametrize("command", list(COMMANDS))
def test_random_kills(folder, reference, tally, command):
    expected, _ = reference(command)
    draws = random.Random(command)
    began = time.monotonic()
    assert folder(command, "timed").run()[0] == 0
    takes = time.monotonic() - began
    for number in range(50):
        place = folder(command, number)
        with start_python("-m", "bnfit", *COMMANDS[command], cwd=place.path) as running:
            time.sleep(draws.uniform(0, takes))
            running.kill()
            running.communicate()
        finish(place, expected)
        tally("kill points survived")

"""Under a limit of memory a command ends as it should, or says so; nothing is half-written, and no library crashes."""

import resource
from pathlib import Path

import numpy as np
import pytest
from command_line import bnfit

TABLE = Path(__file__).parents[2] / "sample_data" / "dialysis.csv"
SMALL = ("--members", "2", "--folds", "2", "--epochs", "2", "--quiet")
ENOUGH = 8.0
"""GB with which all of them do."""

pytestmark = pytest.mark.slow


def limited(gigabytes, *words, cwd):
    size = int(gigabytes * (1 << 30))
    return bnfit(*words, cwd=cwd, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)))


def survive(gigabytes, words, output, expected):
    done = limited(gigabytes, *words, cwd=output.parent)
    assert done.returncode in (0, 3), (gigabytes, done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    if done.returncode:
        assert len(done.stderr.splitlines()) <= 3
        assert "memory" in done.stderr or "address space" in done.stderr
        assert not output.exists()
    else:
        assert output.read_bytes() == expected
        output.unlink()
    assert sorted(path.name for path in output.parent.iterdir()) == ["f.keras", "t.csv"]
    return done.returncode


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("limited")
    (folder / "t.csv").write_bytes(TABLE.read_bytes())
    done = limited(ENOUGH, "fit", "t.csv", "--target", "Ueq", "-o", "f.keras", *SMALL, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


COMMANDS = {
    "predict": (("predict", "f.keras", "t.csv", "-o", "out.csv"), "out.csv", np.linspace(0.2, 2.0, 10)),
    "fit": (("fit", "t.csv", "--target", "Ueq", "-o", "out.keras", *SMALL), "out.keras", np.linspace(0.5, 7.25, 10)),
}


@pytest.mark.parametrize(
    ("command", "steps"),
    [("predict", 10), ("fit", 3), pytest.param("fit", 10, marks=pytest.mark.torture)],
)
def test_memory_limits(folder, tally, command, steps):
    words, name, sizes = COMMANDS[command]
    output = folder / name
    assert limited(ENOUGH, *words, cwd=folder).returncode == 0
    expected = output.read_bytes()
    output.unlink()
    codes = [survive(size, words, output, expected) for size in sizes[:: len(sizes) // steps]]
    assert codes[0] == 3
    tally("memory limits survived", len(codes))


def test_help_takes_little(tmp_path):
    assert limited(0.3, "--help", cwd=tmp_path).returncode == 0

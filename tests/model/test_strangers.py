"""Files that a stranger might send: each is refused in two lines, soon, in little memory, and does nothing else."""

import json
import os
import shutil
import socket
from pathlib import Path

import pytest
from command_line import ENVIRONMENT, ROOT, bnfit, python
from hostile_models import hostile_models

SECONDS, MEGABYTES, LEAST = 2.0, 500, 150
REAL = ("cve_2025_1550_function", "cve_2026_1669_external", "bomb_8", "json_deep", "many_layers", "hdf5_circle")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with all files, a table, and a canary that none may touch; and the names of the files."""
    folder = tmp_path_factory.mktemp("strangers")
    names = list(hostile_models(folder))
    (folder / "t.csv").write_text("a,b,c\n1,2,3\n")
    (folder / "canary").write_bytes(bytes(48))
    return folder, names


def read(folder, names):
    """Let bnfit read the files in one process; return what is said of each, and of the process."""
    env = {**ENVIRONMENT, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    reader = ROOT / "tests" / "hostile_reader.py"
    done = python(reader, cwd=folder, env=env, input="".join(f"{name}\n" for name in names), timeout=300)
    assert done.returncode == 0, done.stderr
    *found, process = map(json.loads, done.stdout.splitlines())
    return found, process


def test_every_file_is_refused_and_does_nothing(files, tally):
    folder, names = files
    before = sorted(path.name for path in folder.iterdir())
    found, process = read(folder, names)
    assert [one["name"] for one in found] == names
    for one in found:
        assert one["code"] == 3, one
        assert len(one["said"].splitlines()) <= 2, one
        assert one["name"] in one["said"], one
        assert one["said"].replace("\n", "").isprintable(), one
        assert one["seconds"] <= SECONDS, one
        assert one["did"] == [], one
        tally("hostile files refused")
    assert len(names) >= LEAST
    assert process["megabytes"] <= MEGABYTES
    assert process["loaded"] == []
    assert (folder / "canary").read_bytes() == bytes(48)
    assert sorted(path.name for path in folder.iterdir()) == before


def test_the_reader_sees_what_a_file_does(files):
    """The valid file is read, and the watch notices a file outside that is opened."""
    folder, _ = files
    found, _ = read(folder, ["valid.keras"])
    assert found[0]["code"] == 0, found
    link = folder / "outside.keras"
    link.symlink_to(shutil.copy(folder / "valid.keras", folder.parent / "elsewhere.keras"))
    found, _ = read(folder, ["outside.keras"])
    link.unlink()
    assert found[0]["did"] == [f"open {folder.parent / 'elsewhere.keras'}"]


@pytest.mark.parametrize("command", ["predict", "explain", "export"])
def test_the_real_commands_refuse_them_too(files, tally, command):
    folder, names = files
    words = {"predict": ("t.csv",), "explain": (), "export": ("-o", "m.onnx")}[command]
    for name in (name for name in names if any(what in name for what in REAL)):
        done = bnfit(command, name, *words, cwd=folder, timeout=60)
        assert (done.returncode, done.stdout) == (3, ""), (name, done.stderr)
        assert len(done.stderr.splitlines()) <= 2
        tally("hostile files refused")
    assert not Path(folder, "m.onnx").exists()


def test_no_file_reaches_for_the_network(files, monkeypatch):
    """In this process too, where a socket would be an error."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    from bnfit.errors import ModelFileError
    from bnfit.model.model import load_model

    folder, names = files
    for name in (name for name in names if "cve" in name):
        with pytest.raises(ModelFileError):
            load_model(folder / name)

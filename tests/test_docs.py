"""README and docs: their commands and Python run, they show what is printed, and all is documented and linked."""

import dataclasses
import importlib
import importlib.util
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from documents import (
    ALL_DOCUMENTS,
    DOCUMENTS,
    ROOT,
    blocks,
    commands,
    first_difference,
    make_folder,
    make_models,
    run_command,
    session,
)
from typer.main import get_command

from bnfit.cli.app import app
from bnfit.cli.errors import INTERRUPTED, PIPE_CLOSED, TERMINATED, UNEXPECTED
from bnfit.ensemble.base_learners import ACTIVATION, ARM, RESTARTS
from bnfit.ensemble.division import FEWER_MEMBERS, FOLDS, MANY_ROWS, MEMBERS
from bnfit.errors import BnfitError, GateFailed, UsageError
from bnfit.networks.architecture import ACTIVATIONS, ARMS, OUTPUT_ACTIVATIONS
from bnfit.networks.hidden_norms import PLAIN_NORMS
from bnfit.population.recipe import RECIPES
from bnfit.results.explanation import Confusion, Importance
from bnfit.results.search import Curve, LeaderboardRow
from bnfit.results.table import ColumnReport, SchemaReport
from bnfit.tuning.space import PAPER_GRID
from bnfit.tuning.strategy import TRIALS

TEXT = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in ALL_DOCUMENTS}
PROSE = {name: re.sub(r"```.*?```", "", text, flags=re.DOTALL) for name, text in TEXT.items()}
"""Without fenced blocks, whose commands run."""
COMMANDS = get_command(app).commands
OPTIONS = [
    (name, option)
    for name, command in COMMANDS.items()
    for parameter in command.params
    for option in (*parameter.opts, *parameter.secondary_opts)
    if option.startswith("--") and option != "--help"
]
SHELL = [(block, command) for block in blocks("sh", documents=ALL_DOCUMENTS) for command in commands(block)]
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
LINKS = [
    (name, link) for name, text in PROSE.items() for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link
]


def section(document, title):
    """The part of a document under a heading, down to the next heading of its own or a higher level."""
    found = re.search(rf"^(#+) {re.escape(title)}$(.*?)(?=^#{{1,2}} |\Z|^### )", TEXT[document], re.M | re.S)
    assert found, f"{document} has no heading '{title}'"
    return found.group(2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("documents")
    make_folder(path)
    make_models(path)
    return path


@pytest.fixture
def copy(folder, tmp_path):
    """The folder anew, so that no block depends on another."""
    return Path(shutil.copytree(folder, tmp_path / "copy", symlinks=True))


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_bytes()) <= 10_000


def test_a_checkouts_two_commands_stand_in_the_first_screen():
    first = "\n".join(TEXT["README.md"].splitlines()[:30])
    assert "make demo" in first
    assert "make test" in first


@pytest.mark.parametrize("document", sorted({block.document for block in blocks("console")}))
def test_what_a_document_shows_is_what_is_printed(document, copy):
    for file in ("model.keras", "new.csv"):
        (copy / file).unlink()
    steps = [step for block in blocks("console", documents=[ROOT / document]) for step in session(block)]
    for command, expected in steps:
        found = [line.rstrip() for line in run_command(command, copy).splitlines()]
        difference = first_difference(expected, found)
        assert difference is None, f"$ {command}\n{difference}\n\nall that was printed:\n" + "\n".join(found)


def test_outputs_that_differ_are_told_apart():
    shown = ["Upos  15.25 ± 1.42  1", "120 rows, 3.2 s"]
    assert first_difference(shown, ["Upos 15.30 ±  1.40  1", "120 rows, 9.9 s"]) is None
    assert first_difference(shown, ["Upos  15.25 ± 1.42  2", "120 rows, 3.2 s"]).startswith("expected: Upos")
    assert first_difference(shown, ["Upre  15.25 ± 1.42  1", "120 rows, 3.2 s"]) is not None
    assert first_difference(shown, [*shown, "more"]) == "expected: \nfound:    more"
    assert first_difference(shown, shown[:1]) is not None
    assert first_difference([], ["more"]) is not None


@pytest.mark.parametrize(("block", "command"), SHELL, ids=lambda value: str(value)[:70])
def test_each_command_of_a_document_runs(block, command, copy):
    """Trainings only as far as their table and options; what builds and measures the project is only looked up."""
    words = shlex.split(command)
    if words[0] == "bnfit":
        runs(words, copy)
    elif words[0] == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
        assert {word for word in words[1:] if "=" not in word} <= set(targets)
    else:
        assert words[0] in ("dask", "pip", "python", "unzip") or words[0].startswith(".venv/bin/")
        files = [word for word in words if re.fullmatch(r"[\w./]+\.py", word)]
        assert all((ROOT / file).exists() for file in files), files


def runs(words, folder):
    words = words[: words.index("|")] if "|" in words else words
    if "compare" in words and not all(map(importlib.util.find_spec, ("sklearn", "shap"))):
        pytest.skip("scikit-learn and shap are not installed")
    if words[1] == "study":
        COMMANDS["study"].make_context("study", words[2:])
        return
    dry = ["--dry-run"] if words[1] in ("fit", "search") and "--dry-run" not in words else []
    assert run_command(shlex.join([*words, *dry]), folder) is not None


@pytest.mark.slow
@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_the_python_of_a_document_runs(block, copy, monkeypatch):
    monkeypatch.chdir(copy)
    exec(compile(block.text, str(block), "exec"), {})


@pytest.mark.parametrize(("document", "link"), LINKS)
def test_each_link_leads_somewhere(document, link):
    path, _, heading = link.partition("#")
    target = (ROOT / document).parent / path if path else ROOT / document
    assert target.exists(), link
    if heading:
        titles = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.M)
        assert heading in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_each_document_is_linked_from_the_readme():
    linked = {link.partition("#")[0] for document, link in LINKS if document == "README.md"}
    assert {str(path.relative_to(ROOT)) for path in DOCUMENTS[1:]} <= linked


def test_the_architecture_names_what_there_is():
    rows = re.findall(r"^\| [^|]+ \| (`[^|]+) \| (`[^|]+) \|", TEXT["docs/architecture.md"], re.M)
    assert len(rows) > 15
    for modules, names in rows:
        found, package = set(), ""
        for name in re.findall(r"`([\w.]+)`", modules):
            package, _, module = (package + name if name.startswith(".") else name).rpartition(".")
            found |= set(vars(importlib.import_module(f"bnfit.{package}.{module}")))
        assert set(re.findall(r"`(\w+)`", names)) <= found


def test_each_file_that_a_document_names_exists():
    for document in ("docs/architecture.md", "CONTRIBUTING.md"):
        files = re.findall(r"`((?:\w+/)+\w+\.\w+)`", TEXT[document])
        assert len(files) > 2
        assert [file for file in files if not (ROOT / file).exists() and not (ROOT / "bnfit" / file).exists()] == []


def test_there_are_commands_to_document():
    assert set(COMMANDS) == {"search", "fit", "explain", "predict", "export", "study", "help"}
    assert ("search", "--top") in OPTIONS


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_a_section_with_an_example(command):
    assert f"bnfit {command} " in section("docs/cli.md", f"bnfit {command}")


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_each_option_is_documented_with_its_command(command, option):
    assert option in set(FLAG.findall(section("docs/cli.md", f"bnfit {command}")))


def test_no_document_names_an_option_that_does_not_exist():
    known = {option for _, option in OPTIONS} | {"--help", "--install-completion"}
    for name in (str(path.relative_to(ROOT)) for path in DOCUMENTS):
        assert set(FLAG.findall(PROSE[name])) <= known


@pytest.mark.parametrize("name", [*ARMS, *PLAIN_NORMS])
def test_each_way_of_normalising_is_described(name):
    assert re.search(rf"^\| `{re.escape(name)}` \|", TEXT["docs/search.md"], re.M)


@pytest.mark.parametrize("name", [*ACTIVATIONS, *OUTPUT_ACTIVATIONS, *RECIPES])
def test_each_choice_is_documented(name):
    assert re.search(rf"\b{name}\b", TEXT["docs/cli.md"])


ERRORS = (GateFailed, UsageError, BnfitError)


@pytest.mark.parametrize(
    "code", [0, *(error.exit_code for error in ERRORS), UNEXPECTED, INTERRUPTED, PIPE_CLOSED, TERMINATED]
)
def test_each_exit_code_is_documented(code):
    assert re.search(rf"^\| {code} +\|", section("docs/systems.md", "Exit codes"), re.M)


@pytest.mark.parametrize(
    "field",
    [
        f.name
        for kind in (Importance, LeaderboardRow, Curve, ColumnReport, SchemaReport, Confusion)
        for f in dataclasses.fields(kind)
    ],
)
def test_each_json_key_is_documented(field):
    assert f"`{field}`" in TEXT["docs/json.md"]


def test_the_defaults_of_fit_are_those_of_the_pipeline():
    wanted = {"activation": ACTIVATION, "arm": ARM, "folds": FOLDS}
    shown = {parameter.name: parameter.show_default for parameter in COMMANDS["fit"].params}
    assert {name: shown[name] for name in wanted} == {name: str(value) for name, value in wanted.items()}
    assert shown["members"].startswith(f"{MEMBERS}, above {MANY_ROWS:,} rows {FEWER_MEMBERS};")
    recipe = TEXT["docs/recipe.md"]
    assert f"after {RESTARTS[0]:.0%}".replace("%", " %") in recipe
    assert f"there are {MEMBERS} members over the folds, {FEWER_MEMBERS} above {MANY_ROWS:,} rows" in " ".join(
        recipe.split()
    )


def test_the_defaults_of_search_are_those_of_the_pipeline():
    shown = {parameter.name: parameter.show_default for parameter in COMMANDS["search"].params}
    assert (shown["folds"], shown["trials"]) == (str(FOLDS), str(TRIALS))
    for option, values in {
        "layers": PAPER_GRID.layers,
        "units": PAPER_GRID.units,
        "activation": PAPER_GRID.activations,
        "output_activation": PAPER_GRID.output_activations,
        "arm": PAPER_GRID.arms,
    }.items():
        assert shown[option] == ",".join(map(str, values))


def test_the_demo_gives_options_that_its_commands_have():
    calls = re.findall(r"^\t\$\(BIN\)/bnfit (\w+)(.*)$", (ROOT / "Makefile").read_text(), re.M)
    assert [command for command, _ in calls] == ["search", "explain"]
    for command, words in calls:
        known = {option for parameter in get_command(app).commands[command].params for option in parameter.opts}
        assert set(re.findall(r"--[\w-]+", words)) <= known


def test_the_experiments_state_their_time_and_take_ten_minutes_at_most():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from experiments import TOTAL, commands

    stated = [seconds for _, seconds in commands()]
    assert len(stated) == len(list(blocks("sh", documents=[ROOT / "docs/experiments.md"])))
    assert 0 < sum(stated) <= TOTAL == 600


def test_each_promise_is_held_by_tests_that_exist():
    rows = [line for line in TEXT["docs/promises.md"].splitlines() if line.startswith("| ") and "::" in line]
    named = [re.findall(r"`([\w/]+\.py)::(\w+)`", row.split(" | ")[1]) for row in rows]
    assert len(rows) > 20
    assert all(named)
    for file, test in (found for row in named for found in row):
        assert f"def {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), f"{file} has no {test}"

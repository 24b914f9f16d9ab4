"""The command line around a pipeline that only notes what it was asked: options, streams, forms and exit codes."""

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from command_line import ENVIRONMENT, exit_code, python, shell, start_python
from stand_in import MODEL, Pipeline

from bnfit.cli import parse as values
from bnfit.cli.errors import Terminated, exit_code_of
from bnfit.cli.streams import shell as quoted
from bnfit.errors import DataError, GateFailed, UsageError
from bnfit.importance.options import ImportanceOptions
from bnfit.schema.types import SchemaOptions
from bnfit.table.source import Source
from bnfit.table.types import ReadOptions, RejectedRow

REJECTED = tuple(RejectedRow(line, 3 if line % 2 else None, "too few cells", "a.csv") for line in range(2, 14))
TABLE = Source(pd.DataFrame({"Upos": [1.0]}), "a.csv")


@pytest.fixture
def pipeline(monkeypatch, tmp_path):
    stand_in = Pipeline(TABLE)
    for name, function in stand_in.installed().items():
        monkeypatch.setattr(name, function)
    monkeypatch.chdir(tmp_path)
    return stand_in


@pytest.fixture
def bnfit(pipeline, capsys):
    def call(*words):
        return exit_code(*words), *capsys.readouterr()

    return call


def test_search_hands_its_defaults_to_the_pipeline(bnfit, pipeline):
    code, out, err = bnfit("search", "a.csv", "--target", "Ueq")
    assert code == 0
    assert pipeline.calls["load_table"] == (("a.csv", None, ReadOptions().expecting({"Ueq"})), {})
    assert pipeline.calls["search_table"] == (
        (TABLE, "Ueq"),
        {
            "strategy": None,
            "trials": None,
            "budget": None,
            "recipe": "default",
            "folds": None,
            "repeats": 1,
            "save": None,
            "curves": False,
            "members": None,
            "seed": 0,
            "class_weight": None,
            "options": SchemaOptions(),
        },
    )
    assert pipeline.calls["save_model"] == (("model", "model.keras", True, True), {})
    assert "\nSearch for Ueq: 4 candidates\n" in out
    assert err == "training 600 networks\nsaved model.keras; next: bnfit explain model.keras\n"


def test_search_hands_its_options_to_the_pipeline(bnfit, pipeline):
    words = "--layers 1,3 --units 4 --activation relu,selu --output-activation linear --arm all --folds 10 --members 2"
    words += " --recipe paper,batch-size=8,4,learning-rate=0.5,1e-3 --epochs 9 --seed 7 --force -o out/m.keras"
    words += " --repeats 3 --save candidate --curves --norm layer,layer:after,none"
    words += " --recipe momentum=0.9,epsilon=1e-3,1e-5 --strategy random --trials 30 --budget 5m --no-rows"
    os.mkdir("out")
    code, *_ = bnfit("search", "-", "--target", "Ueq", "--where", "Ueq >= Upos", *words.split())
    assert code == 0
    assert pipeline.calls["load_table"] == (("-", "Ueq >= Upos", ReadOptions().expecting({"Ueq"})), {})
    assert pipeline.calls["search_table"][1] == {
        "layers": (1, 3),
        "units": (4,),
        "activations": ("relu", "selu"),
        "output_activations": ("linear",),
        "arms": ("bn", "raw", "zscore", "zscore-bn"),
        "recipe": "paper",
        "epochs": 9,
        "batch_sizes": (8, 4),
        "learning_rates": (0.5, 1e-3),
        "norms": ("layer", "layer:after", "none"),
        "momentums": (0.9,),
        "epsilons": (1e-3, 1e-5),
        "strategy": "random",
        "trials": 30,
        "budget": 300.0,
        "folds": 10,
        "repeats": 3,
        "save": "candidate",
        "curves": True,
        "members": 2,
        "seed": 7,
        "class_weight": None,
        "options": SchemaOptions(),
    }
    assert pipeline.calls["save_model"] == (("model", "out/m.keras", True, False), {})


def test_fit_leaves_to_the_pipeline_what_was_not_said(bnfit, pipeline):
    code, out, err = bnfit("fit", "a.csv", "--target", "Ueq")
    assert code == 0
    assert pipeline.calls["fit_table"] == (
        (TABLE, "Ueq"),
        dict.fromkeys(["layers", "units", "activation", "arm", "folds", "members"])
        | dict.fromkeys(["output_activation", "class_weight", "norm"])
        | {"recipe": "default", "seed": 0, "options": SchemaOptions()}
        | {"sparse": False, "questions": ImportanceOptions()},
    )
    assert out.startswith("Ueq: off by 5.586 (RMSE")
    assert "\nModel: model.keras: 6-6 tanh, arm bn; " in out
    assert err == "saved model.keras; next: bnfit explain model.keras\n"


def test_fit_hands_its_options_to_the_pipeline(bnfit, pipeline):
    words = "--layers 2 --units 6 --activation silu --output-activation relu --arm raw --folds 3 --members 1 --seed 4"
    assert bnfit("fit", "a.csv", "--target", "Ueq", *words.split())[0] == 0
    given = pipeline.calls["fit_table"][1]
    assert (given["layers"], given["units"], given["activation"], given["output_activation"]) == (2, 6, "silu", "relu")
    assert (given["arm"], given["folds"], given["members"], given["seed"]) == ("raw", 3, 1, 4)


READING = [
    "--csv",
    "delimiter=tab",
    "--csv",
    "header=no",
    "--csv",
    "encoding=latin-1",
    "--csv",
    "decimal=,",
    "--na",
    "?,none",
]
READING += ["--max-bad-rows", "0.2"]


def test_what_is_known_of_the_file_and_its_columns_reaches_the_reader_and_the_schema(bnfit, pipeline):
    words = [*READING, "--csv", "quote=", "--features", 'a,"b, c"', "--drop", "d", "--types", "a=category,x=y=number"]
    words += [
        "--task",
        "classification",
        "--weight",
        "w",
        "--group",
        "g",
        "--time",
        "t",
        "--recipe",
        "class-weight=balanced",
    ]
    assert bnfit("fit", "a.csv", "--target", "y", *words)[0] == 0
    options = pipeline.calls["load_table"][0][2]
    assert options == ReadOptions("\t", "", False, "latin-1", ",", ("?", "none"), 0.2).expecting(
        ["y", "a", "b, c", "d", "x=y", "w", "g", "t"]
    )
    given = pipeline.calls["fit_table"][1]
    assert given["class_weight"] == "balanced"
    assert given["options"] == SchemaOptions(
        ("a", "b, c"),
        ("d",),
        {"a": "category", "x=y": "number"},
        "classification",
        ",",
        {"w": "weight", "g": "group", "t": "time"},
    )
    bnfit("explain", "m.keras", "new.csv", *READING, "--csv", "quote=")
    assert pipeline.calls["load_table"][0][2] == options.expecting({"x"})


@pytest.mark.parametrize("command", ["search", "fit"])
def test_a_dry_run_says_what_the_table_holds_and_stops(bnfit, pipeline, tmp_path, command):
    (tmp_path / "model.keras").write_text("mine")
    code, out, err = bnfit(command, "a.csv", "--target", "y", "--dry-run", "--weight", "w")
    assert (code, err) == (0, "")
    assert set(pipeline.calls) == {"load_table", "inspect_table"}
    assert pipeline.calls["inspect_table"][0][2].roles == {"w": "weight"}
    assert out == (
        "a.csv: 9 rows, 1 row rejected\nbinary classification of y\n"
        "column  kind    use    reason\n─────────────────────────────\nUpos    number  input  number\nlook here\n"
    )
    document = json.loads(bnfit(command, "a.csv", "--target", "y", "--dry-run", "--json")[1])
    column = {"name": "Upos", "kind": "number", "use": "input", "reason": "number"}
    assert document["schema"] == {"rows": 9, "rejected": 1, "columns": [column]}


@pytest.mark.parametrize("words", [("fit", "a.csv", "--target", "y"), ("explain", "m.keras", "a.csv")])
def test_rejected_rows_are_named_on_stderr_and_listed_in_json(bnfit, pipeline, words):
    pipeline.source = replace(TABLE, rejected_rows=REJECTED)
    code, out, err = bnfit(*words, "--json")
    document = json.loads(out)
    assert (code, document["rejected"], len(document["rejected_rows"])) == (0, 12, 12)
    assert document["rejected_rows"][1] == {"line": 3, "column": 3, "reason": "too few cells", "source": "a.csv"}
    assert err.splitlines()[:2] == [
        "rejected: a.csv, line 2: too few cells",
        "rejected: a.csv, line 3, column 3: too few cells",
    ]
    assert err.splitlines()[10] == "rejected: 2 more rows, 12 in all"


def test_explain_without_and_with_data(bnfit, pipeline):
    code, out, err = bnfit("explain", "m.keras")
    assert (code, err) == (0, "")
    assert pipeline.calls["load_model"] == (("m.keras", False), {})
    assert pipeline.calls["explain_model"] == ((MODEL, None), {"questions": ImportanceOptions(), "base": None})
    assert "moving mean" not in out
    words = [
        "--baseline",
        "mean,permute",
        "--group-columns",
        "g=a,b",
        "--group-columns",
        "h=c",
        "--group-columns",
        ".8",
    ]
    bnfit("explain", "m.keras", *words)
    asked = ImportanceOptions(("mean", "permute"), {"g": ("a", "b"), "h": ("c",)}, 0.8)
    assert pipeline.calls["explain_model"] == ((MODEL, None), {"questions": asked, "base": None})
    bnfit("fit", "a.csv", "--target", "y", "--shadow")
    assert pipeline.calls["fit_table"][1]["questions"] == ImportanceOptions(shadow=True)
    code, _, err = bnfit("explain", "m.keras", "--show", "compare")
    assert (code, "--show compare needs a table" in err) == (2, True)
    assert bnfit("explain", "m.keras", "--group-columns", "a,b")[0] == 2
    assert bnfit("explain", "m.keras", "--baseline", "off")[0] == 2
    bnfit("explain", "m.keras", "new.csv", "--where", "Ueq > 3", "--trust-model")
    assert pipeline.calls["load_table"] == (("new.csv", "Ueq > 3", ReadOptions().expecting({"x"})), {})
    assert pipeline.calls["load_model"] == (("m.keras", True), {})
    assert pipeline.calls["explain_model"] == ((MODEL, TABLE), {"questions": ImportanceOptions(), "base": None})


def test_explain_statistics(bnfit):
    assert "moving sd" not in bnfit("explain", "m.keras")[1]
    assert "column  moving mean  moving sd" in bnfit("explain", "m.keras", "--show", "statistics")[1]


def test_explain_reads_only_what_it_is_given(bnfit):
    code, _, err = bnfit("explain", "m.keras", "--where", "Ueq > 3")
    assert (code, err.splitlines()[0]) == (2, "bnfit: error: --where needs a table")
    code, _, err = bnfit("explain", "m.keras", "--csv", "delimiter=;")
    assert (code, err.splitlines()[0]) == (2, "bnfit: error: an option on how the file is written needs a table")


@pytest.mark.parametrize(
    "words", [("search", "a.csv", "--target", "y"), ("fit", "a.csv", "--target", "y"), ("explain", "m.keras")]
)
def test_json_and_markdown(bnfit, words):
    document = json.loads(bnfit(*words, "--json")[1])
    assert [entry["column"] for entry in document["importances"]] == ["Upre", "U120", "Upos [mg]"]
    assert document["model"] == ("m.keras" if words[0] == "explain" else "model.keras")
    assert "| U120 | 6.21 ± 1.10 |" in bnfit(*words, "--md")[1]
    code, out, err = bnfit(*words, "--md", "--json")
    assert (code, out) == (2, "")
    assert err.startswith("bnfit: error: --json and --md exclude each other\n")


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ("--activation tahn", "unknown activation 'tahn'", "did you mean 'tanh'?"),
        ("--output-activation tanh", "unknown output activation 'tanh'", "choose from linear, relu"),
        ("--arm zscor", "unknown arm 'zscor'", "did you mean 'zscore'?"),
        ("--recipe papr", "unknown recipe 'papr'", "did you mean 'paper'?"),
        ("--units 0", "--units: '0' is not a positive whole number", "such as --units 1,2,3"),
        ("--types zip", "--types: 'zip' does not say which kind", "such as --types zip=category"),
        ("--task clasification", "unknown task 'clasification'", "did you mean 'classification'?"),
        ("--recipe class-weight=balance", "unknown class weight 'balance'", "did you mean 'balanced'?"),
        ("--weight w --group w", "one column cannot be weight, group and time at once", "name a column for each"),
        ("--csv encoding=utf-9", "unknown encoding 'utf-9'", "such as utf-8"),
        ("--csv encoding=base64", "unknown encoding 'base64'", "such as utf-8"),
        ("--csv delimiter=;;", "--csv delimiter takes one character, not ';;'", "such as --csv 'delimiter=;', or tab"),
        ("--csv quote=ab", "--csv quote takes one character, not 'ab'", "nothing is quoted: --csv quote="),
        ("--csv quote=; --csv delimiter=;", "quote ';': one character that is not the delimiter is needed", ""),
        ("--csv decimal=x", "--csv decimal takes '.' or ',', not 'x'", ""),
        ("--max-bad-rows 2", "invalid value for '--max-bad-rows'", ""),
        ("--epochs 0", "invalid value for '--epochs'", ""),
        ("--laers 3", "no such option: --laers", "'bnfit {command} --help' lists what there is"),
        ("-o -", "a model cannot go to stdout", "name a file with -o"),
        ("-o nowhere/m.keras", "cannot write 'nowhere/m.keras'", ""),
    ],
)
@pytest.mark.parametrize("command", ["search", "fit"])
def test_a_wrong_option_is_named_before_any_work(bnfit, pipeline, command, words, message, hint):
    code, out, err = bnfit(command, "a.csv", "--target", "Ueq", *words.split())
    assert (code, out) == (2, "")
    first, *rest = err.splitlines()
    assert first.startswith(f"bnfit: error: {message}")
    assert len(rest) <= 1
    assert hint.format(command=command) in "".join(rest)
    assert pipeline.calls == {}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--recipe batch-size=8,0", "--recipe batch-size: '0' is not a positive whole number"),
        ("--recipe batch-size=8,1", "norm batch takes batches of at least 2 rows: one row has no variance"),
        ("--recipe batch-size=8.5", "--recipe batch-size: '8.5' is not a positive whole number"),
        ("--recipe learning-rate=0.1,0", "learning rate must be a positive number, not 0.0"),
        ("--recipe learning-rate=0.1,x", "--recipe learning-rate: '0.1,x' is no list of numbers"),
    ],
)
def test_a_wrong_value_in_a_list_is_named_before_any_work(bnfit, pipeline, words, message):
    code, out, err = bnfit("search", "a.csv", "--target", "Ueq", *words.split())
    assert (code, out, err.splitlines()[0]) == (2, "", f"bnfit: error: {message}")
    assert pipeline.calls == {}


def test_fit_takes_one_value(bnfit):
    _, _, err = bnfit("fit", "a.csv", "--target", "Ueq", "--layers", "1,2")
    assert err == "bnfit: error: --layers takes one number, not '1,2'\n  lists are for bnfit search\n"


def test_an_existing_model_is_not_replaced_unasked(bnfit, pipeline, tmp_path):
    (tmp_path / "model.keras").write_text("mine")
    code, _, err = bnfit("fit", "a.csv", "--target", "Ueq")
    assert code == 2
    assert "'model.keras' exists" in err
    assert pipeline.calls == {}


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (DataError("'a.csv' is empty"), 3, "bnfit: error: 'a.csv' is empty\n"),
        (UsageError("no column 'ueq'", "did you mean 'Ueq'?"), 2, "bnfit: error: no column 'ueq'\n  did you mean"),
        (GateFailed("R² is below 0.9"), 1, "bnfit: error: R² is below 0.9\n"),
        (KeyboardInterrupt(), 130, "bnfit: error: interrupted\n"),
        (ZeroDivisionError("division\nby zero"), 70, "bnfit: error: unexpected ZeroDivisionError: division by zero\n"),
        (PermissionError(13, "Permission denied", "a.csv"), 3, "bnfit: error: Permission denied: 'a.csv'\n"),
        (MemoryError(), 3, "bnfit: error: out of memory\n  give it more, or a smaller table\n"),
        (BrokenPipeError(), 141, ""),
        (DataError("no 'x'", "- 'x'\n+ 'y'"), 3, "bnfit: error: no 'x'\n  - 'x'\n  + 'y'\n"),
        (DataError("a\x1b[31mb"), 3, "bnfit: error: a\ufffd[31mb\n"),
    ],
)
def test_errors_become_a_message_and_an_exit_code(bnfit, pipeline, error, code, said):
    pipeline.fails["load_table"] = error
    stdout = sys.stdout
    got = bnfit("fit", "a.csv", "--target", "Ueq")
    if sys.stdout is not stdout:  # what cannot be written any more goes nowhere
        sys.stdout.close()
        sys.stdout = stdout
    assert (got[0], got[1]) == (code, "")
    assert got[2].startswith(said)
    assert "Traceback" not in got[2]
    assert got[2].count("\n") <= 3


def test_the_traceback_is_there_on_request(bnfit, pipeline):
    pipeline.fails["fit_table"] = ZeroDivisionError("oh")
    assert "run again with --debug" in bnfit("fit", "a.csv", "--target", "Ueq")[2]
    code, _, err = bnfit("fit", "a.csv", "--target", "Ueq", "--debug")
    assert code == 70
    assert "\nTraceback (most recent call last)" in err


def test_words_are_quoted_for_the_shell():
    assert quoted("bnfit", "explain", "my model.keras") == "bnfit explain 'my model.keras'"


def test_comma_lists():
    assert values.counts(" 1, 2 ", "--layers") == (1, 2)
    assert values.arms("raw,bn", "--arm") == ("raw", "bn")
    assert values.columns("") == ()
    for text in ("", "1,,2", "1.5", "-1", "²"):
        with pytest.raises(UsageError):
            values.counts(text, "--layers")


def test_help_is_quick_because_it_loads_nothing_heavy():
    code = (
        "import sys, runpy, atexit\n"
        "heavy = {'pandas', 'numpy', 'tensorflow', 'keras', 'h5py', 'matplotlib', 'pyarrow'}\n"
        "atexit.register(lambda: print(*sorted(heavy & {*sys.modules})))\n"
        "sys.argv = ['bnfit', '--help']\n"
        "runpy.run_module('bnfit', run_name='__main__')"
    )
    done = python("-c", code)
    assert done.returncode == 0, done.stderr
    assert "search" in done.stdout
    assert done.stdout.splitlines()[-1] == ""


@pytest.mark.parametrize("command", ["fit", "search", "study"])
def test_a_wrong_target_is_told_before_tensorflow_loads(tmp_path, command):
    table = tmp_path / "table.csv"
    table.write_text("x,Ueq\n" + "".join(f"{i},{i % 7}\n" for i in range(40)))
    code = (
        "import sys, runpy\n"
        f"sys.argv = ['bnfit', {command!r}, 'table.csv', '--target', 'nope']\n"
        "try:\n    runpy.run_module('bnfit', run_name='__main__')\n"
        "finally:\n    print('loaded:', *({'tensorflow', 'keras'} & {*sys.modules}), file=sys.stderr)\n"
    )
    done = python("-c", code, cwd=tmp_path, timeout=120)
    assert done.returncode == 2
    assert "column 'nope' not found in table.csv" in done.stderr
    assert done.stderr.splitlines()[-1] == "loaded:"


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="BLAS takes no more threads than there are processors")
@pytest.mark.parametrize(("asked", "found"), [(None, "1"), ("2", "2")])
def test_a_command_loads_numpy_with_one_thread_of_blas_unless_asked(asked, found):
    code = (
        "import sys, runpy, threadpoolctl\n"
        "sys.argv = ['bnfit', 'fit', 'none.csv', '--target', 'y']\n"
        "try:\n    runpy.run_module('bnfit', run_name='__main__')\n"
        "finally:\n    import numpy\n"
        "    print(*(of['num_threads'] for of in threadpoolctl.threadpool_info() if of['user_api'] == 'blas'))\n"
    )
    inherited = {name: value for name, value in ENVIRONMENT.items() if name != "OPENBLAS_NUM_THREADS"}
    done = python("-c", code, env={**inherited, **({} if asked is None else {"OPENBLAS_NUM_THREADS": asked})})
    assert "no such file" in done.stderr
    assert done.stdout.split() == [found]


def test_version_and_bare_command():
    assert python("-m", "bnfit", "--version").stdout.startswith("bnfit 0.")
    bare = python("-m", "bnfit")
    assert bare.returncode == 2
    assert "Usage: bnfit" in bare.stdout
    assert bare.stderr == ""


STAND_IN = f"""
import os, sys, time, unittest.mock
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from stand_in import Pipeline
from bnfit.__main__ import main
from bnfit.table.source import Source

class Slow(Pipeline):
    def load_table(self, *given):
        os.write(2, b'chatter\\n')
        return super().load_table(*given)

    def fit_table(self, *given, **options):
        print('python stderr works', file=sys.stderr)
        time.sleep(30)

for name, function in Slow(Source(None)).installed().items():
    unittest.mock.patch(name, function).start()
main()
"""


@pytest.mark.parametrize(
    ("to", "code", "said"),
    [
        ("> /dev/full", 3, "bnfit: error: No space left on device\n"),
        (
            ">&-",
            2,
            "bnfit: error: standard output is closed\n  send it to a file, or to /dev/null if nobody reads it\n",
        ),
        ("2>&-", 0, ""),
    ],
)
def test_a_full_or_closed_stdout(tmp_path, to, code, said):
    done = shell(f"{sys.executable} -c {quoted(STAND_IN)} explain m.keras {to}", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (code, said)
    assert bool(done.stdout) == (code == 0)


def test_a_closed_stdin_is_wrong_usage(tmp_path):
    line = f"{sys.executable} -m bnfit fit - --target y -o {tmp_path}/m.keras <&-"
    done = shell(line, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("bnfit: error: standard input is closed\n  pipe a table into it")


@pytest.mark.parametrize(
    ("interrupt", "code", "said"), [(KeyboardInterrupt, 130, "interrupted"), (Terminated, 143, "terminated")]
)
def test_an_error_that_follows_from_an_interrupt_is_the_interrupt(capsys, interrupt, code, said):
    def broken():
        try:
            raise interrupt
        finally:
            raise RuntimeError("cannot release un-acquired lock")

    assert exit_code_of(broken) == code
    assert capsys.readouterr().err == f"bnfit: error: {said}\n"


@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_signals_end_a_training_at_once_and_leave_nothing(tmp_path, number, code, said):
    with start_python("-c", STAND_IN, "fit", "a.csv", "--target", "y", cwd=tmp_path) as running:
        assert running.stderr.readline() == "python stderr works\n"
        running.send_signal(number)
        out, err = running.communicate(timeout=10)
    assert (running.returncode, out, err) == (code, "", f"bnfit: error: {said}\n")
    assert list(tmp_path.iterdir()) == []


def test_a_gate_that_fails_ends_a_command_with_1_after_all_output(bnfit, pipeline):
    gates = ("--fail-if", "r2 < 0.95", "--fail-if", "mse > 100")
    code, out, err = bnfit("explain", "m.keras", "a.csv", "--json", *gates)
    assert code == 1
    assert [gate["passed"] for gate in json.loads(out)["gates"]] == [False, True]
    assert err.splitlines()[-2:] == [
        "gate failed: r2 < 0.95 (0.9122, bound 0.9500)",
        "gate passed: mse > 100 (31.20, bound 100.0)",
    ]


@pytest.mark.parametrize("command", ["fit", "search", "explain", "predict"])
def test_what_is_no_gate_is_told_before_any_work(bnfit, pipeline, command):
    words = {"explain": ("m.keras",), "predict": ("m.keras", "a.csv")}.get(command, ("a.csv", "--target", "Ueq"))
    code, _, err = bnfit(command, *words, "--fail-if", "hello")
    assert (code, "'hello' is no condition" in err) == (2, True)
    assert not pipeline.calls


@pytest.mark.parametrize("module", ["bnfit.cli.errors", "typer", "bnfit.cli.app", "bnfit.cli.fit", "bnfit.errors"])
def test_an_interrupt_while_modules_load_is_no_traceback(module):
    code = (
        "import sys\n"
        "class Interrupted:\n"
        "    def find_spec(name, *rest):\n"
        f"        if name == {module!r}:\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted)\n"
        "sys.argv = ['bnfit', 'fit', 'a.csv', '--target', 'y']\n"
        "from bnfit.__main__ import main\nmain()\n"
    )
    done = python("-c", code)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "bnfit: error: interrupted\n")

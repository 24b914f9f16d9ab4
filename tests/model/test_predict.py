"""Predictions of frames and of files of any size: the same numbers, whole files, rows on their own."""

import gzip
import io
import itertools
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from example_counts import examples
from hypothesis import given
from hypothesis import strategies as st
from random_models import mixed_table, model_of
from random_networks import in_float64

from bnfit.api import predict_file, predict_table
from bnfit.errors import DataError, UsageError
from bnfit.evaluation.conformal import scores_of_numbers
from bnfit.evaluation.metrics import classification_metrics, regression_metrics
from bnfit.evaluation.streaming_metrics import Area, ClassTally, RegressionTally
from bnfit.model import predict_file as predicting
from bnfit.model import row_errors
from bnfit.model.predict import Predictions
from bnfit.networks.layers import Network
from bnfit.results.predict import OutsideColumn
from bnfit.schema.dataset import encode_test_rows, target_matrix
from bnfit.schema.types import SchemaOptions
from bnfit.table.reader import read_chunks
from bnfit.table.source import Source
from bnfit.table.types import ReadOptions
from bnfit.table.writer import table_writer

TARGETS = ["number", "two", "three"]
WEIGHED = SchemaOptions(roles={"w": "weight"})
MODELS = {target: model_of(mixed_table(target=target)) for target in TARGETS}


def numbers(frame):
    return frame.select_dtypes("number").to_numpy()


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "new.csv"
    mixed_table(300, seed=7).drop(columns="y").to_csv(path, index=False)
    return path


@pytest.mark.parametrize("target", TARGETS)
@examples(15)
@given(st.randoms(use_true_random=False), st.integers(1, 40))
def test_a_prediction_depends_on_its_own_row_alone(target, random, size):
    frame, model = mixed_table(80, target, seed=3), MODELS[target]
    whole, _ = predict_table(model, frame, ["id"])
    order = random.sample(range(80), 80)
    shuffled = frame.iloc[order].reset_index(drop=True)[random.sample(list(frame), frame.shape[1])]
    pieces = Predictions(model, ["id"])
    again = pd.concat([pieces.piece(shuffled[start : start + size]) for start in range(0, 80, size)])
    again = again.sort_values("id").reset_index(drop=True)
    assert again["id"].tolist() == whole["id"].tolist()
    np.testing.assert_array_equal(numbers(again), numbers(whole))
    assert np.ptp(numbers(whole), axis=0).min() > 0.01  # rows do differ
    assert pieces.report().metrics == pytest.approx(predict_table(model, frame)[1].metrics, rel=1e-5)


@pytest.mark.parametrize("target", TARGETS)
def test_contributions_add_up_to_the_prediction_and_are_the_same_from_a_file(tmp_path, csv, target):
    model = MODELS[target]
    out, _ = predict_table(model, pd.read_csv(csv), contributions=True)
    parts = out.filter(like="contribution_")
    assert list(parts) == [f"contribution_{column.name}" for column in model.schema.inputs]
    if target == "number":
        said = out["prediction"].to_numpy()
    else:
        probability = out.filter(like="probability_").to_numpy()
        p = probability[:, 1] if target == "two" else probability.max(1)
        said = np.log(p / (1 - p))
    np.testing.assert_allclose(out["base"] + parts.sum(axis=1), said, rtol=1e-6, atol=1e-6)
    assert (parts.std() > 1e-3).any()
    path = tmp_path / "out.csv"
    predict_file(model, csv, path, contributions=True)
    np.testing.assert_allclose(numbers(pd.read_csv(path)), numbers(out), rtol=1e-9, atol=1e-9)


def test_contributions_have_names_that_no_kept_column_may_have():
    with pytest.raises(UsageError, match="two columns would be called 'base'"):
        predict_table(MODELS["number"], mixed_table(9), [("id", "base")], contributions=True)


@pytest.mark.parametrize(
    ("target", "keep", "interval", "clash"),
    [
        ("number", ["prediction"], None, "prediction"),
        ("number", ["high"], 0.8, "high"),
        ("number", [("id", "low")], 0.8, "low"),
        ("two", [("id", "probability_ill")], None, "probability_ill"),
        ("number", ["id", ("dose", "id")], None, "id"),
    ],
)
def test_no_two_columns_of_predictions_have_one_name(target, keep, interval, clash):
    with pytest.raises(UsageError, match=f"would be called '{clash}'"):
        predict_table(MODELS[target], mixed_table(5, target), keep, interval)


def test_a_kept_column_gets_its_new_name_and_its_cells_stay():
    frame = mixed_table(5, "number").assign(low=range(5))
    out, _ = predict_table(MODELS["number"], frame, [("id", "key"), "low", ("dose", "high"), "dose"])
    assert list(out) == ["key", "low", "high", "dose", "prediction"]
    assert out["key"].tolist() == frame["id"].tolist()
    pd.testing.assert_series_equal(out["high"], out["dose"], check_names=False)


@pytest.mark.parametrize("rows", [1, 7, 300])
def test_a_file_in_pieces_gives_what_the_frame_gives(csv, tmp_path, monkeypatch, rows):
    model = MODELS["number"]
    monkeypatch.setattr(predicting, "ROWS", rows)
    shares = []
    report = predict_file(model, csv, tmp_path / "out.csv", keep=["id", "kind"], on_progress=shares.append)
    written = pd.read_csv(tmp_path / "out.csv", dtype={"id": str})
    frame, _ = predict_table(model, pd.read_csv(csv, dtype="str"), ["id", "kind"])
    assert written["id"].tolist() == frame["id"].tolist()
    assert written["kind"].fillna("").tolist() == frame["kind"].fillna("").tolist()
    assert written["prediction"].tolist() == frame["prediction"].tolist()
    assert (report.rows, report.metrics) == (300, {})
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("target", TARGETS)
def test_numbers_have_twelve_digits_and_are_the_same_in_every_form(target, members):
    frame = mixed_table(100, target, seed=5)
    model = model_of(mixed_table(target=target), members=members)
    out, _ = predict_table(model, frame)
    file = io.BytesIO()
    with table_writer(file) as write:
        write(out)
    file.seek(0)
    pd.testing.assert_frame_equal(pd.read_csv(file).astype(out.dtypes), out, check_exact=True)
    cells = [cell for line in file.getvalue().decode().splitlines()[1:] for cell in line.split(",")]
    digits = [len(cell.lstrip("-0.").split("e")[0].replace(".", "")) for cell in cells if cell[-1:].isdigit()]
    assert max(digits) == 12
    exact = in_float64(model.network).outputs(model.schema.encode(frame).x)
    exact = {"number": exact, "two": np.c_[1 - exact, exact], "three": exact}[target]
    np.testing.assert_allclose(numbers(out), exact, rtol=6e-12)


def test_the_same_bytes_come_out_row_by_row_in_pieces_and_at_once(rng):
    """4,000 rows in pieces of random sizes, 200 of them one by one."""
    x = rng.normal(size=(4000, 3)) * [1e-3, 1.0, 1e6]
    frame = pd.DataFrame(x, columns=list("abc"))
    model = model_of(frame[:100].assign(y=x[:100].sum(1)))

    def text(pieces):
        file = io.BytesIO()
        with table_writer(file) as write:
            for piece in pieces:
                write(Predictions(model).piece(piece))
        return file.getvalue().splitlines()

    cuts = np.r_[0, np.sort(rng.choice(np.arange(1, 4000), 40, replace=False)), 4000]
    whole, order = text([frame]), rng.permutation(4000)
    assert len(set(whole)) == 4001
    assert text(frame[a:b] for a, b in itertools.pairwise(cuts)) == whole
    assert text(frame[i : i + 1] for i in range(200)) == whole[:201]
    assert text([frame.iloc[order]])[1:] == [whole[1 + i] for i in order]


ODD = ["", " ", ",", ";", '"', '""', "\n", "\r\n", "x\ny", "a,b", "\t", "ü 漢", "None", "'", "\\", "=1+1", "🙂"]


@pytest.mark.parametrize("ending", ["", ".csv", ".tsv", ".txt", ".csv.gz", ".tsv.bz2", ".csv.xz", ".csv.zst"])
def test_text_that_was_written_reads_back(tmp_path, ending):
    frame = pd.DataFrame({"a b": ODD, 'c,"d"': ODD[::-1], "n": np.arange(len(ODD), dtype=np.float32)})
    frame = frame.astype({"a b": "str", 'c,"d"': "str"})
    path = tmp_path / f"t{ending}"
    with path.open("wb") as file, table_writer(file, path.name) as write:
        for start in range(0, len(frame), 5):
            write(frame[start : start + 5])
        write(frame[:0])
    sep = "\t" if ".tsv" in ending else ","
    packing = {".bz2": "bz2", ".gz": "gzip", ".xz": "xz", ".zst": None}.get(path.suffix)
    if path.suffix == ".zst":
        import pyarrow as pa

        path = pa.input_stream(str(path), compression="zstd")
    back = pd.read_csv(path, sep=sep, keep_default_na=False, dtype={"n": "float32"}, compression=packing)
    pd.testing.assert_frame_equal(back, frame)


@pytest.mark.parametrize("ending", [".parquet", ".arrow", ".feather"])
def test_columnar_output_keeps_types(csv, tmp_path, monkeypatch, ending):
    monkeypatch.setattr(predicting, "ROWS", 100)
    path = tmp_path / f"out{ending}"
    predict_file(model_of(mixed_table(target="three"), members=1), csv, path, keep=["id", "dose"])
    back = next(read_chunks(path)).frame
    assert list(back)[:3] == ["id", "dose", "prediction"]
    assert back.dtypes["probability_low"] == np.float64
    assert back["id"].tolist() == pd.read_csv(csv, dtype="str")["id"].tolist()
    assert len(back) == 300


def test_kept_whole_numbers_stay_whole_beside_gaps(tmp_path):
    big = 2**60 + 1
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0], "n": pd.array([big, None, 3], dtype="Int64")})
    table.to_parquet(tmp_path / "new.parquet")
    train = pd.DataFrame({"x": np.arange(20.0) ** 2, "y": np.arange(20.0)})
    out = tmp_path / "out.csv"
    predict_file(model_of(train), tmp_path / "new.parquet", out, keep=["n"])
    assert [line.split(",")[0] for line in out.read_text().splitlines()] == ["n", str(big), "", "3"]


def test_the_same_table_gives_the_same_gz(csv, tmp_path):
    for name in ("a.csv.gz", "b.csv.gz"):
        predict_file(MODELS["number"], csv, tmp_path / name)
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()
    assert len(gzip.decompress((tmp_path / "a.csv.gz").read_bytes()).splitlines()) == 301


@pytest.mark.parametrize("name", ["p.xlsx", "p.json", "p.parquet.gz", "p.keras", "p.csv.zip"])
def test_an_ending_of_another_format_is_refused(csv, tmp_path, name):
    with pytest.raises(UsageError, match="no tables are written as"):
        predict_file(MODELS["number"], csv, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["new.csv"]


def spoiled(csv, how):
    lines = csv.read_text().splitlines()
    if how == "cell":
        lines[-6:] = [",".join([line.split(",")[0], "oops", *line.split(",")[2:]]) for line in lines[-6:]]
    if how == "rows":
        lines[-9:] = ["short"] * 9
    csv.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("how", "keep", "words"),
    [
        ("cell", (), "6 of 300 rows cannot be predicted: line 296 of .*new.csv: column 'x' holds 'oops'"),
        ("rows", (), "9 of 300 rows do not fit"),
        ("", ("idd",), "column 'idd' not found"),
    ],
)
def test_after_an_error_there_is_no_file_and_the_old_one_stays(csv, tmp_path, monkeypatch, how, keep, words):
    spoiled(csv, how)
    monkeypatch.setattr(predicting, "ROWS", 50)
    for name, force in (("out.csv", False), ("old.parquet", True)):
        (tmp_path / "old.parquet").write_bytes(b"mine")
        with pytest.raises((DataError, UsageError), match=words):
            predict_file(MODELS["number"], csv, tmp_path / name, keep=keep, force=force)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["new.csv", "old.parquet"]
        assert (tmp_path / "old.parquet").read_bytes() == b"mine"


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rows", [7, 300])
def test_a_row_with_a_bad_cell_alone_has_no_prediction(csv, tmp_path, monkeypatch, target, rows):
    monkeypatch.setattr(predicting, "ROWS", rows)
    model = MODELS[target]
    frame = pd.read_csv(csv, dtype=str, keep_default_na=False).assign(
        y=mixed_table(300, target, seed=7)["y"].astype(str)
    )
    frame.to_csv(tmp_path / "good.csv", index=False)
    bad, illegible = [3, 70, 299], [5, 6]
    frame.loc[bad, "dose"] = ["oops", "1e999", "$3"]
    frame.loc[illegible, "y"] = "pending"
    frame.to_csv(tmp_path / "bad.csv", index=False)
    read = ReadOptions(max_bad_rows=0.01)
    reports = [
        predict_file(model, tmp_path / f"{name}.csv", tmp_path / f"{name}.out.csv", keep=["id"], read=read)
        for name in ("good", "bad")
    ]
    good, out = (pd.read_csv(tmp_path / f"{name}.out.csv", dtype=str) for name in ("good", "bad"))
    pd.testing.assert_frame_equal(out.drop(bad), good.drop(bad))
    assert out.loc[bad].drop(columns="id").isna().all(axis=None)
    assert (reports[1].rows, reports[1].unpredicted, reports[1].unmeasured) == (300, 3, 2)
    assert f"no prediction for line 72 of {tmp_path / 'bad.csv'}: column 'dose' holds '1e999'" in reports[1].notes
    measured = frame.drop([*bad, *illegible]).reset_index(drop=True)
    assert reports[1].metrics == pytest.approx(predict_table(model, measured)[1].metrics, rel=1e-6)
    assert (reports[0].unpredicted, reports[0].unmeasured) == (0, 0)


def test_a_frame_with_a_bad_cell_is_refused():
    frame = mixed_table(5).astype({"dose": object})
    frame.loc[2, "dose"] = "oops"
    with pytest.raises(DataError, match="'oops' in row 3") as caught:
        predict_table(MODELS["number"], frame)
    assert caught.value.hint == "correct the cell, or empty it: then the mean stands in"


def test_the_stated_decimal_mark_is_followed(csv, tmp_path):
    text = csv.read_text()
    frame = pd.read_csv(csv, dtype=str, keep_default_na=False)
    frame[["x", "dose"]] = frame[["x", "dose"]].apply(lambda cells: cells.str.translate(str.maketrans(".,", ",.")))
    frame.to_csv(tmp_path / "comma.csv", index=False, sep=";")
    assert "." in text
    plain, comma = io.BytesIO(), io.BytesIO()
    predict_file(MODELS["number"], csv, plain)
    predict_file(MODELS["number"], tmp_path / "comma.csv", comma, read=ReadOptions(decimal=","))
    assert comma.getvalue() == plain.getvalue()


def test_rows_where_the_model_has_never_been_are_told_and_get_no_interval(tmp_path):
    rng = np.random.default_rng(2)
    train = pd.DataFrame({"area": rng.uniform(30, 220, 90), "kind": list("abc") * 30, "y": rng.normal(size=90)})
    model = model_of(train, members=1)
    errors = scores_of_numbers(np.zeros((90, 1)), np.zeros(90), rng.normal(size=90), np.arange(90) % 8)
    model = replace(model, metadata=replace(model.metadata, errors=errors))
    new = train.assign(area=train["area"].astype(float)).drop(columns="y")
    new.loc[3, "area"], new.loc[[7, 8], "kind"] = 95e6, "d"
    new.loc[7, "area"] = 1.5
    out, report = predict_table(model, new, interval=0.8)
    assert np.flatnonzero(out["low"].isna()).tolist() == np.flatnonzero(out["high"].isna()).tolist() == [3, 7, 8]
    assert out["prediction"].notna().all()
    assert report.outside == (OutsideColumn("area", 2, 1.5, 95e6), OutsideColumn("kind", 2))
    assert report.outside_share == pytest.approx(3 / 90)
    low, high = train["area"].min(), train["area"].max()
    assert f"cells of 'area' from 1.5 to 9.5e+07, far beyond training's {low:.6g} to {high:.6g}: 2" in report.notes
    assert "rows outside of what training had, which have no low and high: 3" in report.notes
    usual = predict_table(model, train, interval=0.8)
    assert (usual[1].outside, usual[1].outside_share, usual[0]["low"].notna().all()) == ((), 0.0, True)
    new.to_csv(tmp_path / "new.csv", index=False)
    assert predict_file(model, tmp_path / "new.csv", io.BytesIO(), interval=0.8).outside == report.outside


def test_booleans_may_come_as_floats():
    rng = np.random.default_rng(0)
    train = pd.DataFrame({"smoker": rng.choice(["yes", "no"], 40), "x": rng.normal(size=40), "y": rng.normal(size=40)})
    model = model_of(train, members=1)
    said = [
        predict_table(model, train.assign(smoker=cells))[0]
        for cells in (
            train["smoker"],
            *(train["smoker"].map(words) for words in ({"yes": "1", "no": "0"}, {"yes": "1.0", "no": "0.0"})),
        )
    ]
    for other in said[1:]:
        pd.testing.assert_frame_equal(other, said[0])
    assert said[0]["prediction"].nunique() > 2


def test_rejected_rows_are_named_and_counted(csv):
    lines = csv.read_text().splitlines()
    lines[50] = lines[60] = "short"
    csv.write_text("\n".join(lines) + "\n")
    report = predict_file(MODELS["number"], csv, io.BytesIO())
    assert (report.rows, report.rejected) == (298, 2)
    assert f"rejected: {csv}, line 51, column 2: 1 cells instead of 6" in report.notes
    spoiled(csv, "rows")
    report = predict_file(MODELS["number"], csv, io.BytesIO(), read=ReadOptions(max_bad_rows=0.1))
    assert (report.rows, report.rejected) == (289, 11)
    assert report.notes[10] == "rejected: 1 more rows, 11 in all"


def test_rows_of_a_columnar_file_are_counted_over_all_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(predicting, "ROWS", 4)
    train = pd.DataFrame({"x": np.arange(20.0) ** 2, "y": np.arange(20.0)})
    pd.DataFrame({"x": [*map(str, range(9)), "oops"]}).to_parquet(tmp_path / "new.parquet")
    report = predict_file(model_of(train), tmp_path / "new.parquet", io.BytesIO())
    assert report.notes[0] == f"no prediction for row 10 of {tmp_path / 'new.parquet'}: column 'x' holds 'oops'"


def test_rows_of_parts_are_counted_in_each(tmp_path):
    train = pd.DataFrame({"x": np.arange(20.0) ** 2, "y": np.arange(20.0)})
    for name, cells in (("p1", range(9)), ("p2", ["1", "2", "oops"])):
        pd.DataFrame({"x": list(map(str, cells))}).to_parquet(tmp_path / f"{name}.parquet")
    report = predict_file(model_of(train), tmp_path / "p*.parquet", io.BytesIO())
    assert report.notes[0] == f"no prediction for row 3 of {tmp_path / 'p2.parquet'}: column 'x' holds 'oops'"


@pytest.mark.parametrize("target", TARGETS)
def test_errors_add_up_over_pieces(target):
    model, frame = MODELS[target], mixed_table(150, target, seed=9)
    frame.loc[::7, "y"] = None
    pieces = Predictions(model)
    for start in range(0, 150, 11):
        pieces.piece(frame[start : start + 11])
    known = frame["y"].notna()
    schema = model.schema
    y = target_matrix(schema, schema.encode_target(frame[known]))
    said = model.network(schema.encode(frame[known]).x)
    if target == "number":
        wanted = regression_metrics(y[:, 0], said[:, 0], np.full(len(y), y.mean()))
    else:
        both = [np.c_[1 - v, v] if target == "two" else v for v in (y, said)]
        wanted = classification_metrics(*both)
    assert pieces.report().metrics == pytest.approx(wanted, rel=1e-5, abs=1e-8)
    assert set(pieces.report().metrics) == set(wanted)


@pytest.mark.parametrize("target", TARGETS)
def test_rows_of_weight_two_count_as_rows_written_twice(target):
    train, frame = mixed_table(target=target), mixed_table(150, target, seed=9)
    rng = np.random.default_rng(4)
    weight = rng.integers(0, 4, 150)
    weight[:11] = 0  # a piece in which no row counts
    model = model_of(train.assign(w=rng.integers(1, 3, len(train)).astype(str)), options=WEIGHED)
    pieces, frame = Predictions(model), frame.assign(w=weight.astype(str))
    for start in range(0, 150, 11):
        pieces.piece(frame[start : start + 11])
    twice = frame.loc[np.repeat(np.arange(150), weight)].reset_index(drop=True)
    report, without = pieces.report(), predict_table(model, frame.drop(columns="w"))[1]
    remark = "no column 'w' with weights: all rows count alike"
    assert report.metrics == pytest.approx(predict_table(model, twice.assign(w="1"))[1].metrics, rel=1e-6)
    assert report.metrics != pytest.approx(without.metrics, rel=1e-3)
    assert (remark in report.notes, remark in without.notes) == (False, True)
    assert remark not in predict_table(model, frame.drop(columns=["w", "y"]))[1].notes


@pytest.mark.parametrize("odd", ["-1", "", "heavy"])
def test_a_row_whose_weight_is_none_is_predicted_but_not_measured(odd):
    model = model_of(mixed_table().assign(w="2"), options=WEIGHED)
    frame = mixed_table(30, seed=9).assign(w=["1"] * 29 + [odd])
    out, report = predict_table(model, frame)
    assert out["prediction"].notna().all()
    assert (report.rows, report.unmeasured) == (30, 1)
    assert f"rows that are not measured, such as row 30, where 'w' holds '{odd}': 1" in report.notes
    assert report.metrics == predict_table(model, frame[:29])[1].metrics
    assert predict_table(model, frame.assign(y=None))[1].unmeasured == 0


def test_squares_of_values_far_from_zero_do_not_cancel():
    rng = np.random.default_rng(1)
    y = 1e9 + rng.normal(size=(1000, 1))
    said = y + 0.1 * rng.normal(size=(1000, 1))
    tally = RegressionTally()
    for start in range(0, 1000, 100):
        tally.add(y[start : start + 100], said[start : start + 100])
    wanted = regression_metrics(y[:, 0], said[:, 0], np.full(1000, y.mean()))
    assert tally.metrics() == pytest.approx(wanted, rel=1e-6)


def test_the_roc_area_in_bins_is_the_exact_one_to_four_digits():
    rng = np.random.default_rng(2)
    truth = rng.random(20_000) < 0.1
    score = 1 / (1 + np.exp(-(3 * truth + 2 * rng.normal(size=20_000) - 12)))
    exact, binned, coarse = Area(1 << 20, 1 << 18), Area(500, 1 << 18), Area(500, 16)
    for start in range(0, 20_000, 999):
        for area in (exact, binned, coarse):
            area.add(truth[start : start + 999], score[start : start + 999], np.ones(20_000)[start : start + 999])
    assert exact.counts is None
    assert exact.value() == pytest.approx(
        classification_metrics(np.c_[~truth, truth], np.c_[1 - score, score])["roc_auc"]
    )
    assert binned.value() == pytest.approx(exact.value(), abs=1e-4)
    assert coarse.value() != pytest.approx(exact.value(), abs=1e-3)


def test_no_rows_and_one_class_have_no_metrics_that_are_not_defined():
    assert RegressionTally().metrics() == ClassTally(2).metrics() == {}
    tally = ClassTally(2)
    tally.add(np.array([[1.0, 0.0]]), np.array([[0.7, 0.3]]))
    assert set(tally.metrics()) == {"log_loss", "brier", "ece", "accuracy", "balanced_accuracy"}


def test_rows_that_were_trained_on_are_said():
    model, old, new = MODELS["number"], mixed_table(), mixed_table(50, seed=4)
    assert not [n for n in predict_table(model, new)[1].notes if "trained" in n]
    some = pd.concat([new, old[:30]], ignore_index=True)
    notes = predict_table(model, some)[1].notes
    assert "30 rows are among those that the model was trained on: the errors flatter it" in notes
    assert not [n for n in predict_table(model, some.drop(columns="y"))[1].notes if "trained" in n]


def test_only_the_first_rows_are_looked_up(monkeypatch):
    monkeypatch.setattr(row_errors, "LOOKED_UP", 60)
    pieces = Predictions(MODELS["number"])
    for start in range(0, 200, 50):
        pieces.piece(mixed_table()[start : start + 50])
    assert pieces.errors.looked_up == 60
    assert "60 of the first 60 rows are among those" in pieces.report().notes[-1]


def test_frames_may_have_any_column_names_and_no_rows():
    train = pd.DataFrame({0: np.arange(20.0) ** 2, 1: np.arange(20.0), "y": np.arange(20.0)})
    model = model_of(train)
    out, report = predict_table(model, train, ["1"])
    assert list(out) == ["1", "prediction"]
    assert out["prediction"].dtype == np.float64
    out, report = predict_table(model, train[:0])
    assert (len(out), report.rows, report.metrics) == (0, 0, {})


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path):
    rng = np.random.default_rng(0)
    train = pd.DataFrame({"a": rng.normal(size=50), "b": rng.normal(size=50), "y": rng.normal(size=50)})
    pd.to_pickle(model_of(train), tmp_path / "model")  # only for this test: the model as it is in memory
    lines = "".join(f"{a:.4f},{b:.4f}\n" for a, b in rng.normal(size=(20_000, 2)))
    code = (
        "import sys, pandas as pd\nfrom bnfit.api import predict_file\n"
        "predict_file(pd.read_pickle('model'), sys.argv[1], 'out.csv', force=True)\n"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    used = []
    for name, times in (("small.csv", 20), ("large.csv", 120)):
        (tmp_path / name).write_text("a,b\n" + lines * times)
        done = subprocess.run([sys.executable, "-c", code, name], capture_output=True, check=True, cwd=tmp_path)
        used.append(int(done.stdout))
    assert used[1] < used[0] + 25_000  # KB; the larger text has 36 MB


def test_times_whose_offset_is_not_as_in_training_are_read_by_their_clock_and_told():
    moments = pd.date_range("2023-01-02", periods=40, freq="5h").astype(str)
    naive = pd.DataFrame({"at": moments, "y": np.arange(40.0) ** 2})
    model = model_of(naive)
    told = "times of 'at' whose offset from UTC is not as in training (none there), read by their local clock: 40"
    as_trained, quiet = predict_table(model, naive)
    predicted, report = predict_table(model, naive.assign(at=moments + "-05:00"))
    assert predicted.equals(as_trained)
    assert told in report.notes
    assert told not in quiet.notes
    assert told in encode_test_rows(model.schema, Source(naive.assign(at=moments + "-05:00")))[1]


def overflowing(model):
    """The model with weights so large that the output of some rows is not finite."""
    *layers, last = model.network.layers
    kernel = np.full(last.kernel.shape, 9e149)
    return replace(model, network=Network((*layers, replace(last, kernel=kernel, bias=last.bias.astype(float)))))


def test_rows_without_a_finite_prediction_count_as_bad_rows(tmp_path):
    frame = mixed_table(200, "number", seed=9)
    model = model_of(frame, members=1)
    large = overflowing(model)
    with np.errstate(all="ignore"):
        finite = np.abs(large.network(large.schema.encode(frame).x.astype(float))[:, 0]) <= 1e150
    assert 0 < finite.sum() < 200
    with pytest.raises(DataError, match=f"row {1 + np.argmin(finite)}: the model's output is no number"):
        predict_table(large, frame)
    frame.loc[np.argmax(finite), "dose"] = "oops"  # a bad cell beside them
    frame.to_csv(tmp_path / "t.csv", index=False)
    report = predict_file(large, tmp_path / "t.csv", tmp_path / "o.csv", read=ReadOptions(max_bad_rows=1.0))
    out = pd.read_csv(tmp_path / "o.csv")
    bad = int(200 - finite.sum() + 1)
    assert (report.rows, report.unpredicted, int(out["prediction"].isna().sum())) == (200, bad, bad)
    assert any("the model's output is no number of at most 1e+150" in note for note in report.notes)
    with pytest.raises(DataError, match=f"{bad} of 200 rows cannot be predicted"):
        predict_file(large, tmp_path / "t.csv", tmp_path / "p.csv", read=ReadOptions(max_bad_rows=0.01))
    assert not (tmp_path / "p.csv").exists()

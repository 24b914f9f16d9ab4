"""Where tables come from: compression, pipes, parts, columnar files, and what can go wrong there."""

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import threading
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from bnfit.errors import DataError
from bnfit.table import byte_streams as sources
from bnfit.table.reader import read_chunks, read_table
from bnfit.table.source import load_table, place_of
from bnfit.table.types import ReadOptions

TEXT = "name;value\n" + "".join(f'"No. {i}; ""x""";{i},5\n' for i in range(50))


def zipped(data, name="data.csv"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
        archive.writestr("__MACOSX/._data.csv", b"\0\5\26")
    return file.getvalue()


def zstd(data):
    half = len(data) // 2
    return b"".join(pa.compress(part, "zstd", asbytes=True) for part in (data[:half], data[half:]))


PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zip": zipped, "zst": zstd}


@pytest.fixture
def plain(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text(TEXT)
    return read_table(path).frame


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("name", ["data.csv.{}", "data.tsv.{}", "data"])
def test_compression_is_found_from_the_bytes(tmp_path, plain, kind, name):
    path = tmp_path / name.format(kind)
    path.write_bytes(PACKERS[kind](TEXT.encode()))
    assert read_table(path).frame.equals(plain)


@pytest.mark.parametrize("kind", PACKERS)
def test_a_truncated_archive_is_a_data_error(tmp_path, kind):
    path = tmp_path / "data.csv"
    noise = np.random.default_rng(0).integers(0, 10**9, 20_000)
    packed = PACKERS[kind](("a,b\n" + "".join(f"{i},{n}\n" for i, n in enumerate(noise))).encode())
    path.write_bytes(packed[: len(packed) * 2 // 3])
    with pytest.raises(DataError, match=r"data\.csv.*(truncated or damaged|cannot be read)"):
        read_table(path)


@pytest.mark.parametrize("kind", ["", *PACKERS])
def test_stdin_is_read_whatever_comes_through_it(tmp_path, kind):
    data = PACKERS[kind](TEXT.encode()) if kind else TEXT.encode()
    code = "from bnfit.table.reader import read_table; t = read_table('-'); print(t.source, t.rows, *t.frame.columns)"
    done = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)
    assert done.stdout.decode().split() == ["<stdin>", "50", "name", "value"]


def test_parquet_through_a_pipe(tmp_path):
    file = io.BytesIO()
    parquet.write_table(pa.table({"a": [1, 2], "b": ["x", None]}), file)
    code = "from bnfit.table.reader import read_table; t = read_table('-'); print(t.rows, t.frame.dtypes['a'], t.lines)"
    done = subprocess.run([sys.executable, "-c", code], input=file.getvalue(), capture_output=True, check=True)
    assert done.stdout.decode().split() == ["2", "int64", "None"]


def test_a_fifo_is_read(tmp_path, plain):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(TEXT,))
    writer.start()
    assert read_table(path).frame.equals(plain)
    writer.join()


def test_a_fifo_that_nobody_writes_to_is_an_error_and_no_endless_wait(tmp_path, monkeypatch):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    monkeypatch.setattr(sources, "FIFO_SECONDS", 0.1)
    with pytest.raises(DataError, match="nothing writes to it"):
        read_table(path)
    os.close(os.open(path, os.O_WRONLY))  # lets the waiting thread go


def test_a_file_without_permission(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)  # root may read anything, so the mode alone proves nothing
    with pytest.raises(DataError, match=r"a\.csv': no permission to read it"):
        read_table(path)


def test_a_zip_of_several_files_and_an_office_file_are_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
        archive.writestr("b.csv", "a\n1\n")
    with pytest.raises(DataError, match=r"holds 2 files, not one: a\.csv, b\.csv"):
        read_table(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/workbook.xml", "<x/>")
    with pytest.raises(DataError, match="Office file"):
        read_table(path)


def test_parts_of_one_table(tmp_path):
    (tmp_path / "p1.csv").write_text("id,x\n1,5.5\n2,6.5\n")
    (tmp_path / "p2.csv").write_text("x;id\n7,5;3\n8,5;4\n")
    (tmp_path / "p3.csv").write_text("5,9.5\n6,9.75\n")
    table = read_table(tmp_path / "p*.csv")
    assert table.frame["id"].tolist() == ["1", "2", "3", "4", "5", "6"]
    assert table.parts == tuple((str(tmp_path / f"p{i}.csv"), 2) for i in (1, 2, 3))
    place = place_of(table)
    assert place.at(3) == f"line 3 of {tmp_path / 'p2.csv'}"
    assert place.only(np.arange(6) > 3).at(1) == f"line 2 of {tmp_path / 'p3.csv'}"


def test_rows_of_a_columnar_file_are_rows_also_where_others_were_left_out(tmp_path):
    for name in ("p1", "p2"):
        parquet.write_table(pa.table({"x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.0]}), tmp_path / f"{name}.parquet")
    one = load_table(str(tmp_path / "p1.parquet"), "x > 1")
    assert [one.place.at(i) for i in (0, 1)] == [f"row {i} of {tmp_path / 'p1.parquet'}" for i in (2, 3)]
    both = load_table(str(tmp_path / "p*.parquet"), "x > 1")
    assert both.place.at(2) == f"row 2 of {tmp_path / 'p2.parquet'}"


def test_parts_with_other_columns_are_refused(tmp_path):
    (tmp_path / "p1.csv").write_text("id,x\n1,5\n2,6\n")
    (tmp_path / "p2.csv").write_text("id,y\n1,5\n2,6\n")
    with pytest.raises(DataError, match=r"p2\.csv' has other columns than .*p1\.csv': 'x'"):
        read_table(tmp_path / "p*.csv")


def test_a_pattern_that_matches_nothing(tmp_path):
    with pytest.raises(DataError, match="no file matches"):
        read_table(tmp_path / "*.csv")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / "nowhere" / "a.csv")
    assert "there is no folder" in caught.value.hint


FRAME = pd.DataFrame(
    {
        "n": [1, 2, 3],
        "x": [1.5, None, 2.5],
        "s": pd.Series(["a", None, "c"], dtype="str"),
        "t": pd.to_datetime(["2020-01-01", "2020-01-02", None]),
        "b": [True, False, True],
    }
)


@pytest.mark.parametrize("kind", ["parquet", "arrow", "stream", "feather"])
def test_columnar_files_keep_their_types(tmp_path, kind):
    path, table = tmp_path / "a.bin", pa.Table.from_pandas(FRAME)
    if kind == "parquet":
        parquet.write_table(table, path, row_group_size=2)
    elif kind == "feather":
        feather.write_feather(table, str(path))
    else:
        opened = pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream
        with path.open("wb") as file, opened(file, table.schema) as writer:
            writer.write_table(table, max_chunksize=2)
    read = read_table(path)
    pd.testing.assert_frame_equal(read.frame, FRAME)
    assert read.dialect is None
    assert read.lines is None
    assert read.rows == 3
    assert sum(chunk.rows for chunk in read_chunks(path, rows=1)) == 3


def test_decimals_and_repeated_names_of_a_columnar_file(tmp_path):
    from decimal import Decimal

    path = tmp_path / "a.parquet"
    parquet.write_table(pa.Table.from_arrays([pa.array([Decimal("1.50")]), pa.array([1])], names=["a", "b"]), path)
    assert read_table(path).frame["a"].tolist() == [1.5]
    batch = pa.RecordBatch.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    with path.open("wb") as file, pa.ipc.new_file(file, batch.schema) as writer:
        writer.write_batch(batch)
    read = read_table(path)
    assert list(read.frame.columns) == ["a", "a_2"]
    assert read.notes == ("column 2, a second 'a', is called 'a_2'",)


@pytest.mark.parametrize("head", [b"PAR1", b"ARROW1\0\0", b"FEA1"])
def test_a_damaged_columnar_file(tmp_path, head):
    path = tmp_path / "a.bin"
    path.write_bytes(head + b"x" * 100)
    with pytest.raises(DataError, match=r"a\.bin"):
        read_table(path)


def test_an_empty_columnar_file_has_no_rows(tmp_path):
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"a": pa.array([], pa.int64())}), path)
    with pytest.raises(DataError, match="no rows"):
        read_table(path)


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "a.csv.gz"
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write("a,b,c\n")
        for _ in range(60):
            file.write("1.5,some text,2020-01-01\n" * 50_000)
    code = (
        "import sys, resource; from bnfit.table.reader import read_chunks\n"
        "peaks = []; rows = 0\n"
        "for chunk in read_chunks(sys.argv[1]):\n"
        "    rows += chunk.rows; peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
        "print(rows, peaks[4], peaks[-1])"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=True)
    rows, early, late = map(int, done.stdout.split())
    assert rows == 3_000_000
    assert late < early + 40_000  # KB; the text has 75 MB


def test_chunks_are_no_larger_than_asked(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 1000)
    sizes = [chunk.rows for chunk in read_chunks(path, rows=300)]
    assert sizes == [300, 300, 300, 100]


def test_too_many_bad_rows_in_chunks_are_an_error_at_the_end(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 49 + "3\n4\n")
    words = r"2 of 51 rows do not fit the table: .*line 51, column 2: 1 cells instead of 2"
    with pytest.raises(DataError, match=words):
        list(read_chunks(path))
    assert sum(c.rows for c in read_chunks(path, ReadOptions(max_bad_rows=0.04))) == 49

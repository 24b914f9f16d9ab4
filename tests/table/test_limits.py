"""What is too long or too wide is refused at once, in words, however far the file goes on."""

import gzip
import io

import pandas as pd
import pytest

from bnfit.errors import DataError
from bnfit.table import reader, text_reader, types
from bnfit.table.reader import read_chunks, read_table
from bnfit.table.types import ReadOptions


class Endless(io.RawIOBase):
    """A beginning, and then one piece again and again; it tells how much was read."""

    def __init__(self, start, piece):
        self.given, self.start, self.piece = 0, start, piece

    def readable(self):
        return True

    def readinto(self, buffer):
        if self.given > 1 << 28:
            raise AssertionError("read on and on")
        data = self.start or self.piece * max(1, len(buffer) // len(self.piece))
        data = data[: len(buffer)]
        self.start = self.start[len(data) :]
        buffer[: len(data)] = data
        self.given += len(data)
        return len(data)


def tables(start, piece, options=None):
    stream = Endless(start, piece)
    return text_reader.TextReader(io.BufferedReader(stream), "big.csv", options or ReadOptions()).tables()


@pytest.mark.parametrize("start", [b"a,b\n1,2\n3,", b'a,b\n1,2\n3,"', b"a,b\n" + b"1,2\n" * 300_000 + b"3,"])
def test_a_line_without_an_end_is_refused(start):
    line = start.count(b"\n") + 1
    with pytest.raises(DataError, match=f"'big.csv': line {line} is longer than 32 MB"):
        for _ in tables(start, b"x"):
            pass


def test_a_compressed_cell_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "cell.csv.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(b"a,b\n1,2\n3,")
        for _ in range(10):
            file.write(b"x" * (1 << 23))
        file.write(b"\n5,6\n")
    with pytest.raises(DataError, match="line 3 is longer than 32 MB"):
        read_table(path)


def test_a_file_that_cannot_be_read_any_more_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "_HOPELESS", 500)
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,2\n" * 200_000 + "x\n" * 400_000)
    with pytest.raises(DataError, match="rows do not fit the table") as caught:
        list(read_chunks(path))
    assert int(caught.value.message.split()[2]) < 550_000  # of all rows
    allowed = read_table(path, ReadOptions(max_bad_rows=1.0))
    assert (allowed.rows, len(allowed.rejected)) == (200_000, 400_000)


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".arrow"])
def test_too_many_columns_are_refused(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(types, "MOST_COLUMNS", 50)
    write = {".csv": pd.DataFrame.to_csv, ".parquet": pd.DataFrame.to_parquet, ".arrow": pd.DataFrame.to_feather}[
        ending
    ]
    for columns in (50, 51):
        frame = pd.DataFrame({f"c{i}": [1.5, 2, 3] for i in range(columns)})
        write(frame, tmp_path / f"{columns}{ending}", **({"index": False} if ending == ".csv" else {}))
    assert read_table(tmp_path / f"50{ending}").frame.shape == (3, 50)
    with pytest.raises(DataError, match="has 51 columns, and bnfit reads 50 at most"):
        read_table(tmp_path / f"51{ending}")

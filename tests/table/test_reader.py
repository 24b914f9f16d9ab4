"""Reading ordinary files, and the errors for what is no table."""

import bz2
import gzip
import lzma

import pytest

from bnfit.errors import DataError
from bnfit.table.reader import read_chunks, read_table
from bnfit.table.types import ReadOptions

TEXT = 'name;value\n"Müller; H.";1,5\n"say ""hi""";2\nx;\n'
CELLS = [["Müller; H.", "1,5"], ['say "hi"', "2"], ["x", None]]


def cells(frame):
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_encodings_are_found(tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode(encoding))
    table = read_table(path)
    assert cells(table.frame) == CELLS
    assert list(table.frame.columns) == ["name", "value"]
    assert table.rows == 3
    assert table.lines.tolist() == [2, 3, 4]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compression_is_found_whatever_the_name(tmp_path, pack):
    path = tmp_path / "data"
    path.write_bytes(pack(TEXT.encode()))
    assert cells(read_table(path).frame) == CELLS


def test_a_file_without_header_gets_column_names(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("1,2\n3,4\n")
    table = read_table(path)
    assert list(table.frame.columns) == ["column_1", "column_2"]
    assert cells(table.frame) == [["1", "2"], ["3", "4"]]


def test_header_can_be_stated(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("1,2\n3,4\n")
    assert list(read_table(path, ReadOptions(header=True)).frame.columns) == ["1", "2"]


def test_a_short_row_is_rejected_with_its_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 100 + "3\n" + "1,2\n" * 100)
    table = read_table(path)
    assert [(r.line, r.column) for r in table.rejected] == [(102, 2)]
    assert table.rows == 200


def test_too_many_bad_rows_are_an_error(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n3\n1,2\n4\n")
    with pytest.raises(DataError, match="line 3"):
        read_table(path)


def test_chunks_make_up_the_table(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "".join(f"{i},x{i}\n" for i in range(25)))
    chunks = list(read_chunks(path, rows=10))
    assert [c.rows for c in chunks] == [10, 10, 5]
    assert [row for c in chunks for row in cells(c.frame)] == cells(read_table(path).frame)


def test_a_missing_file_names_its_neighbour(tmp_path):
    (tmp_path / "dialysis.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match="no such file") as caught:
        read_table(tmp_path / "dialisys.csv")
    assert "dialysis.csv" in caught.value.hint
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(("content", "said"), [("", "empty"), ("\n\n", "empty"), ("a,b\n", "no rows")])
def test_files_without_rows(tmp_path, content, said):
    path = tmp_path / "a.csv"
    path.write_text(content)
    with pytest.raises(DataError, match=said):
        read_table(path)


def test_a_directory_is_no_file(tmp_path):
    (tmp_path / "part.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match="is a directory") as caught:
        read_table(tmp_path)
    assert "*.csv" in caught.value.hint

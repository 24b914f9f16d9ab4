"""Any frame written in any supported dialect reads back the same, and the fast way agrees with the careful one."""

import csv
import io
from pathlib import Path

import pytest
from example_counts import examples
from hypothesis import HealthCheck, assume, example, given
from hypothesis import strategies as st

from bnfit.errors import DataError
from bnfit.table import fast_parser as blocks
from bnfit.table.reader import read_table
from bnfit.table.row_parser import Scanner, is_blank
from bnfit.table.text_reader import TextReader
from bnfit.table.types import Dialect, ReadOptions

CELL = st.one_of(
    st.text(alphabet="ab ,;\t|'\"\n.-#é\\", max_size=8),
    st.integers(-(10**6), 10**6).map(str),
    st.sampled_from(["1.5", "2020-01-31", "x", "yes", "Zürich", "4,5", "a\r\nb", "日本"]),
)
NAME = st.text(alphabet="abcdefghijklmnopqrstuvwxyzäß_0123456789", min_size=1, max_size=8).filter(
    lambda name: not name[0].isdigit()
)


@st.composite
def tables(draw, min_columns=2):
    width = draw(st.integers(min_columns, 5))
    names = draw(st.lists(NAME, min_size=width, max_size=width, unique=True))
    rows = draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=12))
    return names, rows


def written(names, rows, delimiter, quote, newline, escape, quoting):
    file = io.StringIO()
    writer = csv.writer(
        file,
        delimiter=delimiter,
        quotechar=quote,
        lineterminator=newline,
        quoting=quoting,
        doublequote=not escape,
        escapechar=escape or None,
    )
    writer.writerows([names, *rows])
    return file.getvalue()


def read_back(text, options, tmp_path: Path, encoding="utf-8"):
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(encoding))
    frame = read_table(path, options).frame
    return list(frame.columns), [[None if cell != cell else cell for cell in row] for row in frame.to_numpy(object)]


def expected(rows):
    return [[None if cell in ("", " ") else cell for cell in row] for row in rows]


SLOW = examples(150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOW
@given(
    table=tables(),
    delimiter=st.sampled_from(",;\t|:^~"),
    quote=st.sampled_from("\"'"),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_a_stated_dialect_reads_back(tmp_path, table, delimiter, quote, newline, encoding, quoting):
    names, rows = table
    assume(not all(not any(cell.strip() for cell in row) for row in rows))
    if newline == "\r":
        quoting = csv.QUOTE_ALL  # Python's writer leaves "\\n" unquoted in such a file, which makes two rows of one
    text = written(names, rows, delimiter, quote, newline, "", quoting)
    options = ReadOptions(delimiter=delimiter, quote=quote, header=True)
    assert read_back(text, options, tmp_path, encoding) == (names, expected(rows))


@SLOW
@given(table=tables(), delimiter=st.sampled_from(",;\t|"))
def test_backslashes_before_quotes_read_back(tmp_path, table, delimiter):
    names, rows = table
    rows = [['say "x" now', *row[1:]] for row in rows]
    text = written(names, rows, delimiter, '"', "\n", "\\", csv.QUOTE_ALL)
    options = ReadOptions(delimiter=delimiter, header=True)
    assert read_back(text, options, tmp_path) == (names, expected(rows))


VALUE = st.one_of(
    st.floats(-1e6, 1e6).map(lambda x: f"{x:.3f}"),
    st.sampled_from(["", "NA"]),
)


@SLOW
@given(
    numbers=st.lists(
        st.tuples(VALUE, VALUE, st.sampled_from(["north", "south", 'the "west"', "far, far"])), min_size=4
    ),
    delimiter=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"]),
)
@example([("1.000", "2.000", "north")] * 4, ";", "\n", "cp1252")
def test_a_table_of_numbers_and_words_needs_no_options(tmp_path, numbers, delimiter, newline, encoding):
    names = ["dose", "größe", "place"]
    assume(sum(a not in ("", "NA") for a, _, _ in numbers) * 2 > len(numbers))
    assume(sum(b not in ("", "NA") for _, b, _ in numbers) * 2 > len(numbers))
    text = written(names, numbers, delimiter, '"', newline, "", csv.QUOTE_MINIMAL)
    assert read_back(text, ReadOptions(), tmp_path, encoding) == (names, expected(numbers))


ROUGH = st.lists(
    st.sampled_from(['"', ",", "\n", "\r\n", "a", "1", " ", '""', '","', "é", ',"x"\n', "1,2\n", "'", "\r"]),
    max_size=25,
).map("".join)


@examples(1500)
@given(text=ROUGH, newline=st.sampled_from(["\n", "\r"]), width=st.integers(1, 4))
@example('a,"b\n1,2\n', "\n", 2)
@example('1,""x\n', "\n", 2)
@example('"a"\r"b"', "\r", 1)
@example('1,2\n"\n,\n"', "\n", 2)
@example('"\n,a",', "\n", 3)
@example('"\r,a"', "\n", 2)
def test_the_fast_way_agrees_with_the_careful_one(text, newline, width):
    dialect = Dialect(delimiter="," if width > 1 else "", newline=newline)
    block = blocks.split_rows(text.encode(), dialect, 1, True, width)
    if block is None:
        return
    done = len(text.encode()[: block.consumed].decode())
    careful = [(p.line, p.row) for p in Scanner(dialect).rows(text, width) if p.start < done]
    seen = block.widths > 0
    assert block.widths[seen].tolist() == [len(row.cells) for _, row in careful]
    if "\r" not in text:
        assert block.lines[seen].tolist() == [line for line, _ in careful]
    for wanted in set(block.widths[seen].tolist()):
        data = blocks.select_rows(block, block.widths == wanted)
        cells = blocks.cut_cells(data, dialect, wanted, ()).to_pylist()
        assert [list(row.values()) for row in cells] == [row.cells for _, row in careful if len(row.cells) == wanted]


@examples(300)
@given(text=ROUGH)
@example(',"x"\n"\n,\n"')
def test_every_row_is_read_or_rejected(text):
    """Whatever the text, the parts account for it all, and nothing but a DataError is raised."""
    try:
        reader = TextReader(io.BytesIO(text.encode()), "x.csv", ReadOptions())
        tables = list(reader.tables())
    except DataError:
        return
    rows = sum(table.rows + len(table.rejected) for table in tables)
    width = reader.layout.width
    scanner = Scanner(reader.layout.dialect)
    body = list(scanner.rows(text, width, start=reader.layout.start))
    assert rows == len(body)
    assert not any(is_blank(text, p.start, p.row.end) for p in body)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_blocks_of_any_size_give_the_same_table(tmp_path, monkeypatch, size):
    text = "a,b\n" + "".join(f'{i},"line {i}\nand ""more"", é"\n' if i % 3 else f"{i},x{i}\n" for i in range(60))
    path = tmp_path / "a.csv"
    path.write_text(text)
    whole = read_table(path)
    monkeypatch.setattr("bnfit.table.text_reader.SAMPLE_BYTES", 40)
    monkeypatch.setattr("bnfit.table.text_reader.BLOCK_BYTES", size)
    pieces = read_table(path)
    assert pieces.frame.equals(whole.frame)
    assert pieces.lines.tolist() == whole.lines.tolist()
    assert whole.rows == 60

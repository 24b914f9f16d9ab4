"""Dirty files: what is made of each, or what is said about it."""

import random

import pytest

from bnfit.errors import DataError, UsageError
from bnfit.table.reader import read_table
from bnfit.table.types import ReadOptions

ROWS = "1,2\n3,4\n5,6\n"

# ruff: noqa: E501 (one case a line)
# name: (text, options, columns, first row, words of the notes)
READ = {
    "preamble": ("Report of ward 7\n\nUpre;Ueq\n100,5;50\n120;60\n130;55\n", {}, ["Upre", "Ueq"], ["100,5", "50"], "2 lines above"),
    "preamble with delimiters": ("Title,,\n,,\na,b,c\n1,2,3\n4,5,6\n", {}, ["a", "b", "c"], ["1", "2", "3"], "2 lines above"),
    "preamble of two cells": ("By,Dr. M\nx,y,z\n1,2,3\n4,5,6\n7,8,9\n", {}, ["x", "y", "z"], ["1", "2", "3"], "1 line above"),
    "comment header": ("# x,y\n1.0,2.0\n3.0,4.0\n", {}, ["x", "y"], ["1.0", "2.0"], ""),
    "Excel sep line": ("sep=;\na;b\n1,5;2\n2,5;3\n", {}, ["a", "b"], ["1,5", "2"], "1 line above"),
    "units under the header": ("U,V\nmg/dl,mg/dl\n1,5\n2,6\n3,5\n", {}, ["U mg/dl", "V mg/dl"], ["1", "5"], "line 2 was read as part"),
    "texts under a stated header": ("U,V\nmg,mg\n1,5\n2,6\n3,5\n", {"header": True}, ["U", "V"], ["mg", "mg"], ""),
    "header twice": ("a,b\na,b\n" + ROWS, {}, ["a", "b"], ["1", "2"], "line 2 repeats the header"),
    "years as names": ("country,2019,2020\nDE,1,2\nFR,3,4\n", {}, ["country", "2019", "2020"], ["DE", "1", "2"], ""),
    "texts only": ("name,town\nAnn,Rome\nBob,Oslo\n", {}, ["name", "town"], ["Ann", "Rome"], ""),
    "no header": (ROWS, {}, ["column_1", "column_2"], ["1", "2"], ""),
    "no header, stated": ("a,b\n" + ROWS, {"header": False}, ["column_1", "column_2"], ["a", "b"], ""),
    "duplicate names": ("a,a,b\n1,2,3\n", {}, ["a", "a_2", "b"], ["1", "2", "3"], "a second 'a', is called 'a_2'"),
    "empty names": ("a,,b\n1,2,3\n", {}, ["a", "column_2", "b"], ["1", "2", "3"], "without a name: called 'column_2'"),
    "taken names": ("a,a,a_2\n1,2,3\n", {}, ["a", "a_3", "a_2"], ["1", "2", "3"], "is called 'a_3'"),
    "line break in a name": ('"dose\n(mg)",b\n1,2\n', {}, ["dose (mg)", "b"], ["1", "2"], ""),
    "delimiter after every row": ("a,b,\n1,2,\n3,4,\n", {}, ["a", "b"], ["1", "2"], ""),
    "delimiter after data rows": ("a,b\n1,2,\n3,4,\n", {}, ["a", "b"], ["1", "2"], "every row ends in a delimiter"),
    "delimiter after data rows, header stated": ("a,b\n1,2,\n3,4,\n", {"header": True}, ["a", "b"], ["1", "2"], "every row ends in a delimiter"),
    "row names of R": ('"a" "b"\n"1" 1.5 2\n"2" 3.5 4\n', {}, ["column_1", "a", "b"], ["1", "1.5", "2"], "was taken for row names"),
    "row names of R, semicolons": ('"a";"b"\n"x";1;2\n"y";3;4\n', {}, ["column_1", "a", "b"], ["x", "1", "2"], "was taken for row names"),
    "header with a delimiter too many": ("a,,b\n" + ROWS, {}, ["a", "b"], ["1", "2"], "one empty name too many"),
    "header with another delimiter": ("a b c\n1,2,3\n4,5,6\n", {}, ["a", "b", "c"], ["1", "2", "3"], "the header is delimited by ' '"),
    "aligned with spaces": (" x  y\n 1.0   2.5\n10.0  -3.5\n", {}, ["x", "y"], ["1.0", "2.5"], ""),
    "spaces after commas": ('a, b, "c"\n1, 2, "x, y"\n3, 4, "z"\n', {}, ["a", "b", "c"], ["1", "2", "x, y"], ""),
    "stated delimiter with space": ("a, b\n1, 2\n3,4\n", {"delimiter": ", "}, ["a", "b"], ["1", "2"], ""),
    "tabs": ("a\tb\nSmith, J\t1\nDoe, A\t2\n", {}, ["a", "b"], ["Smith, J", "1"], ""),
    "a stated tab": ("a b\tc,d\n1\t2\n3\t4\n", {"delimiter": "\\t"}, ["a b", "c,d"], ["1", "2"], ""),
    "pipes": ("a|b\n1|2\n3|4\n", {}, ["a", "b"], ["1", "2"], ""),
    "one column": ("dose\n1,5\n2,7\n", {}, ["dose"], ["1,5"], ""),
    "one column with gaps": ("x\n1\n\n2\n", {}, ["x"], ["1"], "blank lines left out: 1"),
    "one cell": ("5", {}, ["column_1"], ["5"], ""),
    "one row": ("1,2,3", {}, ["column_1", "column_2", "column_3"], ["1", "2", "3"], ""),
    "apostrophes as quotes": ("a,b\n'x, y','it''s'\n'z','w'\n", {}, ["a", "b"], ["x, y", "it's"], ""),
    "backslash before quotes": ('a,b\n"x \\"y\\" z","1"\n"w","2"\n', {}, ["a", "b"], ['x "y" z', "1"], ""),
    "quotes not doubled": ('a,b\n"x "y" z",1\n"w",2\n', {}, ["a", "b"], ['x "y" z', "1"], "rows with a stray quote"),
    "a quote that opens nothing": ('a,b\n"x,1\ny,2\nz,3\n', {}, ["a", "b"], ['"x', "1"], "rows with a stray quote"),
    "inches": ('a,b\n5" pipe,1\n6" pipe,2\n', {}, ["a", "b"], ['5" pipe', "1"], ""),
    "no quotes, stated": ('a,b\n"x,1"\n"y,2"\n', {"quote": ""}, ["a", "b"], ['"x', '1"'], ""),
    "old Mac line breaks": ("a,b\r1,2\r3,4\r", {}, ["a", "b"], ["1", "2"], ""),
    "mixed line breaks": ("a,b\r\n1,2\n3,4\r5,6\n", {}, ["a", "b"], ["1", "2"], ""),
    "no line break at the end": ("a,b\n1,2\n3,4", {}, ["a", "b"], ["1", "2"], ""),
    "blank lines at the end": ("a,b\n1,2\n3,4\n\n \n", {}, ["a", "b"], ["1", "2"], ""),
    "NUL characters": ("a,b\n1\0,2\n3,4\n", {}, ["a", "b"], ["1", "2"], "NUL characters left out: 1"),
    "texts for missing": ("a,b\nNA,x\n-999,y\n1,z\n", {"na": ("-999",)}, ["a", "b"], ["NA", "x"], ""),
    "nothing but gaps": ("a,b\n,\n,\n", {}, ["a", "b"], [None, None], ""),
    "UTF-16 without mark": ("a,b\n1,2\n3,4\n".encode("utf-16-le"), {}, ["a", "b"], ["1", "2"], ""),
    "UTF-32": ("a,b\n1,é\n3,4\n".encode("utf-32"), {}, ["a", "b"], ["1", "é"], ""),
    "Windows-1252": ("a,b\n1,“5 €”\n3,4\n".encode("cp1252"), {}, ["a", "b"], ["1", "“5 €”"], ""),
    "a wrong byte in UTF-8": ("a,b\n1,größer\n3,äöü é\n5,ü\n".encode() + b"7,caf\xe9\n", {}, ["a", "b"], ["1", "größer"], "Windows-1252: 1"),
    "stated encoding": ("a,b\n1,Ж\n3,4\n".encode("cp1251"), {"encoding": "cp1251"}, ["a", "b"], ["1", "Ж"], ""),
}  # fmt: skip

# name: (text, options, words of the error)
REFUSED = {
    "nothing": ("", {}, "is empty"),
    "blank lines": ("\n \n\n", {}, "is empty"),
    "a mark only": (b"\xef\xbb\xbf", {}, "is empty"),
    "header only": ("a,b,c\n", {}, "has no rows of data"),
    "short rows": ("a,b\n1,2\n3\n4\n", {}, "line 3, column 2: 1 cells instead of 2"),
    "long row": ("a,b\n1,2\n3,4,5\n", {"max_bad_rows": 0}, "line 3, column 3: 3 cells instead of 2"),
    "cell behind the last delimiter": ("a,b,\n" + "1,2,\n" * 1200 + "5,6,7\n", {"max_bad_rows": 0}, "line 1202, column 3: 3 cells instead of 2"),
    "quote not closed": ('a,b,c\n1,2,3\n1,"x\n4,5,6\n', {"max_bad_rows": 0}, "line 3, column 2: a quote that is not closed"),
    "two tables below each other": ("a,b\n1,2\n3,4\n\nc,d,e\n1,2,3\n4,5,6\n7,8,9\n", {}, "holds two tables"),
    "second table": ("a,b\n1,2\n3,4\n5,6\nc,d,e\n1,2,3\n", {}, "2 of 5 rows do not fit the table: .*line 5, column 3"),
    "two names run together": ("id,agesex,y\n1,30,m,5\n2,40,f,6\n3,50,m,7\n", {}, "line 1: the header has 3 names but the rows have 4"),
    "short first row without header": ("1,2\n1,2,3\n4,5,6\n7,8,9\n", {"max_bad_rows": 0}, "1 of 4 rows do not fit the table: .*line 1, column 3"),
    "the same, stated": ("1,2\n1,2,3\n4,5,6\n7,8,9\n", {"header": False, "max_bad_rows": 0}, "1 of 4 rows do not fit the table: .*line 1, column 3"),
    "a web page": ("<!DOCTYPE html>\n<html><body>\n<p>Not found</p></body></html>\n", {}, "web page"),
    "JSON": ('{"a": 1,\n "b": [1,2,3]}\n', {}, "is JSON"),
    "JSON lines": ('{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n', {}, "is JSON"),
    "zeros": (bytes(20_000), {}, "holds nothing but NUL bytes"),
    "a hole": (b"a,b\n1,2\n" + bytes(3 << 20) + b"3,4\n", {}, "holds 64 KiB and more of NUL bytes"),
    "binary": (bytes(range(256)) * 20, {}, "is not a text file"),
    "unknown encoding": ("a,b\n1,2\n", {"encoding": "utf-9"}, "there is no encoding 'utf-9'"),
    "no text encoding": ("a,b\n1,2\n", {"encoding": "base64"}, "there is no encoding 'base64'"),
    "wrong encoding": ("a,b\n1,é\n".encode("latin-1"), {"encoding": "utf-8"}, "is not utf-8"),
}  # fmt: skip


def write(tmp_path, text):
    path = tmp_path / "dirty.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("name", READ)
def test_what_is_read(tmp_path, name):
    text, options, columns, first, note = READ[name]
    table = read_table(write(tmp_path, text), ReadOptions(**options))
    assert list(table.frame.columns) == columns
    assert [None if cell != cell else cell for cell in table.frame.iloc[0]] == first
    assert note in "; ".join(table.notes)
    assert bool(note) == bool(table.notes)
    assert not table.rejected


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_in_one_or_two_lines(tmp_path, name):
    text, options, words = REFUSED[name]
    with pytest.raises(DataError, match=words) as caught:
        read_table(write(tmp_path, text), ReadOptions(**options))
    assert caught.value.exit_code == 3
    assert len(str(caught.value).splitlines()) <= 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"delimiter": "::"}, "delimiter '::'"),
        ({"delimiter": ",", "quote": ","}, "quote ','"),
        ({"delimiter": "; ", "quote": ";"}, "quote ';'"),
        ({"decimal": "x"}, "decimal mark 'x'"),
    ],
)
def test_options_that_fit_no_file_are_a_fault_of_the_request(tmp_path, options, words):
    with pytest.raises(UsageError, match=words) as caught:
        read_table(write(tmp_path, "a,b\n1,2\n"), ReadOptions(**options))
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("rows", [2, 83, 300])
def test_one_rejected_row_is_never_too_many_but_two_may_be(tmp_path, rows):
    lines = ["a,b", *(f"{i},x" for i in range(rows))]
    table = read_table(write(tmp_path, "\n".join([*lines, "7"])))
    assert [(r.line, r.reason) for r in table.rejected] == [(rows + 2, "1 cells instead of 2")]
    assert table.rows == rows
    path = write(tmp_path, "\n".join([*lines, "7", "8"]))
    if rows < 198:
        with pytest.raises(DataError, match=f"2 of {rows + 2} rows do not fit"):
            read_table(path)
    else:
        assert len(read_table(path).rejected) == 2
    with pytest.raises(DataError, match=r"1 of .* rows do not fit"):
        read_table(write(tmp_path, "\n".join([*lines, "7"])), ReadOptions(max_bad_rows=0))


def test_rejected_rows_add_up_and_are_named(tmp_path):
    lines = ["a,b,c", *(f"{i},x,{i}" for i in range(2, 1001))]
    lines[10] = "11,x"
    lines[500] = "501,x,y,z"
    lines[700] = '701,"x,701'
    lines[800] = "a,b,c"
    table = read_table(write(tmp_path, "\n".join(lines)))
    assert [(r.line, r.column, r.reason) for r in table.rejected] == [
        (11, 3, "2 cells instead of 3"),
        (501, 4, "4 cells instead of 3"),
        (801, None, "the header once more"),
    ]
    assert table.rows + len(table.rejected) == 999
    assert table.rows == len(table.frame) == len(table.lines)
    assert all(table.frame["a"] == [str(line) for line in table.lines])
    assert table.frame["b"][table.lines == 701].tolist() == ['"x']


def test_a_stray_quote_costs_no_other_row(tmp_path):
    rows = [f'{i},"a, b",{i}' for i in range(20_000)]
    rows[7000] = '7000,"a, b,7000'
    rows[15000] = '15000,5" pipe,15000'
    table = read_table(write(tmp_path, "i,t,j\n" + "\n".join(rows)))
    assert table.rows + len(table.rejected) == 20_000
    assert [r.line for r in table.rejected] == [7002]
    assert table.frame["i"].tolist() == table.frame["j"].tolist()
    assert table.frame["t"][14999] == '5" pipe'


def test_a_cell_of_a_million_characters(tmp_path):
    long = "x, y, z\n" * 150_000
    table = read_table(write(tmp_path, f'a,b\n1,"{long}"\n2,z\n'))
    assert table.frame["b"].tolist() == [long, "z"]
    assert table.lines.tolist() == [2, 150_003]


def test_ten_thousand_columns(tmp_path):
    names = ",".join(f"c{i}" for i in range(10_000))
    row = ",".join(map(str, range(10_000)))
    table = read_table(write(tmp_path, f"{names}\n{row}\n{row}\n"))
    assert table.frame.shape == (2, 10_000)
    assert table.frame["c9999"].tolist() == ["9999", "9999"]


@pytest.mark.parametrize(("text", "decimal"), [("a;b\n1,5;2\n", ","), ("a,b\n1.5,2\n", "."), ('a,b\n"1,5",2\n', ",")])
def test_the_decimal_mark_is_found(tmp_path, text, decimal):
    assert read_table(write(tmp_path, text)).dialect.decimal == decimal


SEEDS = [
    b"Upre,U120,Ueq\n" + b"".join(b"%d,%.1f,%d\n" % (150 + i, 80 - i / 3, 50 + i) for i in range(30)),
    'name;größe;wert\n"Müller; H.";1,5;x\n"say ""hi""";2;y\nx;;z\n'.encode() * 3,
    b'a,b\r\n"x\r\ny",2\r\n3,"4"\r\n' * 5,
    b"x y  z\n1.0  2 3\n" * 8,
    "a,b\n1,ü\n2,x\n".encode("utf-16"),
]
PIECES = [
    b'"',
    b"'",
    b",",
    b";",
    b"\n",
    b"\r",
    b"\t",
    b"\0",
    b"\xff",
    b" ",
    b'""',
    b'\\"',
    b"\xc3",
    b"|",
    b"\xef\xbb\xbf",
]


def mutated(random_source):
    data = bytearray(random_source.choice(SEEDS))
    for _ in range(random_source.choice([1, 2, 3, 10])):
        at = random_source.randrange(len(data) + 1)
        piece = random_source.choice(PIECES)
        kind = random_source.randrange(4)
        if kind == 0:
            data[at:at] = piece
        elif kind == 1:
            del data[at : at + random_source.randint(1, 20)]
        elif kind == 2:
            data = data.replace(random_source.choice(PIECES), piece, random_source.choice([1, 5]))
        else:
            data[at : at + 1] = bytes([random_source.randrange(256)])
    return bytes(data)


@pytest.mark.parametrize("seed", range(10))
def test_mutated_files_end_in_a_table_or_a_data_error(tmp_path, seed):
    random_source = random.Random(seed)
    read, said = 0, []
    for _ in range(60):
        path = write(tmp_path, mutated(random_source))
        try:
            table = read_table(path, ReadOptions(max_bad_rows=random_source.choice([0.01, 1.0])))
        except DataError as error:
            said.append(str(error))
            continue
        read += 1
        assert table.rows == len(table.frame) == len(table.lines)
        assert (table.lines[1:] > table.lines[:-1]).all()
        assert table.frame.columns.is_unique
    assert 5 < read < 60  # both outcomes were seen
    assert all(1 <= len(message.splitlines()) <= 2 for message in said)


def test_a_mark_inside_the_text_is_kept(tmp_path):
    text = "a,b\n\ufeffx,1\n\ufeffy,2\n"
    assert read_table(write(tmp_path, text)).frame["a"].tolist() == ["\ufeffx", "\ufeffy"]

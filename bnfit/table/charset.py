"""Bytes of any encoding to UTF-8."""

from __future__ import annotations

import codecs

from bnfit.errors import DataError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Bytes that Windows-1252 leaves undefined; a text that has them is taken for Latin-1.
_UNDEFINED = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
MANY_NULS = 1 << 16
"""NUL bytes in a row that no program writes into a text: a hole that an interrupted copy left, or an endless device."""
_UTF8 = ("utf-8", "utf-8-sig")


def detect_encoding(head: bytes, complete: bool) -> str:
    """The codec of a text from its first bytes: by its mark, by its NUL bytes, UTF-8 if valid, else Western European.

    Args:
        head: the first bytes.
        complete: whether they are all there is, so that no character can be cut at the end.
    """
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return codec
    if wide := _wide(head):
        return wide
    try:
        codecs.utf_8_decode(head, "strict", complete)
    except UnicodeDecodeError:
        return "utf-8" if _mostly_utf8(head) else "latin-1" if any(b in head for b in _UNDEFINED) else "cp1252"
    return "utf-8"


def _mostly_utf8(head: bytes) -> bool:
    """Whether some wrong bytes stand in a text that is UTF-8 otherwise."""
    text = head.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    return sum(not character.isascii() for character in text) > 6 * wrong


def _wide(head: bytes) -> str:
    """UTF-16 or UTF-32 without a mark: ASCII characters show as NUL bytes at regular places."""
    sample = head[:4096]
    if len(sample) < 4 or sample.count(0) < 0.2 * len(sample):
        return ""
    nuls = [sample[i::4].count(0) / len(sample[i::4]) for i in range(4)]
    high = [share > 0.7 for share in nuls]
    shapes = {
        (False, True, True, True): "utf-32-le",
        (True, True, True, False): "utf-32-be",
        (False, True, False, True): "utf-16-le",
        (True, False, True, False): "utf-16-be",
    }
    return shapes.get((high[0], high[1], high[2], high[3]), "")


class Decoder:
    """Decoder of pieces of a file to UTF-8 without NUL bytes, which counts the bytes it had to mend.

    Attributes:
        mended: bytes that are not valid UTF-8 in a UTF-8 text, read as Windows-1252.
        nuls: NUL characters left out.
    """

    def __init__(self, encoding: str, source: str, stated: bool) -> None:
        """Args: the codec; the file's name for messages; whether the user chose the codec, so nothing is mended.

        Raises:
            DataError: there is no such codec.
        """
        try:
            self._decoder = codecs.getincrementaldecoder(encoding)("strict" if stated else "bnfit-mend")
            if not codecs.lookup(encoding)._is_text_encoding:
                raise LookupError
        except LookupError:
            raise DataError(
                f"there is no encoding '{encoding}'", "for example: utf-8, latin-1, cp1252, utf-16"
            ) from None
        self.encoding = encoding
        self.mended = 0
        self.nuls = 0
        self._source = source
        self._first = True

    def feed(self, data: bytes, final: bool) -> bytes:
        """The next piece as UTF-8; a character cut at the end waits for the next piece.

        Raises:
            DataError: the bytes are no text in this encoding.
        """
        before = _mended_bytes[0]
        try:
            text = self._decoder.decode(data, final)
            utf8 = data if self.encoding == "utf-8" and len(text) == len(data) else text.encode()
        except (UnicodeError, ValueError) as error:
            hint = "state another one with `encoding`"
            raise DataError(f"'{self._source}' is not {self.encoding}: {error}", hint) from error
        self.mended += _mended_bytes[0] - before
        if b"\0" in utf8:
            text_left = utf8.replace(b"\0", b"")
            if not text_left and (self._first or len(utf8) >= MANY_NULS):
                where = "nothing but" if self._first else f"{MANY_NULS // 1024} KiB and more of"
                raise DataError(f"'{self._source}' holds {where} NUL bytes", "was a download or a copy interrupted?")
            self.nuls += len(utf8) - len(text_left)
            utf8 = text_left
        self._first &= not data
        return utf8

    def notes(self) -> list[str]:
        """Return a remark on each kind of bytes mended since the last call."""
        notes = []
        if self.mended:
            notes.append(f"bytes that are not UTF-8, read as Windows-1252: {self.mended}")
        if self.nuls:
            notes.append(f"NUL characters left out: {self.nuls}")
        self.mended = self.nuls = 0
        return notes


_mended_bytes = [0]


def _mend(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler: one wrong byte in a UTF-8 text is most likely a pasted piece of Windows-1252."""
    if not isinstance(error, UnicodeDecodeError) or not error.encoding.lower().startswith("utf-8"):
        raise error
    byte = error.object[error.start : error.start + 1]
    _mended_bytes[0] += 1
    return byte.decode("latin-1" if byte in _UNDEFINED else "cp1252"), error.start + 1


codecs.register_error("bnfit-mend", _mend)

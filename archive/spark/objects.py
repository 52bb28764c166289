"""Unpacks an object of the archive: frames of zstd (RFC 8878) or gzip (RFC 1952), one after the other, as Firehose puts
event records into one object. Each frame is told by its magic bytes; lines of JSON that are not packed are read too.

Hadoop's own codec for zstd needs a native library that many machines lack, so this is PyPI's `zstandard`. What is cut or
broken is told, with what could be read before it: nothing is left out in silence.
"""

import zlib

import zstandard

ZSTD = b"\x28\xb5\x2f\xfd"
GZIP = b"\x1f\x8b"
# Frames that carry nothing of ours have one of sixteen magic numbers, and their length behind it.
SKIPPABLE = tuple(bytes([0x50 + n, 0x2A, 0x4D, 0x18]) for n in range(16))
# Bytes of packed data that are unpacked at once.
PIECE_BYTES = 64 * 1024


class Damaged(Exception):
    """The object cannot be read from some byte on."""


def unpacked(data):
    """The object's bytes unpacked, piece by piece; raises `Damaged` where they cannot be read on."""
    view, at = memoryview(data), 0
    while at < len(view):
        start, magic = at, bytes(view[at : at + 4])
        if magic == ZSTD:
            unpacker = zstandard.ZstdDecompressor().decompressobj()
        elif magic[:2] == GZIP:
            unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        elif magic in SKIPPABLE and len(view) >= at + 8:
            at += 8 + int.from_bytes(view[at + 4 : at + 8], "little")
            continue
        elif magic[:1] == b"{" and at == 0:
            yield bytes(view)
            return
        elif any(known.startswith(magic) for known in (ZSTD, GZIP, *SKIPPABLE)):
            raise Damaged(f"cut within the frame at byte {start}")
        else:
            raise Damaged(f"no frame of zstd or gzip begins at byte {start}")
        while not unpacker.eof:
            if at >= len(view):
                raise Damaged(f"cut within the frame at byte {start}")
            piece = view[at : at + PIECE_BYTES]
            at += len(piece)
            try:
                text = unpacker.decompress(piece)
            except (zstandard.ZstdError, zlib.error) as error:
                raise Damaged(f"the frame at byte {start} is broken: {error}") from error
            if text:
                yield text
        at -= len(unpacker.unused_data)


def rows(path, content):
    """The object's rows: its path, a line, and what is wrong where it is no line."""
    for line, fault in lines(bytes(content)):
        yield path, line, fault


def lines(data):
    """The object's lines as `(line, None)`, and what is damaged as `(None, what)`."""
    rest = b""
    try:
        for piece in unpacked(data):
            *whole, rest = (rest + piece).split(b"\n")
            yield from map(decoded, filter(None, whole))
    except Damaged as damage:
        # What stands behind the last line break is a part of a line.
        yield None, str(damage)
    else:
        if rest:
            yield decoded(rest)


def decoded(line):
    """A line as text."""
    try:
        return line.decode("utf-8"), None
    except UnicodeDecodeError:
        return None, "a line is no UTF-8"

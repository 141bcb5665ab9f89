"""The JSON text inside a body, whatever its Content-Type says and however it is packed.

Clients label JSON as text/plain (browsers, to save a preflight) or as a form (RudderStack's Node
SDK); PostHog's put base64 in a form field. Only the bytes tell.
"""

import base64
import binascii
import json
import zlib
from urllib.parse import parse_qs

import msgspec
import zstandard

from tenure.collect.http.refusals import BadRequest, UnknownEncoding
from tenure.collect.http.request import Request, too_large

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_GZIP_BITS, _ZLIB_BITS, _RAW_BITS = 31, 15, -15


def plain_json(body: bytes, request: Request, limit: int) -> bytes:
    """The body's JSON text, not checked yet.

    Raises TooLarge when more than `limit` bytes come out of it, BadRequest when it cannot be
    unpacked, and UnknownEncoding.
    """
    encoding = request.header(b"content-encoding").strip().lower()
    packing = request.query.get("compression", "").lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate", "zstd"):
        raise UnknownEncoding(
            f"Content-Encoding {encoding!r} is not known; use gzip, deflate or zstd",
            field="content-encoding",
        )
    if packing.startswith("lz"):
        raise UnknownEncoding(
            f"compression={packing} is not known; use gzip or base64", field="compression"
        )
    if encoding == "deflate":
        body = _inflated(body, limit)
    body = _unpacked(body, limit)
    if body[:5] == b"data=":
        body = parse_qs(body.decode("latin-1")).get("data", [""])[0].encode("latin-1", "replace")
        packing = packing or "base64"
    if packing and body[:1] not in (b"{", b"["):
        body = _unpacked(_from_base64(body), limit)
    return body.removeprefix(b"\xef\xbb\xbf")


def mended_json(body: bytes) -> bytes:
    """JSON as some clients write it, as JSON: NaN and Infinity become null, half a surrogate pair
    the replacement character.

    Python's json writes the first, JavaScript's the second; neither is a reason to lose a batch.
    Raises BadRequest when it still is no JSON.
    """
    try:
        return msgspec.json.encode(_mended(json.loads(body, parse_constant=lambda _: None)))
    except RecursionError:
        raise too_deep() from None
    except ValueError as error:
        raise BadRequest(f"malformed JSON: {error}") from None


def too_deep() -> BadRequest:
    error = BadRequest("the body is nested too deeply; nest objects and arrays less than 200 deep")
    error.code = "too_deep"
    return error


def _mended(value: object) -> object:
    if isinstance(value, str):
        if value.isascii():
            return value
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, list):
        return [_mended(each) for each in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(each) for key, each in value.items()}
    return value


def _unpacked(body: bytes, limit: int) -> bytes:
    """The body without gzip or zstd around it, which their first bytes tell: no JSON has them.

    So it does not matter that a proxy has unpacked a body already and left the header.
    """
    if body[:2] == _GZIP:
        return _inflate(body, _GZIP_BITS, limit)
    if body[:4] == _ZSTD:
        return _unzstd(body, limit)
    return body


def _inflated(body: bytes, limit: int) -> bytes:
    """Deflate is sent with a zlib header, as the RFC says, or without, as some clients do."""
    if body[:1] in (b"{", b"["):
        return body
    try:
        return _inflate(body, _ZLIB_BITS, limit)
    except BadRequest:
        return _inflate(body, _RAW_BITS, limit)


def _inflate(body: bytes, bits: int, limit: int) -> bytes:
    out = b""
    while True:
        unpacker = zlib.decompressobj(bits)
        try:
            out += unpacker.decompress(body, limit + 1 - len(out))
        except zlib.error as error:
            raise BadRequest(f"the compressed body is broken ({error}); send it again") from None
        if len(out) > limit:
            raise too_large(len(out), limit)
        if not unpacker.eof:
            raise BadRequest("the compressed body is cut short; send it again")
        body = unpacker.unused_data
        if body[:2] != _GZIP or bits != _GZIP_BITS:
            return out


def _unzstd(body: bytes, limit: int) -> bytes:
    try:
        with zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024).stream_reader(
            body
        ) as reader:
            out = reader.read(limit + 1)
    except zstandard.ZstdError as error:
        raise BadRequest(f"the compressed body is broken ({error}); send it again") from None
    if len(out) > limit:
        raise too_large(len(out), limit)
    if not out:  # a frame that is cut short later gives half a JSON text, and is refused as such
        raise BadRequest("the compressed body is cut short; send it again")
    return out


def _from_base64(body: bytes) -> bytes:
    # In a form, an unescaped plus sign has become a blank.
    text = body.strip().replace(b" ", b"+").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise BadRequest(f"the body is neither JSON nor base64 ({error})") from None

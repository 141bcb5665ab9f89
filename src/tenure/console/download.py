"""Tables as files: exact values, one header line, nothing a spreadsheet would run."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from tenure.console.streamed import streamed_reply

ROWS_AT_ONCE = 500

# A cell that begins so would be a formula in a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """A file whose only content is the line written last."""

    def write(self, line: str) -> str:
        return line


def csv_reply(
    request: HttpRequest, name: str, head: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """The rows as a download, sent as they are read."""
    return streamed_reply(request, name, _parts(_lines(head, rows)), "text/csv; charset=utf-8")


def _parts(lines: Iterator[str]) -> Iterator[str]:
    """Many lines at a time: each part changes threads on its way out."""
    while part := "".join(islice(lines, ROWS_AT_ONCE)):
        yield part


def _lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(head)
    for row in rows:
        yield writer.writerow([_cell(value) for value in row])


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value.isoformat() if hasattr(value, "isoformat") else value


def file_reply(name: str, body: bytes | str, content_type: str) -> HttpResponse:
    reply = HttpResponse(body, content_type=content_type)
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply

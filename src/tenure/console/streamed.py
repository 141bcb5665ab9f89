"""A file that is sent while it is read: it is never whole in memory, however long it is."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse


def streamed_reply(
    request: HttpRequest, name: str, parts: Iterator[str], content_type: str
) -> StreamingHttpResponse:
    """The parts as a download of that name."""
    # Asynchronous servers would collect a plain iterator before they send its first part.
    sent = _drawn(parts) if isinstance(request, ASGIRequest) else parts
    reply = StreamingHttpResponse(sent, content_type=content_type)
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    reply.headers["Cache-Control"] = "private, no-store"
    return reply


async def _drawn(parts: Iterator[str]) -> AsyncIterator[str]:
    while (part := await sync_to_async(next)(parts, None)) is not None:
        yield part

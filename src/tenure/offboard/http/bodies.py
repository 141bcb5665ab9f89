"""What a request says: JSON of the embed and of apps, or a form of the hosted page."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

import msgspec

from tenure.collect.http.refusals import BadRequest
from tenure.collect.http.request import Request
from tenure.offboard.passage import Step

BODY_BYTES = 256 * 1024
FIELDS_AT_MOST = 100
LANGUAGE_CHARS = 100
HTML = "html"


class Opening(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `v1/cancel/open`."""

    token: str
    language: str | None = None
    render: str | None = None


class Stepping(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `v1/cancel/step`. `acts` are changes of billing that the page itself can make."""

    passage: str
    action: str
    values: dict[str, str | None] = {}
    acts: list[str] = []
    render: str | None = None

    @property
    def step(self) -> Step:
        values = {name: value for name, value in self.values.items() if value is not None}
        return Step(self.action, values, tuple(self.acts))


_opening = msgspec.json.Decoder(Opening).decode
_stepping = msgspec.json.Decoder(Stepping).decode


def read_opening(body: bytes) -> Opening:
    """Raises BadRequest that names the field."""
    return _read(_opening, body)


def read_stepping(body: bytes) -> Stepping:
    """Raises BadRequest that names the field."""
    return _read(_stepping, body)


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form; of several with one name the last. Raises BadRequest."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            max_num_fields=FIELDS_AT_MOST,
            errors="replace",
        )
    except ValueError as error:
        raise BadRequest(f"this is no form ({error})") from None
    return dict(pairs)


def stepping_of(form: Mapping[str, str]) -> Stepping:
    """A step as a form sends it. Its buttons are called `action`."""
    values = {name: value for name, value in form.items() if name not in ("passage", "action")}
    return Stepping(form.get("passage", ""), form.get("action", ""), dict(values))


def languages_of(request: Request, *said: str | None) -> tuple[str | None, ...]:
    """The languages that somebody can read, the best first: as asked for, then the browser's."""
    stated = request.header(b"accept-language")[:LANGUAGE_CHARS]
    weighed = []
    for place, part in enumerate(stated.split(",")):
        name, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), place, name.strip()))
        except ValueError:
            continue
    return (*said, *(name for _, _, name in sorted(weighed)[:10]))


def _read(decode, body):  # noqa: ANN001, ANN202 - a decoder, and what it gives
    try:
        return decode(body)
    except msgspec.ValidationError as error:
        raise BadRequest(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"the body is no JSON ({error})") from None
    except RecursionError:
        raise BadRequest("the body is nested too deeply") from None

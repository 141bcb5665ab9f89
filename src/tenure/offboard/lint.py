"""What in a flow breaks the rules of the places that it is for, or wastes the time of who leaves.

    findings_of(flow, refused)      # [Finding("guilt", "words.keep.en", "...", "...", True)]

Each rule has a code, and rests on a line of `jurisdictions.toml`. Rules without one are the house's
own (`docs/cancel-flow.md`).
"""

from collections.abc import Callable, Iterator, Sequence

from django.utils.translation import gettext as _

from tenure.offboard.colours import LIGHT, TEXT_RATIO, contrast, readable
from tenure.offboard.flow_parts import NOW, SHAPES, Flow
from tenure.offboard.flow_refused import Refused
from tenure.offboard.jurisdictions import rules
from tenure.offboard.lint_clicks import clicks_to_leave
from tenure.offboard.lint_findings import Finding, by_rule
from tenure.offboard.lint_texts import findings_of_texts

CLICKS_MOST = 2
REASONS_MANY, OFFERS_MANY = 8, 3
AGAIN_AFTER_DAYS_LEAST = 14


def findings_of(flow: Flow, refused: Sequence[Refused]) -> list[Finding]:
    """All that speaks against the flow, errors first, each once."""
    found = [finding for check in _CHECKS for finding in check(flow)]
    found += [_of_refused(flow, each) for each in refused]
    found += findings_of_texts(flow)
    return sorted(dict.fromkeys(found), key=lambda finding: not finding.is_error)


def _of_house(code: str, place: str, message: str, *, is_error: bool = False) -> Finding:
    return Finding(code, place, message, "", is_error)


def _of_refused(flow: Flow, refused: Refused) -> Finding:
    message = {
        "hidden_cancel": _("the way out is never hidden, paler or later; take this out"),
        "too_many_clicks": _("leaving takes two clicks at most; take this out"),
        "reason_required": _("nobody owes us an answer; take this out"),
        "pre_ticked": _("nothing is chosen for somebody beforehand; take this out"),
        "support_instead": _("a person may be offered, and never stands in the way; take this out"),
        "offer_on_confirmation": _("offers have a screen of their own; take this out"),
        "pressure": _("nobody is hurried; take this out"),
    }[refused.code]  # fmt: skip
    return Finding(refused.code, refused.place, message, rules()[refused.code].citation, True)


def _too_many_clicks(flow: Flow) -> Iterator[Finding]:
    for shape in flow.shapes:
        for screen, clicks in clicks_to_leave(flow, shape).items():
            if clicks > CLICKS_MOST:
                message = _("from the screen %(screen)s leaving takes %(clicks)s clicks") % {
                    "screen": screen,
                    "clicks": clicks,
                }
                yield from by_rule(flow, "too_many_clicks", screen, message)


def _reason_required(flow: Flow) -> Iterator[Finding]:
    if flow.why.is_required:
        yield from by_rule(
            flow, "reason_required", "why.is_required",
            _("a reason may be asked for and not demanded; write false"),
        )  # fmt: skip


def _reasons(flow: Flow) -> Iterator[Finding]:
    codes = [each.code for each in flow.why.reasons]
    if codes and "other" not in codes:
        yield _of_house(
            "no_other", "why.reasons",
            _('whoever has another reason must choose a wrong one; add "other"'),
            is_error=flow.why.is_required,
        )  # fmt: skip
    if len(codes) > REASONS_MANY:
        yield _of_house(
            "too_many_reasons", "why.reasons",
            _("%(count)s reasons are not read in a minute; keep to %(most)s")
            % {"count": len(codes), "most": REASONS_MANY},
        )  # fmt: skip
    if not codes:
        yield _of_house(
            "no_reasons", "why.reasons", _("nobody is asked why; name some reasons"),
            is_error=flow.why.is_required,
        )  # fmt: skip


def _offers(flow: Flow) -> Iterator[Finding]:
    if flow.offers.at_most > OFFERS_MANY:
        yield from by_rule(
            flow, "too_many_offers", "offers.at_most",
            _("%(count)s offers at once are a maze; show %(most)s at most")
            % {"count": flow.offers.at_most, "most": OFFERS_MANY},
        )  # fmt: skip


def _repeated(flow: Flow) -> Iterator[Finding]:
    if flow.again_after_days < AGAIN_AFTER_DAYS_LEAST:
        yield from by_rule(
            flow, "repeated_showing", "again_after_days",
            _("whoever comes again within %(days)s days has seen it all; write %(days)s or more")
            % {"days": AGAIN_AFTER_DAYS_LEAST},
        )  # fmt: skip


def _ends(flow: Flow) -> Iterator[Finding]:
    if flow.value.keeps_data_days is None:
        yield from by_rule(
            flow, "data_end_unsaid", "value.keeps_data_days",
            _("nobody is told what happens to their data; write for how many days it is kept"),
        )  # fmt: skip
    if flow.confirm.effective == NOW:
        yield _of_house(
            "ends_at_once", "confirm.effective",
            _('with "now" time that is paid for is lost; end with the period, or refund'),
        )  # fmt: skip
    if not flow.from_name:
        yield _of_house(
            "no_name", "receipt.from_name",
            _("the page and the receipt do not say whose they are; write the company's name"),
        )  # fmt: skip


def _hold_out(flow: Flow) -> Iterator[Finding]:
    if flow.hold_out_share == 0:
        yield _of_house(
            "nothing_measured", "hold_out_share",
            _("without a hold-out nobody will know what the offers kept; write 0.2"),
        )  # fmt: skip


def _accent(flow: Flow) -> Iterator[Finding]:
    """Of the light page: hardly any accent can stay as it is on both."""
    accent = flow.theme.accent
    if accent and contrast(accent, LIGHT) < TEXT_RATIO:
        yield _of_house(
            "accent_contrast", "theme.accent",
            _("%(accent)s has a contrast of %(ratio)s on a light page; words use %(used)s")
            % {
                "accent": accent,
                "ratio": f"{contrast(accent, LIGHT):.1f}",
                "used": readable(accent, LIGHT),
            },
        )  # fmt: skip


def _shapes(flow: Flow) -> Iterator[Finding]:
    if set(flow.shapes) != set(SHAPES) and not flow.where:
        yield _of_house(
            "shapes_left_out", "shapes",
            _("whoever falls under another shape passes through the built-in flow; add it here"),
        )  # fmt: skip


_CHECKS: tuple[Callable[[Flow], Iterator[Finding]], ...] = (
    _too_many_clicks,
    _reason_required,
    _reasons,
    _offers,
    _repeated,
    _ends,
    _hold_out,
    _accent,
    _shapes,
)

"""Coming back by the link of a receipt, and taking one's data along."""

import logging

from tenure.base.errors import TenureError
from tenure.collect.http.replies import Reply
from tenure.offboard.export import export_of
from tenure.offboard.http.answers import page_reply
from tenure.offboard.http.house import Asked, House
from tenure.offboard.http.pages import return_page
from tenure.offboard.link_token import EXPORT, read_link
from tenure.offboard.outcomes import carry_out_now
from tenure.offboard.returning import Standing, come_back_by, standing_of

log = logging.getLogger("tenure.leaving")


async def page(house: House, asked: Asked) -> Reply:
    """Whether it can be taken back. A look changes nothing: mail programs look at every link."""
    token = asked.place.token

    def act() -> Standing:
        return standing_of(token, house.secret, house.home, house.clock())

    standing = await house.threads.deciding(act)
    return page_reply(return_page(asked, standing, token))


async def come_back(house: House, asked: Asked, form: dict[str, str]) -> Reply:
    """The cancellation is taken back, and billing is asked at once."""
    token, now = form.get("passage", ""), house.clock()
    returned = await house.threads.deciding(
        lambda: come_back_by(token, house.secret, house.home, now)
    )

    def act() -> Standing:
        try:
            carry_out_now(returned, house.home, now)
        except TenureError as error:
            log.error("billing waits for the worker (%s): %s", error.code, error.message)
        return standing_of(token, house.secret, house.home, now)

    standing = await house.threads.waiting(act)
    return page_reply(return_page(asked, standing, token))


async def export(house: House, asked: Asked) -> Reply:
    """What Tenure holds of the account, as a zip."""
    now = house.clock()
    link = read_link(asked.place.token, EXPORT, house.secret, now)
    body = await house.threads.waiting(lambda: export_of(house.home, link.account_id, now))
    day = now.strftime("%Y-%m-%d")
    headers = (
        (b"content-type", b"application/zip"),
        (b"content-disposition", f'attachment; filename="account-{day}.zip"'.encode()),
        (b"referrer-policy", b"no-referrer"),
        (b"x-robots-tag", b"noindex, nofollow"),
    )
    return Reply(200, body, headers)

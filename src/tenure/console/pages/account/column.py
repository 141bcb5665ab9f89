"""What a column of a card is: its meaning, the question it answers, its unit and its SQL."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from tenure.base.errors import NotFound
from tenure.card.catalogue import account_columns, person_columns
from tenure.console.pages.account.column_words import GROUPS, label, topic_of
from tenure.console.pages.frame import page_reply
from tenure.kit.sql_file import load
from tenure.kit.wide_relation import Column

TYPES = {
    "varchar": gettext_lazy("text"),
    "bigint": gettext_lazy("number"),
    "integer": gettext_lazy("number"),
    "double": gettext_lazy("number"),
    "boolean": gettext_lazy("yes or no"),
    "date": gettext_lazy("date"),
    "timestamptz": gettext_lazy("instant"),
    "varchar[]": gettext_lazy("list"),
}


@require_GET
def card_column(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """Raises NotFound for a card or a column that there is not."""
    columns = {"account": account_columns, "person": person_columns}.get(kind, dict)()
    column: Column | None = columns.get(name)
    if column is None:
        raise NotFound(_("No card has a column “%(name)s”.") % {"name": name})
    topic = topic_of(column, columns)
    context = {
        "column": column,
        "kind": kind,
        "type": TYPES.get(column.type, column.type),
        "group": GROUPS.get(topic, topic),
        "counted_from": columns.get(column.since or column.until),
        "sql": load(columns[column.since or column.until or name].package, topic),
    }
    return page_reply(request, "account/column", label(name), context, place="accounts")

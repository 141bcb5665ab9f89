"""`tenure findings`: where the data contradicts itself, and what to look at."""

import click
from django.conf import settings
from django.utils.module_loading import import_string

from tenure.base.clock import system_clock
from tenure.base.errors import NotFound
from tenure.base.home import Home
from tenure.collect.models import QualityFinding, Source
from tenure.collect.quality import recount_contradictions
from tenure.customers.findings import BLOCKED, REFUSED, IdentityFinding, identity_findings
from tenure.kit.output import FORMATS, print_rows

COLUMNS = (
    "source", "code", "severity", "count", "of_count", "share", "sentence", "explanation",
    "examples", "first_seen_at", "last_seen_at",
)  # fmt: skip
TABLE = ("source", "code", "severity", "count", "share", "sentence", "example")
_IDENTITY_SENTENCES = {
    REFUSED: "Ids that were claimed for somebody who is identified as another",
    BLOCKED: "Ids that name nobody, such as `null`",
}


@click.command()
@click.option("--source", metavar="SLUG", help="Of one source only.")
@click.option("--again", is_flag=True, help="Look for them now; imports do so by themselves.")
@click.option(
    "--format", "fmt", type=click.Choice(FORMATS), default="table", show_default=True,
    help="How to print them.",
)  # fmt: skip
def findings(source: str | None, again: bool, fmt: str) -> None:
    """List where the data contradicts itself."""
    home: Home = settings.TENURE_HOME
    import_string(settings.TENURE_PREPARATION)(home)
    if again:
        recount_contradictions(home, system_clock())
    found = QualityFinding.objects.filter(resolved_at__isnull=True)
    if source:
        if not Source.objects.filter(slug=source).exists():
            known = ", ".join(Source.objects.values_list("slug", flat=True)) or "none yet"
            raise NotFound(f"there is no source {source!r}; there are: {known}")
        found = found.filter(source=source)
    rows = [_row(finding) for finding in found]
    if not source:  # who is who concerns all sources together
        rows += [_identity_row(finding) for finding in identity_findings()]
    print_rows(rows, TABLE if fmt == "table" else COLUMNS, fmt)
    if not rows:
        click.echo("No contradictions are known.", err=True)


def _identity_row(finding: IdentityFinding) -> dict[str, object]:
    return dict.fromkeys(COLUMNS) | {
        "source": "identity",
        "code": finding.code,
        "severity": QualityFinding.Severity.WARNING,
        "count": finding.count,
        "sentence": _IDENTITY_SENTENCES[finding.code],
        "explanation": finding.remedy,
        "examples": finding.examples,
        "example": finding.examples[0],
    }


def _row(finding: QualityFinding) -> dict[str, object]:
    names = ("source", "code", "severity", "count", "of_count", "share", "sentence", "explanation")
    row: dict[str, object] = {name: getattr(finding, name) for name in names}
    row |= {
        "examples": finding.examples,
        "first_seen_at": finding.first_seen_at,
        "last_seen_at": finding.last_seen_at,
        "example": finding.examples[0].get("source_ref") if finding.examples else None,
    }
    return row

"""What a play's file may hold beside plain values: conditions, dates, translated texts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tenure.definitions.toml_file import Fields
from tenure.plays.parts import ACCOUNT, Texts
from tenure.segments.in_field import condition_in
from tenure.segments.vocabulary import Vocabulary

_DATES = ("date", "timestamptz")


@dataclass(frozen=True, slots=True)
class Names:
    """What a play may name besides itself."""

    vocabularies: Mapping[str, Vocabulary]  # by account, person
    segments: Mapping[str, str] | None  # name: over; None: checked before
    signals: Collection[str] | None


class Reading:
    """One table of a play with the conditions, columns and texts that it may hold."""

    def __init__(self, fields: Fields, over: str, languages: tuple[str, ...], names: Names) -> None:
        self.fields, self.over, self.languages, self.names = fields, over, languages, names
        self.unseen: list[str] = []

    def below(self, fields: Fields) -> "Reading":
        """The same for a table inside of this one."""
        found = Reading(fields, self.over, self.languages, self.names)
        found.unseen = self.unseen
        return found

    def condition(self, field: str = "where") -> str:
        """A condition over whom the play is for, checked; "" where there is none."""
        read = condition_in(self.fields, field, self.names.vocabularies[self.over])
        if read is None:
            return ""
        self.unseen += [each.event for each in read.unseen]
        return read.text

    def date_column(self, field: str) -> str:
        """A column of the card that is a day or an instant; "" where there is none."""
        name = self.fields.text(field, "")
        if not name:
            return ""
        columns = self.names.vocabularies[ACCOUNT].columns  # of a person, their account's card
        dates = [each for each, column in columns.items() if column.type in _DATES]
        if name not in dates:
            raise self.fields.unknown(field, "date", name, dates)
        return name

    def texts(self, field: str) -> Texts:
        """A text in every language; a plain text where there is one language alone."""
        said = self.fields.values.get(field)
        if isinstance(said, str) and len(self.languages) == 1:
            return {self.languages[0]: self.fields.text(field)}
        return self.fields.translated(field, self.languages)


def hours_around(read: Fields) -> int:
    """Hours before (negative) or after a date; 0 where neither is said."""
    before = read.whole("before_hours", 0, most=24 * 366)
    after = read.whole("after_hours", 0, most=24 * 366)
    if before and after:
        raise read.refuse("after_hours", "before_hours is stated too; keep one of them")
    return after - before

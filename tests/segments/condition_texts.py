"""Conditions drawn at random, as texts: well-typed ones over a catalogue, and hostile ones."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from segments.segment_worlds import EVENTS, TODAY

WORDS = ("", "Pro", "pro", "Team", "x", "it's", "Ünï", "ÎΣ", "%", "a_b", "back\\slash", "日本")
NUMBERS = (0, 1, 2, 14, 30, 100, 9007199254740993, 999999999999999999)
FRACTIONS = ("0.5", "2.0", "1e3", "0.3333333333333333", "1e50", ".25")
EVENT_NAMES = (*sorted(EVENTS), "never_sent")

_NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 12)  # noqa: DTZ001 - the strategy adds it

# Few days, so that values, literals and the edges of windows meet.
_NEAR = (-365, -31, -30, -29, -8, -7, -6, -1, 0, 1, 30)
days = (st.sampled_from(_NEAR) | st.integers(-400, 400)).map(lambda n: TODAY + timedelta(days=n))
_KINDS = {"varchar": "text", "bigint": "number", "double": "number", "boolean": "boolean",
          "date": "date", "timestamptz": "date", "varchar[]": "list"}  # fmt: skip


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class Texts:
    """Draws the text of one condition; how deep it may go is counted down."""

    def __init__(self, draw, vocabulary) -> None:
        self.draw = draw
        self.vocabulary = vocabulary
        self.sums = 0  # a condition may reckon only so much

    def pick(self, *choices):
        return self.draw(st.sampled_from(choices))

    def column(self, kind: str) -> str | None:
        own = [n for n, c in self.vocabulary.columns.items() if _KINDS[c.type] == kind]
        theirs = [n for n, c in self.vocabulary.account_columns.items() if _KINDS[c.type] == kind]
        names = own + [f"account.{name}" for name in theirs]
        return self.pick(*names) if names else None

    def boolean(self, depth: int) -> str:
        if depth > 0 and self.draw(st.integers(0, 2)):
            return self.pick(self._connected, self._not, self._held)(depth - 1)
        return self.pick(self._compared, self._counted, self._dated, self._between, self._in, self._like,
                         self._null, self._flag, self._has)(depth)  # fmt: skip

    def _connected(self, depth):
        parts = [self.boolean(depth) for _ in range(self.draw(st.integers(2, 4)))]
        return self.pick(" and ", " or ", "\n  AND ").join(parts)

    def _not(self, depth):
        return f"not {self.pick('', 'not ')}({self.boolean(depth)})"

    def _held(self, depth):
        return f"({self.boolean(depth)})"

    def _compared(self, depth):
        kind = self.pick("number", "number", "text", "date")
        sign = self.pick("=", "<>", "!=", "<", "<=", ">", ">=")
        return f"{self.value(kind, depth)} {sign} {self.value(kind, depth)}"

    def _counted(self, depth):
        """Where a window begins matters only to whoever counts few."""
        event, window = quoted(self.pick(*EVENT_NAMES)), self.pick(1, 7, 30, 365)
        return f"did({event}, {window}) {self.pick('=', '>', '<=')} {self.pick(0, 1, 2, 3)}"

    def _dated(self, depth):
        column = self.column("date") or "today"
        near = self.pick(self.literal("date"), f"today - {self.pick(0, 1, 7, 30)}")
        return f"{column} {self.pick('=', '<', '<=', '>')} {near}"

    def _between(self, depth):
        kind = self.pick("number", "text", "date")
        of, low, high = (self.value(kind, 0) for _ in range(3))
        return f"{of} {self.pick('', 'not ')}between {low} and {high}"

    def _in(self, depth):
        kind = self.pick("number", "text", "date")
        values = [self.literal(kind) for _ in range(self.draw(st.integers(1, 4)))]
        return f"{self.value(kind, depth)} {self.pick('', 'not ')}in ({', '.join(values)})"

    def _like(self, depth):
        pattern = self.pick("%", "P%", "%o", "_ro", "%s%", "a\\_b", "日%", "î_", "%\\%", "")
        word = self.pick("like", "not like", "ilike", "NOT ILIKE")
        return f"{self.value('text', depth)} {word} {quoted(pattern)}"

    def _null(self, depth):
        kind = self.pick("number", "text", "date", "boolean")
        of = f"({self.boolean(0)})" if kind == "boolean" else self.value(kind, 0)
        return f"{of} is {self.pick('null', 'not null')}"

    def _flag(self, depth):
        column = self.column("boolean") or "true"
        tail = ("", " is true", " is not true", " is false", " = true", " <> false")
        return column + self.pick(*tail)

    def _has(self, depth):
        column = self.column("list")
        return f"has({column}, {quoted(self.pick(*WORDS))})" if column else "true"

    def value(self, kind: str, depth: int) -> str:
        return {"number": self.number, "text": self.text, "date": self.date}[kind](depth)

    def number(self, depth: int) -> str:
        if depth > 0 and self.sums < 8 and self.draw(st.booleans()):
            return self._sum(depth - 1)
        choices = [self.column("number") or "1", self.literal("number"), self._used()]
        if column := self.column("list"):
            choices.append(f"length({column})")
        return self.pick(*choices)

    def _sum(self, depth):
        self.sums += 1
        form = self.pick("{} + {}", "{} - {}", "{} * {}", "{} / {}", "-({})", "abs({})",
                         "coalesce({}, {})", "({} - {})", "{} - {}*{}", "({} {})")  # fmt: skip
        if form == "({} {})":
            return f"({self.value('date', 0)} - {self.value('date', 0)})"
        self.sums += form.count("*")
        return form.format(*(self.number(depth) for _ in range(form.count("{}"))))

    def _used(self):
        event = quoted(self.pick(*EVENT_NAMES))
        if self.draw(st.booleans()):
            return f"last({event})"
        return f"did({event}, {self.pick(1, 7, 30, 365, 3650)})"

    def text(self, depth: int) -> str:
        found = self.pick(self.column("text") or "'x'", self.literal("text"))
        form = self.pick("{}", "{}", "lower({})", f"coalesce({{}}, {self.literal('text')})")
        return form.format(found)

    def date(self, depth: int) -> str:
        found = self.pick(self.column("date") or "today", self.literal("date"), "today")
        forms = ["{}", "{}", "({} - 30)", "({} + interval '2 weeks')", "({} - interval 1 month)",
                 "({} + interval '1 year')", "coalesce({}, today)"]  # fmt: skip
        return self.pick(*forms).format(found)

    def literal(self, kind: str) -> str:
        if kind == "number":
            plain = [str(number) for number in NUMBERS]
            return self.pick("", "-") + self.pick(*plain, *FRACTIONS)
        if kind == "text":
            return quoted(self.pick(*WORDS))
        return f"date '{self.draw(days).isoformat()}'"


@st.composite
def conditions(draw, vocabulary):
    return Texts(draw, vocabulary).boolean(draw(st.integers(0, 3)))


def rows_of(columns) -> st.SearchStrategy[dict]:
    """One row of a card: any column may be null."""
    return st.fixed_dictionaries({name: _value(column.type) for name, column in columns.items()})


def _value(type_: str) -> st.SearchStrategy:
    texts = st.sampled_from(WORDS)
    whole = st.sampled_from(NUMBERS) | st.integers(-100, 100) | st.integers(-(2**63), 2**63 - 1)
    fraction = st.sampled_from([0.0, -0.0, 0.5, 2.0, 1 / 3, 1e300, -1e300, 1e-300])
    instants = st.datetimes(
        min_value=_NOON - timedelta(days=400),
        max_value=_NOON + timedelta(days=400),
        timezones=st.just(UTC),
    )
    return (
        st.none()
        | {
            "varchar": texts,
            "bigint": whole,
            "double": fraction | st.floats(-1e6, 1e6),
            "boolean": st.booleans(),
            "date": days,
            "timestamptz": instants | days.map(_late_in_the_evening),
            "varchar[]": st.lists(texts, max_size=3),
        }[type_]
    )


def _late_in_the_evening(day: date) -> datetime:
    """In Berlin it is the next day already."""
    return datetime(day.year, day.month, day.day, 23, 30, tzinfo=UTC)


HOSTILE = (
    "'; drop table account_card; --", "' or '1'='1", "1; select 1", "read_csv('/etc/passwd')",
    "(select 1)", "/* x */", "-- x", "\x00", "\ud800", "::int", "$p0", "?", "$$x$$", "e'\\n'",
    "x'00'", "{'a': 1}", "[1]", "union all select", "exists(select 1)", "pragma_version()",
    "current_date", "cast(1 as int)", "case when true then 1 end", "over ()", "filter (where 1)",
    "getenv('HOME')", "\u202e", "＇", "1e999", "9" * 400, "0x1F", "(" * 70, ")" * 70,
    "not " * 70, "- " * 70, "did(", "last('", "account.", "..", ",", "%", "'", '"', "`", "\\",
    "interval", "date '2026-13-01'", "in ()", "between", "is", "like", "escape '\\'", "collate",
    "struct_pack", "unnest(x)", "lambda x: x", "x -> x", "@x", "#1", "::", "||", "^", "~", "&",
    "null", "true", "today", "has(", "coalesce(", "array[1]", "row(1)", "values (1)", "any(",
    "is distinct from", "at time zone 'UTC'", "within group", "ignore nulls", "columns(*)", "*",
    "exclude", "t.*", "try_cast(1 as int)", "timestamp '2026-01-01'", "1_000", "1.", "1e", "5L",
)  # fmt: skip

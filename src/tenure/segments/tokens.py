"""Which words and signs may stand in a condition at all, looked at before it is parsed.

sqlglot reads the whole of SQL happily; a condition is a small part of it. What gets past this
door cannot start a statement, a query, a comment, a cast or a parameter.
"""

from collections.abc import Collection

from django.utils.translation import gettext as _
from sqlglot.dialects import Dialect
from sqlglot.errors import TokenError
from sqlglot.tokens import Token, TokenType

from tenure.segments.bad_condition import BadCondition, Position

DIALECT = Dialect.get_or_raise("duckdb")
CHARACTERS_MOST = 4000
TOKENS_MOST = 600
# Each pair of parentheses costs the parser some twenty-five calls, and Python allows a thousand.
DEPTH_MOST = 12
PREFIXES_MOST = 3

FUNCTIONS = ("did", "last", "has", "lower", "abs", "coalesce", "length")
_SIGNS = {
    TokenType.L_PAREN, TokenType.R_PAREN, TokenType.COMMA, TokenType.DOT,
    TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE,
    TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH,
}  # fmt: skip
_WORDS = {
    TokenType.AND, TokenType.OR, TokenType.NOT, TokenType.IN, TokenType.IS, TokenType.NULL,
    TokenType.TRUE, TokenType.FALSE, TokenType.BETWEEN, TokenType.LIKE, TokenType.ILIKE,
    TokenType.DATE, TokenType.INTERVAL,
}  # fmt: skip
_VALUES = {TokenType.STRING, TokenType.NUMBER, TokenType.VAR, TokenType.IDENTIFIER}
_ALLOWED = _SIGNS | _WORDS | _VALUES
# Each of these makes the parser call itself once more.
_PREFIXES = {TokenType.NOT, TokenType.DASH, TokenType.PLUS}


def tokens_of(text: str, names: Collection[str]) -> list[Token]:
    """The tokens of a condition. `names` are columns, whatever SQL means by the word.

    Raises BadCondition for what is too long or too deep, and for whatever cannot be part of one.
    """
    _check_characters(text)
    try:
        tokens = DIALECT.tokenize(text)
    except TokenError:
        start = _open_quote(text)
        raise BadCondition(
            _("the quote that opens here is never closed; close it"),
            Position.of(text, start, len(text)),
        ) from None
    if not tokens:
        raise BadCondition(
            _("there is no condition; write one, such as mrr_minor > 0"), Position.of(text, 0, 0)
        )
    if len(tokens) > TOKENS_MOST:
        far = tokens[TOKENS_MOST].start
        raise BadCondition(
            _("this is too long; a condition has at most %(most)s words and signs")
            % {"most": TOKENS_MOST},
            Position.of(text, far, len(text)),
        )
    for token in tokens:
        _check_token(text, token, names)
    _check_depth(text, tokens)
    return tokens


def _check_characters(text: str) -> None:
    if len(text) > CHARACTERS_MOST:
        raise BadCondition(
            _("this is too long; a condition has at most %(most)s characters")
            % {"most": CHARACTERS_MOST},
            Position.of(text, CHARACTERS_MOST, len(text)),
        )
    for place, character in enumerate(text):
        is_control = character < " " and character not in "\t\r\n"
        if is_control or "\ud800" <= character <= "\udfff":
            raise BadCondition(
                _("the character %(code)s cannot stand here; take it out")
                % {"code": f"U+{ord(character):04X}"},
                Position.of(text, place, place + 1),
            )


def _check_token(text: str, token: Token, names: Collection[str]) -> None:
    place = Position.of(text, token.start, token.end + 1)
    if token.comments:
        raise BadCondition(_("a comment cannot stand in a condition; take it out"), place)
    if token.token_type in _ALLOWED:
        if token.token_type == TokenType.STRING and text[token.start] != "'":
            raise BadCondition(_("a text stands in 'single quotes'; write it so"), place)
        return
    if token.text.lower() in names or token.text.lower() in FUNCTIONS:
        token.token_type = TokenType.VAR
        return
    raise BadCondition(
        _("%(word)s means nothing in a condition; take it out") % {"word": f"`{token.text}`"},
        place,
    )


def _check_depth(text: str, tokens: list[Token]) -> None:
    depth = run = 0
    for token in tokens:
        run = run + 1 if token.token_type in _PREFIXES else 0
        if token.token_type == TokenType.L_PAREN:
            depth += 1
        elif token.token_type == TokenType.R_PAREN:
            depth -= 1
        if depth > DEPTH_MOST or run > PREFIXES_MOST:
            raise BadCondition(
                _("this is nested too deeply; at most %(most)s levels are read")
                % {"most": DEPTH_MOST},
                Position.of(text, token.start, token.end + 1),
            )


def _open_quote(text: str) -> int:
    """Where the quote stands that is never closed."""
    opened, place = "", 0
    for at, character in enumerate(text):
        if not opened and character in "'\"":
            opened, place = character, at
        elif character == opened:
            opened = ""
    return place if opened else 0

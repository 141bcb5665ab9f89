"""`[plays]` of `tenure.toml`: what plays have to know of the installation.

[plays]
app_url = "https://app.example.com"      # where the product is, for links of mails
signed_by = "Mara Lindt"                 # who signs them; else the company
long_term_hold_out_share = 0.05          # of accounts, left alone by every play that is not owed
"""

from tenure.base.home import Home
from tenure.definitions.toml_file import Fields
from tenure.kit.web_address import web_address

WHERE = "tenure.toml"
FIELDS = ("app_url", "signed_by", "long_term_hold_out_share")
LONG_TERM_SHARE, LONG_TERM_SHARE_MOST = 0.05, 0.5


def app_url(home: Home) -> str:
    """Where links into the product lead, without a slash at the end; empty where nobody said.

    Raises BadDefinition.
    """
    read = _read(home)
    url = read.text("app_url", "")
    if url and web_address(url) is None:
        raise read.refuse("app_url", f"{url!r} is no address; write https://app.example.com")
    return url.rstrip("/")


def signed_by(home: Home) -> str:
    """Who signs the mails of plays: a person's name, else the company's. Raises BadDefinition."""
    return _read(home).text("signed_by", "").strip() or home.company.name


def long_term_hold_out_share(home: Home) -> float:
    """The share of all accounts that every play leaves alone; 0.05 unless said, 0 for none.

    Raises BadDefinition.
    """
    read = _read(home)
    share = read.number("long_term_hold_out_share", LONG_TERM_SHARE)
    if not 0 <= share <= LONG_TERM_SHARE_MOST:
        raise read.refuse(
            "long_term_hold_out_share",
            f"{share:g} is not from 0 to {LONG_TERM_SHARE_MOST:g}; write 0.05, or 0 for none",
        )
    return share


def _read(home: Home) -> Fields:
    try:
        text = home.settings_file.read_text("utf-8")
    except FileNotFoundError:
        text = ""
    read = Fields.of(text, WHERE).table("plays")
    for field in FIELDS:
        read.known(field)
    read.done()
    return read

"""`[plays]` of `tenure.toml`: what plays have to know of the installation.

[plays]
app_url = "https://app.example.com"      # where the product is, for links of mails
signed_by = "Mara Lindt"                 # who signs them; else the company
"""

from urllib.parse import urlsplit

from tenure.base.home import Home
from tenure.definitions.toml_file import Fields

WHERE = "tenure.toml"
FIELDS = ("app_url", "signed_by")


def app_url(home: Home) -> str:
    """Where links into the product lead, without a slash at the end; empty where nobody said.

    Raises BadDefinition.
    """
    read = _read(home)
    url = read.text("app_url", "")
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise read.refuse("app_url", f"{url!r} is no address; write https://app.example.com")
    return url.rstrip("/")


def signed_by(home: Home) -> str:
    """Who signs the mails of plays: a person's name, else the company's. Raises BadDefinition."""
    return _read(home).text("signed_by", "").strip() or home.company.name


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

"""`[plays]` of `tenure.toml`: what plays have to know of the installation.

[plays]
app_url = "https://app.example.com"      # where the product is, for links of mails
"""

from urllib.parse import urlsplit

from tenure.base.home import Home
from tenure.definitions.toml_file import Fields

WHERE = "tenure.toml"


def app_url(home: Home) -> str:
    """Where links into the product lead, without a slash at the end; empty where nobody said.

    Raises BadDefinition.
    """
    try:
        text = home.settings_file.read_text("utf-8")
    except FileNotFoundError:
        text = ""
    read = Fields.of(text, WHERE).table("plays")
    url = read.text("app_url", "")
    read.done()
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise read.refuse("app_url", f"{url!r} is no address; write https://app.example.com")
    return url.rstrip("/")

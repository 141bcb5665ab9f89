"""Is a text an address on the web, with a host? Pure."""

from urllib.parse import SplitResult, urlsplit


def web_address(text: str) -> SplitResult | None:
    """Its parts, where it begins with http:// or https:// and names a host; else None. A bracket
    that no address has, or a port that is none, is no error of ours."""
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if is_one else None

"""Opens every page that a link leads to, signed in as the owner, and says which failed.

Run as a process of its own, because Django reads once on which database it stands. Prints JSON:
how many pages of each route were opened, which routes of the console no link led to, and failures.
"""

import json
import re
from collections import Counter, deque
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import tenure.app.cli as cli

cli.prepare_django()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import Resolver404, resolve  # noqa: E402

from tenure.console import urls  # noqa: E402
from tenure.console.sign_in import owner  # noqa: E402

LINK = re.compile(r'\s(?:href|hx-get|action)="(/[^"]*)"')
OF_A_ROUTE = 4  # each with other names in its query
LEAVES = {"sign-out", "admin:index"}


def kind_of(path: str) -> tuple[str, ...]:
    """The route, and the names in its query; nothing for what is no page of ours."""
    parts = urlsplit(path)
    try:
        route = resolve(parts.path).view_name
    except Resolver404:
        return ()
    return (route, *sorted({name for name, _ in parse_qsl(parts.query)}))


def opened(client: Client) -> tuple[Counter, list[str]]:
    waiting, seen, kinds, found, failed = deque(["/"]), {"/"}, set(), Counter(), []
    while waiting:
        path = waiting.popleft()
        kind = kind_of(path)
        if not kind or kind in kinds or kind[0] in LEAVES or found[kind[0]] >= OF_A_ROUTE:
            continue
        kinds.add(kind)
        found[kind[0]] += 1
        reply = client.get(path, headers={"accept-language": "en"})
        body = reply.getvalue().decode("utf-8", "replace")
        if reply.status_code >= 500:
            failed.append(f"{path}: {reply.status_code}")
        for each in map(unescape, LINK.findall(body)):
            link = each.partition("#")[0]
            if link not in seen and not link.startswith("/static/"):
                seen.add(link)
                waiting.append(link)
    return found, failed


settings.ALLOWED_HOSTS = ["*"]
client = Client(raise_request_exception=False)
client.force_login(owner())
found, failed = opened(client)
missing = sorted({each.name for each in urls.urlpatterns if each.name} - set(found))
print(json.dumps({"opened": found, "missing": missing, "failed": failed}))

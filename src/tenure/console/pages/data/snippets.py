"""How to send the first event with a key, in the ways that people already have."""

from dataclasses import dataclass
from string import Template


@dataclass(frozen=True, slots=True)
class Snippet:
    """`anchor` names its tab; `text` is complete: pasted, it sends."""

    anchor: str
    title: str
    text: str


_CURL = Template("""\
curl $url/v1/track -u $key: \\
  -H 'Content-Type: application/json' \\
  -d '{"userId": "u-1", "event": "Report Exported",
       "context": {"groupId": "acme"}}'""")

_PYTHON = Template("""\
# pip install segment-analytics-python
import segment.analytics as analytics

analytics.write_key = "$key"
analytics.host = "$url"
analytics.identify("u-1", {"email": "ann@acme.example"})
analytics.group("u-1", "acme", {"name": "Acme", "plan": "Pro"})
analytics.track("u-1", "Report Exported", {"format": "pdf"})
analytics.flush()""")

_NODE = Template("""\
// npm install @segment/analytics-node
import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: "$key", host: "$url" });
analytics.identify({ userId: "u-1", traits: { email: "ann@acme.example" } });
analytics.group({ userId: "u-1", groupId: "acme", traits: { name: "Acme" } });
analytics.track({ userId: "u-1", event: "Report Exported" });
await analytics.closeAndFlush();""")

_BROWSER = Template("""\
<script>
window.tenure = window.tenure || { q: [] };
["identify", "group", "track"].forEach(function (name) {
  tenure[name] = tenure[name] || function () { tenure.q.push([name, arguments]) }
});
tenure.identify("u-1", { email: "ann@acme.example" });
tenure.group("acme", { name: "Acme", plan: "Pro" });
</script>
<script async src="$url/tenure.js" data-key="$key"></script>""")

_POSTHOG = Template("""\
# pip install posthog
from posthog import Posthog

posthog = Posthog("$key", host="$url")
posthog.capture("report_exported", distinct_id="u-1", groups={"company": "acme"})
posthog.flush()""")


def snippets(key: str, url: str) -> list[Snippet]:
    """Complete examples for this key at this address."""
    return [
        Snippet(anchor, title, text.substitute(key=key, url=url))
        for anchor, title, text in (
            ("curl", "curl", _CURL),
            ("browser", "tenure.js", _BROWSER),
            ("python", "Python", _PYTHON),
            ("node", "Node.js", _NODE),
            ("posthog", "PostHog SDK", _POSTHOG),
        )
    ]

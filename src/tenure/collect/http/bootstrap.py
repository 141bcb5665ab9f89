"""What browser libraries ask for before they send anything, answered as this server can.

There are no destinations, no feature flags and no session recordings here, and the answers say so.
"""

import msgspec

_EVERYTHING = {"__default": {"enabled": True, "integrations": {}}}
_NOTHING_RECORDED = {
    "supportedCompression": ["gzip", "gzip-js", "base64"],
    "featureFlags": {},
    "featureFlagPayloads": {},
    "flags": {},
    "errorsWhileComputingFlags": False,
    "hasFeatureFlags": False,
    "sessionRecording": False,
    "capturePerformance": False,
    "captureDeadClicks": False,
    "autocaptureExceptions": False,
    "autocapture_opt_out": False,
    "heatmaps": False,
    "surveys": False,
    "isAuthenticated": False,
    "toolbarParams": {},
    "siteApps": [],
    "defaultIdentifiedOnly": True,
    "analytics": {"endpoint": "/i/v0/e/"},
}


def segment_settings(key: str, host: str, scheme: str) -> dict[str, object]:
    """The settings of a Segment source, as `analytics.js` wants them from its `cdnURL`."""
    return {
        "integrations": {
            "Segment.io": {
                "apiKey": key,
                "apiHost": f"{host}/v1",
                "protocol": scheme,
                "unbundledIntegrations": [],
                "addBundledMetadata": True,
                "maybeBundledConfigIds": {},
                "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
            }
        },
        "plan": {"track": _EVERYTHING, "identify": _EVERYTHING, "group": _EVERYTHING},
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }


def rudderstack_source(key: str, source: str) -> dict[str, object]:
    """The source that RudderStack's libraries load from `/sourceConfig`, without destinations."""
    quiet = {"enabled": False}
    return {
        "source": {
            "id": source,
            "name": source,
            "writeKey": key,
            "enabled": True,
            "workspaceId": "tenure",
            "config": {"statsCollection": {"errors": quiet, "metrics": quiet}},
            "destinations": [],
            "dataplanes": {},
        },
    }


def posthog_flags() -> dict[str, object]:
    """No flags, for `/flags` and `/decide` of every version."""
    return _NOTHING_RECORDED


def posthog_config(key: str) -> dict[str, object]:
    """The remote configuration of `/array/KEY/config`."""
    return {"token": key, **_NOTHING_RECORDED}


def posthog_config_script(key: str) -> str:
    """The same as the script that posthog-js loads, `/array/KEY/config.js`."""
    name = msgspec.json.encode(key).decode()
    config = msgspec.json.encode(posthog_config(key)).decode()
    return (
        "(window._POSTHOG_REMOTE_CONFIG = window._POSTHOG_REMOTE_CONFIG || {})"
        f"[{name}] = {{config: {config}, siteApps: []}};\n"
    )

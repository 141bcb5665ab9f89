"""The tracking API: answers Segment's, RudderStack's and PostHog's clients, without Django."""

from tenure.collect.http.paths import is_tracking_path
from tenure.collect.http.tracking import build_tracking

__all__ = ["build_tracking", "is_tracking_path"]

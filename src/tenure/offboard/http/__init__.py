"""Leaving over HTTP: the hosted page, and JSON for the embed and for apps."""

from tenure.offboard.http.leaving import build_leaving
from tenure.offboard.http.paths import is_leaving_path

__all__ = ["build_leaving", "is_leaving_path"]

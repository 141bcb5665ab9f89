"""Signals in words."""

from tenure.signals.models import Signal


def title(signal: Signal) -> str:
    return signal.kind


def next_sentence(signal: Signal) -> str:
    return signal.next_step

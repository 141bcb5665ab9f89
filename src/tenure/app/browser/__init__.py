"""`tenure.js`, the browser library: its parts, how they become one file, and how it is answered."""

from tenure.app.browser.answering import ScriptAnswers, is_script_path

__all__ = ["ScriptAnswers", "is_script_path"]

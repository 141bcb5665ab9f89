"""The commands of this slice, each in a module of its own."""

from tenure.collect.export_rejects_command import export
from tenure.collect.findings_commands import findings
from tenure.collect.import_commands import import_command as import_files
from tenure.collect.keys_commands import keys
from tenure.collect.rejects_commands import rejects

rejects.add_command(export)

__all__ = ["findings", "import_files", "keys", "rejects"]

"""The commands of this slice, each in a module of its own."""

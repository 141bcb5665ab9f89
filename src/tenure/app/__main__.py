"""`python -m tenure.app` is the `tenure` command."""

from tenure.app.cli import main

main()

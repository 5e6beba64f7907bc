"""`python -m dagster_project.cli` is `haicap`."""

from dagster_project.cli.app import main

main()

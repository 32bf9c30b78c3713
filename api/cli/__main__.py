"""`python -m api.cli`: the command, where its script is not at hand."""

from api.cli.main import app

app()

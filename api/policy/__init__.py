"""The law: pure functions and dated parameters. Nothing here asks the clock, a database or a setting.

Money is integer fen, months are `Month`, rates are exact; every function that decides or computes says why.
"""

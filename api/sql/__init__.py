"""Set-based steps: one folder per run, `NN_verb_noun.sql`, one statement per file. Loaded by `api.database.load_sql`."""

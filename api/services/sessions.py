"""Browser sessions: sign-in, who a cookie or a token belongs to, sign-out. Tokens are stored as hashes only."""

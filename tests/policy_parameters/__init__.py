"""Changes of the dated law: proposed, tried out, approved, and at once the law of every amount."""

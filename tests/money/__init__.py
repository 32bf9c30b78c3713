"""Money as a whole: random programs of events against an independent model."""

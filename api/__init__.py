"""Nongbao 农保: a rural social pension scheme as a service. Layers import downwards only (see docs/decisions/0002)."""

"""A synthetic 三埠街道: people who do not exist in villages that do, and half a year of the scheme played over them."""

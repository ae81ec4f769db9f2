"""Buying numbers: one cart, one order, one payment, each call at most once. `services` is the door."""

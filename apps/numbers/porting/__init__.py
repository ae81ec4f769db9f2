"""Porting numbers in: a request, split into the orders it must be, each placed once and followed to its end.

`services` is the door.
"""

"""911: what the systems say side by side, changing it by plan, and the guard before anything that gives it up."""

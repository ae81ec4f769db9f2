"""Vendor drivers. They speak HTTP and the vendors' documents, and import no Django model, user or screen."""

"""What a process does once, when everything is loaded."""

import gc


def freeze_startup() -> None:
    """Take what start-up left out of garbage collection.

    Every full collection walks all of Django and 840 records otherwise: some 50 ms, in the middle of a carrier's answer.
    """
    gc.collect()
    gc.freeze()

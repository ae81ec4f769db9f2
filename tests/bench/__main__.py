"""`make bench`: every benchmark of this folder, or the named ones; ends with status 1 when a target is missed."""

import os
import pkgutil
import sys
import time
from importlib import import_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
os.environ.setdefault("LOG_LEVEL", "WARNING")  # figures are what is read here
os.environ.setdefault("SECOND_FACTOR_ROLES", "")  # pages are asked for by a person who has a password alone


def main(names: list[str]) -> int:
    """Run the benchmarks (modules with a `run()`), print their figures, and return 1 if one missed its target."""
    import django

    from portal.heap import freeze_startup

    django.setup()
    freeze_startup()
    missed = 0
    for name in names or _all():
        start = time.monotonic()
        print(name.replace("_", " "), flush=True)
        for result in import_module(f"tests.bench.{name}").run():
            print(result, flush=True)
            missed += not result.met
        print(f"         ({time.monotonic() - start:.0f} s)", flush=True)
    print(f"{missed} missed" if missed else "all targets met")
    return int(bool(missed))


def _all() -> list[str]:
    helpers = {"__main__", "compare"}
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name not in helpers)


if __name__ == "__main__":
    from tests.bench import __path__

    sys.exit(main(sys.argv[1:]))

"""The secrets of an embedded run: made once, kept beside the data, readable by their owner only."""

import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet


def embedded_secrets(data_dir: Path) -> dict[str, str]:
    """Return SECRET_KEY and CREDENTIAL_KEYS from `secrets.env` in `data_dir`, making the file if it is missing."""
    path = data_dir / "secrets.env"
    try:
        return _read(path)
    except FileNotFoundError:
        data_dir.mkdir(parents=True, exist_ok=True)
        text = f"SECRET_KEY={secrets.token_urlsafe(50)}\nCREDENTIAL_KEYS={Fernet.generate_key().decode()}\n"
        draft = path.with_name(f"secrets.env.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        try:
            # link() fails if another process was first: all processes then read the one that won.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return _read(path)


def _read(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if line)

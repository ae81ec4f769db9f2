"""Structured logs: key-value lines on a terminal, one JSON object a line in production."""

import re
from typing import Any

import structlog

# The links that people get by mail: whoever has one sets the password.
_LINKS = re.compile(r"(/invitation/|/password/reset/key/)[^/\s'\"]+")


def mask_links(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Processor: keep the keys of mailed links out of the log, in whichever field the address stands."""
    return {name: _LINKS.sub(r"\1…", value) if isinstance(value, str) else value for name, value in event.items()}


_shared: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    mask_links,
]


def configure(level: str, style: str) -> dict[str, Any]:
    """Set structlog up and return Django's LOGGING. `style` is "console" or "json"."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer = structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer(colors=False)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    renderer,
                ],
                "foreign_pre_chain": _shared,
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # At INFO httpx logs whole URLs, and two vendors carry their key in the URL.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "django.db.backends": {"level": "WARNING"},
            # Sign-ins are in the audit log; axes would tell each of them in four more lines.
            "axes": {"level": "WARNING"},
        },
    }

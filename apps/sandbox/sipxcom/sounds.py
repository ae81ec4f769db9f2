"""Real sound: small WAV files, silent or with a tone."""

import io
import math
import struct
import wave
from functools import lru_cache

RATE = 8_000


@lru_cache(maxsize=16)
def tone(hertz: int, seconds: float = 0.5) -> bytes:
    """A mono WAV file of 8 kHz."""
    frames = [int(6_000 * math.sin(2 * math.pi * hertz * each / RATE)) for each in range(int(RATE * seconds))]
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(struct.pack(f"<{len(frames)}h", *frames))
    return file.getvalue()

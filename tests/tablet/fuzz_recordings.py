"""What schemathesis sends where a recording is asked for: it knows no sound by itself."""

from __future__ import annotations

import schemathesis
from hypothesis import strategies as st

from tests.tones import tone, wav

schemathesis.openapi.media_type("audio/wav", st.floats(0.3, 2.0).map(lambda duration_s: wav(tone(duration_s))))

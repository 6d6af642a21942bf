"""What `make mutants` ends with: the share of mutants that died, and exit code 1 where it is below the limit."""

from __future__ import annotations

import json
import sys
from pathlib import Path

LEAST_SHARE = 0.9


def main(path: Path) -> int:
    counts = json.loads(path.read_text(encoding="utf-8"))
    died = counts["killed"] + counts["timeout"]
    share = died / counts["total"]
    print(f"{died} of {counts['total']} mutants died ({share:.1%}); at least {LEAST_SHARE:.0%} must.")
    return 0 if share >= LEAST_SHARE else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

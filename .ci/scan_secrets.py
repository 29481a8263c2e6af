"""Refuses a commit that holds a secret: `uv run python .ci/scan_secrets.py [--write]`.

What a person looked at and found to be none stands in `.secrets.baseline`, by file and hash, so
that moving a line changes nothing. `--write` notes what is found now, to be looked at: an entry
counts once its `is_secret` says false.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

BASELINE = Path(".secrets.baseline")
# Data and locks: thousands of hashes, and no place where anybody would write a password.
SKIPPED = re.compile(
    r"(^|/)uv\.lock$|^seed/|\.jsonl$|^reference/artefacts/|^benchmarks/results/|^\.secrets\.baseline$"
    r"|\.(npz|gz|txt|csv|pdf|docx|png)$"
)
PROCESSES = 2
Found = tuple[str, str, str, int]  # file, kind, hash of the secret, line


def scan(paths: Sequence[str]) -> list[Found]:
    """Return what looks like a secret in these files; nothing is asked of any service."""
    with default_settings():
        return [
            (path, secret.type, secret.secret_hash, secret.line_number)
            for path in paths
            for secret in scan_file(path)
        ]


def reviewed(baseline: Path) -> set[tuple[str, str]]:
    """Return file and hash of what a person found to be no secret."""
    held = json.loads(baseline.read_text())
    return {(e["file"], e["sha1"]) for e in held if e["is_secret"] is False}


def unknown(found: Iterable[Found], known: set[tuple[str, str]]) -> list[Found]:
    """Return what nobody has looked at."""
    return [each for each in found if (each[0], each[2]) not in known]


def main() -> int:
    """Scan every file that git tracks; 1 where something is new."""
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True)  # noqa: S607 -- the git of whoever runs this
    paths = [path for path in listed.stdout.split("\0") if path and not SKIPPED.search(path)]
    shares = [paths[at::PROCESSES] for at in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES) as pool:
        found = sorted(each for share in pool.map(scan, shares) for each in share)
    if "--write" in sys.argv:
        known = reviewed(BASELINE) if BASELINE.exists() else set()
        entries = [
            {"file": p, "kind": kind, "sha1": h, "is_secret": False if (p, h) in known else None}
            for p, kind, h, _ in found
        ]
        BASELINE.write_text(json.dumps(entries, indent=1) + "\n")
        return 0
    new = unknown(found, reviewed(BASELINE))
    for path, kind, _, line in new:
        print(f"{path}:{line}: {kind}; take it out, or note in {BASELINE} that it is none")
    print(f"Secrets: {len(paths)} files, {len(found)} places looked at before, {len(new)} new.")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main())

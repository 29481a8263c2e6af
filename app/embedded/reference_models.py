"""The reference scoring and pricing servers, as one child process."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from app.embedded.errors import EmbeddedServiceUnavailable
from app.embedded.service import Running, spawn


class ReferenceModels:
    """Serves the scorecard and the pricing table over HTTP on a port of its own."""

    stop_signal = signal.SIGTERM

    def start(self, state: Path) -> Running:
        """Start the server and wait until it listens."""
        with (state / "reference-models.log").open("ab") as log:
            process = spawn(
                [sys.executable, "-m", "reference.server", "--port", "0"],
                stop_signal=self.stop_signal,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdout=subprocess.PIPE,
                stderr=log.fileno(),
            )
        assert process.stdout is not None  # noqa: S101 -- asked for above
        line = process.stdout.readline()
        if not line:
            message = f"The reference models did not start; see {state / 'reference-models.log'}."
            raise EmbeddedServiceUnavailable(message)
        return Running(process, {"base_url": json.loads(line)["address"]})

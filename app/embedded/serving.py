"""Runs the API, and a worker beside it, in one process."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from typing_extensions import override

from app.api.connections import bounded
from app.embedded.errors import EmbeddedServiceUnavailable
from app.embedded.start import Started
from app.main import create_app
from app.settings import Settings
from app.worker.worker import Worker

KEEP_ALIVE_S = 5  # an idle connection is closed
SHUTDOWN_S = 5  # a request in flight is answered; then it gets 503


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket. Raises EmbeddedServiceUnavailable where the port is taken."""
    try:
        return socket.create_server((host, port), backlog=512)
    except OSError as error:
        message = f"Cannot listen on {host}:{port} ({error.strerror}); choose another with --port."
        raise EmbeddedServiceUnavailable(message) from error


class _Server(uvicorn.Server):
    """Leaves signals to the command that runs it."""

    @contextlib.contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(
    started: Started, settings: Settings, listening: socket.socket, *, with_worker: bool
) -> AsyncIterator[uvicorn.Server]:
    """Serve until the block ends; a request in flight is answered first."""
    app = create_app(started.resources, settings)
    config = uvicorn.Config(
        app,
        http=bounded(settings.max_connections),
        ws="none",
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    server = _Server(config)
    tasks = [asyncio.create_task(server.serve(sockets=[listening]))]
    worker = Worker(started.resources) if with_worker else None
    if worker is not None:
        tasks.append(asyncio.create_task(worker.run()))
    while not server.started and not tasks[0].done():  # noqa: ASYNC110 -- uvicorn has no event
        await asyncio.sleep(0.01)
    try:
        yield server
    finally:
        app.state.lifecycle.is_draining = True  # `/readyz` says so before the listener closes
        await asyncio.sleep(settings.drain_s)
        server.should_exit = True
        if worker is not None:
            worker.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
        for task in tasks:
            task.cancel()

"""Starts the product's commands as processes of their own, forked from one that is ready.

Nearly all of a command's start goes into loading modules. This process loads them once; each
line on its standard input then forks a child that runs one command, exactly as `rationale` does,
under its own environment and in a session of its own. The child's pid is the answer.
"""

import ctypes
import importlib
import json
import os
import signal
import sys
import traceback
from typing import Any

LOADED = (
    "app.cli.main",
    "app.embedded.serving",
    "app.embedded.start",
    "app.observability.logs",
    "app.observability.tracing",
    "app.worker.worker",
    "rich.console",
    "rich.progress",
)
PR_SET_PDEATHSIG = 1


def main() -> None:
    """Answer each order with a pid, until nobody can give another."""
    for module in LOADED:
        importlib.import_module(module)
    _answer("ready")
    for line in sys.stdin:
        _reap()
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(order)
        _answer(str(pid))


def _answer(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        return


def _become(order: dict[str, Any]) -> None:
    """Run the ordered command in this fresh child, which never outlives the test."""
    status = 1
    try:
        os.setsid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for wanted, had in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(wanted, had)
        os.environ.clear()
        os.environ.update(order["env"])
        sys.argv = ["rationale", *order["arguments"]]
        sys.modules["app.cli.main"].main()
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 -- the log is where a failure of the command is looked for
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()

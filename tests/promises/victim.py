"""A process that forks passes on demand and kills each at a given statement; it talks on stdin and stdout.

Forked from a process that has everything loaded, a pass to be killed costs no start of Python.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any

from pysync import database
from pysync.compiler import Compiler
from pysync.model import Side
from pysync.runner import Runner


def watch(connection: Any, on_step: Callable[[int], None]) -> None:
    """Call `on_step` before each statement the connection sends, commits included, counted from 1."""
    execute, command = connection.execute, connection._exec_command
    count = 0

    def step() -> None:
        nonlocal count
        count += 1
        on_step(count)

    def watched_execute(*args: Any, **kwargs: Any) -> Any:
        step()
        return execute(*args, **kwargs)

    def watched_command(text: bytes, *args: Any, **kwargs: Any) -> Any:
        if text == b"COMMIT":
            step()
        return command(text, *args, **kwargs)

    connection.execute, connection._exec_command = watched_execute, watched_command


class Victims:
    """The test's end of such a process, for one database."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def __enter__(self) -> Victims:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.promises.victim", self._dsn],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def run(self, step: int) -> bool:
        """A pass in a process of its own that is killed before its statement `step`; false: it ended before that."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(step, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline().strip()
        assert answer in ("killed", "ended"), answer
        return answer == "killed"


def runner_with(compiler: Compiler | None, connection: database.Connection) -> Runner:
    """A runner with plans that another connection compiled: of a small pass, that is most of the work."""
    if compiler is None:
        return Runner(connection)
    compiler.conn = connection
    return Runner(connection, compiler=compiler)


def _pass(dsn: str, compiler: Compiler, step: int) -> None:
    with database.connect(dsn, application_name="victim") as connection:
        watch(connection, lambda count: os.kill(os.getpid(), signal.SIGKILL) if count == step else None)
        runner_with(compiler, connection).run()


def _compiled(dsn: str) -> Compiler:
    with database.connect(dsn) as connection:
        compiler = Compiler(connection)
        compiler.refresh()
        for name in compiler.mappings:
            for side in Side:
                compiler.plan(name, side)
    return compiler


def _main(dsn: str) -> None:
    compiler = _compiled(dsn)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                _pass(dsn, compiler, int(line))
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        by_signal = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print("killed" if by_signal else "ended" if status == 0 else f"failed: {status}", flush=True)


if __name__ == "__main__":
    _main(sys.argv[1])

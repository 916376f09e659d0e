"""Processes, ports and folders of test servers: none outlives the test run."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers.process import Nest, Process, ProcessDied, children, reserve_port, reserve_ports, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator


def runs(pid: int) -> bool:
    """Whether a process that need not be our child runs; a zombie does not."""
    try:
        return not re.search(r"^State:\s+Z", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except FileNotFoundError:
        return False


def family(pid: int) -> Iterator[int]:
    """The processes below this one."""
    for child in children(pid):
        yield child
        yield from family(child)


@pytest.fixture
def nest() -> Iterator[Nest]:
    nest = Nest("test")
    yield nest
    nest.close()


def test_a_reserved_port_is_ours_and_a_server_can_listen_on_it():
    with contextlib.closing(reserve_port()) as reserved:
        address = reserved.getsockname()
        with socket.socket() as taking, pytest.raises(OSError, match="in use"):
            taking.bind(address)
        with socket.create_server(address, reuse_port=False), socket.create_connection(address):
            pass


def test_ports_in_a_row_are_ours():
    rows = [reserve_ports(20), reserve_ports(20)]
    with contextlib.ExitStack() as closing:
        for port in itertools.chain(*rows):
            closing.callback(port.close)
        numbers = [[port.getsockname()[1] for port in row] for row in rows]
        assert [list(range(first, first + 20)) for first, *_ in numbers] == numbers
        assert 40 == len(set(itertools.chain(*numbers)))
        with pytest.raises(OSError, match="in use"):
            reserve_port(numbers[0][7])
        with socket.create_server(("127.0.0.1", numbers[0][7])):
            pass


def test_a_process_is_stopped_by_its_pid(nest):
    process = nest.spawn("sleep", "sleep", "60")
    process.check()
    assert process.alive
    started = time.monotonic()
    process.stop()
    process.stop()
    assert not process.alive
    assert time.monotonic() - started < 5
    assert [] == list(nest.folder.glob("*.pid"))


def test_a_process_that_does_not_listen_is_killed(nest):
    process = nest.spawn("deaf", "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done")
    wait_until(lambda: "ready" in process.tail(), 5, "the trap")
    process.stop(timeout=0.2)
    assert not process.alive


def test_a_process_that_dies_says_why(nest):
    with pytest.raises(ProcessDied, match=r"(?s)false ended with status 3.*no such luck"):
        nest.run("false", "sh", "-c", "echo no such luck >&2; exit 3")
    process = nest.spawn("brief", "sh", "-c", "echo gone; kill -9 $$")
    with pytest.raises(ProcessDied, match=r"(?s)brief was ended by SIGKILL.*gone"):
        nest.wait_until(lambda: False, 10, "nothing", process)


def test_a_tool_that_does_not_end_is_killed(nest):
    with pytest.raises(TimeoutError, match=r"(?s)slow did not end within 0.2 s.*working"):
        nest.run("slow", "sh", "-c", "echo working; exec sleep 60", timeout=0.2)
    nest.close()


def test_waiting_in_vain_shows_the_log(nest):
    process = nest.spawn("idle", "sh", "-c", "echo still loading; exec sleep 60")
    wait_until(process.tail, 5, "its first words")
    with pytest.raises(TimeoutError, match=r"(?s)waited 0.1 s in vain for a miracle.*still loading"):
        nest.wait_until(lambda: False, 0.1, "a miracle", process)


def test_ctrl_c_does_not_reach_a_process(nest):
    assert os.getpgid(nest.spawn("sleep", "sleep", "60").pid) != os.getpgid(0)


def test_a_closed_nest_leaves_nothing():
    nest = Nest("test")
    port = nest.port()
    processes = [nest.spawn(f"sleep{number}", "sleep", "60") for number in range(3)]
    nest.close()
    nest.close()
    assert [False] * 3 == [process.alive for process in processes]
    assert not nest.folder.exists()
    with contextlib.closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", port))


def test_a_process_whose_start_was_interrupted_is_found(nest, monkeypatch):
    class Interrupted(Process):
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)
            born.append(self)
            raise KeyboardInterrupt

    born: list[Process] = []
    monkeypatch.setattr("tests.servers.process.Process", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        nest.spawn("sleep", "sleep", "60")
    nest.close()
    assert [False] == [process.alive for process in born]


def test_a_session_that_left_the_group_of_its_daemon_ends_with_it():
    nest = Nest("test")
    try:
        daemon = nest.spawn("daemon", "sh", "-c", "setsid sh -c 'sleep 60 & echo $! $$; wait' & wait")
        wait_until(lambda: daemon.tail().endswith("\n"), 5, "the session")
        session = [int(pid) for pid in daemon.tail().split()]
        assert [True, True] == [runs(pid) for pid in session]
    finally:
        nest.close()
    wait_until(lambda: not any(map(runs, session)), 5, "the end of the session")

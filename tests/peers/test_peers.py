"""The contract finds the faults that are known of other packages' storages; Holdfast's own have none of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from holdfast.storage import RemoteStorage
from holdfast.testing import Case, all_promises
from holdfast.testing.verdict import Outcome, judge
from tests.conftest import STORES
from tests.peers.aside import ASIDE
from tests.peers.asking import NoAnswer, ask, in_child
from tests.peers.faults import FAULTS
from tests.peers.gist import brief
from tests.peers.subjects import SUBJECTS, Servers
from tests.servers.ceph import Ceph
from tests.servers.openssh import OpenSSH
from tests.servers.vsftpd import Vsftpd

PAGE = (Path(__file__).parent.parent.parent / "docs" / "verdicts.md").read_text()
PROMISES = {promise.id: promise for promise in all_promises("storage")}
FOUND = [
    (fault.label, subject, promise)
    for fault in FAULTS
    for subject, promises in fault.found.items()
    for promise in promises
]
BY_OTHERS = {"listdir.names_that_lead_elsewhere"}
"""Only another program can make such a key, and the three lines have a storage alone."""
ASKED = sorted({promise for _, _, promise in FOUND})


@pytest.fixture(scope="module")
def servers(ceph: Ceph, openssh: OpenSSH, vsftpd: Vsftpd, tmp_path_factory: pytest.TempPathFactory) -> Servers:
    return Servers(ceph=ceph, openssh=openssh, vsftpd=vsftpd, folder=tmp_path_factory.mktemp("peers"))


@pytest.mark.parametrize(("label", "subject", "promise"), FOUND, ids=lambda each: each)
def test_a_known_fault_is_found_and_three_lines_show_it(
    label: str, subject: str, promise: str, servers: Servers
) -> None:
    place = f"{subject}-{label}-{ASKED.index(promise)}"
    answer = ask(PROMISES[promise], SUBJECTS[subject], servers, place, limit=30)
    assert Outcome.BROKEN is answer.outcome, answer.what
    assert answer.shown or promise in BY_OTHERS


@pytest.mark.parametrize("name", ["local", "memory", "s3"])
@pytest.mark.parametrize("promise", ASKED)
def test_holdfast_has_no_such_fault(name: str, promise: str, request: pytest.FixtureRequest) -> None:
    tried = STORES[name]
    made = tried.make(request)
    case = Case(
        made.store,
        counter=made.counter,
        filler=made.filler,
        unreachable=made.unreachable and RemoteStorage(made.unreachable),
        stranger=made.stranger and RemoteStorage(made.stranger),
    )
    with case:
        verdict = judge(PROMISES[promise], case, tried.exempt)
    for store in filter(None, (made.store, made.unreachable, made.stranger)):
        store.close()
    allowed = {Outcome.KEPT} if name == "s3" else {Outcome.KEPT, Outcome.NOT_ASKED, Outcome.EXEMPT}
    assert verdict.outcome in allowed, verdict.detail


def test_the_page_has_every_fault() -> None:
    for fault in FAULTS:
        assert f"| {fault.label} | {fault.words.replace('|', chr(92) + '|')} |" in PAGE
        assert bool(fault.found) != bool(fault.why_not)


def test_the_page_speaks_of_promises_that_there_are() -> None:
    groups = {promise.group for promise in PROMISES.values()}
    named = {each for each in re.findall(r"`([a-z_]+\.[a-z_0-9]+)`", PAGE) if each.partition(".")[0] in groups}
    assert set() == named - PROMISES.keys()
    assert set(ASKED) <= named


def test_the_page_shows_the_exemptions_of_django_s_own_with_their_arguments() -> None:
    exempt = {promise: reason for subject in SUBJECTS.values() for promise, reason in subject.exempt.items()}
    assert [] == [promise for promise, reason in exempt.items() if f"- `{promise}`: {reason}." not in PAGE]


def test_the_page_shows_no_secret() -> None:
    for secret in (Ceph.secret_key, Vsftpd.password):
        assert secret not in PAGE


def test_what_hangs_is_killed() -> None:
    with pytest.raises(NoAnswer, match=r"^It did not come back within 0.2 seconds\.$"):
        in_child(lambda: __import__("time").sleep(60), 0.2)


def test_what_dies_is_reported() -> None:
    with pytest.raises(NoAnswer, match=r"^Its process died\.$"):
        in_child(lambda: __import__("os")._exit(3), 30)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("expected b'', but it is b'old'", "`` expected b'', but it is b'old' ``"),
        (f"it is b'{'x' * 300}… (1,000 bytes)", f"`` it is b'{'x' * 30}…' (1,000 bytes) ``"),
        ("It failed in a forked child:\nTraceback …\nOSError: gone\n", "`` in a forked child: OSError: gone ``"),
        ("a|b\n c", "`` a|b c ``"),
    ],
)
def test_what_happened_fits_into_a_line(what: str, expected: str) -> None:
    assert expected == brief(what)


def test_what_is_set_aside_is_a_promise_asked_of_a_subject() -> None:
    assert set() == {subject for subject, _ in ASIDE} - SUBJECTS.keys()
    assert set() == {promise for _, promise in ASIDE} - PROMISES.keys()
    known = {(subject, promise) for _, subject, promise in FOUND}
    assert set() == known & ASIDE.keys()

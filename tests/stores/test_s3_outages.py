"""What a store does while the service is at its end, and when its credentials are."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest

from holdfast.errors import Denied, StoreError, Unavailable
from holdfast.source import Source
from holdfast.stores.s3 import S3Store
from holdfast.types import Secret, Write
from holdfast.wire.credentials import Credentials
from tests.stores.test_s3_regions import OK, answer, error
from tests.wire.conftest import serve  # noqa: F401 - a fixture

OVER = Write(overwrite=True)


def make(server, **options):
    options = {"access_key": "KEY", "secret_key": "word", "region": "us-east-1", **options}
    return S3Store(bucket="media", endpoint=f"http://127.0.0.1:{server.port}", **options)


class Counting:
    """Answers what ``say`` says to each request."""

    def __init__(self, say):
        self.say = say
        self.heads = []

    def __call__(self, talk):
        while head := talk.head().decode():
            length = re.search(r"\r\ncontent-length: (\d+)", head)
            talk.body(int(length[1]) if length else 0)
            self.heads.append(head)
            talk.say(self.say(head))


def test_an_outage_is_not_made_worse(serve):  # noqa: F811
    """100 threads with 3 requests each, of which each would be tried 4 times: 300, and 100 of the budget."""
    service = Counting(lambda head: answer(503, error("SlowDown")))
    store = make(serve(service))
    failures = []

    def work():
        for _ in range(3):
            try:
                store.get("k")
            except Unavailable as failure:
                failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert 300 == len(failures)
    assert 350 <= len(service.heads) <= 400
    assert "too many" in failures[-1].__notes__[0]


def test_it_recovers_with_the_service(serve):  # noqa: F811
    down = [True]
    service = Counting(lambda head: answer(503, error("SlowDown")) if down[0] else OK)
    store = make(serve(service), attempts=2)
    while store._client._budget.take():
        pass
    with pytest.raises(Unavailable):
        store.get("k")
    assert 1 == len(service.heads)
    down[0] = False
    for _ in range(5):
        store.head("k")
    down[0] = True
    with pytest.raises(Unavailable):
        store.get("k")
    assert 8 == len(service.heads)


# ---------------------------------------------------------------- credentials that end before they should


class Rotating:
    """A provider whose credentials are numbered; those that were refused are followed by the next ones."""

    def __init__(self, last=9):
        self.last = last
        self.renewals = 0
        self._lock = threading.Lock()
        self._held = self._make(1)

    def _make(self, number):
        end = datetime.now(UTC) + timedelta(hours=2)
        return Credentials(f"KEY{number}", Secret("word"), Secret(f"TOKEN{number}"), end)

    def get(self):
        return self._held

    def renew(self, refused):
        with self._lock:
            if self._held is refused and self.renewals < self.last:
                self.renewals += 1
                self._held = self._make(self.renewals + 1)
        return self._held


def rotating(serve, say, last=9, **options):  # noqa: F811
    service = Counting(say)
    store = make(serve(service), **options)
    store._provider = Rotating(last)
    return service, store


def keys(service):
    return [re.search(r"Credential=(KEY\d)", head)[1] for head in service.heads]


@pytest.mark.parametrize("code", ["ExpiredToken", "TokenRefreshRequired"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_credentials_are_fetched_anew_and_the_request_is_made_again(serve, code, method):  # noqa: F811
    def say(head):
        return answer(400, b"" if method == "HEAD" else error(code)) if "KEY1/" in head else OK

    service, store = rotating(serve, say)
    {
        "GET": lambda: store.get("k").read(),
        "HEAD": lambda: store.head("k"),
        "PUT": lambda: store.put("k", Source.of(bytes(2_000_000)), OVER),
    }[method]()
    assert (["KEY1", "KEY2"], 1) == (keys(service), store._provider.renewals)


def test_once_is_enough(serve):  # noqa: F811
    service, store = rotating(serve, lambda head: answer(400, error("ExpiredToken")))
    with pytest.raises(Denied, match="have expired"):
        store.get("k")
    assert ["KEY1", "KEY2"] == keys(service)


def test_where_there_are_no_others_it_is_not_tried_again(serve):  # noqa: F811
    service, store = rotating(serve, lambda head: answer(400, error("ExpiredToken")), last=0)
    with pytest.raises(Denied, match="have expired"):
        store.get("k")
    assert ["KEY1"] == keys(service)


def test_a_source_that_fails_says_so(serve, monkeypatch):  # noqa: F811
    _, store = rotating(serve, lambda head: answer(400, error("ExpiredToken")))

    def renew(refused):
        raise Unavailable("AWS credentials could not be fetched: the agent is gone.")

    monkeypatch.setattr(store._provider, "renew", renew)
    with pytest.raises(StoreError, match="the agent is gone") as caught:
        store.get("k")
    assert ("k", "s3://media") == (caught.value.key, caught.value.store)


def test_the_parts_of_an_upload_go_on_with_others(serve):  # noqa: F811
    parts = []

    def say(head):
        line = head.split("\r\n")[0]
        if "uploads=" in line:
            return answer(200, b"<R><UploadId>u</UploadId></R>")
        if "partNumber" in line:
            parts.append(line)
            return answer(400, error("ExpiredToken")) if len(parts) > 2 and "KEY1/" in head else OK
        return answer(200, b'<R><ETag>"e"</ETag></R>')

    _, store = rotating(serve, say, part_size=5 * 1024 * 1024, threads=2)
    store.put("k", Source.of(bytes(70 * 1024 * 1024)), OVER)
    numbers = {re.search(r"partNumber=(\d+)", line)[1] for line in parts}
    assert ({str(number) for number in range(1, 15)}, 1) == (numbers, store._provider.renewals)


def test_a_download_goes_on_with_others(serve):  # noqa: F811
    data = bytes(range(250)) * 4000
    etag = '"0123456789abcdef"'

    class Breaking(Counting):
        def __call__(self, talk):
            while head := talk.head().decode():
                self.heads.append(head)
                if len(self.heads) == 1:
                    talk.say(answer(200, etag=etag).replace(b"length: 0", b"length: %d" % len(data)))
                    talk.say(data[:100_000])
                    return
                if "KEY1/" in head:
                    talk.say(answer(400, error("ExpiredToken")))
                    continue
                start = int(re.search(r"range: bytes=(\d+)", head)[1])
                rest = f"bytes {start}-{len(data) - 1}/{len(data)}"
                talk.say(answer(206, data[start:], etag=etag, content_range=rest))

    service = Breaking(None)
    store = make(serve(service))
    store._provider = Rotating()
    assert data == store.get("k").read()
    assert ["KEY1", "KEY1", "KEY2"] == keys(service)

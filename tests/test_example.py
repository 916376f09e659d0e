"""The example project as a newcomer meets it: a child process, its table and its page."""

from __future__ import annotations

import hashlib
import html
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener, urlopen

import pytest
from django.conf import settings

from holdfast.errors import Unavailable
from holdfast.stores.local import LocalStore
from holdfast.types import Write

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "example" / "files").iterdir())
TAKEN = FILES[0].name


# ---------------------------------------------------------------- stores that do not keep their promises


class Rotting(LocalStore):
    """A bit of one file flips on the disk after it was written."""

    def put(self, key, source, how=Write()):
        entry = super().put(key, source, how)
        if key == "demo/kelp.png":
            path = self.path(key)
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 1
            path.write_bytes(data)
        return entry


class Replacing(LocalStore):
    """Ignores that a name is taken."""

    def put(self, key, source, how=Write()):
        return super().put(key, source, replace(how, overwrite=how.etag is None))


class Losing(LocalStore):
    """Acknowledges a file of the model's and does not have it."""

    def put(self, key, source, how=Write()):
        entry = super().put(key, source, how)
        if key == "gallery/demo/letter.pdf":
            self.path(key).unlink()
        return entry


class Hiding(LocalStore):
    """Leaves a file out of its listings."""

    def listdir(self, *args):
        return (item for item in super().listdir(*args) if getattr(item, "key", "") != "demo/empty.txt")


class Moody(LocalStore):
    """Out of order while there is a file of that name beside its folder."""

    def _find(self, key):
        self._answer()
        return super()._find(key)

    def list(self, *args):
        self._answer()
        return super().list(*args)

    def _answer(self):
        if Path(settings.MEDIA_ROOT, "../out of order").exists():
            raise Unavailable("The store is out of order.")


# ---------------------------------------------------------------- the child process


def command(*args: str) -> list[str]:
    return [sys.executable, str(ROOT / "example" / "manage.py"), "demo", *args]


def environment(data: Path, **more: str) -> dict[str, str]:
    """The caller's, without what would lead the child to other settings, another store or somebody's keys."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("STORE", "DJANGO_SETTINGS_MODULE") and not name.startswith(("AWS_", "PYTHONWARN"))
    }
    return {**kept, "EXAMPLE_DATA": str(data), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **more}


def once(data: Path, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("--once", *args), env=environment(data, **more), capture_output=True, text=True, timeout=120
    )


class Row(NamedTuple):
    mark: str
    name: str
    size: str
    digest: str
    url: str


def table(output: str) -> list[Row]:
    """The rows, by the two spaces that part their cells."""
    return [
        Row(line[0], *re.split(r" {2,}", line[2:].strip()))
        for line in output.splitlines()
        if line.startswith(("✓", "✗"))
    ]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ---------------------------------------------------------------- the table


def test_every_file_comes_back_as_it_was_saved(tmp_path):
    done = once(tmp_path, PYTHONWARNINGS="error")
    assert (0, "") == (done.returncode, done.stderr)
    rows = table(done.stdout)
    assert 2 * len(FILES) + 1 == len(rows)
    assert {"✓"} == {row.mark for row in rows}
    for row in rows:
        assert sha256(tmp_path / "media" / row.name).startswith(row.digest.removesuffix("…"))
        assert 8 == len(row.digest.removesuffix("…"))
        assert row.url.startswith("/media/")
    for path in FILES:
        assert path.read_bytes() == (tmp_path / "media" / "demo" / path.name).read_bytes()
        assert path.read_bytes() == (tmp_path / "media/gallery/demo" / path.name.replace(" ", "_")).read_bytes()
    second = rows[-1].name
    assert f"demo/{TAKEN}" != second
    assert FILES[-1].read_bytes() == (tmp_path / "media" / second).read_bytes()
    assert f"demo/{TAKEN} was taken: the second is {second}, the first as it was." in done.stdout
    assert 100 >= max(map(len, done.stdout.replace(str(tmp_path), "").splitlines()))


def test_a_second_run_clears_its_own_files_and_nobody_elses(tmp_path):
    once(tmp_path)
    others = tmp_path / "media" / "gallery" / "mine.txt"
    others.write_text("mine")
    done = once(tmp_path)
    assert 0 == done.returncode
    assert f"Deleted {2 * len(FILES) + 1} files of an earlier run from demo/ and gallery/demo/" in done.stdout
    assert "mine" == others.read_text()
    assert 2 * len(FILES) + 2 == sum(path.is_file() for path in (tmp_path / "media").rglob("*"))
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database:
        assert (len(FILES),) == database.execute("SELECT count(*) FROM gallery_document").fetchone()


@pytest.mark.parametrize(
    ("fault", "name", "message"),
    [
        ("Rotting", "demo/kelp.png", "These are not the bytes that were saved."),
        ("Replacing", f"demo/{TAKEN}", "These are not the bytes that were saved."),
        ("Hiding", "demo/empty.txt", "It is not listed."),
        ("Losing", "gallery/demo/letter.pdf", "There is no 'gallery/demo/letter.pdf'"),
    ],
)
def test_a_store_that_breaks_a_promise_is_found_out(tmp_path, fault, name, message):
    done = once(tmp_path, STORE=f"tests.test_example.{fault}")
    assert 1 == done.returncode
    bad = [line for line in done.stdout.splitlines() if line.startswith("✗")]
    assert 1 == len(bad)
    assert bad[0].startswith(f"✗ {name} ")
    assert message in done.stdout
    assert f"CommandError: 1 of {2 * len(FILES) + 1} files did not come back as they were saved.\n" == done.stderr


def dead() -> str:
    """The address of a port where nothing listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{found.getsockname()[1]}"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("s4://bucket", "There is no store for s4://."),
        ("s3://bucket?endpointt=http://127.0.0.1", "Did you mean 'endpoint'?"),
        ("s3://bucket?endpoint=", "Nothing listens at 127.0.0.1:"),
        ("nowhere.Store", "'nowhere.Store' cannot be imported"),
        ("local://media", "local:///media"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path, spec, message):
    spec = f"{spec}{dead()}" if spec.endswith("=") else spec
    done = once(tmp_path, "--store", spec, AWS_ACCESS_KEY_ID="key", AWS_SECRET_ACCESS_KEY="s3cr3t")
    assert 1 == done.returncode
    assert message in done.stderr
    assert 1 == len(done.stderr.splitlines())
    assert "s3cr3t" not in done.stdout + done.stderr
    assert [] == table(done.stdout)


# ---------------------------------------------------------------- S3


def test_the_same_on_s3(ceph, tmp_path):
    bucket = f"example-{uuid.uuid4().hex[:8]}"
    ceph.create_bucket(bucket)
    spec = f"s3://{bucket}/some/folder?endpoint={ceph.endpoint}"
    keys = {"AWS_ACCESS_KEY_ID": ceph.access_key, "AWS_SECRET_ACCESS_KEY": ceph.secret_key}
    for said in ("", f"Deleted {2 * len(FILES) + 1} files of an earlier run"):
        done = once(tmp_path, STORE=spec, **keys)
        assert (0, "") == (done.returncode, done.stderr)
        assert said in done.stdout
        assert 2 * len(FILES) + 1 == len(table(done.stdout))
        assert {"✓"} == {row.mark for row in table(done.stdout)}
    assert not (tmp_path / "media").exists()
    signed = next(line for line in done.stdout.splitlines() if line.startswith("http"))
    with urlopen(signed, timeout=30) as response:
        assert (ROOT / "example/files/kelp.png").read_bytes() == response.read()
        assert response.headers["Content-Disposition"].startswith("attachment")

    with serving(tmp_path, STORE=spec, **keys) as page:
        page.upload("sur la côte.html", b"<script>alert(1)</script>")
        link = page.links()["sur_la_côte.html"]
        assert link.startswith(ceph.endpoint)
        with urlopen(link, timeout=30) as response:
            assert b"<script>alert(1)</script>" == response.read()
            assert response.headers["Content-Disposition"].startswith("attachment")
        page.delete("sur_la_côte.html")
        assert "sur_la_côte.html" not in page.links()


@pytest.mark.parametrize(
    ("bucket", "secret", "message"),
    [("example-missing", None, "no such bucket"), ("example-denied", "wrong", "check access_key and secret_key")],
)
def test_a_wrong_key_or_bucket_on_s3_is_one_line(ceph, tmp_path, bucket, secret, message):
    if bucket == "example-denied":
        ceph.create_bucket(bucket)
    keys = {"AWS_ACCESS_KEY_ID": ceph.access_key, "AWS_SECRET_ACCESS_KEY": secret or ceph.secret_key}
    done = once(tmp_path, STORE=f"s3://{bucket}?endpoint={ceph.endpoint}", **keys)
    assert 1 == done.returncode
    assert message in done.stderr
    assert 1 == len(done.stderr.splitlines())


# ---------------------------------------------------------------- the page


class Answer(NamedTuple):
    status: int
    headers: HTTPResponse
    body: bytes

    @property
    def text(self) -> str:
        return html.unescape(self.body.decode())


class Page:
    """A browser of sorts: keeps cookies, follows redirects, fills in the token of the form."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))

    def ask(self, path: str = "", data: bytes | None = None, **headers: str) -> Answer:
        request = Request(self.url + path, data, {name.replace("_", "-"): text for name, text in headers.items()})
        try:
            response = self.opener.open(request, timeout=30)
        except HTTPError as error:
            response = error
        with response:
            return Answer(response.status, response.headers, response.read())

    def links(self) -> dict[str, str]:
        """Names to addresses, in the order of the page."""
        return {name: url for url, name in re.findall(r'<a href="([^"]*)">([^<]*)</a>', self.ask().text)}

    def token(self) -> str:
        return re.search(r'csrfmiddlewaretoken" value="(\w+)"', self.ask().text)[1]

    def upload(self, name: str, data: bytes) -> Answer:
        edge, quoted = uuid.uuid4().hex, name.replace('"', "%22")
        body = (
            f'--{edge}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{self.token()}\r\n'
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n\r\n'
        ).encode()
        body += data + f"\r\n--{edge}--\r\n".encode()
        return self.ask("upload", body, Content_Type=f"multipart/form-data; boundary={edge}")

    def delete(self, name: str) -> Answer:
        number = re.search(rf'(?s)>{re.escape(name)}<.*?action="/delete/(\d+)"', self.ask().text)[1]
        return self.ask(f"delete/{number}", urlencode({"csrfmiddlewaretoken": self.token()}).encode())


@contextmanager
def serving(data: Path, **more: str) -> Iterator[Page]:
    """The page, until it is ended as Ctrl-C does."""
    # A shell starts its background jobs with SIGINT ignored, and a child inherits that; a handler it does not.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with (data / "errors").open("w+") as errors:
        try:
            child = subprocess.Popen(
                command(), env=environment(data, **more), stdout=subprocess.PIPE, stderr=errors, text=True
            )
        finally:
            signal.signal(signal.SIGINT, before)
        with child:
            try:
                found = next(filter(None, (re.search(r"http://127\.0\.0\.1:\d+/(?= )", x) for x in child.stdout)))
                yield Page(found[0])
                said = errors.seek(0, os.SEEK_END)
                child.send_signal(signal.SIGINT)
                assert 0 == child.wait(30)
            finally:
                child.kill()
        errors.seek(said)
        # The line of a request may come after its answer; nothing else may come.
        assert [] == [line for line in errors if not re.match(r'\[[^]]+\] "[A-Z]+ ', line)]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("page")) as page:
        yield page


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("note.txt", "note.txt"),
        ("dvě slova.csv", "dvě_slova.csv"),
        ('a"b <i>& 海.svg', "a22b_i_海.svg"),
        (".hidden", ".hidden"),
        ("../../../up.txt", "up.txt"),
        ("x" * 400 + ".txt", "x" * 251 + ".txt"),
    ],
)
def test_a_file_is_uploaded_listed_opened_and_deleted(page, name, kept):
    data = os.urandom(1000)
    answer = page.upload(name, data)
    assert 200 == answer.status
    assert f"Kept as {kept}." in answer.text
    assert "1000\xa0bytes" in answer.text
    opened = page.ask(page.links()[kept].removeprefix("/"))
    assert data == opened.body
    assert opened.headers["Content-Disposition"].startswith("attachment; filename")
    assert f"Deleted {kept}." in page.delete(kept).text
    assert kept not in page.ask().text
    assert 404 == page.ask(quote(f"media/gallery/{kept}")).status


def test_a_name_that_is_taken_becomes_another(page):
    page.upload("twice.txt", b"first")
    page.upload("twice.txt", b"second")
    second, first = [name for name in page.links() if name.startswith("twice")]
    assert "twice.txt" == first
    assert b"first" == page.ask(f"media/gallery/{first}").body
    assert b"second" == page.ask(f"media/gallery/{second}").body


def test_active_content_is_a_download(page):
    page.upload("active.html", b"<script>alert(1)</script>")
    opened = page.ask("media/gallery/active.html")
    assert 'attachment; filename="active.html"' == opened.headers["Content-Disposition"]
    assert "nosniff" == opened.headers["X-Content-Type-Options"]


def test_a_file_larger_than_memory_wants_comes_back(page):
    data = os.urandom(6_000_000)
    page.upload("large.bin", data)
    opened = page.ask("media/gallery/large.bin")
    assert str(len(data)) == opened.headers["Content-Length"]
    assert data == opened.body


@pytest.mark.parametrize(
    ("name", "data", "status", "message"),
    [
        ("empty.txt", b"", 400, "The submitted file is empty."),
        ("???", b"x", 200, "The file was not kept. Could not derive file name from '???'"),
        ("ž" * 240, b"x", 200, "longer than the file system allows"),
    ],
)
def test_what_cannot_be_kept_is_a_message(page, name, data, status, message):
    answer = page.upload(name, data)
    assert status == answer.status
    assert message in answer.text
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("media/gallery/nothing", 404),
        ("media/gallery/", 404),
        ("media/gallery", 404),
        ("media/../db.sqlite3", 404),
        ("media/%2e%2e/db.sqlite3", 404),
        ("media//etc/passwd", 404),
        ("media/a%00b", 404),
        ("upload", 405),
        ("delete/1", 405),
    ],
)
def test_addresses_that_give_nothing(page, path, status):
    assert status == page.ask(path).status


def test_a_post_needs_its_token_and_a_request_this_host(page):
    assert 403 == page.ask("delete/1", b"").status
    assert 403 == page.ask("upload", b"").status
    assert 400 == page.ask("", Host="example.com").status


def test_a_store_out_of_order_is_a_message_and_loses_nothing(tmp_path):
    switch = tmp_path / "out of order"
    with serving(tmp_path, STORE="tests.test_example.Moody") as page:
        page.upload("here.txt", b"here")
        page.token()
        before = page.ask().text
        number = re.search(r'(?s)>here\.txt<.*?action="/delete/(\d+)"', before)[1]
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', before)[1]
        switch.touch()
        listed = page.ask()
        assert 503 == listed.status
        assert "The files cannot be listed. The store is out of order." in listed.text
        assert "The file was not kept. The store is out of order." in page.upload("lost.txt", b"lost").text
        deleted = page.ask(f"delete/{number}", urlencode({"csrfmiddlewaretoken": token}).encode())
        assert "The file was not deleted. The store is out of order." in deleted.text
        opened = page.ask("media/gallery/here.txt")
        assert "The file cannot be opened. The store is out of order." in opened.text
        switch.unlink()
        assert b"here" == page.ask(page.links()["here.txt"].removeprefix("/")).body
        assert "lost.txt" not in page.ask().text


def test_a_second_page_takes_the_next_free_port(page, tmp_path):
    with serving(tmp_path) as other:
        assert page.url != other.url
        assert 200 == other.ask().status == page.ask().status

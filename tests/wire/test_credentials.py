"""Credentials: where they come from, when they are renewed, and that nothing shows them."""

import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
import traceback
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import botocore.session
import pytest
from botocore.exceptions import ClientError, CredentialRetrievalError, UnauthorizedSSOTokenError
from django.core.exceptions import ImproperlyConfigured

from holdfast.errors import Denied, Unavailable
from holdfast.types import Secret
from holdfast.wire import credentials as module
from holdfast.wire.credentials import (
    EARLY,
    MARGIN,
    PAUSE,
    Anonymous,
    ChainCredentials,
    Credentials,
    StaticCredentials,
    credentials_for,
)

HIDDEN = "wJalrXUtnFEMI"
PROCESS = """\
import datetime, json, pathlib, sys
home = pathlib.Path(sys.argv[1])
calls = home / "calls"
calls.write_text(calls.read_text() + "x" if calls.exists() else "x")
life = (home / "life").read_text()
if life == "broken":
    print("wJalrXUtnFEMI is not JSON")
elif life == "failing":
    sys.exit("the agent is not there")
else:
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=float(life))
    number = len(calls.read_text())
    print(json.dumps({"Version": 1, "AccessKeyId": f"KEY{number}", "SecretAccessKey": f"wJalrXUtnFEMI{number}",
                      "SessionToken": f"TOKEN{number}", "Expiration": end.isoformat()}))
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """No credentials but those that a test makes."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


@pytest.fixture
def clock(monkeypatch):
    """The providers' clock; botocore keeps its own."""
    clock = SimpleNamespace(ahead=0.0)
    clock.time = lambda: time.time() + clock.ahead
    monkeypatch.setattr(module, "time", clock)
    return clock


class Source:
    """What botocore's session finds: keys that end, and a way to get others."""

    def __init__(self, life=None):
        self.calls = 0
        self.life = life
        self.error = None
        self.entered = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def get_frozen_credentials(self):
        self.calls += 1
        self.entered.set()
        assert self.go_on.wait(20)
        if self.error is not None:
            raise self.error
        self._expiry_time = None if self.life is None else datetime.now(UTC) + timedelta(seconds=self.life)
        return SimpleNamespace(access_key=f"KEY{self.calls}", secret_key=f"{HIDDEN}{self.calls}", token="TOKEN")


@pytest.fixture
def source(monkeypatch):
    source = Source()
    monkeypatch.setattr(
        botocore.session, "Session", lambda profile: SimpleNamespace(get_credentials=lambda: source)
    )
    return source


def process_profile(home, life, name="default"):
    (home / "process.py").write_text(PROCESS)
    (home / "life").write_text(str(life))
    section = "default" if name == "default" else f"profile {name}"
    command = f'"{sys.executable}" -S -E "{home / "process.py"}" "{home}"'
    (home / "config").write_text(f"[{section}]\ncredential_process = {command}\n")


def calls(home):
    return len((home / "calls").read_text())


def set_environment(monkeypatch, access_key="ENVKEY", secret_key=HIDDEN, token=None):
    for name, value in {
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": secret_key,
        "AWS_SESSION_TOKEN": token,
    }.items():
        if value is not None:
            monkeypatch.setenv(name, value)


def in_threads(number, provider):
    """``get`` in that many threads: once they all wait for one another, call the second value for the results."""
    results = []

    def get():
        try:
            results.append(provider.get())
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=get) for _ in range(number)]
    for thread in threads:
        thread.start()

    def all_are_waiting():
        # One is in the source; the others stand at the lock, which is taken in get itself.
        frames = sys._current_frames()
        return number - 1 == sum(
            frames[thread.ident].f_code is ChainCredentials.get.__code__
            for thread in threads
            if thread.ident in frames
        )

    def finish():
        for thread in threads:
            thread.join(20)
        return results

    return all_are_waiting, finish


def wait_until(condition):
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.005)
    pytest.fail("it never happened")


# ---------------------------------------------------------------- options


def test_static_keys():
    provider = credentials_for("KEY", HIDDEN, "TOKEN")
    assert isinstance(provider, StaticCredentials)
    assert Credentials("KEY", Secret(HIDDEN), Secret("TOKEN")) == provider.get()
    assert provider.get() is provider.get()
    assert Credentials("KEY", Secret(HIDDEN)) == credentials_for("KEY", Secret(HIDDEN), "").get()


def test_static_keys_need_no_environment(monkeypatch):
    set_environment(monkeypatch, token="ENVTOKEN")
    assert Credentials("KEY", Secret("other")) == credentials_for("KEY", "other").get()


def test_anonymous():
    provider = credentials_for(anonymous=True)
    assert isinstance(provider, Anonymous)
    assert provider.get() is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"access_key": "KEY"}, "access_key is given, but not secret_key"),
        ({"access_key": "KEY", "secret_key": ""}, "access_key is given, but not secret_key"),
        ({"secret_key": HIDDEN}, "secret_key is given, but not access_key"),
        ({"session_token": HIDDEN}, "session_token is given, but not access_key and secret_key"),
        ({"access_key": "KEY", "session_token": HIDDEN}, "is given, but not secret_key"),
        ({"profile": "p", "access_key": "KEY", "secret_key": HIDDEN}, "profile: .*access_key, secret_key"),
        ({"anonymous": True, "profile": "p"}, "anonymous: .*profile"),
        ({"anonymous": True, "access_key": "KEY", "secret_key": HIDDEN}, "anonymous: .*access_key, secret_key"),
        ({"access_key": "KEY", "secret_key": f"{HIDDEN}\n"}, "secret_key begins or ends with white space"),
        ({"access_key": " KEY", "secret_key": HIDDEN}, "access_key begins or ends with white space"),
    ],
)
def test_options_that_make_no_sense(options, message):
    with pytest.raises(ImproperlyConfigured, match=message) as caught:
        credentials_for(**options)
    assert HIDDEN not in str(caught.value)


# ---------------------------------------------------------------- the environment


def test_environment(monkeypatch):
    set_environment(monkeypatch, token="ENVTOKEN")
    provider = credentials_for()
    assert Credentials("ENVKEY", Secret(HIDDEN), Secret("ENVTOKEN")) == provider.get()
    assert provider.get() is provider.get()


def test_environment_before_botocores_chain(home, monkeypatch):
    process_profile(home, 3600)
    set_environment(monkeypatch)
    assert Credentials("ENVKEY", Secret(HIDDEN)) == credentials_for().get()
    assert not (home / "calls").exists()


def test_half_an_environment(monkeypatch):
    set_environment(monkeypatch, secret_key=None)
    with pytest.raises(ImproperlyConfigured, match="but not AWS_SECRET_ACCESS_KEY"):
        credentials_for().get()


def test_white_space_in_the_environment(monkeypatch):
    set_environment(monkeypatch, secret_key=f"{HIDDEN}\n")
    with pytest.raises(ImproperlyConfigured, match="AWS_SECRET_ACCESS_KEY begins or ends"):
        credentials_for().get()


def test_botocore_is_imported_only_when_it_is_asked():
    code = (
        "import os, sys\n"
        "from holdfast.wire.credentials import credentials_for\n"
        "credentials_for('KEY', 'secret').get(); credentials_for(profile='p')\n"
        "os.environ.update(AWS_ACCESS_KEY_ID='KEY', AWS_SECRET_ACCESS_KEY='secret')\n"
        "credentials_for().get()\n"
        "print(sorted(name for name in sys.modules if name.startswith('boto')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "[]\n" == done.stdout


# ---------------------------------------------------------------- nothing found


def test_nothing_found_names_options_and_environment():
    with pytest.raises(ImproperlyConfigured) as caught:
        credentials_for().get()
    for word in ("access_key", "secret_key", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "anonymous"):
        assert word in str(caught.value)
    assert "pip install" not in str(caught.value)


@pytest.mark.parametrize(("profile", "word"), [(None, "AWS_ACCESS_KEY_ID"), ("vault", "vault")])
def test_nothing_found_without_botocore_names_the_extra(profile, word, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "botocore"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImproperlyConfigured, match=r'pip install "holdfast\[s3\]"') as caught:
        credentials_for(profile=profile).get()
    assert word in str(caught.value)


def test_no_such_profile():
    with pytest.raises(ImproperlyConfigured, match="nowhere"):
        credentials_for(profile="nowhere").get()


def test_what_was_not_found_is_looked_for_again(home, monkeypatch):
    provider = credentials_for()
    with pytest.raises(ImproperlyConfigured):
        provider.get()
    process_profile(home, 3600)
    assert "KEY1" == provider.get().access_key


# ---------------------------------------------------------------- botocore's chain


def write_credentials(home, **profiles):
    (home / "credentials").write_text(
        "".join(
            f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = {HIDDEN}\n"
            for name, key in profiles.items()
        )
    )


def test_default_profile(home):
    write_credentials(home, default="FILEKEY")
    assert Credentials("FILEKEY", Secret(HIDDEN)) == credentials_for().get()


def test_profile_before_the_environment(home, monkeypatch):
    set_environment(monkeypatch)
    write_credentials(home, default="FILEKEY", vault="VAULTKEY")
    assert "VAULTKEY" == credentials_for(profile="vault").get().access_key


def test_environments_keys_before_the_environments_profile(home, monkeypatch):
    write_credentials(home, default="FILEKEY", vault="VAULTKEY")
    monkeypatch.setenv("AWS_PROFILE", "vault")
    assert "VAULTKEY" == credentials_for().get().access_key
    set_environment(monkeypatch)
    assert "ENVKEY" == credentials_for().get().access_key


def test_credentials_that_do_not_end_are_asked_for_once(source, clock):
    provider = credentials_for()
    held = provider.get()
    clock.ahead = 1e9
    assert held is provider.get()
    assert 1 == source.calls


def test_credentials_that_end_say_when(home):
    process_profile(home, 3600)
    credentials = credentials_for().get()
    assert Credentials("KEY1", Secret(f"{HIDDEN}1"), Secret("TOKEN1"), credentials.expires) == credentials
    assert UTC is credentials.expires.tzinfo
    assert 3500 < (credentials.expires - datetime.now(UTC)).total_seconds() <= 3600


def test_renewed_ahead_of_their_end(home, clock):
    process_profile(home, 800)  # less than botocore wants to have left
    provider = credentials_for()
    first = provider.get()
    asked = calls(home)
    assert first is provider.get()
    clock.ahead = PAUSE - 5
    assert first is provider.get()
    assert asked == calls(home)

    (home / "life").write_text("3600")
    clock.ahead = PAUSE + 5
    second = provider.get()
    assert asked + 1 == calls(home)
    assert f"KEY{asked + 1}" == second.access_key
    assert first.expires > datetime.now(UTC)
    assert second.expires > first.expires
    assert second is provider.get()


def test_asked_for_when_the_window_opens_and_not_before(source, clock):
    source.life = 3600
    provider = credentials_for()
    held = provider.get()
    clock.ahead = 3600 - EARLY - 10
    assert held is provider.get()
    clock.ahead = 3600 - EARLY + 10
    assert "KEY2" == provider.get().access_key


def test_the_same_credentials_are_the_same_object(source, clock, monkeypatch):
    """The signer derives its key once for each."""
    source.life = 3600
    provider = credentials_for()
    held = provider.get()
    monkeypatch.setattr(
        source,
        "get_frozen_credentials",
        lambda: SimpleNamespace(access_key="KEY1", secret_key=f"{HIDDEN}1", token="TOKEN"),
    )
    clock.ahead = 3600 - EARLY + 10
    assert held is provider.get()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole"), Denied),
        (UnauthorizedSSOTokenError(), Denied),
        (CredentialRetrievalError(provider="container-role", error_msg="no"), Unavailable),
        (RuntimeError("the refreshed credentials are still expired"), Unavailable),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_failures_are_ours(error, expected, source):
    source.error = error
    with pytest.raises(expected, match=str(error)[-20:]) as caught:
        credentials_for().get()
    assert expected is type(caught.value)
    assert error is caught.value.__cause__


def test_errors_that_point_at_one_another(source):
    source.error = CredentialRetrievalError(provider="web-identity", error_msg="no")
    source.error.__cause__ = OSError("no route")
    source.error.__cause__.__context__ = source.error
    with pytest.raises(Unavailable, match="web-identity"):
        credentials_for().get()


def test_failing_renewal_keeps_what_still_holds(source, clock):
    source.life = 3600
    provider = credentials_for()
    held = provider.get()
    source.error = OSError("no route to the metadata service")
    clock.ahead = 3600 - EARLY + 10
    assert held is provider.get()
    assert 2 == source.calls
    assert held is provider.get()  # and is not tried again at once
    assert 2 == source.calls
    clock.ahead += PAUSE + 1
    assert held is provider.get()
    assert 3 == source.calls
    clock.ahead = 3601
    with pytest.raises(Unavailable, match="no route"):
        provider.get()
    source.error = None
    source.life = 2 * 3600
    assert "KEY5" == provider.get().access_key


# ---------------------------------------------------------------- threads


def test_burst_is_not_blocked_by_a_renewal(source, clock):
    source.life = 3600
    provider = credentials_for()
    held = provider.get()
    source.entered.clear()
    source.go_on.clear()
    source.life = 2 * 3600
    clock.ahead = 3600 - EARLY + 10
    _, finish = in_threads(1, provider)
    assert source.entered.wait(20)
    for _ in range(100):
        assert held is provider.get()
    source.go_on.set()
    (renewed,) = finish()
    assert "KEY2" == renewed.access_key
    assert renewed is provider.get()
    assert 2 == source.calls


@pytest.mark.parametrize("before", ["nothing", "ended", "about to end"])
def test_one_thread_fetches_and_the_others_wait(before, source, clock):
    provider = credentials_for()
    if before != "nothing":
        source.life = 3600
        provider.get()
        clock.ahead = 3601 if before == "ended" else 3600 - MARGIN / 2
    asked = source.calls
    source.life = 3 * 3600
    source.go_on.clear()
    all_are_waiting, finish = in_threads(8, provider)
    wait_until(all_are_waiting)
    source.go_on.set()
    results = finish()
    assert asked + 1 == source.calls
    assert [provider.get()] * 8 == results
    assert 1 == len({id(result) for result in results})


def test_those_who_waited_share_the_failure(source):
    """Else each of them would wait for the metadata service's time-out in turn."""
    provider = credentials_for()
    source.error = OSError("no route")
    source.go_on.clear()
    all_are_waiting, finish = in_threads(8, provider)
    wait_until(all_are_waiting)
    source.go_on.set()
    results = finish()
    assert 1 == source.calls
    assert [Unavailable] * 8 == [type(result) for result in results]
    assert 8 == len({id(result) for result in results})
    source.error = None
    assert "KEY2" == provider.get().access_key


def test_waiting_has_an_end(source, monkeypatch):
    monkeypatch.setattr(module, "WAIT", 0.01)
    provider = credentials_for()
    source.go_on.clear()
    _, finish = in_threads(1, provider)
    assert source.entered.wait(20)
    with pytest.raises(Unavailable, match="still being fetched"):
        provider.get()
    source.go_on.set()
    assert [provider.get()] == finish()


def test_waiting_ends_with_what_still_holds(source, clock, monkeypatch):
    monkeypatch.setattr(module, "WAIT", 0.01)
    source.life = 3600
    provider = credentials_for()
    held = provider.get()
    clock.ahead = 3600 - MARGIN / 2
    source.entered.clear()
    source.go_on.clear()
    _, finish = in_threads(1, provider)
    assert source.entered.wait(20)
    assert held is provider.get()
    source.go_on.set()
    finish()


def test_interrupted_fetch_leaves_no_lock_behind(source):
    provider = credentials_for()
    source.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        provider.get()
    source.error = None
    assert "KEY2" == provider.get().access_key


# ---------------------------------------------------------------- fork


def in_fork(work):
    """What ``work`` answers in a forked child, which is given ten seconds."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            signal.alarm(10)
            os.write(writer, work().encode())
        except BaseException as error:
            os.write(writer, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    try:
        ready, _, _ = select.select([reader], [], [], 15)
        return os.read(reader, 10_000).decode() if ready else "nothing"
    finally:
        os.close(reader)
        os.waitpid(pid, 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("state", ["valid", "due", "ended", "none"])
def test_fork_in_the_middle_of_a_renewal(state, source, clock, monkeypatch):
    provider = credentials_for()
    if state != "none":
        source.life = 3600
        provider.get()
        clock.ahead = 3601 if state == "ended" else 3600 - EARLY + 10
    source.entered.clear()
    source.go_on.clear()
    _, finish = in_threads(1, provider)
    assert source.entered.wait(20)

    def child():
        # The parent's source never goes on here; a session of the child's own finds another.
        own = Source(life=5 * 3600)
        monkeypatch.setattr(
            botocore.session, "Session", lambda profile: SimpleNamespace(get_credentials=lambda: own)
        )
        if state == "valid":
            clock.ahead = 0
        before = provider.get()
        after = provider.get()
        return f"{before.access_key} {before is after} {own.calls}"

    actual = in_fork(child)
    source.go_on.set()
    finish()
    assert f"KEY1 True {0 if state == 'valid' else 1}" == actual


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_fork_with_botocore_itself(home):
    process_profile(home, 3600)
    provider = credentials_for()
    held = provider.get()
    assert f"{held.access_key} 1" == in_fork(lambda: f"{provider.get().access_key} {calls(home)}")


# ---------------------------------------------------------------- nothing shows


def everything_said_of(error):
    """A traceback with the local variables of all frames, as debug pages have it, but for the test's own."""
    frames = error.__traceback__.tb_next
    return "".join(traceback.TracebackException(type(error), error, frames, capture_locals=True).format())


@pytest.mark.parametrize("secret_in", ["botocore", "environment", "static"])
def test_nothing_shows(secret_in, home, monkeypatch):
    if secret_in == "botocore":
        process_profile(home, 3600)
    elif secret_in == "environment":
        set_environment(monkeypatch, "KEY", token="TOKEN")
    provider = credentials_for("KEY", HIDDEN, "TOKEN") if secret_in == "static" else credentials_for()
    credentials = provider.get()
    for shown in (credentials, provider):
        for text in (repr(shown), str(shown), f"{shown}", f"{shown!r:>5}", f"{vars(provider)}"):
            assert HIDDEN not in text
            assert "KEY" not in text
            assert "TOKEN" not in text


@pytest.mark.parametrize("life", ["broken", "failing"])
def test_failing_process_shows_nothing(life, home):
    process_profile(home, life)
    with pytest.raises(Unavailable) as caught:
        credentials_for().get()
    assert HIDDEN not in everything_said_of(caught.value)


def test_failing_renewal_shows_nothing(home, clock):
    process_profile(home, 800)
    provider = credentials_for()
    ended = provider.get().expires.timestamp() - time.time()
    (home / "life").write_text("-5")
    clock.ahead = ended + 1
    with pytest.raises(Unavailable, match="expired") as caught:
        provider.get()
    assert HIDDEN not in everything_said_of(caught.value)


@pytest.mark.parametrize("build", [credentials_for, StaticCredentials])
def test_bad_options_show_nothing(build):
    with pytest.raises(ImproperlyConfigured) as caught:
        build("KEY", f"{HIDDEN}\n", HIDDEN)
    assert HIDDEN not in everything_said_of(caught.value)


def test_half_given_options_show_nothing():
    with pytest.raises(ImproperlyConfigured) as caught:
        credentials_for(secret_key=HIDDEN)
    assert HIDDEN not in everything_said_of(caught.value)


# ---------------------------------------------------------------- pickle


def test_pickle(source):
    source.life = 3600
    provider = credentials_for(profile="vault")
    credentials = provider.get()
    assert credentials == pickle.loads(pickle.dumps(credentials))

    pickled = pickle.dumps(provider)
    assert HIDDEN.encode() not in pickled
    assert "KEY2" == pickle.loads(pickled).get().access_key

    static = credentials_for("KEY", HIDDEN)
    assert static.get() == pickle.loads(pickle.dumps(static)).get()

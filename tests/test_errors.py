"""The tree of errors."""

import errno
import pickle

import pytest
from django.core.exceptions import SuspiciousFileOperation

from holdfast import errors
from holdfast.errors import InvalidKey, StoreError

CLASSES = [getattr(errors, name) for name in errors.__all__]


def drawn() -> dict[str, tuple[str, ...]]:
    """Class to bases, as the tree in the module's docstring draws them."""
    bases: dict[str, tuple[str, ...]] = {}
    path: list[tuple[int, str]] = []
    block = errors.__doc__.split("::\n", 1)[1].split("\nEach stands", 1)[0]
    for line in filter(str.strip, block.splitlines()):
        text = line.lstrip(" │├└─")
        name, _, rest = text.partition(" (")
        depth = len(line) - len(text)
        path = [(level, parent) for level, parent in path if level < depth]
        builtins = tuple(filter(None, rest.rstrip(")").split(", ")))
        bases[name.strip()] = (*(parent for _, parent in path[-1:]), *builtins)
        path.append((depth, name.strip()))
    return bases


def test_the_tree_is_as_it_is_drawn():
    assert drawn() == {kind.__name__: tuple(base.__name__ for base in kind.__bases__) for kind in CLASSES}


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_carries_key_and_store_through_a_pickle(kind):
    error = pickle.loads(pickle.dumps(kind("It failed.", key="a/b", store="memory://")))
    assert (kind, "It failed.", "a/b", "memory://") == (type(error), str(error), error.key, error.store)


def test_the_system_s_own_number_survives_a_pickle():
    error = errors.Refused("The disk is full.")
    error.errno = errno.ENOSPC
    assert errno.ENOSPC == pickle.loads(pickle.dumps(error)).errno


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if issubclass(kind, OSError)])
def test_no_errno_is_taken_for_a_client_that_hung_up(kind):
    assert kind("x").errno not in (errno.EPIPE, errno.ECONNRESET)


def test_code_for_local_files_keeps_working():
    with pytest.raises(FileNotFoundError) as caught:
        raise errors.NotFound("gone")
    assert errno.ENOENT == caught.value.errno
    assert issubclass(errors.AlreadyExists, FileExistsError)
    assert issubclass(errors.Denied, PermissionError)
    assert issubclass(errors.Unavailable, ConnectionError)
    assert issubclass(errors.Unsupported, NotImplementedError)
    assert issubclass(InvalidKey, SuspiciousFileOperation)
    assert issubclass(StoreError, OSError)

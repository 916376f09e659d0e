"""Print the promises: ``python -m holdfast.testing``."""

from __future__ import annotations

from holdfast.testing.promise import Promise, all_promises, words


def line(promise: Promise) -> str:
    """Id, sentence and conditions of a promise, with tabs between."""
    conditions = [words(promise.needs)] if promise.needs else []
    conditions += [f"no {words(promise.lacks)}"] if promise.lacks else []
    conditions += [
        word
        for word, applies in (("creates", promise.creates), ("counter", promise.counted))
        if applies
    ]  # fmt: skip
    return f"{promise.id}\t{promise.sentence}\t[{', '.join(conditions)}]"


if __name__ == "__main__":
    for each in all_promises():
        print(line(each))

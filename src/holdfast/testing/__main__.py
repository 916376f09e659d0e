"""Print the promises: ``python -m holdfast.testing``."""

from __future__ import annotations

import sys
from argparse import ArgumentParser

from holdfast.testing.page import ABOUT, conditions, page
from holdfast.testing.promise import Promise, all_promises


def line(promise: Promise) -> str:
    """Id, sentence and conditions of a promise, with tabs between."""
    return f"{promise.id}\t{promise.sentence}\t[{', '.join(conditions(promise))}]"


def everything(promise: Promise) -> str:
    """All that is known of a promise."""
    lines = [
        promise.id,
        promise.sentence,
        f"about:  {ABOUT[promise.about]}",
        f"needs:  {', '.join(conditions(promise)) or 'nothing'}",
        f"cost:   {promise.cost}{'' if promise.live else ', and not on a system in use'}",
        f"source: {promise.source}",
        "",
        *(f"    {each}" for each in promise.see.splitlines()),
        "",
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    parser = ArgumentParser(prog="python -m holdfast.testing", description="Print the promises, a line each.")
    parser.add_argument("ids", nargs="*", metavar="ID", help="print all that is known of these, or of a group")
    parser.add_argument("--markdown", action="store_true", help="print the page of the documentation")
    options = parser.parse_args(arguments)
    promises = all_promises()
    if unknown := set(options.ids) - {each.id for each in promises} - {each.group for each in promises}:
        parser.error(f"there is no promise and no group {', '.join(sorted(unknown))}")
    if options.markdown:
        sys.stdout.write(page())
        return 0
    for promise in promises:
        if promise.id in options.ids or promise.group in options.ids:
            print(everything(promise))
        elif not options.ids:
            print(line(promise))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

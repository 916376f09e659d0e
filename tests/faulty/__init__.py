"""Stores and storages with one fault each, of a kind that they do have, and the promises that have to catch it."""

from __future__ import annotations

from holdfast.storage import RemoteStorage
from holdfast.store import Store
from holdfast.stores.memory import MemoryStore
from tests.faulty import others, reading, storages, writing

STORES: list[tuple[type[Store], str]] = [
    (reading.EverythingForAnEmptyRange, "ranges.no_bytes"),
    (reading.OneByteTooMany, "ranges.half_open"),
    (reading.OneByteTwiceAtABorder, "ranges.anywhere"),
    (reading.OneByteTwiceAtALargeBorder, "ranges.anywhere_in_a_large_object"),
    (reading.ErrorBehindTheEnd, "ranges.start_behind_the_object"),
    (reading.SaysItIsTheWhole, "ranges.half_open"),
    (reading.IgnoresTheVersion, "reading.only_that_version"),
    (reading.TheErrorIsTheBody, "reading.missing_is_not_found"),
    (reading.Foreign, "reading.missing_is_not_found"),
    (reading.RemembersSizes, "reading.size_follows_the_bytes"),
    (reading.RemembersSizes, "writing.overwrite_replaces"),
    (reading.RemembersETags, "reading.etag_follows_the_bytes"),
    (reading.AConnectionForEachBody, "reading.many_bodies_open"),
    (reading.LetsGoAtTheEndAlone, "reading.body_closed_half_read"),
    (reading.LetsGoWhenClosedAlone, "reading.body_read_to_its_end"),
    (reading.WrongDigests, "integrity.digests_are_right"),
    (reading.NaiveTimes, "times.aware_and_now"),
    (reading.ListsSiblings, "listing.prefix_is_a_folder"),
    (reading.ListsOnePage, "listing.thousands"),
    (reading.CountsItsPages, "listing.changing_as_it_goes"),
    (reading.ListsInOrderOfCase, "listing.in_order"),
    (reading.BeginsAtTheKey, "listing.after_a_key"),
    (reading.ShowsFoldersTwice, "listing.one_level"),
    (writing.KeepsHalf, "sources.raises_midway"),
    (writing.KeepsHalf, "sources.raises_midway_over_another"),
    (writing.KeepsHalf, "sources.interrupted_midway"),
    (writing.ShowsHalf, "sources.invisible_until_it_is_whole"),
    (writing.ShowsATemporaryName, "sources.invisible_until_it_is_whole"),
    (writing.SharesATemporaryName, "races.keys_of_their_own"),
    (writing.SharesATemporaryName, "races.last_one_wins"),
    (writing.LeavesATail, "writing.shorter_leaves_no_tail"),
    (writing.LosesTheSecond, "reading.read_after_write"),
    (writing.CreatesOver, "writing.create_only"),
    (writing.LooksAndThenWrites, "races.one_creates"),
    (writing.LooksAndThenWrites, "writing.taken_meanwhile"),
    (writing.LooksAndThenWritesParts, "writing.taken_while_megabytes_come"),
    (writing.BelievesTheSource, "sources.not_as_many_as_it_said"),
    (writing.ReplacesAnyVersion, "features.no_replacing_of_one_version"),
    (writing.KeepsOldAttributes, "attributes.none_left_over"),
    (writing.DropsAttributes, "attributes.refused_by_name"),
    (writing.TrimsMetadata, "attributes.any_text"),
    (writing.CopiesBytesAlone, "copying.keeps_attributes"),
    (writing.KeepsTheTargetsAttributes, "copying.none_of_the_target"),
    (writing.MissesLoudly, "deleting.silent"),
    (writing.DeletesBelow, "deleting.nothing_else"),
    (writing.StopsAtTheFirstFailure, "deleting.many_despite_a_failure"),
    (others.IgnoresCase, "keys.alike"),
    (others.ComposesNames, "keys.alike"),
    (others.DecomposesNames, "keys.odd_names"),
    (others.Unquotes, "keys.odd_names"),
    (others.ClaimsToSign, "signing.gives_the_bytes"),
    (others.FailsInAChild, "processes.fork_after_use"),
    (others.NoPickle, "processes.pickled"),
    (others.AnotherWayForCoroutines, "asynchronous.reading"),
]

STORAGES: list[tuple[type[RemoteStorage], str]] = [
    (storages.SwallowsErrors, "errors.exists_is_not_guessed"),
    (storages.FoldersExist, "folders.exists"),
    (storages.RemembersListings, "listing.in_a_storage_at_once"),
    (storages.RemembersFiles, "deleting.name_is_free_again"),
    (storages.OneAlternative, "naming.taken_name_gets_another"),
    (storages.LosesTheSecondFile, "naming.taken_name_gets_another"),
    (storages.KeepsTheSpelling, "naming.taken_name_gets_another"),
    (storages.ClosesTheContent, "saving.left_open"),
    (storages.ReadsFromWhereItIs, "saving.from_the_beginning"),
    (storages.HoldsTheContent, "saving.little_memory"),
    (storages.SavesLines, "integrity.every_byte_of_a_file"),
    (storages.SavesInPlace, "sources.saved_unseen"),
    (storages.LooksBeforeItOpens, "budgets.open_and_read"),
    (storages.TakesWhatComes, "integrity.missing_bytes"),
    (storages.TakesWhatComes, "integrity.bytes_behind_the_end"),
    (storages.TakesWhatComes, "integrity.other_bytes"),
    (storages.CommitsWhateverHappens, "aborts.exception_inside_with"),
]

OVER: dict[str, type[MemoryStore]] = {"saving.little_memory": storages.Zeros}
"""The store under a faulty storage, where that cannot be a plain ``MemoryStore``."""

UNSEEN: dict[tuple[type, str], str] = {}
"""Faults that the three lines of the promise which catches them do not show surely, each with the reason."""

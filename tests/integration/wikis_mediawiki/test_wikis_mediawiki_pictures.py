"""The pictures of a share in a real MediaWiki."""

from __future__ import annotations

import dataclasses

import httpx
import pytest
from lodge_services.shares.wikis.base import Attachment, Refused
from lodge_services.shares.wikis.mediawiki.wiki import MediaWiki
from support.mediawiki import Person, RunningMediaWiki
from support.pictures import picture


def test_pictures_are_brought_once(wiki: MediaWiki, server: RunningMediaWiki) -> None:
    pictures = (picture(10, "a"), picture(20, "b"))
    assert wiki.attach(None, pictures) == 2
    assert wiki.attach(None, (*pictures, picture(30, "c"))) == 1
    assert wiki.attach(None, pictures) == 0
    url = httpx.get(f"{server.url}/index.php?title=Special:Redirect/file/{pictures[0].name}")
    assert httpx.get(url.headers["Location"]).content == pictures[0].content


def test_a_large_picture_comes_in_pieces(wiki: MediaWiki) -> None:
    # PHP takes files of 2 MB and requests of 8, whatever the wiki says.
    large = picture(2_500_000, "large")
    assert wiki.attach(None, (large,)) == 1
    assert wiki.attach(None, (large,)) == 0


def test_more_pictures_than_one_question_may_name(wiki: MediaWiki) -> None:
    there = picture(10, "a")
    wiki.attach(None, (there,))
    few = [picture(10, f"many {number}") for number in range(3)]
    missing = [dataclasses.replace(there, content=b"x%d" % number) for number in range(60)]
    from lodge_services.shares.wikis.mediawiki import files as mediawiki_files

    names = [one.name for one in (*missing, there)]
    assert mediawiki_files._there(wiki._session, names) == {there.name}
    assert wiki.attach(None, (there, *few)) == 3


def test_a_picture_that_was_deleted_comes_again(wiki: MediaWiki, ada: Person) -> None:
    one = picture(10, "deleted once")
    assert wiki.attach(None, (one,)) == 1
    ada.do("delete", title=f"File:{one.name}")
    assert wiki.attach(None, (one,)) == 1


def test_the_same_picture_below_another_name_is_no_reason(wiki: MediaWiki, ada: Person) -> None:
    one = picture(10, "twice")
    again = Attachment("image/png", one.content)
    object.__setattr__(again, "kind", "image/x-png")
    assert wiki.attach(None, (one,)) == 1
    ada.do("move", **{"from": f"File:{one.name}", "to": "File:Hers.png"}, noredirect="1")
    assert wiki.attach(None, (one,)) == 1


def test_what_is_no_picture_is_refused(wiki: MediaWiki) -> None:
    with pytest.raises(Refused, match="refused to take a picture"):
        wiki.attach(None, (Attachment("image/png", b"<html><script>alert(1)</script>"),))


def test_uploads_that_are_off_are_told(settings: RunningMediaWiki, wiki: MediaWiki) -> None:
    settings.settings("$wgEnableUploads = false;")
    with pytest.raises(Refused, match="allow uploads"):
        wiki.attach(None, (picture(10, "none"),))

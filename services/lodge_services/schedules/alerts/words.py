"""What messages say, in the language of those they are for: pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...pages.translation import Translator
from ..words import duration_words, zone_of
from .models import AlertDelivery, What

_HEADLINES: Mapping[What, str] = {
    "failed": "{job} failed",
    "late": "{job} is late",
    "slow": "{job} takes longer than usual",
    "recovered": "{job} works again",
    "test": "{job}: a test of its alerts",
}


@dataclass(frozen=True)
class Entry:
    """One thing that a message tells, in words.

    Attributes
    ----------
    headline
        The job, and what happened.
    sentences
        What is known of it.
    source, log
        Of the cell that failed, and the last lines of the run's log; "" where there are none.
    run_url, mute_url
        Where to look, and where the job is muted.
    """

    what: What
    headline: str
    sentences: Sequence[str]
    source: str
    log: str
    run_url: str
    mute_url: str


def headline(what: What, job: str, translate: Translator) -> str:
    """Say what happened to a job."""
    return translate(_HEADLINES[what], job=job)


def entry_of(one: AlertDelivery, log: str, site: str, translate: Translator) -> Entry:
    """Put one thing into words.

    Parameters
    ----------
    one
        What is told.
    log
        The last lines of the run's log.
    site
        Address of the service's pages, whole, ending in a slash.
    translate
        Of the recipient's language.
    """
    facts: Mapping[str, Any] = one.facts if isinstance(one.facts, dict) else {}
    job_url = f"{site}jobs/{one.job_id}"
    error = facts.get("error") if one.what == "failed" else None
    return Entry(
        what=one.what,
        headline=headline(one.what, str(facts.get("job", "")), translate),
        sentences=sentences(one.what, facts, translate),
        source=str(error.get("cell_source", "")) if isinstance(error, dict) else "",
        log=log,
        run_url=f"{site}runs/{one.run_id}" if one.run_id else job_url,
        mute_url=f"{job_url}#alerts",
    )


def sentences(what: What, facts: Mapping[str, Any], translate: Translator) -> list[str]:
    """Say what is known of what happened, a sentence each."""
    return _TELLING[what](facts, translate)


def _failed(facts: Mapping[str, Any], translate: Translator) -> list[str]:
    said = []
    error = facts.get("error")
    if isinstance(error, dict):
        what = _error(error, translate)
        if error.get("cell") is not None:
            said.append(translate("Cell {number} failed", number=error["cell"] + 1) + f": {what}")
        else:
            said.append(what)
    if facts.get("scheduled_for") and facts.get("trigger") == "schedule":
        said.append(translate("It was due at {time}.", time=_time(facts, "scheduled_for")))
    if facts.get("attempt", 1) > 1:
        said.append(translate("It was tried {count} times.", count=facts["attempt"]))
    said.append(translate("You are told no more of its failures until it has succeeded once."))
    return said


def _error(error: Mapping[str, Any], translate: Translator) -> str:
    if error.get("ename"):
        return f"{error['ename']}: {error.get('evalue', '')}".rstrip(": ")
    return translate.told(str(error.get("message", "")))


def _late(facts: Mapping[str, Any], translate: Translator) -> list[str]:
    return [
        translate(
            "It was due at {time}, and no run has succeeded within {minutes} minutes.",
            time=_time(facts, "scheduled_for"),
            minutes=facts.get("minutes", 0),
        )
    ]


def _slow(facts: Mapping[str, Any], translate: Translator) -> list[str]:
    longest = facts.get("longest_s")
    if not isinstance(longest, int | float):
        return []
    return [
        translate(
            "It has run for more than {time}, half as long again as its runs usually take.",
            time=duration_words(float(longest), translate),
        )
    ]


def _recovered(facts: Mapping[str, Any], translate: Translator) -> list[str]:
    said = []
    spent = facts.get("duration_s")
    if isinstance(spent, int | float):
        words = duration_words(float(spent), translate)
        said.append(translate("A run has succeeded, in {time}.", time=words))
    failures = facts.get("failures", 0)
    if failures == 1:
        said.append(translate("One had failed before."))
    elif failures:
        said.append(translate("{count} had failed before.", count=failures))
    if facts.get("opened_at"):
        said.append(translate("It was not well since {time}.", time=_time(facts, "opened_at")))
    return said


def _test(_facts: Mapping[str, Any], translate: Translator) -> list[str]:
    return [translate("Alerts of this job arrive here. Nothing has happened to it.")]


_TELLING = {
    "failed": _failed,
    "late": _late,
    "slow": _slow,
    "recovered": _recovered,
    "test": _test,
}


def _time(facts: Mapping[str, Any], name: str) -> str:
    zone = zone_of(str(facts.get("timezone", "UTC")))
    moment = datetime.fromisoformat(str(facts[name])).astimezone(zone)
    return f"{moment:%Y-%m-%d %H:%M} ({zone.key})"

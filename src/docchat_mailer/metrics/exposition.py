"""Measures as text for Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/).

Names are kept for ever: alert rules and dashboards of operators go by them.  No address is ever a label, and
what a relay said is none either: labels come from the tables of the model, whatever else there is is "other".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from docchat_mailer.model.delivery import Reason
from docchat_mailer.model.measures import BOUNDS, Durations, Heard, Measures

CLASSES = {str(reason): str(reason).replace(" ", "_") for reason in Reason} | {"": "none"}
"""The label ``class`` of a reason; the ledger also keeps words of the operator's, which are none."""

FIRST_CODE, LAST_CODE = 200, 599
"""Replies of SMTP (RFC 5321 section 4.2.1); a label is made of no other number."""


def exposition(measures: Measures, heard: Heard, *, version: str) -> bytes:
    """The text of everything that is measured, in UTF-8."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families([*_of_ledger(measures), *_of_worker(heard), _build(version)]))
    return generate_latest(registry)


class _Families(Collector):
    """Families made beforehand."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """They, in their order."""
        yield from self._families


def _of_ledger(seen: Measures) -> Iterator[Metric]:
    yield _settled(seen.settled)
    yield _by_state(
        "docchat_queue_depth", "Deliveries that wait for an attempt or are under way.", seen.queue
    )
    yield GaugeMetricFamily(
        "docchat_oldest_due_age_seconds",
        "How long the longest due delivery of a mailing that may be sent waits; 0 where none is due.",
        seen.oldest_due,
    )
    yield GaugeMetricFamily(
        "docchat_uncertain", "Deliveries whose fate the operator has to decide.", seen.uncertain
    )
    yield GaugeMetricFamily("docchat_editions_paused", "Mailings that wait to be resumed.", seen.paused)
    yield _by_state("docchat_subscribers", "Readers, by state.", seen.subscribers)
    yield CounterMetricFamily(
        "docchat_takeovers", "Batches taken from an owner who was not heard of any more.", seen.takeovers
    )
    yield GaugeMetricFamily(
        "docchat_identity_ok",
        "Whether every mailing's candidates are the sum of its deliveries.",
        float(seen.sound),
    )


def _settled(counted: Mapping[tuple[str, str], int]) -> Metric:
    family = CounterMetricFamily(
        "docchat_deliveries",
        "Deliveries that need no further attempt, by state and by what that is due to.",
        labels=["state", "class"],
    )
    classes: dict[tuple[str, str], int] = {}
    for (state, reason), number in counted.items():
        key = (state, CLASSES.get(reason, "other"))
        classes[key] = classes.get(key, 0) + number
    for key, number in sorted(classes.items()):
        family.add_metric(key, number)
    return family


def _by_state(name: str, told: str, counted: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=["state"])
    for state, number in sorted(counted.items()):
        family.add_metric([state], number)
    return family


def _of_worker(heard: Heard) -> Iterator[Metric]:
    if heard.last_tick is not None:
        yield GaugeMetricFamily(
            "docchat_scheduler_last_tick_timestamp_seconds",
            "When the worker was last seen at work, in seconds since 1970.",
            heard.last_tick.timestamp(),
        )
    replies = CounterMetricFamily("docchat_smtp_reply", "Replies of relays to letters.", labels=["code"])
    for code, number in sorted(heard.replies.items()):
        if FIRST_CODE <= code <= LAST_CODE:
            replies.add_metric([str(code)], number)
    yield replies
    yield _histogram(
        "docchat_send_seconds", "From handing a letter over to the reply to its final dot.", heard.sending
    )
    yield _histogram("docchat_db_commit_seconds", "Commits of the worker to the database.", heard.commits)


def _histogram(name: str, told: str, took: Durations) -> Metric:
    bounds = [*(repr(bound) for bound in BOUNDS), "+Inf"]
    below = zip(bounds, accumulate(took.counts), strict=True)
    return HistogramMetricFamily(name, told, buckets=list(below), sum_value=took.seconds)


def _build(version: str) -> Metric:
    family = GaugeMetricFamily("docchat_build_info", "The version that runs; always 1.", labels=["version"])
    family.add_metric([version], 1)
    return family

"""Sample readers: nobody's addresses, with the names and habits that letters go wrong with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from docchat_mailer.delivery.sample import NOBODY
from docchat_mailer.model.series import Series
from docchat_mailer.model.subscriber import Address, Follow, Scope, Subscriber, SubscriberState

LATE = 3
"""The part that the late reader joined at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleReader:
    """Somebody made up: a *label* to choose them by, the *name* on letters, the part they *joined* at."""

    label: str
    local: str
    name: str
    joined: int = 1

    def subscriber(self, series: Series) -> Subscriber:
        """The reader as one who follows *series* (the late one) or everything."""
        follow = Follow(Scope.SERIES, series.slug) if self.joined > 1 else Follow(Scope.SITE)
        return Subscriber(
            id=0,
            address=Address(local=self.local, domain="example.org"),
            name=self.name,
            state=SubscriberState.ACTIVE,
            token_id=NOBODY,
            follows=(follow,),
            created_at=datetime(2000, 1, 1, tzinfo=UTC),
        )

    def missed(self, number: int) -> bool:
        """Whether part *number* had been mailed before they joined."""
        return number < self.joined


SAMPLES: Mapping[str, SampleReader] = {
    "plain": SampleReader(label="A plain name", local="robin", name="Robin Reader"),
    "long": SampleReader(
        label="A long name",
        local="a.reader.with.a.very.long.address.that.still.has.to.fit",
        name="Dr. Maximiliane-Alexandrina Featherstonehaugh-Wolfeschlegelsteinhausen, Friend of the Blog",
    ),
    "none": SampleReader(label="No name", local="someone", name=""),
    "rtl": SampleReader(label="Right-to-left", local="reader", name="קוראת לדוגמה"),
    "late": SampleReader(label=f"Joined at part {LATE}", local="late", name="Kim Latecomer", joined=LATE),
}
"""The readers to choose from, by the word that stands in the address bar."""


def why(phrases: Mapping[str, str], site: str, series: Series) -> Callable[[Follow | None], str]:
    """The sentence at the foot of a sample's letter; a series that never ran is called by its title too."""

    def sentence(follow: Follow | None) -> str:
        if follow is not None and follow.scope is Scope.SERIES:
            return phrases["why_series"].format(series=series.title, site=site)
        return phrases["why_site"].format(site=site)

    return sentence

"""A row of somebody else's file, as a person who may come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from docchat_mailer.errors import ContentError
from docchat_mailer.model.subscriber import Address, Follow
from docchat_mailer.readers.adding import checked_name
from docchat_mailer.readers.addresses import parse_address
from docchat_mailer.readers.follows import parse_follows
from docchat_mailer.readers.formulas import restore
from docchat_mailer.readers.hashing import address_hash
from docchat_mailer.readers.presets import Preset, Standing

follows_of = lru_cache(maxsize=1024)(parse_follows)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A person as a file tells of them."""

    address: Address
    key: str
    address_hash: str
    name: str
    follows: tuple[Follow, ...]
    standing: Standing


class Columns:
    """Where the fields of a *preset* stand in the rows below a *header*.

    Raises ContentError where there is no column of addresses, or none of a name that was asked for.
    """

    def __init__(
        self, preset: Preset, header: Sequence[str], *, file_name: str, follows: str, asked: Mapping[str, str]
    ) -> None:
        self._preset, self._width = preset, len(header)
        places = {name: place for place, name in reversed(list(enumerate(header)))}
        missing = [
            column
            for name, column in preset.columns.items()
            if (name == "email" or name in asked) and column not in places
        ]
        if missing:
            raise ContentError(
                f"the first line names no column {missing[0]!r}",
                why=f"its columns are {', '.join(header) or 'none'}",
                fix="name the columns: --map email=...,name=..., or say --preset",
            )
        self._at = {name: places[column] for name, column in preset.columns.items() if column in places}
        self._marks = [(places[name], standing) for name, standing in preset.marks.items() if name in places]
        self._standing = preset.standing_by_name(file_name)
        self._follows = follows

    def incoming(self, cells: Sequence[str], key: bytes) -> Incoming:
        """The person of a row; raises ValueError with the reason why there is none."""
        if len(cells) > self._width:
            raise ValueError(f"the line has {len(cells)} cells for {self._width} columns")
        address = parse_address(self._cell(cells, "email"))
        return Incoming(
            address,
            str(address).lower(),
            address_hash(key, address),
            checked_name(self._name(cells)),
            follows_of(self._cell(cells, "follows") or self._follows),
            self._standing_of(cells),
        )

    def _cell(self, cells: Sequence[str], name: str) -> str:
        place = self._at.get(name)
        return "" if place is None or place >= len(cells) else restore(cells[place])

    def _name(self, cells: Sequence[str]) -> str:
        whole = self._cell(cells, "name")
        return whole or f"{self._cell(cells, 'first')} {self._cell(cells, 'last')}"

    def _standing_of(self, cells: Sequence[str]) -> Standing:
        standing = self._standing
        for place, marked in self._marks:
            if place < len(cells) and cells[place].strip():
                standing = marked
        said = self._cell(cells, "state").strip().lower()
        if said:
            known = self._preset.states.get(said)
            if known is None:
                raise ValueError(f"{said!r} is no state that is known")
            standing = known
        if standing is Standing.UNCONFIRMED:
            raise ValueError("they never confirmed that they want mail")
        return standing

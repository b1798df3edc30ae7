"""What the world does to one cargo: how slow customs is for it now, whether an outage holds or rejects it."""

from datetime import datetime

from clearance.settings.tables import default_tables
from clearance.simulator.almanac import Almanac
from clearance.simulator.life import Cargo, Consignment
from clearance.simulator.outages import Outage, Outages
from clearance.simulator.words import Word
from clearance.simulator.world import World


class Conditions:
    """Of one world, seed and start. `clean` ones have no outages but those that are `planted`."""

    def __init__(
        self, world: World, seed: int, start: datetime, *, clean: bool = False, planted: tuple[Outage, ...] = ()
    ) -> None:
        self.world = world
        self.almanac = Almanac(world, default_tables().calendars)
        self.outages = Outages(world, seed, start, drawn=not clean, planted=planted)

    def slowness(self, delay: str, cargo: Cargo, at: datetime) -> float:
        """The factor on a delay that begins now."""
        if (row := self.world.steps.get(delay)) is None:
            return 1.0
        factor = self.almanac.season(cargo.authority, at)
        if row.by_hour == "yes":
            factor *= self.almanac.hour(cargo.authority, at)
        if isinstance(cargo, Consignment):
            factor *= self.world.offices[cargo.office.code].slowness if row.by_office == "yes" else 1.0
            factor *= self.world.chapters[cargo.goods.hs].slowness if row.by_chapter == "yes" else 1.0
        return factor

    def rejections(self, cargo: Cargo) -> float:
        """The factor on the share of lives that are rejected."""
        if not isinstance(cargo, Consignment):
            return 1.0
        return self.world.offices[cargo.office.code].rejections * self.world.chapters[cargo.goods.hs].rejections

    def holding(self, word: Word, cargo: Cargo, at: datetime, life: str) -> Outage | None:
        """The outage that holds what this word would tell now; of several the one that lasts longest."""
        able = [one for one in self.outages.around(at) if one.stops(word) and one.befalls(cargo, at, life)]
        return max(able, key=lambda one: (one.until, one.name), default=None)

    def rejecting(self, cargo: Cargo, at: datetime, life: str) -> Outage | None:
        """The outage because of which customs rejects what is filed now."""
        able = (one for one in self.outages.around(at) if one.does == "rejects" and one.befalls(cargo, at, life))
        return next(able, None)

"""Whose goods, where and how: drawn from the shares of the figures."""

from random import Random

from clearance.simulator.life import Cargo, Consignment
from clearance.simulator.odds import Odds
from clearance.simulator.sections import Authority

TARE = 1.08
"""Gross weight for one of net weight."""


def drawn_cargo(number: int, authority: Authority, odds: Odds, draw: Random) -> Cargo:
    return _uk(number, odds, draw) if authority == "uk" else _cn(number, odds, draw)


def _uk(number: int, odds: Odds, draw: Random) -> Cargo:
    trader = odds.uk_trader.pick(draw)
    return Cargo(
        number=number,
        authority="uk",
        organisation=trader.organisation,
        connection="notifications",
        credit=trader.credit,
        direction="import" if draw.random() < trader.imports else "export",
        mode="sea",
        namespaced=draw.random() < trader.namespaced,
    )


def _cn(number: int, odds: Odds, draw: Random) -> Consignment:
    office, broker, trader = odds.office.pick(draw), odds.broker.pick(draw), odds.trader.pick(draw)
    goods = odds.goods.pick(draw)
    packages = draw.randint(1, goods.packages)
    net_kg = round(packages * goods.kg, 1)
    return Consignment(
        number=number,
        authority="cn",
        organisation=broker.organisation,
        connection=broker.connection,
        credit=trader.credit,
        direction="import" if draw.random() < office.imports else "export",
        mode=odds.mode[office.code].pick(draw),
        office=office,
        broker=broker,
        trader=trader,
        owner=trader,
        goods=goods,
        packages=packages,
        net_kg=net_kg,
        gross_kg=round(net_kg * TARE, 1),
        vessel=draw.choice(odds.figures.vessels),
        voyage=f"{draw.randint(1, 99):03}{draw.choice('EW')}",
    )

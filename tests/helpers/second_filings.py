"""Declarations as they are sent, with what customs answers: filed once, twice while the first is silent, or anew."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.messages import beijing, dec_result, declaration, import_response

from clearance.edge.intake import records_of
from clearance.events.log.input_records import InputRecord
from clearance.events.partition.replay import Arrival
from clearance.settings.tables import default_tables

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Sent:
    """One declaration: `number` counts them, `minutes` is when it was sent. `codes` are what customs answers, each a
    minute after the one before."""

    def __init__(
        self, number: int, minutes: int, codes: str = "7LJ", bill: str = "B1", goods: str = "84713000"
    ) -> None:
        self.number, self.minutes, self.codes, self.bill, self.goods = number, minutes, codes, bill, goods
        self.at = NINE + minutes * MINUTE

    @property
    def unified(self) -> str:
        return f"E2026000401{self.number:07}"

    @property
    def name(self) -> str:
        return f"cn:unified:{self.unified}"

    @property
    def arrivals(self) -> Iterator[Arrival]:
        """The declaration, its technical receipt, which names both of its numbers, and the answers."""
        yield self._came(0, self._declaration())
        yield self._came(1, import_response(ResponseCode="0", ClientSeqNo=f"SEQ{self.number}", SeqNo=self.unified))
        for place, code in enumerate(self.codes, 2):
            at = self.at + place * MINUTE
            yield self._came(place, dec_result(CUS_CIQ_NO=self.unified, CHANNEL=code, NOTICE_DATE=beijing(at)))

    def _declaration(self) -> bytes:
        head = {"ClientSeqNo": f"SEQ{self.number}", "IEFlag": "E", "TradeCode": "3502160001", "BillNo": self.bill}
        line = {"GNo": "1", "CodeTS": self.goods, "GQty": "10", "GUnit": "011", "DeclTotal": "500", "TradeCurr": "USD"}
        sign = {"OperType": "C", "ClientSeqNo": f"SEQ{self.number}"}
        return declaration(head, sign, DecLists={"DecList": [line]})

    def _came(self, minutes: int, data: bytes) -> Arrival:
        at = self.at + minutes * MINUTE
        return Arrival(name=f"{self.number}-{minutes}", at=at, data=data, authority="cn", organisation="demo")


def inputs_of(*sent: Sent) -> list[InputRecord]:
    """Their records in the order in which they came."""
    arrivals = sorted((one for declaration in sent for one in declaration.arrivals), key=lambda one: one.at)
    return [record for arrival in arrivals for record in records_of(arrival, default_tables())]

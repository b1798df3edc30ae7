"""Well-formed but insane: XML without fault that says what cannot be. Refused where it would mislead, else kept."""

from tests.hostile.case import Cases, Kept, kept, refused, swap
from tests.hostile.shapes import DIRECTIONS, SAME, SHAPE, TWICE, UNIFIED
from tests.hostile.valid import (
    AMENDMENT,
    AMENDMENT_RESPONSE,
    ANSWER,
    DECLARATION,
    DELIVERED,
    GENERATION_A,
    GENERATION_B,
    IMPORT_RESPONSE,
    RESPONSE,
    SMART_CARD,
)

NO_TIME, OUTSIDE = "is not a time", "outside 2000-2099"
CHINESE_TIMES = {
    "year 2200": ("2200-01-01T00:00:00", OUTSIDE),
    "year 1999": ("1999-12-31T23:59:59", OUTSIDE),
    "year 0000": ("0000-01-01T00:00:00", NO_TIME),
    "year 1900, not at midnight": ("1900-01-01T09:18:33", OUTSIDE),
    "year 9999": ("99991231T23595999", OUTSIDE),
    "month 13": ("2026-13-01T00:00:00", NO_TIME),
    "30 February": ("2026-02-30T00:00:00", NO_TIME),
    "leap day of no leap year": ("20260229T00000000", NO_TIME),
    "leap second": ("2026-06-30T23:59:60", NO_TIME),
    "hour 25": ("2026-03-01T25:00:00", NO_TIME),
    "offset +99": ("2026-03-01T09:18:33+99:00", NO_TIME),
    "offset +15": ("2026-03-01T09:18:33+15:00", NO_TIME),
    "offset of 60 minutes": ("2026-03-01T09:18:33+0860", NO_TIME),
    "month first": ("03/01/2026 09:18:33", NO_TIME),
    "a year of two digits": ("26/3/1 9:18:33", NO_TIME),
    "a month of no name": ("Sun Mrz 01 09:18:33 CST 2026", NO_TIME),
    "a zone of many places": ("Sun Mar 01 09:18:33 EST 2026", NO_TIME),
    "2101 in milliseconds": ("4150000000000", OUTSIDE),
    "full-width digits": ("２０２６-03-01T09:18:33", NO_TIME),
    "Arabic digits": ("٢٠٢٦٠٣٠١T٠٩١٨٣٣", NO_TIME),
    "a word": ("yesterday", NO_TIME),
    "a line break": ("2026-03-01&#10;09:18:33", NO_TIME),
    "another separator": ("2026-03-01好09:18:33", NO_TIME),
    "a week date": ("2026-W09-7T09:18:33", NO_TIME),
    "digits and a dot": ("20260301T091833.000", NO_TIME),
    "all zeros": ("0" * 17, NO_TIME),
    "5,000 nines": ("9" * 5_000, NO_TIME),
    "endless fraction": ("2026-03-01T09:18:33." + "0" * 5_000, NO_TIME),
    "a minus": ("-2026-03-01T09:18:33", NO_TIME),
    "Unix seconds": ("1772000000", NO_TIME),
}
WRITTEN_OTHERWISE = {
    "a zone": ("2026-03-01T01:18:33Z", True),
    "an offset of minutes": ("2026-03-01T06:48:33+05:30", True),
    "slashes and single digits": ("2026/3/1 9:18:33", True),
    "characters": ("2026年3月1日 9时18分33秒", True),
    "milliseconds": ("1772327913000", True),
    "Java": ("Sun Mar 01 09:18:33 CST 2026", True),
    "year 0001": ("0001-01-01T00:00:00", False),
    "midnight of 1970 in Beijing": ("1970-01-01 08:00:00", False),
}
"""And whether a time is stated."""
UK_TIMES = {
    "no zone": ("20260301091833", NO_TIME),
    "nothing": ("", NO_TIME),
    "offset +99": ("20260301091833+99", NO_TIME),
    "offset +24": ("20260301091833+24", NO_TIME),
    "leap second": ("20260630235960Z", NO_TIME),
    "month 13": ("20261301091833Z", NO_TIME),
    "hour 25": ("20260301251833Z", NO_TIME),
    "year 2200": ("22000301091833Z", OUTSIDE),
    "year 0000": ("00000301091833Z", NO_TIME),
    "year 0001": ("00010101000000+23:59", OUTSIDE),
    "year 9999": ("99991231235959-23:59", OUTSIDE),
    "full-width digits": ("２０２６０３０１０９１８３３Z", NO_TIME),
    "one Arabic digit": ("2026030109183٣Z", NO_TIME),
    "two zones": ("20260301091833ZZ", NO_TIME),
    "T in the middle": ("20260301T091833Z", NO_TIME),
    "endless fraction": ("20260301091833." + "0" * 5_000 + "Z", NO_TIME),
    "endless fraction of 2200": ("22000301091833." + "0" * 5_000 + "Z", ""),
}
INTEGERS = {
    "5,000 nines": "9" * 5_000,
    "full-width zero": "０",
    "Arabic zero": "٠",
    "exponent": "1e9",
    "hexadecimal": "0x0",
    "underscore": "1_000",
    "two signs": "--1",
    "fraction": "0.0",
    "not a number": "NaN",
    "nothing": "",
    "11 digits": "12345678901",
    "superscript": "²",
}
NO_NUMBERS = {
    "a blank": "a b",
    "a tab": "a&#9;b",
    "a line break": "a&#10;b",
    "a wide blank": "a\u3000b",
    "a blank of no width": "a\u200bb",
    "a turn of direction": "a\u202eb",
    "delete": "a&#x7f;b",
    "next line": "a&#x85;b",
    "300 characters": "x" * 300,
    "5,000 nines": "9" * 5_000,
}
ODD_NUMBERS = {
    "path": "../../etc/passwd",
    "separators": "cn:entry:1",
    "percent": "%2e%2e%2f%00",
    "slash": "a/b",
    "quote": "';DROP--",
    "template": "{{7*7}}",
    "log4j": "${jndi:ldap://192.0.2.1}",
    "emoji": "箱😀",
    "full-width digits": "I" + "２" * 17,
    "17 characters": "I2026000000000000",
}
NO_CODES = {
    "5,000 nines": "9" * 5_000,
    "21 characters": "P" * 21,
    "a line break": "P&#10;R",
    "a blank of no width": "P\u200bR",
    "nothing": "",
    "blanks": "   ",
    "elements": "<x>P</x>",
}
ODD_CODES = {"unknown": "ZZ", "lower case": "p", "full width": "Ｐ", "mark-up": "&lt;b&gt;", "emoji": "😀"}
NO_QUANTITIES = {
    "negative": "-5",
    "exponent": "1e308",
    "not a number": "NaN",
    "infinite": "Infinity",
    "comma": "1,5",
    "full-width": "９",
    "5,000 nines": "9" * 5_000,
    "unit": "12kg",
    "mark-up": "&lt;script&gt;",
}


def cases() -> Cases:
    """All of the family, by name."""
    found: Cases = {f"stands twice: {name}": case for name, case in TWICE.items()} | SHAPE | DIRECTIONS
    for codec, message, field in (
        ("generation-b", GENERATION_B, "NOTICE_DATE"),
        ("generation-a", GENERATION_A, "NOTICE_DATE"),
        ("delivered", DELIVERED, "NoticeTime"),
    ):
        for name, (value, reason) in CHINESE_TIMES.items():
            found[f"{codec} time: {name}"] = refused(swap(message, field, value), reason)
        for name, (value, timed) in WRITTEN_OTHERWISE.items():
            read = Kept(timed=timed, details={"time_as_written": value})
            found[f"{codec} time: {name}"] = kept(swap(message, field, value), read)
    for name, (value, _) in CHINESE_TIMES.items():
        unread = Kept(code="C", number=UNIFIED, timed=False)
        found[f"declaration signed: {name}"] = kept(swap(DECLARATION, "SignDate", value), unread)
    for name, (value, reason) in UK_TIMES.items():
        found[f"notification time: {name}"] = refused(_issued(RESPONSE, value), reason)
        found[f"notification time in metadata: {name}"] = refused(_issued(ANSWER, value), reason)
    return found | _integers() | _numbers() | _codes() | _quantities()


def _issued(message: str, value: str) -> str:
    old = message[message.index("304") : message.index("</DateTimeString>")]
    return message.replace(old, f'304">{value}')


def _integers() -> Cases:
    found: Cases = {}
    for name, value in INTEGERS.items():
        answer = swap(AMENDMENT_RESPONSE, "ResultCode", value)
        found[f"import-response code: {name}"] = refused(swap(IMPORT_RESPONSE, "ResponseCode", value), "whole number")
        found[f"amendment-response code: {name}"] = refused(answer, "whole number")
    for value, code in (("-0", "0"), ("+00007", "7"), (" -9999999999\n", "-9999999999")):
        found[f"import-response code: {value!r}"] = kept(swap(IMPORT_RESPONSE, "ResponseCode", value), Kept(code=code))
    return found


def _numbers() -> Cases:
    found: Cases = {}
    for name, value in NO_NUMBERS.items():
        found[f"generation-b number: {name}"] = refused(swap(GENERATION_B, "CUS_CIQ_NO", value), "is not one")
        found[f"declaration number: {name}"] = refused(swap(DECLARATION, "SeqNo", value), "is not one")
        found[f"delivered number: {name}"] = refused(swap(DELIVERED, "CopMsgId", value), "is not one")
        found[f"entry number: {name}"] = refused(swap(GENERATION_B, "ENTRY_ID", value), "ENTRY_ID", "entry")
        if name != "a blank":  # a reference of the trader's may hold blanks
            found[f"LRN: {name}"] = refused(_lrn(value), "is not one")
        found[f"MRN: {name}"] = refused(swap(RESPONSE, "ID", value), "is not one")
    for name, value in ODD_NUMBERS.items():
        found[f"generation-b number: {name}"] = kept(
            swap(GENERATION_B, "CUS_CIQ_NO", value), Kept(code="P", number=f"temporary:{value}")
        )
        found[f"MRN: {name}"] = kept(swap(RESPONSE, "ID", value), Kept(code="03", number=f"mrn:{value}"))
    found["entry number: zeros"] = kept(swap(GENERATION_B, "ENTRY_ID", "0" * 18), SAME)
    found["entry number: full-width digits"] = refused(swap(GENERATION_B, "ENTRY_ID", "２" * 18), "entry")
    found["entry number: Arabic digits"] = refused(swap(GENERATION_B, "ENTRY_ID", "٢" * 18), "entry")
    return found


def _lrn(value: str) -> str:
    return RESPONSE.replace("EXAMPLE 0001", value)


def _codes() -> Cases:
    found: Cases = {}
    for codec, message, field in (
        ("generation-b", GENERATION_B, "CHANNEL"),
        ("generation-a", GENERATION_A, "CHANNEL"),
        ("declaration", DECLARATION, "OperType"),
        ("amendment", AMENDMENT, "DecModType"),
        ("delivered", DELIVERED, "ResponseCode"),
        ("smart-card", SMART_CARD, "failCode"),
        ("notification", RESPONSE, "FunctionCode"),
    ):
        for name, value in NO_CODES.items():
            found[f"{codec} code: {name}"] = refused(swap(message, field, value), "missing", "is no code")
        for name, value in ODD_CODES.items():
            code = value.replace("&lt;", "<").replace("&gt;", ">")
            found[f"{codec} code: {name}"] = kept(swap(message, field, value), Kept(code=code))
    return found


def _quantities() -> Cases:
    found: Cases = {}
    for name, value in NO_QUANTITIES.items():
        for message, code, field in (
            (GENERATION_A, "R", "NET_WT"),
            (GENERATION_A, "R", "PACK_NO"),
            (DECLARATION, "C", "GrossWet"),
        ):
            found[f"{field}: {name}"] = kept(swap(message, field, value), Kept(code=code, contradiction=True))
    return found

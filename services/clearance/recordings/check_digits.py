"""Check digits of the numbers in customs messages, by their standards. Each takes what stands before the digit."""

SOCIAL_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The characters of a 统一社会信用代码, in the order of their values (GB 32100-2015)."""
DIGITS_AND_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CONTAINER = [*range(10), *(value for value in range(10, 39) if value % 11)]
"""Values of the digits and letters in ISO 6346: multiples of 11 are left out."""
OF_ORGANISATION = (3, 7, 9, 10, 5, 8, 4, 2)


def social_credit(before: str) -> str:
    """The 18th character of a 统一社会信用代码 (GB 32100-2015)."""
    total = sum(SOCIAL_CREDIT.index(char) * pow(3, place, 31) for place, char in enumerate(before))
    return SOCIAL_CREDIT[-total % 31]


def organisation(before: str) -> str:
    """The 9th character of a 组织机构代码 (GB 11714-1997), which is the 17th of a 统一社会信用代码."""
    pairs = zip(before, OF_ORGANISATION, strict=True)
    rest = -sum(DIGITS_AND_LETTERS.index(char) * weight for char, weight in pairs) % 11
    return "X" if rest == 10 else str(rest)


def container(before: str) -> str:
    """The last digit of a container number (ISO 6346), and of an MRN (DG XXI/0879/99)."""
    total = sum(CONTAINER[DIGITS_AND_LETTERS.index(char)] << place for place, char in enumerate(before))
    return str(total % 11 % 10)

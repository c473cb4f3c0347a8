"""Resident identity numbers: GB 11643-1999, check character by ISO 7064 MOD 11-2."""

from datetime import date
from operator import mul

_CHECK = "10X98765432"
_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
_ZEROES = ord("0") * sum(_WEIGHTS)


def check_character(first_17: str) -> str:
    """The 18th character for 17 digits."""
    return _CHECK[(sum(map(mul, _WEIGHTS, first_17.encode("ascii"))) - _ZEROES) % 11]


def is_resident_number(text: str) -> bool:
    """Whether `text` means to be an 18-character resident number, right or wrong.

    Foreign holders carry numbers that begin with letters, old cards 15 digits.
    """
    return len(text) == 18 and text[0].isdecimal()


def birth_date(number: str) -> date | None:
    """Date of birth in a resident number; None for a wrong number: a bad character, check or date."""
    first_17 = number[:17]
    if not (len(number) == 18 and number.isascii() and first_17.isdecimal()):
        return None
    if number[17] != check_character(first_17):
        return None
    try:
        return date.fromisoformat(number[6:14])
    except ValueError:
        return None


def sex(number: str) -> str:
    """GB/T 2261.1 code in a resident number: "1" male, "2" female."""
    return "1" if int(number[16]) % 2 else "2"

"""Card numbers drawn by brand, in the ways people write them; none of them was ever issued on purpose."""

from __future__ import annotations

from random import Random

BRANDS = {
    "visa": (("4",), (16, 19)),
    "mastercard": (("51", "55", "2221", "2720"), (16,)),
    "amex": (("34", "37"), (15,)),
    "discover": (("6011", "644", "65"), (16, 19)),
    "diners": (("300", "305", "36", "38", "39"), (14, 16)),
    "jcb": (("3528", "3589"), (16, 19)),
    "unionpay": (("62", "81"), (16, 17, 18, 19)),
    "maestro": (("5018", "5020", "5893", "6304", "6759", "6761"), (16, 19)),
    "rupay": (("60", "82", "508"), (16,)),
    "mir": (("2200", "2204"), (16, 19)),
}

# Plain, fullwidth, Arabic, Devanagari, superscript and bold digits.
DIGITS = (
    "0123456789",
    *("".join(chr(zero + digit) for digit in range(10)) for zero in (0xFF10, 0x0660, 0x0966, 0x1D7CE)),
    "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079",
)
PARTINGS = ("", " ", "-", ".", "_", "\u00a0", "\u2009", "\u2010", "\u2013", "/", " - ", ",", "·")
FRAMES = ("{}", "card {}", "{} exp 12/29", "pay with {}, thanks", "#{}#", "no:{};", "tok_{}", "Karte{}bitte")


def check_digit(body: str) -> str:
    """The digit that makes a body pass Luhn's check."""
    total = sum(int(digit) if at % 2 else sum(divmod(2 * int(digit), 10)) for at, digit in enumerate(reversed(body)))
    return str(-total % 10)


def drawn(random: Random, brand: str) -> str:
    """A card number of a brand, plain digits."""
    prefixes, lengths = BRANDS[brand]
    prefix, length = random.choice(prefixes), random.choice(lengths)
    body = prefix + "".join(random.choice("0123456789") for _ in range(length - len(prefix) - 1))
    return body + check_digit(body)


def dressed(random: Random, number: str) -> str:
    """The number as somebody might write it: other digits, in groups, inside a sentence."""
    parting = random.choice(PARTINGS)
    sizes = (4, 6, 5) if len(number) == 15 else (4, 4, 4, 4, 4)
    groups, left = [], number
    for size in sizes:
        groups.append(left[:size])
        left = left[size:]
    text = parting.join(group for group in groups if group)
    return random.choice(FRAMES).format(text.translate(str.maketrans(DIGITS[0], random.choice(DIGITS))))

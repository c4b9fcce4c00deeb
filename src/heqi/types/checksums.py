"""The arithmetic of check characters, each over a text whose form has been checked already.

What holds here: only the public algorithms; which identifier uses which is written beside the identifier.
"""


def luhn_holds(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B: every second digit from the right doubled, its digits added; the sum ends in 0."""
    plain = sum(int(digit) for digit in digits[-1::-2])
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (plain + doubled) % 10 == 0


def mod_11_10_holds(digits: str) -> bool:
    """ISO 7064 MOD 11,10, the last digit being the check digit."""
    product = 10
    for digit in digits[:-1]:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return (product + int(digits[-1])) % 10 == 1


def letters_to_digits(text: str) -> str:
    """A…Z as 10…35, digits as they are (ISO 7064, ISO 6166)."""
    return "".join(str(int(char, 36)) for char in text)


def mod_97_10_holds(text: str) -> bool:
    """ISO 7064 MOD 97-10: letters as 10…35, the whole number leaves 1 over 97."""
    return int(letters_to_digits(text)) % 97 == 1

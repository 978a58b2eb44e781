"""JSON texts (RFC 8259) within the bounds of Protocol/SPEC.md section 18, read so strictly that a bound is seen.

Python's own reader takes more than the specification does: NaN, halves of surrogate pairs, keys that stand twice, any depth.
"""
import math
import re

DEPTH, MEMBERS, NUMBER = 8, 64, 64
BLANKS = re.compile(r"[ \t\n\r]*")
NUMBERS = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
PAIR = re.compile(r"\\u(?:([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|((?![dD][89a-fA-F])[0-9a-fA-F]{4}))")
WORDS = {"null": None, "true": True, "false": False}


class NotJSON(Exception):
    """Or beyond the bounds."""


class Members(list):
    """The members of an object, as pairs in the order of the text."""


def parse(text):
    reader = _Reader(text)
    value = reader.value(1)
    reader.blanks()
    reader.need(reader.at == len(text))
    return value


class _Reader:
    def __init__(self, text):
        self.text, self.at = text, 0

    def need(self, holds):
        if not holds:
            raise NotJSON(f"at character {self.at}")

    def blanks(self):
        self.at = BLANKS.match(self.text, self.at).end()

    def takes(self, sign):
        """Blanks, and then this sign if it stands there."""
        self.blanks()
        found = self.text.startswith(sign, self.at)
        self.at += len(sign) if found else 0
        return found

    def value(self, depth):
        self.need(depth <= DEPTH)
        if self.takes("{"):
            return self.object(depth)
        if self.takes("["):
            return list(self.elements("]", lambda: self.value(depth + 1)))
        if self.takes('"'):
            return self.string()[1]
        for word, meaning in WORDS.items():
            if self.takes(word):
                return meaning
        return self.number()

    def elements(self, end, element):
        """Commas stand between elements, and nowhere else."""
        count = 0
        while not self.takes(end):
            self.need(count == 0 or self.takes(","))
            count += 1
            self.need(count <= MEMBERS)
            yield element()

    def object(self, depth):
        spelt = set()

        def member():
            self.need(self.takes('"'))
            spelling, key = self.string()
            self.need(spelling not in spelt)
            spelt.add(spelling)
            self.need(self.takes(":"))
            return key, self.value(depth + 1)

        return Members(self.elements("}", member))

    def string(self):
        """As it is spelt, and without its escapes."""
        start, letters = self.at, []
        while True:
            self.need(self.at < len(self.text))
            letter = self.text[self.at]
            if letter == '"':
                self.at += 1
                return self.text[start : self.at - 1], "".join(letters)
            self.need(letter >= " ")
            letters.append(self.escape() if letter == "\\" else letter)
            self.at += letter != "\\"

    def escape(self):
        letter = self.text[self.at + 1 : self.at + 2]
        if letter in ESCAPES:
            self.at += 2
            return ESCAPES[letter]
        found = PAIR.match(self.text, self.at)
        self.need(found)
        self.at = found.end()
        high, low, single = found.groups()
        return chr(int(single, 16)) if single else chr(0x10000 + (int(high, 16) - 0xD800) * 1024 + int(low, 16) - 0xDC00)

    def number(self):
        found = NUMBERS.match(self.text, self.at)
        self.need(found and len(found[0]) <= NUMBER)
        self.at = found.end()
        is_whole = found[1] is None and found[2] is None
        number = int(found[0]) if is_whole else float(found[0])
        self.need(is_whole or math.isfinite(number))
        return number

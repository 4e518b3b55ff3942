"""MathML as browsers have it: the converter writes the larger language of before.

Browsers know no alphabets but the upright one, no colours as attributes that fit a dark page, and
take a script's first two elements only, whatever else is in it.
"""

from __future__ import annotations

import functools
import unicodedata
from html import unescape
from xml.etree.ElementTree import Element

from .styles import colour_of

__all__ = ["mend"]

_FENCES = set("()[]{}|‖∣∥⟨⟩⌊⌋⌈⌉")
_BARS = set("|‖∣∥")
#: Elements of which each one in them has a meaning by its place.
_PLACES = {
    **dict.fromkeys(("msub", "msup", "munder", "mover", "mfrac", "mroot"), 2),
    **dict.fromkeys(("msubsup", "munderover"), 3),
}
#: What the converter leaves of a large bracket's name.
_NAMES = {
    **dict.fromkeys((r"\{", r"\lbrace"), "{"),
    **dict.fromkeys((r"\}", r"\rbrace"), "}"),
    **dict.fromkeys((r"\|", r"\Vert"), "‖"),
    r"\vert": "|",
    r"\langle": "⟨",
    r"\rangle": "⟩",
    r"\lfloor": "⌊",
    r"\rfloor": "⌋",
    r"\lceil": "⌈",
    r"\rceil": "⌉",
}
#: Letters of alphabets that Unicode has had before it had the alphabets.
_EARLIER = {
    "italic": ("h", "ℎ"),
    "script": ("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ"),
    "fraktur": ("CHIRZ", "ℭℌℑℜℨ"),
    "double-struck": ("CHNPQRZ", "ℂℍℕℙℚℝℤ"),
}
#: What grows with what is below or above it; the converter's signs do not, in any font.
_GROWING = {
    "mover": {"―": "‾", "^": "\u0302", "→": "\u20d7", "←": "\u20d6"},
    "munder": {"―": "_"},
}
_VARIANTS = {
    "sans-serif-bold": "bold-sans-serif",
    "sans-serif-bold-italic": "sans-serif-bold-italic",
}


def mend(element: Element) -> None:
    """Make of one element, not of those in it, what browsers understand.

    Parameters
    ----------
    element
        Changed in place.

    Raises
    ------
    ValueError
        It has more in it than there are places, or a colour that is none.
    """
    _keep_fences_together(element)
    places = _PLACES.get(element.tag, len(element))
    if len(element) > places:
        if element.tag in ("mfrac", "mroot"):
            raise ValueError("more than there are places")
        _gather(element, 0, len(element) - places + 1)
    _colour(element)
    text = unescape(element.text or "")
    if text in _NAMES:
        element.text = _NAMES[text]
    elif element.tag in ("mi", "mn", "mo"):
        _spell(element, text)
    elif element.tag in _GROWING and len(element) > 1 and element.get("accent") is None:
        sign = _GROWING[element.tag].get(unescape(element[1].text or ""))
        if sign and element[1].tag == "mo":
            element[1].text = sign
            element[1].attrib = {"stretchy": "true"}
            element.set("accent" if element.tag == "mover" else "accentunder", "true")


def _keep_fences_together(element: Element) -> None:
    """Make a row of a table, or a fraction without a line, with the brackets beside it."""
    place = 1
    while place + 1 < len(element):
        before, inner, after = element[place - 1], element[place], element[place + 1]
        whole = len(element) == 3 and element.tag not in _PLACES
        fenced = inner.tag == "mtable" or (
            inner.tag == "mfrac" and inner.get("linethickness") == "0"
        )
        if fenced and _is_fence(before) and _is_fence(after):
            for bar in (before, after):
                if inner.tag == "mtable" and unescape(bar.text or "") in _BARS:
                    bar.set("stretchy", "true")
            if not whole:
                _gather(element, place - 1, place + 2)
        place += 1


def _is_fence(element: Element) -> bool:
    return element.tag == "mo" and unescape(element.text or "") in _FENCES


def _gather(element: Element, start: int, end: int) -> None:
    row = Element("mrow")
    row.extend(element[start:end])
    element[start:end] = [row]


def _colour(element: Element) -> None:
    names = []
    for attribute, kind in (("mathcolor", "fg"), ("mathbackground", "bg")):
        value = element.attrib.pop(attribute, "")
        if value:
            colour = colour_of(value.lower())
            if not colour:
                raise ValueError("no colour")
            names.append(f"nb-{kind}-{colour}")
    # Not the ground of a blank, which is as black as the ink.
    if names and element.tag in ("mstyle", "mpadded"):
        element.tag = "mrow"
        element.attrib = {"class": " ".join(names)}


def _spell(element: Element, text: str) -> None:
    """Write a letter of another alphabet as that letter."""
    variant = element.get("mathvariant", "normal")
    letters = _alphabets().get(variant)
    if letters and text and all(letter in letters for letter in text):
        element.text = "".join(letters[letter] for letter in text)
        del element.attrib["mathvariant"]


@functools.cache
def _alphabets() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for code in range(0x1D400, 0x1D800):
        name = unicodedata.name(chr(code), "").removeprefix("MATHEMATICAL ")
        for word in (" CAPITAL ", " SMALL ", " DIGIT "):
            if word in name:
                alphabet = name.partition(word)[0].lower().replace(" ", "-")
                letter = unicodedata.normalize("NFKC", chr(code))
                found.setdefault(_VARIANTS.get(alphabet, alphabet), {})[letter] = chr(code)
    for alphabet, (letters, spelt) in _EARLIER.items():
        found[alphabet] |= dict(zip(letters, spelt, strict=True))
    return found

"""Pinyin initials of names: the usual reading in its word, and every other reading a character has.

Only the import uses this module: a terminal searches what was computed here and needs no dictionary.
People and the dictionaries of hospital systems disagree on medical polyphones (椎 C or Z, 膀 P or B;
reference: catalogue, §4.4). So any reading finds the name, and the reading that is usual in its word decides
only the order of hits.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pypinyin import Style, lazy_pinyin, pinyin

from kiosk.catalogue._text import is_letter

WORDS = {
    "重组": "CZ",
    "重型": "ZX",
    "重度": "ZD",
    "重症": "ZZ",
    "白术": "BZ",
    "苍术": "CZ",
    "莪术": "EZ",
    "厚朴": "HP",
    "阿胶": "EJ",
    "没药": "MY",
    "车前": "CQ",
    "脯氨": "PA",
    "人参": "RS",
    "党参": "DS",
    "玄参": "XS",
    "沙参": "SS",
    "苦参": "KS",
    "参苓": "SL",
    "参芪": "SQ",
    "参麦": "SM",
    "石斛": "SH",
    "蛤蚧": "GJ",
    "荨麻": "XM",
    "牙龈": "YY",
    "膀胱": "PG",
    "颈椎": "JZ",
    "腰椎": "YZ",
    "胸椎": "XZ",
    "脊椎": "JZ",
    "椎间": "ZJ",
    "椎体": "ZT",
    "椎管": "ZG",
    "椎板": "ZB",
    "骶尾": "DW",
    "粘连": "ZL",
    "粘膜": "NM",
    "疟原": "NY",
    "调节": "TJ",
    "调整": "TZ",
    "降压": "JY",
    "长效": "CX",
    "弹力": "TL",
    "弹性": "TX",
    "给药": "JY",
    "给氧": "JY",
    "切除": "QC",
    "扁桃": "BT",
    "咽拭": "YS",
    "解毒": "JD",
}
"""The usual initials of words that the converter gets wrong, or that must not change with it."""

ALSO = {
    "椎": "CZ",
    "龈": "KY",
    "荨": "QX",
    "疟": "NY",
    "膀": "BP",
    "粘": "NZ",
    "颈": "JG",
    "给": "JG",
    "调": "TD",
    "脲": "NS",
    "尿": "NS",
    "痤": "CZ",
    "龋": "QY",
    "炔": "QJ",
    "颌": "HG",
    "嵌": "QK",
    "髂": "QK",
    "肱": "GH",
    "羟": "QJ",
    "枸": "GJ",
    "芎": "XQ",
    "荠": "QJ",
    "臀": "TD",
    "癌": "AY",
    "䗪": "ZS",
}
"""Further initials that people type: old readings, and the misreadings heard most at a counter."""

_HAN_RUN = re.compile(r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_WORD = re.compile("|".join(sorted(WORDS, key=lambda word: (-len(word), word))))


@lru_cache(maxsize=100_000)
def readings(char: str) -> frozenset[str]:
    """Every initial that finds `char`, as capitals. A Latin letter is its own; others have none."""
    if is_letter(char):
        return frozenset(char)
    if not _HAN_RUN.match(char):
        return frozenset()
    spoken = pinyin(char, style=Style.FIRST_LETTER, heteronym=True, errors="ignore")
    known = {initial[0].upper() for initials in spoken for initial in initials if initial}
    return frozenset(letter for letter in known | set(ALSO.get(char, "")) if is_letter(letter))


def initials(name: str) -> str:
    """The usual initials of a normalised name, one for each character; `.` for digits and signs.

    The word list goes before the converter. The initial of a character is always one of its `readings`.
    """
    letters = list("." * len(name))
    for run in _HAN_RUN.finditer(name):
        spoken = _spoken(run.group())
        letters[run.start() : run.end()] = spoken
    for found in _WORD.finditer(name):
        letters[found.start() : found.end()] = WORDS[found.group()]
    for place, char in enumerate(name):
        known = readings(char)
        if letters[place] not in known:
            letters[place] = min(known, default=".")
    return "".join(letters)


def _spoken(run: str) -> list[str]:
    """The converter's initials of a run of Han characters; `.` for one that it does not know."""
    spoken = "".join(lazy_pinyin(run, style=Style.FIRST_LETTER, errors=lambda unknown: "." * len(unknown)))
    return list(spoken.upper())

"""The tables of `assets/locale/wording` as `.po` fragments, one per language.

The tables are what people edit; the fragments are made from them and go into
the catalogues of the screens. Keys: `code.SE-01`, `phrase.M0`,
`amount.psn_cash_pay.label` and `.text`, `paper.title.statement`.

    python -m kiosk.journeys.wording_po [--check]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from kiosk import assets
from kiosk.journeys.texts import Text, Wording, WordingError, load

LANGUAGES = ("zh", "en")


def entries(wording: Wording) -> Iterator[tuple[str, Text]]:
    """Every text with its key, in the order of the tables."""
    for phrase, text in wording.phrases.items():
        yield f"phrase.{phrase}", text
    for code in wording.codes.values():
        yield f"code.{code.code}", code.text
    for amount in wording.amounts.values():
        yield f"amount.{amount.field}.label", amount.label
        yield f"amount.{amount.field}.text", amount.text
    for key, text in wording.papers.items():
        yield f"paper.{key}", text


def fragment(wording: Wording, language: str) -> str:
    """One language as a `.po` file. A text that this language does not need (a bare number) is left out."""
    lines = ["# Made from the tables beside it by kiosk/journeys/wording_po.py: edit those.", ""]
    for key, text in entries(wording):
        words = text.zh if language == "zh" else text.en
        if words:
            lines += [f'msgctxt "{key}"', f'msgid "{key}"', f"msgstr {_quoted(words)}", ""]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def main(arguments: list[str] | None = None) -> int:
    """Write the fragments, or with --check tell which is out of date; exit 0 done, 1 failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(arguments)
    try:
        wording = load()
        stale = 0
        for language in LANGUAGES:
            target = assets.path("locale", "wording", f"{language}.po")
            made = fragment(wording, language)
            if options.check and (not target.exists() or target.read_text(encoding="utf-8") != made):
                print(f"{target}: out of date", file=sys.stderr)
                stale += 1
            elif not options.check:
                target.write_text(made, encoding="utf-8")
                print(target)
    except (WordingError, OSError) as problem:
        print(f"wording_po: {problem}", file=sys.stderr)
        return 1
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

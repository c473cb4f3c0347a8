"""What kind of code a text is, and that no repr tells a credential."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.scanner import CodeKind, classify
from hw.scanner.classify import RepeatFilter

digits = st.text("0123456789", min_size=0, max_size=40)


@given(st.from_regex(r"424[0-9]{25}", fullmatch=True))
def test_424_and_25_more_digits_are_an_insurance_code(text: str) -> None:
    assert classify(text).kind is CodeKind.INSURANCE


@given(digits)
def test_of_digits_only_those_28_that_begin_with_424_are_an_insurance_code(text: str) -> None:
    expected = len(text) == 28 and text.startswith("424")
    assert (classify(text).kind is CodeKind.INSURANCE) == expected


@given(st.from_regex(r"1[0-5][0-9]{16}", fullmatch=True))
def test_18_digits_from_10_to_15_are_a_wechat_pay_code(text: str) -> None:
    assert classify(text).kind is CodeKind.WECHAT_PAY


@given(st.from_regex(r"(25|26|27|28|29|30)[0-9]{14,22}", fullmatch=True))
def test_16_to_24_digits_from_25_to_30_are_an_alipay_code(text: str) -> None:
    assert classify(text).kind is CodeKind.ALIPAY


@pytest.mark.parametrize("prefix", ["10", "11", "12", "13", "14", "15"])
def test_wechat_pay_codes_are_18_digits_and_neither_more_nor_fewer(prefix: str) -> None:
    kinds = [classify(prefix + "0" * more).kind for more in (15, 16, 17)]
    assert kinds == [CodeKind.OTHER, CodeKind.WECHAT_PAY, CodeKind.OTHER]


@pytest.mark.parametrize("prefix", ["25", "26", "27", "28", "29", "30"])
def test_alipay_codes_are_16_to_24_digits(prefix: str) -> None:
    kinds = [classify(prefix + "0" * more).kind for more in (13, 14, 22, 23)]
    assert kinds == [CodeKind.OTHER, CodeKind.ALIPAY, CodeKind.ALIPAY, CodeKind.OTHER]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("6212345678901234567", CodeKind.OTHER_PAYMENT),
        ("0112345678901234567", CodeKind.OTHER_PAYMENT),
        ("hQVDUFYwMWETTwegAAADMwEBUAU=", CodeKind.OTHER_PAYMENT),
        ("https://example.org/a?b=c", CodeKind.URL),
        ("wxp://f2f0abc", CodeKind.URL),
        ("opc" + "0" * 25, CodeKind.OTHER),  # the sibling code of the open platform is not for settlement
        ("KC1:990100:K07:7F3A9C21", CodeKind.OTHER),
        ("16" + "0" * 16, CodeKind.OTHER),
        ("31" + "0" * 16, CodeKind.OTHER),
        ("", CodeKind.OTHER),
    ],
)
def test_each_kind_has_its_form(text: str, kind: CodeKind) -> None:
    assert classify(text).kind is kind


def test_digits_of_other_scripts_are_no_credential(insurance_text: str) -> None:
    for at in range(len(insurance_text)):
        one_full_width = (
            insurance_text[:at] + chr(ord(insurance_text[at]) + 0xFEE0) + insurance_text[at + 1 :]
        )
        assert classify(one_full_width).kind is CodeKind.OTHER


def test_blanks_around_a_code_do_not_matter(insurance_text: str) -> None:
    code = classify(f" {insurance_text}\r\n")
    assert (code.kind, code.text) == (CodeKind.INSURANCE, insurance_text)


@pytest.mark.clause("S3-8.1.12")
@given(st.text("0123456789", min_size=3, max_size=40))
def test_no_repr_shows_the_text(text: str) -> None:
    code = classify(text)
    assert all(text not in shown for shown in (repr(code), str(code), f"{code}", repr([code])))


@given(st.text())
def test_any_text_is_classified(text: str) -> None:
    assert classify(text).text == text.strip()


def test_a_code_in_sight_is_new_only_once() -> None:
    repeats = RepeatFilter(quiet_s=3.0)
    assert [repeats.is_new("a", at_s) for at_s in (0.0, 1.0, 3.5, 6.0)] == [True, False, False, False]


def test_a_code_is_new_again_after_it_was_out_of_sight() -> None:
    repeats = RepeatFilter(quiet_s=3.0)
    repeats.is_new("a", 0.0)
    assert repeats.is_new("a", 3.0)


def test_another_code_is_new_at_once() -> None:
    repeats = RepeatFilter(quiet_s=3.0)
    repeats.is_new("a", 0.0)
    assert repeats.is_new("b", 0.1)


@given(st.lists(st.text(max_size=3), max_size=200))
def test_the_memory_of_seen_codes_is_bounded(texts: list[str]) -> None:
    repeats = RepeatFilter(quiet_s=3.0)
    for at_s, text in enumerate(texts):
        repeats.is_new(text, float(at_s))
    assert len(repeats._last_seen_s) <= RepeatFilter.REMEMBERED_MAX

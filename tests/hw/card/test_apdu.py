"""Commands and status words, on any channel."""

import pytest

from hw.card import Code
from hw.card.apdu import GET_RESPONSES_MAX, OneByOne, exchange
from hw.card.failure import CardError


class Answers(OneByOne):
    """A card that gives the answers it was told to give, in order."""

    def __init__(self, *answers: str) -> None:
        self._answers = [bytes.fromhex(answer) for answer in answers]
        self.commands: list[str] = []

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command.hex().upper())
        return self._answers.pop(0)


READ = bytes.fromhex("00B2080014")


def test_data_and_status_word_are_parted() -> None:
    assert exchange(Answers("AABB9000"), READ) == (b"\xaa\xbb", 0x9000)


def test_a_wrong_length_is_asked_again_with_the_right_one() -> None:
    card = Answers("6C03", "AABBCC9000")
    assert exchange(card, READ) == (b"\xaa\xbb\xcc", 0x9000)
    assert card.commands == ["00B2080014", "00B2080003"]


def test_a_card_that_names_a_length_twice_is_not_asked_for_ever() -> None:
    card = Answers("6C03", "6C03")
    assert exchange(card, READ) == (b"", 0x6C03)


def test_an_answer_in_pieces_is_put_together() -> None:
    card = Answers("AA6102", "BBCC6101", "DD9000")
    assert exchange(card, READ) == (b"\xaa\xbb\xcc\xdd", 0x9000)
    assert card.commands == ["00B2080014", "00C0000002", "00C0000001"]


def test_pieces_without_end_are_given_up() -> None:
    card = Answers(*["AA61FF"] * 100)
    _, sw = exchange(card, READ)
    assert sw == 0x61FF
    assert len(card.commands) == 1 + GET_RESPONSES_MAX


@pytest.mark.parametrize("answer", ["", "90"])
def test_an_answer_without_a_status_word_is_a_failed_command(answer: str) -> None:
    with pytest.raises(CardError) as error:
        exchange(Answers(answer), READ)
    assert error.value.code is Code.TRANSMIT_FAILED

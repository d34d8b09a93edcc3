"""What a next turn says of the answer before it, and what only looks like that."""

import pytest

from pantler.texts.contentment import LONGEST, contentment

THANKS = [
    "Thanks!", "thank you so much, that helps", "Perfect.", "Ok, thanks", "that worked", "Danke!", "Vielen Dank.",
    "Merci beaucoup", "muchas gracias", "Great, now write it in Go",
]  # fmt: skip
BLAME = [
    "That's wrong.", "No, that is not what I asked", "no that's incorrect; 7 is prime", "You\u2019re wrong: it is Lima",
    "Thanks, but that's still wrong", "It doesn't work", "Wrong", "Sorry, that was wrong", "Das ist leider falsch",
    "Nein, das stimmt nicht.", "c\u2019est faux", "no funciona",
]  # fmt: skip
NEITHER = [
    "", "And now shorter", "Thanks, but can you make it shorter?", "What is wrong with my code?", "Is that right?",
    "Wrong way signs: what do they mean?", "Does it work in winter?", "What does 'thanks' mean?", "no",
    "Thank you note for my aunt, please write one", "It works on Linux, how about macOS?", "Why is that wrong?",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [*((text, 1.0) for text in THANKS), *((text, 0.0) for text in BLAME), *((text, None) for text in NEITHER)],
)
def test_short_thanks_and_blame_are_told_from_further_questions(text: str, said: float | None) -> None:
    assert contentment(text) == said


def test_a_long_text_brings_matter_of_its_own() -> None:
    assert contentment("Thanks! " + "x" * LONGEST) is None


def test_what_is_said_late_in_a_text_is_no_word_on_the_answer() -> None:
    assert contentment("Write a letter to my landlord who says so and so about the heating and the lift and the rest, "
                       "which must say: that is wrong.") is None  # fmt: skip

from pantler.core.asks import Entry
from pantler.gateway.veiled import renamed
from pantler.live.veils import Veil

VEIL = Veil("miss", "dec_1", 7.5)


def veiled(body: bytes) -> bytes:
    return renamed(Entry(body, "m", "t", "r", 1.0), VEIL).body


def test_an_answer_under_a_veil_has_an_id_and_a_time_of_its_own() -> None:
    assert veiled(b'{"id":"chatcmpl-abc","created":1,"x":"\\u00e9"}') != veiled(b'{"id":"chatcmpl-abd","created":1}')
    assert b'"created":7' in veiled(b'{"id":"chatcmpl-abc","created":1}')
    assert b"chatcmpl-abc" not in veiled(b'{"id":"chatcmpl-abc","created":1}')


def test_what_is_no_text_goes_as_it_came() -> None:
    assert veiled(b'{"id":"\xff","created":1}') == b'{"id":"\xff","created":1}'

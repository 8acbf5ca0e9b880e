from __future__ import annotations

import email
import email.policy
import re

import pytest
from hypothesis import given, settings, strategies as st

from docchat_mailer.letter import quoted_printable
from docchat_mailer.letter.compiling import Compiled, compile_letter
from docchat_mailer.letter.fields import Field, sentinels
from docchat_mailer.letter.headers import UNSAFE, Header, fold, mailbox, phrase, unstructured
from docchat_mailer.letter.identifiers import message_id
from docchat_mailer.letter.splicing import splice

MARKS = sentinels(b"test")
T = MARKS.token
HEADERS = (
    Header("From", mailbox("Doc, Chat", "letters@example.org")),
    Header("To", T(Field.TO)),
    unstructured("Subject", "Therapeutic Massage Part 1 – Potential Health Benefits"),
    Header("Date", T(Field.DATE)),
    Header("Message-ID", T(Field.MESSAGE_ID)),
    Header("References", T(Field.REFERENCES)),
    Header(
        "List-Unsubscribe",
        f"<https://example.org/u/{T(Field.UNSUBSCRIBE)}>, <mailto:leave@example.org?subject=unsubscribe%20{T(Field.UNSUBSCRIBE)}>",
    ),
)
VALUES = {
    Field.TO: "Jane Doe <jane@example.com>",
    Field.DATE: "Mon, 02 Mar 2026 08:00:00 +0000",
    Field.MESSAGE_ID: "<0123456789abcdef@example.org>",
    Field.REFERENCES: "<fedcba@example.org>",
    Field.UNSUBSCRIBE: "v1.u.abc.0123456789abcdef",
    Field.WHY: "You follow <all> & more.",
}

PROSE = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300)
LINES = st.lists(PROSE, max_size=6).map("\n".join)


def compiled(text: str = "Hello.", html: str = "<p>Hello.</p>") -> Compiled:
    tail = f"\n{T(Field.WHY)}\nhttps://example.org/u/{T(Field.UNSUBSCRIBE)}\n"
    link = f'<p>{T(Field.WHY)}</p><a href="https://example.org/u/{T(Field.UNSUBSCRIBE)}">Leave</a>'
    return compile_letter(HEADERS, text + tail, html + link, MARKS, b"seed")


def safe_on_the_wire(message: bytes) -> None:
    assert all(byte < 128 for byte in message)
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", message)
    assert not re.search(rb"(?m)^(\.|From )", message)
    head, _, body = message.partition(b"\r\n\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert b"DCM" not in message


def parsed(message: bytes) -> tuple[str, str]:
    mail = email.message_from_bytes(message, policy=email.policy.default)
    text, html = mail.iter_parts()
    assert mail.defects == text.defects == html.defects == []
    assert [p.get_content_type() for p in (mail, text, html)] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    return text.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")


@given(LINES, LINES)
@settings(max_examples=60, deadline=None)
def test_any_text_survives_and_every_line_is_safe(text: str, html: str) -> None:
    message = splice(compiled(text, html), VALUES)
    safe_on_the_wire(message)
    got_text, got_html = parsed(message)
    # Each piece round-trips: the standard library splits at the same CRLF as the wire.
    assert got_text.startswith(text)
    assert got_html.startswith(html)
    assert got_text.rstrip("\n").endswith(
        "You follow <all> & more.\nhttps://example.org/u/v1.u.abc.0123456789abcdef"
    )
    assert "You follow &lt;all&gt; &amp; more.</p>" in got_html


@given(PROSE, st.sampled_from(["", ".", "From ", "From the start", "=", " "]))
@settings(max_examples=80, deadline=None)
def test_any_value_survives_a_splice(value: str, start: str) -> None:
    why = start + UNSAFE.sub("", value)
    message = splice(compiled(), {**VALUES, Field.WHY: why})
    safe_on_the_wire(message)
    assert f"Hello.\n{why}\n" in parsed(message)[0]


@pytest.mark.parametrize("bad", ["\r", "\n", "\0", "\x85", "\u2028", "\u2029"])
def test_threat_T15_no_control_character_gets_into_a_message(bad: str) -> None:
    for field in Field:
        with pytest.raises(ValueError, match="control character"):
            splice(compiled(), {**VALUES, field: f"a{bad}Bcc: b@example.com"})
    for make in (
        lambda t: unstructured("Subject", t),
        phrase,
        lambda t: mailbox("A", t),
        lambda t: Header("X", t),
    ):
        with pytest.raises(ValueError, match="control character"):
            make(f"a{bad}b")


def test_threat_T15_the_header_names_are_those_we_wrote() -> None:
    mail = email.message_from_bytes(splice(compiled(), VALUES))
    assert mail.keys() == [
        "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
        "List-Unsubscribe", "MIME-Version", "Content-Type",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body", ["a\n.\nb", "a\r.\rb", "a\r\n.\r\nb", "..\n.", "a\rb\n\rc", "From me\nFrom you"]
)
def test_threat_T17_no_body_ends_the_message_early(body: str) -> None:
    message = splice(compiled(body, f"<pre>{body}</pre>"), VALUES)
    safe_on_the_wire(message)
    assert body.replace("\r\n", "\n").replace("\r", "\n") in parsed(message)[0]


def test_values_stand_on_lines_of_their_own() -> None:
    message = splice(compiled(), VALUES)
    assert b"=\r\nv1.u.abc.0123456789abcdef=\r\n" in message


@pytest.mark.parametrize("length", [1, 20, 77, 200, 500])
def test_a_token_of_any_length_stays_whole(length: int) -> None:
    token = "a" * length
    message = splice(compiled(), {**VALUES, Field.UNSUBSCRIBE: token})
    assert f"<https://example.org/u/{token}>".encode() in message
    assert b"=?" not in message.partition(b"List-Unsubscribe: ")[2].partition(b"\r\nMIME")[0]
    safe_on_the_wire(message)


def test_an_empty_references_leaves_no_line() -> None:
    message = splice(compiled(), {**VALUES, Field.REFERENCES: ""})
    assert b"References" not in message
    assert b"In-Reply-To" not in message


def test_greek_goes_as_base64_and_keeps_its_values() -> None:
    message = splice(compiled("Γειά σου Κόσμε. " * 100), VALUES)
    assert message.count(b"Content-Transfer-Encoding: base64") == 1
    safe_on_the_wire(message)
    assert "Γειά σου Κόσμε. \nYou follow <all> & more.\n" in parsed(message)[0]


def test_a_compiled_letter_is_the_same_after_storage() -> None:
    for letter in (compiled(), compiled("Γειά σου Κόσμε. " * 100)):
        assert Compiled.unpack(letter.pack()) == letter


def test_each_message_has_only_its_own_address_and_token() -> None:
    letter = compiled()
    readers = [(f"reader{n:04d}@example.com", f"v1.u.t{n:04d}.mac") for n in range(2000)]
    for address, token in readers:
        message = splice(letter, {**VALUES, Field.TO: address, Field.UNSUBSCRIBE: token})
        assert set(re.findall(rb"reader\d{4}@example\.com", message)) == {address.encode()}
        assert set(re.findall(rb"v1\.u\.t\d{4}\.mac", message)) == {token.encode()}


def test_an_authors_text_with_a_sentinel_is_refused() -> None:
    with pytest.raises(ValueError, match="placeholder"):
        MARKS.refuse(f"see {T(Field.TO)}")
    MARKS.refuse("DCM is a fine abbreviation")


def test_sentinels_are_letters_and_digits_and_told_by_their_seed() -> None:
    assert all(T(field).isalnum() for field in Field)
    assert sentinels(b"test") == MARKS
    assert sentinels(b"other") != MARKS


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=200))
@settings(max_examples=150, deadline=None)
def test_a_subject_and_a_name_of_any_text_come_back(text: str) -> None:
    subject = fold(unstructured("Subject", text))
    assert all(len(word) <= 75 for word in re.findall(r"=\?utf-8\?[^ \r]*", subject))
    assert all(len(line) <= 78 for line in subject.split("\r\n"))
    line = subject + "\r\n\r\n"
    mail = email.message_from_bytes(line.encode("ascii"), policy=email.policy.default)
    assert mail["Subject"] == text
    if text:
        sender = fold(Header("From", mailbox(text, "a@example.org"))) + "\r\n\r\n"
        address = email.message_from_bytes(sender.encode("ascii"), policy=email.policy.default)[
            "From"
        ].addresses[0]
        assert address.addr_spec == "a@example.org"


@pytest.mark.parametrize(
    "name", ["A, B", 'say "hi"', "back\\slash", "a@b", "semi;colon", "Zoë Ünal", "Plain Name", "=?x?="]
)
def test_a_display_name_is_quoted_or_encoded_as_it_needs(name: str) -> None:
    raw = fold(Header("To", mailbox(name, "a@example.org"))) + "\r\n\r\n"
    address = email.message_from_bytes(raw.encode("ascii"), policy=email.policy.default)["To"].addresses[0]
    assert (address.display_name, address.addr_spec) == (name, "a@example.org")


def test_a_field_folds_at_white_space_and_never_inside_angles() -> None:
    urls = ", ".join(f"<https://example.org/{'x' * 60} y>" for _ in range(3))
    assert fold(Header("List-Help", urls)).split("\r\n ") == [
        "List-Help: <https://example.org/" + "x" * 60 + " y>,",
        "<https://example.org/" + "x" * 60 + " y>,",
        "<https://example.org/" + "x" * 60 + " y>",
    ]


def test_a_line_that_cannot_be_folded_is_refused() -> None:
    with pytest.raises(ValueError, match="998"):
        fold(Header("X-Long", "x" * 1000))


def test_quoted_printable_leaves_no_white_space_at_line_ends() -> None:
    assert quoted_printable.encode("a \nb\t\n") == b"a=20\r\nb=09\r\n"


def test_message_ids_differ_by_reader_edition_and_occasion() -> None:
    ids = {message_id(b"k", "e", f"t{n}", 0, "example.org") for n in range(100_000)}
    assert len(ids) == 100_000
    assert message_id(b"k", "e", "t1", 0, "example.org") in ids
    assert message_id(b"k", "e", "t1", 1, "example.org") not in ids
    assert message_id(b"k", "f", "t1", 0, "example.org") not in ids

"""Who is owed which reply: every reply at every stage, without any socket."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from docchat_mailer.model.delivery import DeliveryId, Letter, Outcome, Reason, Verdict
from docchat_mailer.model.subscriber import Address
from docchat_mailer.rules.judging import Stage, judge
from docchat_mailer.smtp.dialogue import Dialogue, Transaction
from docchat_mailer.smtp.offers import Offers

A, D, R, U, N = Verdict.ACCEPTED, Verdict.DEFERRED, Verdict.REJECTED, Verdict.UNCERTAIN, Verdict.UNSENT

REPLIES = [
    *("200 fine", "220 hello", "221 bye", "235 in", "250 2.0.0 ok", "251 forwarded", "252 perhaps"),
    *("334 go", "354 go", "421 4.3.2 closing", "450 busy", "451 4.7.1 slow", "452 4.2.2 full", "455 no"),
    *("500 what", "501 syntax", "503 order", "530 log in", "550 5.1.1 nobody", "550 5.7.1 policy"),
    *("551 moved", "552 full", "552 5.3.4 big", "553 name", "554 no", "555 option"),
]
STAGES = [Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY]
GOOD = {Stage.MAIL: "250 ok", Stage.RCPT: "250 ok", Stage.DATA: "354 go", Stage.BODY: "250 ok"}


def letter(number: int) -> Letter:
    return Letter(
        id=DeliveryId(1, number),
        sender="a@docchat.example",
        recipient=Address(local=f"r{number}", domain="example.org"),
        message=b"Subject: x\r\n\r\nx\r\n",
    )


def begun(*, pipelining: bool) -> Dialogue:
    dialogue = Dialogue("relay")
    dialogue.offers = Offers(pipelining=pipelining)
    return dialogue


def said(dialogue: Dialogue) -> str:
    words = b"".join(dialogue.outgoing).decode()
    dialogue.outgoing.clear()
    return words


def hear(dialogue: Dialogue, *replies: str) -> None:
    dialogue.feed("".join(f"{reply}\r\n" for reply in replies).encode())


def expected(reply: str, stage: Stage) -> tuple[Verdict, str] | None:
    """The outcome by the table of replies; None for a yes that goes on to the next stage."""
    code = int(reply[:3])
    if stage is Stage.DATA and 300 <= code < 400:
        return None
    if stage in {Stage.MAIL, Stage.RCPT} and 200 <= code < 300:
        return None
    outcome = judge(code, reply[4:], stage)
    return outcome.verdict, outcome.reason


def played(dialogue: Dialogue, asked: Transaction, answers: dict[Stage, str]) -> Outcome:
    """What becomes of a letter where each stage is answered so; what follows a refusal is refused."""
    for stage in STAGES:
        if asked.outcome is None and dialogue.over is None and dialogue.stage is stage:
            hear(dialogue, answers[stage])
        if asked.ready and not asked.dotted:
            dialogue.end_body(asked, None)
    while dialogue.stage is not None and dialogue.over is None:
        hear(dialogue, "250 ok" if dialogue.stage is Stage.RESET else "503 out of order")
    return dialogue.outcome_of(asked)


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "lock-step"])
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("reply", REPLIES)
def test_every_reply_at_every_stage_is_its_letters_own(reply, stage, pipelining):
    dialogue = begun(pipelining=pipelining)
    outcome = played(dialogue, dialogue.begin(letter(1)), GOOD | {stage: reply})
    assert (outcome.verdict, outcome.reason) == (expected(reply, stage) or (A, ""))
    assert outcome.relay == "relay"
    if dialogue.over is None:
        second = dialogue.begin(letter(2))
        head = dialogue.stage in {Stage.RESET, Stage.BODY}
        for good in ["250 ok"] * head + ["250 ok", "250 ok", "354 go"]:
            hear(dialogue, good)
        assert second.ready


def test_a_group_holds_the_dot_and_the_next_envelope():
    dialogue = begun(pipelining=True)
    first = dialogue.begin(letter(1))
    assert said(dialogue) == "MAIL FROM:<a@docchat.example>\r\nRCPT TO:<r1@example.org>\r\nDATA\r\n"
    hear(dialogue, "250 ok", "250 ok", "354 go")
    assert first.ready
    second = dialogue.end_body(first, letter(2))
    assert said(dialogue) == ".\r\nMAIL FROM:<a@docchat.example>\r\nRCPT TO:<r2@example.org>\r\nDATA\r\n"
    hear(dialogue, "250 taken", "250 ok", "550 5.1.1 no", "503 no")
    assert dialogue.outcome_of(first).verdict is A
    assert dialogue.outcome_of(second).text == "5.1.1 no"
    dialogue.begin(letter(3))
    assert said(dialogue).startswith("RSET\r\nMAIL FROM")


def test_lock_step_says_one_command_at_a_time():
    dialogue = begun(pipelining=False)
    first = dialogue.begin(letter(1))
    story = []
    for reply in ("250 ok", "250 ok", "354 go"):
        story.append(said(dialogue).split()[0])
        hear(dialogue, reply)
    assert story == ["MAIL", "RCPT", "DATA"]
    assert said(dialogue) == ""
    assert first.ready


def test_fault_D14_a_reply_cannot_answer_what_was_not_said_yet():
    dialogue = begun(pipelining=False)
    first = dialogue.begin(letter(1))
    hear(dialogue, "250 ok", "550 5.1.1 nobody")
    assert dialogue.outcome_of(first).reason == Reason.OUT_OF_STEP
    assert said(dialogue) == "MAIL FROM:<a@docchat.example>\r\n"


def test_fault_D23_a_lone_dot_heads_the_next_group():
    dialogue = begun(pipelining=True)
    first = dialogue.begin(letter(1))
    hear(dialogue, "250 ok", "550 5.1.1 no", "354 go")
    assert dialogue.outcome_of(first).reason == Reason.UNKNOWN_USER
    said(dialogue)
    second = dialogue.begin(letter(2))
    assert said(dialogue).startswith(".\r\nMAIL FROM")
    hear(dialogue, "250 taken for nobody", "250 ok", "250 ok", "354 go")
    assert second.ready


def test_fault_D2_the_server_may_leave_while_nothing_is_due():
    dialogue = begun(pipelining=True)
    hear(dialogue, "421 4.4.2 idle for too long")
    assert dialogue.over.reason == Reason.NETWORK
    assert not dialogue.idle


def test_fault_D10_what_was_answered_stays_and_what_was_dotted_is_in_doubt():
    dialogue = begun(pipelining=True)
    first = dialogue.begin(letter(1))
    hear(dialogue, "250 ok", "250 ok", "354 go")
    second = dialogue.end_body(first, letter(2))
    dialogue.lose("gone")
    assert [dialogue.outcome_of(each).verdict for each in (first, second)] == [U, N]
    dialogue = begun(pipelining=True)
    first = dialogue.begin(letter(1))
    hear(dialogue, "250 ok", "250 ok", "354 go")
    second = dialogue.end_body(first, letter(2))
    hear(dialogue, "250 taken")
    dialogue.lose("gone")
    assert [dialogue.outcome_of(each).verdict for each in (first, second)] == [A, N]


@given(
    st.lists(st.sampled_from([*REPLIES, "junk", "250-", "250-two\r\n250 lines"]), max_size=30), st.booleans()
)
@settings(max_examples=200, deadline=None)
def test_fault_D14_whatever_is_said_each_letter_has_one_outcome_and_none_is_made_up(replies, pipelining):
    dialogue, number, open_ = begun(pipelining=pipelining), 1, []
    open_.append(dialogue.begin(letter(number)))
    for reply in replies:
        hear(dialogue, reply)
        for each in list(open_):
            if each.ready and not each.dotted and dialogue.over is None:
                number += 1
                following = dialogue.end_body(each, letter(number) if pipelining else None)
                open_ += [following] if following else []
            elif (outcome := dialogue.outcome_of(each)) is not None:
                open_.remove(each)
                assert outcome.verdict is not A or each.dotted
                assert outcome.verdict is not U or each.dotted
        if not open_ and dialogue.over is None:
            number += 1
            open_.append(dialogue.begin(letter(number)))
    dialogue.lose("end")
    for each in open_:
        assert dialogue.outcome_of(each) is not None
        assert each.dotted or dialogue.outcome_of(each).verdict in {N, R, D}

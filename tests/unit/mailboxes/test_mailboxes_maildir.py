"""A Maildir: what is new is read in order, and seen only when it was taken in."""

from __future__ import annotations

import pytest

from docchat_mailer.errors import FileError
from docchat_mailer.mailboxes.maildir import Maildir


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "box" / "new").mkdir(parents=True)
    return tmp_path / "box"


def test_new_mail_is_read_in_order_and_stays_until_it_is_done(folder):
    for name in ("2.b", "1.a"):
        (folder / "new" / name).write_bytes(name.encode())
    first, second = Maildir(folder).mails()
    assert (first.read(), second.read()) == (b"1.a", b"2.b")
    assert len(list(Maildir(folder).mails())) == 2
    first.done()
    assert [mail.read() for mail in Maildir(folder).mails()] == [b"2.b"]
    assert [file.name for file in (folder / "cur").iterdir()] == ["1.a:2,S"]


def test_what_another_has_taken_is_no_trouble(folder):
    (folder / "new" / "1").write_bytes(b"x")
    [mail] = Maildir(folder).mails()
    mail.file.unlink()
    mail.done()


def test_links_and_folders_are_not_mail(folder, tmp_path):
    (tmp_path / "secret").write_text("x")
    (folder / "new" / "link").symlink_to(tmp_path / "secret")
    (folder / "new" / "folder").mkdir()
    assert list(Maildir(folder).mails()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        Maildir(tmp_path / "none").mails()

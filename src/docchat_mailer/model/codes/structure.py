"""Findings about files, front matter, ``series.toml`` and the order of parts."""

from __future__ import annotations

from docchat_mailer.model.codes.row import error, warning

STRUCTURE = (
    error(
        "C101",
        "not UTF-8",
        why="the text cannot be read safely",
        fix="save the file as UTF-8",
        explain="Posts and series.toml are read as UTF-8 and nothing else, since a guess would turn "
        "accents into rubbish in some letters and not in others. Most editors have 'save with "
        "encoding'; on a command line, iconv -f latin1 -t utf-8 does it.",
    ),
    error(
        "C102",
        "forbidden character",
        why="it is invisible, and feeds or mails break on it",
        fix="delete the character",
        explain="Control characters, lone surrogates and the like cannot stand in XML 1.0 and confuse "
        "mail headers. They come with text pasted from other programs. The line is named; an "
        "editor that shows invisible characters finds it.",
    ),
    error(
        "C103",
        "file too large",
        why="only files up to 2 MB are read",
        fix="split the post",
        explain="A post of more than 2 MB is some 300,000 words or has pictures pasted into it. Pictures "
        "belong in files of their own beside the post.",
    ),
    error(
        "C104",
        "file cannot be read",
        why="the system refused it",
        fix="check its owner and its rights",
        explain="The program reads posts as the user it runs as. ls -l shows who may read the file or "
        "folder.",
    ),
    error(
        "C105",
        "link out of the folder",
        why="a symbolic link may not lead out of posts/",
        fix="put the file itself there",
        explain="What is published lies in the content folder, so that a copy of the folder is a copy of "
        "the site, and a stray link cannot publish a private file.",
    ),
    warning(
        "C106",
        "file without a number",
        why="only NN-slug.md is a part of a series",
        fix="number it, or begin its name with an underscore",
        explain="Inside a series folder the number in the file's name is the part's number, as in "
        "02-risks.md. Notes that are no part may begin with an underscore and are then left "
        "alone.",
    ),
    error(
        "C107",
        "bad slug",
        why="it becomes part of an address: lower-case letters and digits joined by hyphens",
        fix="rename it",
        explain="The name of the folder and the name of the file after its number become the address of "
        "pages. An address is kept for ever, so it should be plain: sleep-better, not "
        "Sleep_Better!.",
    ),
    error(
        "C108",
        "bad file name",
        why="the name is not UTF-8 or holds control characters",
        fix="rename the file",
        explain="Such a name cannot be shown, linked to, or kept in the list of ids.",
    ),
    error(
        "C110",
        "no front matter",
        why="title and settings stand between two lines of ---",
        fix="begin the file with them",
        explain="The first line of a post is ---, then come keys such as title, then --- again, and then "
        "the text. A post needs at least a title.",
    ),
    error(
        "C111",
        "malformed front matter",
        why="it is not YAML that can be read",
        fix="mend the line",
        explain="The usual slips are a colon inside an unquoted title, a tab as indentation, and a "
        "quotation mark that is not closed. Put the value in double quotes.",
    ),
    error(
        "C112",
        "front matter too large",
        why="at most 64 KB are read",
        fix="move the text below the second ---",
        explain="Usually the closing --- is missing, so that the whole post counts as front matter.",
    ),
    error(
        "C113",
        "double key",
        why="only one of the two values would count",
        fix="delete one of them",
        explain="YAML programs disagree on which of two equal keys wins; this one asks.",
    ),
    error(
        "C114",
        "anchor or alias",
        why="they can grow without bound and are refused",
        fix="write the value out",
        explain="A few lines of YAML with & and * can stand for millions of values. Front matter is "
        "short, so values are simply written out. A title that begins with & or * goes in quotes.",
    ),
    error(
        "C115",
        "YAML tag",
        why="only plain values are read",
        fix="write a plain value",
        explain="Words that begin with ! name a type in YAML, and some of them would run code. Put a "
        "value that really begins with ! in quotes.",
    ),
    error(
        "C116",
        "unknown key",
        why="it would be ignored",
        fix="correct or delete it",
        explain="A misspelled key would silently do nothing: a part without its date, a promise that is "
        "not kept. The known keys are in the reference of posts and series.",
    ),
    error(
        "C117",
        "missing key",
        why="nothing can stand in for it",
        fix="add it",
        explain="A post needs a title; a series needs its title. Everything else has a default.",
    ),
    error(
        "C118",
        "wrong kind of value",
        why="the key means something else",
        fix="write it as shown",
        explain="For instance a list where a text belongs, or a number in quotes. The fix shows a value "
        "that is accepted.",
    ),
    error(
        "C119",
        "impossible value",
        why="it cannot be used",
        fix="write it as shown",
        explain="The value has the right kind but says nothing that can be done, such as a part 0 or a "
        "weekday that is none.",
    ),
    error(
        "C120",
        "date without a zone",
        why="the same words mean another instant elsewhere",
        fix="add the offset",
        explain="Where a date must name one instant everywhere it carries an offset, as in "
        "2027-03-16T09:00:00+01:00.",
    ),
    error(
        "C121",
        "impossible date",
        why="the calendar has no such day or time",
        fix="write a real one",
        explain="There is no 30 February, and in the night when clocks go forward one hour is missing. "
        "Dates are written as 2027-03-16 or 2027-03-16T09:00:00.",
    ),
    error(
        "C122",
        "malformed series.toml",
        why="it is not TOML that can be read",
        fix="mend the line",
        explain="In TOML every text is in quotes, lists are in square brackets, and a key stands under "
        "the last [table] above it.",
    ),
    error(
        "C123",
        "no series.toml",
        why="a folder of parts needs its title and cadence",
        fix="add series.toml beside the parts",
        explain="Three lines are enough: title, start, and [cadence] with every. Until then the folder's "
        "parts are held.",
    ),
    error(
        "C124",
        "bad title form",
        why="only {series}, {n} and {title} can be filled in",
        fix="use these three alone",
        explain='part_title says how the title of a part is put together, as in "{series} Part {n} – '
        '{title}". Other words in braces have no value.',
    ),
    error(
        "C130",
        "gap",
        why="parts go out in order, without holes",
        fix="write the part or promise it in an outline",
        explain="Readers of part 3 look for part 2. The series is held until the number is there; the "
        "other series go on.",
    ),
    error(
        "C131",
        "double number",
        why="nobody could say which comes first",
        fix="renumber one of them",
        explain="Two files have one number. The series is held until only one has; the other series go on.",
    ),
    error(
        "C132",
        "number disagrees",
        why="file name and front matter name two numbers",
        fix="make them agree",
        explain="The number in the file's name is enough; 'part' in front matter may be left out.",
    ),
    error(
        "C133",
        "double slug",
        why="two parts would share an address",
        fix="rename one of them",
        explain="The page of a part lies under its slug: the file's name after the number, or 'slug' in "
        "front matter. Within a series each may occur once.",
    ),
    error(
        "C134",
        "double entry id",
        why="feed readers would take two entries for one",
        fix="give one its own",
        explain="An entry id tells readers' programs which entry is which, for ever. Set it by hand only "
        "for posts that had one before, and never twice.",
    ),
    error(
        "C135",
        "dates out of order",
        why="a part cannot come before the one it follows",
        fix="move one of them",
        explain="A part's own 'publish' must be later than that of every part before it.",
    ),
    warning(
        "C136",
        "after a draft",
        why="parts go out in order",
        fix="finish the draft, or renumber",
        explain="This part is written, but an earlier one is still a draft, so this one waits for it.",
    ),
    error(
        "C137",
        "same name twice",
        why="a series and a post cannot share a name",
        fix="rename one of them",
        explain="The command line and the list of ids know a series by its folder and a post by its slug; "
        "both are held until the names differ.",
    ),
    warning(
        "C138",
        "post without a date",
        why="it waits until it has one",
        fix="add date: 2027-03-15, or adopt it with the old feed's date",
        explain="A post of its own has no series that could give it a slot, so its date says when it comes "
        "out. One taken over from another program may get its date from the old feed instead.",
    ),
)
"""C1xx."""

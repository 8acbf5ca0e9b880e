"""Findings about a letter before it is frozen: what its readers' programs would make of it."""

from __future__ import annotations

from docchat_mailer.model.codes.row import error, note, warning

LETTERS = (
    warning(
        "C401",
        "letter nearly too long",
        why="beyond 90 KB of HTML it is not sent",
        fix="shorten the part, or set [mail] excerpt = true",
        explain="The letter has more than 80 KB of HTML. It still goes out whole, but a longer notice or "
        "one more link would carry it over the limit of 90 KB, beyond which Gmail may hide its "
        "end.",
    ),
    warning(
        "C402",
        "long subject",
        why="mail programs cut a subject off",
        fix="shorten the title, or set a shorter 'part_title'",
        explain="A wide window shows some 70 characters of a subject and a phone some 40. The number and "
        "the first words of the title should stand within them; what is cut off is still read in "
        "the letter.",
    ),
    warning(
        "C403",
        "subject that shouts",
        why="capitals and repeated marks look like spam, to readers and to filters",
        fix="write the title as in a book",
        explain="A subject all in capital letters, or with !!, ?! or $$$ in it, is one of the oldest "
        "signs that spam filters count.",
    ),
    warning(
        "C404",
        "subject that pretends",
        why="no letter is an answer",
        fix="take 'Re:' or 'Fwd:' out of the title",
        explain="A subject that begins with Re: or Fwd: pretends to belong to a conversation. Mail "
        "programs may sort it there, and readers feel tricked.",
    ),
    warning(
        "C405",
        "preheader length",
        why="mail programs show 40 to 100 characters after the subject",
        fix="write a 'summary' of a sentence or two, or mend the template",
        explain="The line after the subject is the first text of the letter: the summary of the part, "
        "helped out by the first words of its text. When it is shorter than 40 characters, "
        "programs fill up with whatever comes next, such as the site's name; beyond 100 it is "
        "cut. A template of your own must begin with the hidden preheader.",
    ),
    error(
        "C407",
        "image without alt",
        why="a reader without images is told nothing, or is read an address",
        fix="give the image an alt attribute, empty where it only adorns",
        explain="An <img> of the letter has no alt attribute at all. Images in the text of a post get "
        "theirs from ![words](file); this one most likely stands in a template.",
    ),
    error(
        "C408",
        "link that leads nowhere",
        why="whoever clicks it is left alone, and the letter cannot be changed once it is out",
        fix="mend the address in the post or the template",
        explain="An address in the letter is empty, cannot be read, has no host, or is a fragment that "
        "names nothing. Links to other sites are not asked for: only their form is checked.",
    ),
    error(
        "C409",
        "relative address",
        why="a letter lies on no page, so there is nothing it is relative to",
        fix="begin it with {{ site.base_url }} in a template, or link to the post's file in a text",
        explain="Addresses in the text of a post are made absolute before they get here, so this one most "
        "likely stands in a template: write the whole address.",
    ),
    warning(
        "C410",
        "placeholder",
        why="a letter cannot be called back",
        fix="write it out or delete it",
        explain="The subject, the preheader or the text of the letter holds TK as a word, TODO, FIXME or "
        "lorem ipsum, outside of code. What stands in the text of a post is told with its line as "
        "C223.",
    ),
    error(
        "C411",
        "template mark",
        why="readers would see the braces instead of what they stand for",
        fix="write it out, or put it between backquotes if it is meant as code",
        explain="The letter holds {{ or {% outside of code. Text is never used as a template here, so "
        "nothing will fill it in; most likely it was copied from another program's letter.",
    ),
    warning(
        "C412",
        "weak contrast",
        why="many readers could not read it (WCAG 2.2, 1.4.3: 4.5 to 1, large text 3 to 1)",
        fix="make the text darker or its ground lighter in letter.css",
        explain="The contrast of text and ground is computed from the letter's inlined colours by the "
        "formula of WCAG 2.2. Grounds that are pictures or gradients are not judged.",
    ),
    warning(
        "C413",
        "weak contrast in the dark",
        why="a reader in dark mode could not read it (WCAG 2.2, 1.4.3)",
        fix="give it a colour under prefers-color-scheme in letter-head.css",
        explain="The same computation as for light, with the rules of @media (prefers-color-scheme: dark) "
        "applied. It happens when the ground is darkened and one kind of text is forgotten.",
    ),
    warning(
        "C414",
        "black that stays black",
        why="on a dark ground black text cannot be seen",
        fix="use a dark grey, and give it a light colour under prefers-color-scheme",
        explain="An element says color: #000 and no dark rule changes it. Programs that darken letters by "
        "themselves often leave pure black alone or treat it unlike all other text.",
    ),
    warning(
        "C415",
        "wider than a phone",
        why="on a screen of 375 pixels the letter would scroll sideways",
        fix="give it max-width: 100%, or leave the width out",
        explain="An element has a fixed width of more than 375 pixels and no max-width beside it. Images "
        "in the text of a post get max-width: 100% from letter.css.",
    ),
    warning(
        "C416",
        "word that cannot break",
        why="on a screen of 375 pixels the letter would scroll sideways",
        fix="put a hyphen or a space in, make it the text of a link, or set it as a code block",
        explain="A run of letters without a place to break a line is wider than a phone. Most often it is "
        "an address that is written out: [words](https://...) reads better. Code blocks wrap.",
    ),
    warning(
        "C417",
        "wide table",
        why="on a screen of 375 pixels the letter would scroll sideways",
        fix="use fewer columns, or a list",
        explain="The columns of the table need more room than a phone has, even if every cell is broken "
        "as narrowly as it goes.",
    ),
    warning(
        "C418",
        "unsupported in mail programs",
        why="some of the readers' mail programs leave it out",
        fix="make sure that the letter reads well without it, or take it out",
        explain="By the data of Can I email, at least one of the Gmail, Apple Mail and Outlook families "
        "does not support this feature of HTML or CSS, and it is not among those that the letters "
        "here rely on knowingly (checking/data/baseline.csv). It usually comes with a template of "
        "your own.",
    ),
    warning(
        "C419",
        "large style sheet",
        why="Gmail drops a style element of more than 16 KB whole",
        fix="move rules from letter-head.css to letter.css, which is inlined",
        explain="The style element that stays in the letter holds the rules for dark mode and phones. If "
        "it is dropped they are gone.",
    ),
    warning(
        "C420",
        "image inside the letter",
        why="Gmail and Outlook do not show images from data: addresses",
        fix="put the image into a file beside the post",
        explain="A data: address carries the image itself. It swells the letter, and half the readers see "
        "nothing.",
    ),
    warning(
        "C421",
        "image over plain HTTP",
        why="it is not shown, or shown with a warning, and anybody on the way sees who reads",
        fix="use https in its address, or keep a copy beside the post",
        explain="Mail programs fetch images over HTTPS; several refuse http:// ones.",
    ),
    warning(
        "C422",
        "letter without its frame",
        why="screen readers and mail programs go by it",
        fix="begin the template as frame.html does",
        explain="A letter says its language and direction on <html>, has the subject as <title>, a "
        "charset and a viewport. Without them a screen reader guesses the language and a phone "
        "shows the letter tiny.",
    ),
    error(
        "C423",
        "no text part",
        why="a letter that is HTML only is not read by everybody, and filters distrust it",
        fix="mend the .txt template",
        explain="Each letter goes out as HTML and as plain text, and both must say the same. The text "
        "part of this one is empty or does not hold the text of the part.",
    ),
    note(
        "C424",
        "link text that says nothing",
        why="whoever has links read out hears only these words",
        fix="make the words say where the link leads",
        explain="'Here', 'click here', 'read more' and 'this link' tell nothing without the words around "
        "them. Screen readers offer a list of links.",
    ),
    warning(
        "C425",
        "heavy images",
        why="on the road a letter should load in a moment",
        fix="make the images smaller than 1 MB altogether",
        explain="All images of the part together have more than 1 MB, though perhaps none alone. A letter "
        "is 600 pixels wide: 1,200 pixels are enough.",
    ),
    warning(
        "C426",
        "headings out of order",
        why="screen readers use headings as a table of contents",
        fix="begin with ## and go down one level at a time",
        explain="The letter has one first heading, its title; those of the text come below it without "
        "leaving out a level.",
    ),
    warning(
        "C427",
        "small text",
        why="below 14 pixels it is hard to read on a phone",
        fix="raise its font-size in letter.css",
        explain="An element with text has an inlined font-size of less than 14 pixels. The hidden "
        "preheader does not count.",
    ),
)
"""C4xx."""

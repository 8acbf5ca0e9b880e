"""The bytes of a mail: headers, quoted-printable, MIME, segments and splicing, identifiers."""

"""The bytes of a mail: headers, quoted-printable, segments and the splice; values in, bytes out."""

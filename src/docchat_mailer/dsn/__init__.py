"""Bounces and complaints: bytes in, verdicts out.

:func:`docchat_mailer.dsn.reading.read_report` makes a :class:`docchat_mailer.dsn.report.Report` of a message;
:mod:`docchat_mailer.dsn.verp` makes return paths and knows ours again.
"""

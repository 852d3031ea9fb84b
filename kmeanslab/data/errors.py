"""Errors of data: one sentence that says what is wrong and what to do."""


class DataError(ValueError):
    """Data are missing, damaged or unsuitable."""


class Missing(DataError):
    """The files of a published data set are not on this machine."""

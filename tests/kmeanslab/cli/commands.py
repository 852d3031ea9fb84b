"""Run `kmeanslab data` as a user does."""


from kmeanslab.__main__ import main


def data(*arguments):
    """Run `kmeanslab data ...`, and return the exit status."""
    return main(["data", *arguments])


def fails(capsys, *arguments):
    """Run `kmeanslab data ...`, which must fail, and return the sentence."""
    assert data(*arguments) == 1
    out, err = capsys.readouterr()
    assert err.startswith("kmeanslab: ") and err.count("\n") == 1
    return err[len("kmeanslab: "):-1]

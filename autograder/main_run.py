"""What a run of main is worth: its centroids, its line, its pictures.

outcome   what came of the run, see outcome.py
steps     how many steps the solution takes
start     the centroids to begin with, name -> position
final     the solution's final centroids
"""
from . import feedback, reference


def grade_main(outcome, check, steps, final, start):
    """Return the share of a run of main, and what is wrong with it."""
    if outcome.kind != "value":
        return 0, [feedback.failure(outcome, "main()", check.seconds)]
    if outcome.value is None and not outcome.output:
        return 0, ["main() returned None; have you implemented it yet?"]
    texts, share = [], 0
    for part, text in [
            (0.6, _wrong_centroids(outcome.value, final)),
            (0.25, _wrong_steps(outcome.output, steps)),
            (0.15, _wrong_pictures(outcome.files, check, steps, start,
                                   final))]:
        share += 0 if text else part
        texts += [text] if text else []
    return round(share, 4), texts


def _wrong_centroids(received, final):
    if received is None:
        return ("main() returned None: end it with return, and the "
                "dictionary of the final centroids.")
    if reference.is_same(final, received):
        return ""
    if not isinstance(received, dict):
        return (f"main() returned {feedback.type_of(received)}; it returns "
                "the dictionary of the final centroids.")
    if received.keys() != final.keys():
        return (f"The final centroids should be {', '.join(final)}; main "
                f"returned {feedback.shorten(list(received))}.")
    return "The final centroids are in the wrong places."


def _wrong_steps(output, steps):
    line = f"K-means converged after {steps} steps."
    if line in output.splitlines():
        return ""
    return (f"main should print exactly\n  {line}\nbut it printed\n  "
            f"{feedback.shorten(output)}")


def _wrong_pictures(left, check, steps, start, final):
    if check.what == "2d":
        wanted = [f"results/2D/step{i + 1}.png" for i in range(steps)]
    else:
        wanted = [f"results/MNIST/{part}/{name}.png" for part, names in
                  [("init", start), ("final", final)] for name in names]
    missing = set(wanted) - {path for path, size in left if size}
    if not missing:
        return ""
    return (f"{len(missing)} of {len(wanted)} pictures are missing, "
            f"{min(missing)} for one.")

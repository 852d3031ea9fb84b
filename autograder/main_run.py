"""The score of a run of main: its centroids, its line, its pictures.

outcome   the result of the run, see sandbox/outcome.py
walk      data, labels, start, steps and final centroids of the solution,
          see reference.walk_through
"""
from . import feedback, reference

SHARES = {"centroids": 0.6, "line": 0.25, "pictures": 0.15}


def grade_main(outcome, dataset, walk, seconds):
    """Return the share of a run of main, and what is wrong, name -> text.

    The names are those of SHARES, or "run" if main did not return.
    """
    if outcome.kind != "value":
        return 0, {"run": feedback.failure(outcome, "main()", seconds)}
    if outcome.value is None and not outcome.output:
        return 0, {"run": "main() returned None; have you implemented it "
                   "yet?"}
    _, _, start, steps, final = walk
    texts = {"centroids": _wrong_centroids(outcome.value, final),
             "line": _wrong_line(outcome.output, steps),
             "pictures": _wrong_pictures(
                 outcome.files, _pictures(dataset, steps, start, final))}
    wrong = {name: text for name, text in texts.items() if text}
    right = sum(SHARES[name] for name in texts if name not in wrong)
    return round(right, 4), wrong


def _wrong_centroids(received, final):
    if received is None:
        return ("main() returned None: end it with return, followed by the "
                "dictionary of the final centroids.")
    if reference.is_same(final, received):
        return ""
    if not isinstance(received, dict):
        return (f"main() returned {feedback.type_of(received)}, but it "
                "should return the dictionary of the final centroids.")
    if received.keys() != final.keys():
        return (f"The final centroids should be {', '.join(final)}; main "
                f"returned {feedback.shorten(list(received))}.")
    return "The final centroids are in the wrong places."


def _wrong_line(output, steps):
    line = f"K-means converged after {steps} steps."
    if line in output.splitlines():
        return ""
    return (f"main should print exactly\n  {line}\nbut it printed\n  "
            f"{feedback.shorten(output)}")


def _pictures(dataset, steps, start, final):
    """Return the paths of the pictures that a run should have drawn."""
    drawn = reference.DATASETS[dataset]
    folder = f"results/{dataset.upper()}"
    if drawn == "steps":
        return [f"{folder}/step{i + 1}.png" for i in range(steps)]
    if drawn == "centroids":
        return [f"{folder}/{part}/{name}.png" for part, names in
                [("init", start), ("final", final)] for name in names]
    return []


def _wrong_pictures(left, wanted):
    missing = set(wanted) - {path for path, size in left if size}
    if not missing:
        return ""
    return (f"{len(missing)} of {len(wanted)} pictures are missing, for "
            f"example {min(missing)}.")

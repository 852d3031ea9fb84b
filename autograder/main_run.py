"""The score of a run of main: its centroids, its line, its pictures.

outcome   the result of the run, see sandbox/outcome.py
walk      data, labels, start, steps and final centroids of the solution,
          see reference.walk_through
"""
from . import feedback, reference

SHARES = {"centroids": 0.6, "line": 0.25, "pictures": 0.15}
EVERY = {"mnist": 8}   # one of so many points, where stand-ins are asked


def check_main(grading, check):
    """Check the centroids of main, its line and its pictures.

    If something is wrong, main is called again with stand-ins, and the
    better run counts. On the letters it gets fewer of them then, because
    each step has to cross to the grader and back.
    """
    walk = reference.walk_through(check.what)
    outcome = grading.call("main", [walk[0], walk[2], check.what],
                           check.seconds)
    share, wrong = grade_main(outcome, check.what, walk, check.seconds)
    text = "\n".join(wrong.values())
    if share == 1 or grading.is_broken("main"):
        return share, text
    walk = reference.walk_through(check.what, EVERY.get(check.what, 1))
    uses = reference.stand_ins("main")
    again = grading.call("main", [walk[0], walk[2], check.what],
                         check.seconds, uses)
    better, wrong = grade_main(again, check.what, walk, check.seconds)
    if better <= share:
        return share, text
    # nothing that this run has written or returned may be shown
    rest = feedback.join([name for name in SHARES if name in wrong])
    note = (f"main itself is {'better' if rest else 'right'}. It failed "
            f"because it uses {feedback.join(list(uses), 'or')}: correct "
            "that first.")
    return better, f"{text}\n{note} Also wrong: {rest}." if rest else note


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

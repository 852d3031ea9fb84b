"""What `everyday` prints: a line per cell, the goals, growth with cores."""
from benchmarks.comparison import OURS_NAME

HEAD = (f"{'cell':<50}{'ours':>11}{'scikit-learn':>14} {'':<6}{'ratio':>7}"
        f"{'per it.':>9}{'iterations':>12}")


def line(record):
    """Return the text of a record, notes on lines of their own."""
    if "error" in record:
        return f"{record['name']:<50}  REFUSED: {record['error']}"
    kind = "bytes" if "bytes" in record else "seconds"
    ours, peer = (record[kind][name] for name in (OURS_NAME, record["better"]))
    unit = megabytes if kind == "bytes" else milliseconds
    each = record["per_iteration"]
    count = "".join(f"{record['iterations'][OURS_NAME]:>12,}"
                    if record["task"] == "fit" else "")
    text = (f"{record['name']:<50}{unit(ours):>11}{unit(peer):>14} "
            f"{record['better'].removeprefix('scikit-learn'):<6}"
            f"{record['ratio']:>7.2f}"
            f"{f'{each:.2f}' if each else '':>9}{count}")
    return "\n    ".join([text, *record["notes"]])


def milliseconds(seconds):
    """Return a time as text."""
    return f"{seconds * 1e3:,.2f} ms"


def megabytes(size):
    """Return a size as text."""
    return f"{size / 1e6:,.1f} MB"


def goal_lines(results):
    """Yield the goals' table: geometric mean, worst cell, whether met."""
    yield (f"{'goal':<40}{'cores':>6}{'cells':>6}{'mean':>8}{'goal':>6}"
           f"{'worst':>8}{'goal':>6}  {'':<9}worst cell")
    for result in results:
        yield (f"{result['goal']:<40}{result['cores']:>6}{result['cells']:>6}"
               f"{number(result.get('mean')):>8}"
               f"{number(result.get('mean_goal'), 1):>6}"
               f"{number(result['worst']):>8}"
               f"{number(result['worst_goal'], 1):>6}"
               f"  {'met' if result['met'] else 'NOT met':<9}"
               f"{result['worst_cell']}")


def number(value, digits=2):
    """Return a number as text, empty for None."""
    return "" if value is None else f"{value:.{digits}f}"


def growth_lines(records):
    """Yield, for each cell, our seconds and the ratio by number of cores."""
    cores = sorted({record["cores"] for record in records})
    yield f"{'cores: seconds of ours (ratio)':<50}" + "".join(
        f"{number:>17}" for number in cores) + f"{'speedup':>9}"
    for name in dict.fromkeys(record["name"] for record in records):
        found = {record["cores"]: record for record in records
                 if record["name"] == name and "seconds" in record}
        if set(found) == set(cores):
            yield growth_line(name, [found[number] for number in cores])


def growth_line(name, records):
    """Return one line of that table."""
    seconds = [record["seconds"][OURS_NAME] for record in records]
    cells = "".join(f"{own * 1e3:>9,.1f} ({record['ratio']:>5.2f})"
                    for own, record in zip(seconds, records))
    return f"{name:<50}{cells}{seconds[0] / seconds[-1]:>9.2f}"

"""One HTML page of study results that needs no network and no other file.

Each study wrote a folder with a record, tables and pictures.  The pictures are
embedded in the page; `templates/report.html` has everything that does not
depend on the studies.

    record    the record.json that `kmeanslab.cli.study_commands` writes
"""

import base64
from html import escape
import io
from pathlib import Path
from string import Template

import numpy as np

from kmeanslab.output import Rows, columns, format_value
from kmeanslab.report import texts

TEMPLATE = Path(__file__).parent / "templates/report.html"
MAX_OPEN_ROWS = 12       # of a table that is not folded
PALETTE_COLOURS = 64     # of a picture on the page
MAX_ROWS = 400           # of a table on the page; the file has all


def page(title: str, sections: list[tuple[str, str]]) -> bytes:
    """Return the page.

    sections: pairs of title and HTML; sections without a title are not in
        the list of contents
    """
    links = "\n".join(
        f'<li><a href="#{anchor(name)}">{escape(name)}</a></li>'
        for name, _ in sections if name)
    body = "\n".join(
        f'<section id="{anchor(name)}">\n<h2>{escape(name)}</h2>\n{html}\n'
        "</section>" if name else html for name, html in sections)
    template = Template(TEMPLATE.read_text(encoding="utf-8"))
    return template.substitute(title=escape(title), contents=links,
                               body=body).encode()


def anchor(title: str) -> str:
    """Return the id of a section: the first word of its title."""
    return escape(title.split(":")[0].lower().replace(" ", "-"))


def opening(words: str, data: dict, versions: dict) -> str:
    """Return how to make the page again: command, data and versions."""
    known = ", ".join(f"{name} {number}" for name, number in versions.items()
                      if number)
    return (f"{command(words)}\n<p>{escape(data['name'])}, fingerprint "
            f"<code>{escape(data['fingerprint'])}</code>; {escape(known)}. "
            "Each command on this page writes its tables as CSV files, its "
            "pictures, and all numbers as JSON.</p>")


def study(folder: Path, record: dict) -> str:
    """Return a study: its text, command, pictures and tables.

    Short tables come first, then the pictures, then long tables, folded.
    """
    tables = record["tables"].items()
    short = [each for each in tables if len(each[1]) <= MAX_OPEN_ROWS]
    long = [each for each in tables if len(each[1]) > MAX_OPEN_ROWS]
    return "\n".join([
        f"<p>{texts.INTRODUCTIONS[record['study']]}</p>",
        command(record["command"]),
        f"<p>{record['seconds']:.0f} seconds{stopped(record)}.</p>",
        *(f"<p>{escape(note)}</p>" for note in record["notes"]),
        *(study_table(*each) for each in short),
        *(figure((folder / name).read_bytes(), **each)
          for name, each in record["pictures"].items()),
        *(study_table(*each) for each in long)])


def stopped(record: dict) -> str:
    """Return a note on a study that was interrupted."""
    return "" if record["finished"] else ", stopped before its end"


def skipped(error: str) -> str:
    """Return the text of a study that does not work on these data."""
    return f"<p>Skipped: {escape(error)}.</p>"


def command(words: str) -> str:
    """Return a command to type."""
    return f'<pre tabindex="0"><code>{escape(words)}</code></pre>'


def study_table(name: str, rows: Rows) -> str:
    """Return a table with its meaning, folded if it is long."""
    text = f"<p>{escape(texts.TABLES[name])} <code>{escape(name)}.csv</code>"
    if len(rows) > MAX_ROWS:
        return f"{text} has the {len(rows):,} rows.</p>"
    if len(rows) <= MAX_OPEN_ROWS:
        return f"{text}</p>\n{table(rows, name)}"
    return (f"{text}</p>\n<details><summary>{len(rows)} rows</summary>\n"
            f"{table(rows, name)}</details>")


def table(rows: Rows, name: str = "") -> str:
    """Return rows as an HTML table that scrolls if it is wide."""
    if not rows:
        return f"<p>{escape(name)} has no rows.</p>"
    names = columns(rows)
    kinds = [' class="text"' if isinstance(rows[0].get(column), str) else ""
             for column in names]
    lines = [cells("th", names, kinds)] + [
        cells("td", [format_value(row.get(column, "")) for column in names],
              kinds) for row in rows]
    return (f'<div class="table" tabindex="0" role="region" '
            f'aria-label="table {escape(name)}"><table>\n'
            + "\n".join(lines) + "\n</table></div>")


def cells(tag: str, values: list[str], kinds: list[str]) -> str:
    """Return a row of a table."""
    return "<tr>" + "".join(f"<{tag}{kind}>{escape(text)}</{tag}>"
                            for text, kind in zip(values, kinds)) + "</tr>"


def figure(png: bytes, caption: str, alt: str) -> str:
    """Return a picture below its caption.

    caption: what the picture means
    alt: what is seen, for those who do not see it
    """
    return (f"<figure><figcaption>{escape(caption)}</figcaption>\n"
            f"{picture(compress(png), alt)}</figure>")


def compress(png: bytes) -> bytes:
    """Return a picture with a palette of few colours, if that is smaller."""
    from PIL import Image  # only pictures need it
    file = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        flat = Image.new("RGB", image.size, "white")
        flat.paste(image, mask=image.getchannel("A")
                   if image.mode == "RGBA" else None)
        flat.quantize(PALETTE_COLOURS, dither=Image.Dither.NONE).save(
            file, "png", optimize=True)
    return min(png, file.getvalue(), key=len)


def picture(png: bytes, alt: str, more: str = "") -> str:
    """Return an embedded picture."""
    data = base64.b64encode(png).decode()
    return (f'<img src="data:image/png;base64,{data}" alt="{escape(alt)}"'
            f"{more}>")


def animation(pictures: list[tuple[bytes, str]], caption: str) -> str:
    """Return pictures to play or step through; without scripts the last.

    pictures: pairs of PNG and description
    """
    last = len(pictures) - 1
    images = "\n".join(picture(png, alt, " hidden" if i < last else "")
                       for i, (png, alt) in enumerate(pictures))
    return f"""<figure id="steps">
<figcaption>{escape(caption)}</figcaption>
{images}
<p id="description" aria-live="polite">{escape(pictures[-1][1])}</p>
<p class="controls" hidden>
<button id="play" type="button">Play</button>
<button id="step" type="button">Step</button>
<input id="slider" type="range" min="0" max="{last}" value="{last}"
 aria-label="iteration">
</p></figure>"""


def png(pixels: np.ndarray) -> bytes:
    """Return a picture (height, width) uint8 as the bytes of a PNG file."""
    from PIL import Image  # only pictures need it
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png", optimize=True)
    return file.getvalue()

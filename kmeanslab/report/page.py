"""One HTML page of study results that needs no network and no other file.

Each study wrote a folder with a record, tables and pictures.  The pictures are
embedded in the page; `templates/report.html` has everything that does not
depend on the studies.

    sections  HTML texts, in order
    record    the record.json that `kmeanslab.cli.study_commands` writes
"""

import base64
from html import escape
import io
from pathlib import Path
from string import Template

import numpy as np

from kmeanslab.output import Rows, columns, format_value

TEMPLATE = Path(__file__).parent / "templates/report.html"
MAX_ROWS = 40            # of a table on the page; the file has all


def page(title: str, sections: list[str]) -> bytes:
    """Return the page."""
    template = Template(TEMPLATE.read_text(encoding="utf-8"))
    return template.substitute(title=escape(title),
                               body="\n".join(sections)).encode()


def opening(words: str, data: dict, versions: dict) -> str:
    """Return how to make the page again: command, data and versions."""
    known = ", ".join(f"{name} {number}" for name, number in versions.items()
                      if number)
    return (f"{command(words)}\n<p>{escape(data['name'])}, fingerprint "
            f"<code>{escape(data['fingerprint'])}</code>; {escape(known)}. "
            "Each command on this page writes its tables as CSV files, its "
            "pictures, and all numbers as JSON.</p>")


def study(folder: Path, record: dict, text: str) -> str:
    """Return a study: its question, command, tables and pictures."""
    return "\n".join([
        heading(record["study"], text), command(record["command"]),
        f"<p>{record['seconds']:.0f} seconds{stopped(record)}.</p>",
        *(study_table(name, rows) for name, rows in record["tables"].items()),
        *(figure((folder / name).read_bytes(), caption)
          for name, caption in record["pictures"].items())])


def stopped(record: dict) -> str:
    """Return a note on a study that was interrupted."""
    return "" if record["finished"] else ", stopped before its end"


def skipped(name: str, text: str, error: str) -> str:
    """Return a study that does not work on these data."""
    return f"{heading(name, text)}\n<p>Skipped: {escape(error)}.</p>"


def heading(name: str, text: str) -> str:
    """Return the heading of a section."""
    return (f'<h2 id="{escape(name)}">{escape(name.capitalize())}: '
            f"{escape(text)}</h2>")


def command(words: str) -> str:
    """Return a command to type."""
    return f"<pre><code>{escape(words)}</code></pre>"


def study_table(name: str, rows: Rows) -> str:
    """Return a table, or the name of its file if it is too long."""
    if len(rows) > MAX_ROWS:
        return f"<p>{len(rows)} rows are in {escape(name)}.csv.</p>"
    return table(rows, f"{name}.csv")


def table(rows: Rows, caption: str = "") -> str:
    """Return rows as an HTML table, numbers to the right."""
    if not rows:
        return f"<p>{escape(caption)} has no rows.</p>"
    names = columns(rows)
    kinds = [' class="text"' if isinstance(rows[0].get(name), str) else ""
             for name in names]
    lines = [cells("th", names, kinds)] + [
        cells("td", [format_value(row.get(name, "")) for name in names], kinds)
        for row in rows]
    head = f"<caption>{escape(caption)}</caption>\n" if caption else ""
    return (f'<div class="table"><table>\n{head}' + "\n".join(lines)
            + "\n</table></div>")


def cells(tag: str, texts: list[str], kinds: list[str]) -> str:
    """Return a row of a table."""
    return "<tr>" + "".join(f"<{tag}{kind}>{escape(text)}</{tag}>"
                            for text, kind in zip(texts, kinds)) + "</tr>"


def figure(png: bytes, caption: str) -> str:
    """Return a picture with its caption, which is its alt text too."""
    return (f"<figure>{picture(png, caption)}\n"
            f"<figcaption>{escape(caption)}</figcaption></figure>")


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
{images}
<p id="description" aria-live="polite">{escape(pictures[-1][1])}</p>
<p class="controls" hidden>
<button id="play" type="button">Play</button>
<button id="step" type="button">Step</button>
<input id="slider" type="range" min="0" max="{last}" value="{last}"
 aria-label="iteration">
</p>
<figcaption>{escape(caption)}</figcaption></figure>"""


def png(pixels: np.ndarray) -> bytes:
    """Return a picture (height, width) uint8 as the bytes of a PNG file."""
    from PIL import Image  # only pictures need it
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return file.getvalue()

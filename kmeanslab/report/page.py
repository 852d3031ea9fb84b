"""One page of HTML from what the studies wrote: no network, no other file.

Each study has left a folder with a record, tables and pictures; the pictures
go into the page as data.  `templates/report.html` has all that does not depend
on them.

    sections  HTML texts, in their order
    record    what `kmeanslab.cli.study_commands` wrote as record.json
"""

import base64
from html import escape
import io
from pathlib import Path
from string import Template

from kmeanslab.output import columns, short

TEMPLATE = Path(__file__).parent / "templates/report.html"
MOST_ROWS = 40           # of a table on the page; the file has all


def page(title, sections):
    """The whole page as bytes."""
    template = Template(TEMPLATE.read_text(encoding="utf-8"))
    return template.substitute(title=escape(title),
                               body="\n".join(sections)).encode()


def opening(words, data, versions):
    """How to make the page again, and of what."""
    known = ", ".join(f"{name} {number}" for name, number in versions.items()
                      if number)
    return (f"{command(words)}\n<p>{escape(data['name'])}, fingerprint "
            f"<code>{escape(data['fingerprint'])}</code>; {escape(known)}. "
            "Each command on this page writes its tables as CSV files, its "
            "pictures, and all numbers as JSON.</p>")


def study(folder, record, text):
    """A study: what it asks, how it is repeated, its tables and pictures."""
    return "\n".join([
        heading(record["study"], text), command(record["command"]),
        f"<p>{record['seconds']:.0f} seconds{stopped(record)}.</p>",
        *(shown(name, rows) for name, rows in record["tables"].items()),
        *(figure((folder / name).read_bytes(), caption)
          for name, caption in record["pictures"].items())])


def stopped(record):
    """A word on a study that did not come to its end."""
    return "" if record["finished"] else ", stopped before its end"


def refused(name, text, error):
    """A study that could not be made of these data."""
    return f"{heading(name, text)}\n<p>Left out: {escape(error)}.</p>"


def heading(name, text):
    """The head of a section."""
    return (f'<h2 id="{escape(name)}">{escape(name.capitalize())}: '
            f"{escape(text)}</h2>")


def command(words):
    """What to type."""
    return f"<pre><code>{escape(words)}</code></pre>"


def shown(name, rows):
    """A table, if it is not too long to be read."""
    if len(rows) > MOST_ROWS:
        return f"<p>{len(rows)} rows are in {escape(name)}.csv.</p>"
    return table(rows, f"{name}.csv")


def table(rows, caption=""):
    """Rows as an HTML table, numbers to the right."""
    if not rows:
        return f"<p>{escape(caption)} has no rows.</p>"
    names = columns(rows)
    kinds = [' class="text"' if isinstance(rows[0].get(name), str) else ""
             for name in names]
    lines = [cells("th", names, kinds)] + [
        cells("td", [short(row.get(name, "")) for name in names], kinds)
        for row in rows]
    head = f"<caption>{escape(caption)}</caption>\n" if caption else ""
    return (f'<div class="table"><table>\n{head}' + "\n".join(lines)
            + "\n</table></div>")


def cells(tag, texts, kinds):
    """A row of a table."""
    return "<tr>" + "".join(f"<{tag}{kind}>{escape(text)}</{tag}>"
                            for text, kind in zip(texts, kinds)) + "</tr>"


def figure(png, caption):
    """A picture with its caption, which is what it says to the blind too."""
    return (f"<figure>{picture(png, caption)}\n"
            f"<figcaption>{escape(caption)}</figcaption></figure>")


def picture(png, alt, more=""):
    """A picture within the page."""
    data = base64.b64encode(png).decode()
    return (f'<img src="data:image/png;base64,{data}" alt="{escape(alt)}"'
            f"{more}>")


def animation(pictures, caption):
    """Pictures to be played or stepped through; the last, where they cannot.

    pictures: pairs of PNG and words
    """
    last = len(pictures) - 1
    images = "\n".join(picture(png, alt, " hidden" if i < last else "")
                       for i, (png, alt) in enumerate(pictures))
    return f"""<figure id="steps">
{images}
<p id="said" aria-live="polite">{escape(pictures[-1][1])}</p>
<p class="controls" hidden>
<button id="play" type="button">Play</button>
<button id="step" type="button">Step</button>
<input id="slider" type="range" min="0" max="{last}" value="{last}"
 aria-label="iteration">
</p>
<figcaption>{escape(caption)}</figcaption></figure>"""


def png(pixels):
    """A picture (height, width) uint8 as a PNG file's bytes."""
    from PIL import Image  # only pictures need it
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return file.getvalue()

"""The handout as one HTML page that contains its pictures.

    python -m autograder.handout_page [--out HANDOUT.html]

Markdown is converted by the package `markdown`, which the extra `autograder`
installs.
"""
import argparse
import base64
import pathlib
import re
import sys

REPOSITORY = pathlib.Path(__file__).parent.parent
TYPES = {".png": "image/png", ".gif": "image/gif"}
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ max-width: 46rem; margin: 0 auto; padding: 1rem;
       font: 1.05rem/1.5 system-ui, sans-serif; color: #222;
       overflow-wrap: break-word; }}
img {{ max-width: 100%; height: auto; }}
pre, code {{ font-family: ui-monospace, monospace; font-size: 0.9rem;
            background: #f3f3f3; }}
pre {{ padding: 0.7rem; overflow-x: auto; }}
table {{ display: block; overflow-x: auto; border-collapse: collapse; }}
th, td {{ padding: 0.3rem 0.6rem; border: 1px solid #ccc;
         text-align: left; vertical-align: top; }}
blockquote {{ margin-left: 0; padding-left: 1rem;
             border-left: 4px solid #ccc; }}
@media (max-width: 30rem) {{ body {{ font-size: 0.95rem; }}
                            th, td {{ padding: 0.2rem 0.3rem; }} }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def make_page(text, pictures):
    """Return the HTML page of a handout.

    Arguments:
        text: the handout in Markdown; its first line is the title
        pictures: path, as in the handout -> bytes of the PNG or GIF
    Raises:
        KeyError: a picture is missing
    """
    import markdown
    body = markdown.markdown(
        # only doctest needs the empty line at the end of an example
        re.sub(r"(```python\n.*?\n)\n```", r"\1```", text, flags=re.S),
        extensions=["tables", "fenced_code", "sane_lists", "toc"],
        output_format="html")
    body = re.sub(r'(<img [^>]*?src=")([^"]+)"',
                  lambda match: f'{match[1]}{_inline(match[2], pictures)}"',
                  body)
    title = text.split("\n", 1)[0].lstrip("# ")
    return PAGE.format(title=title, body=body)


def _inline(path, pictures):
    """Return a data URL with a picture."""
    data = base64.b64encode(pictures[path]).decode()
    return f"data:{TYPES[pathlib.PurePath(path).suffix]};base64,{data}"


def find_pictures(text):
    """Return the paths of the pictures in a handout."""
    return re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)


def main(argv=None):
    """Write the page; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m autograder.handout_page",
        description="Write the handout as one HTML page with its pictures.")
    parser.add_argument("--out", type=pathlib.Path, default="HANDOUT.html")
    out = parser.parse_args(argv).out
    text = (REPOSITORY / "HANDOUT.md").read_text(encoding="utf-8")
    try:
        page = make_page(text, {path: (REPOSITORY / path).read_bytes()
                                for path in find_pictures(text)})
        out.write_text(page, encoding="utf-8")
    except ModuleNotFoundError:
        print("Error: markdown is missing: type `python -m pip install "
              "markdown`", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Error: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

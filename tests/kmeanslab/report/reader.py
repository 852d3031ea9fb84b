"""What is on a page of the report."""
from html.parser import HTMLParser
import re


class Reader(HTMLParser):
    """Collect what is on a page, and check that all tags are closed."""

    def __init__(self, html):
        super().__init__()
        self.found, self.open = [], []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in ("img", "meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag):
        """The attributes of all tags of a kind."""
        return [attributes for each, attributes in self.found if each == tag]


def shown(dom):
    """Which picture of the run is shown, and its description."""
    figure = dom[dom.index('<figure id="steps">'):]
    figure = figure[:figure.index("</figure>")]
    images = [attributes for tag, attributes in Reader(figure + "</figure>")
              .found if tag == "img"]
    visible = [i for i, image in enumerate(images) if "hidden" not in image]
    return visible, re.search('id="description"[^>]*>([^<]*)<', figure)[1]

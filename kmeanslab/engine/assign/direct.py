"""The assign step by definition: the formula, for every point and centre."""

from kmeanslab.engine.assign.blocks import Block


class Direct:
    """The method that is right by definition: every point, every centre."""

    def __init__(self, X, k):
        pass

    def begin(self, call):
        """What comes before the first iteration."""
        call("start")

    def centres(self, C, shifts):
        """What the blocks are told of the centres, which went this far."""
        return C

    def block(self, X, weights):
        """Some of the points."""
        return Block(X, weights)

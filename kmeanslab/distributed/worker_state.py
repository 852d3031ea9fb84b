"""What a worker knows of its partitions, and what it can be asked.

    part      where a partition's points are      age (kind, steps taken)
    past      messages that lead a new partition to where the others are
"""

from typing import NamedTuple

from kmeanslab.distributed.memory import Room


class Task(NamedTuple):
    """What partitions are asked."""
    make: object         # of points and their number: what answers
    age: tuple
    name: str
    args: tuple
    past: list | None    # None: say so if all was lost


class Shelf:
    """What a worker has of its partitions: their points, what is known."""

    def __init__(self):
        self.points, self.states = {}, {}

    def work(self, parts, task):
        """The answers to a task, one for each (number, part); or the error.

        So that errors raised mean that there was no contact.
        """
        try:
            return [self.answer(number, part, task) for number, part in parts]
        except Exception as error:
            return error

    def answer(self, number, part, task):
        """A partition's answer, or None if what was known is lost."""
        # off the shelf while it is worked on: half a step is a lost one
        age, state = self.states.pop(number, (None, None))
        if age != task.age:
            if task.past is None:
                return None
            state = self.anew(number, part, task)
            if state is None:
                return None
        answer = getattr(state, task.name)(*task.args)
        kind, steps = task.age
        self.states[number] = (kind, steps + (task.name == "step")), state
        Room(self.points[number]).make()
        return answer

    def anew(self, number, part, task):
        """A partition that is where the others are; None without points."""
        if self.points.get(number) is None:
            self.points[number] = part.load()
        if self.points[number] is None:
            return None
        state = task.make(self.points[number], number)
        for message in task.past:
            state.step(message)
        return state

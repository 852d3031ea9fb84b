"""The grader's answers to the questions of a child, see child/questions.py.

A question is untrusted: its size is limited, the functions limit the work
that they do for it, and whatever they raise is an answer, too.

functions   name -> a trusted function    {"mean_of_points": <function>}
"""
from ..child import codec

MAX_QUESTIONS = 20_000
MAX_TOTAL_BYTES = 64 * 1024 * 1024   # of all questions of one child


class TooManyQuestionsError(Exception):
    """A child that asks more than any honest submission would."""


class Answers:
    """The answers to one child.

    functions: name -> the trusted function that knows the answer
    """

    def __init__(self, functions):
        self.functions = functions
        self.questions = 0
        self.total_bytes = 0

    def answer(self, line):
        """Return the answer to a line, or None if it is not a question.

        Raises:
            TooManyQuestionsError: the child has asked too much
        """
        if not (self.functions and line.startswith(b'{"ask":')):
            return None
        self.questions += 1
        self.total_bytes += len(line)
        if (self.questions > MAX_QUESTIONS
                or self.total_bytes > MAX_TOTAL_BYTES):
            raise TooManyQuestionsError
        try:
            answer = {"value": codec.encode(self._call(codec.loads(line)))}
        except Exception as error:
            answer = {"error": type(error).__name__}
        return codec.dumps(answer) + b"\n"

    def _call(self, question):
        function = self.functions[question["ask"]]
        named = {key: codec.decode(value)
                 for key, value in question["named"].items()}
        return function(*codec.decode(question["args"]), **named)

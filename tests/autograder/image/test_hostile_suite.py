"""Every attack gets what honest code of its quality deserves."""
import pytest

from tests.autograder import hostile_attacks, hostile_suite
from tests.autograder.gradescope import needs_root

pytestmark = needs_root


@pytest.fixture(scope="module")
def arena(gradescope):
    """The sandbox and the files for all attacks."""
    with hostile_suite.open_arena(gradescope) as arena:
        yield arena


@pytest.mark.parametrize("attack", hostile_attacks.ATTACKS,
                         ids=lambda attack: f"{attack.number} {attack.title}")
def test_attack(arena, attack):
    """The score is deserved, nothing is shown, changed or left behind."""
    rows, seconds = arena.grade(attack)
    assert tuple(row.share for row in rows) == attack.expected
    assert arena.damage(rows) == []
    assert seconds < 30
    if attack.expected == hostile_attacks.WRONG:
        assert rows[hostile_suite.HIDDEN].text.startswith("Hint: ")

"""A Gradescope autograder that never trusts the code it grades."""

"""What a machine can see of the house: ``python -m tests.house`` prints it, the gates judge it."""

"""The person: parameters, posture, body shape."""

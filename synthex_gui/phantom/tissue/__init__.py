"""Organs, fat, vessels, lesions."""

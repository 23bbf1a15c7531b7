"""From the document to the views."""

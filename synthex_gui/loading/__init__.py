"""Files and scenes to arrays, and where a C-arm first stands."""

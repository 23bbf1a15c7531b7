"""What lies in the way: materials, HU maps, fields."""

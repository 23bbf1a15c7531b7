"""The imaging chain as data, made once for every machine."""

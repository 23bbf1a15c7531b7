"""The running program without widgets: document store, live radiograph, jobs, settings, log."""

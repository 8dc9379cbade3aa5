"""Things to run: a sample club and a demo that shows its badges."""

"""`python -m benchmarks`: measure, and write the page."""

from benchmarks.commands import app

if __name__ == "__main__":
    app()

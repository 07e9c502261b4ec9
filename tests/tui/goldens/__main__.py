"""Write the goldens anew: `python -m tests.tui.goldens`."""

from tests.tui.goldens.files import write_all

if __name__ == "__main__":
    print(f"{len(write_all())} screens")

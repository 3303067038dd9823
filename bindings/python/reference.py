"""Writes the reference of the Python package: `python bindings/python/reference.py FOLDER`. Warnings are errors."""

import functools
import pathlib
import sys
import warnings

import countersign
import pdoc


class Class(pdoc.doc.Class):
    """A class as a user knows it: with what it takes from bases that are not public, and without those."""

    @functools.cached_property
    def own_members(self):
        return [member for member in self.members.values() if is_ours(member.taken_from[0])]

    @functools.cached_property
    def bases(self):
        return [
            ("countersign", name, name) if is_ours(module) else (module, name, name)
            for module, name, _ in super().bases
            if not name.startswith("_")
        ]


def is_ours(module):
    return module.split(".")[0] == "countersign"


def main(folder):
    warnings.simplefilter("error", UserWarning)
    pdoc.doc.Class = Class
    pdoc.render.configure(docformat="markdown")
    pdoc.pdoc(countersign.__name__, output_directory=pathlib.Path(folder))


if __name__ == "__main__":
    main(sys.argv[1])

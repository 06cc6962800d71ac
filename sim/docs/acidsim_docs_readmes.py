"""The READMEs as pages: a tree of links to them, so that what they say of each other holds in the site, too."""

import re
from pathlib import Path

LINK = re.compile(r"\]\(([^)\s]+)\)")
FOLDERS = {"sim": "The simulator", "topologies": "Graphs", "experiments": "Experiments", "scripts": "Scripts", "tests": "Tests"}


class BrokenLink(Exception):
    pass


def markdown_files(root: Path) -> list[Path]:
    """Relative to root: those on top, and every README and further page of the folders; this site's own sources are no pages."""
    found = [Path("README.md"), Path("CHANGELOG.md")]
    for folder in FOLDERS:
        found += sorted(path.relative_to(root) for path in (root / folder).rglob("*.md"))
    return [path for path in found if not path.is_relative_to("sim/docs") or path.name == "README.md"]


def linked_files(root: Path, page: Path) -> list[Path]:
    """What a page links to in the tree, relative to root."""
    found = []
    for target in LINK.findall((root / page).read_text(encoding="utf-8")):
        if "://" in target or target.startswith("#"):
            continue
        path = (root / page.parent / target.split("#")[0]).resolve()
        if not path.exists():
            raise BrokenLink(f"{page}: links to {target}, which is not there")
        found.append(path.relative_to(root.resolve()))
    return found


def link(source: Path, place: Path) -> None:
    if place.is_symlink() and place.resolve() == source.resolve():
        return
    place.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(source)


def mirror(root: Path, site: Path) -> list[Path]:
    """Links every page, and what pages link to, into the site's sources; the pages."""
    pages = markdown_files(root)
    wanted = set(pages)
    for page in pages:
        wanted.update(linked_files(root, page))
    for path in sorted(wanted):
        link(root.resolve() / path, site / path)
    return pages


def toctree(pages: list[Path]) -> str:
    return "```{toctree}\n:maxdepth: 1\n" + "".join(f"/{page.with_suffix('')}\n" for page in pages) + "```\n"


def inside_page(pages: list[Path]) -> str:
    """All pages of folders, folder by folder."""
    text = "# Inside\nEach folder has a README: what lives there, what may not, how to add one.\n\n"
    for folder, title in FOLDERS.items():
        inside = sorted((page for page in pages if page.parts[0] == folder), key=lambda page: (page.name != "README.md", page.parent.parts))
        text += f"## {title}\n{toctree(inside)}\n"
    return text

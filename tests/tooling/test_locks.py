"""Lock files: everything pinned with its hash, and no registry or machine named."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMES_A_PLACE = re.compile(r"https?://|file:/|--(extra-)?index-url|--find-links|^/|\s/[a-z]+/", re.MULTILINE)


def locked() -> dict[str, str]:
    """Package (in its normal form) -> the rest of its entry in requirements.lock."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.findall(r"^([A-Za-z0-9._-]+)==(\S+ (?:.|\n)*?)(?=^\S|\Z)", text, re.MULTILINE)
    return {normal(name): rest for name, rest in entries}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_requirements_name_no_registry_and_no_machine() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")

    assert NAMES_A_PLACE.findall(text) == []


def test_every_requirement_has_a_hash() -> None:
    entries = locked()

    assert len(entries) > 50
    assert [name for name, rest in entries.items() if "--hash=sha256:" not in rest] == []


def test_every_dependency_of_the_project_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    wanted = {normal(re.split(r"[\[<>=!~ ;]", line, maxsplit=1)[0]) for group in groups for line in group}

    assert wanted - locked().keys() == set()


def test_the_node_lock_names_no_registry_and_hashes_everything() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))

    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry and not entry.get("link")] == []


def test_node_packages_are_pinned_exactly_as_locked() -> None:
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]

    wanted = package["dependencies"] | package["devDependencies"] | package["optionalDependencies"]

    assert {name: lock[f"node_modules/{name}"]["version"] for name in wanted} == wanted

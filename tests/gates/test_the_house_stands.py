"""What holds the house up: floors, sizes, names, and documents that cannot rot."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "tenure"
BIN = Path(sys.executable).parent
FILE_LINES_MAX, TEST_FILE_LINES_MAX, FUNCTION_LINES_MAX = 400, 600, 60


def python_files(folder):
    return [
        path
        for path in sorted(folder.rglob("*.py"))
        if not {"migrations", "node_modules"} & set(path.parts)
    ]


def functions(path):
    tree = ast.parse(path.read_text("utf-8"))
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def body_lines(function):
    """Lines of a function without its docstring."""
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is not None:
        text = function.body[0]
        lines -= text.end_lineno - text.lineno + 1
    return lines


def run(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_floor_imports_only_what_stands_below_it():
    result = run(BIN / "lint-imports", "--no-cache")

    assert result.returncode == 0, result.stdout


def test_ruff_finds_nothing():
    result = run(BIN / "ruff", "check", "--no-cache", ".")

    assert result.returncode == 0, result.stdout


def test_the_code_is_formatted():
    result = run(BIN / "ruff", "format", "--no-cache", "--check", ".")

    assert result.returncode == 0, result.stdout


def test_files_stay_readable_in_one_sitting():
    long = {
        str(path.relative_to(ROOT)): lines
        for folder, limit in ((SOURCE, FILE_LINES_MAX), (ROOT / "tests", TEST_FILE_LINES_MAX))
        for path in python_files(folder)
        if (lines := len(path.read_text("utf-8").splitlines())) > limit
    }

    assert long == {}


def test_functions_stay_on_one_screen():
    long = {
        f"{path.relative_to(ROOT)}:{function.name}": body_lines(function)
        for path in python_files(SOURCE)
        for function in functions(path)
        if body_lines(function) > FUNCTION_LINES_MAX
    }

    assert long == {}


def test_names_say_what_comes_back():
    banned_files = {"utils", "helpers", "common", "manager", "service", "misc"}
    banned_verbs = re.compile(r"^_?(get|process|handle|manage|do)_")
    # Django, click and the reader of HTML call these by name.
    expected_elsewhere = {
        "get_command", "process_exception", "handle_starttag", "handle_startendtag",
        "handle_endtag", "handle_data", "handle_comment",
    }  # fmt: skip

    found = [str(p.relative_to(ROOT)) for p in python_files(SOURCE) if p.stem in banned_files] + [
        f"{path.relative_to(ROOT)}:{function.name}"
        for path in python_files(SOURCE)
        for function in functions(path)
        if banned_verbs.match(function.name) and function.name not in expected_elsewhere
    ]

    assert found == []


def test_only_the_clock_asks_what_time_it_is():
    asking = re.compile(r"datetime\.(now|utcnow|today)\(|date\.today\(|timezone\.now\(")

    found = [
        str(path.relative_to(ROOT))
        for path in python_files(SOURCE)
        if path != SOURCE / "base" / "clock.py" and asking.search(path.read_text("utf-8"))
    ]

    assert found == []


def test_a_broad_except_is_rare():
    """Only who must go on, or must say that it failed and raise again, catches everything."""
    broad = re.compile(r"except (Base)?Exception\b|except:")
    allowed = {
        "app/cli.py",
        "app/worker.py",
        "collect/files/import_run.py",
        "lake/decoding.py",
        "lake/inbox.py",
        "offboard/http/leaving.py",
    }

    found = {
        str(path.relative_to(SOURCE))
        for path in python_files(SOURCE)
        if broad.search(path.read_text("utf-8"))
    }

    assert found <= allowed


def test_tests_patch_nothing():
    patches = re.compile(r"unittest\.mock|monkeypatch\.(setattr|setitem)|mocker\.")
    found = [
        str(path.relative_to(ROOT))
        for path in python_files(ROOT / "tests")
        if path != Path(__file__) and patches.search(path.read_text("utf-8"))
    ]

    assert found == []


def test_every_slice_says_what_it_answers():
    slices = [p.parent for p in SOURCE.glob("*/__init__.py")]

    assert [s.name for s in slices if not (s / "README.md").is_file()] == []


def test_public_functions_say_what_comes_back():
    """Every public function of the model floors has a docstring; the web and commands have their own."""
    missing = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for slice_name in ("base", "lake", "measure", "customers", "billing", "collect", "card")
        for path in python_files(SOURCE / slice_name)
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        and not node.decorator_list
        and ast.get_docstring(node) is None
        and body_lines(node) > 6
    ]

    assert missing == []


@pytest.mark.parametrize("word", ["TODO", "FIXME", "NotImplementedError"])
def test_nothing_is_left_for_later(word):
    found = [
        str(path.relative_to(ROOT)) for path in python_files(SOURCE) if word in path.read_text()
    ]

    assert found == []


def test_no_requirement_names_an_index():
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "requirements").iterdir()
        if re.search(r"https?://", path.read_text("utf-8"))
    ] + [
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("package-lock.json")
        if "node_modules" not in path.parts and '"resolved"' in path.read_text("utf-8")
    ]

    assert found == []


def test_every_requirement_is_pinned_with_a_hash():
    for name in ("run", "test"):
        lines = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8").splitlines()
        packages = [n for n, line in enumerate(lines) if re.match(r"^[a-z0-9]", line)]

        assert packages
        assert all("==" in lines[n] and "--hash" in lines[n + 1] for n in packages)

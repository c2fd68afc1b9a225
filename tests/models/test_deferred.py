"""Modules that are loaded at their first use."""

import subprocess
import sys

import pytest

from unisono.models.deferred import defer


def test_a_deferred_module_is_loaded_when_it_is_used(tmp_path, monkeypatch):
    (tmp_path / "late_module.py").write_text("import sys\nsys.loaded_late = True\nvalue = 7\n")
    monkeypatch.setattr(sys, "loaded_late", False, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    defer("late_module")
    import late_module

    assert not sys.loaded_late
    assert late_module.value == 7 and sys.loaded_late
    with pytest.raises(AttributeError, match="no attribute 'other'"):
        _ = late_module.other
    monkeypatch.delitem(sys.modules, "late_module")


def test_all_names_of_a_deferred_module_can_be_imported(tmp_path, monkeypatch):
    (tmp_path / "late_package").mkdir()
    (tmp_path / "late_package" / "__init__.py").write_text("from .inner import number\n")
    (tmp_path / "late_package" / "inner.py").write_text("number = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    for text in ("from late_package import *", "from late_package import number", "from late_package.inner import *"):
        defer("late_package")
        found = {}
        exec(text, found)
        assert found["number"] == 3
        for name in ("late_package", "late_package.inner"):
            sys.modules.pop(name, None)


def test_what_is_not_installed_stays_so():
    defer("no_such_module_anywhere")
    assert "no_such_module_anywhere" not in sys.modules


def test_what_captures_scripts_loads_no_plots_and_no_statistics():
    code = "import sys, unisono.models.pynn.script; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "pyNN.connectors" in loaded
    for name in ("matplotlib", "scipy.special", "scipy.stats", "elephant", "pandas"):
        assert name not in loaded

"""Tables: CSV and data frames have the same columns and rows, and pandas is optional."""

import sys

import pytest

from unisono.models.errors import PackageNotInstalled
from unisono.validation.tabular import Tabular


class Figures(Tabular):
    def _table(self):
        return ("name", "value"), [("rate", 2.5), ("CV", None)]


def test_csv_and_data_frame_have_the_same(tmp_path):
    text = Figures().to_csv(tmp_path / "t.csv")
    assert text == (tmp_path / "t.csv").read_text() == "name,value\nrate,2.5\nCV,\n"
    frame = Figures().to_dataframe()
    assert list(frame.columns) == ["name", "value"] and frame.value.isna().tolist() == [False, True]
    assert frame.value.dtype == float


def test_without_pandas_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(PackageNotInstalled, match="pip install pandas") as caught:
        Figures().to_dataframe()
    assert caught.value.__suppress_context__

"""The province that this installation serves: what no unit of it says itself. Its seed is `province.csv`, one row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from dagster_project.contracts.seeds import read_seed
from dagster_project.core.errors import UsageError


@dataclass(frozen=True)
class Province:
    """Describes the merged province in force.

    `code`: GSO's, which may be a former province's too. `centre_code`: the provincial centre in the seeds;
    `centre_office_code`: under which it reports, having none itself.
    """

    code: str
    name: str
    centre_code: str
    centre_office_code: str

    @property
    def title_vi(self) -> str:
        """Return the name as it is written in full."""
        return f"tỉnh {self.name}"

    def list_dbt_variables(self) -> dict[str, str]:
        """Return the variables of the dbt project that depend on the province: name → text."""
        return {"province_code": self.code, "province_name": self.title_vi, "provincial_centre": self.centre_code}


@cache
def load_province() -> Province:
    """Return the province of the seeds. Raises UsageError unless `province.csv` has exactly one row."""
    rows = read_seed("province")
    if len(rows) != 1:
        raise UsageError(f"province.csv phải có đúng một dòng, đang có {len(rows)}.")
    row = rows[0]
    return Province(row["province_code"], row["province_name"], row["centre_code"], row["centre_office_code"])

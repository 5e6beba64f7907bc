"""What a row says in one number: spelling aside, content and nothing but content."""

from __future__ import annotations

from datetime import datetime

import pytest

from dagster_project.ingest.normalise.content_hash import hash_content
from tests.support.kits.validate_kit import dossier, feed, raw_table, validate, validate_one


def hash_of(**cells: object) -> int:
    result = validate_one(**cells)
    assert result.quarantine.empty, result.quarantine
    return int(hash_content(result.rows, feed()).iloc[0])


@pytest.mark.parametrize(
    "cells",
    [
        {"procedure_name": "ĐĂNG KÝ  KHAI SINH", "sector": "hộ tịch"},
        {"procedure_name": None, "sector": "Lĩnh vực hộ tịch"},
        {"applicant_name": "Trần Văn Khác", "phone": "0987654321", "national_id": None},
        {"received_at": "2/7/2025", "due_at": "09/07/2025", "finished_at": "2025-07-04", "returned_at": 45842.0},
        {"received_at": datetime(2025, 7, 2, 16, 0)},
        {"dossier_id": "h62.52-25O702-0001 "},
        {"status_code": "trả kết quả", "channel": "TRỰC TUYẾN", "is_result_digitised": "1", "fee": "15.000"},
        {"unit": "xã Yên Lạc"},
        {"procedure_code": "1.012805.H62"},
    ],
)
def test_a_respelling_says_the_same(cells):
    assert hash_of(**cells) == hash_of()


@pytest.mark.parametrize(
    "cells",
    [
        {"status_code": "Đã xử lý xong"},
        {"unit": "UBND phường Vĩnh Yên"},
        {"due_at": "10/07/2025 17:00"},
        {"finished_at": None},
        {"received_at": "01/07/2025 08:30"},
        {"fee": None},
        {"fee": 15001.0},
        {"channel": "Trực tiếp"},
        {"is_result_digitised": None},
        {"is_result_digitised": "Không"},
        {"origin_dossier_id": "H62.52-250601-0009"},
        {"applicant_kind": "Doanh nghiệp"},
        {"procedure_code": "1.012806"},
    ],
)
def test_another_content_says_something_else(cells):
    assert hash_of(**cells) != hash_of()


@pytest.mark.parametrize(
    ("nought", "nothing"),
    [({"fee": 0.0}, {"fee": None}), ({"is_result_digitised": "Không"}, {"is_result_digitised": None})],
)
def test_nought_is_not_nothing(nought, nothing):
    assert hash_of(**nought) != hash_of(**nothing)


def test_what_a_row_says_does_not_depend_on_where_it_stands():
    alone = hash_content(validate(raw_table(dossier())).rows, feed())
    among = hash_content(
        validate(raw_table(dossier(fee=None), dossier(status_code=4.0)), raw_table(dossier())).rows, feed()
    )
    assert among.tolist()[-1] == alone.tolist()[0]
    assert among.nunique() == 3


def test_the_number_is_the_same_on_every_day_and_machine():
    """Numbers of earlier nights are compared with it: should this fail, the parsers' version must change with it."""
    assert hash_of() == 1860605581295354089


def test_one_table_or_several_say_the_same():
    rows = [dossier(), dossier(channel="Trực tiếp", unit="UBND phường Vĩnh Yên"), dossier(fee=None)]
    together = hash_content(validate(raw_table(*rows)).rows, feed())
    apart = hash_content(validate(*(raw_table(row) for row in rows)).rows, feed())
    assert together.tolist() == apart.tolist()

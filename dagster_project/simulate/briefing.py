"""This module holds the tasks of the Chairman's weekly briefing of 14 July 2025, as the registers have them.

The conclusion is dated 14/7/2025; its draft went to the departments on Friday 11/7/2025 and the register took the tasks
up with that date. So the page of 13/7 shows what lies ahead (18/7, 20/7, 25/7) and a run of 20/7 what was missed.
What was said is real; when each task was done afterwards is made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

ISSUED = date(2025, 7, 11)
NUMBER = "DT-TBKL/VP-UBND"
SIGNER = "Chủ tịch UBND tỉnh"
OFFICE, FINANCE, INTERIOR = "Văn phòng UBND tỉnh", "Sở Tài chính", "Sở Nội vụ"
LAND, BUILDING, SCIENCE = "Sở Nông nghiệp và Môi trường", "Sở Xây dựng", "Sở Khoa học và Công nghệ"


@dataclass(frozen=True)
class Task:
    """A task tells what is to be done, who leads, who helps, the deadline in words and as the last day in time, and
    when it was done.
    """

    task: str
    lead: str
    supporting: str | None = None
    due_text: str | None = None
    due_on: date | None = None
    done_on: date | None = None
    sector: str = "Chung"


@dataclass(frozen=True)
class Milestone:
    """A milestone belongs to a plan or organisation decision; `area` is pt, vp, hb or None for the whole province."""

    plan_no: str
    title: str
    kind: str
    area: str | None
    lead: str
    milestone: str
    due: date | None = None
    done: date | None = None


TASKS = (
    Task("Bảo đảm hệ thống thông tin giải quyết TTHC vận hành thông suốt theo mô hình hai cấp", OFFICE,
         "Sở Khoa học và Công nghệ", None, None, None, "Cải cách hành chính"),
    Task("Giải quyết dứt điểm hồ sơ TTHC tồn đọng, quá hạn", OFFICE, "Các sở, ngành; UBND các xã, phường",
         "trước ngày 20/7", date(2025, 7, 20), date(2025, 7, 29), "Cải cách hành chính"),
    Task("Hoàn thành hỗ trợ nhà ở cho người có công", INTERIOR, "UBND các xã, phường",
         "27/7/2025", date(2025, 7, 27), date(2025, 8, 4), "Nhà ở"),
    Task("Hoàn thành xóa nhà tạm, nhà dột nát trên địa bàn tỉnh", BUILDING, "UBND các xã, phường",
         "31/8/2025", date(2025, 8, 31), None, "Nhà ở"),
    Task("Rà soát, lập danh mục trang thiết bị còn thiếu của Trung tâm PVHCC tỉnh và 148 trung tâm cấp xã", SCIENCE,
         "UBND các xã, phường", "sớm", None, date(2025, 7, 24), "Cải cách hành chính"),
    Task("Bồi dưỡng kỹ năng số cho cán bộ, công chức cấp xã", INTERIOR, SCIENCE, None, None, None,
         "Chuyển đổi số"),
    Task("Phối hợp với VNPT, Viettel giữ ổn định đường truyền tới các trung tâm", SCIENCE, "VNPT, Viettel",
         None, None, None, "Chuyển đổi số"),
    Task("Hoàn thành cấp chữ ký số và tài khoản trực tuyến cho cán bộ", SCIENCE, None, "sớm", None,
         date(2025, 8, 12), "Chuyển đổi số"),
    Task("Tháo gỡ vướng mắc khi chuyển TTHC từ cấp huyện về cấp xã, trước hết là đất đai", LAND,
         "UBND các xã, phường", None, None, None, "Đất đai"),
    Task("Xây dựng đề án thành lập Trung tâm phát triển quỹ đất khu vực Hòa Bình", LAND, INTERIOR,
         "trước ngày 18/7", date(2025, 7, 18), date(2025, 7, 17), "Đất đai"),
    Task("Thẩm định đề án thành lập Trung tâm phát triển quỹ đất khu vực Hòa Bình", INTERIOR, LAND,
         "trước ngày 18/7", date(2025, 7, 18), date(2025, 7, 23), "Đất đai"),
    Task("Báo cáo tình hình lập các quy hoạch phân khu", FINANCE, BUILDING,
         "trước ngày 25/7", date(2025, 7, 25), date(2025, 7, 25), "Quy hoạch"),
    Task("Báo cáo việc điều chỉnh cục bộ quy hoạch chung đô thị Vĩnh Phúc", FINANCE, BUILDING,
         "trước ngày 25/7", date(2025, 7, 25), date(2025, 8, 6), "Quy hoạch"),
    Task("Tham mưu thành lập Trung tâm xúc tiến đầu tư", FINANCE, INTERIOR, None, None, None, "Đầu tư"),
    Task("Trình ban hành quyết định về các đơn vị thuộc sở, ngành", INTERIOR, None, "sớm", None,
         date(2025, 7, 30), "Tổ chức bộ máy"),
    Task("Xây dựng quy định về quản lý quy hoạch, kiến trúc", BUILDING, None, None, None, None, "Quy hoạch"),
    Task("Hướng dẫn cung ứng dịch vụ sự nghiệp công theo mô hình hai cấp", INTERIOR, FINANCE, None, None, None,
         "Tổ chức bộ máy"),
    Task("Xây dựng kế hoạch thực hiện kết luận của Tổng Bí thư", OFFICE, None, None, None, None, "Chung"),
)  # fmt: skip
LAND_FUND = ("ĐA-2025/01", "Đề án thành lập Trung tâm phát triển quỹ đất khu vực Hòa Bình", "de_an_to_chuc", "hb")
MILESTONES = (
    Milestone(*LAND_FUND, LAND, "Xây dựng đề án", date(2025, 7, 18), date(2025, 7, 17)),
    Milestone(*LAND_FUND, INTERIOR, "Thẩm định đề án", date(2025, 7, 18), date(2025, 7, 23)),
    Milestone(*LAND_FUND, INTERIOR, "Quyết định thành lập"),
    Milestone("QH-2025/01", "Các quy hoạch phân khu", "quy_hoach_phan_khu", None, FINANCE, "Báo cáo UBND tỉnh",
              date(2025, 7, 25), date(2025, 7, 25)),
    Milestone("QH-2025/02", "Điều chỉnh cục bộ quy hoạch chung đô thị Vĩnh Phúc", "dieu_chinh_quy_hoach_chung", "vp",
              FINANCE, "Báo cáo UBND tỉnh", date(2025, 7, 25), date(2025, 8, 6)),
    Milestone("ĐA-2025/02", "Đề án thành lập Trung tâm xúc tiến đầu tư", "de_an_to_chuc", None, FINANCE, "Trình đề án"),
    Milestone("ĐA-2025/03", "Quyết định về các đơn vị thuộc sở, ngành", "de_an_to_chuc", None, INTERIOR,
              "Trình quyết định", None, date(2025, 7, 30)),
    Milestone("QĐ-2025/01", "Quy định về quản lý quy hoạch, kiến trúc", "quy_dinh", None, BUILDING, "Trình dự thảo"),
)  # fmt: skip

"""This module says what the brief says, in words and cells: sections 1–6 of the leader page in short, and proposals by
rule.

It is pure: from one reading of the published file to texts; `render.py` sets them in type.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from dagster_project.contracts.province import load_province
from dagster_project.extracts.reading.cards import Card, choose_sign
from dagster_project.extracts.reading.conclusion import Conclusion
from dagster_project.extracts.reading.directives import SHOWN, Task
from dagster_project.extracts.reading.headline import Headline
from dagster_project.extracts.reading.missing import MissingData
from dagster_project.extracts.reading.parts import tell_beside
from dagster_project.extracts.reading.reading import Reading
from dagster_project.extracts.reading.standings import FormerProvince, Standing
from dagster_project.extracts.words import JUDGED_VI, RATING_VI, format_date, format_figure, lower_first, name_domain

Content = dict[str, Any]


def collect_content(read: Reading) -> Content:
    """Return everything that is typeset: texts, and tables as lists of cells; nothing of it needs the database
    again.
    """
    return {
        "head": _write_head(read),
        "conclusion": _write_conclusion(read.said),
        "kpis": [_write_kpi(read, card) for card in read.cards],
        "provinces": [row.name for row in read.provinces],
        "looks": _count_looks(read),
        "standing": [_write_standing(row) for row in read.provinces],
        "tasks": None if read.tasks is None else [_write_task(task) for task in read.tasks[:SHOWN]],
        "tasks_day": read.said.register_day and format_date(read.said.register_day),
        "tasks_more": max(0, len(read.tasks or ()) - SHOWN),
        "lacking": _write_lacking(read.lacking),
        "proposals": _propose(read),
    }


def format_long_date(day: date) -> str:
    """Return a date as 'ngày 14 tháng 7 năm 2025': days below 10 and the months 1 and 2 take a 0 (Decree 30/2020, annex
    I).
    """
    return f"ngày {day.day:02} tháng {day.month if day.month > 2 else f'0{day.month}'} năm {day.year}"


def _write_head(read: Reading) -> Content:
    province = load_province()
    return {
        "agency": f"UBND {province.title_vi}".upper(),
        "place": province.name,
        "date": format_long_date(read.briefing),
        "day": format_date(read.briefing),
        "results": read.results.isocalendar().week,
        "tasks": read.briefing.isocalendar().week,
        "as_of": format_date(read.facts.as_of),
        "is_running": read.facts.as_of.weekday() != 6,
        "complete": f"{read.complete}/{len(read.rows)}",
        "version": read.version,
        "is_proposal": any(row.is_proposal for row in read.facts.measured),
    }


def _join_numbers(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in numbers)


def _write_conclusion(said: Conclusion) -> list[list[str]]:
    """Return (lead, text) of the three lines, as on the leader page."""
    counts = [
        f"{len(said.by_rating[rating])} {told}"
        + (f" (số {_join_numbers(said.by_rating[rating])})" if said.by_rating[rating] and rating != "met" else "")
        for rating, told in JUDGED_VI.items()
    ]
    whole = f"trong {said.judged} chỉ tiêu đã đến lúc đánh giá: {'; '.join(counts)}."
    if not said.judged:
        whole = "chưa có chỉ tiêu nào có số liệu để đánh giá."
    if said.too_early:
        whole += f" {len(said.too_early)} chưa đến lúc kết luận (số {_join_numbers(said.too_early)})."
    where = _write_overdue(said)
    if said.tells_communes:
        by_province = ", ".join(f"{row.name} {row.red}/{row.communes}" for row in said.provinces)
        where = f"{said.red_communes}/{said.communes} xã, phường có chỉ tiêu không đạt ({by_province}). {where}"
    whole_lacks = [f"{lower_first(name)} (số {_join_numbers(numbers)})" for name, numbers in said.lacking]
    parts = [f"toàn tỉnh: {'; '.join(whole_lacks)}"] if whole_lacks else []
    parts += [f"riêng {name} (cũ): số {_join_numbers(numbers)}" for name, numbers in said.lacking_in]
    if said.not_held:
        parts.append(f"chưa có trong kho: {'; '.join(lower_first(name) for name in said.not_held)}")
    lacking = f"{'. '.join(part[:1].upper() + part[1:] if at else part for at, part in enumerate(parts))}."
    return [
        ["Toàn tỉnh:", whole],
        ["Nơi chưa đạt:", where],
        ["Chưa kết luận được vì thiếu dữ liệu, không tính là đạt:",
         lacking if parts else f"không có{'; mọi chỉ tiêu đều đủ số liệu' if said.is_complete else ''}."],
    ]  # fmt: skip


def _write_overdue(said: Conclusion) -> str:
    if said.overdue is None:
        return "Nhiệm vụ quá hạn: chưa kết luận được, sổ theo dõi nhiệm vụ chưa có trong kho dữ liệu."
    by = "" if said.register_day is None else f"Theo số liệu đến {format_date(said.register_day)}: "
    if not said.overdue:
        return f"{by}{'không' if by else 'Không'} có nhiệm vụ nào quá hạn."
    longest = said.overdue[0]
    return f"{by}{len(said.overdue)} nhiệm vụ quá hạn, lâu nhất: {longest.task} ({longest.lead}, {longest.says})."


def _write_cell(figure: Headline | None, part: str | None) -> Content:
    """Return a figure with its rating: the shape is seen and the word read aloud; what is missing says so.

    `part`: the figure of a part that is not judged; it has no rating.
    """
    if figure is None:
        return {"sign": "", "word": "không lập" if part is None else "không xếp loại", "text": part or "–"}
    text = format_figure(figure.value, figure.unit)
    if figure.value is None:
        text = "thiếu" if figure.is_missing else "–"
    return {"sign": choose_sign(figure.rating), "word": RATING_VI[figure.rating], "text": text}


def _write_kpi(read: Reading, card: Card) -> Content:
    headline, at = card.headline, card.number - 1
    return {
        "number": card.number,
        "id": card.definition.kpi_id,
        "domain": name_domain(card.definition.domain),
        "title": card.definition.title_vi,
        "value": format_figure(headline.value, card.definition.unit)
        if headline and headline.value is not None
        else "–",
        "target": format_figure(headline.target, card.definition.unit)
        if headline and headline.target is not None
        else "–",
        "rating": card.rating,
        "sign": choose_sign(card.rating),
        "word": card.word,
        "note": card.note,
        "change": card.change[1] if card.change else "–",
        "provinces": [_write_cell(row.figures[at], row.parts[at]) for row in read.provinces],
        "beside": list(tell_beside(read.facts, card.definition)),
    }


def _count_looks(read: Reading) -> Content:
    """Count the communes of each former province by how they look on the map; the columns add up to all of them.

    Where every commune misses something the looks say nothing, and only all and those that lack data are told.
    """
    own = {row.name: [at for at in read.rows if at.commune.province_code == row.code] for row in read.provinces}
    heads = ["Đạt", "Có chỉ tiêu nguy cơ", "Có chỉ tiêu không đạt", "Chưa xếp loại được", "Cộng"]
    first = 0 if read.said.tells_communes else len(heads) - 1
    return {
        "heads": [*heads, "Trong đó có thiếu dữ liệu"][first:],
        "rows": [[name, *_count_looks_of(rows)[first:]] for name, rows in (own | {"Toàn tỉnh": read.rows}).items()],
    }


def _count_looks_of(rows: Sequence[Standing]) -> list[int]:
    """Return how many are met, at risk, missed, without a rating (missing, or nothing owed); all; those with gaps."""
    looks = Counter(row.look for row in rows)
    told = [looks[look] for look in ("met", "at_risk", "missed")]
    return [*told, len(rows) - sum(told), len(rows), sum(1 for row in rows if row.missing)]


def _write_standing(row: FormerProvince) -> list[Any]:
    return [f"{row.name} (cũ)", *(row.counts[rating] for rating in JUDGED_VI)]


def _write_task(task: Task) -> list[Any]:
    return [task.document, task.task, task.lead, task.due_vi, task.says, task.is_overdue]


def _write_lacking(lacking: MissingData) -> Content:
    held = [row for row in lacking.domains if row.is_held and row.complete < row.all]
    return {
        "domains": [f"{row.title} {row.complete}/{row.all}" for row in held],
        "absent": [lower_first(row.title) for row in lacking.domains if not row.is_held],
        "supplies": [[row.feed, row.what, format_date(row.since), row.who] for row in lacking.supplies],
    }


def _propose(read: Reading) -> list[list[str]]:
    """Return (who, what), by rule: overdue tasks to their lead agencies, data to who owes them."""
    week = read.briefing.isocalendar().week
    found = []
    by_lead: dict[str, list[str]] = {}
    for task in read.said.overdue or ():
        by_lead.setdefault(task.lead, []).append(task.document)
    if by_lead:
        ranked = sorted(by_lead.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        listed = "; ".join(f"{lead} ({', '.join(documents)})" for lead, documents in ranked)
        day = read.said.register_day
        by = "" if day is None else f" (theo số liệu đến {format_date(day)})"
        found.append(["Cơ quan chủ trì nhiệm vụ quá hạn", f"hoàn thành trong tuần {week}{by}: {listed}."])
    by_owner: dict[str, list[str]] = {}
    for row in read.lacking.supplies:
        by_owner.setdefault(row.who, []).append(lower_first(row.feed))
    if by_owner:
        owed = "; ".join(
            f"{'đơn vị cung cấp' if owner == '-' else owner} ({', '.join(dict.fromkeys(feeds))})"
            for owner, feeds in by_owner.items()
        )
        found.append(["Cơ quan còn nợ số liệu", f"gửi đủ trong tuần {week} phần thiếu nêu ở mục 6: {owed}."])
    return found

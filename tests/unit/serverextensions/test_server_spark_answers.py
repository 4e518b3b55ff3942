"""What is made of a driver's answers; those in `spark_answers` were given by Spark 4.3."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lodge_server.spark.executors import executors, queue
from lodge_server.spark.jobs import comparable, job, pending, skew, stage
from lodge_server.spark.numbers import when
from lodge_server.spark.queries import MAX_PLAN, query
from lodge_server.spark.storage import cached, level_name, mark, shuffle

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)


def recorded(name: str) -> Any:
    return json.loads((Path(__file__).parent / "spark_answers" / f"{name}.json").read_text())


@pytest.mark.parametrize(
    ("description", "name"),
    [
        ("Disk Memory Deserialized 1x Replicated", "MEMORY_AND_DISK"),
        ("Disk Memory Deserialized 2x Replicated", "MEMORY_AND_DISK_2"),
        ("Disk Memory Serialized 1x Replicated", "MEMORY_AND_DISK_SER"),
        ("Disk Memory Serialized 2x Replicated", "MEMORY_AND_DISK_SER_2"),
        ("Memory Deserialized 1x Replicated", "MEMORY_ONLY"),
        ("Memory Deserialized 2x Replicated", "MEMORY_ONLY_2"),
        ("Memory Serialized 1x Replicated", "MEMORY_ONLY_SER"),
        ("Memory Serialized 2x Replicated", "MEMORY_ONLY_SER_2"),
        ("Disk Serialized 1x Replicated", "DISK_ONLY"),
        ("Disk Serialized 3x Replicated", "DISK_ONLY_3"),
        ("Disk Memory (off heap) Serialized 1x Replicated", "OFF_HEAP"),
        ("Serialized 1x Replicated", "NONE"),
        ("", "NONE"),
    ],
)
def test_a_level_has_its_documented_name(description: str, name: str) -> None:
    assert level_name(description) == name


def test_executors_are_listed_and_summed() -> None:
    found = executors(recorded("executors"))
    assert (found["total"], found["cores"], found["tasks_failed"]) == (1, 2, 0)
    assert found["memory_used"] == 151177147
    (only,) = found["items"]
    assert (only["id"], only["driver"], only["host"]) == ("driver", True, "127.0.0.1:46733")
    assert only["shuffle_written"] == 840263


def test_a_driver_that_runs_no_tasks_is_not_counted() -> None:
    driver = recorded("executors")[0] | {"totalCores": 0}
    worker = driver | {"id": "1", "totalCores": 4, "memoryUsed": 5, "maxMemory": 10}
    found = executors([driver, worker])
    assert (found["total"], found["cores"], found["memory_total"]) == (1, 4, 10)
    assert len(found["items"]) == 2


def test_many_executors_are_bounded_and_the_sums_are_not() -> None:
    one = recorded("executors")[0]
    found = executors(one | {"id": str(number)} for number in range(150))
    assert (len(found["items"]), found["total"], found["cores"]) == (100, 150, 300)


def test_only_yarn_has_queues() -> None:
    told = {"sparkProperties": [["spark.yarn.queue", "etl"]]}
    assert queue("yarn", told) == "etl"
    assert queue("yarn", {"sparkProperties": []}) == "default"
    assert queue("local[2]", told) is None


def test_a_job_has_its_tasks_and_its_time() -> None:
    found = job(next(one for one in recorded("jobs") if one["jobId"] == 3), NOW)
    assert found["name"] == "count at flights.py:18"
    assert (found["tasks"]["total"], found["tasks"]["done"]) == (8, 8)
    assert sum(found["tasks"].values()) == 16
    assert found["seconds"] == pytest.approx(3.81)
    assert found["submitted"] == "2026-11-21T03:51:28.987Z"


def test_a_running_job_has_taken_the_time_until_now() -> None:
    answer = {"jobId": 1, "status": "RUNNING", "submissionTime": "2026-11-21T03:59:30.000GMT"}
    assert job(answer, NOW)["seconds"] == 30
    assert job({"jobId": 1}, NOW)["seconds"] is None


def test_no_time_is_none() -> None:
    assert when("1969-12-31T23:59:59.999GMT") is None
    assert when(None) is None


def test_a_skewed_stage_is_marked() -> None:
    answer = recorded("stage_skewed")[0]
    assert comparable(answer)
    found = stage(answer, skew(recorded("tasks_skewed")), NOW)["skew"]
    assert found["marked"]
    assert (found["median"], found["slowest"]) == (0.218, 3.096)
    assert found["message"].startswith("The slowest task took 3.1 s, 14 times the median of 0.2 s")


def test_an_even_stage_is_not_marked() -> None:
    found = skew(recorded("tasks_even"))
    assert found is not None
    assert not found["marked"]
    assert found["message"] is None


def test_milliseconds_are_no_skew() -> None:
    found = skew({"duration": [2.0, 40.0]})
    assert found is not None
    assert not found["marked"]


def test_the_task_that_all_wait_for_is_the_slowest() -> None:
    found = skew({"duration": [200.0, 210.0]}, {"duration": 9000})
    assert found is not None
    assert found["marked"]
    assert found["slowest"] == 9


def test_no_times_no_skew() -> None:
    assert skew({}) is None


def test_a_stage_has_its_shuffle_and_spill() -> None:
    answer = recorded("stage_shuffled")[0] | {"diskBytesSpilled": 7, "memoryBytesSpilled": 70}
    found = stage(answer, None, NOW)
    assert found["shuffle_written"] > 0
    assert found["input"] == 903984
    assert (found["spill_disk"], found["spill_memory"]) == (7, 70)
    assert found["tasks"]["done"] == 4


def test_a_failure_is_its_first_line() -> None:
    answer = recorded("stage_skipped")[0] | {"failureReason": "\nNo space left\n\tat java.io\n"}
    assert stage(answer, None, NOW)["failure"] == "No space left"


def test_a_stage_that_spark_dropped_is_still_listed() -> None:
    assert (pending(4)["id"], pending(4)["status"], pending(4)["seconds"]) == (4, "PENDING", None)


def test_what_is_cached_is_told_block_by_block() -> None:
    rows = {one["id"]: cached(one, {"127.0.0.1:46733": "driver"}) for one in recorded("storage")}
    table = rows[7]
    assert (table["level"], table["fraction"], table["mark"]) == ("MEMORY_AND_DISK", 1.0, None)
    assert [block["name"] for block in table["blocks"]] == [f"rdd_7_{n}" for n in range(4)]
    assert table["blocks"][0]["executors"] == ["driver"]
    assert table["executors"] == [
        {"executor": "driver", "host": "127.0.0.1:46733", "memory": 903984, "disk": 0}
    ]


def test_what_is_partly_cached_is_marked_with_the_reason() -> None:
    big = next(one for one in recorded("storage") if one["name"] == "big rows")
    found = cached(big, {})
    assert found["fraction"] == pytest.approx(5 / 12, abs=1e-3)
    assert found["mark"]["reason"] == "partial"
    assert found["mark"]["message"].startswith("7 of 12 partitions are not cached")
    assert "nothing on disk" in found["mark"]["message"]


def test_what_was_evicted_is_marked_as_such() -> None:
    told = mark("MEMORY_ONLY", 0, 3)
    assert told is not None
    assert told["reason"] == "evicted"


def test_blocks_are_in_the_order_of_partitions_and_bounded() -> None:
    block = recorded("storage")[0]["partitions"][0]
    many = [block | {"blockName": f"rdd_7_{number}"} for number in reversed(range(300))]
    found = cached(recorded("storage")[0] | {"partitions": many}, {})
    assert [one["name"] for one in found["blocks"][:11]][-1] == "rdd_7_10"
    assert (len(found["blocks"]), found["blocks_total"]) == (200, 300)


def test_shuffle_data_is_told_by_executor() -> None:
    rows = executors(recorded("executors"))["items"]
    assert shuffle(rows) == [
        {"executor": "driver", "host": "127.0.0.1:46733", "written": 840263, "read": 840263}
    ]
    assert shuffle([rows[0] | {"shuffle_written": 0, "shuffle_read": 0}]) == []


def test_a_query_has_its_plan() -> None:
    found = query(recorded("sql")[0], NOW)
    assert found["plan"].startswith("== Physical Plan ==")
    assert (found["status"], found["seconds"], found["plan_cut"]) == ("COMPLETED", 10.259, False)
    assert found["jobs"]["succeeded"] == [0]


def test_a_query_that_failed_says_why_in_a_line() -> None:
    answer = recorded("sql")[0] | {"status": "FAILED", "errorMessage": "[DIVIDE_BY_ZERO] no\n at"}
    assert query(answer, NOW)["error"] == "[DIVIDE_BY_ZERO] no"


def test_an_endless_plan_is_cut() -> None:
    found = query(recorded("sql")[0] | {"planDescription": "x" * 100_000}, NOW)
    assert (len(found["plan"]), found["plan_cut"]) == (MAX_PLAN, True)

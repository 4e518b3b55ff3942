"""Plans as chains of steps, storage levels by their names, and the picture."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from lodge_magics.errors import SparkError
from lodge_magics.spark.lineage import Step, parse_plan
from lodge_magics.spark.lineage_picture import lineage_svg, lineage_text
from lodge_magics.spark.storage import level_name

PLAN = """\
AdaptiveSparkPlan isFinalPlan=false
+- Project [k#1L, count#71L, z#70L]
   +- BroadcastHashJoin [k#1L], [k#69L], Inner, BuildRight, false, false
      :- HashAggregate(keys=[k#1L], functions=[count(1)], output=[k#1L, count#71L])
      :  +- Exchange hashpartitioning(k#1L, 2), ENSURE_REQUIREMENTS, [plan_id=88]
      :     +- InMemoryTableScan [k#1L], [isnotnull(k#1L)]
      :           +- InMemoryRelation [id#0L, k#1L], StorageLevel(disk, memory, deserialized, 1 replicas)
      :                 +- *(1) Project [id#0L, (id#0L % 7) AS k#1L]
      :                    +- *(1) Range (0, 1000, step=1, splits=2)
      +- BroadcastExchange HashedRelationBroadcastMode(List(input[0, bigint, false]),false)
         +- FileScan parquet default.flights[k#69L] Batched: true
"""  # noqa: E501
FINAL = """\
AdaptiveSparkPlan isFinalPlan=true
+- == Final Plan ==
   ResultQueryStage 1
   +- *(2) HashAggregate(keys=[], functions=[count(1)])
      +- ShuffleQueryStage 0
         +- Exchange SinglePartition, ENSURE_REQUIREMENTS, [plan_id=14]
            +- *(1) Range (0, 10, step=1, splits=2)
+- == Initial Plan ==
   HashAggregate(keys=[], functions=[count(1)])
   +- Other
"""


def names(step: Step) -> list[str]:
    return [one.name for one in step.walk()]


def test_a_plan_is_a_chain_with_its_branches_cuts_and_caches() -> None:
    root = parse_plan(PLAN)
    assert names(root) == [
        "Project",
        "BroadcastHashJoin",
        "HashAggregate",
        "Exchange",
        "InMemoryTableScan",
        "InMemoryRelation",
        "Project",
        "Range",
        "BroadcastExchange",
        "FileScan parquet",
    ]
    join = root.sources[0]
    assert [source.name for source in join.sources] == ["HashAggregate", "BroadcastExchange"]
    assert [step.name for step in root.walk() if step.cut] == ["Exchange"]
    assert [step.cached for step in root.walk() if step.cached] == ["MEMORY_AND_DISK"]


def test_of_an_adaptive_plan_that_ran_the_final_one_counts() -> None:
    assert names(parse_plan(FINAL)) == ["HashAggregate", "Exchange", "Range"]


def test_no_plan_is_one_sentence() -> None:
    with pytest.raises(SparkError, match="no plan"):
        parse_plan("")


def test_the_text_shows_what_is_cached_and_where_stages_end() -> None:
    text = lineage_text(parse_plan(PLAN))
    assert "[cached: MEMORY_AND_DISK]" in text
    assert text.count("stage ends here") == 1


def test_the_picture_is_well_formed_whatever_a_step_is_called() -> None:
    root = Step(
        "a<b & 'c'", 'x"y', sources=[Step("]]>"), Step("名字", cached="DISK_ONLY")], cut=True
    )
    tree = ET.fromstring(lineage_svg(root, "Lineage of <x>"))
    texts = [node.text or "" for node in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert "a<b & 'c'" in texts
    assert "cached: DISK_ONLY" in texts
    assert texts.count("shuffle: a stage ends") == 2
    assert not list(tree.iter("{http://www.w3.org/2000/svg}script"))


@pytest.mark.parametrize(
    ("description", "name"),
    [
        ("Memory Deserialized 1x Replicated", "MEMORY_ONLY"),
        ("Disk Memory Deserialized 1x Replicated", "MEMORY_AND_DISK"),
        ("Disk Serialized 1x Replicated", "DISK_ONLY"),
        ("Memory Serialized 1x Replicated", "MEMORY_ONLY_SER"),
        ("Disk Memory Serialized 2x Replicated", "MEMORY_AND_DISK_SER_2"),
        ("Disk Memory Deserialized 2x Replicated", "MEMORY_AND_DISK_2"),
        ("Disk Serialized 3x Replicated", "DISK_ONLY_3"),
        ("Disk Memory (off heap) Serialized 1x Replicated", "OFF_HEAP"),
    ],
)
def test_levels_have_the_names_of_sparks_documents(description: str, name: str) -> None:
    assert level_name(description) == name

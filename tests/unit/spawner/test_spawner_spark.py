"""Spark's properties file, as Java's Properties.load reads it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_spawner import SparkSettings
from lodge_spawner.spark import (
    hive_properties,
    properties_text,
    quick_start,
    quick_start_properties,
    spark_environment,
    ui_properties,
)


def java_load(text: str) -> dict[str, str]:
    """Read one property a line, by the rules of java.util.Properties.load."""
    found = {}
    for line in text.split("\n"):
        if not line:
            continue
        name, index = "", 0
        while line[index] not in "=: ":
            if line[index] == "\\":
                index += 1
            name += line[index]
            index += 1
        rest, value, index = line[index + 1 :].lstrip(" \t\f"), "", 0
        while index < len(rest):
            if rest[index] == "\\":
                index += 1
                value += {"n": "\n", "r": "\r", "t": "\t"}.get(rest[index], rest[index])
            else:
                value += rest[index]
            index += 1
        found[name] = value
    return found


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-zA-Z0-9.:= -]{0,20}", fullmatch=True),
        st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"]), max_size=30)
        | st.sampled_from(["a\nb", "C:\\temp", " leading", "-Dx=y -Dz", "a\rb"]),
    )
)
def test_what_is_written_is_what_java_reads(properties: dict[str, str]) -> None:
    assert java_load(properties_text(properties)) == properties


def test_a_name_that_java_would_take_for_a_comment_is_refused() -> None:
    with pytest.raises(ValueError, match="no name of a Spark property"):
        properties_text({"#spark.master": "x"})


def test_hive_tables_are_those_of_the_metastore() -> None:
    assert hive_properties("thrift://h:9083", "file:/w") == {
        "spark.sql.catalogImplementation": "hive",
        "spark.hadoop.hive.metastore.uris": "thrift://h:9083",
        "spark.sql.warehouse.dir": "file:/w",
    }


def test_a_driver_names_the_archive_only_where_there_is_one(tmp_path: Path) -> None:
    archive = tmp_path / "spark-classes.jsa"
    assert quick_start_properties(archive) == {}
    archive.touch()
    options = quick_start_properties(archive)["spark.driver.defaultJavaOptions"]
    assert f"-XX:SharedArchiveFile={archive}" in options.split()


def test_executors_are_told_of_the_archive_in_words_that_every_java_takes(tmp_path: Path) -> None:
    made = quick_start(f"{tmp_path}/spark-classes.jsa")["spark.executor.defaultJavaOptions"]
    assert all(option.startswith("-XX:") for option in made.split())
    assert f"-XX:SharedArchiveFile={tmp_path}/spark-classes.jsa" in made.split()


def test_each_ui_has_a_key_of_its_own_and_one_that_cannot_be_guarded_is_off(tmp_path: Path) -> None:
    (tmp_path / "jars").mkdir()
    assert ui_properties(tmp_path) == {"spark.ui.enabled": "false"}
    (tmp_path / "jars" / "jjwt-impl-0.13.0.jar").touch()
    first, second = ui_properties(tmp_path), ui_properties(tmp_path)
    assert first["spark.ui.filters"] == "org.apache.spark.ui.JWSFilter"
    [name] = [name for name in first if name.endswith("secretKey")]
    assert first[name] != second[name]
    assert len(first[name]) == 44


def test_limits_reach_the_kernel_only_where_there_are_some() -> None:
    settings = SparkSettings(Path("/s"), Path("/j"), Path("/p"))
    assert "LODGE_SPARK_LIMITS" not in spark_environment(settings, "f")
    limited = SparkSettings(Path("/s"), Path("/j"), Path("/p"), limits={"spark.cores.max": "8"})
    assert spark_environment(limited, "f")["LODGE_SPARK_LIMITS"] == '{"spark.cores.max": "8"}'

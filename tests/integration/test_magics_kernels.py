"""The magics in real kernels: loaded without an import, failing cells, Spark and Hive."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from support.kernels import DRIVERS, Kernel, environment

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kernels")


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Iterator[Kernel]:
    kernel = Kernel(environment(folder), folder)
    yield kernel
    kernel.close()


def test_the_magics_are_there_without_an_import_and_load_nothing_heavy(kernel: Kernel) -> None:
    ran = kernel.run(
        "import sys\n"
        "'lodge_magics' in sys.modules, [m for m in ('pandas', 'numpy', 'pyspark', 'duckdb', "
        "'sqlglot', 'pyarrow') if m in sys.modules]"
    )
    assert ran.shown == "(True, [])"


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("%%sql\nSELECT * FROM nosuch", "The query failed on data: Table with name nosuch"),
        ("%%sql --sorce x\nSELECT 1", "%%sql has no option --sorce; did you mean --source?"),
        ("%%spark --mastr local\n1", "%%spark has no option --mastr; did you mean --master?"),
        ("%%spark\n--master lokal\n1", "Spark knows no master lokal"),
        ("%spark stat", "%spark has no command stat; did you mean status?"),
    ],
)
def test_a_mistake_fails_the_cell_with_one_sentence(
    kernel: Kernel, cell: str, sentence: str
) -> None:
    ran = kernel.run(cell)
    assert ran.status == "error"
    assert sentence in ran.error
    assert "Traceback" not in ran.error
    assert ran.stderr == ""


def test_without_spark_status_and_stop_say_so(kernel: Kernel) -> None:
    assert kernel.run("%spark status").shown == ("No Spark session is running; %%spark starts one.")
    assert kernel.run("%spark stop").shown == "No Spark session is running."


def test_a_missing_java_is_one_sentence(kernel: Kernel) -> None:
    kernel.run("import os; java = os.environ.pop('JAVA_HOME', None); path = os.environ['PATH']")
    kernel.run("os.environ['PATH'] = '/nowhere'")
    ran = kernel.run("%%spark\n1")
    kernel.run("os.environ['PATH'] = path; java and os.environ.update(JAVA_HOME=java)")
    assert ran.status == "error"
    assert "there is no Java on this machine" in ran.error
    assert "Traceback" not in ran.error


def test_a_body_with_a_syntax_error_starts_nothing(kernel: Kernel) -> None:
    ran = kernel.run("%%spark\n1 +")
    assert ran.status == "error"
    assert "SyntaxError" in ran.error
    assert kernel.run("'pyspark' in __import__('sys').modules and sc").status == "error"


def test_a_notebook_run_by_a_client_stops_at_a_failed_magic(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("%%sql --source nosuch\nSELECT 1"),
            nbformat.v4.new_code_cell("after = 1"),
        ]
    )
    with pytest.raises(CellExecutionError):
        NotebookClient(notebook, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs
    assert output.output_type == "error"
    assert output.ename == "SourceError"
    assert output.traceback == ["There is no source nosuch; there are data and hive."]
    assert notebook.cells[1].execution_count is None


class TestSpark:
    """One session, in order: a JVM start costs seconds."""

    def test_an_interrupted_start_leaves_nothing(self, kernel: Kernel) -> None:
        kernel.run(
            "import builtins, subprocess\n"
            "from lodge_magics.spark import session as s\n"
            "launch = s.launch_driver\n"
            "def announced(settings):\n"
            "    print('launching', flush=True)\n"
            "    return launch(settings)\n"
            "s.launch_driver = announced"
        )
        ran = kernel.run("%%spark\n1", until="launching")
        kernel.run("s.launch_driver = launch")
        assert ran.status == "error"
        assert ran.error == "Interrupted; Spark was not started."
        assert kernel.run(DRIVERS).shown == "[]"

    def test_the_start_is_shown_and_ends_as_one_line(self, kernel: Kernel) -> None:
        ran = kernel.run(
            "%%spark --name hello\n--conf spark.sql.shuffle.partitions=3\n\nspark.range(10).count()"
        )
        assert ran.status == "ok", ran.error
        line, value = ran.texts
        assert value == "10"
        assert line.startswith(("Spark 4.", "Spark 3.5."))
        assert "ready in" in line
        assert "(driver JVM" in line
        assert "local[2]" in line
        assert "\n" not in line
        assert ran.stderr == ""
        assert kernel.run("sc.appName, spark.conf.get('spark.sql.shuffle.partitions')").shown == (
            "('hello', '3')"
        )

    def test_the_same_options_again_change_nothing(self, kernel: Kernel) -> None:
        before = kernel.run("sc.applicationId").shown
        ran = kernel.run("%%spark --name hello\nsc.applicationId")
        assert ran.texts[0].endswith("with these options already.")
        assert ran.texts[1] == before

    def test_other_options_take_effect_now_or_ask_for_a_restart(self, kernel: Kernel) -> None:
        ran = kernel.run("%%spark --conf spark.sql.shuffle.partitions=5 --executor-memory 2g")
        assert "set now: spark.sql.shuffle.partitions = 5" in ran.shown
        assert (
            "not in effect before a restart (%%spark --restart): "
            "spark.executor.memory = 2g (now unset)" in ran.shown
        )
        assert kernel.run("spark.conf.get('spark.sql.shuffle.partitions')").shown == "'5'"

    def test_tracebacks_name_the_lines_of_the_cell(self, kernel: Kernel) -> None:
        ran = kernel.run("%%spark\n\n1 / 0")
        assert ran.status == "error"
        assert "ZeroDivisionError" in ran.error
        assert "lodge_magics" not in ran.error
        plain = ran.error.replace("\x1b[", "")
        assert "line 3" in plain

    def test_an_interrupt_cancels_the_jobs_of_the_cell(self, kernel: Kernel) -> None:
        assert kernel.run("%%spark\n").status == "ok"
        ran = kernel.run(
            "import threading, time\n"
            "def announce():\n"
            "    while not sc.statusTracker().getActiveJobsIds():\n"
            "        threading.Event().wait(0.05)\n"
            "    print('job runs', flush=True)\n"
            "threading.Thread(target=announce).start()\n"
            "sc.parallelize([1, 2], 2).map(lambda x: time.sleep(120)).count()",
            until="job runs",
        )
        assert ran.status == "error"
        assert "KeyboardInterrupt" in ran.error
        assert "while sending command" not in ran.stderr
        # Cancelling is a message to the scheduler: within seconds the job is gone.
        after = kernel.run(
            "until = time.monotonic() + 20\n"
            "while sc.statusTracker().getActiveJobsIds() and time.monotonic() < until:\n"
            "    threading.Event().wait(0.05)\n"
            "sc.statusTracker().getActiveJobsIds(), spark.range(7).count()"
        )
        assert after.shown == "([], 7)"

    def test_a_hive_result_is_lazy_and_runs_no_job(self, kernel: Kernel) -> None:
        made = kernel.run(
            "import pandas as pd\n"
            "spark.range(100).selectExpr('id', 'id % 7 as day', \"concat('n', id) as name\")"
            ".write.mode('overwrite').saveAsTable('flights')\n"
            "def jobs(): return sc._jsc.sc().statusStore().jobsList(None).size()\n"
            'before = jobs(); days = [1, 2]; name = "x\'; DROP TABLE flights; --"'
        )
        assert made.status == "ok", made.error
        ran = kernel.run(
            "%%sql lazy --source hive\n"
            "SELECT id, day, '12:30' AS t, :name AS n FROM flights "
            "WHERE day IN :days AND name <> :name AND array(1, 2, 3)[1] = 2"
        )
        assert ran.status == "ok", ran.error
        assert "4 columns in lazy, a lazy Spark DataFrame · not computed yet · hive" in ran.shown
        assert "bigint" in ran.shown
        assert kernel.run("jobs() - before, type(lazy).__name__").shown == "(0, 'DataFrame')"
        assert kernel.run("lazy.count(), lazy.first().n == name").shown == "(29, True)"

    def test_a_hive_result_without_a_variable_is_shown(self, kernel: Kernel) -> None:
        ran = kernel.run("%%sql --source hive\nSELECT id FROM flights ORDER BY id DESC")
        assert "first 20 rows shown · 1 column · hive" in ran.shown
        assert ran.shown.splitlines()[3].strip() == "99"
        ran = kernel.run("%%sql p --source hive --preview 3\nSELECT id FROM flights")
        assert "3 rows · 1 column in p" in ran.shown
        assert "preview: limited to 3 rows in the query" in ran.shown
        assert kernel.run("p.count()").shown == "3"
        ran = kernel.run("%%sql c --source hive --cache\nSELECT id FROM flights")
        assert kernel.run("c.is_cached").shown == "True"

    @pytest.mark.parametrize(
        "value",
        [
            "'",
            '"',
            "\\",
            "\\'",
            "'; DROP TABLE flights; --",
            "' OR '1'='1",
            "{{x}}",
            "${x}",
            "?",
            ":a",
            "/* */",
            "-- x",
            "名字",
            "😀",
            "\n",
            "%s",
            "a\\",
            "\x00",
            "`",
            "\\u0027",
        ],
    )
    def test_what_is_bound_comes_back_as_it_was(self, kernel: Kernel, value: str) -> None:
        kernel.run(f"value = {value!r}")
        ran = kernel.run(
            "%%sql bound --source hive --quiet\n"
            "SELECT :value AS v FROM flights WHERE name <> :value AND name IN ('n1', :value)"
        )
        assert ran.status == "ok", ran.error
        assert kernel.run("[row.v for row in bound.collect()] == [value]").shown == "True"

    def test_lists_in_hive(self, kernel: Kernel) -> None:
        kernel.run("none = []")
        kernel.run("%%sql e --source hive\nSELECT * FROM flights WHERE id IN :none")
        kernel.run("%%sql f --source hive\nSELECT * FROM flights WHERE id NOT IN :none")
        assert kernel.run("e.count(), f.count()").shown == "(0, 100)"
        kernel.run(
            "import datetime as dt; old = [dt.date(1500, 1, 2), None]; mixed = [1, None, 2.5]"
        )
        ran = kernel.run(
            "%%sql g --source hive --quiet\n"
            "SELECT :days AS a, CAST(:old AS ARRAY<STRING>) AS b, :mixed AS c, :none AS d"
        )
        assert ran.status == "ok", ran.error
        assert kernel.run("tuple(g.first())").shown == (
            "([1, 2], ['1500-01-02', None], [1.0, None, 2.5], [])"
        )

    def test_a_table_of_arrow(self, kernel: Kernel) -> None:
        ran = kernel.run("%%sql a --source hive --as arrow\nSELECT id FROM flights WHERE id < 3")
        assert ran.status == "ok", ran.error
        kernel.run("%%sql a0 --source hive --as arrow\nSELECT id FROM flights WHERE id < 0")
        shown = kernel.run("a.num_rows, a0.num_rows, a0.column_names").shown
        assert shown == "(3, 0, ['id'])"

    @pytest.mark.parametrize(
        ("text", "sentence", "place"),
        [
            ("SELECT * FROM flihgts", "There is no table flihgts", "did you mean flights?"),
            ("SELECT idd FROM flights", "name `idd` cannot be resolved", "       ^"),
            ("SELEC 1", "Syntax error at or near 'SELEC'.", "SELEC 1\n^"),
            ("SELECT CAST('x' AS INT) / 0 AS a", "cannot be cast", ""),
        ],
    )
    def test_an_error_of_spark_is_one_sentence_with_its_place(
        self, kernel: Kernel, text: str, sentence: str, place: str
    ) -> None:
        ran = kernel.run(f"%%sql --source hive\n{text}")
        assert ran.status == "error"
        assert sentence in ran.error
        assert place in ran.error
        assert "SQLSTATE" not in ran.error
        assert "Traceback" not in ran.error
        assert ran.stderr == ""

    def test_the_catalog(self, kernel: Kernel) -> None:
        kernel.run("%%sql --source hive\nCREATE OR REPLACE TEMP VIEW some AS SELECT 1 AS a")
        ran = kernel.run("%sql tables --source hive")
        assert "flights  table" in ran.shown
        assert "some     view" in ran.shown
        assert "name    string" in kernel.run("%sql columns flights --source hive").shown
        ran = kernel.run("%sql columns flihgts --source hive")
        assert "did you mean flights?" in ran.error

    def test_status(self, kernel: Kernel) -> None:
        shown = kernel.run("%spark status").shown
        assert "(hello)" in shown
        assert "local[2]" in shown

    def test_a_restart_starts_a_new_driver(self, kernel: Kernel) -> None:
        before = kernel.run("sc.applicationId").shown
        ran = kernel.run(
            "%%spark --restart --conf spark.driver.memory=600m\n"
            "sc.applicationId, sc._jvm.java.lang.Runtime.getRuntime().maxMemory() < 700 * 2**20"
        )
        assert ran.status == "ok", ran.error
        assert "ready in" in ran.texts[0]
        assert before not in ran.texts[1]
        assert ran.texts[1].endswith("True)")

    def test_stop_ends_the_driver(self, kernel: Kernel) -> None:
        assert "has ended" in kernel.run("%spark stop").shown
        assert kernel.run("'spark' in globals(), 'sc' in globals()").shown == "(False, False)"
        assert kernel.run(DRIVERS).shown == "[]"


def test_saved_notebooks_hold_the_last_line_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    began = time.monotonic()
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("%%sql --source hive\nSELECT 1 AS one")]
    )
    NotebookClient(notebook, kernel_name="python3").execute()
    # The line about jobs comes before the table when it was there while they ran.
    start, *rest = notebook.cells[0].outputs
    jobs, table = sorted(rest, key=lambda o: not o["data"]["text/plain"].startswith("Spark: "))
    assert jobs["data"]["text/plain"].startswith("Spark: 1 job")
    assert start.data["text/plain"].startswith("Spark 4.")
    assert "Starting" not in start.data["text/html"]
    assert "one" in table.data["text/html"]
    assert time.monotonic() - began < 180
    assert threading.current_thread() is threading.main_thread()

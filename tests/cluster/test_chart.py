"""The chart on a real cluster: installed, used by a browser, upgraded, taken away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support.browser import (
    PATIENCE_MS,
    asked,
    check_accessible,
    chromium,
    outputs,
    run_all,
    save,
    shot,
    watched,
)
from support.lodge import wait_for

from cluster import shop
from cluster.installed import CHART, HOSTS, TOLERATION, Installed, installed
from cluster.kubernetes import Cluster
from cluster.kubernetes.errors import ClusterError
from cluster.kubernetes.names import ADDRESS


@pytest.fixture(scope="module")
def lodge(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    with (
        shop.serving(cluster) as database,
        installed(cluster, tmp_path_factory.mktemp("chart"), database) as release,
    ):
        yield release


@pytest.fixture(scope="module")
def browser(cluster: Cluster) -> Iterator[Browser]:
    """Chromium beside the node, whose ports it reaches."""
    rules = ",".join(f"MAP {each} {ADDRESS}" for each in HOSTS)
    with cluster.desk(), chromium(f"--host-resolver-rules={rules}") as started:
        yield started


@pytest.fixture(scope="module")
def ada(browser: Browser, lodge: Installed) -> Iterator[Page]:
    context = browser.new_context(
        base_url=lodge.url,
        viewport={"width": 1440, "height": 900},
        color_scheme="light",
        # The company's authority is not Chromium's; `Installed.api` checks the certificate.
        ignore_https_errors=True,
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture(autouse=True)
def troubles(request: pytest.FixtureRequest, ada: Page, lodge: Installed) -> Iterator[None]:
    """Beside a test that fails: what the browser asked for in vain, and what the pods said."""
    before = request.session.testsfailed
    with watched(ada.context) as found:
        yield
    if request.session.testsfailed > before:
        print(*found, sep="\n")
        print(lodge.logs())


def part(page: Page, name: str) -> Locator:
    return page.locator(f'[data-lodge="{name}"]')


def toolbar(page: Page, word: str) -> None:
    page.locator(".jp-NotebookPanel-toolbar").get_by_text(word, exact=True).first.click()


def test_1_every_part_answers(lodge: Installed) -> None:
    assert "Succeeded" in lodge.cluster.helm("test", "lodge", "-n", lodge.namespace)


def test_2_ada_signs_in_at_the_provider_in_the_cluster_and_gets_a_pod(
    ada: Page, lodge: Installed
) -> None:
    password = lodge.add_user("ada")
    ada.goto("/")
    expect(ada.get_by_role("heading", name="Sign in to Lodge")).to_be_visible()
    ada.locator("input[name=login]").fill("ada")
    ada.get_by_role("button", name="Continue").click()
    ada.locator("input[name=password]").fill(password)
    ada.get_by_role("button", name="Sign in").click()
    expect(ada.get_by_role("heading", name="Welcome to Lodge")).to_be_visible()
    pods = lodge.cluster.get("-n", f"{lodge.namespace}-ada", "pods")["items"]
    [pod] = pods
    assert pod["metadata"]["name"] == "jupyter-ada"
    assert pod["metadata"]["labels"]["team"] == "analytics"
    variables = {each["name"]: each.get("value") for each in pod["spec"]["containers"][0]["env"]}
    assert variables["TEAM"] == "analytics"


def test_3_the_notebook_runs_with_executors_as_pods_and_on_hive_tables(
    ada: Page, lodge: Installed
) -> None:
    run_all(ada)
    save(ada)
    shot(ada, "kubernetes-notebook")
    cells = outputs(ada, "Welcome.ipynb")
    kinds = [output["output_type"] for cell in cells for output in cell["outputs"]]
    assert "error" not in kinds, cells
    assert "12 rows × 3 columns in flights_by_month" in str(cells[1]["outputs"])
    assert "k8s://https://kubernetes.default.svc:443" in str(cells[3]["outputs"])
    assert "ExpressJet Airlines Inc." in str(cells[5]["outputs"])
    pods = lodge.cluster.get("-n", f"{lodge.namespace}-ada", "pods")["items"]
    assert len(pods) > 1
    # Executors run where servers do, and fetch their image alike.
    for pod in pods:
        assert pod["spec"]["nodeSelector"] == {"kubernetes.io/os": "linux"}
        assert TOLERATION in pod["spec"]["tolerations"]
        assert pod["spec"]["imagePullSecrets"] == [{"name": "registry"}]
    handed_on = lodge.cluster.get("-n", f"{lodge.namespace}-ada", "secret", "registry")
    assert handed_on["type"] == "kubernetes.io/dockerconfigjson"


QUERY = """%%sql owed --source shop
SELECT customer, amount FROM orders WHERE amount > :least ORDER BY id"""
NOTEBOOK = """
import nbformat, sys
cells = [nbformat.v4.new_code_cell(text) for text in sys.argv[1:]]
kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
made = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
nbformat.write(made, "/home/lodge/Orders.ipynb")
"""


def test_4_the_notebook_queries_a_database_on_the_cluster(ada: Page, lodge: Installed) -> None:
    cells = ("least = 7", QUERY, "owed.amount.sum()")
    where = ("-n", f"{lodge.namespace}-ada", "exec", "jupyter-ada", "-c", "notebook", "--")
    lodge.cluster.kubectl(*where, "python", "-c", NOTEBOOK, *cells)
    with closing(ada.context.new_page()) as page:
        page.goto("/user/ada/lab/tree/Orders.ipynb?reset")
        run_all(page)
        save(page)
        shot(page, "kubernetes-orders")
        _, queried, total = outputs(page, "Orders.ipynb")
    assert "2 rows × 2 columns in owed" in str(queried["outputs"]), queried
    assert total["outputs"][0]["data"]["text/plain"] == "Decimal('19.75')"


def test_5_ada_shares_it(ada: Page) -> None:
    toolbar(ada, "Share")
    part(ada, "share-title").fill("Flights on Kubernetes")
    part(ada, "share-submit").click()
    expect(part(ada, "share-done")).to_be_visible()
    part(ada, "share-close").click()
    page = ada.context.new_page()
    page.goto("/services/shares/")
    expect(page.get_by_text("Flights on Kubernetes").first).to_be_visible()
    check_accessible(page)
    page.close()


def test_6_ada_schedules_it_and_it_runs(ada: Page) -> None:
    toolbar(ada, "Schedule")
    part(ada, "schedule-name").fill("Flights, daily")
    part(ada, "schedule-submit").click()
    expect(part(ada, "schedules-job-name")).to_have_text("Flights, daily")
    part(ada, "schedules-run-now").first.click()
    state = part(ada, "schedules-run-state").first
    expect(state).to_contain_text("Succeeded", timeout=3 * PATIENCE_MS)
    shot(ada, "kubernetes-schedules")


def test_7_the_spark_ui_is_adas_alone(ada: Page) -> None:
    ada.locator('.lm-TabBar-tab[data-id="lodge-spark"]').click()
    expect(part(ada, "spark-session")).to_contain_text("k8s://")
    with ada.context.expect_page() as opened:
        part(ada, "spark-ui").click()
    ui = opened.value
    expect(ui.get_by_role("heading", name="Spark Jobs")).to_be_visible()
    assert "/user/ada/lodge/spark/" in ui.url
    assert ada.context.browser is not None
    stranger = ada.context.browser.new_context(ignore_https_errors=True)
    reached = stranger.new_page()
    reached.goto(ui.url)
    expect(reached.get_by_role("heading", name="Sign in to Lodge")).to_be_visible()
    stranger.close()
    ui.close()


def kernels(page: Page) -> list[str]:
    try:
        return [each["id"] for each in asked(page, "kernels")]
    except AssertionError:
        return []


def servers(lodge: Installed, users: list[str]) -> dict[str, str]:
    """Return, by user, `ready`, what is pending, or nothing."""
    models = {name: lodge.api("GET", f"users/{name}").json()["servers"] for name in users}
    found: dict[str, dict[str, Any]] = {name: each.get("", {}) for name, each in models.items()}
    return {
        name: each.get("pending") or ("ready" if each.get("ready") else "")
        for name, each in found.items()
    }


def uids(lodge: Installed, users: list[str]) -> dict[str, str]:
    """Return, by user, the pod of the server: a user has one, or none."""
    found = lodge.cluster.get("pods", "--all-namespaces")["items"]
    pods = [each["metadata"] for each in found]
    mine = {f"{lodge.namespace}-{name}": name for name in users}
    made = [(mine[pod["namespace"]], pod["uid"]) for pod in pods if pod["namespace"] in mine]
    assert len(made) == len(dict(made)), made
    return dict(made)


def ready_hub(lodge: Installed) -> str:
    """Return the name of the hub's pod that is ready, or nothing."""
    found = lodge.cluster.get("-n", lodge.namespace, "pods", "-l", "component=hub")["items"]
    ready = {"type": "Ready", "status": "True"}
    for pod in found:
        if any(ready.items() <= each.items() for each in pod["status"].get("conditions", [])):
            return str(pod["metadata"]["name"])
    return ""


def answers(lodge: Installed) -> bool:
    try:
        return lodge.api("GET", "").is_success
    except httpx.TransportError:
        return False


def test_8_a_hub_killed_while_ten_users_spawn_loses_nobody(ada: Page, lodge: Installed) -> None:
    users = [f"user{number}" for number in range(10)]
    alive = kernels(ada)
    lodge.api("POST", "users", json={"usernames": users}).raise_for_status()
    for name in users:
        lodge.api("POST", f"users/{name}/server").raise_for_status()
    # Some pods are made, some not yet, and few answer.
    wait_for(lambda: len(uids(lodge, users)) >= 4, 120, "pods of some")
    before = uids(lodge, users)
    killed = ready_hub(lodge)
    lodge.kubectl("delete", "pod", killed, "--grace-period=0", "--force")
    # The one that was killed may answer once more.
    wait_for(lambda: ready_hub(lodge) not in ("", killed), 120, "the next hub")
    wait_for(lambda: answers(lodge), 60, "the next hub, through the proxy")

    def settled() -> bool:
        return set(servers(lodge, users).values()) <= {"ready", ""}

    wait_for(settled, 300, "all that were begun are up, or were not begun")
    found = servers(lodge, users)
    assert {name for name in before if found[name] != "ready"} == set(), found
    for name in users:
        if not found[name]:
            lodge.api("POST", f"users/{name}/server").raise_for_status()
    wait_for(lambda: set(servers(lodge, users).values()) == {"ready"}, 300, "all are up")
    # The same pods, one of each user, and Ada has noticed nothing.
    assert before.items() <= uids(lodge, users).items()
    assert kernels(ada) == alive
    for name in users:
        lodge.api("DELETE", f"users/{name}/server").raise_for_status()
    wait_for(lambda: set(servers(lodge, users).values()) == {""}, 120, "all are stopped")
    for kind in ("pods", "secrets", "services"):
        left = lodge.cluster.get(kind, "--all-namespaces", "-l", "lodge/server")["items"]
        names = {each["metadata"]["namespace"] for each in left}
        assert names == {f"{lodge.namespace}-ada"}, (kind, json.dumps(left)[:2000])


def test_9_an_upgrade_lets_a_kernel_live(ada: Page, lodge: Installed) -> None:
    before = kernels(ada)
    assert before
    hub = lodge.kubectl("get", "pods", "-l", "component=hub", "-o", "name")
    secret = lodge.cluster.get("-n", lodge.namespace, "secret", "lodge")["data"]
    lodge.values["hub"] |= {"namedServers": 1}
    lodge.helm("upgrade", "--wait", "--timeout", "5m")
    assert lodge.kubectl("get", "pods", "-l", "component=hub", "-o", "name") != hub
    assert lodge.cluster.get("-n", lodge.namespace, "secret", "lodge")["data"] == secret
    wait_for(lambda: kernels(ada) == before, 60, "ada's kernel, through the proxy")


def test_10_unknown_values_are_refused(lodge: Installed) -> None:
    with pytest.raises(ClusterError, match="additional properties 'concurrency' not allowed"):
        lodge.helm("upgrade", "--set", "hub.concurrency=3", "--dry-run=client")


def test_11_the_api_server_takes_the_ingress(lodge: Installed) -> None:
    asked = {
        "publicUrl": "https://lodge.example.com",
        "identity.publicUrl": "https://id.example.com",
        "ingress.enabled": "true",
        "ingress.className": "nginx",
        "ingress.tlsSecret": "lodge-tls",
    }
    options = [f"--set={key}={value}" for key, value in asked.items()]
    rendered = lodge.cluster.helm(
        *("template", "lodge", str(CHART), "--show-only", "templates/ingress.yaml", *options)
    )
    answer = lodge.cluster.kubectl(
        *("-n", lodge.namespace, "create", "--dry-run=server", "-o", "json", "-f", "-"),
        stdin=rendered,
    )
    spec = json.loads(answer)["spec"]
    backends = {
        rule["host"]: rule["http"]["paths"][0]["backend"]["service"] for rule in spec["rules"]
    }
    assert backends == {
        "lodge.example.com": {"name": "proxy-public", "port": {"name": "main"}},
        "*.lodge.example.com": {"name": "proxy-public", "port": {"name": "main"}},
        "id.example.com": {"name": "identity", "port": {"name": "main"}},
    }
    assert spec["tls"] == [{"secretName": "lodge-tls", "hosts": sorted(backends)}]


def test_12_the_hub_takes_a_database_of_the_companys(lodge: Installed) -> None:
    lodge.values["hub"] |= {"db": {"existingSecret": "shop"}}
    lodge.helm("upgrade", "--wait", "--timeout", "5m")
    lodge.api("POST", "users/grace").raise_for_status()
    asked = ("psql", "-h", "/tmp", "-d", "postgres", "-Atc", "SELECT name FROM users")
    where = ("-n", lodge.shop.namespace, "exec", "shop", "--")
    assert "grace" in lodge.cluster.kubectl(*where, *asked).split()


def test_13_what_is_left_at_the_end_are_the_volumes(lodge: Installed) -> None:
    lodge.cluster.helm("uninstall", "lodge", "-n", lodge.namespace, "--wait", "--timeout", "3m")
    kinds = "deployments,daemonsets,jobs,services,configmaps,secrets,networkpolicies,roles"
    found = lodge.cluster.get("-n", lodge.namespace, kinds)["items"]
    left = {each["metadata"]["name"] for each in found}
    # Kubernetes' own, in every namespace, and the admin's.
    assert not left - {"kube-root-ca.crt", "tls", "company", "shop", "registry"}
    claims = lodge.cluster.get("-n", lodge.namespace, "persistentvolumeclaims")["items"]
    assert {each["metadata"]["name"] for each in claims} == {
        *("hub", "identity", "metastore", "schedules", "shares"),
    }
    rights = lodge.cluster.kubectl("get", "clusterroles,clusterrolebindings", "-o", "name")
    assert lodge.namespace not in rights

"""What the API server refuses: rights that nobody gave, and pods that a namespace does not take."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.kubernetes import Cluster, KubectlError
from cluster.pods import pod, said, start

LIST = """
import ssl, sys, urllib.error, urllib.request
folder = '/var/run/secrets/kubernetes.io/serviceaccount'
context = ssl.create_default_context(cafile=folder + '/ca.crt')
for namespace in sys.argv[1:]:
    url = f'https://kubernetes.default/api/v1/namespaces/{namespace}/pods'
    token = open(folder + '/token').read()
    request = urllib.request.Request(url, headers={'Authorization': 'Bearer ' + token})
    try:
        print(urllib.request.urlopen(request, context=context, timeout=10).status)
    except urllib.error.HTTPError as error:
        print(error.code)
"""


def test_a_service_account_may_do_what_its_role_says_and_no_more(
    cluster: Cluster, namespace: str
) -> None:
    kubectl = ("-n", namespace, "create")
    cluster.kubectl(*kubectl, "serviceaccount", "reader")
    cluster.kubectl(*kubectl, "role", "reader", "--verb=list", "--resource=pods")
    account = f"--serviceaccount={namespace}:reader"
    cluster.kubectl(*kubectl, "rolebinding", "reader", "--role=reader", account)
    for name in ("reader", "default"):
        token: dict[str, Any] = {"serviceAccountName": name, "automountServiceAccountToken": True}
        start(cluster, namespace, pod(name, LIST, arguments=[namespace, "kube-system"], **token))
    assert said(cluster, namespace, "reader").split() == ["200", "403"]
    assert said(cluster, namespace, "default").split() == ["403", "403"]


def test_a_restricted_namespace_takes_no_pod_of_root(cluster: Cluster, namespace: str) -> None:
    level = "pod-security.kubernetes.io/enforce=restricted"
    cluster.kubectl("label", "namespace", namespace, level)
    with pytest.raises(KubectlError, match='violates PodSecurity "restricted'):
        start(cluster, namespace, pod("root", securityContext={"runAsUser": 0}))
    start(cluster, namespace, pod("user", "print('started')"))
    assert said(cluster, namespace, "user") == "started"

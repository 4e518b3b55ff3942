"""The node's programs: how each is called, and what must be there before it starts."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cluster.kubernetes import names, settings
from cluster.kubernetes.paths import NODE_PROGRAMS, NODE_STATE

ETCD = "http://127.0.0.1:2379"
PKI = NODE_STATE.pki


@dataclass(frozen=True)
class Program:
    """A program that runs as long as the node does."""

    name: str
    command: tuple[str, ...]
    may_start: Callable[[], bool] = lambda: True


def api_is_ready() -> bool:
    """Tell whether the API server is, its roles for the other programs included."""
    context = ssl.create_default_context(cafile=str(PKI / "authority.crt"))
    context.load_cert_chain(PKI / "admin.crt", PKI / "admin.key")
    try:
        with urllib.request.urlopen(f"{names.API}/readyz", context=context, timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except OSError:
        return False


def containerd_is_ready() -> bool:
    """Tell whether containerd listens."""
    return Path(settings.SOCKET).exists()


def all_of_them(api_ready: Callable[[], bool]) -> tuple[Program, ...]:
    """Return the node's programs.

    Parameters
    ----------
    api_ready
        Whether the API server is ready, asked often.
    """

    def ours(name: str, *options: str) -> tuple[str, ...]:
        return (str(NODE_PROGRAMS / name), *options)

    return (
        Program("containerd", ("containerd", "-c", f"{NODE_STATE.settings}/containerd.toml")),
        Program("etcd", ours("etcd", *_etcd())),
        Program("kube-apiserver", ours("kube-apiserver", *_apiserver())),
        Program("controllers", ours("kube-controller-manager", *_controllers()), api_ready),
        Program("kube-scheduler", ours("kube-scheduler", *_scheduler()), api_ready),
        Program("netpol", ours("netpol", *_netpol()), api_ready),
        Program("volumes", ours("volumes", *_volumes()), api_ready),
        Program("kube-proxy", ours("kube-proxy", *_proxy()), api_ready),
        Program(
            "kubelet",
            ours("kubelet", *_kubelet()),
            lambda: containerd_is_ready() and api_ready(),
        ),
    )


def _etcd() -> tuple[str, ...]:
    return (
        "--name=lodge",
        f"--data-dir={NODE_STATE.folder}/etcd",
        # What a test cluster knows need not survive the machine.
        "--unsafe-no-fsync",
        f"--listen-client-urls={ETCD}",
        f"--advertise-client-urls={ETCD}",
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--log-level=warn",
    )


def _apiserver() -> tuple[str, ...]:
    return (
        f"--etcd-servers={ETCD}",
        f"--advertise-address={names.ADDRESS}",
        "--secure-port=6443",
        f"--service-cluster-ip-range={names.SERVICES}",
        f"--tls-cert-file={PKI}/apiserver.crt",
        f"--tls-private-key-file={PKI}/apiserver.key",
        f"--client-ca-file={PKI}/authority.crt",
        f"--service-account-issuer=https://kubernetes.default.svc.{names.DOMAIN}",
        f"--service-account-key-file={PKI}/accounts.crt",
        f"--service-account-signing-key-file={PKI}/accounts.key",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        f"--kubelet-client-certificate={PKI}/apiserver-kubelet.crt",
        f"--kubelet-client-key={PKI}/apiserver-kubelet.key",
        f"--kubelet-certificate-authority={PKI}/authority.crt",
        "--kubelet-preferred-address-types=InternalIP",
        f"--requestheader-client-ca-file={PKI}/front-authority.crt",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-username-headers=X-Remote-User",
        f"--proxy-client-cert-file={PKI}/front.crt",
        f"--proxy-client-key-file={PKI}/front.key",
        "--profiling=false",
    )


def _access(user: str) -> tuple[str, ...]:
    kubeconfig = f"{PKI}/{user}.kubeconfig"
    return (
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        "--leader-elect=false",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
        "--profiling=false",
    )


def _controllers() -> tuple[str, ...]:
    return (
        *_access("controllers"),
        f"--service-account-private-key-file={PKI}/accounts.key",
        f"--root-ca-file={PKI}/authority.crt",
        f"--cluster-signing-cert-file={PKI}/authority.crt",
        f"--cluster-signing-key-file={PKI}/authority.key",
        "--use-service-account-credentials=true",
        "--allocate-node-cidrs=false",
        "--node-monitor-period=1s",
    )


def _scheduler() -> tuple[str, ...]:
    return _access("scheduler")


def _netpol() -> tuple[str, ...]:
    return (
        f"--kubeconfig={PKI}/admin.kubeconfig",
        f"--pods={names.PODS}",
        f"--socket={settings.POLICY_SOCKET}",
    )


def _volumes() -> tuple[str, ...]:
    return (
        f"--kubeconfig={PKI}/admin.kubeconfig",
        f"--node={names.NODE}",
        f"--root={NODE_STATE.folder}/volumes",
    )


def _proxy() -> tuple[str, ...]:
    return (f"--config={NODE_STATE.settings}/proxy.yaml",)


def _kubelet() -> tuple[str, ...]:
    return (
        f"--kubeconfig={PKI}/node.kubeconfig",
        f"--config={NODE_STATE.settings}/kubelet.yaml",
        "--root-dir=/var/lib/kubelet",
        f"--node-ip={names.ADDRESS}",
        f"--hostname-override={names.NODE}",
    )

"""The configuration files of the node's programs, as pure functions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cluster.kubernetes import names
from cluster.kubernetes.paths import NODE_STATE

SOCKET = "/run/containerd/containerd.sock"
POLICY_SOCKET = "/run/netpol.sock"
PLUGINS = "/run/cni"
PLUGIN_SETTINGS = NODE_STATE.settings / "cni"


def containerd() -> str:
    """Return containerd's settings, in the form that versions 1.6 to 1.7 read."""
    return f"""version = 2
root = "{NODE_STATE.containerd}"
state = "/run/containerd/state"
disabled_plugins = ["io.containerd.internal.v1.opt"]
[grpc]
  address = "{SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{names.PAUSE_IMAGE}"
  # Inside of a container or a small machine runc may not lower the score.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{PLUGINS}"
    conf_dir = "{PLUGIN_SETTINGS}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    discard_unpacked_layers = true
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
"""


def network() -> dict[str, Any]:
    """Return the chain of plugins that give a pod its network.

    Each pod is routed by the node (ptp), not bridged: so all of its traffic passes the hooks where
    policies are enforced.
    """
    addresses = {
        "type": "host-local",
        "dataDir": "/run/addresses",
        "ranges": [[{"subnet": names.PODS}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    return {
        "cniVersion": "0.4.0",
        "name": "lodge",
        "plugins": [
            {"type": "ptp", "ipMasq": False, "mtu": 1500, "ipam": addresses},
            {"type": "portmap", "capabilities": {"portMappings": True}},
            {"type": "lodge-netpol", "socket": POLICY_SOCKET},
        ],
    }


def kubelet(group: str) -> dict[str, Any]:
    """Return the kubelet's settings; its control groups are below `group`."""
    pki = NODE_STATE.pki
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{pki}/authority.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{group}",
        "clusterDNS": [names.DNS_SERVICE],
        "clusterDomain": names.DOMAIN,
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "eventRecordQPS": 0,
        # The machine's disk may be nearly full for reasons of its own.
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "1%",
            "imagefs.available": "1%",
            "nodefs.inodesFree": "1%",
        },
        "failSwapOn": False,
        # No registry is within reach to fetch an image again.
        "imageGCHighThresholdPercent": 100,
        "kubeAPIBurst": 200,
        "kubeAPIQPS": 100,
        "maxPods": 250,
        "registryPullQPS": 0,
        "resolvConf": "/etc/resolv.conf",
        "serializeImagePulls": False,
        "tlsCertFile": f"{pki}/node.crt",
        "tlsPrivateKeyFile": f"{pki}/node.key",
        "volumePluginDir": "/var/lib/kubelet/volume-plugins",
    }


def proxy() -> dict[str, Any]:
    """Return kube-proxy's settings. Limits of connection tracking are the machine's to set."""
    tracking = {
        "maxPerCore": 0,
        "min": 0,
        "tcpEstablishedTimeout": "0s",
        "tcpCloseWaitTimeout": "0s",
    }
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": f"{NODE_STATE.pki}/proxy.kubeconfig"},
        "clusterCIDR": names.ALL_PODS,
        "conntrack": tracking,
        "hostnameOverride": names.NODE,
        # A Service that just came is to answer at once, not within a second.
        "iptables": {"minSyncPeriod": "50ms", "syncPeriod": "30s"},
        "mode": "iptables",
    }


def write_all(folder: Path, group: str) -> None:
    """Write every file into a folder that the node sees as its settings."""
    plugins = folder / PLUGIN_SETTINGS.name
    plugins.mkdir(parents=True)
    (folder / "containerd.toml").write_text(containerd())
    (plugins / "10-lodge.conflist").write_text(json.dumps(network(), indent=1))
    # JSON is YAML.
    (folder / "kubelet.yaml").write_text(json.dumps(kubelet(group), indent=1))
    (folder / "proxy.yaml").write_text(json.dumps(proxy(), indent=1))
    # Nothing of the machine's own names leaks into pods.
    (folder / "hosts").write_text(f"127.0.0.1 localhost\n{names.ADDRESS} {names.NODE}\n")
    (folder / "resolv.conf").write_text("# The cluster's DNS answers for the cluster alone.\n")

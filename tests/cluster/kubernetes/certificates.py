"""The cluster's keys and certificates: one authority, and a kubeconfig for each program."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cluster.kubernetes.names import ADDRESS, API, API_SERVICE, DOMAIN, NODE

LIFE = datetime.timedelta(days=365)
API_NAMES = (
    *("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"),
    f"kubernetes.default.svc.{DOMAIN}",
)


@dataclass(frozen=True)
class Pair:
    """A key and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def key_pem(self) -> bytes:
        """The key, as files hold it."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @property
    def certificate_pem(self) -> bytes:
        """The certificate, as files hold it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def write(self, folder: Path, name: str) -> None:
        """Write NAME.key, closed to others, and NAME.crt."""
        write_closed(folder / f"{name}.key", self.key_pem)
        (folder / f"{name}.crt").write_bytes(self.certificate_pem)


def write_closed(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads."""
    path.touch(mode=0o600)
    path.write_bytes(content)


def issue(
    common_name: str,
    authority: Pair | None = None,
    *,
    group: str = "",
    names: tuple[str, ...] = (),
    addresses: tuple[str, ...] = (),
) -> Pair:
    """Issue a certificate; without an authority it is one.

    Parameters
    ----------
    common_name
        Whose it is; Kubernetes takes it as the user's name.
    authority
        Who signs.
    group
        What Kubernetes takes as the user's group.
    names, addresses
        What a server with this certificate may be called.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if group:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, group))
    subject = x509.Name(attributes)
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.certificate.subject if authority else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A machine's clock may be set back a little while the cluster runs.
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
    )
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    alternatives += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    if authority:
        uses = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    signer = authority.key if authority else key
    return Pair(key, builder.sign(signer, hashes.SHA256()))


def kubeconfig(authority: Pair, user: str, pair: Pair) -> bytes:
    """Return a kubeconfig by which a user reaches the API server from the node."""

    def encoded(content: bytes) -> str:
        return base64.b64encode(content).decode()

    cluster = {
        "server": API,
        "certificate-authority-data": encoded(authority.certificate_pem),
    }
    credentials = {
        "client-certificate-data": encoded(pair.certificate_pem),
        "client-key-data": encoded(pair.key_pem),
    }
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lodge", "cluster": cluster}],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": "lodge", "context": {"cluster": "lodge", "user": user}}],
        "current-context": "lodge",
    }
    return json.dumps(config, indent=1).encode()


def write_all(folder: Path) -> None:
    """Write everything that the cluster's programs need into a folder."""
    folder.mkdir(mode=0o700)
    authority = issue("lodge-authority")
    front = issue("lodge-front-proxy-authority")
    masters = "system:masters"
    node = issue(
        *(f"system:node:{NODE}", authority),
        group="system:nodes",
        names=(NODE,),
        addresses=(ADDRESS, "127.0.0.1"),
    )
    served = ("127.0.0.1", API_SERVICE, ADDRESS)
    pairs = {
        "authority": authority,
        "front-authority": front,
        "front": issue("front-proxy-client", front),
        "apiserver": issue("kube-apiserver", authority, names=API_NAMES, addresses=served),
        "apiserver-kubelet": issue("kube-apiserver-kubelet", authority, group=masters),
        # Tokens of service accounts are signed with its key.
        "accounts": issue("service-accounts", authority),
    }
    users = {
        "admin": issue("lodge-admin", authority, group=masters),
        "controllers": issue("system:kube-controller-manager", authority),
        "scheduler": issue("system:kube-scheduler", authority),
        "proxy": issue("system:kube-proxy", authority),
        "node": node,
    }
    for name, pair in (pairs | users).items():
        pair.write(folder, name)
    for name, pair in users.items():
        write_closed(folder / f"{name}.kubeconfig", kubeconfig(authority, name, pair))

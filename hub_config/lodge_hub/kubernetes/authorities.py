"""Authorities that a company trusts beside those of the system, for all that Lodge connects to."""

from __future__ import annotations

from pathlib import Path

from lodge_spawner.local_settings import write_private

#: Where Debian keeps the certificates of the authorities that it trusts.
SYSTEM = Path("/etc/ssl/certs/ca-certificates.crt")


class AuthoritiesError(ValueError):
    """A file holds no certificate; the message says which."""


def trust(folder: Path, bundle: Path, system: Path = SYSTEM) -> dict[str, str]:
    """Write one file with the system's authorities and those of a folder.

    Parameters
    ----------
    folder
        Holds certificates in files ``*.crt`` or ``*.pem``; it need not be there.
    bundle
        The file that is written.
    system
        The system's own.

    Returns
    -------
    dict
        Variables by which OpenSSL, requests and Node trust them; none where nothing is added.

    Raises
    ------
    AuthoritiesError
        A file holds no certificate.
    """
    found = sorted([*folder.glob("*.crt"), *folder.glob("*.pem")])
    if not found:
        return {}
    texts = [system.read_text(encoding="utf-8")] if system.exists() else []
    for path in found:
        text = path.read_text(encoding="utf-8")
        if "-----BEGIN CERTIFICATE-----" not in text:
            raise AuthoritiesError(f"{path} holds no certificate: put the authority's there, PEM.")
        texts.append(text)
    write_private(bundle, "\n".join(texts))
    return {
        "SSL_CERT_FILE": str(bundle),
        "REQUESTS_CA_BUNDLE": str(bundle),
        "NODE_EXTRA_CA_CERTS": str(bundle),
    }

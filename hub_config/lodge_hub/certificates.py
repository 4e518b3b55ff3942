"""What a TLS certificate names."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509


def names(path: Path) -> set[str] | None:
    """Return the host names of the first certificate in a file; None where it holds none.

    Parameters
    ----------
    path
        A chain, PEM.
    """
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return set()
    return {name.lower() for name in found.value.get_values_for_type(x509.DNSName)}

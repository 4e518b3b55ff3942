"""The accounts and the client that the embedded provider has from the first start on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ..passwords import new_password
from ..platform import Platform
from .directory import Person, apply

#: Counted up when the client is registered with other values than before.
_VERSION_OF_REGISTRATION = 1


def make_people(platform: Platform, first: Sequence[tuple[str, str, bool]]) -> None:
    """Register Lodge at its provider, and make the first accounts in a new data folder.

    Parameters
    ----------
    platform
        The platform; its provider's settings file is written.
    first
        The accounts: name, full name, whether an admin.
    """
    url = platform.addresses.public_url
    groups = platform.settings.identity.admin_groups
    marker = platform.folder.identity / "registered"
    # The provider's models take seconds to load: only where there is something to change.
    secret = platform.folder.secret("identity-client")
    registration = (
        f"{url} {platform.settings.identity.client_id} {_VERSION_OF_REGISTRATION} "
        f"{hashlib.sha256(secret.encode()).hexdigest()}"
    )
    if marker.exists() and marker.read_text(encoding="utf-8") == registration:
        return
    people = [
        Person(
            name,
            platform.folder.secret(f"password-{name}", new_password),
            full_name,
            f"{name}@lodge.localhost",
            groups[:1] if admin else ["analysts"],
        )
        for name, full_name, admin in first
    ]
    apply(
        platform.identity_config,
        client={
            "client_id": platform.settings.identity.client_id,
            "client_secret": secret,
            "client_name": "Lodge",
            "client_uri": url,
            "redirect_uris": [f"{url}/hub/oauth_callback"],
            "post_logout_redirect_uris": [f"{url}/hub/logout"],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "scope": platform.settings.identity.scopes,
            "token_endpoint_auth_method": "client_secret_basic",
        },
        # Made once: an account that an admin removed later stays away.
        people=[] if marker.exists() else people,
    )
    marker.write_text(registration, encoding="utf-8")

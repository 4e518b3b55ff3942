"""JupyterHub's configuration: assignments only, the values come from `lodge`."""

import os
from typing import Any

from lodge_authenticator import LodgeAuthenticator

from lodge_hub import origins, roles
from lodge_hub.hub_values import HubValues
from lodge_hub.proxy import WatchedProxy

c: Any = get_config()  # type: ignore[name-defined]  # noqa: F821
v = HubValues.load(os.environ["LODGE_HUB_VALUES"])

c.JupyterHub.bind_url = v.bind_url
c.JupyterHub.hub_bind_url = v.hub_bind_url
c.JupyterHub.hub_connect_url = v.hub_connect_url
if v.separate_origins:
    c.JupyterHub.public_url = f"{v.public_url}/"
    c.JupyterHub.subdomain_host = v.public_url
    c.JupyterHub.subdomain_hook = origins.user_host
    c.JupyterHub.cookie_host_prefix_enabled = v.host_cookies
c.JupyterHub.db_url = v.database_url()
c.JupyterHub.cookie_secret = bytes.fromhex(v.secret("cookie"))
c.JupyterHub.cleanup_proxy = False
c.JupyterHub.template_paths = v.template_paths
c.JupyterHub.template_vars = v.template_vars
c.JupyterHub.logo_file = v.logo
c.JupyterHub.services = v.services
c.JupyterHub.custom_scopes = roles.CUSTOM_SCOPES
c.JupyterHub.load_roles = [*roles.load_roles(v.admin_groups), *v.helper_roles]
c.JupyterHub.allow_named_servers = v.named_servers > 0
c.JupyterHub.named_server_limit_per_user = v.named_servers
c.JupyterHub.shutdown_on_logout = False
c.LodgeHub.admins_enter_servers = v.admins_enter_servers
c.JupyterHub.token_expires_in_max_seconds = v.token_days * 86400
c.JupyterHub.tornado_settings = {
    "slow_spawn_timeout": 0,
    "cookie_options": v.cookie_options,
}
c.JupyterHub.last_activity_interval = 60

c.JupyterHub.proxy_class = WatchedProxy
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = v.proxy_api_url
c.ConfigurableHTTPProxy.auth_token = v.secret("proxy")

c.JupyterHub.authenticator_class = LodgeAuthenticator
c.CryptKeeper.keys = [v.secret("auth-state")]
c.LodgeAuthenticator.issuer = v.issuer
c.LodgeAuthenticator.public_url = v.public_url
c.LodgeAuthenticator.client_id = v.client_id
c.LodgeAuthenticator.client_secret = v.client_secret()
c.LodgeAuthenticator.oauth_callback_url = f"{v.public_url}/hub/oauth_callback"
c.LodgeAuthenticator.scope = v.scopes
c.LodgeAuthenticator.username_claim = v.username_claim
c.LodgeAuthenticator.groups_claim = v.groups_claim
c.LodgeAuthenticator.admin_groups = set(v.admin_groups)
c.LodgeAuthenticator.allowed_groups = set(v.allowed_groups)
c.LodgeAuthenticator.allow_all = not v.allowed_groups
c.LodgeAuthenticator.login_service = v.login_service
c.LodgeAuthenticator.auto_login = True
c.LodgeAuthenticator.refresh_pre_spawn = True
c.LodgeAuthenticator.auth_refresh_age = 30
c.LodgeAuthenticator.auth_refresh_strict = v.refusal_is_final
c.LodgeHub.refusal_is_final = v.refusal_is_final
c.LodgeAuthenticator.validate_server_cert = v.check_certificate

c.Spawner.server_token_scopes = roles.server_token_scopes()
# Users can't write into the environment that they all share.
c.Spawner.args = [
    "--LabApp.extension_manager=readonly",
    # A sign-out ends what copies of cookies are worth within that many seconds.
    "--HubOAuth.cache_max_age=30",
]
c.Spawner.environment = v.server_environment
c.Spawner.http_timeout = 60
load_subconfig(v.spawner_config)  # type: ignore[name-defined]  # noqa: F821

"""The processes of Lodge: what each is started with."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

from lodge_spawner.environment import KEPT, source_credentials

from . import programs
from .folders import DataFolder, FolderError
from .metastore import MetastoreSettings
from .network import answers, listens
from .platform import Platform
from .process import ProcessSpec
from .roles import SERVICES, oauth_client_scopes
from .settings import Settings
from .settings.shares import store_table

_HERE = Path(__file__).parent


def processes(platform: Platform) -> list[ProcessSpec]:
    """Return all processes of this platform."""
    specs = [proxy(platform), hub(platform)]
    specs += [service(platform, name) for name in SERVICES]
    if platform.embedded_identity:
        specs.append(identity(platform))
    if platform.embedded_metastore:
        specs.append(metastore(platform))
    return specs


def _base_environment(platform: Platform) -> dict[str, str]:
    kept = (*KEPT, "HOME", "USER", "LOGNAME", "CURL_CA_BUNDLE")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "LANG": os.environ.get("LANG") or "C.UTF-8",
        "LODGE_INSTANCE": platform.local.instance,
        "PYTHONUNBUFFERED": "1",
    }


def proxy(platform: Platform) -> ProcessSpec:
    """Return the proxy."""
    addresses, server = platform.addresses, platform.settings.server
    program, script = programs.node(), programs.proxy_script()
    if program is None or script is None:
        raise FolderError("Node or the proxy is missing: `lodge doctor` names how to get it.")
    api = addresses.proxy_api
    command = [
        *(str(program), "--import", (_HERE / "front" / "proxy_guard.mjs").as_uri(), str(script)),
        *("--ip", addresses.host, "--port", str(addresses.port)),
        *("--api-ip", api.host, "--api-port", str(api.port)),
        *("--error-target", f"{addresses.hub.url}/hub/error"),
        *("--log-level", "warn"),
    ]
    if addresses.separate_origins:
        command.append("--host-routing")
    if server.tls_certificate:
        command += ["--ssl-cert", server.tls_certificate, "--ssl-key", server.tls_key]
    environment = _base_environment(platform)
    environment["CONFIGPROXY_AUTH_TOKEN"] = platform.folder.secret("proxy")
    return ProcessSpec(
        name="proxy",
        title="The proxy",
        command=command,
        environment=environment,
        ports={addresses.port: addresses.host, api.port: api.host},
        # It refuses who shows no token, which is an answer.
        ready=lambda: answers(f"http://{api.bind}/api/routes", below=500),
    )


def hub(platform: Platform) -> ProcessSpec:
    """Return the hub."""
    environment = _base_environment(platform)
    environment["LODGE_HUB_VALUES"] = str(platform.folder.hub_values)
    environment |= source_credentials(platform.local)
    hub = platform.addresses.hub
    url = f"{_local_url(platform)}/hub/api/"
    host = urlsplit(platform.addresses.public_url).netloc

    async def ready() -> bool:
        # Through the proxy: ready is what a browser can use.
        return await answers(url, below=300, host=host)

    secret = platform.settings.identity.client_secret_env
    if secret:
        environment[secret] = os.environ.get(secret, "")
    return ProcessSpec(
        name="hub",
        title="The hub",
        command=[sys.executable, "-m", "lodge_hub.hub", "-f", str(_HERE / "jupyterhub_config.py")],
        environment=environment,
        ports={hub.port: hub.host},
        ready=ready,
        after=("proxy",),
        # It stops the users' servers first.
        stop_s=45.0,
    )


def _local_url(platform: Platform) -> str:
    """Return the address of the proxy on this machine."""
    scheme = "https" if platform.settings.server.tls_certificate else "http"
    return f"{scheme}://{_reached(platform.addresses.host)}:{platform.addresses.port}"


def _reached(host: str) -> str:
    """Return where something that listens on `host` is reached from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def service(platform: Platform, name: str) -> ProcessSpec:
    """Return the service `name`."""
    folder, addresses, settings = platform.folder, platform.addresses, platform.settings
    environment = {
        **_base_environment(platform),
        "JUPYTERHUB_API_URL": f"{addresses.hub.url}/hub/api",
        "JUPYTERHUB_API_TOKEN": folder.secret(f"service-{name}"),
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_HOST": "",
        "JUPYTERHUB_SERVICE_NAME": name,
        "JUPYTERHUB_SERVICE_PREFIX": f"/services/{name}/",
        "JUPYTERHUB_SERVICE_URL": f"http://{addresses.services[name].bind}",
        "JUPYTERHUB_CLIENT_ID": f"service-{name}",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"/services/{name}/oauth_callback",
        "JUPYTERHUB_OAUTH_SCOPES": json.dumps([f"access:services!service={name}"]),
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps([f"access:services!service={name}"]),
        "JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES": json.dumps(oauth_client_scopes(name)),
        **_public(platform),
        "LODGE_DATABASE_URL": database_url(settings, folder, name),
        "LODGE_STORE": str(folder.root / name),
    }
    if name == "shares":
        own = [wiki.token_env for wiki in settings.wikis.values()]
        own.append(settings.shares.s3.secret_env)
        environment |= {
            "LODGE_PUBLIC_URL": addresses.public_url,
            "LODGE_SHARE_SECRETS": settings.shares.secrets,
            "LODGE_SHARE_FILE_MIB": str(settings.shares.file_mib),
            "LODGE_SHARE_FILES_MIB": str(settings.shares.files_mib),
            "LODGE_MAP_TILES": settings.shares.tiles,
            "LODGE_WIKIS": json.dumps(
                {
                    one: wiki.model_dump(exclude_defaults=True)
                    for one, wiki in settings.wikis.items()
                }
            ),
            "LODGE_SHARES_STORE": json.dumps(store_table(settings.shares)),
            **{secret: os.environ[secret] for secret in own if secret in os.environ},
        }
    if name == "schedules":
        environment |= {
            "LODGE_LOCAL_SETTINGS": str(folder.local_settings),
            "LODGE_MAX_RUNS": str(settings.schedules.max_runs),
            "LODGE_KEEP_RUNS": str(settings.schedules.keep_runs),
            # It ends when Lodge ends, and its runs with it.
            "LODGE_STOP_RUNS": "1",
            "LODGE_SHARES_URL": addresses.service_url("shares"),
            "LODGE_PUBLIC_URL": addresses.public_url,
            "LODGE_MAIL": json.dumps(settings.mail.model_dump(exclude_defaults=True)),
            "LODGE_ALERTS": json.dumps(settings.alerts.model_dump(exclude_defaults=True)),
            **source_credentials(platform.local),
        }
        secret = settings.mail.password_env
        if secret in os.environ:
            environment[secret] = os.environ[secret]
    url = f"{addresses.service_url(name)}api/health"
    return ProcessSpec(
        name=name,
        title=f"The service {name}",
        command=[sys.executable, "-m", f"lodge_services.{name}"],
        environment=environment,
        # SIGTERM says that Lodge stops, and runs with it. When Lodge is killed they go on, and
        # the next start adopts them.
        orphan_signal=signal.SIGKILL,
        ports={addresses.services[name].port: addresses.services[name].host},
        ready=lambda: answers(url, below=300),
    )


def database_url(settings: Settings, folder: DataFolder, name: str) -> str:
    """Return the SQLAlchemy URL of the database of the service `name`."""
    named = {"shares": settings.shares.database, "schedules": settings.schedules.database}[name]
    return named or f"sqlite:///{folder.root / name / f'{name}.sqlite'}"


def _public(platform: Platform) -> dict[str, str]:
    """Return what a service knows of its origin."""
    addresses = platform.addresses
    if not addresses.separate_origins:
        return {}
    return {
        "JUPYTERHUB_PUBLIC_URL": f"{addresses.public_url}/",
        "JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED": "1" if addresses.host_cookies else "0",
    }


def identity(platform: Platform) -> ProcessSpec:
    """Return the embedded identity provider."""
    environment = _base_environment(platform)
    environment["CANAILLE_CONFIG"] = str(platform.identity_config)
    issuer = platform.addresses.issuer
    if issuer.startswith("http:"):
        # Acknowledged in the settings, or loopback; its library refuses it otherwise.
        environment["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    secure = platform.settings.server.tls_certificate and urlsplit(issuer).scheme == "https"
    host = _reached(platform.addresses.host)
    url = f"{'https' if secure else 'http'}://{host}:{platform.addresses.identity_port}/"
    return ProcessSpec(
        name="identity",
        title="The identity provider",
        command=[sys.executable, "-m", "lodge_hub.identity.server", platform.addresses.public_url],
        environment=environment,
        ports={platform.addresses.identity_port: platform.addresses.host},
        ready=lambda: answers(url, below=500),
    )


def metastore(platform: Platform) -> ProcessSpec:
    """Return the embedded Hive metastore."""
    spark = platform.local.spark
    settings = MetastoreSettings(
        folder=str(platform.folder.metastore),
        warehouse=str(platform.folder.warehouse),
        host=platform.addresses.metastore.host,
        port=platform.addresses.metastore.port,
        spark_home=str(spark.home),
        java_home=str(spark.java_home),
        homes=str(platform.local.homes) if platform.local.separate_users else "",
        keeper=str(platform.folder.warehouse_socket) if platform.local.separate_users else "",
    )
    path = platform.folder.run / "metastore.json"
    account = platform.metastore_account()
    settings.save(path, account.owner)
    environment = _base_environment(platform)
    if account.owner is not None:
        environment |= {"HOME": str(account.home), "USER": account.login, "LOGNAME": account.login}
    return ProcessSpec(
        name="metastore",
        title="The Hive metastore",
        command=[sys.executable, "-m", "lodge_hub.metastore", str(path)],
        environment=environment,
        owner=account.owner,
        # Users' sessions fill the tables' folders that it makes.
        umask=0o022,
        reserved={settings.port: settings.host},
        ready=lambda: listens(platform.addresses.metastore.port),
    )

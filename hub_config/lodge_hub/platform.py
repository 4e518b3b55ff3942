"""Lodge on one machine: which processes there are, what each is started with."""

from __future__ import annotations

import json
import os
import pwd
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import lodge_services
from lodge_spawner import Account, Accounts, LocalSettings, SparkSettings
from lodge_spawner.environment import KEPT, source_credentials
from lodge_spawner.spark import LOCAL_PROPERTIES, hive_properties, quick_start_properties

from . import machine
from .addresses import Addresses, choose_addresses
from .folders import DataFolder, FolderError
from .hub_values import HubValues
from .identity import provider_settings
from .metastore import MetastoreSettings
from .network import answers, listens
from .roles import SERVICES, oauth_client_scopes
from .settings import Settings
from .supervisor import ProcessSpec

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Platform:
    """Everything that is settled before the first process starts.

    Parameters
    ----------
    settings
        The settings.
    folder
        The data folder.
    addresses
        Ports and public addresses.
    local
        Settings of users' processes.
    """

    settings: Settings
    folder: DataFolder
    addresses: Addresses
    local: LocalSettings

    @property
    def embedded_identity(self) -> bool:
        """Whether Lodge runs an identity provider of its own."""
        return not self.settings.identity.issuer

    @property
    def embedded_metastore(self) -> bool:
        """Whether Lodge runs a Hive metastore of its own."""
        return not self.settings.hive.metastore

    @property
    def identity_config(self) -> Path:
        """The embedded identity provider's settings file."""
        return self.folder.identity / "canaille.toml"

    def metastore_account(self) -> Account:
        """Return the account of metastore and warehouse.

        Never root's: the metastore deletes whatever folder a dropped table names.
        """
        account = Accounts(self.local).ensure("service:metastore")
        return replace(account, home=self.folder.metastore)


def prepare(settings: Settings, folder: DataFolder) -> Platform:
    """Settle ports and accounts, and write the files that the processes read.

    Raises
    ------
    FolderError, SettingsError
        The data folder or a port can't be used.
    """
    folder.make()
    root = os.geteuid() == 0
    separate = {"auto": root, "yes": True, "no": False}[settings.users.separate]
    if separate and not root:
        raise FolderError(
            "Users can have Unix accounts of their own only where Lodge runs as root: set "
            'users.separate = "auto" in lodge.toml, or start Lodge as root.'
        )
    if separate:
        folder.check_reachable()
    addresses = choose_addresses(settings, folder, SERVICES)
    local = _local_settings(settings, folder, addresses, separate=separate)
    local.save(folder.local_settings)
    platform = Platform(settings, folder, addresses, local)
    _make_warehouse(platform)
    for name in ("cookie", "auth-state", "proxy", *(f"service-{one}" for one in SERVICES)):
        folder.secret(name)
    if platform.embedded_identity:
        folder.secret("identity-client")
        bind = f"{addresses.host}:{addresses.identity_port}"
        text = provider_settings(settings, folder, addresses.issuer, bind, addresses.public_url)
        platform.identity_config.touch(0o600)
        platform.identity_config.write_text(text, encoding="utf-8")
    _hub_values(platform).save(folder.run / "hub-values.json")
    return platform


def _local_settings(
    settings: Settings, folder: DataFolder, addresses: Addresses, *, separate: bool
) -> LocalSettings:
    java = machine.java_home(settings.spark.java_home)
    spark = machine.spark_home(settings.spark.home)
    if java is None or spark is None:
        raise FolderError("Java or Spark is missing: `lodge doctor` names how to get it.")
    metastore = settings.hive.metastore or f"thrift://127.0.0.1:{addresses.metastore_port}"
    warehouse = settings.hive.warehouse or f"file:{folder.warehouse}"
    sources: dict[str, Any] = {
        name: source.model_dump(exclude_defaults=True) for name, source in settings.sources.items()
    }
    if settings.samples.flights and "flights" not in sources:
        sources["flights"] = {
            "type": "duckdb",
            "path": str(folder.sources / "flights.duckdb"),
            "read_only": True,
            "description": "Flights that left New York in 2013",
        }
    sources.setdefault("hive", {"type": "hive", "description": "Hive tables, through Spark"})
    default = settings.default_source or (
        "flights" if "flights" in sources else next(iter(sources))
    )
    return LocalSettings(
        data_dir=folder.root,
        instance=folder.secret("instance"),
        separate_users=separate,
        first_uid=settings.users.first_uid,
        last_uid=settings.users.last_uid,
        spark=SparkSettings(
            home=spark,
            java_home=java,
            python=Path(sys.executable),
            properties={
                **LOCAL_PROPERTIES,
                **quick_start_properties(machine.class_archive()),
                **hive_properties(metastore, warehouse),
                "spark.master": settings.spark.master,
                **settings.spark.properties,
            },
            limits=settings.spark.limits,
        ),
        sources={"default": settings.default_source or default, "sources": sources},
    )


def _make_warehouse(platform: Platform) -> None:
    if not platform.embedded_metastore:
        return
    folder = platform.folder
    account = platform.metastore_account()
    for path, mode in ((folder.metastore, 0o700), (folder.warehouse, 0o1777)):
        path.mkdir(exist_ok=True)
        path.chmod(mode)
        if account.owner is not None:
            os.chown(path, *account.owner)


def _hub_values(platform: Platform) -> HubValues:
    settings, folder, addresses = platform.settings, platform.folder, platform.addresses
    scheme = "https" if settings.server.tls_certificate else "http"
    shared = ""
    if not platform.local.separate_users:
        login = pwd.getpwuid(os.getuid()).pw_name
        shared = (
            f"All users of this Lodge share one Unix account ({login}) and can read each other's "
            "files. Started as root, Lodge gives each of them an account of their own."
        )
    return HubValues(
        public_url=addresses.public_url,
        bind_url=f"{scheme}://{addresses.host}:{addresses.port}/",
        hub_bind_url=f"http://127.0.0.1:{addresses.hub_port}",
        proxy_api_url=f"http://127.0.0.1:{addresses.proxy_api_port}",
        database=f"sqlite:///{folder.hub / 'jupyterhub.sqlite'}",
        secrets_dir=str(folder.secrets),
        template_paths=[
            str(_HERE / "templates"),
            str(Path(lodge_services.__file__).parent / "pages" / "static"),
        ],
        template_vars={
            "lodge_embedded_identity": platform.embedded_identity,
            "lodge_issuer": addresses.issuer,
            "lodge_shared_account": shared,
        },
        logo=str(_HERE / "static" / "lodge.svg"),
        service_definitions=[
            {
                "name": name,
                "url": f"http://127.0.0.1:{addresses.service_ports[name]}",
                "display": True,
                "oauth_no_confirm": True,
                "oauth_client_id": f"service-{name}",
                "oauth_redirect_uri": f"/services/{name}/oauth_callback",
                "oauth_client_allowed_scopes": oauth_client_scopes(name),
            }
            for name in SERVICES
        ],
        issuer=addresses.issuer,
        client_id=settings.identity.client_id,
        client_secret_env=settings.identity.client_secret_env,
        client_secret_file=settings.identity.client_secret_file,
        scopes=settings.identity.scopes,
        username_claim=settings.identity.username_claim,
        groups_claim=settings.identity.groups_claim,
        admin_groups=settings.identity.admin_groups,
        allowed_groups=settings.identity.allowed_groups,
        login_service="Lodge" if platform.embedded_identity else "your company account",
        # The embedded provider uses the certificate of the public name, and is asked for it.
        check_certificate=True,
        local_settings=str(folder.local_settings),
        skeleton=str(_HERE / "skel"),
        server_environment={
            "LODGE_SHARES_URL": addresses.service_url("shares"),
            "LODGE_SCHEDULES_URL": addresses.service_url("schedules"),
        },
    )


def processes(platform: Platform) -> list[ProcessSpec]:
    """Return what the supervisor is to run."""
    specs = [_proxy(platform), _hub(platform)]
    specs += [_service(platform, name) for name in SERVICES]
    if platform.embedded_identity:
        specs.append(_identity(platform))
    if platform.embedded_metastore:
        specs.append(_metastore(platform))
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


def _proxy(platform: Platform) -> ProcessSpec:
    addresses, server = platform.addresses, platform.settings.server
    program, script = machine.node(), machine.proxy_script()
    if program is None or script is None:
        raise FolderError("Node or the proxy is missing: `lodge doctor` names how to get it.")
    command = [
        *(str(program), str(script)),
        *("--ip", addresses.host, "--port", str(addresses.port)),
        *("--api-ip", "127.0.0.1", "--api-port", str(addresses.proxy_api_port)),
        *("--error-target", f"http://127.0.0.1:{addresses.hub_port}/hub/error"),
        *("--log-level", "warn"),
    ]
    if server.tls_certificate:
        command += ["--ssl-cert", server.tls_certificate, "--ssl-key", server.tls_key]
    environment = _base_environment(platform)
    environment["CONFIGPROXY_AUTH_TOKEN"] = platform.folder.secret("proxy")
    return ProcessSpec(
        name="proxy",
        title="The proxy",
        command=command,
        environment=environment,
        ready=lambda: listens(addresses.proxy_api_port),
    )


def _hub(platform: Platform) -> ProcessSpec:
    environment = _base_environment(platform)
    environment["LODGE_HUB_VALUES"] = str(platform.folder.run / "hub-values.json")
    environment |= source_credentials(platform.local)
    port = platform.addresses.hub_port
    url = f"{_local_url(platform)}/hub/api/"

    async def ready() -> bool:
        # Through the proxy: ready is what a browser can use.
        return await listens(port) and await answers(url, below=300)

    secret = platform.settings.identity.client_secret_env
    if secret:
        environment[secret] = os.environ.get(secret, "")
    return ProcessSpec(
        name="hub",
        title="The hub",
        command=[sys.executable, "-m", "jupyterhub", "-f", str(_HERE / "jupyterhub_config.py")],
        environment=environment,
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


def _service(platform: Platform, name: str) -> ProcessSpec:
    folder, addresses, settings = platform.folder, platform.addresses, platform.settings
    database = {"shares": settings.shares.database, "schedules": settings.schedules.database}[name]
    environment = {
        **_base_environment(platform),
        "JUPYTERHUB_API_URL": f"http://127.0.0.1:{addresses.hub_port}/hub/api",
        "JUPYTERHUB_API_TOKEN": folder.secret(f"service-{name}"),
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_HOST": "",
        "JUPYTERHUB_SERVICE_NAME": name,
        "JUPYTERHUB_SERVICE_PREFIX": f"/services/{name}/",
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{addresses.service_ports[name]}",
        "JUPYTERHUB_CLIENT_ID": f"service-{name}",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"/services/{name}/oauth_callback",
        "JUPYTERHUB_OAUTH_SCOPES": json.dumps([f"access:services!service={name}"]),
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps([f"access:services!service={name}"]),
        "JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES": json.dumps(oauth_client_scopes(name)),
        "LODGE_DATABASE_URL": database or f"sqlite:///{folder.root / name / f'{name}.sqlite'}",
        "LODGE_STORE": str(folder.root / name),
    }
    if name == "schedules":
        environment |= {
            "LODGE_LOCAL_SETTINGS": str(folder.local_settings),
            "LODGE_MAX_RUNS": str(settings.schedules.max_runs),
            "LODGE_KEEP_RUNS": str(settings.schedules.keep_runs),
            # It ends when Lodge ends, and its runs with it.
            "LODGE_STOP_RUNS": "1",
            **source_credentials(platform.local),
        }
    url = f"{addresses.service_url(name)}api/health"
    return ProcessSpec(
        name=name,
        title=f"The service {name}",
        command=[sys.executable, "-m", f"lodge_services.{name}"],
        environment=environment,
        # SIGTERM says that Lodge stops, and runs with it. When Lodge is killed they go on, and
        # the next start adopts them.
        orphan_signal=signal.SIGKILL,
        ready=lambda: answers(url, below=300),
    )


def _identity(platform: Platform) -> ProcessSpec:
    environment = _base_environment(platform)
    environment["CANAILLE_CONFIG"] = str(platform.identity_config)
    host = _reached(platform.addresses.host)
    return ProcessSpec(
        name="identity",
        title="The identity provider",
        command=[sys.executable, "-m", "canaille.commands", "run"],
        environment=environment,
        ready=lambda: listens(platform.addresses.identity_port, host),
    )


def _metastore(platform: Platform) -> ProcessSpec:
    spark = platform.local.spark
    settings = MetastoreSettings(
        folder=str(platform.folder.metastore),
        warehouse=str(platform.folder.warehouse),
        port=platform.addresses.metastore_port,
        spark_home=str(spark.home),
        java_home=str(spark.java_home),
    )
    path = platform.folder.run / "metastore.json"
    settings.save(path)
    account = platform.metastore_account()
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
        ready=lambda: listens(platform.addresses.metastore_port),
    )

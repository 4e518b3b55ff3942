"""The start of a server on Kubernetes: its pod, what is made before it, and how far it is."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from kubernetes_asyncio.client import ApiException

from . import manifests
from .diagnosis import SpawnError, cause, refused
from .kube_plan import Plan
from .kube_progress import Phase, Story, reached
from .kube_requests import KubeRequests
from .kube_wait import listens, soon
from .manifests.policies import Destination, Reach
from .manifests.server import ACCOUNT, START_ANNOTATION, Manifest
from .node_ports import candidates, is_taken, no_free_ports
from .profiles import Profile, ProfileError, allowed, chosen, hadoop_files
from .spark_cluster import pod_ports

#: Seconds for the watch of pods to tell of one that was made; else the API server is asked.
_SEEN_WITHIN_S = 1.0


class KubeStart(KubeRequests):
    """The start of `lodge_spawner.SparkKubeSpawner`.

    The pod is a function of settings and profile alone; all that is made on the cluster is made
    by the start.
    """

    #: What the user chose; None: the settings of KubeSpawner.
    _chosen: Profile | None = None
    #: What this start has made before the pod: a plan with its ports, and the Secret.
    _made: Plan | None = None
    _secret: Manifest
    _starting = False
    #: Whether what the pod needs beside it was made to the end: kept in the hub's database.
    _complete = False
    #: Whether this hub knows how the server is; not so one that the hub before it left half-way.
    _known = False
    _doubted_since: float | None = None
    _story: Story | None = None
    #: Of this start, which its pod bears: one of the same name may have stood in the way.
    _start_id = ""
    #: Of the pod that was made.
    _uid = ""
    #: Whether the server in that pod was found to answer before Kubernetes said so.
    _answers = False

    @property
    def _profile(self) -> Profile:
        return self._chosen or Profile(image=self.image or "none")

    async def load_user_options(self) -> None:
        """Take over what the user chose, after the check that the user may have it."""
        self._chosen = None
        if self._profiles:
            options: dict[str, Any] = dict(self.user_options or {})  # type: ignore[has-type]
            wanted = options.get("profile")
            try:
                slug, self._chosen = chosen(self._profiles, self._groups, wanted)
            except ProfileError as error:
                raise SpawnError(str(error)) from error
            self.user_options = {**options, "profile": slug}
        await super().load_user_options()
        if self._profile.spark.mode == "pods":
            self.service_account = ACCOUNT
            self.automount_service_account_token = True

    async def _start(self) -> Any:
        self._starting, self._known = True, True
        self._doubted_since, self._made, self._story = None, None, None
        self._uid, self._start_id, self._answers = "", uuid4().hex, False
        try:
            url = await super()._start()
        except Exception as error:
            # The hub stops only what has a pod. What can't be removed now is the reaper's.
            with contextlib.suppress(ApiException):
                await self._remove_secret()
            found = refused(error.status, error.body) if isinstance(error, ApiException) else None
            if found is None:
                raise
            raise found.error() from error
        finally:
            self._starting = False
        self._complete = True
        self._reached(Phase.ANSWERS)
        return url

    async def _start_reflector(self, kind: str, *arguments: Any, **options: Any) -> Any:
        try:
            return await super()._start_reflector(kind, *arguments, **options)
        except Exception:
            # One that never began would be waited for by every further start.
            self.reflectors.pop(self._get_reflector_key(kind), None)
            raise

    async def get_pod_manifest(self) -> Any:
        """Return the pod: a function of settings and profile, which asks the cluster nothing."""
        plan = self._plan()
        pod = await super().get_pod_manifest()
        pod.metadata.labels.update(plan.server.labels)
        volumes, mounts = plan.volumes()
        pod.spec.volumes = [*(pod.spec.volumes or []), *volumes]
        container = pod.spec.containers[0]
        container.volume_mounts = [*(container.volume_mounts or []), *mounts]
        # Links to all Services of a namespace would be variables without number.
        pod.spec.enable_service_links = False
        if container.startup_probe is None:
            # A server that ends before it listens is told at once, not after `http_timeout`.
            probe = {"tcpSocket": {"port": self.port}, "periodSeconds": 1, "failureThreshold": 900}
            container.startup_probe = probe
        return pod

    def get_env(self) -> dict[str, Any]:
        """Return the environment of the server."""
        env: dict[str, Any] = super().get_env()
        return env | self._plan().environment() | self._choice()

    def _choice(self) -> dict[str, str]:
        """Return the variables that tell the chosen profile, and those of the user's groups."""
        if self._chosen is None:
            return {}
        mine = allowed(self._profiles, self._groups)
        names = {slug: profile.name or slug for slug, profile in mine.items()}
        chosen_slug = str((self.user_options or {}).get("profile", ""))
        return {"LODGE_PROFILE": chosen_slug, "LODGE_PROFILES": json.dumps(names)}

    def _plan(self) -> Plan:
        """Return the plan of the server; node ports are found when they are made."""
        spark = self._profile.spark
        ports = pod_ports(spark.sessions) if spark.mode == "pods" else None
        return Plan(
            *(self._this, self._profile, self._reach(), self.sources),
            *(self.uid, self.gid, ports),
            hadoop=self._hadoop(),
            tolerations=self.tolerations,
            pull_secrets=self._pull_secret_names,
        )

    async def _prepare(self) -> Plan:
        """Make what must be there before the pod, and return the plan of the server."""
        # KubeSpawner has made the namespace and the claim by now.
        own = {Phase.NAMESPACE} if self.enable_user_namespaces else set()
        home = {Phase.VOLUME} if self.storage_pvc_ensure else set()
        phases = set(Phase) - {Phase.NAMESPACE, Phase.VOLUME} | own | home
        self._story = Story(self.image, sorted(phases))
        self._story.reach(Phase.VOLUME)
        plan = self._plan()
        await self._hand_on_pull_secrets()
        await self._apply_rights(plan.namespace())
        if plan.profile.spark.mode == "outside":
            plan, owner = await self._with_node_ports(plan)
        else:
            owner = await self._apply_secret(plan)
        await asyncio.gather(*(self._apply(each) for each in plan.policies(owner)))
        self._story.reach(Phase.RIGHTS)
        return plan

    def _hadoop(self) -> dict[str, str]:
        folder = self._profile.spark.hadoop
        try:
            return hadoop_files(folder) if folder else {}
        except ValueError as error:
            raise SpawnError(
                f"The server can't get Hadoop's configuration: {error}; tell an admin."
            ) from error

    async def _apply_secret(self, plan: Plan) -> Manifest:
        """Make the Secret, with nothing that it goes with as yet; return it as an owner."""
        # Kept as it is: its keys are made anew each time.
        self._secret = plan.secret()
        made = await self._apply(self._secret)
        return manifests.owned_by("Secret", plan.server.secret, made["metadata"]["uid"])

    async def _with_node_ports(self, plan: Plan) -> tuple[Plan, Manifest]:
        """Return the plan with node ports that are this server's now, and the Secret."""
        first, last = self.node_ports
        for ports in candidates(first, last, self._profile.spark.sessions):
            tried = replace(plan, ports=ports)
            owner = await self._apply_secret(tried)
            service = manifests.node_port_service(plan.server, ports.numbers(), owner)
            try:
                await self._apply(service)
            except ApiException as error:
                if not is_taken(error.status, error.body):
                    raise
            else:
                return tried, owner
        raise SpawnError(no_free_ports(first, last))

    def _reach(self) -> Reach:
        addresses = (address.rpartition(":") for address in self.api_server)
        return Reach(
            hub=tuple(self.hub_peers),
            hub_ports=tuple(self.hub_ports),
            dns=tuple(self.dns_peers),
            api_server=tuple(Destination(host, (int(port),)) for host, _, port in addresses),
        )

    async def _make_create_pod_request(self, pod: Any, request_timeout: int) -> bool:
        """Create the pod, once what it mounts is there; let that go with it."""
        plan = self._made = self._made or await self._prepare()
        started = {START_ANNOTATION: self._start_id}
        pod.metadata.annotations = {**(pod.metadata.annotations or {}), **started}
        if not await super()._make_create_pod_request(pod, request_timeout):
            return False
        self._uid = await self._made_uid()
        with_pods = plan.profile.spark.mode == "pods"
        await self._complete_pod(self._uid, self._secret, with_pods)
        if not (self.internal_ssl or self.services_enabled or self.after_pod_created_hook):
            # All is made that the pod needs; KubeSpawner's own wait finds it running then.
            await soon(self._is_up, self.start_timeout)
        return True

    async def _made_uid(self) -> str:
        """Return the uid of the pod that was just made."""
        if await soon(self._sees_made, _SEEN_WITHIN_S):
            uid: str = (self._pod or {})["metadata"]["uid"]
            return uid
        # The watch begins anew now and then, and then knows nothing for a moment.
        found = await self.api.read_namespaced_pod(self.pod_name, self.namespace)
        return str(found.metadata.uid)

    def _sees_made(self) -> bool:
        notes = (self._pod or {"metadata": {}})["metadata"].get("annotations") or {}
        return bool(notes.get(START_ANNOTATION) == self._start_id)

    async def _is_up(self) -> bool:
        """Tell whether the server that starts is up, by its pod or by its port."""
        pod = self._pod
        if self.is_pod_running(pod):
            return True
        # Kubernetes tries the port once a second at most, and a start ends between two tries.
        address = pod["status"].get("podIP") if pod is not None and self._is_made(pod) else None
        self._answers = address is not None and await listens(address, self.port)
        return self._answers

    def _is_made(self, pod: Manifest) -> bool:
        """Tell whether a pod is the one that this start has made, and stays."""
        metadata = pod["metadata"]
        return metadata["uid"] == self._uid and "deletionTimestamp" not in metadata

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what the page of the start shows: Lodge's phases beside Kubernetes' events."""
        percent, ended = 0, False
        theirs = super().progress()
        event = asyncio.ensure_future(anext(theirs, None))
        try:
            while not ended:
                start = {self._start_future} if self._start_future else set()
                await asyncio.wait({event, *start}, timeout=0.2, return_when="FIRST_COMPLETED")
                ended = any(each.done() for each in start)
                for told in self._told_since(percent):
                    percent = told["progress"]
                    yield told
                said = event.result() if event.done() else None
                if said is not None:
                    yield said | ({"progress": percent} if "progress" in said else {})
                    event = asyncio.ensure_future(anext(theirs, None))
        finally:
            event.cancel()
            await asyncio.wait({event})
            await theirs.aclose()

    def _reached(self, phase: Phase) -> None:
        if self._story is not None:
            self._story.reach(phase)

    def _told_since(self, percent: int) -> list[dict[str, Any]]:
        if self._story is None:
            return []
        if self._starting and self._pod and self._is_made(self._pod):
            self._story.reach(reached(self._pod, self.events))
        return self._story.since(percent)

    def is_pod_running(self, pod: Any) -> bool:
        """Tell whether a pod is running; while it starts, end with the cause where it can't.

        Raises
        ------
        SpawnError
            The pod can't start.
        """
        if self._starting and pod is not None and "deletionTimestamp" not in pod["metadata"]:
            self._doubt(pod)
        running: bool = super().is_pod_running(pod)
        return running or (
            self._starting and self._answers and pod is not None and self._is_made(pod)
        )

    def _doubt(self, pod: Mapping[str, Any]) -> None:
        found = cause(pod, self.events)
        if found is None:
            self._doubted_since = None
            return
        now = asyncio.get_running_loop().time()
        if self._doubted_since is None:
            self._doubted_since = now
        if found.ends(now - self._doubted_since, self.patience_s):
            raise found.error()

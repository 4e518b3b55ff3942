"""The spawner on Kubernetes: a pod for each server, with Spark in reach of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

from jupyterhub.utils import exponential_backoff
from kubernetes_asyncio.client import ApiException

from . import kube_api, manifests
from .diagnosis import SpawnError, cause, refused
from .kube_plan import Plan
from .kube_progress import Phase, Story, reached
from .kube_settings import KubeSettings
from .kube_wait import listens, soon
from .manifests.policies import Destination, Reach
from .manifests.server import ACCOUNT, START_ANNOTATION, Manifest, Server
from .node_ports import candidates, is_taken, no_free_ports
from .profiles import Profile, ProfileError, chosen, hadoop_files
from .spark_cluster import pod_ports

#: Seconds for the watch of pods to tell of one that was made; else the API server is asked.
_SEEN_WITHIN_S = 1.0


class SparkKubeSpawner(KubeSettings):
    """Start a user's server as a pod from which Spark sessions reach their executors.

    Everything that KubeSpawner can be told holds here too. Where a profile runs executors as
    pods, each user has a namespace of their own (`enable_user_namespaces`).
    """

    # --- Start.

    _plan: Plan | None = None
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

    async def load_user_options(self) -> None:
        """Take over what the user chose, after the check that the user may have it."""
        self._profile = Profile(image=self.image or "none")
        if self._profiles:
            options: dict[str, Any] = dict(self.user_options or {})  # type: ignore[has-type]
            wanted = options.get("profile")
            try:
                slug, self._profile = chosen(self._profiles, self._groups, wanted)
            except ProfileError as error:
                raise SpawnError(str(error)) from error
            self.user_options = {**options, "profile": slug}
        await super().load_user_options()
        if self._profile.spark.mode == "pods":
            self.service_account = ACCOUNT
            self.automount_service_account_token = True

    async def _start(self) -> Any:
        self._starting, self._known = True, True
        self._doubted_since, self._plan, self._story = None, None, None
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
        """Return the pod, once what it mounts is there."""
        # KubeSpawner has made the namespace and the claim by now.
        own = {Phase.NAMESPACE} if self.enable_user_namespaces else set()
        home = {Phase.VOLUME} if self.storage_pvc_ensure else set()
        phases = set(Phase) - {Phase.NAMESPACE, Phase.VOLUME} | own | home
        self._story = Story(self.image, sorted(phases))
        self._story.reach(Phase.VOLUME)
        self._plan = plan = await self._prepare()
        self._story.reach(Phase.RIGHTS)
        pod = await super().get_pod_manifest()
        pod.metadata.labels.update(plan.server.labels)
        self._uid, self._start_id, self._answers = "", uuid4().hex, False
        started = {START_ANNOTATION: self._start_id}
        pod.metadata.annotations = {**(pod.metadata.annotations or {}), **started}
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
        return env | (self._plan.environment() if self._plan else {})

    async def _prepare(self) -> Plan:
        """Make what must be there before the pod, and return the plan of the server."""
        mode = self._profile.spark.mode
        ports = pod_ports(self._profile.spark.sessions) if mode == "pods" else None
        plan = Plan(
            *(self._this, self._profile, self._reach(), self.sources),
            *(self.uid, self.gid, ports),
            hadoop=self._hadoop(),
            tolerations=self.tolerations,
            pull_secrets=await self._pull_secrets(),
        )
        made = plan.namespace()
        last = [each for each in made if each["kind"] == "RoleBinding"]
        await asyncio.gather(*(self._apply(each) for each in made if each not in last))
        for each in last:
            # The API server looks for the Role in its memory, where it is a moment later.
            told = "The API server does not find the Role that was made"
            await exponential_backoff(partial(self._bound, each), told)
        if mode == "outside":
            plan, owner = await self._with_node_ports(plan)
        else:
            owner = await self._apply_secret(plan)
        await asyncio.gather(*(self._apply(each) for each in plan.policies(owner)))
        return plan

    async def _pull_secrets(self) -> list[str]:
        """Return the Secrets that images are fetched with, which the pod's namespace has then."""
        names = self._pull_secret_names
        home = self._namespace_default()
        if self.namespace != home:
            timeout_s = self.k8s_api_request_retry_timeout
            hand_on = partial(
                kube_api.hand_on, self.api.api_client, home, self.namespace, self.instance
            )
            try:
                await asyncio.gather(*(hand_on(name, timeout_s) for name in names))
            except kube_api.MissingError as error:
                raise SpawnError(f"The server's image can't be fetched: {error}.") from error
        return names

    async def _bound(self, binding: Manifest) -> bool:
        try:
            await self._apply(binding)
        except ApiException as error:
            if error.status != 404:
                raise
            return False
        return True

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
        """Create the pod; let what was made before go with it, and make its Service."""
        made: bool = await super()._make_create_pod_request(pod, request_timeout)
        plan = self._plan
        if not made or plan is None:
            return made
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

    async def _make_delete_pod_request(self, *arguments: Any) -> bool:
        made: bool = await super()._make_delete_pod_request(*arguments)
        if made:
            await soon(lambda: self._pod is None, self.delete_grace_period)
        return made

    async def _complete_pod(self, uid: str, secret: Manifest, with_pods: bool) -> None:
        """Let what was made before the pod go with it; give it its name for executors."""
        owner = manifests.owned_by("Pod", self.pod_name, uid)
        owned = secret["metadata"] | {"ownerReferences": [owner]}
        todo: list[Awaitable[Any]] = [self._apply(secret | {"metadata": owned})]
        if with_pods:
            todo.append(self._apply(manifests.driver_service(self._this, owner)))
        await asyncio.gather(*todo)

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
        if found.lasting or now - self._doubted_since >= self.patience_s:
            raise found.error()

    async def stop(self, now: bool = False) -> None:
        """Stop the server; what was made for it goes too."""
        await super().stop(now=now)
        # While it starts, a pod of that name stood in the way; what was made is for the next one.
        if not self._starting:
            await self._remove_secret()

    # --- What the hub before this one left.

    def get_state(self) -> dict[str, Any]:
        """Return what the hub's database keeps of a server."""
        state: dict[str, Any] = super().get_state()
        return state | ({"complete": True} if self._complete else {})

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what the database kept."""
        super().load_state(state)
        self._complete = self._known = bool(state.get("complete"))

    def clear_state(self) -> None:
        """Forget the server that was."""
        super().clear_state()
        self._complete = False

    async def poll(self) -> int | None:
        """Return None while the server runs, else how it ended."""
        status: int | None = await super().poll()
        half_way = not self._known or self._is_going()
        if self._starting or not half_way:
            return status
        self._known = True
        return await self._take_over(status)

    async def _take_over(self, status: int | None) -> int | None:
        """End what an earlier hub began: its start of the server, or its stop.

        Raises
        ------
        SpawnError
            The pod can't start.
        """
        if self._pod is None:
            await self._remove_secret()
            return status
        if self._is_going():
            self.log.info("The pod %s is being stopped", self.pod_name)
            await self._until(lambda: self._pod is None, "end", self.delete_grace_period + 30)
            return 1
        if status is not None:
            return status
        self.log.info("The pod %s was being started when the hub ended", self.pod_name)
        self._starting, self._doubted_since = True, None
        try:
            if self.events_enabled:
                await self._start_watching_events()
            bare = manifests.private_files(self._this, {}, {})
            del bare["stringData"]
            found = await kube_api.read(self.api.api_client, bare, self.k8s_api_request_timeout)
            secret = bare | {"data": found["data"]}
            with_pods = self._pod["spec"].get("serviceAccountName") == ACCOUNT
            await self._complete_pod(self._pod["metadata"]["uid"], secret, with_pods)
            await self._until(lambda: self.is_pod_running(self._pod), "start", self.start_timeout)
        finally:
            self._starting = False
        self._complete = True
        self.orm_spawner.state = self.get_state()
        # Its address is known only now.
        ended: int | None = await super().poll()
        return ended

    async def _until(self, condition: Callable[[], bool], what: str, timeout_s: float) -> None:
        if not await soon(condition, timeout_s):
            raise TimeoutError(f"The pod {self.pod_name} did not {what} within {timeout_s} s")

    @property
    def _pod(self) -> Manifest | None:
        reflector = self.pod_reflector
        found: Manifest | None = reflector and reflector.pods.get(
            f"{self.namespace}/{self.pod_name}"
        )
        return found

    def _is_going(self) -> bool:
        return self._pod is not None and "deletionTimestamp" in self._pod["metadata"]

    # --- Requests.

    @property
    def _this(self) -> Server:
        return Server(
            *(self.pod_name, self.namespace, self.instance, self.port),
            *(self.user.name, self.name),
        )

    async def _remove_secret(self) -> None:
        secret = manifests.private_files(self._this, {}, {})
        try:
            await kube_api.remove(self.api.api_client, secret, self.k8s_api_request_timeout)
        except ApiException as error:
            if error.status != 404:
                raise

    async def _apply(self, manifest: Manifest) -> Manifest:
        timeout_s = self.k8s_api_request_retry_timeout
        return await kube_api.apply(self.api.api_client, manifest, timeout_s)

// Package policy turns network policies and pods into a table of nftables.
package policy

import (
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Pod is a pod with the address that it has on the node's network, which its status may not tell yet.
type Pod struct {
	*core.Pod
	Address string
}

// World is what policies are decided from. Pods on the host's network are none of it: policies don't
// hold for them.
type World struct {
	Pods       []Pod
	Namespaces map[string]labels.Set
	Policies   []*networking.NetworkPolicy
}

func matches(selector *meta.LabelSelector, set labels.Set) bool {
	compiled, err := meta.LabelSelectorAsSelector(selector)
	return err == nil && compiled.Matches(set)
}

// peers are the pods that a peer of a policy in `namespace` selects.
func (w World) peers(peer networking.NetworkPolicyPeer, namespace string) []Pod {
	var selected []Pod
	for _, pod := range w.Pods {
		if peer.NamespaceSelector == nil && pod.Namespace != namespace {
			continue
		}
		if peer.NamespaceSelector != nil && !matches(peer.NamespaceSelector, w.Namespaces[pod.Namespace]) {
			continue
		}
		if peer.PodSelector != nil && !matches(peer.PodSelector, pod.Labels) {
			continue
		}
		selected = append(selected, pod)
	}
	return selected
}

// policiesOf are the policies that select a pod.
func (w World) policiesOf(pod Pod) []*networking.NetworkPolicy {
	var selected []*networking.NetworkPolicy
	for _, policy := range w.Policies {
		if policy.Namespace == pod.Namespace && matches(&policy.Spec.PodSelector, pod.Labels) {
			selected = append(selected, policy)
		}
	}
	return selected
}

// directions tells which traffic a policy isolates. The API server fills policyTypes in, but doesn't
// have to: the rule for its absence is the API's.
func directions(spec networking.NetworkPolicySpec) (ingress, egress bool) {
	if len(spec.PolicyTypes) == 0 {
		return true, len(spec.Egress) > 0
	}
	for _, direction := range spec.PolicyTypes {
		ingress = ingress || direction == networking.PolicyTypeIngress
		egress = egress || direction == networking.PolicyTypeEgress
	}
	return ingress, egress
}

func protocolName(protocol core.Protocol) string {
	if protocol == "" {
		protocol = core.ProtocolTCP
	}
	return strings.ToLower(string(protocol))
}

// portsNamed are the numbers of a pod's ports of that name and protocol, sidecars' included.
func portsNamed(pod Pod, name, protocol string) []int32 {
	containers := pod.Spec.Containers
	for _, container := range pod.Spec.InitContainers {
		if container.RestartPolicy != nil && *container.RestartPolicy == core.ContainerRestartPolicyAlways {
			containers = append(containers[:len(containers):len(containers)], container)
		}
	}
	var numbers []int32
	for _, container := range containers {
		for _, port := range container.Ports {
			if port.Name == name && protocolName(port.Protocol) == protocol {
				numbers = append(numbers, port.ContainerPort)
			}
		}
	}
	return numbers
}

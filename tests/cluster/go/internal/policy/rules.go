package policy

import (
	"fmt"
	"slices"
	"strings"

	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// direction says on which side of a packet the peers of a rule stand, and whose ports it names.
type direction struct {
	letter    string
	peerField string
}

var (
	ingress = direction{"i", "saddr"}
	egress  = direction{"e", "daddr"}
)

// rule is one ingress or egress rule of a policy; both kinds have the same fields.
type rule struct {
	direction direction
	namespace string
	name      string // of this rule: policy and position
	peers     []networking.NetworkPolicyPeer
	ports     []networking.NetworkPolicyPort
}

func rulesOf(policy *networking.NetworkPolicy) (in, out []rule) {
	name := func(d direction, position int) string {
		return fmt.Sprintf("%s/%s/%s%d", policy.Namespace, policy.Name, d.letter, position)
	}
	for i, r := range policy.Spec.Ingress {
		in = append(in, rule{ingress, policy.Namespace, name(ingress, i), r.From, r.Ports})
	}
	for i, r := range policy.Spec.Egress {
		out = append(out, rule{egress, policy.Namespace, name(egress, i), r.To, r.Ports})
	}
	return in, out
}

// match is a condition on a packet's peer. `pods` are those behind it, whose named ports count.
type match struct {
	condition string
	pods      []Pod
}

// allowances are the nftables rules that let a rule's traffic of `self` pass. Addresses of peers go
// into a set, once for each rule, however many pods the rule holds for.
func (w World) allowances(r rule, self Pod, sets *addressSets) []string {
	var lines []string
	for _, m := range w.matchesOf(r, sets) {
		if len(r.ports) == 0 {
			lines = append(lines, join(m.condition, "return"))
		}
		for _, port := range r.ports {
			for _, condition := range portConditions(r.direction, m, port, self) {
				lines = append(lines, join(condition, "return"))
			}
		}
	}
	return lines
}

func (w World) matchesOf(r rule, sets *addressSets) []match {
	if len(r.peers) == 0 {
		return []match{{pods: w.Pods}}
	}
	var found []match
	var pods []Pod
	for _, peer := range r.peers {
		if peer.IPBlock == nil {
			pods = append(pods, w.peers(peer, r.namespace)...)
		} else if !strings.Contains(peer.IPBlock.CIDR, ":") { // the cluster has no IPv6
			found = append(found, match{condition: blockCondition(r.direction, *peer.IPBlock)})
		}
	}
	if len(pods) > 0 {
		set := sets.add(r.name, pods)
		found = append(found, match{fmt.Sprintf("ip %s @%s", r.direction.peerField, set), pods})
	}
	return found
}

func blockCondition(d direction, block networking.IPBlock) string {
	condition := fmt.Sprintf("ip %s %s", d.peerField, block.CIDR)
	if len(block.Except) > 0 {
		condition += fmt.Sprintf(" ip %s != { %s }", d.peerField, strings.Join(block.Except, ", "))
	}
	return condition
}

// portConditions narrow a match to a port. A port's name is looked up in the pods that traffic goes
// to: the policy's own for ingress, each peer for egress.
func portConditions(d direction, m match, port networking.NetworkPolicyPort, self Pod) []string {
	protocol := "tcp"
	if port.Protocol != nil {
		protocol = protocolName(*port.Protocol)
	}
	if port.Port == nil {
		return []string{join(m.condition, "meta l4proto", protocol)}
	}
	if port.Port.Type == intstr.Int {
		number := fmt.Sprint(port.Port.IntVal)
		if port.EndPort != nil {
			number += fmt.Sprintf("-%d", *port.EndPort)
		}
		return []string{join(m.condition, protocol, "dport", number)}
	}
	var conditions []string
	if d == ingress {
		for _, number := range portsNamed(self, port.Port.StrVal, protocol) {
			conditions = append(conditions, join(m.condition, protocol, "dport", fmt.Sprint(number)))
		}
		return conditions
	}
	for _, pod := range m.pods {
		for _, number := range portsNamed(pod, port.Port.StrVal, protocol) {
			conditions = append(conditions, fmt.Sprintf("ip daddr %s %s dport %d", pod.Address, protocol, number))
		}
	}
	slices.Sort(conditions)
	return slices.Compact(conditions)
}

func join(parts ...string) string {
	return strings.TrimSpace(strings.Join(parts, " "))
}

package policy

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// addressSets are nftables sets of peers' addresses, each named after the rule that it is for.
type addressSets struct {
	names []string
	text  strings.Builder
}

func (s *addressSets) add(rule string, pods []Pod) string {
	name := "s" + digest(rule)
	if !slices.Contains(s.names, name) {
		s.names = append(s.names, name)
		fmt.Fprintf(&s.text, "  set %s { type ipv4_addr; elements = { %s } } # %s\n", name, strings.Join(addresses(pods), ", "), rule)
	}
	return name
}

func addresses(pods []Pod) []string {
	var all []string
	for _, pod := range pods {
		all = append(all, pod.Address)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func digest(text string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))[:12]
}

// Table is the whole table for a node whose pods have addresses of `pods`, a CIDR. nftables swaps it
// in as one transaction, so no packet meets half of it.
//
// An address of the node's range that belongs to no known pod is closed: a pod has its policies from
// its first packet on, not only from the moment when its address is known here.
func (w World) Table(pods string) string {
	var sets addressSets
	var chains strings.Builder
	var ingressMap, egressMap []string
	isolate := func(d direction, pod Pod, lines []string) string {
		chain := d.letter + digest(string(pod.UID))
		fmt.Fprintf(&chains, "  chain %s { # %s/%s\n", chain, pod.Namespace, pod.Name)
		for _, line := range lines {
			fmt.Fprintf(&chains, "    %s\n", line)
		}
		chains.WriteString("    counter drop\n  }\n")
		return fmt.Sprintf("%s : jump %s", pod.Address, chain)
	}
	for _, pod := range w.Pods {
		var in, out []string
		var isolatedIn, isolatedOut bool
		for _, policy := range w.policiesOf(pod) {
			i, e := directions(policy.Spec)
			isolatedIn, isolatedOut = isolatedIn || i, isolatedOut || e
			ingressRules, egressRules := rulesOf(policy)
			if i {
				for _, r := range ingressRules {
					in = append(in, w.allowances(r, pod, &sets)...)
				}
			}
			if e {
				for _, r := range egressRules {
					out = append(out, w.allowances(r, pod, &sets)...)
				}
			}
		}
		if isolatedIn {
			ingressMap = append(ingressMap, isolate(ingress, pod, in))
		}
		if isolatedOut {
			egressMap = append(egressMap, isolate(egress, pod, out))
		}
	}
	unknown := func(field string) string {
		return fmt.Sprintf("    ip %s %s ip %s != @known counter drop\n", field, pods, field)
	}
	const accept = "    ct state established,related accept\n"
	// The first two lines make the third good whether the table was there or not.
	return "table ip lodge_policy\ndelete table ip lodge_policy\ntable ip lodge_policy {\n" +
		sets.text.String() + chains.String() +
		"  map egress { type ipv4_addr : verdict; " + elements(egressMap) + "}\n" +
		"  map ingress { type ipv4_addr : verdict; " + elements(ingressMap) + "}\n" +
		"  set known { type ipv4_addr; " + elements(addresses(w.Pods)) + "}\n" +
		// Between pods, and from pods to what is behind a Service.
		"  chain forward { type filter hook forward priority filter - 5; policy accept;\n" +
		accept + unknown("saddr") + unknown("daddr") +
		"    ip saddr vmap @egress\n    ip daddr vmap @ingress\n  }\n" +
		// From pods to the node itself. The node's own traffic to its pods is never filtered.
		"  chain input { type filter hook input priority filter - 5; policy accept;\n" +
		accept + unknown("saddr") +
		"    ip saddr vmap @egress\n  }\n}\n"
}

func elements(all []string) string {
	if len(all) == 0 {
		return ""
	}
	slices.Sort(all)
	return "elements = { " + strings.Join(all, ", ") + " } "
}

package policy

import (
	"os/exec"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func pod(namespace, name, address string, set map[string]string, ports ...core.ContainerPort) Pod {
	return Pod{
		Address: address,
		Pod: &core.Pod{
			ObjectMeta: meta.ObjectMeta{Namespace: namespace, Name: name, Labels: set, UID: types.UID(namespace + "/" + name)},
			Spec:       core.PodSpec{Containers: []core.Container{{Ports: ports}}},
		},
	}
}

func selects(set map[string]string) *meta.LabelSelector {
	return &meta.LabelSelector{MatchLabels: set}
}

func allow(name string, spec networking.NetworkPolicySpec) *networking.NetworkPolicy {
	return &networking.NetworkPolicy{ObjectMeta: meta.ObjectMeta{Namespace: "users", Name: name}, Spec: spec}
}

func port(port intstr.IntOrString) networking.NetworkPolicyPort {
	return networking.NetworkPolicyPort{Port: &port}
}

func world(policies ...*networking.NetworkPolicy) World {
	return World{
		Pods: []Pod{
			pod("users", "alice", "10.244.0.2", map[string]string{"app": "server"}, core.ContainerPort{Name: "http", ContainerPort: 8888}),
			pod("users", "hub", "10.244.0.3", map[string]string{"app": "hub"}, core.ContainerPort{Name: "api", ContainerPort: 8081}),
			pod("other", "hub", "10.244.0.4", map[string]string{"app": "hub"}),
		},
		Namespaces: map[string]labels.Set{"users": {"team": "lodge"}, "other": {"team": "other"}},
		Policies:   policies,
	}
}

// chain is the body of the one chain that isolates a pod in a direction; "" when it isn't isolated.
func chain(t *testing.T, table, letter, pod string) string {
	t.Helper()
	_, body, found := strings.Cut(table, "  chain "+letter+digest(pod)+" { # "+pod+"\n")
	if !found {
		return ""
	}
	body, _, _ = strings.Cut(body, "  }\n")
	return strings.Join(strings.Fields(body), " ")
}

func TestPodsWithoutAPolicyAreNotIsolated(t *testing.T) {
	table := world().Table("10.244.0.0/24")
	if strings.Contains(table, "jump") {
		t.Error(table)
	}
	if !strings.Contains(table, "set known { type ipv4_addr; elements = { 10.244.0.2, 10.244.0.3, 10.244.0.4 } }") {
		t.Error(table)
	}
}

func TestAPolicyWithoutRulesRefusesEverythingInItsDirections(t *testing.T) {
	table := world(allow("closed", networking.NetworkPolicySpec{
		PodSelector: *selects(map[string]string{"app": "server"}),
		PolicyTypes: []networking.PolicyType{networking.PolicyTypeEgress},
	})).Table("10.244.0.0/24")
	if got := chain(t, table, "e", "users/alice"); got != "counter drop" {
		t.Error(got)
	}
	if got := chain(t, table, "i", "users/alice"); got != "" {
		t.Error(got)
	}
	if got := chain(t, table, "e", "users/hub"); got != "" {
		t.Error(got)
	}
}

func TestIngressFromAPodOfTheSameNamespaceByThePortsName(t *testing.T) {
	table := world(allow("hub", networking.NetworkPolicySpec{
		PodSelector: *selects(map[string]string{"app": "server"}),
		Ingress: []networking.NetworkPolicyIngressRule{{
			From:  []networking.NetworkPolicyPeer{{PodSelector: selects(map[string]string{"app": "hub"})}},
			Ports: []networking.NetworkPolicyPort{port(intstr.FromString("http"))},
		}},
	})).Table("10.244.0.0/24")
	set := "s" + digest("users/hub/i0")
	if got := chain(t, table, "i", "users/alice"); got != "ip saddr @"+set+" tcp dport 8888 return counter drop" {
		t.Error(got)
	}
	if !strings.Contains(table, "set "+set+" { type ipv4_addr; elements = { 10.244.0.3 } }") {
		t.Error(table)
	}
}

func TestEgressToOtherNamespacesBlocksAndRanges(t *testing.T) {
	end := int32(9010)
	number := intstr.FromInt32(9000)
	table := world(allow("out", networking.NetworkPolicySpec{
		PodSelector: *selects(map[string]string{"app": "server"}),
		PolicyTypes: []networking.PolicyType{networking.PolicyTypeEgress},
		Egress: []networking.NetworkPolicyEgressRule{{
			To: []networking.NetworkPolicyPeer{
				{NamespaceSelector: selects(map[string]string{"team": "other"})},
				{IPBlock: &networking.IPBlock{CIDR: "192.0.2.0/24", Except: []string{"192.0.2.7/32"}}},
				{IPBlock: &networking.IPBlock{CIDR: "2001:db8::/32"}},
			},
			Ports: []networking.NetworkPolicyPort{{Port: &number, EndPort: &end}},
		}},
	})).Table("10.244.0.0/24")
	set := "s" + digest("users/out/e0")
	want := "ip daddr 192.0.2.0/24 ip daddr != { 192.0.2.7/32 } tcp dport 9000-9010 return" +
		" ip daddr @" + set + " tcp dport 9000-9010 return counter drop"
	if got := chain(t, table, "e", "users/alice"); got != want {
		t.Error(got)
	}
	if !strings.Contains(table, "set "+set+" { type ipv4_addr; elements = { 10.244.0.4 } }") {
		t.Error(table)
	}
}

func TestEgressByAPortsNameLooksItUpInEachPeer(t *testing.T) {
	table := world(allow("out", networking.NetworkPolicySpec{
		PodSelector: *selects(map[string]string{"app": "server"}),
		PolicyTypes: []networking.PolicyType{networking.PolicyTypeEgress},
		Egress: []networking.NetworkPolicyEgressRule{
			{Ports: []networking.NetworkPolicyPort{port(intstr.FromString("api"))}},
		},
	})).Table("10.244.0.0/24")
	if got := chain(t, table, "e", "users/alice"); got != "ip daddr 10.244.0.3 tcp dport 8081 return counter drop" {
		t.Error(got)
	}
}

func TestARuleForNobodyAllowsNobody(t *testing.T) {
	table := world(allow("nobody", networking.NetworkPolicySpec{
		Ingress: []networking.NetworkPolicyIngressRule{{
			From: []networking.NetworkPolicyPeer{{PodSelector: selects(map[string]string{"app": "none"})}},
		}},
	})).Table("10.244.0.0/24")
	if got := chain(t, table, "i", "users/hub"); got != "counter drop" {
		t.Error(got)
	}
}

func TestNftablesReadsTheTable(t *testing.T) {
	udp := core.ProtocolUDP
	table := world(allow("all", networking.NetworkPolicySpec{
		PolicyTypes: []networking.PolicyType{networking.PolicyTypeEgress, networking.PolicyTypeIngress},
		Egress: []networking.NetworkPolicyEgressRule{
			{},
			{Ports: []networking.NetworkPolicyPort{{Protocol: &udp}}},
			{To: []networking.NetworkPolicyPeer{{IPBlock: &networking.IPBlock{CIDR: "0.0.0.0/0", Except: []string{"10.0.0.0/8", "169.254.169.254/32"}}}}},
		},
		Ingress: []networking.NetworkPolicyIngressRule{
			{From: []networking.NetworkPolicyPeer{{PodSelector: &meta.LabelSelector{}}}, Ports: []networking.NetworkPolicyPort{port(intstr.FromInt32(80))}},
		},
	})).Table("10.244.0.0/24")
	// --check changes nothing, and a network of its own lets it run beside anything.
	command := exec.Command("unshare", "--net", "nft", "--check", "-f", "-")
	command.Stdin = strings.NewReader(table)
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v: %s\n%s", err, output, table)
	}
}

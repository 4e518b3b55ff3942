package policy

import "testing"

func TestAPodWaitsUntilRulesWithItsAddressAreInForce(t *testing.T) {
	notices := NewNotices()
	done := notices.Add("users/alice", "10.244.0.2")
	notices.InForce([]Pod{pod("users", "alice", "10.244.0.9", nil)})
	select {
	case <-done:
		t.Fatal("rules of an earlier address were taken for this one's")
	default:
	}
	notices.InForce([]Pod{pod("users", "alice", "10.244.0.2", nil)})
	<-done
}

func TestTheAddressOfTheNodeComesBeforeThatOfTheStatus(t *testing.T) {
	notices := NewNotices()
	if got := notices.Address("users/alice", "10.244.0.2"); got != "10.244.0.2" {
		t.Error(got)
	}
	notices.Add("users/alice", "10.244.0.3")
	if got := notices.Address("users/alice", "10.244.0.2"); got != "10.244.0.3" {
		t.Error(got)
	}
}

func TestTheEndOfAnEarlierNetworkIsNotTheEndOfTheNext(t *testing.T) {
	notices := NewNotices()
	notices.Add("users/alice", "10.244.0.2")
	notices.Add("users/alice", "10.244.0.3")
	notices.Remove("users/alice", "10.244.0.2")
	if got := notices.Address("users/alice", ""); got != "10.244.0.3" {
		t.Error(got)
	}
	notices.Remove("users/alice", "10.244.0.3")
	if got := notices.Address("users/alice", ""); got != "" {
		t.Error(got)
	}
}

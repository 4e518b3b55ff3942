package policy

import "sync"

// Notices hold the addresses that pods get, told by the node before a pod's first process starts and
// long before the pod's status has them.
type Notices struct {
	mutex     sync.Mutex
	addresses map[string]string
	waiting   map[string][]chan struct{}
}

// NewNotices has none yet.
func NewNotices() *Notices {
	return &Notices{addresses: map[string]string{}, waiting: map[string][]chan struct{}{}}
}

// Add notes a pod's address. The channel is closed when rules with this address are in force.
func (n *Notices) Add(pod, address string) <-chan struct{} {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	done := make(chan struct{})
	n.addresses[pod] = address
	key := pod + " " + address
	n.waiting[key] = append(n.waiting[key], done)
	return done
}

// Remove forgets a pod's address: that network is gone. One that the pod got since then stays, as the
// end of a network is told again and again.
func (n *Notices) Remove(pod, address string) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.addresses[pod] == address {
		delete(n.addresses, pod)
	}
}

// Address is a pod's own: the noted one before that of its status, which lags behind when a pod's
// network is made anew.
func (n *Notices) Address(pod, status string) string {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if address := n.addresses[pod]; address != "" {
		return address
	}
	return status
}

// InForce tells those who wait for one of these pods that its rules hold.
func (n *Notices) InForce(pods []Pod) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	for _, pod := range pods {
		key := pod.Namespace + "/" + pod.Name + " " + pod.Address
		for _, done := range n.waiting[key] {
			close(done)
		}
		delete(n.waiting, key)
	}
}

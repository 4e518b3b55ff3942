package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os/exec"
	"slices"
	"strings"
	"time"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	networkinglisters "k8s.io/client-go/listers/networking/v1"
	"k8s.io/client-go/tools/cache"

	"lodge/tests/cluster/internal/policy"
)

// gather is how long changes are gathered before one new table holds them all. A pod's start waits
// for this, so it is short.
const gather = 10 * time.Millisecond

type enforcer struct {
	factory    informers.SharedInformerFactory
	pods       corelisters.PodLister
	namespaces corelisters.NamespaceLister
	policies   networkinglisters.NetworkPolicyLister
	notices    *policy.Notices
	changed    chan struct{}
	cidr       string
}

func newEnforcer(client kubernetes.Interface, cidr string) *enforcer {
	factory := informers.NewSharedInformerFactory(client, 0)
	e := &enforcer{
		factory:    factory,
		pods:       factory.Core().V1().Pods().Lister(),
		namespaces: factory.Core().V1().Namespaces().Lister(),
		policies:   factory.Networking().V1().NetworkPolicies().Lister(),
		notices:    policy.NewNotices(),
		changed:    make(chan struct{}, 1),
		cidr:       cidr,
	}
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { e.poke() },
		UpdateFunc: func(any, any) { e.poke() },
		DeleteFunc: func(any) { e.poke() },
	}
	for _, informer := range []cache.SharedIndexInformer{
		factory.Core().V1().Pods().Informer(),
		factory.Core().V1().Namespaces().Informer(),
		factory.Networking().V1().NetworkPolicies().Informer(),
	} {
		// It only fails on an informer that was stopped.
		_, _ = informer.AddEventHandler(handler)
	}
	return e
}

func (e *enforcer) poke() {
	select {
	case e.changed <- struct{}{}:
	default: // a change is pending already
	}
}

func (e *enforcer) run(ctx context.Context, socket string) error {
	e.factory.Start(ctx.Done())
	e.factory.WaitForCacheSync(ctx.Done())
	listener, err := listen(ctx, socket)
	if err != nil {
		return err
	}
	go e.serve(listener)
	e.poke()
	current := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-e.changed:
		}
		time.Sleep(gather)
		world, err := e.world()
		if err != nil {
			return err
		}
		if table := world.Table(e.cidr); table != current {
			// Ending is right here: the table in force stays, and whoever restarts this sees why.
			if err := load(ctx, table); err != nil {
				return err
			}
			current = table
			log.Printf("%d pods, %d policies in force", len(world.Pods), len(world.Policies))
		}
		e.notices.InForce(world.Pods)
	}
}

func (e *enforcer) world() (policy.World, error) {
	world := policy.World{Namespaces: map[string]labels.Set{}}
	namespaces, err := e.namespaces.List(labels.Everything())
	if err != nil {
		return world, err
	}
	for _, namespace := range namespaces {
		world.Namespaces[namespace.Name] = namespace.Labels
	}
	pods, err := e.pods.List(labels.Everything())
	if err != nil {
		return world, err
	}
	for _, pod := range pods {
		address := e.notices.Address(pod.Namespace+"/"+pod.Name, pod.Status.PodIP)
		ended := pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed
		if address != "" && !ended && !pod.Spec.HostNetwork {
			world.Pods = append(world.Pods, policy.Pod{Pod: pod, Address: address})
		}
	}
	if world.Policies, err = e.policies.List(labels.Everything()); err != nil {
		return world, err
	}
	// Listers give no order; the same world is to give the same table.
	slices.SortFunc(world.Pods, func(a, b policy.Pod) int {
		return strings.Compare(string(a.UID), string(b.UID))
	})
	slices.SortFunc(world.Policies, func(a, b *networking.NetworkPolicy) int {
		return strings.Compare(string(a.UID), string(b.UID))
	})
	return world, nil
}

func load(ctx context.Context, table string) error {
	command := exec.CommandContext(ctx, "nft", "-f", "-")
	command.Stdin = strings.NewReader(table)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		return fmt.Errorf("nft refused the table: %w: %s\n%s", err, output.String(), table)
	}
	return nil
}

// Command netpol enforces the network policies of one node with nftables. It needs a network where
// pods are routed by the node (the CNI plugin ptp), so that all of their traffic passes its hooks.
//
// Called as a CNI plugin, at the end of the chain, it tells its other self of a pod's address and
// holds the pod back until its policies are in force.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds)
	if command := os.Getenv("CNI_COMMAND"); command != "" {
		os.Exit(plugin(command, os.Stdin, os.Stdout))
	}
	socket := flag.String("socket", "/run/netpol.sock", "where the plugin tells of pods")
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	pods := flag.String("pods", "", "the addresses of this node's pods, as a CIDR")
	flag.Parse()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		log.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := newEnforcer(client, *pods).run(ctx, *socket); err != nil {
		log.Fatal(err)
	}
}

// Command volumes gives each claim of its storage classes a folder of the node as its volume, and
// removes the folder with the claim. Sizes are told, not enforced.
package main

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	core "k8s.io/api/core/v1"
	api "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"

	"lodge/tests/cluster/internal/volumes"
)

// again is when what failed is tried once more.
const again = time.Second

func main() {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds)
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	node := flag.String("node", "", "the node's name")
	root := flag.String("root", "", "where the volumes' folders are made")
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
	serve(ctx, client, volumes.Node{Name: *node, Root: *root})
}

func serve(ctx context.Context, client kubernetes.Interface, node volumes.Node) {
	factory := informers.NewSharedInformerFactory(client, 0)
	claims := factory.Core().V1().PersistentVolumeClaims()
	existing := factory.Core().V1().PersistentVolumes()
	classes := factory.Storage().V1().StorageClasses()
	changed := make(chan struct{}, 1)
	poke := func() {
		select {
		case changed <- struct{}{}:
		default: // a change is pending already
		}
	}
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { poke() },
		UpdateFunc: func(any, any) { poke() },
		DeleteFunc: func(any) { poke() },
	}
	for _, informer := range []cache.SharedIndexInformer{claims.Informer(), existing.Informer(), classes.Informer()} {
		// It only fails on an informer that was stopped.
		_, _ = informer.AddEventHandler(handler)
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		// Listers read a cache that is in memory: they don't fail.
		allClasses, _ := classes.Lister().List(labels.Everything())
		allClaims, _ := claims.Lister().List(labels.Everything())
		allVolumes, _ := existing.Lister().List(labels.Everything())
		if err := carryOut(ctx, client, node, node.Plan(allClasses, allClaims, allVolumes)); err != nil {
			log.Print(err)
			time.AfterFunc(again, poke)
		}
	}
}

func carryOut(ctx context.Context, client kubernetes.Interface, node volumes.Node, plan volumes.Plan) error {
	var failures []error
	for _, volume := range plan.Create {
		failures = append(failures, create(ctx, client, node, volume))
	}
	for _, volume := range plan.Remove {
		failures = append(failures, remove(ctx, client, node, volume))
	}
	return errors.Join(failures...)
}

func create(ctx context.Context, client kubernetes.Interface, node volumes.Node, volume *core.PersistentVolume) error {
	if err := os.Mkdir(node.Folder(volume), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	_, err := client.CoreV1().PersistentVolumes().Create(ctx, volume, meta.CreateOptions{})
	if api.IsAlreadyExists(err) { // made a moment ago, and the lister doesn't know yet
		return nil
	}
	log.Printf("%s for %s/%s", volume.Name, volume.Spec.ClaimRef.Namespace, volume.Spec.ClaimRef.Name)
	return err
}

func remove(ctx context.Context, client kubernetes.Interface, node volumes.Node, volume *core.PersistentVolume) error {
	if err := os.RemoveAll(node.Folder(volume)); err != nil {
		return err
	}
	err := client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, meta.DeleteOptions{})
	if api.IsNotFound(err) {
		return nil
	}
	log.Printf("%s removed", volume.Name)
	return err
}

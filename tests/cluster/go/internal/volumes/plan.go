// Package volumes decides which volumes a node's claims need, and which nobody needs any more.
package volumes

import (
	"path/filepath"

	core "k8s.io/api/core/v1"
	storage "k8s.io/api/storage/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Provisioner is the name by which storage classes ask for volumes of this kind.
const Provisioner = "lodge.test/folders"

// Node is where volumes are made: each is a folder of its own below Root.
type Node struct {
	Name string
	Root string
}

// Plan says what is to be done.
type Plan struct {
	Create []*core.PersistentVolume
	Remove []*core.PersistentVolume
}

// Plan compares what claims ask for with the volumes there are.
func (n Node) Plan(classes []*storage.StorageClass, claims []*core.PersistentVolumeClaim, existing []*core.PersistentVolume) Plan {
	ours := map[string]*storage.StorageClass{}
	for _, class := range classes {
		if class.Provisioner == Provisioner {
			ours[class.Name] = class
		}
	}
	var plan Plan
	there := map[string]bool{}
	for _, volume := range existing {
		there[volume.Name] = true
		made := volume.Annotations["pv.kubernetes.io/provisioned-by"] == Provisioner
		deletes := volume.Spec.PersistentVolumeReclaimPolicy == core.PersistentVolumeReclaimDelete
		if made && deletes && volume.Status.Phase == core.VolumeReleased {
			plan.Remove = append(plan.Remove, volume)
		}
	}
	for _, claim := range claims {
		if claim.Spec.StorageClassName == nil || claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil {
			continue
		}
		class := ours[*claim.Spec.StorageClassName]
		if class != nil && !there[volumeName(claim)] {
			plan.Create = append(plan.Create, n.volume(class, claim))
		}
	}
	return plan
}

func volumeName(claim *core.PersistentVolumeClaim) string {
	return "pvc-" + string(claim.UID)
}

// Folder is where the files of a volume are.
func (n Node) Folder(volume *core.PersistentVolume) string {
	return filepath.Join(n.Root, volume.Name)
}

// volume is of the kind local, not hostPath: only there the kubelet gives the files to a pod's
// fsGroup, as it does with a disk of a cloud.
func (n Node) volume(class *storage.StorageClass, claim *core.PersistentVolumeClaim) *core.PersistentVolume {
	reclaim := core.PersistentVolumeReclaimDelete
	if class.ReclaimPolicy != nil {
		reclaim = *class.ReclaimPolicy
	}
	volume := &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{
			Name:        volumeName(claim),
			Annotations: map[string]string{"pv.kubernetes.io/provisioned-by": Provisioner},
		},
		Spec: core.PersistentVolumeSpec{
			AccessModes:                   claim.Spec.AccessModes,
			Capacity:                      core.ResourceList{core.ResourceStorage: claim.Spec.Resources.Requests[core.ResourceStorage]},
			PersistentVolumeReclaimPolicy: reclaim,
			StorageClassName:              class.Name,
			ClaimRef: &core.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim",
				Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
			NodeAffinity: &core.VolumeNodeAffinity{Required: &core.NodeSelector{
				NodeSelectorTerms: []core.NodeSelectorTerm{{MatchExpressions: []core.NodeSelectorRequirement{{
					Key: core.LabelHostname, Operator: core.NodeSelectorOpIn, Values: []string{n.Name},
				}}}},
			}},
		},
	}
	volume.Spec.Local = &core.LocalVolumeSource{Path: n.Folder(volume)}
	return volume
}

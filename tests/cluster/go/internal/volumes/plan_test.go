package volumes

import (
	"testing"

	core "k8s.io/api/core/v1"
	storage "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

var (
	node    = Node{Name: "node1", Root: "/volumes"}
	classes = []*storage.StorageClass{
		{ObjectMeta: meta.ObjectMeta{Name: "folders"}, Provisioner: Provisioner},
		{ObjectMeta: meta.ObjectMeta{Name: "cloud"}, Provisioner: "example.org/disks"},
	}
)

func claim(class string) *core.PersistentVolumeClaim {
	return &core.PersistentVolumeClaim{
		ObjectMeta: meta.ObjectMeta{Namespace: "users", Name: "home", UID: types.UID("1")},
		Spec: core.PersistentVolumeClaimSpec{
			StorageClassName: &class,
			AccessModes:      []core.PersistentVolumeAccessMode{core.ReadWriteOnce},
			Resources: core.VolumeResourceRequirements{
				Requests: core.ResourceList{core.ResourceStorage: resource.MustParse("1Gi")},
			},
		},
	}
}

func plan(claims []*core.PersistentVolumeClaim, volumes ...*core.PersistentVolume) Plan {
	return node.Plan(classes, claims, volumes)
}

func TestAClaimGetsOneVolumeOfItsOwn(t *testing.T) {
	first := plan([]*core.PersistentVolumeClaim{claim("folders")})
	if len(first.Create) != 1 {
		t.Fatal(first)
	}
	volume := first.Create[0]
	if volume.Name != "pvc-1" || volume.Spec.Local.Path != "/volumes/pvc-1" || volume.Spec.ClaimRef.Name != "home" {
		t.Error(volume)
	}
	if size := volume.Spec.Capacity[core.ResourceStorage]; size.String() != "1Gi" {
		t.Error(size)
	}
	if again := plan([]*core.PersistentVolumeClaim{claim("folders")}, volume); len(again.Create)+len(again.Remove) != 0 {
		t.Error(again)
	}
}

func TestClaimsOfOthersAreLeftAlone(t *testing.T) {
	bound, going, none := claim("folders"), claim("folders"), claim("folders")
	bound.Spec.VolumeName = "pvc-1"
	going.DeletionTimestamp = &meta.Time{}
	none.Spec.StorageClassName = nil
	got := plan([]*core.PersistentVolumeClaim{claim("cloud"), claim("missing"), bound, going, none})
	if len(got.Create) != 0 {
		t.Error(got)
	}
}

func TestAReleasedVolumeGoesUnlessItIsToBeKept(t *testing.T) {
	volume := plan([]*core.PersistentVolumeClaim{claim("folders")}).Create[0]
	volume.Status.Phase = core.VolumeBound
	if got := plan(nil, volume); len(got.Remove) != 0 {
		t.Error(got)
	}
	volume.Status.Phase = core.VolumeReleased
	if got := plan(nil, volume); len(got.Remove) != 1 {
		t.Error(got)
	}
	volume.Spec.PersistentVolumeReclaimPolicy = core.PersistentVolumeReclaimRetain
	if got := plan(nil, volume); len(got.Remove) != 0 {
		t.Error(got)
	}
	foreign := &core.PersistentVolume{Status: core.PersistentVolumeStatus{Phase: core.VolumeReleased}}
	if got := plan(nil, foreign); len(got.Remove) != 0 {
		t.Error(got)
	}
}

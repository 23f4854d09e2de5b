namespace Ballast.ApiServer.Tests.Registry.Kinds;

/// <summary>What of each kind never changes, or not any way: a document, its successor, and the error. As in <see cref="Refusals"/>; <c>/status</c> writes that.</summary>
internal static class RefusedChanges
{
    public const string Text = """
        # persistentvolumeclaims
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}}} -> spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 2Gi}}} => spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}}} -> spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 3Gi}}} => spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims
        spec: {volumeName: v, accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}}}, status: {phase: Bound, capacity: {storage: 2Gi}} -> spec: {volumeName: v, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}} => spec.resources.requests.storage: Forbidden: field can not be less than status.capacity
        spec: {volumeMode: Block, accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}}} -> spec: {volumeMode: Filesystem, accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}}} => volumeMode: Invalid value: "Filesystem": field is immutable

        # persistentvolumes
        spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /a}} -> spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /b}} => spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation

        # resourcequotas
        spec: {scopes: [BestEffort]} -> spec: {scopes: [NotBestEffort]} => spec.scopes: Invalid value: ["NotBestEffort"]: field is immutable

        # controllerrevisions
        data: {a: 1}, revision: 1 -> data: {a: 2}, revision: 1 => data: Invalid value: {"a":2}: field is immutable

        # daemonsets
        spec: {selector: {matchLabels: {a: b}}, $T} -> spec: {selector: {matchLabels: {a: c}}, $T} => spec.selector: Invalid value: {"matchLabels":{"a":"c"}}: field is immutable

        # replicasets
        spec: {selector: {matchLabels: {a: b}}, $T} -> spec: {selector: {matchLabels: {a: c}}, $T} => spec.selector: Invalid value: {"matchLabels":{"a":"c"}}: field is immutable

        # deployments/status
        status: {} -> status: {replicas: 1, updatedReplicas: 2} => status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas
        status: {collisionCount: 2} -> status: {collisionCount: 1} => status.collisionCount: Invalid value: 1: cannot be decremented

        # jobs
        spec: {completions: 1, template: {spec: {restartPolicy: Never, $P}}} -> spec: {completions: 2, template: {spec: {restartPolicy: Never, $P}}} => spec.completions: Invalid value: 2: field is immutable
        spec: {completionMode: Indexed, completions: 1, parallelism: 1, template: {spec: {restartPolicy: Never, $P}}} -> spec: {completionMode: Indexed, completions: 2, parallelism: 1, template: {spec: {restartPolicy: Never, $P}}} => spec.completions: Invalid value: 2: can only be modified in tandem with spec.parallelism
        spec: {template: {spec: {restartPolicy: Never, $P}}} -> spec: {completionMode: Indexed, completions: 1, template: {spec: {restartPolicy: Never, $P}}} => spec.completionMode: Invalid value: "Indexed": field is immutable

        # certificatesigningrequests/status
        status: {} -> status: {certificate: YWJj} => status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block
        status: {certificate: YWJj} -> status: {certificate: YWJk} => status.certificate: Forbidden: updates may not modify existing certificate content

        # certificatesigningrequests/approval
        status: {conditions: [{type: Approved, status: 'True'}]} -> status: {conditions: []} => status.conditions: Forbidden: updates may not remove a condition of type "Approved"
        status: {conditions: [{type: Approved, status: 'True'}]} -> status: {conditions: [{type: Approved, status: 'True'}, {type: Denied, status: 'True'}]} => status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive
        status: {} -> status: {conditions: [{type: Denied, status: 'False'}]} => status.conditions[0].status: Unsupported value: "False": supported values: "True"

        # horizontalpodautoscalers/status
        status: {} -> status: {currentReplicas: -1} => status.currentReplicas: Invalid value: -1: must be greater than or equal to 0

        # ingresses/status
        status: {} -> status: {loadBalancer: {ingress: [{hostname: 10.0.0.1}]}} => status.loadBalancer.ingress[0].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address

        # ingressclasses
        spec: {controller: a.com/b} -> spec: {controller: a.com/c} => spec.controller: Invalid value: "a.com/c": field is immutable

        # ipaddresses
        spec: {parentRef: {resource: services, name: a}} -> spec: {parentRef: {resource: services, name: b}} => spec.parentRef: Invalid value: {"resource":"services","name":"b"}: field is immutable

        # servicecidrs
        spec: {cidrs: [10.0.0.0/24]} -> spec: {cidrs: [10.0.1.0/24]} => spec.cidrs[0]: Invalid value: "10.0.1.0/24": field is immutable
        spec: {cidrs: [10.0.0.0/24, 'fd00::/64']} -> spec: {cidrs: [10.0.0.0/24]} => spec.cidrs: Invalid value: ["10.0.0.0/24"]: field is immutable

        # runtimeclasses
        handler: a -> handler: b => handler: Invalid value: "b": field is immutable

        # endpointslices
        addressType: IPv4, endpoints: [] -> addressType: IPv6, endpoints: [] => addressType: Invalid value: "IPv6": field is immutable

        # clusterrolebindings
        roleRef: {kind: ClusterRole, name: a} -> roleRef: {kind: ClusterRole, name: b} => roleRef: Invalid value: {"kind":"ClusterRole","name":"b","apiGroup":"rbac.authorization.k8s.io"}: cannot change roleRef

        # resourceclaims
        spec: {devices: {$DEVICES}} -> spec: {} => spec: Invalid value: {}: field is immutable

        # resourceclaims/status
        spec: {devices: {$DEVICES}}, status: {} -> status: {reservedFor: [{resource: pods, name: a, uid: u}]} => status.reservedFor: Forbidden: may not be specified when `allocated` is not set
        spec: {devices: {$DEVICES}}, status: {} -> status: {allocation: {devices: {results: [{request: b, driver: d, pool: p, device: x}]}}} => status.allocation.devices.results[0].request: Invalid value: "b": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'
        spec: {devices: {$DEVICES}}, status: {allocation: {devices: {results: []}}} -> status: {allocation: {devices: {results: [{request: a, driver: d, pool: p, device: x}]}}} => status.allocation: Invalid value: {"devices":{"results":[{"request":"a","driver":"d","pool":"p","device":"x"}]}}: field is immutable

        # resourceclaimtemplates
        spec: {spec: {devices: {$DEVICES}}} -> spec: {spec: {}} => spec: Invalid value: {"spec":{}}: field is immutable

        # resourceslices
        spec: {driver: a, nodeName: node, pool: {name: p, resourceSliceCount: 1}} -> spec: {driver: b, nodeName: node, pool: {name: p, resourceSliceCount: 1}} => spec.driver: Invalid value: "b": field is immutable

        # priorityclasses
        value: 1, preemptionPolicy: Never -> value: 1, preemptionPolicy: PreemptLowerPriority => preemptionPolicy: Invalid value: "PreemptLowerPriority": field is immutable

        # csidrivers
        spec: {attachRequired: true} -> spec: {attachRequired: false} => spec.attachRequired: Invalid value: false: field is immutable

        # csinodes
        spec: {drivers: [{name: d, nodeID: a}]} -> spec: {drivers: [{name: d, nodeID: b}]} => CSINodeDriver: Invalid value: {"name":"d","nodeID":"b"}: field is immutable

        # csistoragecapacities
        storageClassName: a -> storageClassName: b => storageClassName: Invalid value: "b": field is immutable

        # storageclasses
        provisioner: a -> provisioner: b => provisioner: Forbidden: updates to provisioner are forbidden.

        # volumeattachments
        spec: {attacher: a, nodeName: node, source: {persistentVolumeName: p}} -> spec: {attacher: b, nodeName: node, source: {persistentVolumeName: p}} => spec: Invalid value: {"attacher":"b","nodeName":"node","source":{"persistentVolumeName":"p"}}: field is immutable

        # volumeattributesclasses
        driverName: a, parameters: {a: b} -> driverName: b, parameters: {a: b} => driverName: Forbidden: updates to driverName are forbidden.

        """;
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;
using k8s.Models;

namespace Ballast.ApiServer.Tests.Clients;

/// <summary>The least of every kind that is stored: one object each, as the typed client has it.</summary>
internal static class MinimalObjects
{
    /// <summary>By <c>apiVersion/Kind</c>.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
        [.. Documents().Select(d => $"{Value(d, "apiVersion")}/{Value(d, "kind")}")];

    /// <summary>The caller's own.</summary>
    public static IKubernetesObject<V1ObjectMeta> Make(string kind) => (IKubernetesObject<V1ObjectMeta>)KubernetesYaml.LoadAllFromString(
        Documents().Single(d => $"{Value(d, "apiVersion")}/{Value(d, "kind")}" == kind)
            .Replace("$TEMPLATE", Template, StringComparison.Ordinal)
            .Replace("$CSR", Request, StringComparison.Ordinal)).Single();

    private static string Request { get; } = MakeRequest();

    private static string[] Documents() => Text.Split("---\n", StringSplitOptions.RemoveEmptyEntries);

    private static string Value(string document, string field) =>
        document.Split('\n').First(l => l.StartsWith(field + ":", StringComparison.Ordinal))[(field.Length + 1)..].Trim();

    private static string MakeRequest()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = new CertificateRequest("CN=someone", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        return Convert.ToBase64String(Encoding.ASCII.GetBytes(pem));
    }

    private const string Template = "template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a}]}}";

    private const string Text = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: a}
        ---
        apiVersion: v1
        kind: Endpoints
        metadata: {name: a}
        ---
        apiVersion: v1
        kind: Event
        metadata: {name: a}
        involvedObject: {kind: Pod, name: a, namespace: $NS}
        reason: Tested
        message: a
        type: Normal
        ---
        apiVersion: v1
        kind: LimitRange
        metadata: {name: a}
        spec: {limits: [{type: Pod, max: {cpu: "64"}}]}
        ---
        apiVersion: v1
        kind: Namespace
        metadata: {name: typed-namespace}
        ---
        apiVersion: v1
        kind: Node
        metadata: {name: typed-node}
        ---
        apiVersion: v1
        kind: PersistentVolume
        metadata: {name: typed-volume}
        spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /tmp}}
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: a}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: a}
        spec: {containers: [{name: a, image: a}]}
        ---
        apiVersion: v1
        kind: PodTemplate
        metadata: {name: a}
        $TEMPLATE
        ---
        apiVersion: v1
        kind: ReplicationController
        metadata: {name: a}
        spec: {selector: {app: a}, $TEMPLATE}
        ---
        apiVersion: v1
        kind: ResourceQuota
        metadata: {name: a}
        spec: {hard: {configmaps: "100"}}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: a}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: a}
        spec: {ports: [{port: 80}]}
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: a}
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: MutatingAdmissionPolicy
        metadata: {name: typed.example.com}
        spec:
          reinvocationPolicy: Never
          matchConstraints: {resourceRules: [{apiGroups: [example.com], apiVersions: [v1], operations: [CREATE], resources: [things]}]}
          mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: 'Object{}'}}]
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: MutatingAdmissionPolicyBinding
        metadata: {name: typed.example.com}
        spec: {policyName: typed.example.com}
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: MutatingWebhookConfiguration
        metadata: {name: typed.example.com}
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata: {name: typed.example.com}
        spec:
          matchConstraints: {resourceRules: [{apiGroups: [example.com], apiVersions: [v1], operations: [CREATE], resources: [things]}]}
          validations: [{expression: 'true'}]
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata: {name: typed.example.com}
        spec: {policyName: typed.example.com, validationActions: [Deny]}
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingWebhookConfiguration
        metadata: {name: typed.example.com}
        ---
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: things.typed.example.com}
        spec:
          group: typed.example.com
          scope: Namespaced
          names: {plural: things, kind: Thing}
          versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
        ---
        apiVersion: apiregistration.k8s.io/v1
        kind: APIService
        metadata: {name: v1.typed-service.example.com}
        spec:
          group: typed-service.example.com
          version: v1
          groupPriorityMinimum: 100
          versionPriority: 100
          insecureSkipTLSVerify: true
          service: {namespace: default, name: none}
        ---
        apiVersion: apps/v1
        kind: ControllerRevision
        metadata: {name: a}
        data: {a: b}
        revision: 1
        ---
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: a}
        spec: {selector: {matchLabels: {app: a}}, $TEMPLATE}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: a}
        spec: {selector: {matchLabels: {app: a}}, $TEMPLATE}
        ---
        apiVersion: apps/v1
        kind: ReplicaSet
        metadata: {name: a}
        spec: {selector: {matchLabels: {app: a}}, $TEMPLATE}
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: a}
        spec: {serviceName: a, selector: {matchLabels: {app: a}}, $TEMPLATE}
        ---
        apiVersion: autoscaling/v1
        kind: HorizontalPodAutoscaler
        metadata: {name: a}
        spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}}
        ---
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: {name: a}
        spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}}
        ---
        apiVersion: batch/v1
        kind: CronJob
        metadata: {name: a}
        spec: {schedule: '* * * * *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}}
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: {name: a}
        spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}
        ---
        apiVersion: certificates.k8s.io/v1
        kind: CertificateSigningRequest
        metadata: {name: typed-request}
        spec: {request: $CSR, signerName: example.com/signer, usages: [client auth]}
        ---
        apiVersion: coordination.k8s.io/v1
        kind: Lease
        metadata: {name: a}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: a}
        addressType: IPv4
        endpoints: []
        ---
        apiVersion: events.k8s.io/v1
        kind: Event
        metadata: {name: b}
        eventTime: "2020-01-01T00:00:00.000000Z"
        reportingController: example.com/test
        reportingInstance: test-1
        action: Testing
        reason: Tested
        type: Normal
        regarding: {kind: Pod, name: a, namespace: $NS}
        ---
        apiVersion: flowcontrol.apiserver.k8s.io/v1
        kind: FlowSchema
        metadata: {name: typed-schema}
        spec: {priorityLevelConfiguration: {name: global-default}, matchingPrecedence: 9000}
        ---
        apiVersion: flowcontrol.apiserver.k8s.io/v1
        kind: PriorityLevelConfiguration
        metadata: {name: typed-level}
        spec: {type: Limited, limited: {limitResponse: {type: Reject}}}
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: a}
        spec: {defaultBackend: {service: {name: a, port: {number: 80}}}}
        ---
        apiVersion: networking.k8s.io/v1
        kind: IngressClass
        metadata: {name: typed-class}
        spec: {controller: example.com/controller}
        ---
        apiVersion: networking.k8s.io/v1
        kind: IPAddress
        metadata: {name: 10.96.255.77}
        spec: {parentRef: {resource: services, namespace: default, name: none}}
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: a}
        spec: {podSelector: {}}
        ---
        apiVersion: networking.k8s.io/v1
        kind: ServiceCIDR
        metadata: {name: typed-range}
        spec: {cidrs: [10.200.0.0/24]}
        ---
        apiVersion: node.k8s.io/v1
        kind: RuntimeClass
        metadata: {name: typed-class}
        handler: typed
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: a}
        spec: {minAvailable: 1, selector: {matchLabels: {app: a}}}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: typed-role}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: typed-binding}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: typed-role}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: a}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: a}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}
        ---
        apiVersion: resource.k8s.io/v1
        kind: DeviceClass
        metadata: {name: typed.example.com}
        spec: {}
        ---
        apiVersion: resource.k8s.io/v1
        kind: ResourceClaim
        metadata: {name: a}
        spec: {devices: {requests: [{name: a, exactly: {deviceClassName: typed.example.com}}]}}
        ---
        apiVersion: resource.k8s.io/v1
        kind: ResourceClaimTemplate
        metadata: {name: a}
        spec: {spec: {devices: {requests: [{name: a, exactly: {deviceClassName: typed.example.com}}]}}}
        ---
        apiVersion: resource.k8s.io/v1
        kind: ResourceSlice
        metadata: {name: typed-slice}
        spec: {driver: typed.example.com, nodeName: typed-node, pool: {name: a, generation: 1, resourceSliceCount: 1}}
        ---
        apiVersion: scheduling.k8s.io/v1
        kind: PriorityClass
        metadata: {name: typed-class}
        value: 7
        ---
        apiVersion: storage.k8s.io/v1
        kind: CSIDriver
        metadata: {name: typed.example.com}
        spec: {}
        ---
        apiVersion: storage.k8s.io/v1
        kind: CSINode
        metadata: {name: typed-node}
        spec: {drivers: []}
        ---
        apiVersion: storage.k8s.io/v1
        kind: CSIStorageCapacity
        metadata: {name: a}
        storageClassName: typed-class
        ---
        apiVersion: storage.k8s.io/v1
        kind: StorageClass
        metadata: {name: typed-class}
        provisioner: example.com/provisioner
        ---
        apiVersion: storage.k8s.io/v1
        kind: VolumeAttachment
        metadata: {name: typed-attachment}
        spec: {attacher: typed.example.com, nodeName: typed-node, source: {persistentVolumeName: none}}
        ---
        apiVersion: storage.k8s.io/v1
        kind: VolumeAttributesClass
        metadata: {name: typed-class}
        driverName: typed.example.com
        parameters: {a: b}

        """;
}

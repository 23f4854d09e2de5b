using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.Tests.Registry;

public sealed class ValidationTests
{
    private const string Template = "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}";
    private const string Selector = "selector: {matchLabels: {a: b}}, ";

    private const string Printable = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

    private static string Pod(string container, string spec = "") => $"metadata: {{name: p}}\nspec: {{containers: [{{name: c, image: i{container}}}]{spec}}}";

    /// <summary>What upstream accepts.</summary>
    public static TheoryData<string, string> Good => new()
    {
        { "pods", Pod(", ports: [{containerPort: 80}], env: [{name: A, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['x']\"}}}]") },
        { "pods", Pod(", resources: {requests: {cpu: 100m}, limits: {cpu: 1, example.com/gpu: 2}}") },
        { "pods", Pod(", volumeMounts: [{name: v, mountPath: /v}]", ", volumes: [{name: v, configMap: {name: c}}]") },
        { "services", "spec: {ports: [{port: 80, targetPort: web}]}" },
        { "services", "spec: {type: ExternalName, externalName: Example.com.}" },
        { "deployments", $"spec: {{{Selector}{Template}}}" },
        { "daemonsets", $"spec: {{{Selector}{Template}}}" },
        { "statefulsets", $"spec: {{{Selector}volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}}}], template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: c, image: i, volumeMounts: [{{name: data, mountPath: /d}}]}}]}}}}}}" },
        { "jobs", "metadata: {name: j, uid: u}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}" },
        { "cronjobs", "metadata: {name: j}\nspec: {schedule: '*/5 * * * *', timeZone: Etc/UTC, jobTemplate: {spec: {template: {spec: {restartPolicy: OnFailure, containers: [{name: c, image: i}]}}}}}" },
        { "configmaps", "data: {a.b: x, _c: y}" },
        { "endpoints", "subsets: [{addresses: [{ip: 127.0.1.1}], ports: [{port: 6443}]}]" },
        { "leases", "spec: {leaseDurationSeconds: 15}" },
        { "clusterroles", "rules: [{verbs: [get], nonResourceURLs: [/healthz]}]" },
        { "priorityclasses", "metadata: {name: system-node-critical}\nvalue: 2000001000" },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public void Accepts(string resource, string yaml) => Assert.Empty(BuiltIns.CreateErrors(resource, yaml));

    public static TheoryData<string, string, string> Bad => new()
    {
        { "pods", "spec: {}", "spec.containers: Required value" },
        { "pods", "spec: {containers: [{name: c}]}", "spec.containers[0].image: Required value" },
        { "pods", "spec: {containers: [{image: i}]}", "spec.containers[0].name: Required value" },
        {
            "pods", "spec: {containers: [{name: C, image: i}]}",
            $"spec.containers[0].name: Invalid value: \"C\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{Printable}')"
        },
        { "pods", "spec: {containers: [{name: c, image: i}, {name: c, image: i}]}", "spec.containers[1].name: Duplicate value: \"c\"" },
        { "pods", Pod("", ", restartPolicy: Sometimes"), "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\"" },
        { "pods", Pod(", imagePullPolicy: Now"), "spec.containers[0].imagePullPolicy: Unsupported value: \"Now\": supported values: \"Always\", \"IfNotPresent\", \"Never\"" },
        { "pods", Pod(", ports: [{containerPort: 70000}]"), "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive" },
        { "pods", Pod(", ports: [{name: a, containerPort: 1}, {name: a, containerPort: 2}]"), "spec.containers[0].ports[1].name: Duplicate value: \"a\"" },
        { "pods", Pod(", volumeMounts: [{name: v, mountPath: /v}]"), "spec.containers[0].volumeMounts[0].name: Not found: \"v\"" },
        { "pods", Pod("", ", volumes: [{name: v, emptyDir: {}, hostPath: {path: /x}}]"), "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type" },
        { "pods", Pod(", livenessProbe: {}"), "spec.containers[0].livenessProbe: Required value: must specify a handler type" },
        { "pods", Pod(", livenessProbe: {successThreshold: 2, exec: {command: [x]}}"), "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1" },
        { "pods", Pod(", resources: {requests: {cpu: 2}, limits: {cpu: 1}}"), "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1" },
        { "pods", Pod(", resources: {limits: {cpu: -1}}"), "spec.containers[0].resources.limits[cpu]: Invalid value: -1: must be greater than or equal to 0" },
        { "pods", Pod(", env: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]"), "spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty" },
        { "pods", Pod("", ", tolerations: [{key: a, operator: Exists, tolerationSeconds: 5}]"), "spec.tolerations[0].effect: Invalid value: \"\": effect must be 'NoExecute' when `tolerationSeconds` is set" },
        { "pods", Pod("", ", topologySpreadConstraints: [{maxSkew: 0, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]"), "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero" },
        { "pods", Pod("", ", affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {}}]}}"), "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty" },
        { "pods", Pod("", ", ephemeralContainers: [{name: e, image: i}]"), "spec.ephemeralContainers: Forbidden: cannot be set on create" },
        { "services", "spec: {}", "spec.ports: Required value" },
        { "services", "spec: {ports: [{port: 80}, {port: 81}]}", "spec.ports[0].name: Required value" },
        { "services", "spec: {type: NodePort, clusterIP: None, ports: [{port: 80}]}", "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services" },
        { "services", "spec: {ports: [{port: 80, nodePort: 30000}]}", "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'" },
        { "services", "spec: {type: ExternalName}", "spec.externalName: Required value" },
        { "services", "spec: {type: Odd, ports: [{port: 80}]}", "spec.type: Unsupported value: \"Odd\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"" },
        { "deployments", $"spec: {{replicas: -1, {Selector}{Template}}}", "spec.replicas: Invalid value: -1: must be greater than or equal to 0" },
        { "deployments", $"spec: {{{Template}}}", "spec.selector: Required value" },
        { "deployments", $"spec: {{selector: {{matchLabels: {{a: c}}}}, {Template}}}", "spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match template `labels`" },
        { "deployments", $"spec: {{strategy: {{rollingUpdate: {{maxUnavailable: 0, maxSurge: 0}}}}, {Selector}{Template}}}", "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0" },
        { "deployments", $"spec: {{strategy: {{type: Recreate, rollingUpdate: {{}}}}, {Selector}{Template}}}", "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'" },
        { "jobs", "metadata: {name: j, uid: u}\nspec: {template: {spec: {containers: [{name: c, image: i}]}}}", "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"" },
        { "cronjobs", "spec: {schedule: 'TZ=UTC 0 0 * * *'}", "spec.schedule: Invalid value: \"TZ=UTC 0 0 * * *\": cannot use TZ or CRON_TZ in schedule, use timeZone field instead" },
        { "cronjobs", "spec: {schedule: '0 0 * * *', timeZone: Mars/Base}", "spec.timeZone: Invalid value: \"Mars/Base\": unknown time zone Mars/Base" },
        { "configmaps", "data: {a/b: x}", "data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')" },
        { "configmaps", "data: {a: x}\nbinaryData: {a: AA==}", "data[a]: Invalid value: \"a\": duplicate of key present in binaryData" },
        { "secrets", "type: kubernetes.io/tls\ndata: {tls.crt: AA==}", "data[tls.key]: Required value" },
        { "secrets", "type: kubernetes.io/ssh-auth", "data[ssh-privatekey]: Required value" },
        { "secrets", "type: kubernetes.io/service-account-token", "metadata.annotations[kubernetes.io/service-account.name]: Required value" },
        { "leases", "spec: {leaseDurationSeconds: 0}", "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0" },
        { "roles", "rules: [{verbs: [get], nonResourceURLs: [/x]}]", "rules[0].nonResourceURLs: Invalid value: [\"/x\"]: namespaced rules cannot apply to non-resource URLs" },
        { "clusterroles", "rules: [{apiGroups: ['']}]", "rules[0].verbs: Required value: verbs must contain at least one value" },
        { "clusterrolebindings", "roleRef: {kind: Role, name: r}", "roleRef.kind: Unsupported value: \"Role\": supported values: \"ClusterRole\"" },
        { "clusterrolebindings", "roleRef: {kind: ClusterRole, name: r}\nsubjects: [{kind: ServiceAccount, name: s}]", "subjects[0].namespace: Required value" },
        { "priorityclasses", "metadata: {name: mine}\nvalue: 1000000001", "value: Forbidden: maximum allowed value of a user defined priority is 1000000000" },
        { "priorityclasses", "metadata: {name: system-mine}\nvalue: 1", "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class" },
        { "poddisruptionbudgets", "spec: {minAvailable: 101%}", "spec.minAvailable: Invalid value: \"101%\": must not be greater than 100%" },
        { "endpoints", "subsets: [{ports: [{port: 1}]}]", "subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`" },
        { "endpointslices", "addressType: IPv4\nendpoints: [{addresses: ['::1']}]", "endpoints[0].addresses[0]: Invalid value: \"::1\": must be a valid IPv4 address" },
        { "nodes", "spec: {taints: [{key: a, effect: NoSchedule}, {key: a, effect: NoSchedule}]}", "spec.taints[1]: Duplicate value: {\"key\":\"a\",\"effect\":\"NoSchedule\"}: taints must be unique by key and effect pair" },
        { "horizontalpodautoscalers", "spec: {minReplicas: 3, maxReplicas: 2, scaleTargetRef: {kind: D, name: d}}", "spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`" },
        { "ingresses", "spec: {}", "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified" },
        { "persistentvolumeclaims", "spec: {accessModes: [ReadWriteOnce]}", "spec.resources[storage]: Required value" },
        { "customresourcedefinitions", "metadata: {name: cats.x}\nspec: {group: example.com, scope: Namespaced, names: {plural: cats, kind: Cat}, versions: [{name: v1, storage: true, schema: {openAPIV3Schema: {}}}]}", "metadata.name: Invalid value: \"cats.x\": must be spec.names.plural+\".\"+spec.group" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Refuses_in_upstreams_words(string resource, string yaml, string expected) => Assert.Contains(expected, BuiltIns.CreateErrors(resource, yaml));

    public static TheoryData<string, string, string, string> BadChanges => new()
    {
        { "configmaps", "immutable: true\ndata: {a: x}", "immutable: true\ndata: {a: y}", "data: Forbidden: field is immutable when `immutable` is set" },
        { "configmaps", "immutable: true", "immutable: false", "immutable: Forbidden: field is immutable when `immutable` is set" },
        { "secrets", "type: a", "type: b", "type: Invalid value: \"b\": field is immutable" },
        { "deployments", $"spec: {{{Selector}{Template}}}", $"spec: {{selector: {{matchLabels: {{a: b, c: d}}}}, {Template}}}", "spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"b\",\"c\":\"d\"}}: field is immutable" },
        { "rolebindings", "roleRef: {kind: Role, name: a}", "roleRef: {kind: Role, name: b}", "roleRef: Invalid value: {\"kind\":\"Role\",\"name\":\"b\",\"apiGroup\":\"rbac.authorization.k8s.io\"}: cannot change roleRef" },
        { "services", "spec: {clusterIP: 10.96.0.5, ports: [{port: 80}]}", "spec: {clusterIP: 10.96.0.6, ports: [{port: 80}]}", "spec.clusterIPs[0]: Invalid value: \"10.96.0.6\": may not change once set" },
        { "pods", "spec: {containers: [{name: c, image: i}]}", "spec: {containers: [{name: c, image: i}, {name: d, image: i}]}", "spec.containers: Forbidden: pod updates may not add or remove containers" },
        { "pods", "spec: {containers: [{name: c, image: i}], tolerations: [{key: a, operator: Exists}]}", "spec: {containers: [{name: c, image: i}]}", "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds" },
        { "priorityclasses", "value: 1", "value: 2", "value: Forbidden: may not be changed in an update." },
        { "storageclasses", "provisioner: a\nparameters: {x: y}", "provisioner: a", "parameters: Forbidden: updates to parameters are forbidden." },
        { "nodes", "spec: {providerID: a}", "spec: {providerID: b}", "spec.providerID: Forbidden: node updates may not change providerID except from \"\" to valid" },
        { "statefulsets", $"spec: {{serviceName: a, {Selector}{Template}}}", $"spec: {{serviceName: b, {Selector}{Template}}}", "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden" },
    };

    [Theory]
    [MemberData(nameof(BadChanges))]
    public void Refuses_changes_in_upstreams_words(string resource, string before, string after, string expected) =>
        Assert.Contains(expected, BuiltIns.Updated(resource, BuiltIns.Created(resource, before), BuiltIns.Yaml(after)).Errors);

    [Fact]
    public void A_pods_image_may_change_and_its_command_may_not()
    {
        var old = BuiltIns.Created("pods", Pod(", command: [a]"));
        var image = old.DeepClone().AsObject();
        image["spec"]!["containers"]![0]!["image"] = "other";
        var command = old.DeepClone().AsObject();
        command["spec"]!["containers"]![0]!["command"]![0] = "b";

        Assert.Empty(BuiltIns.Updated("pods", old, image).Errors);
        var error = Assert.Single(BuiltIns.Updated("pods", old, command).Errors);
        Assert.StartsWith("spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
            + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_keeps_its_address_and_ports_when_an_update_leaves_them_out()
    {
        var old = BuiltIns.Created("services", "spec: {type: NodePort, clusterIP: 10.96.0.5, ports: [{port: 80, nodePort: 30080}]}");
        var (document, errors) = BuiltIns.Updated("services", old, BuiltIns.Yaml("spec: {type: NodePort, ports: [{port: 80, name: web}]}"));

        Assert.Empty(errors);
        Assert.Equal("10.96.0.5", document["spec"]!["clusterIP"]!.GetValue<string>());
        Assert.Equal(30080, document.Objects("spec", "ports").Single().Long("nodePort"));
    }

    [Fact]
    public void A_resize_changes_resources_and_nothing_else()
    {
        var old = BuiltIns.Created("pods", Pod(", resources: {requests: {cpu: 1}}"));
        var asked = old.DeepClone().AsObject();
        asked["spec"]!["containers"]![0]!["resources"] = BuiltIns.Yaml("requests: {cpu: 2}");
        asked["spec"]!["containers"]![0]!["image"] = "other";
        var (document, errors) = BuiltIns.Updated("pods", old, asked, "resize");

        Assert.Empty(errors);
        Assert.Equal("i", document["spec"]!["containers"]![0]!["image"]!.GetValue<string>());
        Assert.Equal("""{"requests":{"cpu":2}}""", document["spec"]!["containers"]![0]!["resources"]!.ToJsonString());
    }

    [Fact]
    public void Only_approval_decides_on_a_certificate()
    {
        var old = BuiltIns.Yaml("spec: {signerName: a.b/c}\nstatus: {}");
        var decision = BuiltIns.Yaml("spec: {signerName: a.b/c}\nstatus: {certificate: eA==, conditions: [{type: Approved, status: 'True'}]}");

        var (approved, _) = BuiltIns.Updated("certificatesigningrequests", old, decision.DeepClone().AsObject(), "approval");
        var (status, _) = BuiltIns.Updated("certificatesigningrequests", old, decision.DeepClone().AsObject(), "status");

        Assert.Equal("""{"conditions":[{"type":"Approved","status":"True"}]}""", approved["status"]!.ToJsonString());
        Assert.Equal("eA==", status["status"]!["certificate"]!.GetValue<string>());
        Assert.DoesNotContain("Approved", status["status"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_strategy_survives_an_empty_object() => Assert.All(BuiltIns.All.Where(d => d.Virtual is null), definition =>
    {
        var document = BuiltIns.Created(definition.Resource, "metadata: {name: x}", definition.Group);
        _ = definition.Strategy.Validate(document).ToList();
        definition.Strategy.PrepareForUpdate(document, BuiltIns.Yaml("metadata: {name: x}"));
        _ = definition.Strategy.ValidateUpdate(document, BuiltIns.Yaml("metadata: {name: x}")).ToList();
        foreach (var fields in definition.Subresources.Values.Select(s => s.Handler).OfType<FieldSubresource>())
        {
            fields.Strategy.PrepareForUpdate(document, BuiltIns.Yaml("metadata: {name: x}"));
            _ = fields.Strategy.ValidateUpdate(document, BuiltIns.Yaml("metadata: {name: x}")).ToList();
        }
    });
}

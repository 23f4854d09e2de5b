using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.Tests.Registry;

public sealed class DefaultsTests
{
    private const string Pod = "metadata: {name: p}\nspec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}], livenessProbe: {httpGet: {port: 80}}}]";

    public static TheoryData<string, string, string, string> Values => new()
    {
        { "pods", Pod + "}", "spec.restartPolicy", "\"Always\"" },
        { "pods", Pod + "}", "spec.dnsPolicy", "\"ClusterFirst\"" },
        { "pods", Pod + "}", "spec.schedulerName", "\"default-scheduler\"" },
        { "pods", Pod + "}", "spec.terminationGracePeriodSeconds", "30" },
        { "pods", Pod + "}", "spec.enableServiceLinks", "true" },
        { "pods", Pod + "}", "spec.securityContext", "{}" },
        { "pods", Pod + "}", "spec.containers.0.imagePullPolicy", "\"Always\"" },
        { "pods", Pod + "}", "spec.containers.0.ports.0.protocol", "\"TCP\"" },
        { "pods", Pod + "}", "spec.containers.0.livenessProbe", """{"httpGet":{"port":80,"path":"/","scheme":"HTTP"},"timeoutSeconds":1,"periodSeconds":10,"successThreshold":1,"failureThreshold":3}""" },
        { "pods", Pod + "}", "status", """{"phase":"Pending","qosClass":"BestEffort"}""" },
        { "pods", Pod + ", hostNetwork: true}", "spec.containers.0.ports.0.hostPort", "80" },
        { "pods", Pod + ", serviceAccountName: s}", "spec.serviceAccount", "\"s\"" },
        { "pods", "spec: {containers: [{image: 'a:5000/x:1.0', resources: {limits: {cpu: 1, memory: 1Gi}}}]}", "spec.containers.0.resources.requests", """{"cpu":1,"memory":"1Gi"}""" },
        { "pods", "spec: {containers: [{image: 'a:5000/x:1.0', resources: {limits: {cpu: 1, memory: 1Gi}}}]}", "spec.containers.0.imagePullPolicy", "\"IfNotPresent\"" },
        { "pods", "spec: {containers: [{resources: {limits: {cpu: 1, memory: 1Gi}}}]}", "status.qosClass", "\"Guaranteed\"" },
        { "pods", "spec: {containers: [{resources: {requests: {cpu: 1}}}]}", "status.qosClass", "\"Burstable\"" },
        { "pods", "spec: {volumes: [{name: v}, {name: s, secret: {secretName: x}}, {name: h, hostPath: {path: /x}}]}", "spec.volumes", """[{"name":"v","emptyDir":{}},{"name":"s","secret":{"secretName":"x","defaultMode":420}},{"name":"h","hostPath":{"path":"/x","type":""}}]""" },
        { "pods", "spec: {schedulingGates: [{name: g}]}", "status.conditions.0.reason", "\"SchedulingGated\"" },
        { "services", "spec: {ports: [{port: 80}]}", "spec", """{"ports":[{"port":80,"protocol":"TCP","targetPort":80}],"sessionAffinity":"None","type":"ClusterIP","internalTrafficPolicy":"Cluster"}""" },
        { "services", "spec: {type: LoadBalancer}", "spec.externalTrafficPolicy", "\"Cluster\"" },
        { "services", "spec: {type: LoadBalancer}", "spec.allocateLoadBalancerNodePorts", "true" },
        { "services", "spec: {clusterIP: None}", "spec.clusterIPs", "[\"None\"]" },
        { "services", "spec: {sessionAffinity: ClientIP}", "spec.sessionAffinityConfig.clientIP.timeoutSeconds", "10800" },
        { "deployments", "spec: {template: {spec: {}}}", "spec.strategy", """{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":"25%","maxSurge":"25%"}}""" },
        { "deployments", "spec: {template: {spec: {}}}", "spec.replicas", "1" },
        { "deployments", "spec: {template: {spec: {}}}", "spec.revisionHistoryLimit", "10" },
        { "deployments", "spec: {template: {spec: {}}}", "spec.progressDeadlineSeconds", "600" },
        { "deployments", "spec: {template: {spec: {}}}", "spec.template.spec.restartPolicy", "\"Always\"" },
        { "daemonsets", "spec: {}", "spec.updateStrategy", """{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":1,"maxSurge":0}}""" },
        { "statefulsets", "spec: {}", "spec.podManagementPolicy", "\"OrderedReady\"" },
        { "statefulsets", "spec: {}", "spec.persistentVolumeClaimRetentionPolicy", """{"whenDeleted":"Retain","whenScaled":"Retain"}""" },
        { "jobs", "metadata: {name: j, uid: u}\nspec: {template: {}}", "spec.selector", """{"matchLabels":{"batch.kubernetes.io/controller-uid":"u"}}""" },
        { "jobs", "metadata: {name: j, uid: u}\nspec: {template: {}}", "spec.template.metadata.labels", """{"controller-uid":"u","batch.kubernetes.io/controller-uid":"u","job-name":"j","batch.kubernetes.io/job-name":"j"}""" },
        { "jobs", "spec: {}", "spec.backoffLimit", "6" },
        { "cronjobs", "spec: {}", "spec.concurrencyPolicy", "\"Allow\"" },
        { "namespaces", "metadata: {name: dev}", "metadata.labels", """{"kubernetes.io/metadata.name":"dev"}""" },
        { "namespaces", "metadata: {name: dev}", "spec.finalizers", """["kubernetes"]""" },
        { "namespaces", "metadata: {name: dev}", "status.phase", "\"Active\"" },
        { "secrets", "stringData: {a: b}", "data", """{"a":"Yg=="}""" },
        { "secrets", "stringData: {a: b}", "type", "\"Opaque\"" },
        { "secrets", "stringData: {a: b}", "stringData", "null" },
        { "rolebindings", "roleRef: {kind: Role, name: r}\nsubjects: [{kind: User, name: u}]", "subjects.0.apiGroup", "\"rbac.authorization.k8s.io\"" },
        { "endpointslices", "ports: [{port: 80}]", "ports.0", """{"port":80,"name":"","protocol":"TCP"}""" },
        { "nodes", "spec: {podCIDR: 10.0.0.0/24}\nstatus: {capacity: {cpu: 1}}", "status", """{"capacity":{"cpu":1},"allocatable":{"cpu":1}}""" },
        { "nodes", "spec: {podCIDR: 10.0.0.0/24}", "spec.podCIDRs", """["10.0.0.0/24"]""" },
        { "replicationcontrollers", "spec: {template: {metadata: {labels: {a: b}}}}", "spec.selector", """{"a":"b"}""" },
        { "persistentvolumeclaims", "spec: {}", "status.phase", "\"Pending\"" },
        { "networkpolicies", "spec: {egress: [{}]}", "spec.policyTypes", """["Ingress","Egress"]""" },
        { "apiservices", "metadata: {name: v1.a, creationTimestamp: '2026-01-01T00:00:00Z'}\nspec: {}", "status.conditions.0.status", "\"True\"" },
        { "customresourcedefinitions", "spec: {names: {kind: Cat}, versions: [{name: v1, storage: true}]}", "spec.names", """{"kind":"Cat","singular":"cat","listKind":"CatList"}""" },
        { "customresourcedefinitions", "spec: {names: {kind: Cat}, versions: [{name: v1, storage: true}]}", "status.storedVersions", """["v1"]""" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Fill_in_what_the_client_left_out(string resource, string yaml, string path, string expected)
    {
        JsonNode? node = BuiltIns.Created(resource, yaml);
        foreach (var step in path.Split('.'))
            node = int.TryParse(step, out var index) ? node?[index] : node?[step];
        Assert.Equal(expected, node?.ToJsonString() ?? "null");
    }

    [Fact]
    public void Change_nothing_the_second_time() => Assert.All(Values, row =>
    {
        var once = BuiltIns.Created(row.Data.Item1, row.Data.Item2);
        var twice = once.DeepClone().AsObject();
        BuiltIns.Find(row.Data.Item1).Strategy.Default(twice);
        Assert.Equal(once.ToJsonString(), twice.ToJsonString());
    });

    [Fact]
    public void Keep_status_and_spec_apart()
    {
        var old = BuiltIns.Yaml("metadata: {name: d}\nspec: {replicas: 1}\nstatus: {replicas: 1}");
        var (main, _) = BuiltIns.Updated("deployments", old, BuiltIns.Yaml("metadata: {name: d}\nspec: {replicas: 2}\nstatus: {replicas: 9}"));
        var (status, _) = BuiltIns.Updated("deployments", old, BuiltIns.Yaml("metadata: {name: d}\nspec: {replicas: 2}\nstatus: {replicas: 9}"), "status");

        Assert.Equal((2L, 1L), (main.Long("spec", "replicas"), main.Long("status", "replicas")));
        Assert.Equal((1L, 9L), (status.Long("spec", "replicas"), status.Long("status", "replicas")));
    }

    [Theory]
    [InlineData("", "spec: {nodeName: node, terminationGracePeriodSeconds: 30}", null, 30L)]
    [InlineData("", "spec: {nodeName: node, terminationGracePeriodSeconds: 30}", 5L, 5L)]
    [InlineData("", "spec: {nodeName: node, terminationGracePeriodSeconds: -1}", null, 1L)]
    [InlineData("", "spec: {terminationGracePeriodSeconds: 30}", null, 0L)]
    [InlineData("", "spec: {nodeName: node, terminationGracePeriodSeconds: 30}\nstatus: {phase: Succeeded}", 7L, 0L)]
    public void Grace_is_for_pods_that_somebody_runs(string group, string yaml, long? asked, long? expected) =>
        Assert.Equal(expected, BuiltIns.Find("pods", group).Strategy.GracePeriodSeconds(BuiltIns.Yaml(yaml), asked));

    [Fact]
    public void An_autoscaler_survives_the_way_through_version_1()
    {
        var stored = BuiltIns.Created("horizontalpodautoscalers", """
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: h, annotations: {own: x}}
            spec:
              maxReplicas: 5
              scaleTargetRef: {kind: Deployment, name: d}
              metrics: [{type: Pods, pods: {metric: {name: q}, target: {type: AverageValue, averageValue: 1}}}, {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
              behavior: {scaleUp: {stabilizationWindowSeconds: 5}}
            """);
        var version1 = BuiltIns.Find("horizontalpodautoscalers").Versions.Single(v => v.Name == "v1");

        var seen = version1.FromStorage!(stored);
        Assert.Equal("autoscaling/v1", seen["apiVersion"]!.GetValue<string>());
        Assert.Equal(50, seen.Long("spec", "targetCPUUtilizationPercentage"));
        Assert.Null(seen["spec"]!["metrics"]);
        Assert.True(JsonNode.DeepEquals(stored, version1.ToStorage!(seen)), version1.ToStorage!(seen).ToJsonString());
    }

    [Fact]
    public void A_scale_is_read_from_and_written_into_its_parent()
    {
        var scale = (IProjectedSubresource)BuiltIns.Find("deployments").Subresources["scale"].Handler;
        var parent = BuiltIns.Yaml("metadata: {name: d, namespace: n, uid: u, resourceVersion: '5'}\nspec: {replicas: 2, selector: {matchLabels: {a: b}}}\nstatus: {replicas: 1}");

        var read = scale.Read(parent);
        Assert.Equal("""{"replicas":2}""", read["spec"]!.ToJsonString());
        Assert.Equal("""{"replicas":1,"selector":"a=b"}""", read["status"]!.ToJsonString());

        read["spec"]!["replicas"] = 7;
        scale.Write(parent, read);
        Assert.Equal(7, parent.Long("spec", "replicas"));

        read["spec"]!["replicas"] = -1;
        var refused = Assert.Throws<ApiMachinery.Objects.StatusException>(() => scale.Write(parent, read));
        Assert.Equal("Scale.autoscaling \"d\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0", refused.Message);
    }
}
